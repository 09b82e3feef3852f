# SPDX-License-Identifier: GPL-3.0-or-later
story "a DNS flood of one host is dropped at once and lifted when it is over"
at 0s member "Network of Funds" receives 40Mbit https
at 60s attack udp 900Mbit to 192.0.2.80 from port 53 for 5m
expect incident on 192.0.2.80 within 2s
expect drop on 192.0.2.80/32 within 2s
expect no blackhole
expect at most 1 incidents
expect legitimate 99%
expect released within 12m after the attack
