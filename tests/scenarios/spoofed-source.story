# SPDX-License-Identifier: GPL-3.0-or-later
# The packets say that a client and a provider of payments send them; whom we answer says otherwise.
story "a flood in the name of others makes nobody a source that is dropped"
provider "clients.conf"
at 0s member "Network of Funds" receives 20Mbit https
at 0s client 203.0.113.21 asks 20 times a second of 192.0.2.80
at 60s attack udp 900Mbit to 192.0.2.80 from port 53 in the name of 203.0.113.33 for 3m
at 120s attack syn 300Mbit to 192.0.2.80 in the name of 203.0.113.21 for 3m
expect drop on 192.0.2.80/32 within 10s
expect said "nobody alone overloads it by an address that cannot be forged"
expect no source-blackhole
expect unsaid "source-rtbh"
expect no blackhole
