/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "engine/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/log.h"

#define SAVE_MS (15 * 60000)
#define PIECES_A_SECOND 16

/* Its file, or with another suffix one beside it. */
static void
path_of(const struct kept_file *k, const char *suffix, char ret[static PATH_MAX_LEN + 32])
{
	int name = (int)(suffix != NULL ? strcspn(k->file, ".") : strlen(k->file));

	snprintf(ret, PATH_MAX_LEN + 32, "%s/%.*s%s", k->directory, name, k->file,
	    suffix != NULL ? suffix : "");
}

/* ---- in ------------------------------------------------------------------ */

int
kept_load(struct kept_file *k, mono_t now, char ret_path[static PATH_MAX_LEN + 32],
    struct diag *why)
{
	char aside[PATH_MAX_LEN + 32], *bytes = NULL;
	size_t len;
	int err;

	k->fd = -1;
	k->saved = now;
	k->ready = true;
	path_of(k, NULL, ret_path);
	err = file_slurp(&bytes, &len, ret_path, k->max);
	if (err == -ENOENT)
		return 0;
	if (err == 0)
		err = k->load(k->of, bytes, len, why);
	if (err != 0 && why->say[0] == '\0')
		diag_set(why, err, "%s", strerror(-err));
	path_of(k, ".damaged", aside);
	if (err != 0 && rename(ret_path, aside) != 0)
		log_warn("%s: %s", aside, strerror(errno));
	free(bytes);
	return err;
}

/* ---- out ----------------------------------------------------------------- */

static void
give_up(struct kept_file *k, int err)
{
	char path[PATH_MAX_LEN + 32];

	path_of(k, ".new", path);
	if (k->fd >= 0) {
		close(k->fd);
		unlink(path);
	}
	k->fd = -1;
	if ((*k->not_saved)++ == 0)
		log_warn(
		    _("%s cannot be written (%s): what is learned now is lost at the next start"),
		    path, strerror(-err));
}

static int
begin(struct kept_file *k)
{
	char path[PATH_MAX_LEN + 32];

	path_of(k, ".new", path);
	k->pos = 0;
	k->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	return k->fd < 0 ? -errno : 0;
}

static int
write_piece(struct kept_file *k)
{
	/* too large for a stack, and there is one engine in a process */
	static uint8_t piece[KEPT_PIECE];
	size_t n = k->piece(k->of, &k->pos, piece, sizeof(piece));
	int err = file_write_all(k->fd, piece, n);

	/* On its way now, so that the last sync has little to wait for. */
	if (err == 0)
		sync_file_range(k->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return err;
}

static int
finish(struct kept_file *k)
{
	char from[PATH_MAX_LEN + 32], to[PATH_MAX_LEN + 32];
	int err = fdatasync(k->fd) != 0 ? -errno : 0;

	path_of(k, ".new", from);
	path_of(k, NULL, to);
	if (err == 0 && rename(from, to) != 0)
		err = -errno;
	if (err != 0)
		return err;
	close(k->fd);
	k->fd = -1;
	return 0;
}

static void
save(struct kept_file *k, unsigned pieces)
{
	int err = k->fd < 0 ? begin(k) : 0;

	for (; err == 0 && pieces > 0; pieces--) {
		err = write_piece(k);
		if (err == 0 && k->pos == 0) {
			err = finish(k);
			break;
		}
	}
	if (err != 0)
		give_up(k, err);
}

void
kept_look(struct kept_file *k, mono_t now)
{
	if (!k->ready || (k->fd < 0 && mono_since_ms(now, k->saved) < SAVE_MS))
		return;
	k->saved = now;
	save(k, PIECES_A_SECOND);
}

void
kept_fini(struct kept_file *k)
{
	if (!k->ready)
		return;
	k->ready = false;
	if (k->fd >= 0)		/* one that is half written is of another time */
		close(k->fd);
	k->fd = -1;
	save(k, UINT32_MAX);
}
