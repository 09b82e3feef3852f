# SPDX-License-Identifier: GPL-3.0-or-later
# The link is filled over the Funds, whom nobody may blackhole; to cut off the radio would free a twentieth of it.
story "nobody is blackholed for what another attack does to the link"
provider "holes.conf"
at 0s member "Radio Comunitaria" receives 5Mbit https
at 60s attack udp 8500Mbit to 192.0.2.80 for 3m
at 60s attack udp 500Mbit to 198.51.100.16 for 3m
at 60s link transit-a is 95% full
at 300s link transit-a is 10% full
at 400s attack udp 5Gbit to 198.51.100.16 for 2m
at 400s link transit-a is 95% full
at 520s link transit-a is 10% full
expect incident on 198.51.100.16/32 within 5s
expect said "this attack is a small part of what fills it"
expect no blackhole on 198.51.100.16/32 before 400s
expect blackhole on 198.51.100.16/32 within 7m
end 15m
