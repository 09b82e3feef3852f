# A provider that takes blackholes of single hosts only, and no FlowSpec.
rtbh4 = { min = 32; max = 32; };
rtbh6 = { min = 128; max = 128; };
flowspec4 = false;
flowspec6 = false;
rate_limit = false;
pairs_max = 5;
nlri_max = 240;
