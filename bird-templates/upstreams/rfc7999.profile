# rfc7999 - a provider that blackholes what carries BLACKHOLE (RFC 7999) and takes FlowSpec (RFC 8955, 8956).
#
# Before trusting it, ask the provider, in writing:
#   - Which lengths are accepted with BLACKHOLE?  Only inside our own space, checked by IRR or RPKI?  (A ROA whose
#     maxLength ends at /24 makes many providers refuse the /32.)
#   - Which community: 65535:666, their own, or both?  (It is set in bird.conf, in the export filter.)
#   - Where is it dropped: at their whole edge, or only at the router we are connected to?
#   - FlowSpec: on this session?  How many rules, which fields and actions, is a rate other than 0 taken?
#   - How many blackholes at once, and what happens to the session above that?
# Then try it with a spare address: seawall announce 192.0.2.250 --via NAME --for 5m --reason "trial with the provider"
rtbh4 = { min = 24; max = 32; };
rtbh6 = { min = 48; max = 128; };
flowspec4 = true;
flowspec6 = true;
rate_limit = true;
# More than 5 operator/value pairs in one component, or an NLRI of 240 bytes, resets the session at FRR 8.4 (Seawall cuts such rules up).
pairs_max = 5;
nlri_max = 239;
# What the provider did not say is not asked of it: rules match all but the flow label, and only drop or limit.
#   flowspec_fields = ( "src", "proto", "sport", "dport" );	no others are matched there
#   flowspec_actions = ( "mark", "sample", "redirect" );	"redirect_as4" ends the session of an ExaBGP
#   redirect_to = ( "64502:666" );				the places that the provider named
#   flowspec_dst4 = { min = 24; max = 32; };
community = "65535:666";
# Not said, so it is asked for by `seawall check`:
#   irr = "yes";		our space is looked up in a routing registry
#   takes_invalid = "no";	a blackhole that is invalid by RPKI is dropped
#   forwards = "no";		blackholes are passed on
#   max_prefix = 100;		so many routes of a family, all of ours together, end the session
# And who said so, for those who come after you:
#   source = "mail of their NOC"; as_of = "2026-09-01";
