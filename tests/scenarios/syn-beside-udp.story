# SPDX-License-Identifier: GPL-3.0-or-later
# What a rule drops upstream is not seen here.  That the SYN rule meets nothing is no sign that the SYN flood is over.
story "a SYN limit that works is not withdrawn because it works"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s attack syn 300Mbit to 198.51.100.16 for 30m
at 75s attack udp 1Gbit to 198.51.100.16 from port 53 for 30m
expect rate-limit on 198.51.100.16/32 within 2s
expect unsaid "its own part of the attack is over"
expect at most 1 incidents
expect at most 45 announcements
expect no blackhole
expect legitimate 98%
end 31m
