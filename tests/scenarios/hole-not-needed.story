# SPDX-License-Identifier: GPL-3.0-or-later
# The flood goes on, but from 300 s on the link has room for it: the hole would only finish the attackers' work.
story "a blackhole goes when nothing shared is in danger any more, though the attack goes on"
provider "holes.conf"
at 60s attack udp 4Gbit to 198.51.100.16 from port 123 for 30m
at 60s link transit-a is 97% full
at 300s link transit-a is 40% full
expect blackhole on 198.51.100.16/32 within 40s
expect held at 250s on 198.51.100.16/32
expect said "nothing shared is in danger any more"
expect gone at 20m on 198.51.100.16/32
expect at most 12 announcements
end 25m
