# SPDX-License-Identifier: GPL-3.0-or-later
# Behind the hole nobody sees the visitors.  In its canary they come back, a fifth of the threshold: no reason to hold it.
story "a hole over visitors ends with the attack"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s attack udp 8Gbit to 198.51.100.16 from port 53 for 90s
at 60s link transit-a is 95% full
at 60s link transit-b is 95% full
at 150s link transit-a is 10% full
at 150s link transit-b is 10% full
expect blackhole on 198.51.100.16/32 within 1m
expect released within 3m after the attack
expect at most 8 announcements
expect unsaid "its hole time for today is used up"
expect legitimate 60%
