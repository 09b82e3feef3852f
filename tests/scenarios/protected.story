# SPDX-License-Identifier: GPL-3.0-or-later
story "a rule for a prefix that holds a protected address is refused by the guard"
at 0s member "Network of Funds" receives 40Mbit https
at 30s attack udp 3Gbit to 192.0.2.0/24 from port 389 for 1m
expect incident on 192.0.2.0/24 within 4s
expect said '"reason":"protected"'
expect no announcement on 192.0.2.0/24
expect no blackhole
end 3m
