# exact-host - a provider that blackholes single addresses only, by a community of its own; no FlowSpec.
#
# Before trusting it, ask the provider, in writing:
#   - Is exactly /32 and /128 accepted, and refused what is shorter?  (A policy step for a prefix is then
#     skipped at this upstream; `seawall check` says where.)
#   - Which community?  (It is set in bird.conf, in the export filter.)  May 65535:666 stand beside it?
#   - How many at once, and what happens to the session above that?
rtbh4 = { min = 32; max = 32; };
rtbh6 = { min = 128; max = 128; };
flowspec4 = false;
flowspec6 = false;
rate_limit = false;
pairs_max = 5;
nlri_max = 239;
