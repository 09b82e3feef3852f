/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is usual, as bytes in network order, over a restart.  A head names the figures and the
 * vantages, so that other policies than those it was saved under take what they still ask for; a
 * record each; an end with their number and a checksum of all.  What is loaded is a stranger's
 * until it was parsed to its end.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/lang.h"
#include "base/rd.h"
#include "fusion/baseline_inner.h"

#define MAGIC 0x5357424cu	/* "SWBL" */
#define VERSION 1
#define RECORD_MAX 6144		/* and the end; no record is larger */
#define HEAD_MAX 32768
#define END 0xff		/* where a record has its figure */
#define TAIL 8			/* the checksum */
#define SECOND_MAX (INT64_C(1) << 40)

_Static_assert(BASELINE_PIECE >= HEAD_MAX + RECORD_MAX,
    "a piece has room for the head and a record");
_Static_assert(RECORD_MAX > 256 + WEEK_HOURS * (6 + 4 * BASELINE_WEEKS) + 3 * SKETCH_BUCKETS,
    "room for each");

struct writer {
	uint8_t *p;
};

static void
put(struct writer *w, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		*w->p++ = (uint8_t)(v >> 8 * (n - 1 - i));
}

static void
put_double(struct writer *w, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put(w, bits, 8);
}

static void
put_text(struct writer *w, const char *text)
{
	size_t n = strlen(text);

	put(w, n, 1);
	memcpy(w->p, text, n);
	w->p += n;
}

static uint64_t
sum_of(uint64_t h, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h;
}

#define SUM_START 14695981039346656037u	/* FNV-1a: against a damaged disk, not against forgery */

/* ---- out ----------------------------------------------------------------- */

static void
put_wholes(const struct baseline *b, struct writer *w, unsigned sources)
{
	struct writer count = *w;
	unsigned n = 0;

	put(w, 0, 2);
	for (unsigned i = 0; i < sources * CLASS_N * WHOLES; i++) {
		unsigned source = i / (CLASS_N * WHOLES), c = i / WHOLES % CLASS_N;
		const struct whole *of = &b->wholes[source][c][i % WHOLES];

		if (of->n == 0)
			continue;
		put(w, source, 1);
		put(w, c, 1);
		put(w, (uint64_t)of->slot, 8);
		put(w, of->n, 4);
		n++;
	}
	put(&count, n, 2);
}

static void
put_head(const struct baseline *b, const char (*names)[NAME_MAX_LEN], unsigned names_n,
    struct writer *w)
{
	put(w, MAGIC, 4);
	put(w, VERSION, 2);
	put(w, b->figures_n, 1);
	for (unsigned i = 0; i < b->figures_n; i++) {
		put(w, b->figures[i].kind, 1);
		put_text(w, metric_name((enum metric)b->figures[i].metric));
		put_double(w, b->figures[i].lo);
		put_double(w, b->figures[i].hi);
	}
	put(w, names_n, 1);
	for (unsigned i = 0; i < names_n; i++)
		put_text(w, names[i]);
	put_wholes(b, w, 2 * names_n);
}

static void
put_subject(const struct baseline *b, struct writer *w, const struct subject *s)
{
	put(w, s->kind, 1);
	if (s->kind == SUBJECT_GROUP) {
		put_text(w, s->group < b->s->members_n ? b->s->members[s->group].name : "");
	} else if (s->kind != SUBJECT_ALL) {
		put(w, s->prefix.family, 1);
		put(w, s->prefix.len, 1);
		memcpy(w->p, s->prefix.addr, sizeof(s->prefix.addr));
		w->p += sizeof(s->prefix.addr);
	}
}

static void
put_usual(struct writer *w, const struct usual *u, unsigned slots)
{
	for (unsigned i = 0; i < slots; i++, u++) {
		put(w, (unsigned)(u->weeks << 4 | u->at), 1);
		if (u->weeks == 0)
			continue;
		put(w, u->high, 2);
		put(w, u->middle, 2);
		for (unsigned k = 0; k < u->weeks; k++) {
			put(w, u->highs[k], 2);
			put(w, u->middles[k], 2);
		}
	}
}

static void
put_counts(struct writer *w, const uint16_t *counts)
{
	struct writer n = *w;
	unsigned used = 0;

	put(w, 0, 1);
	for (unsigned i = 0; i < SKETCH_BUCKETS; i++) {
		if (counts[i] == 0)
			continue;
		put(w, i, 1);
		put(w, counts[i], 2);
		used++;
	}
	put(&n, used, 1);
}

