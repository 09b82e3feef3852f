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
#include "model/id.h"
#include "model/rule.h"
#include "model/settings.h"

#define REASON_LEN 256
#define LEDGER_MAX 16384
#define CLAIMS_MAX 16		/* rules that one mitigation does the work of */

enum origin { ORIGIN_POLICY, ORIGIN_PERSON };

/* Times; ms 0: not (yet). */
struct upstream_state {
	wall_t decided;		/* the intent is on disk */
	wall_t applied;		/* BIRD runs it */
	wall_t exported;	/* read back from what BIRD sends this upstream */
	wall_t effective;	/* somebody measured it there; 0: unknown */
	mono_t waits;		/* not exported since then, as it is looked at each second */
	bool lost;		/* it was exported, and is not any more */
	/* its route is sent, but not with what makes the upstream act as asked */
	bool differs;
	/* a canary saw the attack without it; effective when exported again */
	bool proven;
};

/* What its policy wants of it when no canary is out, so that a restart need not guess. */
struct wanted {
	bool known;
	unsigned step;		/* index in its policy */
	double rate_bps;	/* of all its parts together */
	uint32_t via;
};

/* A rule of an incident that would stand by itself if an upstream had room. */
struct claim {
	uint32_t incident;	/* its number */
	/* number of the mitigation that it was; 0: it never stood by itself */
	uint32_t was;
	struct prefix dst;
	uint8_t step;		/* of the incident's policy */
};

/* What mining promised of a rule: shares of the samples that it had. */
struct fit {
	bool known;		/* it was mined */
	double attack;		/* of the attack that it takes */
	double reference, upper;	/* of legitimate traffic; upper end: 95 % */
	bool tried;		/* and it brought what it was to bring */
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
	/* not 0: it is merged, and stands in the place of what these were */
	uint8_t claims_n;
	struct claim claims[CLAIMS_MAX];
	uint32_t short_of;	/* merged: bit per upstream that had no room for one more */
	struct fit fit;
	uint32_t approved;	/* bit per person of the settings who said yes to it */
	uint8_t routes[UPSTREAMS_MAX];	/* of mitigation_routes(); 0: not counted yet */
	struct upstream_state upstreams[UPSTREAMS_MAX];
};

/* INTERFACE `list`.  Upstreams by name. */
#define MITIGATION_JSON_MAX (2 * RULE_JSON_MAX)
void mitigation_json_write(struct jout *out, const char *key, const struct mitigation *m,
    const struct settings *s);
/* The same as a tree.  New reference. */
json_t *mitigation_json(const struct mitigation *m, const struct settings *s);
/* Who has a part in a merged one, as it stands there under "merged".  New reference. */
json_t *claims_json(const struct mitigation *m, const struct settings *s);
/* Reads what mitigation_json_write() wrote; an upstream the settings do not know is left out. */
int mitigation_from_json(struct mitigation *ret, const json_t *j, const struct settings *s,
    struct diag *reterr);

/* Does m, merged, take the place of `other`, which stands yet? */
bool mitigation_replaces(const struct mitigation *m, const struct mitigation *other);
/* "m17" -> 17; 0: another kind of id. */
uint32_t mitigation_number(const char *id);

/*
 * Routes that it is on the session of an upstream (flowspec_routes()), remembered: its rule is
 * never changed in place.
 */
unsigned mitigation_routes(struct mitigation *m, const struct settings *s, unsigned upstream);

struct ledger {
	/* owned, each of them too; by number, which is the order of announcing */
	struct mitigation **all;
	unsigned n, room;
	bool unordered;		/* an id without a number: each is looked at */
	uint64_t next_id;	/* number of the next mitigation, 1.. */
};

void ledger_init(struct ledger *l);
void ledger_fini(struct ledger *l);

/*
 * Takes *take and sets it NULL; -ENOSPC at LEDGER_MAX, -EEXIST for an id that stands: then it is
 * still the caller's.
 */
int ledger_add(struct ledger *l, struct mitigation **take);
void ledger_del(struct ledger *l, const char *id);
/* The same, and the caller has it; NULL: there is none. */
struct mitigation *ledger_take(struct ledger *l, const char *id);

/* Borrowed, or NULL. */
struct mitigation *ledger_find(const struct ledger *l, const char *id);

/* How many of a kind one upstream carries. */
unsigned ledger_count(const struct ledger *l, unsigned upstream, enum rule_kind kind);

#endif
