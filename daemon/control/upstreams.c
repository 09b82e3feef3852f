/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/upstreams.h"

const struct bird_upstream *
upstreams_session(const struct engine *e, unsigned upstream)
{
	static const struct bird_upstream unknown;
	const struct bird *b = engine_router(e, engine_settings(e)->upstreams[upstream].router);
	const struct bird_upstream *u = b != NULL ? bird_upstream(b, upstream) : NULL;

	return u != NULL ? u : &unknown;
}

unsigned
upstreams_budgets(const struct engine *e, unsigned upstream,
    struct upstreams_budget ret[static UPSTREAMS_BUDGETS])
{
	const struct upstream *conf = &engine_settings(e)->upstreams[upstream];
	const struct bird_upstream *u = upstreams_session(e, upstream);
	const struct ledger *l = engine_ledger(e);
	unsigned n = 0;

	ret[n++] = (struct upstreams_budget){ RULE_RTBH,
		ledger_count(l, upstream, RULE_RTBH) + ledger_count(l, upstream, RULE_DIVERT),
		conf->max_routes, u->rtbh };
	if (conf->flowspec)
		ret[n++] = (struct upstreams_budget){ RULE_FLOWSPEC,
			ledger_count(l, upstream, RULE_FLOWSPEC), conf->flowspec_max_rules,
			u->flowspec };
	if (conf->profile.drops4 || conf->profile.drops6)
		ret[n++] = (struct upstreams_budget){ RULE_SOURCE,
			ledger_count(l, upstream, RULE_SOURCE), conf->max_sources, u->sources };
	return n;
}
