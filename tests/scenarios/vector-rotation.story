# SPDX-License-Identifier: GPL-3.0-or-later
story "an attack that changes its vector stays one incident and the rules follow"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s attack udp 900Mbit to 198.51.100.16 from port 53 for 1m
at 120s attack udp 900Mbit to 198.51.100.16 from port 123 for 1m
at 180s attack syn 300Mbit to 198.51.100.16 for 1m
expect at most 1 incidents
expect drop on 198.51.100.16/32 within 2s
expect said '[53,53]'
expect said '[123,123]'
expect said "tcp_flags"
expect no blackhole
expect legitimate 98%
expect released within 15m after the attack
