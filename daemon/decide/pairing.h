/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pairing - which two rules can become one, so that there is room for what is wanted: what stands
 * settled, may be joined without hitting anybody new whom it must not hit, frees a route where one
 * is missing, and passes the guard; of those the pair that is the least wider.  Changes nothing.
 */
#ifndef SEAWALL_DECIDE_PAIRING_H
#define SEAWALL_DECIDE_PAIRING_H

#include "decide/merging.h"
#include "decide/state.h"

#define UNITS_MAX 256		/* of what stands, so many are looked at */

/* What stands as one mitigation: a stand by itself, or all that have a part in a merge. */
struct unit {
	struct watch *w;
	struct stand *st;		/* NULL: there is none */
	const struct rule *rule;
	const struct member *member;	/* whose it is; NULL: nobody's */
	unsigned parts;
};

/* Two that become one; b.st NULL: the other one is what is wanted. */
struct pair {
	struct unit a, b;
	struct rule rule;
	double wider;		/* what it matches that neither of them does */
	unsigned at;		/* the place of the merge that it becomes */
};

struct pairing {
	const struct tick *t;
	const struct rule *rule;	/* that is wanted, */
	uint32_t via;			/* and where, */
	uint32_t yes;			/* with these people's yes, */
	const struct stand *by;		/* by this one; NULL: it does not say so yet */
	/* found: */
	const struct member *member;	/* whom it is wanted for, NULL for nobody */
	/* something is under way there: before anything is widened, that is awaited */
	bool waits;
	struct pair best;
	unsigned units_n;
	struct unit units[UNITS_MAX];
};

/* Whole: neither in parts nor tried behind a trickle; nothing else is merged. */
bool pairing_whole(const struct stand *st);
bool pairing_find(struct pairing *p);
/* All that this mitigation stands for; how many. */
unsigned pairing_holders(struct decide *d, const struct unit *u,
    struct holder ret[static CLAIMS_MAX]);

#endif
