/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rulepick - the rule that a step asks for: destination, protocol and what dominates in the
 * traffic. Borrows everything, keeps nothing.  Rules mined from samples are the synth stage's work.
 */
#ifndef SEAWALL_DECIDE_RULEPICK_H
#define SEAWALL_DECIDE_RULEPICK_H

#include "decide/carve.h"
#include "model/mitigation.h"
#include "model/observation.h"
#include "model/policy.h"
#include "model/settings.h"

enum pick {
	PICK_OK,
	PICK_NO_SUBJECT,	/* more than one prefix, and which of them is not known */
	PICK_PROTECTED,		/* what is protected leaves nothing that is worth a rule */
	PICK_NO_UPSTREAM,	/* nobody would take it */
	PICK_SHAPE,		/* nothing is known that tells the attack apart */
	PICK_SERVICE		/* dropping it would drop the service's own connections as well */
};

/* What is attacked, and with what. */
struct target {
	const struct subject *subject;
	const struct traits *traits;
	/* of a member: bit per prefix that brings a good part of it; 0: not known */
	uint16_t carriers;
	uint8_t carrier;	/* and the index of the one that brings most */
};

struct plan {
	struct rule rule;	/* for the widest part of what is attacked, */
	unsigned more_n;	/* and the same for these */
	struct prefix more[CARVE_MAX - 1];
	uint32_t via, full;	/* where; and where it would be if there were room */
	struct fit fit;		/* of a mined rule */
};

/*
 * The prefix of what is attacked, of several the one that brings most of it; false when it has
 * none.
 */
bool rulepick_dst(const struct settings *s, const struct target *of, struct prefix *ret);

/* Upstreams of the step that take what it announces for dst. */
uint32_t rulepick_via(const struct settings *s, const struct step *step, const struct prefix *dst);

/* What a step announces; STEP_WATCH announces nothing, and STEP_SOURCE what sources.h says. */
enum rule_kind rulepick_kind(enum step_kind k);

enum pick rulepick_plan(const struct settings *s, const struct step *step,
                        const struct target *of, struct plan *ret);

/* Does it hit the visitors as much as the attack: nothing but the service itself is in it? */
bool rulepick_blunt(const struct rule *r);

/* Does it meet, beside the attack, what hosts of ours asked for, or what visitors send over UDP? */
bool rulepick_asked_for(const struct rule *r);

/*
 * Is it worse for visitors than for nobody: a hole, or a drop of what they or the answers to us
 * need as well?
 */
bool rulepick_hurts(const struct rule *r);

/* Do both FlowSpec rules match the same, wherever it goes? */
bool rulepick_same_match(const struct rule *a, const struct rule *b);

/* Does the rule still meet the traffic that dominates?  True while nothing is known of it. */
bool rulepick_meets(const struct rule *r, const struct traits *t);
/* Was it made before anything was known, so that a narrower one is possible now? */
bool rulepick_narrows(const struct rule *r, const struct traits *t);

#endif
