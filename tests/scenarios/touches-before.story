# SPDX-License-Identifier: GPL-3.0-or-later
# Fourteen addresses that nobody uses are touched, one after the other: with their ends that is more than the messages of an
# hour, and trips the breaker.  The attack behind them must not find us without either.
story "touches do not use up what the attack behind them needs"
provider "touches.conf"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s attack syn 30Mbit to 198.51.100.101 for 2s
at 64s attack syn 30Mbit to 198.51.100.102 for 2s
at 68s attack syn 30Mbit to 198.51.100.103 for 2s
at 72s attack syn 30Mbit to 198.51.100.104 for 2s
at 76s attack syn 30Mbit to 198.51.100.105 for 2s
at 80s attack syn 30Mbit to 198.51.100.106 for 2s
at 84s attack syn 30Mbit to 198.51.100.107 for 2s
at 88s attack syn 30Mbit to 198.51.100.108 for 2s
at 92s attack syn 30Mbit to 198.51.100.109 for 2s
at 96s attack syn 30Mbit to 198.51.100.110 for 2s
at 100s attack syn 30Mbit to 198.51.100.111 for 2s
at 104s attack syn 30Mbit to 198.51.100.112 for 2s
at 108s attack syn 30Mbit to 198.51.100.113 for 2s
at 112s attack syn 30Mbit to 198.51.100.114 for 2s
at 120s attack udp 2Gbit to 198.51.100.16 from port 53 for 10m
expect said "brief attacks have used up their part"
expect said "so much was done at once"
expect drop on 198.51.100.16/32 within 85s
expect legitimate 98%
expect no blackhole
end 15m
