# SPDX-License-Identifier: GPL-3.0-or-later
story "an attack that grows for ten minutes is met when it passes the limit"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s attack udp 1Gbit to 198.51.100.16 from port 53 rising over 10m for 15m
expect incident on 198.51.100.16 within 3m
expect announcement on 198.51.100.16/32 within 3m
expect no blackhole
expect released within 20m after the attack
