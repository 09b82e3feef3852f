/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * state - what decide remembers of each incident, private to this folder.
 * An incident has a place for each kind of announcement, and some for further FlowSpec rules: the
 * milder one stays under the harsher one and is what remains when that is lifted.
 */
#ifndef SEAWALL_DECIDE_STATE_H
#define SEAWALL_DECIDE_STATE_H

#include "decide/budget.h"
#include "decide/carve.h"
#include "decide/decide.h"
#include "decide/memory.h"
#include "model/mined.h"

#define CLOSED_KEPT 64		/* incidents remembered for display after they closed */
#define BUCKETS 512		/* of the table by subject and policy */
#define VECTORS_MAX 3		/* FlowSpec rules of one incident that were not mined */
#define FLOWS_MAX MINED_RULES_MAX	/* and all of them */
#define MERGES_MAX 64		/* at once */
#define SOURCES_MAX 4		/* clients dropped at once for one incident */
/*
 * Decisions that one incident may need in one tick, without NOT_TAKEN: all of it renewed, and one
 * rule that becomes another for other parts.
 */
#define TICK_ROOM \
	(VECTORS_MAX * CARVE_MAX + FLOWS_MAX - VECTORS_MAX + SOURCES_MAX + 2 + 2 * CARVE_MAX + 2)

/* The places of an incident. */
enum slot {
	SLOT_HOLE = RULE_RTBH,
	SLOT_FLOW = RULE_FLOWSPEC,
	SLOT_DIVERT = RULE_DIVERT,
	SLOT_SOURCE = RULE_SOURCE,	/* first of SOURCES_MAX */
	/* first of those that meet further vectors, */
	SLOT_VECTOR = SLOT_SOURCE + SOURCES_MAX,
	/* and of those that only mined rules have */
	SLOT_MINED = SLOT_VECTOR + VECTORS_MAX - 1,
	STANDS_N = SLOT_VECTOR + FLOWS_MAX - 1
};

/* The same rule for another part of what is attacked: a mitigation of its own. */
struct part {
	bool up;		/* asked for, or standing */
	bool told;		/* the upstreams were sent it */
	bool seen;		/* it was in the ledger at this tick */
	struct prefix dst;
	char id[ID_LEN], ended[ID_LEN];	/* as of a stand */
	mono_t asked;
};

struct stand {
	bool up;		/* asked for, or standing */
	char id[ID_LEN];	/* empty: the ledger has not given it yet */
	char ended[ID_LEN];	/* withdrawn by us; the ledger may show it for a moment */
	int by_hand_before;	/* of the watch, when `ended` ended by a person */
	struct rule rule;	/* of the widest part, as id is */
	struct part more[CARVE_MAX - 1];	/* and the other parts */
	/* a canary is out with the first part; the others stand as before */
	bool trial;
	struct rule told;	/* what the upstreams of told_via were sent */
	uint32_t told_via;	/* 0: nothing */
	uint32_t via, via_full;	/* now, and when no canary is under way */
	int step, step_before;	/* before: what a refusal goes back to, -1 none */
	wall_t since, until;
	double rate_full;	/* of the rule, when no canary is under way */
	int64_t hold_ms;
	mono_t asked, changed;	/* first announcement; last one with another rule or upstream */
	mono_t hold_end, renew_at;
	/* after a refusal: not changed before, not renewed or looked behind */
	mono_t retry, again;
	mono_t met;		/* when the traffic had its shape last */
	int64_t stale_ms;	/* not met for so long, others going on: looked behind */
	mono_t look_until;	/* opened a little for that, while others go on; ns 0: it is not */
	mono_t any_exported, all_exported;	/* since the change; ns 0: not yet */
	/* 1 + the place of the merge that does its work; 0: it stands by itself */
	uint8_t merge;
	uint32_t was;		/* number of the mitigation that it was before; 0: none */
	struct fit fit;		/* of a mined rule, */
	bool untried;		/* of which it is to be seen what it brings */
	unsigned looks;		/* behind it, that found its part of the attack */
	unsigned worn;		/* renewals without points and without quiet */
	unsigned shut;		/* looks behind it that were refused, one after another */
	bool told_trial;	/* told_via and told are of a trial */
	bool resync, seen;	/* take rule and end from the ledger; it was there at this tick */
};

#define WRONG_MAX 4		/* mined rules that did nothing are remembered for the incident */

/* Rules mined from samples, while the incident lasts. */
struct living {
	mono_t wanted;		/* since when mining is wanted; ns 0: it is not */
	mono_t asked, early, answered, adopted;	/* ns 0: never */
	bool waits;		/* asked, and not answered */
	mono_t passing;		/* the attack passes what stands since then; ns 0: it does not */
	/* what is wanted */
	int step;		/* for which of the policy */
	uint8_t family;
	bool by_bytes;
	uint16_t carriers;
	uint32_t via;
	unsigned rules_max;
	double background;
	bool rest;		/* it is asked about what is left below the policy's limits */
	unsigned rests;		/* so often already, and nothing came of it */
	/* the last answer */
	bool separable;		/* and nothing of it was tried in vain */
	char why[16];
	unsigned n;
	struct mined_rule rules[FLOWS_MAX];
	double coverage, collateral_upper;
	/* what the rules that came last must bring */
	mono_t trial;		/* since when; ns 0: nothing is awaited */
	mono_t exported;	/* since when all of them are; ns 0: not yet */
	bool trial_bytes;	/* it is counted in bits, or in packets */
	bool trial_rest;	/* of what is left */
	bool stopped;		/* there was a moment since then at which no attack passed */
	/* of what trial_bytes says, a second; predicted 0: it passed nothing before */
	double predicted, before, least;
	unsigned wrong_n;	/* ring */
	struct rule wrong[WRONG_MAX];
};

