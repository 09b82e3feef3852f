/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may be worth a place of his own: scores, and what becomes of those that reach a limit. */
#include "traffic/record.h"

INLINE void
score_next(const struct traffic *t, struct cold *c)
{
	uint32_t age = t->second - c->second;

	c->past = age < 24 ? (c->past + c->score) / (float)(1u << age) : 0;
	c->score = 0;
	c->second = t->second;
}

/*
 * It may be worth a place of its own.  What its score stands for passed before, and was counted
 * above; it is credited, evenly over the running second, as if all of it had been like this record:
 * nobody remembers more.
 */
NOINLINE void
promote(struct traffic *t, struct cold *c, bool block, const struct flow *f)
{
	struct path p;
	int64_t from = t->slot - t->slot % COARSE_SLOTS;
	float score = c->score, own;
	union amounts a = { 0 };
	unsigned class = class_of(t, f);
	four v;

	space_path(t, f->family, f->dst, &p);
	hot_promote(t, c, &p, block);
	if (c->second != HOT)
		return;
	v = amounts_of(f);
	own = score_of(t, class, v);
	if (own <= 0 || score <= own)
		return;
	v *= four_all((score - own) / own);
	t->hots[c->at].recent[0] += v[BITS];
	t->hots[c->at].recent[1] += v[PACKETS];
	amounts_of_class(&a, (int)class, v / four_all((float)(t->slot - from + 1)));
	for (int64_t slot = from; slot <= t->slot; slot++)
		hot_keep_fine(t, &t->hots[c->at], slot, &a);
}

/* It may have reached a limit, and there may be room for it. */
static __attribute__((noinline)) void
score_full(struct traffic *t, const struct flow *f, struct cold *c, bool block)
{
	if (c->score >= t->full)
		promote(t, c, block, f);
	else
		t->totals.no_room++;
}

INLINE void
score_add(struct traffic *t, const struct flow *f, struct cold *c, bool block, float score)
{
	if (unlikely(c->second != t->second))
		score_next(t, c);
	c->score += score;
	if (unlikely(c->score >= 1))
		score_full(t, f, c, block);
}

void
score_both(struct traffic *t, const struct flow *f, struct cold *b, struct cold *h, float score)
{
	if (b != NULL && b->second != HOT)
		score_add(t, f, b, true, score);
	if (h != NULL && h->second != HOT)
		score_add(t, f, h, false, score);
}

/*
 * One record answers for all that came since the last one that did: whose it is, is as likely as
 * what he sends is large, so that everybody's score grows as it should.  The steps are random:
 * nobody slips between.
 */
void
score_due(struct traffic *t, const struct flow *f, unsigned c, struct cold *b, struct cold *h)
{
	float score = score_of(t, c, t->unscored);

	t->arrived += t->unscored;
	t->unscored = four_all(0);
	t->rng = t->rng * 6364136223846793005ULL + 1442695040888963407ULL;
	t->score_at = four_all((float)(int32_t)(t->rng >> (64 - SCORE_BITS))) * t->score_step;
	if (unlikely(b->second != HOT))
		score_both(t, f, b, h, score);
	else if (likely(h != NULL) && h->second != HOT)
		score_add(t, f, h, false, score);
}
