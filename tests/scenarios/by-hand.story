# SPDX-License-Identifier: GPL-3.0-or-later
story "people blackhole and withdraw, and a pause announces nothing new"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 20s ana blackholes 198.51.100.17/32 for 2m
at 60s ana pauses for 3m
at 70s attack udp 900Mbit to 198.51.100.16 from port 53 for 2m
expect blackhole on 198.51.100.17/32
expect held at 130s on 198.51.100.17/32
expect no drop
expect no rate-limit
expect said "its end came"
end 250s
