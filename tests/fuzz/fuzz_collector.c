/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The collector with a row of datagrams from two exporters: an input is (length, exporter bit,
 * bytes) again and again, so that templates, redefinitions and waiting data meet.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "base/seeded.h"
#include "fuzz.h"
#include "sensor/collector.h"

static const struct prefix ours[] = { { .family = 4, .len = 24, .addr = { 192, 0, 2 } } };
static const struct outside out[] = {
	{ .exporter = { .family = 4, .len = 32, .addr = { 10, 0, 0, 1 } },
	    .interfaces_n = 1,
	    .interfaces = { 3 } }
};
static const struct collector_limits tight = { .exporters = 4, .templates = 8, .waiting_bytes = 512,
	.prefixes_n = 1, .prefixes = ours, .outside_n = 1, .outside = out, .reverse = true };

/* What stages behind the collector rely on. */
static void
judge(void *ctx, const struct prefix *exporter, const struct flow *f, unsigned n)
{
	uint64_t *seen = ctx;

	assert(exporter->family == 4);
	assert(n > 0 && n <= COLLECTOR_BATCH);
	for (unsigned i = 0; i < n; i++) {
		assert(f[i].protocol <= FLOW_SFLOW5);
		assert(f[i].family == 0 || f[i].family == 4 || f[i].family == 6);
		assert((f[i].has & (FLOW_SRC | FLOW_DST)) == 0 || f[i].family != 0);
	}
	*seen += n;
}

#ifdef FUZZ_VERSION
/* All of it for one decoder: nothing is spent on datagrams that begin like no other. */
static void
steer(uint8_t *datagram, size_t len)
{
	const uint8_t sflow[] = { 0, 0, 0, 5 }, others[] = { 0, FUZZ_VERSION };
	size_t n = FUZZ_VERSION == 0 ? sizeof(sflow) : sizeof(others);

	memcpy(datagram, FUZZ_VERSION == 0 ? sflow : others, n < len ? n : len);
}
#else
static void
steer(uint8_t *datagram, size_t len)
{
	(void)datagram;
	(void)len;
}
#endif

/* From an allocation of its very size. */
static void
feed(struct collector *c, const struct prefix *from, struct rd bytes, struct now now)
{
	size_t len = rd_left(&bytes);
	uint8_t *copy = malloc(len > 0 ? len : 1);

	rd_copy(&bytes, copy, len);
	steer(copy, len);
	collector_feed(c, from, copy, len, now);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct prefix from = { .family = 4, .len = 32, .addr = { 10, 0, 0, 1 } };
	struct rd r = rd_of(data, size);
	struct now now = { .mono = { 1 }, .wall = { 1795305600000 } };
	struct collector_totals t;
	struct exporter_report x;
	struct collector *c;
	uint64_t seen = 0, records = 0;

	if (seeded_install() != 0)	/* the same input does the same, whatever came before */
		abort();
	seeded_start(1);
	if (collector_new(&c, &tight, judge, &seen) != 0)
		abort();
	while (rd_left(&r) >= 2) {
		uint16_t head = rd_u16(&r);
		size_t len = head & 0x7fff;

		from.addr[3] = (uint8_t)(head >> 15);
		feed(c, &from, rd_sub(&r, len < rd_left(&r) ? len : rd_left(&r)), now);
		now.wall.ms += 600000;
		now.mono = mono_add_ms(now.mono, 600000);
	}
	collector_totals(c, &t);
	for (unsigned i = 0; collector_exporter(c, i, &x); i++)
		records += x.records;
	assert(t.records == seen);
	assert(records <= seen);	/* those of exporters that made room are not listed */
	collector_free(c);
	return 0;
}
