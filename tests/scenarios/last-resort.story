# SPDX-License-Identifier: GPL-3.0-or-later
# Three floods have taken the three rules that each upstream takes: for the fourth target nothing milder is left.
story "a blackhole comes last, only while a shared link is in danger, and ends"
at 0s member "Radio Comunitaria" receives 20Mbit https
at 50s attack udp 2Gbit to 198.51.100.200 from port 123 for 10m
at 50s attack udp 2Gbit to 198.51.100.201 from port 123 for 10m
at 50s attack udp 2Gbit to 198.51.100.202 from port 123 for 10m
at 50s link transit-a is 97% full
at 50s link transit-b is 97% full
at 60s attack tcp 8Gbit to 198.51.100.16 for 2m
at 200s link transit-a is 10% full
at 200s link transit-b is 10% full
expect incident on 198.51.100.16/32 within 13s
expect blackhole on 198.51.100.16/32 within 1m
expect released within 60m after the attack
