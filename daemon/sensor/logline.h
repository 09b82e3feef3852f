/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * logline - one line of a web server's access log to the request it tells of.
 * `combined`: nginx's and Apache's combined and common formats, Apache's with the virtual host in
 * front, and whatever fields follow.  `json`: one object a line under the names that nginx, Caddy
 * and Traefik use. The text of a request, referrer or user agent is walked over, never looked into:
 * strangers write it.
 */
#ifndef SEAWALL_SENSOR_LOGLINE_H
#define SEAWALL_SENSOR_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/prefix.h"

#define LOG_LINE_MAX (16 << 10)	/* longer ones are not read */

enum log_format { LOG_COMBINED, LOG_JSON, LOG_FORMAT_N };

struct log_request {
	struct prefix client;	/* an address; family 0: a name, or not told */
	unsigned status;	/* 100..599 */
	double seconds;		/* that the answer took; negative: not told */
	int64_t at_ms;		/* when, by the log; 0: not told */
};

/* One per file: a server writes many lines with the same second. */
struct log_parser {
	enum log_format format;
	char date[32];
	int64_t date_ms;
};

bool logline_format(enum log_format *ret, const char *name);

void logline_init(struct log_parser *p, enum log_format format);

/* Is it such a line? */
bool logline_read(struct log_request *ret, struct log_parser *p, const char *line, size_t len);

#endif
