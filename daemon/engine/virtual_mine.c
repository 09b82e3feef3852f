/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules mined from samples, in line: what the live engine has a process for takes no time here. */
#include "engine/virtual_inside.h"

#include <stdlib.h>
#include <string.h>

#define WISHES_A_STEP 4		/* as the live engine */

static bool
begin(struct virtual *v)
{
	if (v->samples != NULL)
		return true;
	v->task = calloc(1, sizeof(*v->task));
	if (v->task != NULL && mining_new(&v->mining) == 0 &&
	    samples_new(&v->samples, v->s, v->start.seed) == 0)
		return true;
	mine_fini(v);
	return false;
}

bool
mine_take(struct virtual *v, const struct sample_report *r, struct now now)
{
	if (!begin(v))
		return false;
	samples_take(v->samples, r, now);
	return true;
}

static void
see_incidents(struct virtual *v, struct now now)
{
	const struct incident *in;

	samples_begin(v->samples);
	for (unsigned i = 0; (in = virtual_incident(v, i)) != NULL && in->state != INCIDENT_CLOSED;
	     i++)
		samples_incident(v->samples, in);
	samples_end(v->samples, now);
}

void
mine_step(struct virtual *v, struct now now)
{
	struct mining_wish w;
	struct mined m;

	if (v->samples == NULL)
		return;
	see_incidents(v, now);
	for (int i = 0; i < WISHES_A_STEP && decide_wish(core_decide(v->core), now, &w); i++) {
		mining_task(v->task, &w, v->s);
		mining_draw(v->task, v->samples, now);
		mining_run(v->mining, v->task, &m);
		if (decide_mined(core_decide(v->core), &m, now))
			tell_mined(v, &m, now.wall);
	}
}

void
mine_fini(struct virtual *v)
{
	samples_free(v->samples);
	mining_free(v->mining);
	free(v->task);
	v->samples = NULL;
	v->mining = NULL;
	v->task = NULL;
}
