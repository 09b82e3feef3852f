# selective - a provider that blackholes in a part of the world when asked by a community of its own (most often "abroad,
# not at home", or "at these peers and exchanges"), and everywhere by another; single hosts, no FlowSpec.
#
# Where the attack comes from one side and the visitors from the other, this takes the attack and leaves the visitors.
#
# Before trusting it, ask the provider, in writing:
#   - Which parts are there, by which communities?  What exactly is "abroad": by where the traffic enters their network,
#     or by who sends it?  (A visitor at home whose provider takes the long way round comes in from abroad, too.)
#   - Do the communities work alone, or beside the one that drops everywhere?  (They are set in bird.conf, in the export
#     filter.)  What happens when both stand on a route?
#   - Which lengths?  The same as everywhere?
# Then try it with a spare address, and look from both sides:
#   seawall announce 192.0.2.250 --via NAME:abroad --for 5m --reason "trial with the provider"
rtbh4 = { min = 32; max = 32; };
rtbh6 = { min = 128; max = 128; };
# In the order in which bird.conf's filter numbers them: is_blackhole_in(N, 1), is_blackhole_in(N, 2).
scopes = (
  { name = "abroad"; communities = ( "64502:6661" ); where = "outside the country"; where_es = "fuera del país"; },
  { name = "peers";  communities = ( "64502:6662" ); where = "networks at its exchanges";
    where_es = "las redes en sus puntos de intercambio"; }
);
flowspec4 = false;
flowspec6 = false;
rate_limit = false;
pairs_max = 5;
nlri_max = 239;
