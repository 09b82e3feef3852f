/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/collector.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/inside.h"

#define SAMPLES_MOST 32		/* of sFlow in a datagram */
/*
 * Of one declared address; all bounded, so that a flood by one of them leaves room for the others.
 */
#define DOMAINS_EACH 64
#define EXPORTERS_MAX_FOLLOWED 256	/* (address, domain) pairs */
#define TEMPLATES_EACH 128		/* on average; one may have half of all */
#define WAITING_EACH (128u << 10)	/* bytes */
#define DECLARED_MIN 4			/* fewer have as much room as so many */
#define DECLARED_MAX 64
#define WAITING_MAX (1u << 20)
#define EXPORTERS_FOLLOWED_MAX 65536
#define TEMPLATES_MAX 1000000
#define SOURCES_EACH 16		/* of sFlow, for each exporter followed */
#define SOURCES_PART 4		/* one address may have one in so many of all, or SOURCES_EACH */

/* Zero keeps working: one exporter, one template. */
static void
bound_limits(struct collector_limits *l)
{
	if (l->exporters == 0 || l->exporters > EXPORTERS_FOLLOWED_MAX)
		l->exporters = l->exporters == 0 ? 1 : EXPORTERS_FOLLOWED_MAX;
	if (l->templates == 0 || l->templates > TEMPLATES_MAX)
		l->templates = l->templates == 0 ? 1 : TEMPLATES_MAX;
	if (l->domains_each == 0)
		l->domains_each = UINT_MAX;
	if (l->templates_each == 0)
		l->templates_each = UINT_MAX;
}

static int
copy_outside(struct collector *c)
{
	unsigned n = c->limits.outside_n;

	if (n == 0)
		return 0;
	c->outside = calloc(n, sizeof(*c->outside));
	if (c->outside == NULL)
		return -ENOMEM;
	memcpy(c->outside, c->limits.outside, n * sizeof(*c->outside));
	return 0;
}

