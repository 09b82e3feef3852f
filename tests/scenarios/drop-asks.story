# SPDX-License-Identifier: GPL-3.0-or-later
# The drop waits for Ana, so nobody knows yet whether it suffices: the harsher step, which asks nobody, waits too.
story "a blackhole does not come because nobody has agreed to the drop yet, nor because somebody denied it"
provider "drop-asks.conf"
at 0s member "Radio Comunitaria" receives 5Mbit https
at 60s attack udp 4Gbit to 198.51.100.16 from port 53 for 5m
at 60s attack udp 4Gbit to 198.51.100.20 from port 53 for 5m
at 60s link transit-a is 95% full
at 90s Ana denies 198.51.100.20/32
at 200s Ana approves 198.51.100.16/32
at 6m link transit-a is 10% full
expect asked on 198.51.100.16/32 within 5s
expect drop on 198.51.100.16/32 within 150s
expect no drop on 198.51.100.16/32 before 200s
expect no drop on 198.51.100.20/32
expect no blackhole on 198.51.100.16/32 before 200s
expect no blackhole on 198.51.100.20/32
end 20m
