# SPDX-License-Identifier: GPL-3.0-or-later
story "a member that said never is not blackholed, whatever the harm"
at 0s member "Clinic" receives 20Mbit https
at 60s link transit-a is 97% full
at 60s link transit-b is 97% full
at 60s attack gre 5Gbit to 192.0.2.96 for 4m
expect incident on 192.0.2.96 within 3s
expect no blackhole
end 8m
