# SPDX-License-Identifier: GPL-3.0-or-later
story "without harm to anything shared, nobody is blackholed"
at 0s member "Radio Comunitaria" receives 20Mbit https
at 30s link transit-a is 20% full
at 30s link transit-b is 20% full
at 60s attack tcp 8Gbit to 198.51.100.16 for 2m
expect incident on 198.51.100.16 within 3s
expect said "nothing shared is in danger"
expect no blackhole
end 10m
