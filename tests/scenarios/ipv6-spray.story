# SPDX-License-Identifier: GPL-3.0-or-later
story "a spray over random IPv6 addresses is met by a rule for the prefix"
at 30s attack udp 2Gbit to 2001:db8:40::/64 from port 53 for 2m
expect incident within 5s
expect announcement within 5s
expect at most 4 incidents
expect no blackhole
expect released within 15m after the attack
