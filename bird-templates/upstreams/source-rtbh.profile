# source-rtbh - a provider that drops everything from a source when its network is announced with a community of the
# provider's (RFC 5635: the route leads nowhere there, and strict or loose uRPF drops what comes from it); blackholes of
# single hosts besides, no FlowSpec.
#
# Sources can be forged: whoever sends in the name of somebody else would choose whom we do not hear.  A policy takes
# this step only for clients with whom we have had a connection (a sensor with `real_clients`).  Name in `spared` whom you
# must always hear: resolvers, mail and payment providers, content networks, the addresses your people come from.
#
# Before trusting it, ask the provider, in writing:
#   - Which community?  (It is set in bird.conf, in the export filter; say it here as `source_community`
#     too, and BIRD is asked whether it is.)  Which lengths?
#   - Does it drop what comes from the source for us alone, or for all its customers?  For all: think twice.
#   - At which edges is uRPF on, and does it drop there, or only where we are connected?
#   - How many sources at once, and what happens to the session above that?
# Then try it with an address of yours elsewhere: seawall announce ADDRESS --source --via NAME --for 5m --reason "trial"
source4 = { min = 32; max = 32; };
source6 = { min = 64; max = 128; };
rtbh4 = { min = 32; max = 32; };
rtbh6 = { min = 128; max = 128; };
flowspec4 = false;
flowspec6 = false;
rate_limit = false;
pairs_max = 5;
nlri_max = 239;
