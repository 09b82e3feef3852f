# scrubbing - a provider that takes our traffic on announcement, cleans it, and hands back what is left (by tunnel, or
# on a link of its own); no blackholes by policy but of single hosts, no FlowSpec.
#
# Before trusting it, ask the provider, in writing:
#   - What starts the cleaning: a community on the route, or the announcement itself?  (It is set in bird.conf, in the
#     export filter; say it here as `divert_community` too, and BIRD is asked whether it is.)
#   - Which lengths?  Most take nothing longer than /24 and /48, for the route goes to the whole Internet; then a policy
#     for a host cannot be diverted, but one for a prefix can.
#   - How does the clean traffic come back, and does our sensor see it there?
#   - How much, how long, and what does it cost?
scrubs = true;
divert4 = { min = 24; max = 24; };
divert6 = { min = 48; max = 48; };
rtbh4 = { min = 32; max = 32; };
rtbh6 = { min = 128; max = 128; };
flowspec4 = false;
flowspec6 = false;
rate_limit = false;
pairs_max = 5;
nlri_max = 239;
