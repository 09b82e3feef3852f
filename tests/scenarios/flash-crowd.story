# SPDX-License-Identifier: GPL-3.0-or-later
story "a crowd of people is never blackholed nor dropped"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 60s member "Radio Comunitaria" receives 800Mbit https for 5m from a crowd
expect no blackhole
expect no drop
end 10m
