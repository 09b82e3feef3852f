/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * merging - where an upstream has no room for one more FlowSpec rule, one mitigation does the work
 * of several stands: of the same member, with the same action, and so that it fits afterwards.  It
 * covers exactly what they did, or where nothing does the narrowest prefix around them inside one
 * prefix of that member. A stand that has a part in it goes on with a hold, a quiet and an end of
 * its own; what it says to the upstreams is said by the merge, which is drawn closer when one
 * leaves, and becomes the last one's own rule.
 */
#ifndef SEAWALL_DECIDE_MERGING_H
#define SEAWALL_DECIDE_MERGING_H

#include "decide/rulepick.h"
#include "decide/state.h"

#define MERGE_NEXT_MS 1000	/* nothing came of it: until it is looked for again */

/*
 * Would there be room at all upstreams of this step's plan for its rule if two became one, which
 * the step of going live allows?
 */
bool merging_helps(const struct tick *t, int step, const struct plan *plan);
/*
 * st is about to be announced, and says what is wanted: without room for it two become one, of
 * which it may be one.
 */
void merging_make(const struct tick *t, struct stand *st);
/* It has no part in one any more, and is up no more; the others are told of by merging_settle(). */
void merging_leave(struct stand *st);
/* At the end of a tick: what became of the parts is told to the upstreams. */
void merging_settle(struct tick *t);

/* merged.c: what the ledger says of it */
void merging_see_begins(struct decide *d);
void merging_see(struct tick *t, const struct mitigation *m);
void merging_see_ends(struct decide *d);
/* Was it about a merge?  What it took the place of stands again, or did not cease to. */
bool merging_refused(struct decide *d, const struct decision *what, struct now now);
/* Ended by other hands, for all who had a part in it.  false: it is none. */
bool merging_ended(struct decide *d, const char *id, struct now now);

/* Who has a part in the merge at this place, in the order of their places; how many. */
struct holder {
	struct watch *w;
	struct stand *st;
};
unsigned merging_parts(struct decide *d, unsigned at, struct holder ret[static CLAIMS_MAX]);
/* The part that it has in the merge at this place. */
void merging_claim(const struct holder *h, unsigned at, struct claim *ret);
/* Who said yes to each of them. */
uint32_t merging_approved(const struct tick *t, const struct holder *all, unsigned n);

#endif
