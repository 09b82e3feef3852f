/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules mined from samples: decide's wishes go to the process that mines (main/miner.c), one at a
 * time, and its answers are written down and given to decide.  Nothing waits for it: who does not
 * answer, or answers what cannot be, is left, and another one comes.
 */
#include "engine/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/handover.h"
#include "base/resident.h"

#define WISHES_A_STEP 4		/* looked at; most have no samples worth a question */

static void
detach(struct miner *m)
{
	if (m->readable != NULL)
		event_free(m->readable);
	if (m->fd >= 0)
		close(m->fd);
	m->readable = NULL;
	m->fd = -1;
	m->busy = false;
}

static void
tell(struct engine *e, const struct mined *m)
{
	if (decide_mined(core_decide(e->core), m, clock_now()))
		record_mined(e, m);
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct engine *e = arg;
	struct miner_answer a;
	int none, got = handover_receive(fd, &a, sizeof(a), &none);

	(void)what;
	if (got == -EAGAIN || got == -EINTR)
		return;
	if (got <= 0) {
		detach(&e->miner);
		return;
	}
	if (none >= 0)
		close(none);
	if (!e->miner.busy || a.serial != e->miner.serial ||
	    !mining_believe(e->miner.task, &a.mined)) {
		e->counters[COUNTER_MINED_REFUSED]++;
		detach(&e->miner);
		return;
	}
	e->miner.busy = false;
	e->counters[COUNTER_MINED]++;
	tell(e, &a.mined);
}

void
miner_init(struct engine *e)
{
	e->miner.fd = -1;
}

void
engine_miner(struct engine *e, int fd)
{
	detach(&e->miner);
	if (e->miner.task == NULL)
		e->miner.task = resident_new(sizeof(*e->miner.task));
	if (e->miner.task == NULL) {
		close(fd);
		return;
	}
	e->miner.fd = fd;
	e->miner.readable = event_new(e->base, fd, EV_READ | EV_PERSIST, on_answer, e);
	event_add(e->miner.readable, NULL);
}

static int
ask(struct engine *e, struct now now)
{
	struct miner_question q = { .serial = ++e->miner.serial };
	int err, fd = handover_pack(e->miner.task, sizeof(*e->miner.task));

	if (fd < 0)
		return fd;
	err = handover_send(e->miner.fd, &q, sizeof(q), fd);
	close(fd);
	e->miner.busy = err == 0;
	e->miner.asked = now.mono;
	return err;
}

void
miner_look(struct engine *e, struct now now)
{
	struct mining_wish w;

	if (e->miner.busy && mono_since_ms(now.mono, e->miner.asked) >= MINED_TIMEOUT_MS) {
		e->counters[COUNTER_MINING_LATE]++;
		detach(&e->miner);
	}
	for (int i = 0; i < WISHES_A_STEP && e->miner.fd >= 0 && !e->miner.busy; i++) {
		struct mined early = { .early = true };

		if (!decide_wish(core_decide(e->core), now, &w))
			return;
		memcpy(early.incident, w.incident, sizeof(early.incident));
		mining_task(e->miner.task, &w, e->settings);
		mining_draw(e->miner.task, e->samples, now);
		if (!mining_worth(e->miner.task))
			tell(e, &early);
		else if (ask(e, now) != 0)
			detach(&e->miner);
	}
}

void
miner_fini(struct engine *e)
{
	detach(&e->miner);
	free(e->miner.task);
}
