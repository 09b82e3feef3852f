/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static struct {
	const char *name;
	bool to_stderr;
	int64_t second;
	unsigned lines, folded;
} sink = { .name = "seawall", .to_stderr = true };

void
log_open(const char *name, bool to_stderr)
{
	sink.name = name;
	sink.to_stderr = to_stderr;
	if (!to_stderr)
		openlog(name, LOG_PID, LOG_DAEMON);
}

static void
put(int priority, const char *line)
{
	if (sink.to_stderr)
		fprintf(stderr, "%s: %s\n", sink.name, line);
	else
		syslog(priority, "%s", line);
}

/* May this line be written?  Says how many were folded once a new second begins. */
static bool
admit(void)
{
	struct timespec t;
	char line[64];

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (t.tv_sec != sink.second) {
		sink.second = t.tv_sec;
		sink.lines = 0;
		if (sink.folded > 0) {
			snprintf(line, sizeof(line), "%u more lines were left out", sink.folded);
			sink.folded = 0;
			put(LOG_WARNING, line);
		}
	}
	if (sink.lines >= LOG_BURST) {
		sink.folded++;
		return false;
	}
	sink.lines++;
	return true;
}

void
log_line(int priority, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (!admit())
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	put(priority, line);
}
