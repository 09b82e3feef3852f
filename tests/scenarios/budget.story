# SPDX-License-Identifier: GPL-3.0-or-later
story "rules are counted: an upstream gets no more of them than its budget"
at 60s attack gre 300Mbit to 192.0.2.10 and 192.0.2.20 and 198.51.100.18 and 198.51.100.19 for 3m
at 60s attack gre 300Mbit to 192.0.2.30 and 192.0.2.40 and 198.51.100.28 and 198.51.100.29 for 3m
expect announcement within 2s
expect said "the budget of every upstream of this step is used up"
expect no blackhole
expect at most 3 announcements
end 90s
