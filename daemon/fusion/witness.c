/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose word on the shape of the traffic a rule is made of.  Those who see an attack before those
 * who only see visitors; what anybody can forge only where nobody tells who sees for himself.  Two
 * who are equally good and contradict each other tell nothing: a lie must not choose a port.
 */
#include "fusion/inner.h"

#define SAMPLED_FEW 4		/* below it a sample has no shape; as in decide/rulepick.c */
#define SAMPLED_SURE 16		/* and below it contradicts nobody */
#define CLEAR 80		/* percent from which a value goes into a rule; as there */

/* From good to better. */
enum faith { NO_WORD, ANYBODYS, SEEN, FEW, FORGEABLE, WITNESS };

static enum faith
faith_in(const struct fusion *f, const struct track *t, const struct vote *vote)
{
	bool forgeable = ((t->from[0] | t->from[1]) & f->forgeable) != 0;

	if (t->traits.sampled == 0)
		return NO_WORD;
	if (vote->best.points <= 0 || vote->best.metric >= METRIC_COUNTED_N)
		return forgeable ? ANYBODYS : SEEN;
	if (t->traits.sampled < SAMPLED_FEW)
		return FEW;
	return forgeable ? FORGEABLE : WITNESS;
}

static uint32_t
links_of(const struct fusion *f, const struct track *t)
{
	uint32_t links = 0;

	for (unsigned i = 0; i < f->s->sensors_n; i++)
		if (((t->from[0] | t->from[1]) >> i & 1) != 0)
			links |= f->sensors[i].links;
	return links;
}

/* Do they see the same?  Of other links others may come. */
static bool
same_place(const struct fusion *f, const struct track *a, const struct track *b)
{
	uint32_t of_a = links_of(f, a), of_b = links_of(f, b);

	return of_a == 0 || of_b == 0 || (of_a & of_b) != 0;
}

/*
 * One is sure of a value, and the other of another: port 0 is what exporters write where they know
 * none.
 */
static bool
at_odds(unsigned a, unsigned share_a, unsigned b, unsigned share_b)
{
	return a != b && a != 0 && b != 0 && (share_a >= CLEAR || share_b >= CLEAR);
}

static bool
contradicts(const struct traits *a, const struct traits *b)
{
	if (a->sampled < SAMPLED_SURE || b->sampled < SAMPLED_SURE)
		return false;
	return at_odds(a->proto, a->proto_share, b->proto, b->proto_share) ||
	       at_odds(a->sport, a->sport_share, b->sport, b->sport_share) ||
	       at_odds(a->dport, a->dport_share, b->dport, b->dport_share);
}

/* Somebody who sees all of it sees none of what is said. */
static bool
denied(const struct fusion *f, const struct vote votes[])
{
	for (unsigned v = 0; v < f->vantages_n; v++)
		if (votes[v].sees_all && vote_objects(&f->vantages[v], &votes[v]))
			return true;
	return false;
}

/* Might somebody who cannot be forged tell of it in a moment? */
static bool
others_see(const struct fusion *f, const struct vote votes[])
{
	for (unsigned v = 0; v < f->vantages_n; v++)
		if (votes[v].counts && votes[v].sees && f->vantages[v].seeing &&
		    (f->vantages[v].sensors & f->forgeable) == 0)
			return true;
	return false;
}

void
witness_traits(const struct fusion *f, struct assessment *a, const struct entry *e,
    const struct vote votes[], const struct loud *loud)
{
	const struct track *best = NULL;
	enum faith most = NO_WORD;

	for (uint32_t i = e->first; i != NONE; i = f->tracks[i].next) {
		const struct track *t = &f->tracks[i];
		enum faith faith = faith_in(f, t, &votes[t->vantage]);

		if (faith > most || (faith == most && best != NULL && t->pps > best->pps)) {
			most = faith;
			best = t;
		}
	}
	a->hearsay = most == FORGEABLE && others_see(f, votes);
	if (best == NULL || (most == FORGEABLE && denied(f, votes)))
		return;
	for (uint32_t i = e->first; i != NONE; i = f->tracks[i].next) {
		const struct track *t = &f->tracks[i];

		if (t != best && most >= FORGEABLE && same_place(f, best, t) &&
		    faith_in(f, t, &votes[t->vantage]) == most &&
		    contradicts(&best->traits, &t->traits))
			return;
	}
	a->traits = best->traits;
	loud_traits(f, loud, best, &a->traits);
}
