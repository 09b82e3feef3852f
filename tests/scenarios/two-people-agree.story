# SPDX-License-Identifier: GPL-3.0-or-later
# Neither one person alone, nor the same twice, nor one who may only look is enough.
story "a blackhole waits until the second of two people agrees"
provider "asking.conf"
at 60s attack udp 8Gbit to 198.51.100.16 from port 123 for 15m
at 60s link transit-a is 97% full
at 180s Vera approves 198.51.100.16/32
at 200s Ben approves 198.51.100.16/32
at 300s Ben approves 198.51.100.16/32
at 400s Ana approves 198.51.100.16/32
at 900s link transit-a is 10% full
expect asked on 198.51.100.16/32
expect said "Vera may look but not answer"
expect said "Ben has approved a1 already: 1 of 2"
expect no blackhole before 400s
expect blackhole on 198.51.100.16/32 within 341s
expect said '"approved_by":["Ana","Ben"]'
expect released within 60m after the attack
