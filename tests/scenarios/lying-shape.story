# SPDX-License-Identifier: GPL-3.0-or-later
# Forged exports say that the flood comes to the port of the radio's calls, louder than it is; the wire sees where it comes.
story "a lie about the port of an attack brings no rule against that port"
at 0s member "Radio Comunitaria" receives 20Mbit udp on port 4500
at 60s sensor edge-a lies 6Gbit to 198.51.100.16 of udp on port 4500
at 60s attack udp 2Gbit to 198.51.100.16 from port 123 for 3m
at 300s sensor edge-a recovers
expect drop on 198.51.100.16/32 within 5s
expect said '"sport":[[123,123]]'
expect unsaid '"dport":[[4500,4500]]'
expect unsaid '"match":{"dst":"198.51.100.16/32","proto":[[17,17]]}'
expect legitimate 99%
expect no blackhole
