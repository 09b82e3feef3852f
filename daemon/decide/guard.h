/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guard - the last check before an intent is written, independent of whoever decided.
 * Refuses, with one sentence and the name of the reason: anything outside our own prefixes, too
 * short, protected, FlowSpec without destination or touching the BGP sessions, lengths, ports and
 * rates out of range, over a budget, a duplicate, an end in the past or too far.  Unknown means
 * refuse.  Foreign space passes as a source that an upstream drops, and never else: one host's, not
 * ours, not spared, within a budget of its own. Pure; shares no code with the ladder.
 */
#ifndef SEAWALL_DECIDE_GUARD_H
#define SEAWALL_DECIDE_GUARD_H

#include "base/clock.h"
#include "base/diag.h"
#include "model/live.h"
#include "model/mitigation.h"
#include "model/settings.h"

#define GUARD_REASONS(X)							\
	X(FOREIGN,     "not inside our own prefixes")				\
	X(TOO_SHORT,   "shorter than the shortest prefix allowed")		\
	X(PROTECTED,   "touches a protected address")				\
	X(SOURCE,      "a source that must not be dropped")			\
	X(NO_DST,      "a FlowSpec rule without a destination")			\
	X(BGP_SESSION, "could match a BGP session of ours")			\
	X(SESSIONS_UNKNOWN, "our AS or BGP sessions are not known yet")		\
	X(MALFORMED,   "impossible values")					\
	X(UPSTREAM,    "an upstream named does not accept it")			\
	X(NO_UPSTREAM, "no upstream is left to announce it to")			\
	X(BUDGET,      "over the budget of an upstream or of ours")		\
	X(DUPLICATE,   "the same network is announced already")		\
	X(ENDED,       "its end is in the past")				\
	X(TOO_LONG,    "it would stand longer than allowed")			\
	X(CONSENT,     "the member's decision in peacetime does not allow it")	\
	X(ACTION,      "an action that nobody may ask for, or a policy may not")	\
	X(LIVE,        "more than the step of going live allows")

#define GUARD_ENUM(id, say) GUARD_##id,
enum guard_reason { GUARD_OK, GUARD_REASONS(GUARD_ENUM) GUARD_N };

/* "foreign", "too-short" ... for JSON and counters. */
const char *guard_reason_name(enum guard_reason r);

/*
 * May this be announced, given what stands?  The standing mitigation of the same id is left out of
 * duplicates and budgets: it is about to be replaced.  GUARD_OK, or the reason with a sentence.
 */
enum guard_reason guard_check(const struct settings *s, const struct ledger *standing,
			      const struct mitigation *m, wall_t now, struct diag *reterr);

/*
 * Behind it, where something is really done or tried: does the step of going live allow it?
 * `trial`: BIRD is not touched.  Rehearsals do not ask: they show the whole ladder.
 */
enum guard_reason guard_live(const struct settings *s, enum live live, bool trial,
    const struct mitigation *m, struct diag *reterr);

#endif
