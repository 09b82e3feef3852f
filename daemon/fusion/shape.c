/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What kind of attack it is, or that it is none: a crowd of people, a spray, something that no
 * traffic explains, one of several that belong together.
 */
#include "fusion/inner.h"

#include <string.h>

/*
 * A request over HTTP takes 5 to 15 packets towards the server, opening and acknowledgements
 * included; four times that leaves room for the second by which the log is behind.
 */
#define REQUEST_PACKETS 40
#define EXPLAINED 0.7		/* share of the packets that the answered requests must explain */
#define CLIENT_SHARE 0.1	/* of the requests; a crowd has no single client with more */
#define CROWD_PERCENT 80		/* percent of the packets */
#define SYN_PERCENT 25		/* percent, at most: the others belong to connections */
/*
 * Told apart in a sample of 64, as a lower bound: at most two went to the same address.  They are
 * kept as hashes of 16 bits, so that chance alone makes one such pair in 3 samples of 100, and
 * three in one of 200,000.
 */
#define SPRAY_HOSTS 250
#define BROAD_MAX 16		/* prefixes and members whose hosts are counted in one tick */
/* a host gets a part when it has a tenth of a threshold, as in traffic/ */
#define FLOOR_SHARE 10
#define FOLD_HOSTS 32		/* so many hosts of a prefix that is attacked are its attack */
#define CAMPAIGN_VICTIMS 2
#define CAMPAIGN_MS 600000	/* after its last victim another one still belongs to it */
#define SHARED 50		/* percent: what an attack's packets have in common */

/* --- one subject ---------------------------------------------------------- */

/* Told by what an attacker's packets cannot make: a log that is whole and of now. */
static const struct gauge *
told(const struct fusion *f, const struct entry *e, enum metric m, int vantage)
{
	for (uint32_t i = e->gauges; i != NONE; i = f->gauges[i].next) {
		const struct gauge *g = &f->gauges[i];

		if (g->metric == m && g->any && g->whole && (vantage < 0 || g->vantage == vantage))
			return g;
	}
	return NULL;
}

static uint8_t
crowd_signs(const struct fusion *f, const struct entry *e, const struct assessment *a)
{
	const struct gauge *all = told(f, e, METRIC_RPS, -1), *one;
	const struct traits *t = &a->traits;
	unsigned signs = 0;

	if (all != NULL && all->value * REQUEST_PACKETS >= EXPLAINED * a->pps && a->pps > 0)
		signs |= 1u << CROWD_ANSWERED;
	one = all != NULL ? told(f, e, METRIC_CLIENT_RPS, all->vantage) : NULL;
	if (one != NULL && one->value <= CLIENT_SHARE * all->value)
		signs |= 1u << CROWD_CLIENTS;
	if (t->sampled > 0 && t->proto == 6 && t->proto_share >= CROWD_PERCENT)
		signs |= 1u << CROWD_TCP_MOST;
	if (t->sampled > 0 && t->syn_share <= SYN_PERCENT)
		signs |= 1u << CROWD_OPENED;
	return (uint8_t)signs;
}

/* Does it say that much traffic goes there, and not only that a service suffers? */
static bool
of_volume(enum metric m)
{
	switch (m) {
	case METRIC_FAILING:
	case METRIC_LATENCY:
	case METRIC_LOAD:
	case METRIC_RPS:
	case METRIC_CLIENT_RPS:
		return false;
	default:
		return true;
	}
}

void
shape_of(const struct fusion *f, struct assessment *a, const struct entry *e)
{
	bool volume = false;

	for (unsigned i = 0; i < a->evidence_n; i++)
		volume |= a->evidence[i].kind == EVIDENCE_OTHERS ||
		    (a->evidence[i].kind == EVIDENCE_SIGNAL && of_volume(a->evidence[i].metric));
	a->shape.no_volume = a->evidence_n > 0 && !volume;
	a->shape.crowd = crowd_signs(f, e, a);
	a->shape.flash_crowd = volume && a->shape.crowd == CROWD_ALL;
	a->shape.breadth = a->subject.kind == SUBJECT_HOST ? 0 : a->traits.hosts;
	a->shape.spray = a->subject.kind == SUBJECT_PREFIX && a->subject.prefix.family == 6 &&
	    a->traits.hosts >= SPRAY_HOSTS;
}