static void
put_cusum(struct writer *w, const struct cusum *c)
{
	put(w, (uint64_t)c->window, 8);
	put_double(w, c->rates);
	put_double(w, c->samples);
	put(w, c->seconds, 1);
	put(w, (unsigned)(c->on | c->spent << 1), 1);
	put(w, (uint64_t)c->since, 8);
	put_double(w, c->sum);
	put_double(w, c->rate);
}

static void
put_spread(struct writer *w, const struct spread *s)
{
	put_double(w, s->sum);
	put(w, s->n, 4);
	put(w, (uint64_t)s->day, 8);
	put(w, s->days, 1);
	put(w, s->at, 1);
	for (unsigned i = 0; i < SPREAD_DAYS; i++)
		put_double(w, s->of[i]);
	put_double(w, s->usual);
}

static void
put_learned(const struct baseline *b, struct writer *w, const struct learned *l)
{
	put(w, l->figure, 1);
	put(w, l->source, 1);
	put_subject(b, w, &l->subject);
	put(w, (uint64_t)l->fed, 8);
	put(w, l->fed_n, 4);
	put(w, (uint64_t)l->frozen_from, 8);
	put(w, (uint64_t)l->frozen_until, 8);
	put(w, (uint64_t)l->run.slot, 8);
	put(w, l->run.fed, 4);
	put(w, l->run.frozen, 4);
	put_cusum(w, &l->cusum);
	put_spread(w, &l->spread);
	put_usual(w, l->usual, pool_of(b, l)->slots);
	put_counts(w, l->counts);
}

/*
 * A record starts with the lowest index that has not been written: what is freed or made meanwhile
 * does no harm.
 */
size_t
baseline_save(struct baseline *b, const char (*names)[NAME_MAX_LEN], unsigned names_n,
    uint64_t *pos, void *buf, size_t size)
{
	struct writer w = { buf };
	uint8_t *end = (uint8_t *)buf + size;

	if (*pos == 0) {
		b->saving.n = 0;
		b->saving.sum = SUM_START;
		put_head(b, names, names_n, &w);
		*pos = 1;
	}
	for (; *pos <= b->all_n && end - w.p >= RECORD_MAX; ++*pos) {
		if (!b->all[*pos - 1].used)
			continue;
		put_learned(b, &w, &b->all[*pos - 1]);
		b->saving.n++;
	}
	if (*pos > b->all_n && end - w.p >= RECORD_MAX) {
		put(&w, END, 1);
		put(&w, b->saving.n, 4);
		b->saving.sum = sum_of(b->saving.sum, buf, (size_t)(w.p - (uint8_t *)buf));
		put(&w, b->saving.sum, TAIL);
		*pos = 0;
	} else {
		b->saving.sum = sum_of(b->saving.sum, buf, (size_t)(w.p - (uint8_t *)buf));
	}
	return (size_t)(w.p - (uint8_t *)buf);
}

/* ---- in ------------------------------------------------------------------ */

/* What the head says, in our own numbers; -1: nobody asks for it. */
struct head {
	unsigned figures_n, names_n;
	int figure[FIGURES_MAX], name[SENSORS_MAX];
	bool same[FIGURES_MAX];		/* resolved as now: its counts mean the same */
	uint8_t kind[FIGURES_MAX];
};

static bool
get_text(struct rd *r, char *ret)
{
	size_t n = rd_u8(r);

	if (n >= NAME_MAX_LEN) {
		r->bad = true;
		n = 0;
	}
	rd_copy(r, ret, n);
	ret[n] = '\0';
	return rd_ok(r);
}

static double
get_double(struct rd *r)
{
	uint64_t bits = rd_u64(r);
	double v;

	memcpy(&v, &bits, sizeof(v));
	if (!isfinite(v) || fabs(v) > 1e30) {
		r->bad = true;
		return 0;
	}
	return v;
}

static int64_t
get_second(struct rd *r)
{
	int64_t v = (int64_t)rd_u64(r);

	if (v < -SECOND_MAX || v > SECOND_MAX) {
		r->bad = true;
		return 0;
	}
	return v;
}

static void
get_figure(const struct baseline *b, struct rd *r, struct head *h, unsigned i)
{
	char name[NAME_MAX_LEN];
	enum metric metric = METRIC_BPS;
	double lo, hi;

	h->kind[i] = rd_u8(r);
	get_text(r, name);
	lo = get_double(r);
	hi = get_double(r);
	h->figure[i] = -1;
	if (h->kind[i] > SUBJECT_ALL)
		r->bad = true;
	if (!metric_find(&metric, name))
		return;
	for (unsigned k = 0; k < b->figures_n; k++) {
		const struct figure *g = &b->figures[k];

		if (g->kind != h->kind[i] || g->metric != metric)
			continue;
		h->figure[i] = (int)k;
		h->same[i] =
		    memcmp(&g->lo, &lo, sizeof(lo)) == 0 && memcmp(&g->hi, &hi, sizeof(hi)) == 0;
	}
}

