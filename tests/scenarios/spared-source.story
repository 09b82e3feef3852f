# SPDX-License-Identifier: GPL-3.0-or-later
story "whom the configuration spares is never dropped at the source, however much is asked"
provider "clients.conf"
at 60s client 203.0.113.65 asks 900 times a second of 192.0.2.80 for 2m
expect incident on 192.0.2.80 within 20s
expect no source-blackhole
expect said "which is spared (payments)"
expect no blackhole
end 5m
