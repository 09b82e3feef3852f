# SPDX-License-Identifier: GPL-3.0-or-later
# The policy's own word counts for silence: a minute, once.  Where a member wanted to be asked it is never a yes.
story "silence is what the policy says, and no member's yes"
provider "asking.conf"
at 60s attack syn 2Gbit to 198.51.100.16 and 192.0.2.80 on port 443 for 15m
at 60s link transit-a is 97% full
at 150s nobody answers
at 900s link transit-a is 10% full
expect asked on 198.51.100.16/32
expect asked on 192.0.2.80/32
expect expired on 198.51.100.16/32
expect expired on 192.0.2.80/32
expect no blackhole on 192.0.2.80/32
expect no blackhole before 180s
expect blackhole on 198.51.100.16/32 within 4m
expect at most 1 blackholes
expect said "it is done for a limited time"