/* --- breadth -------------------------------------------------------------- */

/* Does the host get more than usual, or than a tenth of a threshold? */
static bool
gets_a_part(const struct fusion *f, const struct entry *e)
{
	for (uint32_t i = e->first; i != NONE; i = f->tracks[i].next) {
		const struct track *t = &f->tracks[i];

		for (unsigned j = 0; j < f->watches_n[SUBJECT_HOST]; j++)
			if (t->views[j].rate > t->limits[j].above / FLOOR_SHARE &&
			    t->views[j].rate > t->limits[j].usual)
				return true;
	}
	return false;
}

static bool
is_part_of(const struct fusion *f, const struct subject *whole, const struct prefix *host)
{
	const struct member *m;

	if (whole->kind == SUBJECT_PREFIX)
		return prefix_covers(&whole->prefix, host);
	m = &f->s->members[whole->group];
	for (unsigned i = 0; i < m->prefixes_n; i++)
		if (prefix_covers(&m->prefixes[i], host))
			return true;
	return false;
}

/* The first assessments of a prefix or member that give points. */
static unsigned
broad_ones(struct assessment *all, unsigned n, struct assessment *ret[BROAD_MAX])
{
	unsigned found = 0;

	for (unsigned i = 0; i < n && found < BROAD_MAX; i++)
		if (all[i].evidence_n > 0 && (all[i].subject.kind == SUBJECT_PREFIX ||
						 all[i].subject.kind == SUBJECT_GROUP))
			ret[found++] = &all[i];
	return found;
}

void
shape_breadth(const struct fusion *f, struct assessment *all, unsigned n)
{
	struct assessment *broad[BROAD_MAX];
	unsigned broad_n = broad_ones(all, n, broad), hosts[BROAD_MAX] = { 0 };

	for (unsigned i = 0; i < f->entries_top && broad_n > 0; i++) {
		const struct entry *e = &f->entries[i];

		if (!e->used || e->subject.kind != SUBJECT_HOST || !gets_a_part(f, e))
			continue;
		for (unsigned b = 0; b < broad_n; b++)
			hosts[b] += is_part_of(f, &broad[b]->subject, &e->subject.prefix);
	}
	for (unsigned b = 0; b < broad_n; b++)
		if (hosts[b] > broad[b]->shape.breadth)
			broad[b]->shape.breadth = hosts[b];
}

static bool
is_small_part(const struct assessment *whole, const struct assessment *a)
{
	return a->subject.kind == SUBJECT_HOST && a->pps * FOLD_HOSTS <= 2 * whole->pps &&
	    prefix_covers(&whole->subject.prefix, &a->subject.prefix);
}

static void
fold_into(const struct assessment *whole, const struct assessment *all, unsigned n, bool drop[])
{
	unsigned parts = 0;

	for (unsigned i = 0; i < n; i++)
		parts += is_small_part(whole, &all[i]);
	for (unsigned i = 0; i < n && parts >= FOLD_HOSTS; i++)
		drop[i] = drop[i] || is_small_part(whole, &all[i]);
}

void
shape_fold(const struct assessment *all, unsigned n, bool drop[])
{
	unsigned wholes = 0;

	for (unsigned p = 0; p < n && wholes < BROAD_MAX; p++) {
		if (all[p].subject.kind != SUBJECT_PREFIX || all[p].evidence_n == 0 || drop[p])
			continue;
		fold_into(&all[p], all, n, drop);
		wholes++;
	}
}

/* --- several at once ------------------------------------------------------ */

/* What the packets have in common; two attacks with the same are likely one attacker's. */
static uint64_t
vector_of(const struct assessment *a)
{
	const struct traits *t = &a->traits;
	uint64_t sport = t->sport_share >= SHARED ? t->sport : 0;
	uint64_t dport = sport == 0 && t->dport_share >= SHARED ? t->dport : 0;

	if (a->shape.no_volume || t->sampled == 0 || t->proto_share < SHARED)
		return 1ULL << 63 | a->evidence[0].metric;
	return sport << 32 | dport << 16 | (uint64_t)(t->syn_share >= SHARED) << 8 | t->proto;
}

