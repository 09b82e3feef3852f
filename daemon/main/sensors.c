/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sensors' processes: their descriptors, which outlive them, and what only the parent may do
 * for them.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/handover.h"
#include "base/lang.h"
#include "base/log.h"
#include "engine/engine.h"
#include "main/channel.h"
#include "main/children.h"
#include "main/kind.h"
#include "main/role.h"
#include "main/sources.h"

#define REPORTS_ROOM (4 << 20)	/* bytes of reports that may wait for the engine */
#define RENEW_MS 1000

static const struct sensor_settings *
settings_of(const struct child *c)
{
	return &c->parent->settings->sensors[c->index];
}

static const struct kind *
kind_of_child(const struct child *c)
{
	return kind_of(settings_of(c)->type);
}

bool
sensor_is_wanted(const struct child *c)
{
	const struct kind *k;

	if ((unsigned)c->index >= c->parent->settings->sensors_n)
		return false;
	k = kind_of_child(c);
	if (k == NULL)
		return false;
	return c->worker <
	    (k->workers != NULL ? k->workers(settings_of(c)) : settings_of(c)->workers);
}

void
sensors_close(const struct settings *s)
{
	for (unsigned i = 0; i < s->sensors_n; i++) {
		const struct kind *k = kind_of(s->sensors[i].type);

		if (k != NULL && k->close != NULL)
			k->close(&s->sensors[i]);
	}
}

static int
sensor_spec_fd(const struct child *c)
{
	const struct settings *s = c->parent->settings;
	const struct sensor_settings *of = settings_of(c);
	struct sensor_spec spec = {
		.sensor = (uint16_t)c->index, .worker = (uint16_t)c->worker, .settings = *of,
		.prefixes_n = s->prefixes_n, .links_n = s->links_n,
		.uid = c->parent->uid, .gid = c->parent->gid
	};

	memcpy(spec.prefixes, s->prefixes, sizeof(spec.prefixes));
	memcpy(spec.links, s->links, sizeof(spec.links));
	spec.sums_n = settings_sums(s, spec.sums);
	if (spec.sums_n > SUMS_MAX)	/* the configuration says so */
		spec.sums_n = SUMS_MAX;
	if (of->link >= 0)
		spec.capacity_bps = s->links[of->link].capacity_bps;
	engine_floors(s, spec.floor);
	return handover_pack(&spec, sizeof(spec));
}

void
sensor_tell_engine(const struct child *c)
{
	struct channel_message m = {
		.kind = CHANNEL_SENSOR, .sensor = (uint16_t)c->index, .worker = (uint16_t)c->worker
	};

	if (c->parent->engine.pid != 0 && c->reports_engine >= 0)
		channel_send(c->parent->channel, &m, c->reports_engine);
}

static void
close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int
open_pair(int *ret_ours, int *ret_theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return -errno;
	*ret_ours = pair[0];
	*ret_theirs = pair[1];
	return 0;
}

static int
open_source(struct child *c)
{
	struct diag diag;

	if (kind_of_child(c)->connects)
		return connector_pair(c);
	if (c->source < 0)
		c->source = kind_of_child(c)->open(settings_of(c), c->worker, &diag);
	if (c->source < 0)
		log_warn("%s: %s", child_name(c), diag.say);
	return c->source < 0 ? c->source : 0;
}

/* The source and the channels outlive the process: what waits in them is not lost. */
static int
open_sensor(struct child *c)
{
	int err = open_source(c);

	if (err != 0 || c->reports >= 0)
		return err;
	/* what an attempt before has opened that failed in the end */
	close_one(&c->store);
	close_one(&c->supply);
	close_one(&c->supply_sensor);
	if (kind_of_child(c)->stores)
		c->store = sources_store(c->parent->settings, (unsigned)c->index, c->worker,
		    c->parent->uid, c->parent->gid);
	if (kind_of_child(c)->stores && c->store < 0)
		log_warn(_("%s: what it learns is not kept: %s"), child_name(c),
		    strerror(-c->store));
	err = open_pair(&c->supply, &c->supply_sensor);
	if (err == 0)
		err = open_pair(&c->reports, &c->reports_engine);
	if (err != 0)
		return err;
	setsockopt(c->reports, SOL_SOCKET, SO_SNDBUFFORCE, &(int){ REPORTS_ROOM }, sizeof(int));
	sensor_tell_engine(c);
	return 0;
}

static void
send_supply(struct child *c, int fd)
{
	struct channel_message m = {
		.kind = CHANNEL_SUPPLY, .sensor = (uint16_t)c->index, .worker = (uint16_t)c->worker
	};

	channel_send(c->supply, &m, fd);
}

/* The second source is opened anew for each process: it keeps no state that could be lost. */
static void
supply_more(struct child *c)
{
	const struct kind *k = kind_of_child(c);
	struct diag diag;
	int fd;

	if (k->open_more == NULL)
		return;
	fd = k->open_more(settings_of(c), c->worker, &diag);
	if (fd >= 0) {
		send_supply(c, fd);
		close(fd);
	} else if (fd != -ENOENT) {
		log_warn("%s: %s", child_name(c), diag.say);
	}
}

static void
on_ask(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	if (c->pid != 0 && c->source >= 0)
		kind_of_child(c)->ask(settings_of(c), c->source, c->asked++);
}

static void
on_renew(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;
	int next;

	(void)fd;
	(void)what;
	if (c->pid == 0 || c->source < 0)
		return;
	next = kind_of_child(c)->renew(settings_of(c), c->worker, c->source);
	if (next < 0)
		return;
	send_supply(c, next);
	close(c->source);
	c->source = next;
}

static void
start_timers(struct child *c)
{
	const struct kind *k = kind_of_child(c);
	unsigned ms = k->ask_ms != NULL ? k->ask_ms(settings_of(c))
	    : (unsigned)settings_of(c)->every_ms;
	struct timeval ask = { ms / 1000, ms % 1000 * 1000 };
	struct timeval renew = { RENEW_MS / 1000, RENEW_MS % 1000 * 1000 };

	if (k->ask != NULL && c->ask == NULL) {
		c->ask = event_new(c->parent->base, -1, EV_PERSIST, on_ask, c);
		event_add(c->ask, &ask);
	}
	if (k->renew != NULL && c->renew == NULL) {
		c->renew = event_new(c->parent->base, -1, EV_PERSIST, on_renew, c);
		event_add(c->renew, &renew);
	}
}

pid_t
sensor_start(struct child *c)
{
	char title[96];
	int spec, pid, err = open_sensor(c);

	if (err < 0)
		return err;
	spec = sensor_spec_fd(c);
	if (spec < 0)
		return spec;
	snprintf(title, sizeof(title), "seawalld: sensor %s", child_name(c));
	pid = spawn_role("sensor", title, (const int[FD_N]){ c->reports, spec, c->source,
		c->supply_sensor, c->store });
	close(spec);
	if (pid < 0)
		return pid;
	supply_more(c);
	start_timers(c);
	return pid;
}

static void
free_timer(struct event **ev)
{
	if (*ev != NULL)
		event_free(*ev);
	*ev = NULL;
}

void
sensor_stop(struct child *c)
{
	c->stopped = c->pid != 0;
	if (c->stopped)
		kill(c->pid, SIGKILL);
	event_del(c->again);
	free_timer(&c->ask);
	free_timer(&c->renew);
	close_one(&c->source);
	close_one(&c->store);
	close_one(&c->reports);
	close_one(&c->reports_engine);
	close_one(&c->supply);
	close_one(&c->supply_sensor);
}
