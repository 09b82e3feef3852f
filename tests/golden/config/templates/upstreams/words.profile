rtbh4 = { min = 32; max = 32; };
rtbh6 = { min = 128; max = 128; };
community = "the one they told us";
