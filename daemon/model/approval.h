/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * approval - a question to people: may this step announce this rule in this incident?
 * Who answers is a bit per person of the settings; the log has their names.
 */
#ifndef SEAWALL_MODEL_APPROVAL_H
#define SEAWALL_MODEL_APPROVAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/mitigation.h"
#include "model/policy.h"
#include "model/settings.h"

enum approval_state {
	APPROVAL_WAITING,	/* until `until` */
	APPROVAL_GIVEN,		/* enough people said yes */
	APPROVAL_DENIED,	/* until `until`; ms 0: as long as the incident lasts */
	APPROVAL_SILENT,	/* nobody answered, so it is refused; a late yes counts */
	APPROVAL_ACTING,	/* nobody answered, so it is done; until `until` with act-for */
	APPROVAL_OVER,		/* nobody answered, and its act-for is over; a late yes counts */
	APPROVAL_STATE_N
};

#define APPROVAL_ALSO_MAX 7	/* further networks that one question is about */

struct approval {
	char id[ID_LEN];		/* "a3" */
	char incident[ID_LEN];
	unsigned policy;		/* index in the settings */
	int step;			/* index in its ladder */
	enum approval_state state;
	/* ROLE_COMMITTEE: the committee alone; else operators, too */
	enum role role;
	unsigned people;		/* so many must say yes */
	int member;			/* who wants to be asked before a blackhole, -1: nobody */
	enum otherwise otherwise;
	/* of a dry run: nothing is announced, whatever the answer is */
	bool trial;
	int64_t act_for_ms;
	wall_t asked, until;
	uint32_t yes;			/* bit per person */
	int who;			/* the person of the last answer, -1: nobody yet */
	char why[REASON_LEN];		/* of a denial */
	struct rule rule;		/* this one and no other, */
	unsigned also_n;		/* and the same for these networks */
	struct prefix also[APPROVAL_ALSO_MAX];
	uint32_t via;			/* at these upstreams and no others */
	int64_t for_ms;			/* how long it stands before it is renewed */
	int harm_link, harm_state;	/* in danger when it was asked: 1, 0, -1 unknown */
};

const char *role_name(enum role r);

/* May this person answer?  Those with the role, whose account the configuration names. */
bool approval_may_answer(const struct approval *a, const struct person *p);
/* Those who said yes and still may. */
unsigned approval_yes(const struct approval *a, const struct settings *s);
/* The settings' people who may answer, bit per person. */
uint32_t approval_electors(const struct approval *a, const struct settings *s);

/* People by bits as their names, and back; names that nobody has any more are left out. */
json_t *approval_names(uint32_t who, const struct settings *s);
uint32_t approval_named(const json_t *names, const struct settings *s);

/* As the log and `pending` have it, with names.  New reference. */
json_t *approval_json(const struct approval *a, const struct settings *s);
/*
 * Reads what approval_json() wrote; people who are not named any more are left out.  -ENOENT: its
 * policy or step is not what it was; -EINVAL.
 */
int approval_from_json(struct approval *ret, const json_t *j, const struct settings *s);

#endif
