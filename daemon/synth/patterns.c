/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Combinations of frequent values, counted over the attack's tuples; of those that are equally
 * frequent the most particular ones (closed patterns) go on.  The table is bounded: heavy tuples
 * are counted first, and what finds no room is not looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "synth/inside.h"

#define TABLE (2 * PATTERNS_MAX)
#define PORTS_NEED ((uint32_t)(SLOT_BIT(SLOT_SPORT) | SLOT_BIT(SLOT_DPORT) | \
	SLOT_BIT(SLOT_SPORT_KIND) | \
	SLOT_BIT(SLOT_DPORT_KIND) | SLOT_BIT(SLOT_FLAGS) | SLOT_BIT(SLOT_FLAGS_KIND) |	\
	SLOT_BIT(SLOT_ICMP) | SLOT_BIT(SLOT_ICMP_CODE)))

#define ANY_PROTOCOL ((uint32_t)(SLOT_BIT(SLOT_SRC_HOST) | SLOT_BIT(SLOT_SRC_NET) | \
	SLOT_BIT(SLOT_SRC_WIDE) | SLOT_BIT(SLOT_SRC_WIDEST) | SLOT_BIT(SLOT_FRAGMENT)))
/* Who has these always need not be asked for them: the attacker changes them as he likes. */
#define CHEAP ((uint32_t)(SLOT_BIT(SLOT_SPORT_KIND) | SLOT_BIT(SLOT_DPORT_KIND) | \
	SLOT_BIT(SLOT_DSCP) | SLOT_BIT(SLOT_SRC_HOST) | SLOT_BIT(SLOT_SRC_NET) | \
	SLOT_BIT(SLOT_SRC_WIDE) | SLOT_BIT(SLOT_SRC_WIDEST)))

struct table {
	struct pattern *p;
	struct pattern **used;	/* its places that are */
	unsigned n;
};

static uint32_t
hash(const struct pattern *p)
{
	uint64_t h = p->slots;

	for (unsigned i = 0; i < SLOTS; i++)
		h = (h ^ p->item[i]) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 32);
}

static bool
same(const struct pattern *a, const struct pattern *b)
{
	return a->slots == b->slots && memcmp(a->item, b->item, sizeof(a->item)) == 0;
}

/* Its place, or where it would be; an empty place has no slots. */
static struct pattern *
place(const struct table *t, const struct pattern *p)
{
	uint32_t at = hash(p) % TABLE;

	while (t->p[at].slots != 0 && !same(&t->p[at], p))
		at = (at + 1) % TABLE;
	return &t->p[at];
}

static void
count_one(struct table *t, const struct pattern *p, const struct tuple *of, unsigned index)
{
	struct pattern *at = place(t, p);

	if (at->slots == 0) {
		if (t->n == PATTERNS_MAX)
			return;
		*at = *p;
		at->first = index;
		t->used[t->n++] = at;
	}
	at->weight += of->weight;
	at->records += of->records;
}

/* ---- the combinations of one tuple --------------------------------------- */

struct choice {
	unsigned n;
	uint8_t slot[8];
};

static unsigned
combinations(const struct choice ret[FIELDS])
{
	unsigned n = 1;

	for (unsigned f = 0; f < FIELDS; f++)
		n *= ret[f].n + (f != FIELD_DST);
	return n;
}

/* Leaves out what tells least until there are not too many. */
static void
choose(const struct tuple *t, struct choice ret[FIELDS])
{
	memset(ret, 0, FIELDS * sizeof(*ret));
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		struct choice *c = &ret[slot_field((enum slot)slot)];

		if (t->item[slot] != 0)
			c->slot[c->n++] = (uint8_t)slot;
	}
	for (unsigned slot = SLOTS; slot-- > 0 && combinations(ret) > COMBINATIONS_MAX;)
		if (t->item[slot] != 0)	/* the last of its field */
			ret[slot_field((enum slot)slot)].n--;
}

/*
 * The destination is never left open, and the protocol only of what certain senders, or fragments,
 * do anyhow.
 */
static bool
sensible(uint32_t slots)
{
	if ((slots & DST_SLOTS) == 0)
		return false;
	if (slots & SLOT_BIT(SLOT_PROTO))
		return true;
	return (slots & ANY_PROTOCOL) != 0 && (slots & PORTS_NEED) == 0;
}

static void
count_tuple(struct table *table, const struct tuple *t, unsigned index)
{
	struct choice choices[FIELDS];
	unsigned at[FIELDS] = { 0 }, f;

	choose(t, choices);
	do {
		struct pattern p;

		memset(&p, 0, sizeof(p));
		for (f = 0; f < FIELDS; f++) {
			if (at[f] == choices[f].n)
				continue;
			p.slots |= SLOT_BIT(choices[f].slot[at[f]]);
			p.item[choices[f].slot[at[f]]] = t->item[choices[f].slot[at[f]]];
		}
		if (sensible(p.slots))
			count_one(table, &p, t, index);
		for (f = 0; f < FIELDS && ++at[f] > choices[f].n; f++)
			at[f] = 0;
	} while (f < FIELDS);
}

