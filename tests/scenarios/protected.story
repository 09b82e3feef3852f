# SPDX-License-Identifier: GPL-3.0-or-later
story "a rule for a prefix that holds a protected address is carved around it"
at 0s member "Network of Funds" receives 40Mbit https
at 30s attack udp 3Gbit to 192.0.2.0/24 from port 389 for 1m
expect incident on 192.0.2.0/24 within 4s
expect drop on 192.0.2.128/25 within 4s
expect drop on 192.0.2.64/26
expect drop on 192.0.2.0/27
expect no announcement on 192.0.2.0/24
expect no announcement on 192.0.2.32/27
expect no blackhole
expect unsaid '"reason":"protected"'
expect legitimate 99%
expect released within 20m after the attack
