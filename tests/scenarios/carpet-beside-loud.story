# SPDX-License-Identifier: GPL-3.0-or-later
# 8 Mbit/s a host, while one host gets a third of it all on a port that visitors use: nothing may be done there.
story "a loud host hides no carpet over its prefix"
at 0s member "Radio Comunitaria" receives 5Mbit https
at 60s attack udp 2Gbit to 198.51.100.0/24 from port 123 for 5m
at 60s attack tcp 1Gbit to 198.51.100.200 on port 443 for 5m
expect incident on 198.51.100.0/24 within 10s
expect drop on 198.51.100.0/24 within 1m
expect no announcement on 198.51.100.200/32
expect no blackhole
expect legitimate 97%
expect released within 15m after the attack
