/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notes - many notes in files, one after the other: read in order, or added at the end.
 * DIRECTORY/checkpoints/NNNNNNNN.notes are those that were signed while segment NNNNNNNN was
 * written.  They are never rewritten.  Memory is one note at most (NOTE_MAX).
 *
 * 	err = notes_open(&n, directory, &diag);
 * 	while (err == 0 && (err = notes_next(&n, &note, &diag)) > 0) ...
 * 	notes_close(&n);
 */
#ifndef SEAWALL_AUDIT_NOTES_H
#define SEAWALL_AUDIT_NOTES_H

#include <stdio.h>

#include "audit/checkpoint.h"

#define NOTES_DIRECTORY "checkpoints"

struct notes_read {
	struct note note;	/* borrowed until the next call */
	struct checkpoint says;
};

struct notes {
	int dir;		/* -1: a file that was handed over */
	FILE *f;
	unsigned *files;	/* owned: their numbers, in order */
	unsigned files_n, file;	/* the one being read */
	unsigned line;		/* in it */
	char *buf;		/* owned: a line, read and not used yet */
	size_t room, pushed;
	size_t partial;		/* bytes of a last line without its newline */
	struct text text;
	uint64_t whole;		/* offset in the file after the last whole note */
	uint64_t torn;		/* at the end of all: bytes of a note that is not whole */
};

/* One that is kept, over the next call. */
struct notes_kept {
	struct checkpoint says;
	char *bytes;		/* owned: the whole note */
	size_t len;
};
int notes_keep(struct notes_kept *k, const struct notes_read *r);
/*
 * The newest that is whole beside a log, as it is to be handed to others: its bytes are the
 * caller's to free.  Takes no lock, and reads from the end (newest.c).  -ENODATA with a sentence:
 * there is none yet.
 */
int notes_newest(struct notes_kept *ret, const char *directory, struct diag *reterr);

/* Without the folder there are none: 0. */
int notes_open(struct notes *n, const char *directory, struct diag *reterr);
/* Notes that somebody kept, in one file; the end of one that is not whole is -EBADMSG. */
int notes_open_file(struct notes *n, const char *path, struct diag *reterr);
/* 1; 0 at the end; -EBADMSG and a sentence that says where. */
int notes_next(struct notes *n, struct notes_read *ret, struct diag *reterr);
void notes_close(struct notes *n);
/* Only the last of them are wanted: passes over the files before. */
void notes_only_newest(struct notes *n);

/* Writing: only the one who writes the log does. */
struct notes_end {
	int dir, fd;		/* -1: not open */
	unsigned file;
	uint64_t size;		/* of it: whole notes */
};
/*
 * Cuts off a note that is not whole at the end and says how much that was; goes on in a file of its
 * own after anything else that is no note, which stays as it is.  *ret_last: the newest; size 0:
 * none.
 */
int notes_repair(struct notes_end *e, const char *directory, struct checkpoint *ret_last,
    uint64_t *ret_torn, struct diag *reterr);
/* Makes the folder, in the log's directory, unless it is there. */
int notes_begin(struct notes_end *e, int dir);
/* Adds one for a segment.  On an error nothing is left of it. */
int notes_put(struct notes_end *e, unsigned segment, const char *note, size_t len);
void notes_end_close(struct notes_end *e);

#endif
