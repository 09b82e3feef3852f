/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reply - what BIRD answers on its control socket, cut into lines and told apart (BIRD.md 1).
 * A pure parser: no socket, no allocation.  A line longer than REPLY_LINE_MAX, a NUL or a line
 * that is none of BIRD's forms ends it for good: the connection is then closed by its owner.
 */
#ifndef SEAWALL_BIRD_REPLY_H
#define SEAWALL_BIRD_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#define REPLY_LINE_MAX 2048	/* BIRD prints at most 512 bytes of text a line */

enum reply_kind {
	REPLY_DATA,	/* "1007-text" or " text": more follows */
	REPLY_LAST,	/* "0003 text": the answer is complete */
	REPLY_ASYNC	/* "+text": not part of any answer */
};

struct reply_line {
	enum reply_kind kind;
	unsigned code;		/* of a continuation: the code of the line before; REPLY_ASYNC: 0 */
	const char *text;	/* borrowed from the line */
};

struct reply {
	unsigned code;		/* of the last coded line of this answer; 0: none yet */
	bool coded;
	size_t len;
	char line[REPLY_LINE_MAX + 1];
};

/* One whole line without its newline, `len` bytes at `line`, terminated.  0, or -EBADMSG. */
int reply_parse(struct reply_line *ret, const struct reply *before, const char *line, size_t len);

void reply_init(struct reply *r);

/* Each whole line; a non-zero answer stops the feeding and is returned. */
typedef int reply_each(void *ctx, const struct reply_line *line);

/* Takes bytes as they come.  0, -EBADMSG, -EMSGSIZE, or what `each` answered. */
int reply_feed(struct reply *r, const char *buf, size_t n, reply_each *each, void *ctx);

/* Classes of a last line (BIRD.md 1). */
static inline bool
reply_ok(unsigned code)
{
	return code < 8000;
}

/* configure: running now, being finished, or queued. */
static inline bool
reply_configured(unsigned code)
{
	return code == 3 || code == 4 || code == 5;
}

#endif
