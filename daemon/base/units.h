/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * units - figures as people write them: 10Gbit 500Mbit 200kpps 5k 30s 10m 2h 3d 80%.
 * Parsers return 0, -EINVAL (not such a figure) or -ERANGE, and write on success only.
 */
#ifndef SEAWALL_BASE_UNITS_H
#define SEAWALL_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* "200Mbit" "60kpps" "5k" "1200": bit/s, packet/s or plain */
int units_rate(double *ret, const char *text);
/* only bit/s: "200Mbit", "0", or a plain number */
int units_bits(double *ret, const char *text);
/* "30s" "10m" "2h" "3d" "250ms"; plain: seconds */
int units_duration(int64_t *ret_ms, const char *text);
int units_percent(double *ret, const char *text);	/* "80%" -> 0.8 */

/* "1.5 Gbit/s", "60 kpacket/s" for people.  Return buf. */
const char *units_rate_str(double rate, const char *unit, char *buf, size_t size);
const char *units_duration_str(int64_t ms, char *buf, size_t size);	/* "5 min", "2 h 10 min" */

#endif
