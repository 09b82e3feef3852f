/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IPFIX over TCP, in pieces: an input is (length of a piece, bytes) again and again.  What comes
 * out are whole messages, and the collector reads them as one session.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "base/seeded.h"
#include "fuzz.h"
#include "sensor/collector.h"
#include "sensor/stream.h"

static const struct collector_limits tight = { .exporters = 4, .templates = 8, .waiting_bytes = 512,
	.reverse = true };
static const struct prefix from = { .family = 4, .len = 32, .addr = { 10, 0, 0, 1 } };
static const struct now now = { .mono = { 1 }, .wall = { 1795305600000 } };

static void
ignore(void *ctx, const struct prefix *exporter, const struct flow *f, unsigned n)
{
	(void)ctx;
	(void)exporter;
	(void)f;
	(void)n;
}

static void
take(void *ctx, const void *message, size_t len)
{
	const uint8_t *p = message;

	assert(len >= 16 && len <= UINT16_MAX && p[0] == 0 && p[1] == 10);
	collector_feed_stream(ctx, &from, 1, message, len, now);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(data, size);
	struct collector *c;
	struct stream s;
	bool good = true;

	if (seeded_install() != 0)	/* the same input does the same, whatever came before */
		abort();
	seeded_start(1);
	if (collector_new(&c, &tight, ignore, NULL) != 0)
		abort();
	if (stream_init(&s) == 0) {
		while (good && rd_left(&r) > 1) {
			size_t n = rd_u8(&r), room;
			void *to = stream_space(&s, &room);

			assert(room > 0);
			n = n < rd_left(&r) ? n : rd_left(&r);
			n = n < room ? n : room;
			memcpy(to, rd_bytes(&r, n), n);
			good = stream_came(&s, n, take, c);
		}
		collector_end_stream(c, &from, 1, now);
		stream_fini(&s);
	}
	collector_free(c);
	return 0;
}
