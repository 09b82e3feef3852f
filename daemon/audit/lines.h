/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lines - the lines of all segments of a log, in order, as an iterator.
 * Memory is one line at most (AUDIT_LINE_MAX), whatever the files hold.  A segment that is not
 * written any more may have been compressed: NNNNNNNN.jsonl.gz is read where there is no
 * NNNNNNNN.jsonl.
 *
 * 	err = lines_open(&l, directory, &diag);
 * 	while (err == 0 && (err = lines_next(&l, &line, &len, &diag)) > 0) ...
 * 	lines_close(&l);
 */
#ifndef SEAWALL_AUDIT_LINES_H
#define SEAWALL_AUDIT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

#define SEGMENT_NAME_LEN 24	/* "00000000.jsonl.gz" */
#define SEGMENTS_MAX 100000000

struct lines {
	int dir;
	int fd;			/* of the segment being read, -1: none */
	/* owned: the same, where somebody has compressed it; or NULL */
	struct gzFile_s *packed;
	unsigned segments;	/* how many there are, up to the first that is missing */
	bool gap;		/* later ones are there */
	unsigned segment;	/* the one being read */
	unsigned line;		/* in it, from 1 */
	uint64_t at;		/* offset in it of the line returned last */
	uint64_t next;		/* and of the one after it */
	size_t torn;		/* at the end: bytes after the last whole line */
	char *buf;		/* owned */
	size_t from, to;	/* unread part of buf */
};

int lines_open(struct lines *l, const char *directory, struct diag *reterr);

/*
 * 1 and a line without its newline, borrowed until the next call; 0 at the end; -EBADMSG, also
 * where a segment is missing and later ones are there, and others.
 */
int lines_next(struct lines *l, const char **ret, size_t *ret_len, struct diag *reterr);
void lines_close(struct lines *l);

/* To the beginning of a line that was returned from there before. */
int lines_seek(struct lines *l, unsigned segment, uint64_t at, struct diag *reterr);
/* At the end, 0: the bytes after the last whole line are read anew at the next call. */
void lines_forget(struct lines *l);

const char *segment_name(unsigned segment, char buf[static SEGMENT_NAME_LEN]);
/* Is only its compressed form there? */
bool segment_packed(int dir, unsigned segment);

#endif
