# SPDX-License-Identifier: GPL-3.0-or-later
story "a SYN flood is limited by its flag, connections live on and new ones come when it is over"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 30s attack syn 300Mbit to 198.51.100.16 for 3m
expect rate-limit on 198.51.100.16/32 within 2s
expect no drop
expect said "tcp_flags"
expect no blackhole
expect legitimate 99%
expect released within 12m after the attack
