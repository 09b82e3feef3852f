# SPDX-License-Identifier: GPL-3.0-or-later
story "a sensor that is blind or silent triggers nothing"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 10s sensor edge-a goes blind
at 10s sensor edge-b goes silent
at 10s sensor wire goes silent
at 60s attack udp 900Mbit to 198.51.100.16 from port 53 for 1m
expect no announcement
expect no incident
end 4m
