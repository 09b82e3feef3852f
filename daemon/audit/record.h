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

/* What a record says, before it has its place. */
struct draft {
	enum audit_kind kind;
	wall_t t;
	struct say say;
	json_t *fields;		/* owned by who makes the line of it */
};

/* The line with its newline, the caller's to free.  -E2BIG, -EINVAL (a key of ours in fields),
 * -ENOMEM. */
int record_line(char **ret, size_t *ret_len, const struct chain *c, const struct draft *draft);

/* JSON is UTF-8; what came from elsewhere and is not must not keep a record out of the log: '?'
 * instead. */
json_t *record_words(const char *text);

/* Is the line what the chain expects next?  New reference; -EBADMSG and a sentence. */
int record_check(
    json_t **ret, const struct chain *c, const char *line, size_t len, struct diag *reterr);

#endif
