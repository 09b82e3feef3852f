/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine's process: takes its settings, becomes its user, opens the log, serves until told to
 * stop.
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/handover.h"
#include "base/lang.h"
#include "base/log.h"
#include "control/control.h"
#include "engine/engine.h"
#include "main/books.h"
#include "main/channel.h"
#include "main/hung.h"
#include "main/privileges.h"
#include "main/role.h"

struct engine_role {
	struct event_base *base;
	struct engine *engine;
	struct control *control;
	struct event *channel, *term, *turn;
};

static void
on_channel(evutil_socket_t fd, short what, void *arg)
{
	struct engine_role *r = arg;
	struct channel_message m;
	int passed, got = channel_receive(fd, &m, &passed);

	(void)what;
	if (got == -EAGAIN || got == -EINTR)
		return;
	if (got <= 0 || m.kind == CHANNEL_RELOAD) {
		/*
		 * The parent is gone, or starts an engine with new settings: what stands goes on
		 * standing.
		 */
		engine_leave(r->engine, got > 0);
		return;
	}
	if (m.kind == CHANNEL_REFUSED)
		engine_refused(r->engine, m.say);
	if (m.kind == CHANNEL_SENSOR && passed >= 0 && m.sensor < SENSORS_MAX)
		engine_sensor(r->engine, m.sensor, m.worker, passed);
	else if (m.kind == CHANNEL_MINER && passed >= 0)
		engine_miner(r->engine, passed);
	else if (passed >= 0)
		close(passed);
}

static void
on_term(evutil_socket_t sig, short what, void *arg)
{
	struct engine_role *r = arg;

	(void)sig;
	(void)what;
	engine_stop(r->engine);
}

/* Else the kernel ends it, and the parent starts another, which reads in the log what stands. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	alarm(HUNG_S);
}

static int
take_spec(struct engine_start *ret, struct engine_spec *spec)
{
	struct settings *s;
	int err = handover_unpack(FD_SPEC, spec, sizeof(*spec));

	close(FD_SPEC);
	if (err != 0)
		return err;
	s = malloc(sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	*s = spec->settings;
	ret->settings = s;
	ret->dry_run = spec->dry_run;
	ret->cause = spec->cause;
	ret->books = books_open(FD_BOOKS);
	ret->process = ret->books != NULL ? books_read : NULL;
	for (int i = 0; i < SENSORS_MAX; i++)
		ret->sensors[i] = -1;
	return 0;
}

static int
serve(struct engine_role *r, struct engine_start *start, struct diag *reterr)
{
	int err;

	start->base = r->base;
	err = engine_new(&r->engine, start, reterr);
	if (err != 0)
		return err;
	err = control_new(&r->control, r->base, r->engine, FD_SOURCE, reterr);
	if (err != 0)
		return err;
	r->channel = event_new(r->base, FD_CHANNEL, EV_READ | EV_PERSIST, on_channel, r);
	r->term = evsignal_new(r->base, SIGTERM, on_term, r);
	event_add(r->channel, NULL);
	r->turn = event_new(r->base, -1, EV_PERSIST, on_turn, NULL);
	event_add(r->term, NULL);
	event_add(r->turn, &(struct timeval){ .tv_sec = 1 });
	event_base_dispatch(r->base);
	alarm(0);
	return 0;
}

int
role_engine(void)
{
	struct engine_spec *spec = calloc(1, sizeof(*spec));
	struct engine_role r = { 0 };
	struct engine_start start = { 0 };
	struct diag diag = { 0 };
	int err = spec == NULL ? -ENOMEM : take_spec(&start, spec);

	log_open("seawalld", spec == NULL || spec->to_stderr);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);	/* from a terminal; the parent says when to stop */
	if (err == 0)
		err = privileges_drop(spec->uid, spec->gid, true, SIGTERM);
	free(spec);
	r.base = event_base_new();
	if (err == 0 && r.base != NULL)
		err = serve(&r, &start, &diag);
	if (err != 0)
		log_error(_("the engine cannot start: %s"),
		    diag.say[0] != '\0' ? diag.say : strerror(-err));
	control_free(r.control);
	engine_free(r.engine);
	if (r.channel != NULL)
		event_free(r.channel);
	if (r.term != NULL)
		event_free(r.term);
	if (r.turn != NULL)
		event_free(r.turn);
	event_base_free(r.base);
	return err != 0;
}
