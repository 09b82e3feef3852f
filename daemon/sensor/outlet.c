/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of one layout into the batch: the inner loop of the collector. */
#include "sensor/inside.h"

/* How the records of one set are handed out. */
struct outlet {
	struct feed *f;
	const struct plan *p;
	const struct stamp *stamp;
	struct lanes_common *common;	/* what they share: the collector's */
	bool own;		/* each has its own sampling */
	bool timed;		/* their times are reckoned while they are loaded */
	bool all;		/* every one needs a second look */
	bool reverse;		/* each may be two flows */
};

/* Of the exporter itself; when it never said anything, what its address said in another domain. */
static uint32_t
learned(const struct feed *f, const struct plan *p, const struct record *rec)
{
	const struct collector *c = f->c;
	uint32_t rate = exporter_rate(f->x, p, rec),
		 teacher = c->table.devices[f->x->device].teacher;

	if (rate != 0 || teacher == 0 || exporter_taught(f->x) || c->limits.as_exported)
		return rate;
	return exporter_rate(&c->table.all[teacher - 1], p, rec);
}

/* Sampling that is the same for all records of the plan, or that each may have its own. */
static bool
own_sampling(const struct feed *f, const struct plan *p, uint32_t *ret_common)
{
	static const struct record nothing;

	*ret_common = f->c->limits.sampling_override;
	if (*ret_common != 0 || p->samples)
		return *ret_common == 0;
	*ret_common = f->x->rate.rate;
	if (*ret_common == 0 &&
	    (f->x->samplers_n > 0 || f->c->table.devices[f->x->device].teacher != 0))
		*ret_common = learned(f, p, &nothing);
	return false;
}

static uint32_t
sampling_of(const struct outlet *o, const struct record *rec)
{
	uint32_t claim = exporter_rate_in(o->p, rec);

	return claim != 0 ? exporter_believe(o->f->x, claim, &o->f->hearing)
			  : learned(o->f, o->p, rec);
}

static void
look_again(const struct outlet *o, struct flow *flow, const struct record *rec)
{
	if (!record_finish(o->p, flow, rec, &o->f->c->limits))
		feed_refuse(o->f, REFUSED_SECTION);
	if (!o->timed)
		record_times(o->p, flow, rec, o->stamp, o->f->x->init_ms);
	else if (flow->start_ms < 0 || flow->end_ms < 0)
		flow->has &= (uint16_t)~(FLOW_START | FLOW_END);
	if (o->own)
		flow->sampling = sampling_of(o, rec);
}

static void
look_again_at(const struct outlet *o, uint32_t odd, const uint8_t *at, struct flow *flow)
{
	struct record *rec = &o->f->c->record;

	for (; odd != 0; odd &= odd - 1) {
		unsigned i = (unsigned)__builtin_ctz(odd);

		plan_load_rest(o->p, at + (size_t)i * o->p->len, rec);
		look_again(o, &flow[i], rec);
	}
}

/* The other direction of the last flow in the batch, as a flow behind it. */
static void
add_reverse(const struct outlet *o)
{
	struct collector *c = o->f->c;
	struct flow reverse;

	if (!record_reverse(o->p, &c->batch[c->batch_n - 1], &c->record, &reverse))
		return;
	if (c->batch_n == COLLECTOR_BATCH)
		feed_flush(o->f);
	c->batch[c->batch_n++] = reverse;
}

static uint64_t
take_fixed(const struct outlet *o, struct rd *body)
{
	const struct plan *p = o->p;
	struct collector *c = o->f->c;
	const size_t n = rd_left(body) / p->len;
	const uint8_t *at = rd_bytes(body, n * p->len);

	for (size_t left = n; left > 0; ) {
		unsigned room = o->reverse ? 1 : COLLECTOR_BATCH - c->batch_n;
		unsigned some = left < room ? (unsigned)left : room;
		struct flow *flow = c->batch + c->batch_n;
		uint32_t odd = c->load(&p->lanes, at, p->len, some, o->common, flow);

		if (o->all) {
			odd = UINT32_MAX >> (32 - some);
			c->seen.n -= some;	/* a second look may change what was seen */
		}
		look_again_at(o, odd, at, flow);
		at += (size_t)some * p->len;
		left -= some;
		c->batch_n += some;
		if (o->reverse)
			add_reverse(o);
		if (c->batch_n == COLLECTOR_BATCH)
			feed_flush(o->f);
	}
	return n;
}

static uint64_t
take_variable(const struct outlet *o, struct rd *body)
{
	struct collector *c = o->f->c;
	struct record *rec = &c->record;
	uint64_t n = 0;

	while (rd_left(body) >= o->p->len) {
		rec->f = o->common->f;
		if (!plan_read(o->p, body, rec))
			break;
		c->batch[c->batch_n] = rec->f;
		look_again(o, &c->batch[c->batch_n], rec);
		n++;
		c->batch_n++;
		if (o->reverse)
			add_reverse(o);
		if (c->batch_n == COLLECTOR_BATCH)
			feed_flush(o->f);
	}
	return n;
}

/* Nearly all come in by the same interface; where none is known yet, each is looked at. */
static void
expect_usual(struct collector *c, const struct exporter *x, struct lanes_common *common)
{
	uint32_t usual = c->table.devices[x->device].way.usual;

	if (c->batch_n == 0)
		c->seen = (struct lanes_seen){ .n = 0 };
	common->seen = &c->seen;
	common->usual = usual;
	common->f.way = usual != 0 ? FLOW_INBOUND : FLOW_WAY_UNKNOWN;
	c->seen.strays |= usual == 0;
}

uint64_t
outlet_records(struct feed *f, const struct plan *p, uint16_t id, struct rd *body,
	       const struct stamp *stamp)
{
	struct outlet o = { .f = f, .p = p, .stamp = stamp, .common = &f->c->common };
	struct flow *common = &o.common->f;
	uint64_t n;

	common->protocol = f->x->key.protocol;
	common->family = p->family;
	common->has = p->has;
	common->tmpl = id;
	common->domain = f->x->key.domain;
	o.own = own_sampling(f, p, &common->sampling);
	expect_usual(f->c, f->x, o.common);
	o.timed = record_clock(p, stamp, o.common);
	o.reverse = f->c->limits.reverse &&
		(p->fields & (FIELD(REVERSE_BYTES) | FIELD(REVERSE_PACKETS))) != 0;
	o.all = o.own || !o.timed || p->ops_n > 0;
	n = p->variable ? take_variable(&o, body) : take_fixed(&o, body);
	f->records += n;
	return n;
}
