# SPDX-License-Identifier: GPL-3.0-or-later
story "a carpet over a /24 is met by one rule for the prefix"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 30s attack udp 3Gbit to 198.51.100.0/24 from port 389 for 3m
expect incident on 198.51.100.0/24 within 4s
expect drop on 198.51.100.0/24 within 4s
expect no blackhole
expect legitimate 97%
expect released within 15m after the attack
