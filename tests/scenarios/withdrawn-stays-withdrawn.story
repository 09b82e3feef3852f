# SPDX-License-Identifier: GPL-3.0-or-later
story "what a person withdraws in an attack is not announced again by itself"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s attack udp 900Mbit to 198.51.100.16 from port 53 for 3m
at 100s ben withdraws everything
expect drop on 198.51.100.16/32 within 2s
expect at most 2 announcements
end 235s
