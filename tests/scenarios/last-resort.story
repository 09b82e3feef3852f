# SPDX-License-Identifier: GPL-3.0-or-later
story "a blackhole comes last, only while a shared link is in danger, and ends"
at 0s member "Radio Comunitaria" receives 20Mbit https
at 50s link transit-a is 97% full
at 50s link transit-b is 97% full
at 60s attack tcp 8Gbit to 198.51.100.16 for 2m
at 200s link transit-a is 10% full
at 200s link transit-b is 10% full
expect announcement on 198.51.100.16/32 within 3s
expect blackhole on 198.51.100.16/32 within 1m
expect released within 30m after the attack
