/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * walk - the records of a log in order, each checked against those before it.
 */
#ifndef SEAWALL_AUDIT_WALK_H
#define SEAWALL_AUDIT_WALK_H

#include "audit/lines.h"
#include "audit/record.h"

struct walk {
	struct lines lines;
	struct chain chain;	/* what the next line has to carry */
	const char *line;	/* borrowed until the next one */
	size_t len;
};

/*
 * 1 and the next record (ret NULL: nobody needs it); 0 at the end; negative: the chain stands at
 * the bad one.
 */
int walk_next(struct walk *w, json_t **ret, struct diag *reterr);

#endif
