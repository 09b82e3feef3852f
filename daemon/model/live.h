/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * live - the steps in which a network goes live: how much Seawall may do, and how much of it alone.
 * In order of how much is held back, so that the stricter of two is the greater.
 */
#ifndef SEAWALL_MODEL_LIVE_H
#define SEAWALL_MODEL_LIVE_H

#include "model/mitigation.h"

enum live {
	LIVE_LADDER,		/* all that policies say */
	LIVE_RATE_LIMIT,	/* alone: only FlowSpec rules that limit a rate */
	LIVE_MANUAL,		/* nothing without a person */
	LIVE_DRY_RUN,		/* everything but BIRD */
	/* attacks are seen and written down; nothing is tried, not even on paper */
	LIVE_OBSERVE,
	LIVE_N
};

/* As the configuration has them; NULL at the end. */
extern const char *const live_names[LIVE_N + 1];
const char *live_name(enum live l);	/* "rate-limit" */
const char *live_title(enum live l);	/* for people, in the language that is set; borrowed */
bool live_parse(enum live *ret, const char *name);
/* 1 to LIVE_N, in the order in which they are gone. */
unsigned live_number(enum live l);

/* Who asks for what. */
struct live_act {
	enum origin origin;
	uint32_t approved;		/* bit per person of the settings who said yes to it */
	const struct rule *rule;
};

/*
 * Does this step let it happen?  What people ask for, or said yes to, is theirs from LIVE_MANUAL
 * on.
 */
bool live_permits(enum live l, const struct settings *s, const struct live_act *a);

/* Has somebody who may say it said yes? */
bool live_asked_for(const struct settings *s, uint32_t approved);

#endif
