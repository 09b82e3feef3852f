/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rule_lint - what no FlowSpec rule may be, whoever asks for it: mined, by a policy, or by hand
 * (ALGORITHMS 4.3; each item has an outage behind it).  Of the rule alone; whose space it is, what
 * is protected and what an upstream takes is asked elsewhere (settings.h, flowspec.h).
 */
#ifndef SEAWALL_MODEL_RULE_LINT_H
#define SEAWALL_MODEL_RULE_LINT_H

#include "base/diag.h"
#include "model/rule.h"

#define RULE_FAULTS(X)								\
	X(NO_DST,     "no-destination")	/* everybody's traffic */		\
	X(WORLD,      "whole-internet")	/* /0 */				\
	X(ADDRESS,    "address")	/* no network of hosts, or not in its form */	\
	X(FAMILIES,   "families")	/* source and destination differ */	\
	X(VALUES,     "values")		/* out of its field's range */		\
	X(IMPOSSIBLE, "impossible")	/* no packet is like that: asked last, since it harms nobody */

#define RULE_FAULT_ENUM(id, name) RULE_FAULT_##id,
enum rule_fault { RULE_SOUND, RULE_FAULTS(RULE_FAULT_ENUM) RULE_FAULT_N };

const char *rule_fault_name(enum rule_fault f);	/* "sound" */

/*
 * As it came, before anything tidied it: looks at everything by itself. *reterr in the language
 * set.
 */
enum rule_fault rule_lint(const struct rule *r, struct diag *reterr);

/* Are there hosts?  Multicast, loopback and link-local traffic comes from no upstream. */
bool rule_to_hosts(const struct prefix *dst);
/* Does it take whatever goes there, or next to all of it, by whatever name? */
bool rule_is_hole(const struct rule *r);
/*
 * Could it take a packet of a BGP session of its destination (TCP, 179 at one end)?  What is not
 * excluded can.
 */
bool rule_meets_bgp(const struct rule *r);
/* Could it take what comes to this port, from anywhere above 1023? */
bool rule_meets_port(const struct rule *r, unsigned proto, unsigned port);
/*
 * Entries of a router's table when its ranges are expanded to prefixes (TCAM): the product over its
 * components.
 */
unsigned rule_entries(const struct rule *r);

#endif
