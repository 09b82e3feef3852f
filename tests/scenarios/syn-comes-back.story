# SPDX-License-Identifier: GPL-3.0-or-later
# The limit of SYN (m1) costs nobody anything once the flood is over, so it is still there when it comes back.
story "a SYN flood that comes back finds its limit while another vector's rule is held"
at 0s member "Radio Comunitaria" receives 5Mbit https
at 60s attack syn 300Mbit to 198.51.100.16 for 30s
at 65s attack udp 2Gbit to 198.51.100.16 from port 53 for 25s
at 160s attack syn 300Mbit to 198.51.100.16 for 10m
expect rate-limit on 198.51.100.16/32 within 2s
expect drop on 198.51.100.16/32
expect unsaid '"id":"m3"'
expect at most 1 incidents
expect no blackhole
expect legitimate 99%
expect released within 40m after the attack
