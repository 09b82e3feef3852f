/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parent's side of the processes that connect for polled sensors. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/handover.h"
#include "base/log.h"
#include "main/children.h"
#include "main/connector.h"
#include "main/kind.h"
#include "main/role.h"
#include "main/visit.h"

static const struct sensor_settings *
settings_of(const struct child *c)
{
	return &c->parent->settings->sensors[c->index];
}

bool
connector_is_wanted(const struct child *c)
{
	const struct kind *k;

	if ((unsigned)c->index >= c->parent->settings->sensors_n)
		return false;
	k = kind_of(settings_of(c)->type);
	return k != NULL && k->connects;
}

/*
 * It outlives both processes: either is started again without the other noticing more than silence.
 */
int
connector_pair(struct child *sensor)
{
	struct child *connector = &sensor->parent->connectors[sensor->index];
	int pair[2];

	if (sensor->source >= 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return -errno;
	sensor->source = pair[0];
	connector->source = pair[1];
	return 0;
}

static int
spec_fd(const struct child *c)
{
	struct connector_spec spec = {
		.limit_ms = visits_dial_ms(settings_of(c)),
		.uid = c->parent->uid, .gid = c->parent->gid
	};
	struct diag diag;
	int err = target_parse(&spec.target, settings_of(c)->source, &diag);

	if (err != 0) {
		log_warn("%s: %s", child_name(c), diag.say);
		return err;
	}
	return handover_pack(&spec, sizeof(spec));
}

pid_t
connector_start(struct child *c)
{
	char title[96];
	int spec, pid, err = connector_pair(&c->parent->sensors[c->index * SENSOR_WORKERS_MAX]);

	if (err != 0)
		return err;
	spec = spec_fd(c);
	if (spec < 0)
		return spec;
	snprintf(title, sizeof(title), "seawalld: %s", child_name(c));
	pid = spawn_role("connector", title, (const int[FD_N]){ -1, spec, c->source, -1, -1 });
	close(spec);
	return pid;
}

void
connector_stop(struct child *c)
{
	c->stopped = c->pid != 0;
	if (c->stopped)
		kill(c->pid, SIGKILL);
	event_del(c->again);
	if (c->source >= 0)
		close(c->source);
	c->source = -1;
}
