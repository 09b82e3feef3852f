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

static unsigned
index_of(const struct feed *f)
{
	return (unsigned)(f->x - f->c->table.all);
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
		if (!exporter_learn(f->x, p, rec, &f->hearing))
			feed_refuse(f, REFUSED_SAMPLERS_FULL);
	} while (rd_left(body) >= p->len);
	if (exporter_taught(f->x))
		f->c->table.devices[f->x->device].teacher = index_of(f) + 1;
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

/* Kept sets that are too old go; their exporters' counts with them. */
static void
drop_old(struct feed *f)
{
	struct waiting *w = &f->c->waiting;
	int64_t before_ms = f->ms - WAITING_MS;
	struct waiting_set *s;

	while ((s = waiting_old(w, before_ms)) != NULL) {
		struct feed owner = { .c = f->c, .x = &f->c->table.all[s->exporter] };

		for (s = waiting_take(w, s->exporter, s->id, before_ms); s != NULL;
		     s = waiting_after(w, s)) {
			owner.x->kept--;
			feed_refuse(&owner, REFUSED_WAITING_OLD);
		}
	}
}

static void
data_keep(struct feed *f, uint16_t id, const struct rd *body, const struct stamp *stamp)
{
	struct waiting_set about = { .exporter = index_of(f), .id = id, .stamp = *stamp,
		.since_ms = f->ms, .len = rd_left(body) };
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
		f->x->kept++;
	else
		feed_refuse(f, REFUSED_WAITING_FULL);
}

static void
lose_template(struct feed *f, unsigned n)
{
	f->x->templates_n -= n;
	f->c->table.devices[f->x->device].templates_n -= n;
	f->c->changes += n;
}

/*
 * NULL: none, or it was told too long ago.  Over a stream templates live as long as that (RFC 7011,
 * 8.4, 10.4.4).
 */
static const struct plan *
find_plan(struct feed *f, uint16_t id)
{
	struct template *t = templates_find(&f->c->templates, &f->x->templates, id);

	if (t == NULL)
		return NULL;
	if (f->session != 0 || f->c->limits.as_exported ||
	    f->ms - t->told_ms < COLLECTOR_TEMPLATE_MS)
		return &t->plan;
	lose_template(f, templates_del(&f->c->templates, &f->x->templates, id));
	feed_refuse(f, REFUSED_TEMPLATE_EXPIRED);
	return NULL;
}

void
sets_data(struct feed *f, uint16_t id, struct rd body, const struct stamp *stamp)
{
	const struct plan *p = find_plan(f, id);

	if (p != NULL)
		data_decode(f, p, id, body, stamp);
	else
		data_keep(f, id, &body, stamp);
}

void
sets_withdraw(struct feed *f, uint16_t id)
{
	lose_template(f, templates_del(&f->c->templates, &f->x->templates, id));
}

void
sets_withdraw_kind(struct feed *f, bool options)
{
	lose_template(f, templates_del_kind(&f->c->templates, &f->x->templates, options));
}

void
sets_forget(struct feed *f)
{
	struct waiting *w = &f->c->waiting;
	struct waiting_set *s;

	sets_withdraw_kind(f, false);
	sets_withdraw_kind(f, true);
	while (f->x->kept > 0 && (s = waiting_of(w, index_of(f))) != NULL)
		for (s = waiting_take(w, s->exporter, s->id, INT64_MAX); s != NULL;
		     s = waiting_after(w, s)) {
			f->x->kept--;
			feed_refuse(f, REFUSED_FORGOTTEN);
		}
	f->x->waiting = 0;
	f->x->waiting_since_ms = 0;
}

/* The template has come: what waited for it is decoded now, in its order. */
static void
decode_waiting(struct feed *f, const struct plan *p, uint16_t id)
{
	struct waiting *w = &f->c->waiting;
	struct waiting_set *s = waiting_take(w, index_of(f), id, INT64_MAX);
	uint64_t records = f->records;

	for (; s != NULL; s = waiting_after(w, s)) {
		data_decode(f, p, id, rd_of(w->arena + s->off, s->len), &s->stamp);
		f->x->kept--;
		f->x->waiting--;
	}
	f->records = records;	/* they belong to earlier datagrams */
}

/* Is what is stored the same as what was compiled anew? */
static bool
same_plan(const struct plan *a, const struct plan *b)
{
	return memcmp(a, b, offsetof(struct plan, ops)) == 0 && a->ops_n == b->ops_n &&
		memcmp(a->ops, b->ops, a->ops_n * sizeof(*a->ops)) == 0;
}

/* REFUSED_N: it is stored. */
static enum refusal
store(struct feed *f, uint16_t id, const struct plan_form *form, const struct rd *told)
{
	struct collector *c = f->c;
	struct device *s = &c->table.devices[f->x->device];
	struct template *t = templates_find(&c->templates, &f->x->templates, id);
	bool is_new = t == NULL, changed = is_new || !same_plan(&t->plan, &c->scratch);

	if (is_new && s->templates_n >= c->limits.templates_each)
		return REFUSED_TEMPLATES_EACH;
	t = templates_put(&c->templates, &f->x->templates, id, &c->scratch);
	if (t == NULL)
		return REFUSED_TEMPLATES_FULL;
	f->x->templates_n += is_new;
	s->templates_n += is_new;
	t->told_ms = f->ms;
	template_keep(t, form, told->p, (size_t)(told->end - told->p));
	c->changes += changed;
	if (f->x->kept > 0)
		decode_waiting(f, &t->plan, id);
	return REFUSED_N;
}

/* Told again as it was, as exporters do all day: it is compiled already. */
static bool
told_again(struct feed *f, struct rd *r, uint16_t id, const struct plan_form *form)
{
	struct template *t = templates_find(&f->c->templates, &f->x->templates, id);

	if (t == NULL || !template_was_told(t, form, r->p, rd_left(r)))
		return false;
	rd_bytes(r, t->raw_len);
	t->told_ms = f->ms;
	t->from_before = false;
	return true;
}

bool
sets_template(struct feed *f, struct rd *r, uint16_t id, const struct plan_form *form)
{
	enum refusal why;
	struct rd told = *r;

	if (told_again(f, r, id, form))
		return true;
	why = plan_compile(&f->c->scratch, r, form);
	told.end = r->p;
	if (why == REFUSED_N && form->options && (form->scopes == 0 || form->scopes > form->fields))
		why = REFUSED_TEMPLATE_SCOPE;
	if (why == REFUSED_N && id < 256)
		why = REFUSED_TEMPLATE_ID;
	if (why == REFUSED_N)
		why = store(f, id, form, &told);
	if (why == REFUSED_N) {
		if (f->x->kept == 0)
			f->x->waiting_since_ms = 0;
		return true;
	}
	feed_refuse(f, why);
	if (id >= 256)		/* the old definition no longer holds either */
		sets_withdraw(f, id);
	return why != REFUSED_TEMPLATE_SHORT;
}
