# SPDX-License-Identifier: GPL-3.0-or-later
story "what one lying sensor says brings nobody a blackhole"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s link transit-a is 95% full
at 60s sensor edge-a lies 3Gbit to 198.51.100.16
at 180s sensor edge-a recovers
expect no blackhole
expect no drop
end 6m
