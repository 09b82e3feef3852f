/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a collector learned, as bytes, over a restart: templates as they were told, sampling as it
 * is believed, times of start.  What is loaded is parsed as a stranger's: templates are compiled
 * anew.
 */
#include "sensor/inside.h"

#include <string.h>

#define PEN 1		/* of a template's form */
#define OPTIONS 2
#define SCOPES_FOREIGN 4

struct writer {
	uint8_t *p, *end;
	bool full;
};

static void
put(struct writer *w, uint64_t v, unsigned n)
{
	if (w->full || (size_t)(w->end - w->p) < n) {
		w->full = true;
		return;
	}
	for (unsigned i = 0; i < n; i++)
		*w->p++ = (uint8_t)(v >> 8 * (n - 1 - i));
}

static void
put_bytes(struct writer *w, const void *bytes, size_t n)
{
	if (w->full || (size_t)(w->end - w->p) < n) {
		w->full = true;
		return;
	}
	memcpy(w->p, bytes, n);
	w->p += n;
}

/* `ahead_ms`: Unix time ahead of the time in which it was told. */
static void
put_template(struct writer *w, const struct template *t, int64_t ahead_ms)
{
	put(w, t->id, 2);
	put(w, (t->form.pen ? PEN : 0) | (t->form.options ? OPTIONS : 0) |
	    (t->form.scopes_foreign ? SCOPES_FOREIGN : 0), 1);
	put(w, t->form.scopes, 2);
	put(w, t->form.fields, 2);
	put(w, (uint64_t)(t->told_ms + ahead_ms), 8);
	put(w, t->raw_len, 2);
	put_bytes(w, t->raw, t->raw_len);
}

static void
put_templates(struct writer *w, const struct templates *pool, const struct exporter *x,
    int64_t ahead_ms)
{
	uint8_t *count = w->p;
	unsigned n = 0;

	put(w, 0, 2);
	for (unsigned i = 0; i < TEMPLATE_BUCKETS; i++) {
		for (uint32_t at = x->templates.bucket[i]; at != 0; at = pool->pool[at].next) {
			if (pool->pool[at].raw_len == 0)
				continue;
			put_template(w, &pool->pool[at], ahead_ms);
			n++;
		}
	}
	if (!w->full) {
		count[0] = (uint8_t)(n >> 8);
		count[1] = (uint8_t)n;
	}
}

static void
put_exporter(struct writer *w, const struct templates *pool, const struct exporter *x,
    int64_t ahead_ms)
{
	put(w, x->key.addr.family, 1);
	put_bytes(w, x->key.addr.addr, 16);
	put(w, x->key.domain, 4);
	put(w, x->key.protocol, 1);
	put(w, (uint64_t)x->init_ms, 8);
	put(w, x->rate.rate, 4);
	put(w, x->own.rate, 4);
	put(w, x->samplers_n, 1);
	for (unsigned i = 0; i < x->samplers_n; i++) {
		put(w, x->samplers[i].id, 8);
		put(w, x->samplers[i].rate.rate, 4);
	}
	put_templates(w, pool, x, ahead_ms);
}

/* Forged exporters that told nothing are not worth a line. */
static bool
knows(const struct exporter *x)
{
	return x->key.session == 0 &&
		(x->templates_n > 0 || exporter_taught(x) || x->own.rate != 0 || x->init_ms != 0);
}

size_t
collector_save(const struct collector *c, void *buf, size_t size, struct now now)
{
	int64_t ahead_ms = now.wall.ms - mono_ms(now.mono);
	struct writer w = { .p = buf, .end = (uint8_t *)buf + size };
	uint8_t *whole = w.p;

	for (unsigned i = 0; i < c->table.n && !w.full; i++) {
		whole = w.p;
		if (knows(&c->table.all[i]))
			put_exporter(&w, &c->templates, &c->table.all[i], ahead_ms);
	}
	return (size_t)((w.full ? whole : w.p) - (uint8_t *)buf);
}

uint64_t
collector_changes(const struct collector *c)
{
	return c->changes;
}

/* ---- back ---------------------------------------------------------------- */

static void
get_template(struct feed *f, struct rd *r)
{
	uint16_t id = rd_u16(r);
	uint8_t flags = rd_u8(r);
	struct plan_form form = { .pen = (flags & PEN) != 0, .options = (flags & OPTIONS) != 0,
		.scopes_foreign = (flags & SCOPES_FOREIGN) != 0, .scopes = rd_u16(r) };
	int64_t told_ms;
	struct template *t;
	struct rd raw;

	form.fields = rd_u16(r);
	told_ms = (int64_t)rd_u64(r);
	raw = rd_sub(r, rd_u16(r));
	if (!rd_ok(&raw) || told_ms > f->now.ms || told_ms < f->now.ms - COLLECTOR_TEMPLATE_MS)
		return;
	if (!sets_template(f, &raw, id, &form))
		return;
	t = templates_find(&f->c->templates, &f->x->templates, id);
	if (t == NULL)
		return;
	t->told_ms = f->ms - (f->now.ms - told_ms);
	t->from_before = true;
}

static void
get_samplers(struct exporter *x, struct rd *r)
{
	unsigned n = rd_u8(r);

	for (unsigned i = 0; i < n && rd_ok(r); i++) {
		struct sampler s = { .id = rd_u64(r), .rate.rate = rd_u32(r) };

		if (rd_ok(r) && x->samplers_n < EXPORTER_SAMPLERS && s.rate.rate != 0)
			x->samplers[x->samplers_n++] = s;
	}
}

/* False: r makes no sense any more. */
static bool
get_exporter(struct collector *c, struct rd *r, struct now now)
{
	struct feed f = { .c = c, .now = now.wall, .ms = mono_ms(now.mono) };
	uint8_t family = rd_u8(r), addr[16], protocol;
	struct prefix from;
	uint32_t domain;
	unsigned n;

	rd_copy(r, addr, sizeof(addr));
	domain = rd_u32(r);
	protocol = rd_u8(r);
	if (!rd_ok(r) || (family != 4 && family != 6) || protocol > FLOW_SFLOW5)
		return false;
	from = prefix_of(family, addr, family == 4 ? 32 : 128);
	f.from = &from;
	if (!feed_open(&f, (enum flow_protocol)protocol, domain))
		return false;
	f.x->datagrams = 0;
	f.x->known = true;
	f.x->init_ms = (int64_t)(rd_u64(r) & INT64_MAX >> 1);
	f.x->rate.rate = rd_u32(r);
	f.x->own.rate = rd_u32(r);
	get_samplers(f.x, r);
	for (n = rd_u16(r); n > 0 && rd_ok(r); n--)
		get_template(&f, r);
	if (exporter_taught(f.x))
		c->table.devices[f.x->device].teacher = (uint32_t)(f.x - c->table.all) + 1;
	return rd_ok(r);
}

void
collector_load(struct collector *c, const void *buf, size_t len, struct now now)
{
	struct rd r = rd_of(buf, len);

	while (rd_left(&r) > 0 && get_exporter(c, &r, now))
		;
	memset(c->refused, 0, sizeof(c->refused));
	c->changes = 0;
}
