/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of other detectors: all are counted, and no reading is told that cannot be or is not ours.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sensor/feed.h"
#include "sensor/lines.h"

struct run {
	struct feed *feed;
	struct prefix ours;
	struct now now;
	uint64_t lines;
};

static void
judge(void *ctx, const struct reading *r)
{
	const struct run *u = ctx;
	struct sensor_report report = { .kind = REPORT_READING, .reading = *r };

	assert(report_plausible(&report, 0));
	assert(r->value <= FEED_VALUE_MAX);
	assert(r->subject.kind == SUBJECT_ALL || prefix_covers(&u->ours, &r->subject.prefix));
}

static void
take(void *ctx, const char *line, size_t len)
{
	struct run *u = ctx;
	char *exact = malloc(len);

	if (exact == NULL)
		return;
	memcpy(exact, line, len);
	feed_line(u->feed, exact, len, u->now);
	free(exact);
	if (u->lines++ % 2 == 0) {
		u->now.mono.ns += 1000000000;
		feed_second(u->feed, u->now);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run u = { .now = { .mono = { 1 }, .wall = { 1700000000000 } } };
	const char *name, *say;
	struct lines lines;
	uint64_t n, sum;
	char names[16];

	if (prefix_parse(&u.ours, "192.0.2.0/24") != 0 || lines_new(&lines, FEED_LINE_MAX) != 0 ||
	    feed_new(&u.feed, &u.ours, 1, judge, &u) != 0)
		abort();
	lines_feed(&lines, (const char *)data, size, take, &u);
	sum = feed_accepted(u.feed);
	for (unsigned i = 0; feed_refused(u.feed, i, &name, &say, &n); i++)
		sum += n;
	assert(sum == u.lines);
	feed_silent(u.feed, (mono_t){ u.now.mono.ns + 61000000000 }, false, names, sizeof(names));
	assert(strlen(names) < sizeof(names));
	feed_free(u.feed);
	lines_free(&lines);
	return 0;
}
