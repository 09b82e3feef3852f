/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flowspec - what of FlowSpec one upstream takes, and how a rule is written for it.
 * A component with more values than the upstream's session survives (BIRD.md 5: more than five
 * pairs reset an FRR) becomes several rules that together match exactly the same.  What cannot be
 * said within its profile is refused for that upstream alone, with a sentence; nothing is left out,
 * for that would match more.
 */
#ifndef SEAWALL_MODEL_FLOWSPEC_H
#define SEAWALL_MODEL_FLOWSPEC_H

#include "base/diag.h"
#include "model/rule.h"
#include "model/settings.h"

#define FLOWSPEC_PIECES_MAX 32		/* rules that one may become at one upstream */
/* bit/s; a limit below one small packet a second or two is a drop */
#define FLOWSPEC_RATE_DROPS 8000
#define FLOWSPEC_PAIRS_SAFE 5		/* where a profile does not say */
/* of a router's table, when ranges are expanded to prefixes */
#define FLOWSPEC_ENTRIES_SAFE 4096
#define FLOWSPEC_NLRI_SAFE 239		/* the longest with its length in one byte */

/* Names of seawall.conf(5), NULL at the end; the first field is RFC type 2. */
extern const char *const flowspec_fields[], *const flowspec_actions[];
enum flowspec_action {
	FLOWSPEC_REDIRECT,
	FLOWSPEC_REDIRECT_AS4,
	FLOWSPEC_REDIRECT_IP,
	FLOWSPEC_MARK,
	FLOWSPEC_SAMPLE,
	FLOWSPEC_TERMINAL
};

/*
 * The rules that say r at this upstream, in order: r itself where it may stay as it is.  Returns
 * how many, or -EINVAL with why the upstream cannot be told.  ret NULL: only counted.
 */
int flowspec_pieces(struct rule ret[FLOWSPEC_PIECES_MAX], const struct rule *r,
    const struct upstream *u, struct diag *reterr);

/* Routes that it is on the session of this upstream: pieces counted; any other kind is one. */
unsigned flowspec_routes(const struct rule *r, const struct upstream *u);

#endif
