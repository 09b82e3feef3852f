/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "samples/samples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "samples/inner.h"

#define WEIGHTS 2		/* by packets, by bytes */
#define WINDOWS 2		/* the last whole one, the running one */
#define KEPT_WINDOW (SAMPLES_ATTACK / WINDOWS)
#define LATEST 2048		/* of all that came */
/* so old they may be when an incident is opened: less than most attacks take to be believed */
#define LATEST_MS 1000

/* One open incident. */
struct attack {
	bool used, named;		/* named: since samples_begin() */
	uint64_t groups;		/* bit each */
	char id[ID_LEN];
	struct subject subject;
	int64_t since_ms;		/* of the running window */
	unsigned running;
	struct urn *urns[WINDOWS][WEIGHTS];	/* owned */
};

/* What came last, to anybody: an incident begins with it. */
struct latest {
	unsigned next;
	struct {
		int64_t at_ms;		/* 0: none */
		struct sample sample;
	} all[LATEST];
};

struct samples {
	const struct settings *s;	/* borrowed */
	uint64_t seeds;
	unsigned used;			/* behind the last attack in use */
	uint64_t attacked;		/* groups, since samples_begin() */
	uint64_t taken, to_attacks, unsampled;
	struct attack attacks[SAMPLES_INCIDENTS];
	struct latest latest;
	struct reference reference;
};

/* ---- what comes in ------------------------------------------------------- */

static void
offer(struct samples *p, struct attack *a, const struct sample *s)
{
	const struct prefix dst = sample_dst(s);

	if (!subject_has(p->s, &a->subject, &dst))
		return;
	urn_offer(a->urns[a->running][0], s, (double)s->packets);
	urn_offer(a->urns[a->running][1], s, (double)s->bytes);
	p->to_attacks++;
}

static void
remember(struct latest *l, const struct sample *s, int64_t ms)
{
	l->all[l->next].at_ms = ms;
	l->all[l->next].sample = *s;
	l->next = (l->next + 1) % LATEST;
}

static void
take_one(struct samples *p, const struct sample *s, struct now now)
{
	p->taken++;
	for (unsigned i = 0; i < p->used; i++)
		if (p->attacks[i].used)
			offer(p, &p->attacks[i], s);
	remember(&p->latest, s, now.wall.ms);
	reference_take(&p->reference, s, now);
}

/* A first rule may take the attack at once, and behind it nothing would be seen of what it was. */
static void
take_latest(struct samples *p, struct attack *a, int64_t now_ms)
{
	for (unsigned i = 0; i < LATEST; i++) {
		const int64_t at = p->latest.all[i].at_ms;

		if (at != 0 && at <= now_ms && now_ms - at <= LATEST_MS)
			offer(p, a, &p->latest.all[i].sample);
	}
}

void
samples_take(struct samples *p, const struct sample_report *r, struct now now)
{
	for (unsigned i = 0; i < r->n; i++)
		take_one(p, &r->samples[i], now);
}

/* ---- incidents come and go ----------------------------------------------- */

void
samples_begin(struct samples *p)
{
	for (unsigned i = 0; i < p->used; i++)
		p->attacks[i].named = false;
	p->attacked = 0;
}

static void
clear_window(struct samples *p, struct attack *a)
{
	for (unsigned i = 0; i < WEIGHTS; i++)
		urn_clear(a->urns[a->running][i], ++p->seeds);
}

/* Its place; p->used: it has none. */
static unsigned
find(const struct samples *p, const char *id)
{
	unsigned i = 0;

	while (i < p->used && (!p->attacks[i].used || strcmp(p->attacks[i].id, id) != 0))
		i++;
	return i;
}

/* A place for it; SAMPLES_INCIDENTS: there is none. */
static unsigned
begin(struct samples *p, const struct incident *i)
{
	struct attack *a = p->attacks;

	while (a < p->attacks + SAMPLES_INCIDENTS && a->used)
		a++;
	if (a == p->attacks + SAMPLES_INCIDENTS) {
		p->unsampled++;
		return SAMPLES_INCIDENTS;
	}
	a->used = true;
	memcpy(a->id, i->id, sizeof(a->id));
	a->subject = i->subject;
	a->groups = groups_of(p->s, &i->subject);
	a->since_ms = 0;
	for (a->running = WINDOWS; a->running > 0;) {
		a->running--;
		clear_window(p, a);
	}
	if (a >= p->attacks + p->used)
		p->used = (unsigned)(a - p->attacks) + 1;
	return (unsigned)(a - p->attacks);
}

void
samples_incident(struct samples *p, const struct incident *i)
{
	unsigned at = find(p, i->id);

	if (at == p->used)
		at = begin(p, i);
	if (at == SAMPLES_INCIDENTS) {
		p->attacked = UINT64_MAX;	/* so many at once: nothing is peace */
		return;
	}
	p->attacks[at].named = true;
	p->attacked |= p->attacks[at].groups;
}

