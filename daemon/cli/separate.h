/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * separate - rules from two gathered captures: where they may go, what the reference means for it,
 * and both families, which are mined one after the other.  Pure; memory is taken at separate_new().
 */
#ifndef SEAWALL_CLI_SEPARATE_H
#define SEAWALL_CLI_SEPARATE_H

#include "cli/gather.h"
#include "synth/synth.h"

struct separate;

struct separate_want {
	/* rules are for what goes there; family 0: where most of the attack goes */
	struct prefix target;
	bool by_bytes;
	unsigned rules_max;
	double collateral_max;
	const struct upstream *upstream;	/* who is to take them, or NULL; borrowed */
	const struct signatures *known;	/* names and priors; borrowed */
	const struct settings *settings;	/* whose space it is, or NULL; borrowed */
	uint64_t seed;
};

struct separated {
	struct gathered attack, reference;
	struct synth_result all;	/* of both families together */
	struct prefix scope[2];		/* where rules may go; family 0: nothing there */
	const struct signatures *known;	/* as wanted; borrowed */
	const struct settings *settings;
	double seconds;			/* that it took; the caller's to fill in */
	/* the reference is taken as if it went where the attack goes */
	bool as_target;
};

int separate_new(struct separate **ret);
void separate_free(struct separate *p);

void separate_mine(struct separate *p, const struct separate_want *want,
    const struct gathered *attack, const struct gathered *reference, struct separated *ret);

#endif
