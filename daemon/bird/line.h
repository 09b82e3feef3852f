/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * line - one line of the fragment: the rules of one network, with all their tags, owners and ends.
 * What was written is read again and compared with the rule.  Pure.
 */
#ifndef SEAWALL_BIRD_LINE_H
#define SEAWALL_BIRD_LINE_H

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "model/mitigation.h"
#include "model/settings.h"

/* One rule of one mitigation, for some of its upstreams. */
struct line_part {
	const struct rule *rule;
	const char *id;		/* of the mitigation */
	wall_t until;
	uint32_t tags;		/* a bit per upstream of the settings */
};

/* -EINVAL for what no line can say. */
int line_check(const struct mitigation *m, struct diag *reterr);

/*
 * The line of n >= 1 parts of one network, the one that asks for the least first.  -EINVAL: it does
 * not say them.
 */
int line_write(struct text *out, const struct settings *s, const struct line_part *const *parts,
    unsigned n, struct diag *reterr);

/* The same without owners and ends; -EBADMSG. */
int line_route(struct text *out, const struct settings *s, const struct line_part *const *parts,
    unsigned n);

#endif
