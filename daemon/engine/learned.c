/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is usual, over a restart: fusion learns it and makes bytes of it, here they are written to
 * STATE_USUAL in the state directory and read again.  A file is written beside it a little every second, so that no
 * tick waits for a disk, and takes its place whole.  What changed is told in the log once a day.
 */
#include "config.h"
#include "engine/state.h"

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
#define PIECES_A_SECOND 16	/* of FUSION_PIECE bytes */
#define DAY_MS 86400000

static void
path_of(const struct engine *e, const char *name, char ret[static PATH_MAX_LEN + 32])
{
	snprintf(ret, PATH_MAX_LEN + 32, "%s/usual.%s", e->settings->state_directory, name);
}

static bool
is_kept(const struct engine *e)
{
	return e->core != NULL && fusion_learns(core_fusion(e->core)) && e->settings->state_directory[0] != '\0';
}

/* ---- in --------------------------------------------------------------------------------------------- */

static void
set_aside(struct engine *e, const char *path, const char *why)
{
	char aside[PATH_MAX_LEN + 32];

	e->counters[COUNTER_BASELINES_DAMAGED]++;
	log_warn(_("%s is damaged (%s): what is usual is learned anew"), path, lang_text(why));
	record_baseline_lost(e, why);
	path_of(e, "damaged", aside);
	if (rename(path, aside) != 0)
		log_warn("%s: %s", aside, strerror(errno));
}

void
learned_load(struct engine *e)
{
	char path[PATH_MAX_LEN + 32], *bytes = NULL;
	struct diag diag = { 0 };
	size_t len;
	int err;

	e->learned.fd = -1;
	e->learned.day = clock_now().wall.ms / DAY_MS;
	e->learned.saved = clock_now().mono;
	if (!is_kept(e))
		return;
	e->learned.ready = true;
	snprintf(path, sizeof(path), "%s/" STATE_USUAL, e->settings->state_directory);
	err = file_slurp(&bytes, &len, path, FUSION_LEARNED_MAX);
	if (err == -ENOENT)
		return;
	if (err == 0)
		err = fusion_learned_load(core_fusion(e->core), bytes, len, &diag);
	if (err != 0)
		set_aside(e, path, diag.say[0] != '\0' ? diag.say : strerror(-err));
	free(bytes);
}

/* ---- out -------------------------------------------------------------------------------------------- */

static void
give_up(struct engine *e, int err)
{
	char path[PATH_MAX_LEN + 32];

	path_of(e, "new", path);
	if (e->learned.fd >= 0) {
		close(e->learned.fd);
		unlink(path);
	}
	e->learned.fd = -1;
	if (e->counters[COUNTER_BASELINES_NOT_SAVED]++ == 0)
		log_warn(_("%s cannot be written (%s): what is learned now is lost at the next start"), path,
		    strerror(-err));
}

static int
begin(struct engine *e)
{
	char path[PATH_MAX_LEN + 32];

	path_of(e, "new", path);
	e->learned.pos = 0;
	e->learned.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	return e->learned.fd < 0 ? -errno : 0;
}

static int
write_piece(struct engine *e)
{
	static uint8_t piece[FUSION_PIECE];	/* too large for a stack, and there is one engine in a process */
	size_t n = fusion_learned_save(core_fusion(e->core), &e->learned.pos, piece, sizeof(piece));
	int err = file_write_all(e->learned.fd, piece, n);

	/* On its way now, so that the last sync has little to wait for. */
	if (err == 0)
		sync_file_range(e->learned.fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return err;
}

static int
finish(struct engine *e)
{
	char from[PATH_MAX_LEN + 32], to[PATH_MAX_LEN + 32];
	int err = fdatasync(e->learned.fd) != 0 ? -errno : 0;

	path_of(e, "new", from);
	snprintf(to, sizeof(to), "%s/" STATE_USUAL, e->settings->state_directory);
	if (err == 0 && rename(from, to) != 0)
		err = -errno;
	if (err != 0)
		return err;
	close(e->learned.fd);
	e->learned.fd = -1;
	return 0;
}

static void
save(struct engine *e, unsigned pieces)
{
	int err = e->learned.fd < 0 ? begin(e) : 0;

	for (; err == 0 && pieces > 0; pieces--) {
		err = write_piece(e);
		if (err == 0 && e->learned.pos == 0) {
			err = finish(e);
			break;
		}
	}
	if (err != 0)
		give_up(e, err);
}

/* ---- in turn ---------------------------------------------------------------------------------------- */

static void
tell(struct engine *e)
{
	struct learning is;

	fusion_learning(core_fusion(e->core), &is);
	if (is.adopted + is.frozen + is.incomplete + is.no_room > 0)
		record_baseline(e, &is);
}

void
learned_look(struct engine *e, struct now now)
{
	if (!e->learned.ready)
		return;
	if (now.wall.ms / DAY_MS != e->learned.day) {
		e->learned.day = now.wall.ms / DAY_MS;
		tell(e);
	}
	if (e->learned.fd < 0 && mono_since_ms(now.mono, e->learned.saved) < SAVE_MS)
		return;
	e->learned.saved = now.mono;
	save(e, PIECES_A_SECOND);
}

void
learned_fini(struct engine *e)
{
	if (!e->learned.ready)
		return;
	e->learned.ready = false;
	tell(e);
	if (e->learned.fd >= 0)		/* one that is half written is of another time */
		close(e->learned.fd);
	e->learned.fd = -1;
	save(e, UINT32_MAX);
}
