/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mining_wish - decide would like rules that fit an attack.
 * mined       - what mining found: an input of decide like an observation, and a record of the log.
 * Plain data of fixed size: both cross the border of the process that mines.
 */
#ifndef SEAWALL_MODEL_MINED_H
#define SEAWALL_MODEL_MINED_H

#include "model/mitigation.h"
#include "model/subject.h"

#define MINED_RULES_MAX 8	/* for one incident at once */
#define MINED_KNOWN_MAX 8	/* rules of earlier attacks that are tried first */
#define MINED_KEPT 4		/* rules that are remembered of one attack */
#define MINED_SCOPE_MAX 16
#define MINED_TIMEOUT_MS 5000	/* who has not answered by then is ended */

struct mining_wish {
	char incident[ID_LEN];
	struct subject subject;
	uint8_t family;
	bool by_bytes;			/* what tripped: bytes, or packets */
	/* of its incident: few samples are rather waited for than mined */
	bool first;
	unsigned rules_max;		/* routes at the upstream that splits most */
	double collateral_max;		/* share; 0: no rule is mined, < 0: as mining has it */
	/* share of the traffic that is usual at this hour; 0: not known */
	double background;
	uint32_t via;			/* who is to take them */
	unsigned scope_n, known_n;
	struct prefix scope[MINED_SCOPE_MAX];	/* every rule's destination lies in one of them */
	/* that met such an attack before: enough of it, and they are the answer */
	struct rule known[MINED_KNOWN_MAX];
};

struct mined_rule {
	struct rule rule;		/* canonical, drops */
	struct fit fit;
	double more;			/* share of the attack that no rule before it takes */
};

struct mined {
	char incident[ID_LEN];
	bool separable;
	bool early;			/* too few samples yet: nothing was mined */
	bool recalled;			/* the rules are known ones */
	char why[16];			/* as synth_why_name() has it */
	unsigned n;
	struct mined_rule rules[MINED_RULES_MAX];
	double coverage, collateral, collateral_upper;	/* shares, of all of them together */
	unsigned attack_n, reference_n;	/* samples that were looked at */
	/* of the reference, what went to the subject itself; the others to its neighbours */
	unsigned own_n;
	double seconds;
};

#endif
