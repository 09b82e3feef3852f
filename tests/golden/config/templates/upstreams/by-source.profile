rtbh6 = { min = 128; max = 128; };
rtbh4 = { min = 32; max = 32; };
source4 = { min = 32; max = 32; };
source_community = "64505";
