# SPDX-License-Identifier: GPL-3.0-or-later
# Both have a connection, so their addresses are their own.  The second is seen once the first is gone.
story "clients that overload a site alone are dropped at their sources, and heard again when they stop"
provider "clients.conf"
at 0s member "Network of Funds" receives 20Mbit https
at 60s client 203.0.113.9 asks 900 times a second of 192.0.2.80 for 5m
at 60s client 203.0.113.11 asks 700 times a second of 192.0.2.80 for 5m
expect source-blackhole on 203.0.113.9/32 within 20s
expect source-blackhole on 203.0.113.11/32 within 40s
expect held at 3m on 203.0.113.9/32
expect no blackhole
expect no drop
expect legitimate 99.9%
expect released within 20m after the attack
