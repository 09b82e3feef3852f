/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mitigation - a rule with an owner, a reason, an end, and its states per upstream.
 * ledger - the ones that stand, which is what replaying the audit log says.
 */
#ifndef SEAWALL_MODEL_MITIGATION_H
#define SEAWALL_MODEL_MITIGATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/rule.h"
#include "model/settings.h"

#define ID_LEN 16
#define REASON_LEN 256
#define LEDGER_MAX 16384

enum origin { ORIGIN_POLICY, ORIGIN_PERSON };

/* Times; ms 0: not (yet). */
struct upstream_state {
	wall_t decided;		/* the intent is on disk */
	wall_t applied;		/* BIRD runs it */
	wall_t exported;	/* read back from what BIRD sends this upstream */
	wall_t effective;	/* somebody measured it there; 0: unknown */
	mono_t waits;		/* not exported since then, as it is looked at each second */
	bool lost;		/* it was exported, and is not any more */
	bool proven;		/* a canary saw the attack without it; effective when exported again */
};

/* What its policy wants of it when no canary is out, so that a restart need not guess. */
struct wanted {
	bool known;
	unsigned step;		/* index in its policy */
	double rate_bps;	/* of all its parts together */
	uint32_t via;
};

struct mitigation {
	char id[ID_LEN];	/* "m17" */
	struct rule rule;
	enum origin origin;
	char owner[NAME_MAX_LEN];	/* the person's name, or the policy's */
	char incident[ID_LEN];	/* empty: by hand */
	char reason[REASON_LEN];
	wall_t since, until;
	uint32_t via;		/* bit per upstream of the settings */
	uint32_t left_out;	/* asked for at all, and these take no such thing */
	struct wanted wanted;
	uint32_t approved;	/* bit per person of the settings who said yes to it */
	uint8_t routes[UPSTREAMS_MAX];	/* of mitigation_routes(); 0: not counted yet */
	struct upstream_state upstreams[UPSTREAMS_MAX];
};

/* INTERFACE `list`.  Upstreams by name. */
#define MITIGATION_JSON_MAX (2 * RULE_JSON_MAX)
void mitigation_json_write(struct jout *out, const char *key, const struct mitigation *m, const struct settings *s);
/* The same as a tree.  New reference. */
json_t *mitigation_json(const struct mitigation *m, const struct settings *s);
/* Reads what mitigation_json_write() wrote; an upstream the settings do not know is left out. */
int mitigation_from_json(struct mitigation *ret, const json_t *j, const struct settings *s, struct diag *reterr);

/* Routes that it is on the session of an upstream (flowspec_routes()), remembered: its rule is never changed in place. */
unsigned mitigation_routes(struct mitigation *m, const struct settings *s, unsigned upstream);

struct ledger {
	struct mitigation **all;	/* owned, each of them too; order of announcing */
	unsigned n, room;
	bool unordered;		/* an id without a number, or below the last one's: each is looked at */
	uint64_t next_id;	/* number of the next mitigation, 1.. */
};

void ledger_init(struct ledger *l);
void ledger_fini(struct ledger *l);

/* Takes *take and sets it NULL; -ENOSPC at LEDGER_MAX, -EEXIST for an id that stands: then it is still the caller's. */
int ledger_add(struct ledger *l, struct mitigation **take);
void ledger_del(struct ledger *l, const char *id);

/* Borrowed, or NULL. */
struct mitigation *ledger_find(const struct ledger *l, const char *id);

/* How many of a kind one upstream carries. */
unsigned ledger_count(const struct ledger *l, unsigned upstream, enum rule_kind kind);

#endif