/* ---- which of them say something of their own ---------------------------- */

/* Narrower slots of a field come first. */
static const uint8_t widths[SLOTS] = {
	[SLOT_HOST] = 3,
	[SLOT_NET] = 2,
	[SLOT_WIDE] = 1,
	[SLOT_SRC_HOST] = 3,
	[SLOT_SRC_NET] = 2,
	[SLOT_SRC_WIDE] = 1,
	[SLOT_LENGTH] = 1,
	[SLOT_FLAGS] = 1,
	[SLOT_SPORT] = 1,
	[SLOT_DPORT] = 1,
	[SLOT_ICMP_CODE] = 1,
};

static void
dominated(const struct table *t, struct pattern wider, const struct pattern *by)
{
	struct pattern *at;

	if (!sensible(wider.slots))
		return;
	at = place(t, &wider);
	if (at->slots != 0 && at->weight <= by->weight * (1 + 1e-9))
		at->closed = false;
}

static const uint32_t of_field[FIELDS] = {
	[FIELD_DST] = DST_SLOTS,
	[FIELD_SRC] = SLOT_BIT(SLOT_SRC_HOST) | SLOT_BIT(SLOT_SRC_NET) | SLOT_BIT(SLOT_SRC_WIDE) |
	    SLOT_BIT(SLOT_SRC_WIDEST),
	[FIELD_SPORT] = SLOT_BIT(SLOT_SPORT) | SLOT_BIT(SLOT_SPORT_KIND),
	[FIELD_DPORT] = SLOT_BIT(SLOT_DPORT) | SLOT_BIT(SLOT_DPORT_KIND),
	[FIELD_LENGTH] = SLOT_BIT(SLOT_LENGTH) | SLOT_BIT(SLOT_BIN),
	[FIELD_FLAGS] = SLOT_BIT(SLOT_FLAGS) | SLOT_BIT(SLOT_FLAGS_KIND),
	[FIELD_ICMP] = SLOT_BIT(SLOT_ICMP) | SLOT_BIT(SLOT_ICMP_CODE),
};

static void
close_below(const struct table *t, const struct tuples *tuples, const struct pattern *p)
{
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		struct pattern wider = *p;

		if ((p->slots & ~CHEAP & SLOT_BIT(slot)) == 0)
			continue;
		wider.slots &= ~SLOT_BIT(slot);
		wider.item[slot] = 0;
		dominated(t, wider, p);
		for (uint32_t others = of_field[slot_field((enum slot)slot)]; others != 0;
		     others &= others - 1) {
			unsigned other = (unsigned)__builtin_ctz(others);
			struct pattern sideways = wider;

			if (widths[other] >= widths[slot] || tuples->t[p->first].item[other] == 0)
				continue;
			sideways.slots |= SLOT_BIT(other);
			sideways.item[other] = tuples->t[p->first].item[other];
			dominated(t, sideways, p);
		}
	}
}

/* Those that go on first. */
static int
by_weight(const void *x, const void *y)
{
	const struct pattern *a = *(struct pattern *const *)x, *b = *(struct pattern *const *)y;

	if (a->closed != b->closed)
		return a->closed ? -1 : 1;
	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	if (a->slots != b->slots)
		return a->slots < b->slots ? -1 : 1;
	return memcmp(a->item, b->item, sizeof(a->item));
}

static bool
frequent(const struct synth *s, const struct pattern *p)
{
	double least = p->records >= RECORDS_MIN ? SHARE_MIN : SHARE_FEW;

	return p->slots != 0 && p->weight >= least * s->attack.total;
}

/* The heaviest, so that a table that is too small holds them. */
static int
tuples_by_weight(const void *x, const void *y)
{
	const struct tuple *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return memcmp(a, b, sizeof(*a));
}

unsigned
patterns_count(struct synth *s)
{
	struct table t = { .p = s->patterns, .used = s->used };
	unsigned n = 0;

	memcpy(s->at.scratch, s->at.t, s->at.n * sizeof(*s->at.t));
	qsort(s->at.scratch, s->at.n, sizeof(*s->at.scratch), tuples_by_weight);
	for (unsigned i = 0; i < s->at.n; i++)
		count_tuple(&t, &s->at.scratch[i], i);
	for (unsigned i = 0; i < t.n; i++)
		t.used[i]->closed = frequent(s, t.used[i]);
	for (unsigned i = 0; i < t.n; i++)
		if (frequent(s, t.used[i]))
			close_below(&t, &(struct tuples){ .t = s->at.scratch }, t.used[i]);
	qsort(t.used, t.n, sizeof(*t.used), by_weight);
	while (n < t.n && n < BASE_MAX && t.used[n]->closed) {
		s->closed[n] = *t.used[n];
		n++;
	}
	for (unsigned i = 0; i < t.n; i++)	/* much less than the table, mostly */
		t.used[i]->slots = 0;
	return n;
}
