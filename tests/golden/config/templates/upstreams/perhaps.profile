rtbh4 = { min = 24; max = 32; };
rtbh6 = { min = 48; max = 128; };
takes_invalid = "perhaps";
