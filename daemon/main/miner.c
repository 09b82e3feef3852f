/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The process that mines rules from samples for the engine: a task is a sealed memory file, the
 * answer one message. It has no file and no network, takes its memory at the start, and is ended by
 * its own alarm when it turns in circles; the engine goes on without it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/handover.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "engine/engine.h"
#include "engine/mining.h"
#include "main/privileges.h"
#include "main/role.h"

#define TURN_MS 1000		/* it shows the parent so often that it lives */

struct work {
	struct mining *mining;
	struct mining_task *task;
};

/* Nothing of a task that cannot be read is answered: the engine does not wait for long. */
static void
take(const struct work *w)
{
	struct miner_question q;
	struct miner_answer a = { 0 };
	mono_t begun;
	int task, got = handover_receive(FD_CHANNEL, &q, sizeof(q), &task);

	if (got == 0)
		_exit(0);
	if (got < 0 || task < 0)
		return;
	got = handover_unpack(task, w->task, sizeof(*w->task));
	close(task);
	if (got != 0)
		return;
	begun = clock_now().mono;
	alarm(MINED_TIMEOUT_MS / 1000);
	mining_run(w->mining, w->task, &a.mined);
	alarm(0);
	a.serial = q.serial;
	a.mined.seconds = (double)mono_since_ms(clock_now().mono, begun) / 1000;
	send(FD_CHANNEL, &a, sizeof(a), MSG_NOSIGNAL);	/* the call that the sandbox leaves */
}

static _Noreturn void
serve(const struct work *w)
{
	struct pollfd wait = { .fd = FD_CHANNEL, .events = POLLIN };

	for (;;)
		if (poll(&wait, 1, TURN_MS) > 0)
			take(w);
}

static int
start(struct work *w)
{
	struct miner_spec spec;
	int err = handover_unpack(FD_SPEC, &spec, sizeof(spec));

	close(FD_SPEC);
	if (err == 0)
		err = privileges_drop(spec.uid, spec.gid, false, SIGKILL);
	w->task = calloc(1, sizeof(*w->task));
	if (err == 0)
		err = w->task == NULL ? -ENOMEM : mining_new(&w->mining);
	return err != 0 ? err : sandbox_enter(SANDBOX_SENSOR);
}

int
role_miner(void)
{
	struct work w = { 0 };
	int err;

	log_open("seawalld", true);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	err = start(&w);
	if (err != 0) {
		log_error("the miner cannot start: %s", strerror(-err));
		return 1;
	}
	serve(&w);
}
