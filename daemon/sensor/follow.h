/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * follow - a log file through rotation: the lines that are added to it.
 * The parent opens (follow_open) and looks once a second whether the path names another file now
 * (follow_renew); the sensor reads.  After a rotation a server writes on into the old file for a
 * while, so old ones are read along until they have not grown for a minute.  How far a file is read
 * stands in its open description, which the parent keeps: a sensor that is started again goes on
 * where the last one was.
 */
#ifndef SEAWALL_SENSOR_FOLLOW_H
#define SEAWALL_SENSOR_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "sensor/lines.h"

#define FOLLOW_A_TURN (4 << 20)		/* bytes read in one turn at most */
#define FOLLOW_BEHIND_MAX (64 << 20)	/* further behind than that it goes on at the end */

struct follow;

struct follow_totals {
	uint64_t line_long;	/* lines longer than the limit */
	uint64_t skipped;	/* bytes, to keep up */
	uint64_t unseen;	/* files that were not read to their end, so many came after them */
	/* so often a file was found shorter than it was read (copytruncate) */
	uint64_t cut;
};

/*
 * In the parent.  At its end; when there is no such file, a descriptor that stands for that.  Links
 * are followed: the path comes from root's own configuration, and of what lies behind nothing is
 * told but figures.
 */
int follow_open(const char *path, struct diag *reterr);
/*
 * The file that the path names now, at its beginning, or -EAGAIN when it is still the same.  After
 * two rotations between two looks it is the one between (PATH.1) first.
 */
int follow_renew(const char *path, int source);

int follow_new(struct follow **ret, size_t line_max);
void follow_free(struct follow *f);

/* A file, or what stands for none; closed here when it is done with. */
void follow_take(struct follow *f, int fd, mono_t now);

/* Lines of all files, the oldest first.  True: there is more. */
bool follow_read(struct follow *f, mono_t now, line_sink *sink, void *ctx);

bool follow_missing(const struct follow *f);	/* the path names nothing */
int follow_newest(const struct follow *f);	/* descriptor, or -1 */
void follow_totals(const struct follow *f, struct follow_totals *ret);

#endif