static void
get_wholes(struct baseline *b, struct rd *r, const struct head *h)
{
	unsigned n = rd_u16(r);

	for (unsigned i = 0; i < n && rd_ok(r); i++) {
		unsigned source = rd_u8(r), c = rd_u8(r);
		int64_t slot = get_second(r);
		uint32_t seconds = rd_u32(r);

		if (source / 2 >= h->names_n || c >= CLASS_N || slot < 0) {
			r->bad = true;
			return;
		}
		if (h->name[source / 2] < 0)
			continue;
		source = (unsigned)h->name[source / 2] * 2 + source % 2;
		b->wholes[source][c][slot % WHOLES] = (struct whole){ slot, seconds };
	}
}

static void
get_head(struct baseline *b, struct rd *r, const char (*names)[NAME_MAX_LEN], unsigned names_n,
    struct head *h)
{
	char name[NAME_MAX_LEN];

	if (rd_u32(r) != MAGIC || rd_u16(r) != VERSION)
		r->bad = true;
	h->figures_n = rd_u8(r);
	if (h->figures_n > FIGURES_MAX)
		r->bad = true;
	for (unsigned i = 0; i < h->figures_n && rd_ok(r); i++)
		get_figure(b, r, h, i);
	h->names_n = rd_u8(r);
	if (h->names_n > SENSORS_MAX)
		r->bad = true;
	for (unsigned i = 0; i < h->names_n && get_text(r, name); i++) {
		h->name[i] = -1;
		for (unsigned k = 0; k < names_n; k++)
			if (strcmp(names[k], name) == 0)
				h->name[i] = (int)k;
	}
	if (rd_ok(r))
		get_wholes(b, r, h);
}

/* False: of a member that is none any more, or it cannot be. */
static bool
get_subject(const struct baseline *b, struct rd *r, struct subject *ret)
{
	char name[NAME_MAX_LEN];
	bool known = false;

	memset(ret, 0, sizeof(*ret));
	ret->kind = rd_u8(r);
	if (ret->kind == SUBJECT_ALL)
		return true;
	if (ret->kind == SUBJECT_GROUP) {
		get_text(r, name);
		for (unsigned i = 0; i < b->s->members_n && !known; i++) {
			known = strcmp(b->s->members[i].name, name) == 0;
			ret->group = (uint16_t)i;
		}
		return known;
	}
	ret->prefix.family = rd_u8(r);
	ret->prefix.len = rd_u8(r);
	rd_copy(r, ret->prefix.addr, sizeof(ret->prefix.addr));
	if (ret->kind > SUBJECT_ALL || (ret->prefix.family != 4 && ret->prefix.family != 6) ||
	    ret->prefix.len > prefix_bits(&ret->prefix)) {
		r->bad = true;
		return false;
	}
	return settings_own(b->s, &ret->prefix);
}

static void
get_usual(struct rd *r, struct usual *u, unsigned slots)
{
	for (unsigned i = 0; i < slots && rd_ok(r); i++, u++) {
		unsigned head = rd_u8(r);

		memset(u, 0, sizeof(*u));
		u->weeks = (uint8_t)(head >> 4);
		u->at = (uint8_t)(head & 15);
		if (u->weeks > BASELINE_WEEKS || u->at >= BASELINE_WEEKS ||
		    (u->weeks < BASELINE_WEEKS && u->at != u->weeks)) {
			r->bad = true;
			u->weeks = u->at = 0;
		}
		if (u->weeks == 0)
			continue;
		u->high = rd_u16(r);
		u->middle = rd_u16(r);
		for (unsigned k = 0; k < u->weeks; k++) {
			u->highs[k] = rd_u16(r);
			u->middles[k] = rd_u16(r);
		}
	}
}

static void
get_counts(struct rd *r, uint16_t *counts)
{
	unsigned n = rd_u8(r);

	memset(counts, 0, SKETCH_BUCKETS * sizeof(*counts));
	for (unsigned i = 0; i < n; i++) {
		unsigned at = rd_u8(r), is = rd_u16(r);

		if (at >= SKETCH_BUCKETS) {
			r->bad = true;
			return;
		}
		counts[at] = (uint16_t)is;
	}
}

static void
get_cusum(struct rd *r, struct cusum *c)
{
	unsigned flags;

	c->window = get_second(r);
	c->rates = get_double(r);
	c->samples = get_double(r);
	c->seconds = rd_u8(r);
	flags = rd_u8(r);
	c->on = flags & 1;
	c->spent = flags >> 1 & 1;
	c->since = get_second(r);
	c->sum = (float)get_double(r);
	c->rate = (float)get_double(r);
	if (flags > 3 || c->seconds > CUSUM_SECONDS || c->sum < 0)
		r->bad = true;
}

