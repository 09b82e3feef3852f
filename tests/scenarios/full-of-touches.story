# SPDX-License-Identifier: GPL-3.0-or-later
# Three rules an upstream takes, and three touches of unused addresses have taken them: that is no reason for a blackhole.
story "touches that fill the rules give way to the attack behind them"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 30s attack udp 2Gbit to 198.51.100.101 and 198.51.100.103 and 198.51.100.105 from port 123 for 3s
at 60s attack udp 2Gbit to 198.51.100.16 from port 53 for 5m
at 60s link transit-a is 95% full
at 6m link transit-a is 10% full
expect said "it gives way to an attack that lasts or harms"
expect drop on 198.51.100.16/32 within 50s
expect no blackhole
expect legitimate 97%
end 15m
