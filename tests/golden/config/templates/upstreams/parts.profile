# Drops in parts of the world.
rtbh4 = { min = 32; max = 32; };
rtbh6 = { min = 128; max = 128; };
scopes = (
  { name = "abroad"; communities = ( "64502:6661", "64502:6661:1" ); where = "outside Mexico"; where_es = "fuera de México"; },
  { name = "peers";  communities = ( "64502:6662" ); }
);
