/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/connector.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/handover.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "main/privileges.h"
#include "main/role.h"
#include "sensor/dial.h"

#define ASKED_AT_ONCE 16	/* questions taken in one turn */

/* ---- the sensor's side --------------------------------------------------- */

int
connector_ask(int source, uint8_t tag)
{
	return send(source, &tag, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

int
connector_take(int source, struct connector_answer *ret, int *ret_fd)
{
	int err = handover_receive(source, ret, sizeof(*ret), ret_fd);

	if (err == 0)
		return -EPIPE;
	if (err == 1 && (ret->end >= DIAL_END_N || (ret->end == DIAL_OK) != (*ret_fd >= 0))) {
		if (*ret_fd >= 0)
			close(*ret_fd);
		return -EINVAL;
	}
	return err;
}

/* ---- the process --------------------------------------------------------- */

static void
answer(void *ctx, uint8_t tag, enum dial_end end, uint32_t us, int fd)
{
	const struct connector_answer a = { .tag = tag, .end = (uint8_t)end, .us = us };

	(void)ctx;
	handover_send(FD_SOURCE, &a, sizeof(a), fd);
	if (fd >= 0)
		close(fd);
}

static void
take_questions(struct dial *d)
{
	uint8_t tag;

	for (int i = 0; i < ASKED_AT_ONCE; i++) {
		if (recv(FD_SOURCE, &tag, 1, MSG_DONTWAIT) != 1)
			return;
		dial_begin(d, tag, clock_now().mono, answer, NULL);
	}
}

static _Noreturn void
serve(struct dial *d)
{
	for (;;) {
		struct pollfd wait[1 + DIALS_MAX] = { { .fd = FD_SOURCE, .events = POLLIN } };
		unsigned n = 1 + dial_wait(d, wait + 1);

		poll(wait, n, dial_timeout(d, clock_now().mono));
		if ((wait[0].revents & (POLLHUP | POLLERR)) != 0)
			_exit(0);
		dial_turn(d, clock_now().mono, answer, NULL);
		take_questions(d);
	}
}

static int
start(struct dial **ret)
{
	struct connector_spec spec;
	int err = handover_unpack(FD_SPEC, &spec, sizeof(spec));

	close(FD_SPEC);
	if (err == 0)
		err = privileges_drop(spec.uid, spec.gid, false, SIGKILL);
	/* One server that does not answer may not hold up the others for long. */
	setenv("RES_OPTIONS", "timeout:2 attempts:1", 0);
	if (err == 0)
		err = dial_new(ret, &spec.target, spec.limit_ms);
	if (err == 0)
		dial_warm_up();
	return err != 0 ? err : sandbox_connector(spec.target.port);
}

int
role_connector(void)
{
	struct dial *d;
	int err;

	log_open("seawalld", true);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	err = start(&d);
	if (err != 0) {
		log_error("a connector cannot start: %s", strerror(-err));
		return 1;
	}
	serve(d);
}
