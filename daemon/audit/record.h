/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * record - one line of the log: made here, checked here.
 */
#ifndef SEAWALL_AUDIT_RECORD_H
#define SEAWALL_AUDIT_RECORD_H

#include "audit/audit.h"
#include "audit/tree.h"

#define AUDIT_LINE_MAX (256 * 1024)
#define PREV_LEN 45		/* base64 of 32 bytes, and its zero */

/* What the next line has to carry. */
struct chain {
	uint64_t n;
	char prev[PREV_LEN];	/* "" before the first line */
};

/* Follows the line: its hash becomes `prev`, n counts on. */
void chain_step(struct chain *c, const void *line, size_t len);

/*
 * The line with its newline into an empty text, whose limit is AUDIT_LINE_MAX + 1.  -E2BIG;
 * -EINVAL: a key came twice.
 */
int record_line(struct text *ret, const struct chain *c, const struct audit_draft *draft);

/* Does it have a key that each record has of its own? */
bool record_owns(const json_t *fields);

/* JSON is UTF-8; what came from elsewhere and is not must not keep a record out of the log: '?'
 * instead. */
json_t *record_words(const char *text);

/*
 * Is the line what the chain expects next?  New reference (ret NULL: it is only asked); -EBADMSG
 * and a sentence.
 */
int record_check(json_t **ret, const struct chain *c, const char *line, size_t len,
    struct diag *reterr);

#endif
