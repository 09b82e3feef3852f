# SPDX-License-Identifier: GPL-3.0-or-later
story "three members attacked at once get a rule each"
at 0s member "Network of Funds" receives 20Mbit https
at 0s member "Clinic" receives 20Mbit https
at 30s attack udp 1Gbit to 192.0.2.80 and 198.51.100.16 and 192.0.2.96 from port 53 for 3m
expect announcement on 192.0.2.80/32 within 2s
expect announcement on 198.51.100.16/32 within 2s
expect announcement on 192.0.2.96/32 within 2s
expect no blackhole
expect legitimate 99%
expect released within 12m after the attack
