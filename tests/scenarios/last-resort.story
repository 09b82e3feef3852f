# SPDX-License-Identifier: GPL-3.0-or-later
# Three floods have taken the three rules that each upstream takes, so that for the fourth target nothing milder is left:
# still no hole before a link is in danger and each flood has shown, at its canary or when it gave way, that it needs its
# rule; nor for those whom a rule helps.
story "a blackhole comes last, only while a shared link is in danger, and ends"
at 0s member "Radio Comunitaria" receives 20Mbit https
at 50s attack udp 2Gbit to 198.51.100.200 and 198.51.100.202 and 198.51.100.204 from port 123 for 10m
at 60s attack tcp 8Gbit to 198.51.100.16 for 4m
at 120s link transit-a is 97% full
at 300s link transit-a is 10% full
expect incident on 198.51.100.16/32 within 13s
expect drop on 198.51.100.204/32 within 5s
expect no blackhole before 130s
expect said "nothing shared is in danger"
expect said "the budget of every upstream of this step is used up"
expect blackhole on 198.51.100.16/32 within 170s
expect no blackhole on 198.51.100.200/32
expect no blackhole on 198.51.100.202/32
expect no blackhole on 198.51.100.204/32
expect held at 230s on 198.51.100.16/32
expect released within 60m after the attack
