/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rulepick - the rule that a step asks for: destination, protocol and what dominates in the
 * traffic. Borrows everything, keeps nothing.  Rules mined from samples are the synth stage's work.
 */
#ifndef SEAWALL_DECIDE_RULEPICK_H
#define SEAWALL_DECIDE_RULEPICK_H

#include "model/mitigation.h"
#include "model/observation.h"
#include "model/policy.h"
#include "model/settings.h"

enum pick {
	PICK_OK,
	PICK_NO_SUBJECT,	/* more than one prefix: no single rule */
	PICK_NO_UPSTREAM,	/* nobody would take it */
	PICK_SHAPE,		/* nothing is known that tells the attack apart */
	PICK_SERVICE		/* dropping it would drop the service's own connections as well */
};

struct plan {
	struct rule rule;
	uint32_t via;
};

/* The one prefix of a subject; false when it has none or several. */
bool rulepick_dst(const struct settings *s, const struct subject *subject, struct prefix *ret);

/* Upstreams of the step that take what it announces for dst. */
uint32_t rulepick_via(const struct settings *s, const struct step *step, const struct prefix *dst);

/* What a step announces; STEP_WATCH announces nothing. */
enum rule_kind rulepick_kind(enum step_kind k);

enum pick rulepick_plan(const struct settings *s, const struct step *step,
                        const struct subject *subject, const struct traits *t, struct plan *ret);

/* Does it hit the visitors as much as the attack: nothing but the service itself is in it? */
bool rulepick_blunt(const struct rule *r);

/* Is it worse for visitors than for nobody: a hole, or the SYN that each new visitor sends as well? */
bool rulepick_hurts(const struct rule *r);

/* Does the rule still meet the traffic that dominates?  True while nothing is known of it. */
bool rulepick_meets(const struct rule *r, const struct traits *t);
/* Was it made before anything was known, so that a narrower one is possible now? */
bool rulepick_narrows(const struct rule *r, const struct traits *t);

#endif
