# SPDX-License-Identifier: GPL-3.0-or-later
# Each upstream takes three rules, and seven hosts of one member are attacked: all of them are met, by rules that were
# merged, and none of it is a blackhole.  When it is over nothing stands.
story "seven hosts of one member are met by the three rules that an upstream takes"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s attack udp 2Gbit to 198.51.100.17 and 198.51.100.18 and 198.51.100.20 from port 123 for 4m
at 80s attack udp 2Gbit to 198.51.100.21 from port 123 for 4m
at 100s attack udp 2Gbit to 198.51.100.19 from port 123 for 4m
at 120s attack udp 2Gbit to 198.51.100.23 from port 123 for 4m
at 140s attack udp 2Gbit to 198.51.100.22 from port 123 for 4m
expect said "an upstream has no room for one more rule, so one does the work of several"
expect drop on 198.51.100.20/31 within 30s
expect drop on 198.51.100.18/31 within 50s
expect drop on 198.51.100.20/30 within 70s
expect no blackhole
expect legitimate 97%
expect released within 60m after the attack
end 90m
