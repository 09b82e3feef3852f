/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kept - what a stage learned, over a restart: a file in the state directory.  One is written
 * beside it a little every second, so that no tick waits for a disk, and takes its place whole; one
 * that cannot be taken is set aside.  Beside NAME.SUFFIX these are NAME.new and NAME.damaged.
 */
#ifndef SEAWALL_ENGINE_KEPT_H
#define SEAWALL_ENGINE_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "model/settings.h"

#define KEPT_PIECE 65536

struct kept_file {
	const char *directory;			/* borrowed */
	const char *file;			/* NAME.SUFFIX */
	/* The next piece, *pos from 0 until it is 0 again. */
	size_t (*piece)(void *of, uint64_t *pos, void *buf, size_t size);
	int (*load)(void *of, const void *buf, size_t len, struct diag *reterr);
	void *of;				/* the stage's */
	size_t max;				/* bytes */
	uint64_t *not_saved;			/* counter */
	/* kept.c's own */
	bool ready;
	int fd;					/* the file that is being written, or -1 */
	uint64_t pos;
	mono_t saved;
};

/*
 * What there is, into the stage.  0, also when there is none; else it is set aside, the sentence is
 * in why and where it lay in ret_path.
 */
int kept_load(struct kept_file *k, mono_t now, char ret_path[static PATH_MAX_LEN + 32],
    struct diag *why);
void kept_look(struct kept_file *k, mono_t now);	/* each second */
void kept_fini(struct kept_file *k);			/* all of it, at once */

#endif