struct watch {
	bool used;
	uint64_t number;	/* of the incident */
	struct incident pub;
	const struct assessment *a;	/* borrowed for one tick; NULL: fusion said nothing */
	struct stand stands[STANDS_N];	/* by enum slot */
	struct memory_entry *memory;	/* of its subject; borrowed from decide */
	mono_t accounted;	/* credit is counted up to here */
	mono_t harmed_since[STEPS_MAX];	/* what the step names, by it; ns 0: it is not */
	int watch_step;		/* highest step without an announcement that was taken */
	int peak_step;		/* of its whole life */
	int by_hand;		/* steps up to this one were ended by a person, -1: none */
	mono_t opened, last_points, quiet_since, misfit_since;
	mono_t followed_at;	/* a rule followed the attack's shape */
	unsigned followed;	/* how often */
	int64_t quiet_ms;	/* what this release asks for, jitter included */
	bool quiet, misfit, worn_out;
	bool trickle;		/* what a limit lets through runs full */
	bool probing;		/* RELEASING with nothing left: watching whether it comes back */
	int releasing;		/* enum rule_kind of the stand whose canary is out */
	bool thinned;		/* RELEASING, and only a limit instead of a drop so far */
	mono_t watch_from, watch_until;
	/* what was behind a hole has come back, and the links may tell; ns 0: no */
	mono_t back_since;
	mono_t hidden_from;	/* the attack was not to be seen from then on */
	mono_t refused_until[STEPS_MAX];
	unsigned refusals;
	unsigned comebacks;	/* what hurts visitors was needed again when it was lifted */
	uint64_t said[STEPS_MAX];	/* bit per enum why_not */
	unsigned asked_n;	/* questions to people */
	mono_t merge_next;	/* none that makes room for it is looked for before */
	struct living living;
	bool took;		/* the room of a rule that gave way to it */
	bool over;		/* decide_over() was said of it since the last step */
};

/* A mitigation that does the work of several stands, of one incident or more: merging.h. */
struct merge {
	bool used, seen;	/* it was in the ledger at this tick */
	char id[ID_LEN];	/* empty: the ledger has not given it yet */
	char owner[NAME_MAX_LEN];
	struct rule rule;
	uint32_t via, short_of;
	unsigned claims_n;	/* as told */
	wall_t since, until;
	mono_t again;		/* not told anything before, after a refusal */
	const char *over;	/* why nobody needs it any more; NULL: as attacks end */
	bool stiff;		/* drawing it closer was refused */
};

/* A question to people, and what came of it; kept as long as its incident. */
struct asked {
	bool used;
	uint64_t number;	/* of the incident */
	struct approval pub;
	mono_t deadline;	/* of what `until` says */
	mono_t again;		/* not asked about another rule before */
	unsigned times;
};

struct decide {
	const struct settings *s;	/* borrowed */
	uint64_t seed, draws, next_incident, left_out;
	bool full_said;
	unsigned used, turn;	/* slot that comes first when a tick had no room */
	int16_t buckets[BUCKETS];
	/*
	 * of the watch of the same index: apart from it, since many more are looked for than found
	 */
	struct chained {
		uint64_t key;
		int16_t next;	/* in its bucket, -1: last */
	} chain[INCIDENTS_MAX];
	struct watch watches[INCIDENTS_MAX];
	unsigned closed_n, closed_at;	/* ring, newest before closed_at */
	struct incident closed[CLOSED_KEPT];
	struct memory memory;
	struct budgets budgets;
	mono_t room_next;	/* no rule gives way to another before */
	struct merge merges[MERGES_MAX];
	uint64_t next_approval;
	struct asked asked[APPROVALS_MAX];
};

/* What upstreams carry, and what is announced in this tick. */
struct rooms {
	unsigned used[RULE_KINDS][UPSTREAMS_MAX];	/* by enum rule_kind */
	unsigned on[CHANNEL_N][UPSTREAMS_MAX];	/* the same by family of the session */
};

/* One incident at one tick. */
struct tick {
	struct decide *d;
	struct watch *w;
	const struct policy *policy;
	const struct decide_world *world;
	struct now now;
	struct rooms *rooms;
	struct decision *out;
	unsigned *n, max;
};

/* table.c */
void table_clear(struct decide *d);
struct watch *table_find(const struct decide *d, const struct subject *s, unsigned policy);
struct watch *table_number(struct decide *d, uint64_t number);
struct watch *table_named(struct decide *d, const char *incident);	/* "i4" */
struct watch *table_add(struct decide *d, const struct incident *i, uint64_t number,
                        struct now now);
/* quiet longest of those with nothing standing; or NULL */
struct watch *table_idlest(struct decide *d);
void table_close(struct decide *d, struct watch *w);	/* into the ring */

/* decide.c */
struct decision *emit(const struct tick *t, enum decision_kind kind, const char *why);
bool emit_room(const struct tick *t, unsigned n);
double policy_first(const struct policy *p);	/* points of the lowest step */

/* Is what the step names in danger: 1, 0, -1 nobody can tell. */
int world_harm(const struct decide_world *w, const struct step *step);

static inline bool
mono_past(mono_t now, mono_t end)
{
	return now.ns >= end.ns;
}

#endif
