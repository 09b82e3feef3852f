# SPDX-License-Identifier: GPL-3.0-or-later
story "a router that refuses is not asked again at once, and later takes the rule"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 50s upstream transit-a refuses
at 60s attack udp 900Mbit to 198.51.100.16 from port 53 for 4m
at 100s upstream transit-a takes
expect said '"result":"refused"'
expect held at 200s on 198.51.100.16/32
expect at most 12 announcements
expect no blackhole
expect released within 12m after the attack
