/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/collector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/inside.h"

#define EXPORTERS_MAX 65536
#define TEMPLATES_MAX 1000000

static const struct {
	const char *name, *say;
} refusals[] = {
#define REFUSAL_TEXT(id, name, say) { name, say },
	REFUSALS(REFUSAL_TEXT)
};

/* Zero keeps working: one exporter, one template. */
static void
bound_limits(struct collector_limits *l)
{
	if (l->exporters == 0 || l->exporters > EXPORTERS_MAX)
		l->exporters = l->exporters == 0 ? 1 : EXPORTERS_MAX;
	if (l->templates == 0 || l->templates > TEMPLATES_MAX)
		l->templates = l->templates == 0 ? 1 : TEMPLATES_MAX;
}

int
collector_new(struct collector **ret, const struct collector_limits *limits, collector_sink *sink,
	      void *ctx)
{
	struct collector *c = calloc(1, sizeof(*c));
	int err = -ENOMEM;

	if (c == NULL)
		return err;
	c->limits = *limits;
	bound_limits(&c->limits);
	c->sink = sink;
	c->ctx = ctx;
	c->load = lanes_fastest();
	netflow5_plan(&c->netflow5);
	for (c->slots_n = 2; c->slots_n < 2 * c->limits.exporters; c->slots_n *= 2)
		;
	c->exporters = calloc(c->limits.exporters, sizeof(*c->exporters));
	c->slots = calloc(c->slots_n, sizeof(*c->slots));
	if (c->exporters != NULL && c->slots != NULL)
		err = templates_init(&c->templates, c->limits.templates);
	if (err == 0)
		err = waiting_init(&c->waiting, c->limits.waiting_bytes);
	if (err == 0)
		err = sources_init(&c->sources);
	if (err != 0) {
		collector_free(c);
		return err;
	}
	*ret = c;
	return 0;
}

void
collector_free(struct collector *c)
{
	if (c == NULL)
		return;
	sources_fini(&c->sources);
	waiting_fini(&c->waiting);
	templates_fini(&c->templates);
	free(c->slots);
	free(c->exporters);
	free(c);
}

void
feed_refuse(struct feed *f, enum refusal why)
{
	f->c->refused[why]++;
	if (f->x != NULL)
		f->x->refused++;
}

static uint32_t
hash(const struct prefix *addr, uint32_t domain, uint8_t protocol)
{
	uint32_t h = 2166136261u, word[4];

	memcpy(word, addr->addr, sizeof(word));
	for (unsigned i = 0; i < 4; i++) {
		h = (h ^ word[i]) * 16777619u;
		h ^= h >> 15;
	}
	h = (h ^ domain) * 16777619u;
	h = (h ^ protocol) * 16777619u;
	return h ^ h >> 15;
}

/* The slot where it stands or would stand.  The table is never more than half full. */
static uint32_t *
slot_find(struct collector *c, const struct prefix *addr, uint32_t domain, uint8_t protocol)
{
	unsigned mask = c->slots_n - 1, i = hash(addr, domain, protocol) & mask;

	for (; c->slots[i] != 0; i = (i + 1) & mask) {
		const struct exporter *x = &c->exporters[c->slots[i] - 1];

		if (x->domain == domain && x->protocol == protocol && prefix_eq(&x->addr, addr))
			break;
	}
	return &c->slots[i];
}

static bool
is_exporter(const struct exporter *x, const struct prefix *addr, uint32_t domain, uint8_t protocol)
{
	return x != NULL && x->domain == domain && x->protocol == protocol &&
		memcmp(&x->addr, addr, sizeof(*addr)) == 0;
}

/* NULL: there is no room for another one. */
static struct exporter *
exporter_of(struct collector *c, const struct prefix *addr, uint32_t domain, uint8_t protocol)
{
	uint32_t *slot = slot_find(c, addr, domain, protocol);

	if (*slot == 0) {
		if (c->exporters_n == c->limits.exporters)
			return NULL;
		*slot = ++c->exporters_n;
		c->exporters[*slot - 1].addr = *addr;
		c->exporters[*slot - 1].domain = domain;
		c->exporters[*slot - 1].protocol = protocol;
	}
	return &c->exporters[*slot - 1];
}

