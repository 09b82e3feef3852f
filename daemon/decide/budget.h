/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * budget - what attackers could make us do too often: holes at once and by the day, announcements
 * by the hour, coming and going that upstreams damp, many actions at once.  Asked before something
 * new is announced, never before an end or a release.  A limit of 0 is none. Touches, what has
 * neither lasted nor harms, are cheap to make, so they have two thirds of each hour's messages,
 * their withdrawals included, and a breaker of their own: they cannot use up what the attack behind
 * them needs. Bounded: ACCOUNTS_MAX members and hosts, PREFIXES_FLAPPING prefixes; the one longest
 * unused makes room.
 */
#ifndef SEAWALL_DECIDE_BUDGET_H
#define SEAWALL_DECIDE_BUDGET_H

#include "base/clock.h"
#include "decide/decide.h"
#include "model/mitigation.h"
#include "model/settings.h"

#define ACCOUNTS_MAX 1024
#define PREFIXES_FLAPPING 1024
#define METER_BINS 12
/* RFC 2439: what upstreams remember of a route that comes and goes */
#define CYCLE_WINDOW_MS 900000

enum budget {
	BUDGET_OK, BUDGET_SHARE, BUDGET_TIME, BUDGET_CYCLES, BUDGET_UPDATES, BUDGET_UPSTREAM,
	BUDGET_MASS, BUDGET_TOUCHES, BUDGET_N
};

/* How often something happened within a window, to a twelfth of it. */
struct meter {
	int64_t bin;
	uint32_t n[METER_BINS];
};

struct account {
	bool used;
	int member;		/* -1: nobody's, then by prefix */
	struct prefix prefix;
	int64_t hour;		/* Unix hour of the newest slot */
	uint32_t ms[24];	/* blackholed in each of the last hours */
};

struct flapping {
	bool used;
	struct prefix prefix;
	int64_t last_ms;
	struct meter cycles;
};

struct budgets {
	const struct settings *s;	/* borrowed */
	struct meter upstreams[UPSTREAMS_MAX], all, actions;
	/* what these of it are, and their ends to come */
	struct meter touches[UPSTREAMS_MAX], all_touches;
	struct meter lasting;	/* actions that are no touches */
	int64_t tripped_until, lasting_until;	/* monotonic ms; of touches, and of what lasts */
	double own4, own6, holed4, holed6;	/* addresses; IPv6 in /64 */
	wall_t counted;		/* hole time is counted up to here; ms 0: not yet */
	struct account accounts[ACCOUNTS_MAX];
	struct flapping flapping[PREFIXES_FLAPPING];
	int64_t said[BUDGET_N];	/* monotonic ms */
	bool reached[BUDGET_N];	/* since it was said */
};

void budget_init(struct budgets *b, const struct settings *s);

/* Every tick: what holes of policies cost since the last one. */
void budget_count_holes(struct budgets *b, const struct ledger *l, struct now now);

struct budget_wish {
	enum step_kind kind;
	const struct rule *rule;	/* borrowed */
	bool touch;	/* it has neither lasted nor does it harm */
};

/* May a policy announce this now?  The upstreams that may not be asked any more leave *via. */
enum budget budget_ask(struct budgets *b, const struct budget_wish *wish, uint32_t *via,
    struct now now);

/* What is sent to the upstreams of `via`: flags of it. */
#define SENT_FRESH 1u	/* it did not stand, so its end is to come */
#define SENT_ACTION 2u	/* and is no part of another */
#define SENT_TOUCH 4u
void budget_sent(struct budgets *b, const struct rule *r, uint32_t via, unsigned flags,
    struct now now);

/* How long its members may still be blackholed today; INT64_MAX without a limit. */
int64_t budget_hole_left(const struct budgets *b, const struct prefix *dst, struct now now);
/* Has it come and gone as often as upstreams put up with? */
bool budget_cycled(const struct budgets *b, const struct prefix *dst, struct now now);
/* More is sent than is wanted: what can wait, waits longer. */
bool budget_thrifty(const struct budgets *b, struct now now);
/* Touches have sent half of what they may to one of these: how their rules end must cost little. */
bool budget_scarce(const struct budgets *b, uint32_t via, struct now now);

/* A budget that was reached and not said within the hour, once; BUDGET_OK: none. */
enum budget budget_to_say(struct budgets *b, struct now now);

/* From the log, oldest first. */
void budget_recall(struct budgets *b, const struct decide_past *p, struct now now);

#endif
