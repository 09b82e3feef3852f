# SPDX-License-Identifier: GPL-3.0-or-later
story "a service that fails without traffic is shown to people and announces nothing"
at 0s member "Network of Funds" receives 40Mbit https
at 60s probe web fails
at 240s probe web answers
expect incident on 192.0.2.80
expect no announcement
end 10m
