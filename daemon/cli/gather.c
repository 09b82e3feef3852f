/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/gather.h"

#include <errno.h>
#include <stdlib.h>

#include "sensor/collector.h"
#include "sensor/sampled.h"

/* `seawall decode` reads more; a capture of one network's exports has no more. */
static const struct collector_limits limits = {
	.exporters = 256, .templates = 4096, .waiting_bytes = 4 << 20,
	.as_exported = true,
};

/* One of the two ways to read a capture.  Which it was is known at its end. */
struct way {
	struct urn *records;	/* owned */
	uint64_t elsewhere;
};

struct gather {
	struct gather_want want;
	struct collector *collector;	/* owned */
	struct way plain, flows;
	uint64_t packets, unreadable, exports;
	wall_t from, until;
};

static void
take(struct gather *g, struct way *w, const struct sample *s)
{
	const struct prefix *to = &g->want.to;
	struct prefix dst = prefix_of(s->family, s->dst, s->family == 4 ? 32 : 128);

	if (to->family != 0 && !prefix_covers(to, &dst))
		w->elsewhere++;
	else
		urn_offer(w->records, s, (double)(g->want.by_bytes ? s->bytes : s->packets));
}

static void
take_flows(void *ctx, const struct prefix *exporter, const struct flow *f, unsigned n)
{
	struct gather *g = ctx;
	struct sample s;

	(void)exporter;
	for (unsigned i = 0; i < n; i++)
		if (sample_of_flow(&s, &f[i]))
			take(g, &g->flows, &s);
}

static void
take_export(struct gather *g, const struct cap_packet *p)
{
	const struct now then = { .mono = { p->when.ms * 1000000 }, .wall = p->when };
	struct prefix exporter;
	struct rd payload;
	struct flow outer;

	if (!cap_export(p, &outer, &payload))
		return;
	g->exports++;
	exporter = prefix_of(outer.family, outer.src, outer.family == 4 ? 32 : 128);
	collector_feed(g->collector, &exporter, payload.p, rd_left(&payload), then);
}

static void
take_plain(struct gather *g, const struct cap_packet *p)
{
	struct sample s;

	if (!p->skipped && sampled_packet(&s, p->bytes, p->ethernet, p->len))
		take(g, &g->plain, &s);
	else
		g->unreadable++;
}

void
gather_packet(struct gather *g, const struct cap_packet *p)
{
	if (g->packets++ == 0 || p->when.ms < g->from.ms)
		g->from = p->when;
	if (p->when.ms > g->until.ms)
		g->until = p->when;
	take_export(g, p);
	take_plain(g, p);
}

struct gathered
gather_result(const struct gather *g)
{
	struct collector_totals t;
	bool flows;
	const struct way *w;

	collector_totals(g->collector, &t);
	flows = t.records > 0 && g->exports * 2 > g->packets - g->unreadable;
	w = flows ? &g->flows : &g->plain;
	return (struct gathered){
		.records = w->records, .flows = flows, .packets = g->packets,
		.unreadable = flows ? t.refused : g->unreadable, .elsewhere = w->elsewhere,
		.from = g->from, .until = g->until,
	};
}

int
gather_new(struct gather **ret, const struct gather_want *want)
{
	struct gather *g = calloc(1, sizeof(*g));
	int err;

	if (g == NULL)
		return -ENOMEM;
	g->want = *want;
	err = collector_new(&g->collector, &limits, take_flows, g);
	if (err == 0)
		err = urn_new(&g->plain.records, GATHER_ROOM, sizeof(struct sample), want->seed);
	if (err == 0)
		err = urn_new(&g->flows.records, GATHER_ROOM, sizeof(struct sample), want->seed);
	if (err != 0) {
		gather_free(g);
		return err;
	}
	*ret = g;
	return 0;
}

void
gather_free(struct gather *g)
{
	if (g == NULL)
		return;
	collector_free(g->collector);
	urn_free(g->plain.records);
	urn_free(g->flows.records);
	free(g);
}
