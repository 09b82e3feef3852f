/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run - one policy through the strategies, one after the other, in one continuous time. */
#ifndef SEAWALL_TESTS_CAMPAIGN_RUN_H
#define SEAWALL_TESTS_CAMPAIGN_RUN_H

#include "attacker.h"
#include "defence.h"

#define STRATEGIES_MAX 32

struct run_settings {
	uint64_t seed;
	const char *conf;		/* campaign.conf */
	/* a strategy's share of the time; the last tenth is quiet */
	int64_t window_ms;
	int64_t calm_ms;		/* step while nothing happens: 1000 to 10000 */
	const char *only;		/* a strategy's name; NULL: all in turn */
	bool mixed;			/* the second transit takes blackholes only */
};

struct run {
	struct score scores[STRATEGIES_MAX];	/* by strategy */
	uint64_t steps, lost;
	size_t bytes_start, bytes_end;	/* allocated, as malloc counts them; 0: it does not */
	uint64_t trail;			/* hash of every BGP update: moment, upstream, rule */
};

/* 0 or -errno with a message on stderr. */
int run_policy(struct run *ret, enum policy_kind kind, const struct run_settings *rs);

/* octets: lists of the ledger that find their size, no more for a longer run */
#define RUN_GROWTH_MAX 65536

#endif
