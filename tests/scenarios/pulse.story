# SPDX-License-Identifier: GPL-3.0-or-later
story "pulses find the rule still there"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s attack udp 2Gbit to 198.51.100.16 from port 123 pulsing 20s of 60s for 6m
expect drop on 198.51.100.16/32 within 3s
expect at most 1 incidents
expect no blackhole
expect held at 330s on 198.51.100.16/32
expect legitimate 99%
expect released within 30m after the attack
