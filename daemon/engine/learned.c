/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is usual, over a restart: fusion learns it and makes bytes of it, here they are kept as
 * STATE_USUAL in the state directory.  What changed is told in the log once a day.
 */
#include "engine/state.h"

#include "base/lang.h"
#include "base/log.h"

#define DAY_MS 86400000

_Static_assert(KEPT_PIECE >= FUSION_PIECE, "a piece has room");

static size_t
piece(void *of, uint64_t *pos, void *buf, size_t size)
{
	return fusion_learned_save(of, pos, buf, size);
}

static int
load(void *of, const void *buf, size_t len, struct diag *reterr)
{
	return fusion_learned_load(of, buf, len, reterr);
}

void
learned_load(struct engine *e)
{
	char path[PATH_MAX_LEN + 32];
	struct diag why = { 0 };

	e->learned_day = clock_now().wall.ms / DAY_MS;
	if (e->core == NULL || !fusion_learns(core_fusion(e->core)) ||
	    e->settings->state_directory[0] == '\0')
		return;
	e->learned = (struct kept_file){
		.directory = e->settings->state_directory, .file = STATE_USUAL,
		.piece = piece, .load = load, .of = core_fusion(e->core), .max = FUSION_LEARNED_MAX,
		.not_saved = &e->counters[COUNTER_BASELINES_NOT_SAVED],
	};
	if (kept_load(&e->learned, clock_now().mono, path, &why) == 0)
		return;
	e->counters[COUNTER_BASELINES_DAMAGED]++;
	log_warn(_("%s is damaged (%s): what is usual is learned anew"), path, lang_text(why.say));
	record_baseline_lost(e, why.say);
}

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
	if (now.wall.ms / DAY_MS != e->learned_day) {
		e->learned_day = now.wall.ms / DAY_MS;
		tell(e);
	}
	kept_look(&e->learned, now.mono);
}

void
learned_fini(struct engine *e)
{
	if (e->learned.ready)
		tell(e);
	kept_fini(&e->learned);
}
