/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Samples of the traffic: what sensors drew goes to the open incidents and to the reference
 * (samples/), which is kept over a restart as STATE_REFERENCE in the state directory.
 */
#include "engine/state.h"

#include "base/lang.h"
#include "base/log.h"

_Static_assert(KEPT_PIECE >= SAMPLES_PIECE, "a piece has room");

static size_t
piece(void *of, uint64_t *pos, void *buf, size_t size)
{
	return samples_save(of, pos, buf, size);
}

static int
load(void *of, const void *buf, size_t len, struct diag *reterr)
{
	return samples_load(of, buf, len, clock_now(), reterr);
}

int
drawn_new(struct engine *e, uint64_t seed)
{
	char path[PATH_MAX_LEN + 32];
	struct diag why = { 0 };
	int err = samples_new(&e->samples, e->settings, seed);

	if (err != 0 || e->settings->state_directory[0] == '\0')
		return err;
	e->reference = (struct kept_file){
		.directory = e->settings->state_directory, .file = STATE_REFERENCE,
		.piece = piece, .load = load, .of = e->samples, .max = samples_file_max(e->samples),
		.not_saved = &e->counters[COUNTER_REFERENCE_NOT_SAVED],
	};
	if (kept_load(&e->reference, clock_now().mono, path, &why) == 0)
		return 0;
	e->counters[COUNTER_REFERENCE_DAMAGED]++;
	log_warn(_("%s is damaged (%s): what comes in peace is sampled anew"), path,
	    lang_text(why.say));
	return 0;
}

void
drawn_step(struct engine *e, struct now now)
{
	const struct incident *in;

	samples_begin(e->samples);
	for (unsigned i = 0; (in = decide_incident(core_decide(e->core), i)) != NULL &&
	     in->state != INCIDENT_CLOSED; i++)
		samples_incident(e->samples, in);
	samples_end(e->samples, now);
}

void
drawn_free(struct engine *e)
{
	kept_fini(&e->reference);
	samples_free(e->samples);
	e->samples = NULL;
}