static bool
is_over(const struct attack *a, int64_t ms)
{
	return ms - a->since_ms >= SAMPLES_WINDOW_MAX_MS ||
	    (ms - a->since_ms >= SAMPLES_WINDOW_MS &&
		urn_n(a->urns[a->running][0]) >= SAMPLES_WINDOW_ENOUGH);
}

void
samples_end(struct samples *p, struct now now)
{
	for (unsigned i = 0; i < p->used; i++) {
		struct attack *a = &p->attacks[i];

		a->used = a->used && a->named;
		if (!a->used)
			continue;
		if (a->since_ms == 0)
			take_latest(p, a, now.wall.ms);
		if (a->since_ms == 0 || now.wall.ms < a->since_ms)
			a->since_ms = now.wall.ms;
		if (!is_over(a, now.wall.ms))
			continue;
		a->since_ms = now.wall.ms;
		a->running = (a->running + 1) % WINDOWS;
		clear_window(p, a);
	}
	while (p->used > 0 && !p->attacks[p->used - 1].used)
		p->used--;
	reference_step(&p->reference, p->attacked, now);
}

/* ---- what comes out ------------------------------------------------------ */

unsigned
samples_n(const struct samples *p, const char *incident)
{
	unsigned n = 0, at = find(p, incident);

	for (unsigned w = 0; at < p->used && w < WINDOWS; w++)
		n += urn_n(p->attacks[at].urns[w][0]);
	return n;
}

unsigned
samples_attack(const struct samples *p, const char *incident, uint8_t family, bool by_bytes,
    struct sample *ret, unsigned max)
{
	unsigned n = 0, at = find(p, incident);
	const struct attack *a = &p->attacks[at];
	double stands;

	for (unsigned w = 0; at < p->used && w < WINDOWS; w++) {
		const struct urn *u = a->urns[(a->running + w) % WINDOWS][by_bytes];

		for (unsigned i = 0; i < urn_n(u) && n < max; i++) {
			const struct sample *s = urn_item(u, i, &stands);

			if (s->family != family)
				continue;
			ret[n] = *s;
			sample_stands(&ret[n++],
			    by_bytes ? (double)s->packets * stands / (double)s->bytes : stands);
		}
	}
	return n;
}

unsigned
samples_reference(const struct samples *p, const struct subject *subject, uint8_t family,
    struct now now, struct sample *ret, unsigned max, unsigned *ret_borrowed)
{
	return reference_of(&p->reference, subject, family, now, ret, max, ret_borrowed);
}

void
samples_totals(const struct samples *p, struct samples_totals *ret)
{
	*ret = (struct samples_totals){
		.taken = p->taken,
		.to_attacks = p->to_attacks,
		.unsampled = p->unsampled,
		.to_reference = p->reference.taken,
		.frozen = p->reference.frozen,
		.foreign = p->reference.foreign,
		.reference_n = reference_n(&p->reference),
		.memory = sizeof(*p) + reference_memory(&p->reference) +
		    SAMPLES_INCIDENTS * WINDOWS * WEIGHTS * urn_size(p->attacks[0].urns[0][0]),
	};
}

size_t
samples_save(struct samples *p, uint64_t *pos, void *buf, size_t size)
{
	return reference_save(&p->reference, pos, buf, size);
}

int
samples_load(struct samples *p, const void *buf, size_t len, struct now now, struct diag *reterr)
{
	return reference_load(&p->reference, buf, len, now, reterr);
}

size_t
samples_file_max(const struct samples *p)
{
	return reference_file_max(&p->reference);
}

/* ---- start and end ------------------------------------------------------- */

static int
attack_init(struct samples *p, struct attack *a)
{
	for (unsigned w = 0; w < WINDOWS; w++)
		for (unsigned i = 0; i < WEIGHTS; i++)
			if (urn_new(&a->urns[w][i], KEPT_WINDOW, sizeof(struct sample),
				++p->seeds) != 0)
				return -ENOMEM;
	return 0;
}

int
samples_new(struct samples **ret, const struct settings *s, uint64_t seed)
{
	struct samples *p = calloc(1, sizeof(*p));
	int err = p == NULL ? -ENOMEM : 0;

	if (err != 0)
		return err;
	p->s = s;
	p->seeds = seed;
	for (unsigned i = 0; i < SAMPLES_INCIDENTS && err == 0; i++)
		err = attack_init(p, &p->attacks[i]);
	if (err == 0)
		err = reference_init(&p->reference, s, seed);
	if (err != 0) {
		samples_free(p);
		return err;
	}
	*ret = p;
	return 0;
}

void
samples_free(struct samples *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; i < SAMPLES_INCIDENTS; i++)
		for (unsigned w = 0; w < WINDOWS; w++)
			for (unsigned k = 0; k < WEIGHTS; k++)
				urn_free(p->attacks[i].urns[w][k]);
	reference_fini(&p->reference);
	free(p);
}
