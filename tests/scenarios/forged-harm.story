# SPDX-License-Identifier: GPL-3.0-or-later
# Exports of 9.6 Gbit/s to an unused address are forged; the counters of the idle link say 5 %.
story "exports that anybody can forge put no link in danger"
provider "holes.conf"
at 0s member "Radio Comunitaria" receives 5Mbit https
at 60s attack udp 2500Mbit to 198.51.100.16 from port 53 for 100s
at 60s sensor edge-a lies 7Gbit to 198.51.100.99
at 160s sensor edge-a recovers
expect incident on 198.51.100.16/32 within 5s
expect said "nothing shared is in danger"
expect no blackhole
end 5m
