# SPDX-License-Identifier: GPL-3.0-or-later
story "sensors that go blind in an attack do not lift what stands against it"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s attack udp 900Mbit to 198.51.100.16 from port 53 for 4m
at 80s sensor edge-a goes blind
at 80s sensor edge-b goes blind
at 80s sensor wire goes blind
expect drop on 198.51.100.16/32 within 2s
expect held at 200s on 198.51.100.16/32
expect held at 290s on 198.51.100.16/32
expect no withdrawal
end 295s
