/* SPDX-License-Identifier: GPL-3.0-or-later */
/* upstreams - what BIRD says of an upstream's session, and what it is to carry of ours. */
#ifndef SEAWALL_CONTROL_UPSTREAMS_H
#define SEAWALL_CONTROL_UPSTREAMS_H

#include "bird/bird.h"
#include "engine/engine.h"

/* Borrowed; of a router that has no BIRD nothing is known. */
const struct bird_upstream *upstreams_session(const struct engine *e, unsigned upstream);

#define UPSTREAMS_BUDGETS 3

/* Diversions are routes like blackholes, and count as those. */
struct upstreams_budget {
	enum rule_kind kind;
	unsigned used, limit, carried;
};

/* Of the kinds that it takes; how many. */
unsigned upstreams_budgets(const struct engine *e, unsigned upstream,
    struct upstreams_budget ret[static UPSTREAMS_BUDGETS]);

#endif
