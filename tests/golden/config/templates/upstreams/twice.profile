rtbh4 = { min = 32; max = 32; };
rtbh6 = { min = 128; max = 128; };
scopes = (
  { name = "abroad"; communities = ( "64502:6661" ); },
  { name = "abroad"; communities = ( "64502:6662" ); }
);