/* How many addresses may export.  A network counts as its addresses. */
static unsigned
declared(const struct sensor_settings *of)
{
	unsigned n = 0;

	for (unsigned i = 0; i < of->exporters_n && n < DECLARED_MAX; i++) {
		unsigned free = prefix_bits(&of->exporters[i]) - of->exporters[i].len;

		n += free < 6 ? 1u << free : DECLARED_MAX;
	}
	return n < DECLARED_MIN ? DECLARED_MIN : n < DECLARED_MAX ? n : DECLARED_MAX;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

void
collector_limits_of(struct collector_limits *ret, const struct sensor_settings *s)
{
	const unsigned n = declared(s);

	*ret = (struct collector_limits){
		.exporters = least(n * DOMAINS_EACH, EXPORTERS_MAX_FOLLOWED),
		.templates = n * TEMPLATES_EACH,
		.waiting_bytes = least(n * WAITING_EACH, WAITING_MAX),
		.sampling_override = s->sampling,
		.domains_each = DOMAINS_EACH,
		.templates_each = n * TEMPLATES_EACH / 2,
		.reverse = true,
		.outside_n = s->outside_n,
		.outside = s->outside,
	};
}

/* None is ever forgotten, so that nobody may take them all. */
static int
make_sources(struct collector *c)
{
	unsigned all = SOURCES_EACH * c->limits.exporters, part = all / SOURCES_PART;

	return sources_init(&c->sources, all, part > SOURCES_EACH ? part : SOURCES_EACH,
	    c->table.max);
}

int
collector_new(struct collector **ret, const struct collector_limits *limits, collector_sink *sink,
	      void *ctx)
{
	struct collector *c = calloc(1, sizeof(*c));
	int err;

	if (c == NULL)
		return -ENOMEM;
	c->limits = *limits;
	bound_limits(&c->limits);
	c->sink = sink;
	c->ctx = ctx;
	c->load = lanes_fastest();
	netflow5_plan(&c->netflow5);
	err = exporters_init(&c->table, c->limits.exporters, c->limits.domains_each);
	if (err == 0)
		err = templates_init(&c->templates, c->limits.templates);
	if (err == 0)
		err = waiting_init(&c->waiting, c->limits.waiting_bytes);
	if (err == 0)
		err = make_sources(c);
	if (err == 0)
		err = copy_outside(c);
	if (err == 0)
		err = ceiling_init(&c->ceiling, limits->capacity_bps, limits->prefixes,
				   limits->prefixes_n);
	c->limits.outside = c->outside;
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
	ceiling_fini(&c->ceiling);
	free(c->outside);
	waiting_fini(&c->waiting);
	templates_fini(&c->templates);
	exporters_fini(&c->table);
	free(c);
}

void
feed_refuse_n(struct feed *f, enum refusal why, uint64_t n)
{
	f->c->refused[why] += n;
	if (f->x == NULL)
		return;
	f->x->refused += n;
	f->x->refused_by[why] += n;
	if (why == REFUSED_SAMPLING_JUMP)
		f->x->jumped_ms = f->ms;
}

void
feed_refuse(struct feed *f, enum refusal why)
{
	feed_refuse_n(f, why, 1);
}

static struct device *
device_of(struct collector *c, const struct exporter *x)
{
	return &c->table.devices[x->device];
}

/* It makes room for another one. */
static void
forget(struct feed *f, struct exporter *x)
{
	struct collector *c = f->c;
	struct feed old = { .c = c, .x = x, .now = f->now, .ms = f->ms };
	struct device *s = device_of(c, x);

	sets_forget(&old);
	feed_refuse(f, REFUSED_EVICTED);
	c->records += x->records;
	c->gaps += exporter_lost(x);
	if (s->exporters_n == 1)
		ceiling_forget(&c->ceiling, &s->ceiling);
	for (unsigned i = 0; i < c->table.max; i++)
		if (c->table.devices[i].teacher == (uint32_t)(x - c->table.all) + 1)
			c->table.devices[i].teacher = 0;
}

/* NULL: there is no room for another one (counted). */
static struct exporter *
make_exporter(struct feed *f, const struct exporter_key *key)
{
	struct collector *c = f->c;
	enum refusal why = REFUSED_EXPORTERS_FULL;
	struct exporter *x = exporters_room(&c->table, &key->addr, f->ms, &why);
	struct device *s;

	if (x == NULL) {
		feed_refuse(f, why);
		return NULL;
	}
	if (x != &c->table.all[c->table.n])
		forget(f, x);
	s = exporters_put(&c->table, x, key, f->ms);
	s->outside = way_find(c->outside, c->limits.outside_n, &key->addr);
	return x;
}

bool
feed_open(struct feed *f, enum flow_protocol protocol, uint32_t domain)
{
	const struct exporter_key key = { .addr = *f->from, .domain = domain,
		.protocol = (uint8_t)protocol, .session = f->session };
	struct collector *c = f->c;

	f->x = exporters_find(&c->table, &key);
	if (f->x == NULL)
		f->x = make_exporter(f, &key);
	if (f->x == NULL)
		return false;
	f->hearing = (struct hearing){ .now_ms = f->ms, .credulous = c->limits.as_exported };
	f->x->datagrams++;
	f->x->last_ms = f->ms;
	f->x->last_wall_ms = f->now.ms;
	return true;
}

void
feed_clock(struct feed *f, struct stamp *stamp)
{
	if (f->c->limits.as_exported)
		return;
	if (!drift_see(&f->x->drift, stamp->export_ms - f->now.ms, f->ms)) {
		stamp->untimed = true;
		feed_refuse(f, REFUSED_EXPORT_TIME);
		return;
	}
	stamp->ahead_ms = f->x->drift.ahead_ms;
}

static enum sequence_reading
own_reading(const struct exporter *x)
{
	bool records = x->key.protocol == FLOW_NETFLOW5 || x->key.protocol == FLOW_IPFIX;

	return records ? SEQUENCE_RECORDS : SEQUENCE_DATAGRAMS;
}

/*
 * sFlow's samples are numbered by their source, too: those that did not arrive were in datagrams
 * that did not. Where no datagram is missing, an agent counts samples in a way of its own.
 */
static uint64_t
lost_samples(const struct exporter *x, uint64_t datagrams)
{
	uint64_t samples = x->sources.lost, most = SAMPLES_MOST * datagrams;

	if (x->sequence.by[SEQUENCE_DATAGRAMS].fitted > 0 && samples > most)
		samples = most;
	return samples > datagrams ? samples : datagrams;
}

uint64_t
exporter_lost(const struct exporter *x)
{
	return lost_samples(x, sequence_lost(&x->sequence, own_reading(x))) + x->sources.dropped;
}

void
feed_sequence(struct feed *f, uint32_t sequence, int64_t records)
{
	uint64_t *counted = &f->x->refused_by[REFUSED_SEQUENCE_JUMP], strayed;

	sequence_see(&f->x->sequence, sequence, records);
	if (!f->x->sequence.leapt)
		return;
	f->x->sequence.leapt = false;
	strayed = sequence_strayed(&f->x->sequence, own_reading(f->x));
	if (strayed > *counted)
		feed_refuse_n(f, REFUSED_SEQUENCE_JUMP, strayed - *counted);
}

/* Which directions an exporter reports, by one record of each batch. */
static void
note_direction(struct device *s, const struct flow *f)
{
	if ((f->has & FLOW_DIRECTION) == 0)
		return;
	if (f->direction == 1)
		s->egress = true;
	else
		s->ingress = true;
}

/* True: they are not to be believed. */
static bool
quarantined(struct feed *f, struct device *s, const struct ceiling_batch *b)
{
	struct collector *c = f->c;

	if (f->ms < s->quarantined_ms)
		return true;
	if (!ceiling_exceeded(&c->ceiling, &s->ceiling, b, f->now.ms))
		return false;
	ceiling_forget(&c->ceiling, &s->ceiling);
	s->quarantined_ms = f->ms + COLLECTOR_QUARANTINE_MS;
	return true;
}

/* A set may go on behind it. */
static void
batch_clear(struct collector *c)
{
	c->batch_n = 0;
	c->seen = (struct lanes_seen){ .strays = c->common.usual == 0 };
}

/* Those that were not loaded by lanes, too. */
static void
see_all(struct collector *c, const struct device *s)
{
	struct flow *f = c->batch, *end = f + c->batch_n;

	if (c->seen.n == c->batch_n)
		return;
	c->seen = (struct lanes_seen){ .strays = s->way.usual == 0 };
	lanes_see(&c->seen, f, c->batch_n, s->way.usual);
	if (c->seen.strays)
		return;
	for (; f < end; f++)
		f->way = FLOW_INBOUND;
}

void
feed_flush(struct feed *f)
{
	struct collector *c = f->c;
	struct ceiling_batch b = { .f = c->batch, .n = c->batch_n };
	unsigned n = c->batch_n;
	struct device *s;

	if (n == 0)
		return;
	s = device_of(c, f->x);
	see_all(c, s);
	note_direction(s, &c->batch[c->datagrams % n]);
	if (!c->seen.strays)
		s->way.ingress_ms = f->ms;	/* and they say so already */
	else if (c->limits.outside_n > 0)
		way_all(&s->way, s->outside, c->batch, n, f->ms);
	b.most = ceiling_most(c->seen.sum, c->seen.any, c->seen.sampling);
	batch_clear(c);
	if (c->ceiling.bps > 0 && quarantined(f, s, &b)) {
		feed_refuse_n(f, REFUSED_QUARANTINED, n);
		return;
	}
	f->x->records += n;
	c->sink(c->ctx, &f->x->key.addr, c->batch, n);
}

void
feed_flow(struct feed *f, struct flow *flow, uint32_t sampling)
{
	uint32_t override = f->c->limits.sampling_override;

	flow->sampling = override != 0 ? override : exporter_believe(f->x, sampling, &f->hearing);
	f->records++;
	f->c->batch[f->c->batch_n] = *flow;
	if (++f->c->batch_n == COLLECTOR_BATCH)
		feed_flush(f);
}

static void
decode(struct feed *f, struct rd r)
{
	struct rd look = r;
	uint16_t version = rd_u16(&look), low = rd_u16(&look);

	if (!rd_ok(&look))
		feed_refuse(f, REFUSED_SHORT);
	else if (version == 5)
		netflow5_feed(f, r);
	else if (version == 9)
		netflow9_feed(f, r);
	else if (version == 10)
		ipfix_feed(f, r);
	else if (version == 0 && low == 5)
		sflow_feed(f, r);
	else
		feed_refuse(f, REFUSED_VERSION);
}

static void
finish(struct feed *f)
{
	if (f->c->batch_n > 0)
		feed_flush(f);
	f->c->changes += f->hearing.changed;
	if (f->hearing.jump)
		feed_refuse(f, REFUSED_SAMPLING_JUMP);
}

void
collector_feed(struct collector *c, const struct prefix *exporter, const void *buf, size_t len,
	       struct now now)
{
	struct feed f = { .c = c, .from = exporter, .now = now.wall, .ms = mono_ms(now.mono) };

	c->datagrams++;
	decode(&f, rd_of(buf, len));
	finish(&f);
}

void
collector_feed_stream(struct collector *c, const struct prefix *exporter, uint8_t session,
		      const void *buf, size_t len, struct now now)
{
	struct feed f = { .c = c, .from = exporter, .now = now.wall, .ms = mono_ms(now.mono),
		.session = session };

	c->datagrams++;
	ipfix_feed(&f, rd_of(buf, len));
	finish(&f);
}

void
collector_end_stream(struct collector *c, const struct prefix *exporter, uint8_t session,
    struct now now)
{
	for (unsigned i = 0; i < c->table.n; i++) {
		struct feed f = { .c = c, .x = &c->table.all[i], .now = now.wall,
			.ms = mono_ms(now.mono) };

		if (f.x->key.session == session && prefix_eq(&f.x->key.addr, exporter)) {
			sets_forget(&f);
			f.x->sequence = (struct sequence){ 0 };
		}
	}
}
