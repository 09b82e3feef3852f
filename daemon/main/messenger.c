/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The messenger's process: follows the log, which it can only read, and tells people what is in it.
 * Nobody waits for it; what it was telling when it died is in its directory, and the next one goes on there.
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/follower.h"
#include "base/handover.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "main/hung.h"
#include "main/privileges.h"
#include "main/role.h"

#define LOOK_MS 500		/* between two looks at the log's end */
#define RECORDS_A_TURN 500	/* then others have their turn */

struct messenger {
	struct messenger_spec *spec;	/* owned */
	struct event_base *base;
	struct event *term, *look;
	struct follower *log;		/* NULL: it cannot be read now */
};

/* ---- the log ---------------------------------------------------------------------------------------- */

static void
follow(struct messenger *m)
{
	struct diag why = { 0 };

	if (m->log == NULL)
		follower_open(&m->log, m->spec->settings.audit_directory, NULL, &why);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct timeval again = { .tv_usec = LOOK_MS * 1000 };
	struct messenger *m = arg;
	int got = 1;

	(void)fd;
	(void)what;
	alarm(HUNG_S);
	follow(m);
	for (int i = 0; m->log != NULL && i < RECORDS_A_TURN && got > 0; i++)
		got = follower_next(m->log, NULL, NULL);
	if (got > 0)
		again.tv_usec = 0;
	event_add(m->look, &again);
}

/* ---- start ------------------------------------------------------------------------------------------ */

static void
on_term(evutil_socket_t sig, short what, void *arg)
{
	struct messenger *m = arg;

	(void)sig;
	(void)what;
	event_base_loopbreak(m->base);
}

static int
take_spec(struct messenger *m)
{
	int err;

	m->spec = calloc(1, sizeof(*m->spec));
	err = m->spec == NULL ? -ENOMEM : handover_unpack(FD_SPEC, m->spec, sizeof(*m->spec));
	close(FD_SPEC);
	return err;
}

/* What names are resolved with, who is trusted, what times are in, and our own words. */
static int
enter_sandbox(const struct settings *s)
{
	const char *const readable[] = { s->audit_directory, s->messages.templates, "/etc", "/usr/share/zoneinfo",
		"/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/run/systemd/resolve",
		"/run/resolvconf", "/run/NetworkManager", LOCALEDIR, NULL };
	const char *const writable[] = { s->messages.state, s->page.directory, NULL };
	int files = 0, err = sandbox_messenger(readable, writable, &files);

	if (err == 0 && files != 0)
		log_warn(_("this kernel has no Landlock: the messenger could write wherever its user can"));
	/* the sandbox is without a zone; people read the organisation's time */
	if (err == 0)
		setenv("TZ", s->organization.time_zone, 1);
	return err;
}

static int
start(struct messenger *m)
{
	const struct messenger_spec *spec = m->spec;
	int err = privileges_drop(spec->uid, spec->gid, false, SIGTERM);

	if (err == 0) {
		m->base = event_base_new();
		err = m->base == NULL ? -ENOMEM : 0;
	}
	if (err == 0)
		err = enter_sandbox(&spec->settings);
	return err;
}

static void
serve(struct messenger *m)
{
	m->term = evsignal_new(m->base, SIGTERM, on_term, m);
	m->look = evtimer_new(m->base, on_look, m);
	event_add(m->term, NULL);
	event_active(m->look, 0, 0);
	event_base_dispatch(m->base);
	alarm(0);
}

static void
finish(struct messenger *m)
{
	follower_close(m->log);
	if (m->term != NULL)
		event_free(m->term);
	if (m->look != NULL)
		event_free(m->look);
	if (m->base != NULL)
		event_base_free(m->base);
	if (m->spec != NULL)
		explicit_bzero(m->spec, sizeof(*m->spec));
	free(m->spec);
}

int
role_messenger(void)
{
	struct messenger m = { 0 };
	int err = take_spec(&m);

	log_open("seawalld", m.spec == NULL || m.spec->to_stderr);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	if (err == 0)
		err = start(&m);
	if (err != 0)
		log_error(_("the messenger cannot start: %s"), strerror(-err));
	else
		serve(&m);
	finish(&m);
	return err != 0;
}