static void
get_spread(struct rd *r, struct spread *s)
{
	s->sum = get_double(r);
	s->n = rd_u32(r);
	s->day = get_second(r);
	s->days = rd_u8(r);
	s->at = rd_u8(r);
	for (unsigned i = 0; i < SPREAD_DAYS; i++)
		s->of[i] = (float)get_double(r);
	s->usual = (float)get_double(r);
	if (s->days > SPREAD_DAYS || s->at >= SPREAD_DAYS || s->usual < 0)
		r->bad = true;
}

/* A record on its own, so that one which nobody asks for is parsed as well. */
struct record {
	struct learned l;
	struct usual usual[WEEK_HOURS];
	uint16_t counts[SKETCH_BUCKETS];
};

static void
get_learned(struct rd *r, struct record *to, unsigned slots)
{
	struct learned *l = &to->l;

	l->fed = get_second(r);
	l->fed_n = rd_u32(r);
	l->frozen_from = get_second(r);
	l->frozen_until = get_second(r);
	l->run.slot = get_second(r);
	l->run.fed = rd_u32(r);
	l->run.frozen = rd_u32(r);
	get_cusum(r, &l->cusum);
	get_spread(r, &l->spread);
	get_usual(r, to->usual, slots);
	get_counts(r, to->counts);
	if (l->run.slot < 0 || l->run.fed > HOST_HOURS * HOUR || l->fed < 0)
		r->bad = true;
}

static void
take_record(struct baseline *b, const struct record *from, unsigned figure, unsigned source,
    bool same)
{
	struct learned *l = baseline_get(b, figure, source, &from->l.subject, from->l.fed);
	const struct pool *p = &b->pools[class_of(b->figures[figure].kind)];
	struct learned is = from->l;

	if (l == NULL)
		return;
	is.used = true;
	is.next = l->next;
	is.figure = (uint8_t)figure;
	is.source = (uint8_t)source;
	is.usual = l->usual;
	is.counts = l->counts;
	if (!same)
		is.run.fed = 0;
	*l = is;
	memcpy(l->usual, from->usual, p->slots * sizeof(*l->usual));
	if (same)
		memcpy(l->counts, from->counts, SKETCH_BUCKETS * sizeof(*l->counts));
}

static bool
get_record(struct baseline *b, struct rd *r, const struct head *h, unsigned figure)
{
	struct record from = { 0 };
	unsigned source = rd_u8(r);
	bool known;

	if (figure >= h->figures_n || source / 2 >= h->names_n) {
		r->bad = true;
		return false;
	}
	known = get_subject(b, r, &from.l.subject);
	if (from.l.subject.kind != h->kind[figure])
		r->bad = true;
	get_learned(r, &from, b->pools[class_of(h->kind[figure])].slots);
	if (rd_ok(r) && known && h->figure[figure] >= 0 && h->name[source / 2] >= 0)
		take_record(b, &from, (unsigned)h->figure[figure],
		    (unsigned)h->name[source / 2] * 2 + source % 2, h->same[figure]);
	return rd_ok(r);
}

static void
forget_all(struct baseline *b)
{
	for (unsigned i = 0; i < b->all_n; i++)
		if (b->all[i].used)
			baseline_forget(b, &b->all[i]);
	memset(b->wholes, 0, sizeof(b->wholes));
	b->no_room = 0;
}

int
baseline_load(struct baseline *b, const char (*names)[NAME_MAX_LEN], unsigned names_n,
    const void *bytes, size_t len, struct diag *reterr)
{
	struct rd r = rd_of(bytes, len < TAIL ? 0 : len - TAIL), tail;
	struct head h = { 0 };
	uint32_t n = 0;
	uint8_t figure;

	tail = rd_of((const uint8_t *)bytes + (len < TAIL ? 0 : len - TAIL), len < TAIL ? 0 : TAIL);
	if (len < TAIL || rd_u64(&tail) != sum_of(SUM_START, bytes, len - TAIL))
		return diag_set(reterr, -EBADMSG, "%s", N_("its checksum is wrong"));
	get_head(b, &r, names, names_n, &h);
	for (figure = rd_u8(&r); rd_ok(&r) && figure != END; figure = rd_u8(&r))
		n += get_record(b, &r, &h, figure);
	if (rd_u32(&r) != n || rd_left(&r) != 0 || !rd_ok(&r)) {
		forget_all(b);
		return diag_set(reterr, -EBADMSG, "%s", N_("it is not as this version writes it"));
	}
	return 0;
}