static bool
takes_part(const struct assessment *a)
{
	return a->evidence_n > 0 && a->subject.kind != SUBJECT_ALL && !a->shape.flash_crowd;
}

/* A victim by itself: not the member whose host it is, nor a host of a prefix that is one. */
static bool
is_victim(const struct assessment *all, unsigned i, struct assessment *const broad[],
    unsigned broad_n)
{
	const struct assessment *a = &all[i];

	if (!takes_part(a) || a->subject.kind == SUBJECT_GROUP)
		return false;
	/* those of one subject by several policies are neighbours, and one victim */
	if (i > 0 && takes_part(&all[i - 1]) && subject_eq(&all[i - 1].subject, &a->subject))
		return false;
	for (unsigned b = 0; b < broad_n && a->subject.kind == SUBJECT_HOST; b++)
		if (broad[b]->subject.kind == SUBJECT_PREFIX &&
		    prefix_covers(&broad[b]->subject.prefix, &a->subject.prefix))
			return false;
	return true;
}

static struct campaign *
campaign_find(struct fusion *f, uint64_t vector)
{
	for (unsigned i = 0; i < CAMPAIGNS_MAX; i++)
		if (f->campaigns[i].last_ms != 0 && f->campaigns[i].vector == vector)
			return &f->campaigns[i];
	return NULL;
}

/*
 * A new one takes the place of the one that was quiet for longest, never of one with victims now.
 */
static struct campaign *
campaign_start(struct fusion *f, uint64_t vector)
{
	struct campaign *c = NULL;

	for (unsigned i = 0; i < CAMPAIGNS_MAX; i++)
		if (f->campaigns[i].victims == 0 &&
		    (c == NULL || f->campaigns[i].last_ms < c->last_ms))
			c = &f->campaigns[i];
	if (c != NULL)
		*c = (struct campaign){ .vector = vector };
	return c;
}

static void
campaigns_forget(struct fusion *f, int64_t now_ms)
{
	for (unsigned i = 0; i < CAMPAIGNS_MAX; i++) {
		struct campaign *c = &f->campaigns[i];

		c->victims = 0;
		if (c->last_ms > now_ms || now_ms - c->last_ms > CAMPAIGN_MS || c->number == 0)
			*c = (struct campaign){ 0 };
	}
}

/* Named by the second in which it began, so that a restart makes no second one of that name. */
static uint32_t
number_new(struct fusion *f, int64_t now_ms)
{
	uint32_t number = (uint32_t)(now_ms / 1000);

	if (number <= f->campaign_last)
		number = f->campaign_last + 1;
	return f->campaign_last = number;
}

static void
campaign_join(struct fusion *f, const struct assessment *a, int64_t now_ms)
{
	uint64_t vector = vector_of(a);
	struct campaign *c = campaign_find(f, vector);

	if (c == NULL)
		c = campaign_start(f, vector);
	if (c == NULL)
		return;
	c->victims++;
	c->last_ms = now_ms;
	if (c->number == 0 && c->victims >= CAMPAIGN_VICTIMS)
		c->number = number_new(f, now_ms);
}

void
shape_campaigns(struct fusion *f, struct assessment *all, unsigned n, int64_t now_ms)
{
	struct assessment *broad[BROAD_MAX];
	unsigned broad_n = broad_ones(all, n, broad);

	campaigns_forget(f, now_ms);
	for (unsigned i = 0; i < n; i++)
		if (is_victim(all, i, broad, broad_n))
			campaign_join(f, &all[i], now_ms);
	for (unsigned i = 0; i < n; i++) {
		const struct campaign *c =
		    takes_part(&all[i]) ? campaign_find(f, vector_of(&all[i])) : NULL;

		if (c == NULL || c->number == 0)
			continue;
		all[i].shape.campaign = c->number;
		all[i].shape.victims = c->victims;
	}
}