bool
feed_open(struct feed *f, enum flow_protocol protocol, uint32_t domain)
{
	struct collector *c = f->c;

	/* Datagrams of one exporter come in a row. */
	if (!is_exporter(c->last, f->from, domain, (uint8_t)protocol))
		c->last = exporter_of(c, f->from, domain, (uint8_t)protocol);
	if (c->last == NULL) {
		feed_refuse(f, REFUSED_EXPORTERS_FULL);
		return false;
	}
	f->x = c->last;
	f->x->datagrams++;
	f->x->last_ms = f->now.ms;
	return true;
}

void
feed_flush(struct feed *f)
{
	struct collector *c = f->c;
	unsigned n = c->batch_n;

	if (n == 0)
		return;
	c->batch_n = 0;
	f->x->records += n;
	c->sink(c->ctx, &f->x->addr, c->batch, n);
}

void
feed_flow(struct feed *f, struct flow *flow, uint32_t sampling)
{
	uint32_t override = f->c->limits.sampling_override;

	flow->sampling = override != 0 ? override : sampling;
	f->records++;
	f->c->batch[f->c->batch_n] = *flow;
	if (++f->c->batch_n == COLLECTOR_BATCH)
		feed_flush(f);
}

void
collector_feed(struct collector *c, const struct prefix *exporter, const void *buf, size_t len,
	       wall_t now)
{
	struct feed f = { .c = c, .from = exporter, .now = now };
	struct rd r = rd_of(buf, len), look = r;
	uint16_t version = rd_u16(&look), low = rd_u16(&look);

	c->datagrams++;
	if (!rd_ok(&look))
		feed_refuse(&f, REFUSED_SHORT);
	else if (version == 5)
		netflow5_feed(&f, r);
	else if (version == 9)
		netflow9_feed(&f, r);
	else if (version == 10)
		ipfix_feed(&f, r);
	else if (version == 0 && low == 5)
		sflow_feed(&f, r);
	else
		feed_refuse(&f, REFUSED_VERSION);
	feed_flush(&f);
}

static uint64_t
lost(const struct exporter *x)
{
	bool records = x->protocol == FLOW_NETFLOW5 || x->protocol == FLOW_IPFIX;

	uint64_t n = sequence_lost(&x->sequence, records ? SEQUENCE_RECORDS : SEQUENCE_DATAGRAMS);

	/* sFlow's lost samples were in those datagrams, or their numbers are of no use */
	return (n > x->sources.lost ? n : x->sources.lost) + x->sources.dropped;
}

void
collector_totals(const struct collector *c, struct collector_totals *ret)
{
	struct collector_totals t = { .datagrams = c->datagrams };

	for (unsigned i = 0; i < c->exporters_n; i++) {
		t.records += c->exporters[i].records;
		t.counters += c->exporters[i].counters;
		t.waiting += c->exporters[i].waiting;
		t.gaps += lost(&c->exporters[i]);
	}
	for (unsigned i = 0; i < REFUSED_N; i++)
		t.refused += c->refused[i];
	*ret = t;
}

bool
collector_refused(const struct collector *c, unsigned i, const char **ret_name,
		  const char **ret_say, uint64_t *ret_n)
{
	if (i >= REFUSED_N)
		return false;
	*ret_name = refusals[i].name;
	*ret_say = refusals[i].say;
	*ret_n = c->refused[i];
	return true;
}

/* For people: what one sampler says, or the one rate all of them share. */
static uint32_t
common_rate(const struct exporter *x)
{
	uint32_t rate = x->rate;

	for (unsigned i = 0; i < x->samplers_n; i++) {
		if (rate != 0 && rate != x->samplers[i].rate)
			return x->rate;
		rate = x->samplers[i].rate;
	}
	return rate;
}

bool
collector_exporter(const struct collector *c, unsigned i, struct exporter_report *ret)
{
	const uint32_t override = c->limits.sampling_override;
	const struct exporter *x;

	if (i >= c->exporters_n)
		return false;
	x = &c->exporters[i];
	*ret = (struct exporter_report){
		.exporter = x->addr, .domain = x->domain,
		.sampling = override != 0 ? override : common_rate(x),
		.datagrams = x->datagrams, .records = x->records, .refused = x->refused,
		.gaps = lost(x), .waiting = x->waiting, .waiting_since_ms = x->waiting_since_ms,
		.last_ms = x->last_ms,
	};
	return true;
}
