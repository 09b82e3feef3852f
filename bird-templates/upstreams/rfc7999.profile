# A provider that takes BLACKHOLE (RFC 7999) at every length from /24 and /48 down to a single host,
# and FlowSpec where it was agreed with it.
rtbh4 = { min = 24; max = 32; };
rtbh6 = { min = 48; max = 128; };
flowspec4 = true;
flowspec6 = true;
rate_limit = true;
pairs_max = 5;    # FRR resets the session above this
nlri_max = 240;   # one byte of length on the wire
