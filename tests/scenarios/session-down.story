# SPDX-License-Identifier: GPL-3.0-or-later
story "a session that goes down takes the rule with it, and brings it back"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s attack udp 900Mbit to 198.51.100.16 from port 53 for 5m
at 90s upstream transit-a goes down
at 150s upstream transit-a comes back
expect drop on 198.51.100.16/32 within 2s
expect said '"upstream":"transit-a","result":"missing"'
expect no blackhole
expect legitimate 99%
expect released within 12m after the attack
