# SPDX-License-Identifier: GPL-3.0-or-later
# Nobody is left who could tell whether a link is full: that is no reason to cut the visitors off from a web site.
story "blind sensors let nobody limit a service for a touch of three seconds"
at 0s member "Radio Comunitaria" receives 40Mbit https
at 50s sensor links goes blind
at 50s sensor edge-a goes blind
at 50s sensor wire goes blind
at 60s attack tcp 2Gbit to 198.51.100.16 on port 443 for 3s
expect incident on 198.51.100.16/32 within 10s
expect no announcement
expect legitimate 97%
end 10m
