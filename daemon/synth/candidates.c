/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Closed patterns, and several of them as one rule with a list of values; with what each takes of
 * both sides.
 */
#include <stdlib.h>
#include <string.h>

#include "synth/inside.h"

#define LIFT 5		/* a value joins a list when it is so much more frequent in the attack */

/* Slots of which one rule can have several values. */
static const uint8_t lists[] = { SLOT_SPORT, SLOT_DPORT, SLOT_LENGTH, SLOT_BIN, SLOT_ICMP,
	SLOT_PROTO, SLOT_FLAGS, SLOT_FLAGS_KIND, SLOT_DSCP };

static double
weight_of(const struct tuples *t, const uint64_t *bits, unsigned words)
{
	double sum = 0;

	for (unsigned i = 0; i < words; i++)
		for (uint64_t w = bits[i]; w != 0; w &= w - 1)
			sum += t->t[i * 64 + (unsigned)__builtin_ctzll(w)].weight;
	return sum;
}

static void
fill(uint64_t *ret, const struct tuples *t, const struct pattern *p, unsigned words)
{
	memset(ret, 0xff, words * sizeof(*ret));
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		const uint64_t *of = t->items +
		    ((size_t)slot * ITEMS_MAX + (p->item[slot] != 0 ? p->item[slot] - 1u : 0)) *
			words;

		if ((p->slots >> slot & 1) == 0)
			continue;
		for (unsigned i = 0; i < words; i++)
			ret[i] &= of[i];
	}
}

static struct candidate *
next_candidate(struct synth *s)
{
	struct candidate *c = &s->candidates[s->candidates_n];

	if (s->candidates_n == CANDIDATES_MAX)
		return NULL;
	*c = (struct candidate){ .several = SLOTS };
	c->a = s->bits + (size_t)s->candidates_n * (s->a_words + s->l_words);
	c->l = c->a + s->a_words;
	return c;
}

/* False: it would be no rule, or one that nobody takes as it is. */
static bool
judge(struct synth *s, struct candidate *c)
{
	struct rule r;

	if (!shape_rule(s, c, &r) || rule_pairs_max(&r) > s->pairs_max || lint(s->task, &r) != NULL)
		return false;
	c->attack = weight_of(&s->at, c->a, s->a_words) / s->attack.total;
	c->reference = s->reference.total > 0
			   ? weight_of(&s->lt, c->l, s->l_words) / s->reference.total
			   : 0;
	c->prior = odds_prior(&r, s->task->known);
	c->cheap = odds_cheap(&r, s->task->known);
	c->bound = c->attack;
	return true;
}

static void
add_base(struct synth *s, const struct pattern *p)
{
	struct candidate *c = next_candidate(s);

	if (c == NULL)
		return;
	c->p = *p;
	fill(c->a, &s->at, p, s->a_words);
	fill(c->l, &s->lt, p, s->l_words);
	if (judge(s, c))
		s->candidates_n++;
}

/* ---- lists of values ----------------------------------------------------- */

static int
key_cmp(const struct valued *a, const struct valued *b)
{
	if (a->key.slots != b->key.slots)
		return a->key.slots < b->key.slots ? -1 : 1;
	return memcmp(a->key.item, b->key.item, sizeof(a->key.item));
}

static int
members_cmp(const void *x, const void *y)
{
	const struct valued *a = x, *b = y;
	double wa = a->c->attack - LIFT * a->c->reference,
	       wb = b->c->attack - LIFT * b->c->reference;
	int c = key_cmp(a, b);

	if (c != 0)
		return c;
	return wa != wb ? (wa < wb ? 1 : -1) : (int)a->value - (int)b->value;
}

static void
add_list(struct synth *s, enum slot slot, const struct valued *m, unsigned n)
{
	struct candidate *c = next_candidate(s);

	if (c == NULL)
		return;
	c->p = m[0].c->p;
	c->several = (uint8_t)slot;
	memset(c->a, 0, (s->a_words + s->l_words) * sizeof(*c->a));
	for (unsigned i = 0; i < n; i++) {
		c->values[c->values_n++] = m[i].value;
		for (unsigned j = 0; j < s->a_words; j++)
			c->a[j] |= m[i].c->a[j];
		for (unsigned j = 0; j < s->l_words; j++)
			c->l[j] |= m[i].c->l[j];
	}
	if (judge(s, c))
		s->candidates_n++;
}

static void
add_lists(struct synth *s, enum slot slot, const struct valued *m, unsigned n)
{
	for (unsigned from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && key_cmp(&m[from], &m[to]) == 0; to++)
			;
		for (unsigned k = 2; from + k <= to && k <= VALUES_MAX; k++)
			add_list(s, slot, &m[from], k);
	}
}

void
candidates_make(struct synth *s, unsigned patterns)
{
	struct valued *m = s->valued;
	unsigned base;

	s->candidates_n = 0;
	s->a_words = (s->at.n + 63) / 64;
	s->l_words = (s->lt.n + 63) / 64;
	for (unsigned i = 0; i < patterns; i++)
		add_base(s, &s->closed[i]);
	base = s->candidates_n;
	for (unsigned l = 0; l < sizeof(lists); l++) {
		unsigned n = 0;

		for (unsigned i = 0; i < base; i++) {
			const struct candidate *c = &s->candidates[i];
			struct valued one = {
				.c = c, .key = { .slots = c->p.slots }, .value = c->p.item[lists[l]]
			};

			if ((c->p.slots >> lists[l] & 1) == 0 || c->attack < LIFT * c->reference)
				continue;
			memcpy(one.key.item, c->p.item, sizeof(one.key.item));
			one.key.item[lists[l]] = 0;
			m[n++] = one;
		}
		qsort(m, n, sizeof(*m), members_cmp);
		add_lists(s, (enum slot)lists[l], m, n);
	}
}
