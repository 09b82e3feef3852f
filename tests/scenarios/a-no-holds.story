# SPDX-License-Identifier: GPL-3.0-or-later
# A no takes back what silence did, and holds while the attack goes on; the question of another is another.
story "a no holds as long as the attack, and binds nobody else"
provider "asking.conf"
at 60s attack syn 2Gbit to 198.51.100.16 on port 443 for 20m
at 60s attack syn 2Gbit to 198.51.100.20 on port 443 for 20m
at 60s link transit-a is 97% full
at 120s Ana denies 198.51.100.16/32
at 130s Ben approves 198.51.100.20/32
at 140s Ben approves 198.51.100.16/32
at 1200s link transit-a is 10% full
expect denied on 198.51.100.16/32
expect said "a1 is denied already"
expect no blackhole on 198.51.100.16/32
expect blackhole on 198.51.100.20/32 within 80s
expect held at 10m on 198.51.100.20/32
expect at most 2 incidents
