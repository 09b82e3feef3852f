/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets and templates, common to NetFlow 9 (RFC 3954) and IPFIX (RFC 7011). */
#include "sensor/inside.h"

#include <stddef.h>
#include <string.h>

#define SET_HEADER 4

bool
sets_next(struct feed *f, struct rd *r, uint16_t *ret_id, struct rd *ret_body)
{
	uint16_t id, len;
	struct rd body;

	if (rd_left(r) < SET_HEADER)	/* at most padding is left */
		return false;
	id = rd_u16(r);
	len = rd_u16(r);
	if (len < SET_HEADER || (body = rd_sub(r, len - SET_HEADER), !rd_ok(&body))) {
		feed_refuse(f, REFUSED_SET_LENGTH);
		return false;
	}
	*ret_id = id;
	*ret_body = body;
	return true;
}

static void
data_options(struct feed *f, const struct plan *p, struct rd *body)
{
	struct record *rec = &f->c->record;

	do {
		memset(rec, 0, sizeof(*rec));
		if (!plan_read(p, body, rec))
			break;
		f->records++;
		if (!exporter_learn(f->x, p, rec))
			feed_refuse(f, REFUSED_SAMPLERS_FULL);
	} while (rd_left(body) >= p->len);
}

static void
data_decode(struct feed *f, const struct plan *p, uint16_t id, struct rd body,
	const struct stamp *stamp)
{
	if (rd_left(&body) < p->len) {
		if (rd_left(&body) > 0)
			feed_refuse(f, REFUSED_SET_SHORT);
		return;
	}
	if (p->options)
		data_options(f, p, &body);
	else
		outlet_records(f, p, id, &body, stamp);
	if (!rd_ok(&body))
		feed_refuse(f, REFUSED_RECORD_SHORT);
}

static unsigned
index_of(const struct feed *f)
{
	return (unsigned)(f->x - f->c->exporters);
}

/* Kept sets that are too old go; their exporters' counts with them. */
static void
drop_old(struct feed *f)
{
	struct collector *c = f->c;
	struct waiting_set *s;
	unsigned at = 0, dropped = 0;

	while ((s = waiting_next_old(&c->waiting, &at, f->now.ms - WAITING_MS)) != NULL) {
		struct feed owner = { .c = c, .x = &c->exporters[s->exporter] };

		s->done = true;
		dropped++;
		feed_refuse(&owner, REFUSED_WAITING_OLD);
	}
	if (dropped > 0)
		waiting_compact(&c->waiting);
}

static void
data_keep(struct feed *f, uint16_t id, const struct rd *body, const struct stamp *stamp)
{
	struct waiting_set about = { .exporter = index_of(f), .id = id, .stamp = *stamp,
		.since_ms = f->now.ms, .len = rd_left(body) };
	struct waiting *w = &f->c->waiting;
	bool kept = waiting_put(w, &about, body->p);

	if (!kept) {
		drop_old(f);
		kept = waiting_put(w, &about, body->p);
	}
	f->undecoded = true;
	f->x->waiting++;
	if (f->x->waiting_since_ms == 0)
		f->x->waiting_since_ms = f->now.ms;
	if (kept)
		f->x->waiting_ids |= 1ull << id % 64;
	else
		feed_refuse(f, REFUSED_WAITING_FULL);
}

void
sets_data(struct feed *f, uint16_t id, struct rd body, const struct stamp *stamp)
{
	const struct plan *p = templates_find(&f->c->templates, &f->x->templates, id);

	if (p != NULL)
		data_decode(f, p, id, body, stamp);
	else
		data_keep(f, id, &body, stamp);
}

/* The template has come: what waited for it is decoded now, in its order. */
static void
decode_waiting(struct feed *f, uint16_t id)
{
	const struct plan *p = templates_find(&f->c->templates, &f->x->templates, id);
	struct waiting *w = &f->c->waiting;
	struct waiting_set *s;
	unsigned at = 0, done = 0;
	uint64_t records = f->records;

	while ((s = waiting_next(w, &at, index_of(f), id)) != NULL) {
		data_decode(f, p, id, rd_of(w->arena + s->off, s->len), &s->stamp);
		s->done = true;
		done++;
	}
	f->records = records;	/* they belong to earlier datagrams */
	if (done == 0)
		return;
	waiting_compact(w);
	f->x->waiting -= done;
	f->x->waiting_ids = 0;
	for (unsigned i = 0; i < w->n; i++)
		if (w->set[i].exporter == index_of(f))
			f->x->waiting_ids |= 1ull << w->set[i].id % 64;
}

bool
sets_template(struct feed *f, struct rd *r, uint16_t id, const struct plan_form *form)
{
	struct collector *c = f->c;
	enum refusal why = plan_compile(&c->scratch, r, form);

	if (why == REFUSED_N && form->options && (form->scopes == 0 || form->scopes > form->fields))
		why = REFUSED_TEMPLATE_SCOPE;
	if (why == REFUSED_N && id < 256)
		why = REFUSED_TEMPLATE_ID;
	if (why == REFUSED_N && !templates_put(&c->templates, &f->x->templates, id, &c->scratch))
		why = REFUSED_TEMPLATES_FULL;
	if (why == REFUSED_N) {
		if ((f->x->waiting_ids & 1ull << id % 64) != 0)
			decode_waiting(f, id);
		if (f->x->waiting_ids == 0)
			f->x->waiting_since_ms = 0;
		return true;
	}
	feed_refuse(f, why);
	if (id >= 256)		/* the old definition no longer holds either */
		templates_del(&c->templates, &f->x->templates, id);
	return why != REFUSED_TEMPLATE_SHORT;
}
