/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parent: opens what the configuration names, starts the engine and one process a sensor, and
 * starts them again with a respite when they die.  Parses the configuration and nothing else.
 */
#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/handover.h"
#include "base/lang.h"
#include "base/log.h"
#include "config/load.h"
#include "main/channel.h"
#include "main/children.h"
#include "main/role.h"
#include "main/spawn.h"
#include "main/sources.h"

static void start_child(struct child *c);

static void
start_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	start_child(arg);
}

static void
retry(struct child *c)
{
	int64_t ms = respite_failed(&c->respite, clock_now().mono);
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	if (!c->parent->stopping)
		event_add(c->again, &tv);
}

const char *
child_name(const struct child *c)
{
	static char name[NAME_MAX_LEN + 32];

	if (c->role == CHILD_ENGINE)
		return "engine";
	if (c->role == CHILD_MINER)
		return "miner";
	if (c->role == CHILD_MESSENGER)
		return "messenger";
	snprintf(name, sizeof(name), "%s%s", c->role == CHILD_CONNECTOR ? "connector of " : "",
	    c->parent->settings->sensors[c->index].name);
	return name;
}

/* ---- engine -------------------------------------------------------------- */

static int
engine_spec_fd(const struct parent *p)
{
	struct engine_spec *spec = calloc(1, sizeof(*spec));
	int fd;

	if (spec == NULL)
		return -ENOMEM;
	spec->settings = *p->settings;
	spec->uid = p->uid;
	spec->gid = p->gid;
	spec->dry_run = p->dry_run;
	spec->to_stderr = p->foreground;
	spec->cause = p->cause;
	fd = handover_pack(spec, sizeof(*spec));
	free(spec);
	return fd;
}

static int
start_engine(struct child *c)
{
	struct parent *p = c->parent;
	int pair[2], spec, pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -errno;
	if (p->channel >= 0)
		close(p->channel);
	p->channel = pair[0];
	spec = engine_spec_fd(p);
	pid = spec < 0 ? spec : spawn_role("engine", "seawalld: engine",
		(const int[FD_N]){ pair[1], spec, c->source, p->books_fd, -1 });
	close(pair[1]);
	if (spec >= 0)
		close(spec);
	if (pid < 0)
		return pid;
	c->pid = pid;
	p->cause = (struct engine_cause){ .how = ENGINE_DIED };
	for (unsigned i = 0; i < CHILDREN_MAX; i++)
		sensor_tell_engine(&p->sensors[i]);
	return pid;
}

static const struct {
	bool (*is_wanted)(const struct child *c);
	pid_t (*start)(struct child *c);
} roles[] = {
	[CHILD_ENGINE] = { NULL, start_engine },
	[CHILD_SENSOR] = { sensor_is_wanted, sensor_start },
	[CHILD_CONNECTOR] = { connector_is_wanted, connector_start },
	[CHILD_MINER] = { NULL, miner_start },
	[CHILD_MESSENGER] = { messenger_is_wanted, messenger_start },
};

static void
start_child(struct child *c)
{
	int pid;

	if (c->parent->stopping ||
	    (roles[c->role].is_wanted != NULL && !roles[c->role].is_wanted(c)))
		return;
	pid = roles[c->role].start(c);
	respite_started(&c->respite, clock_now().mono);
	if (pid < 0) {
		log_warn(_("%s: cannot be started: %s"), child_name(c), strerror(-pid));
		retry(c);
		return;
	}
	c->pid = pid;
}

/* ---- what happens to them ------------------------------------------------ */

static struct child *
child_by_pid(struct parent *p, pid_t pid)
{
	if (p->engine.pid == pid)
		return &p->engine;
	if (p->miner.pid == pid)
		return &p->miner;
	if (p->messenger.pid == pid)
		return &p->messenger;
	for (unsigned i = 0; i < CHILDREN_MAX; i++)
		if (p->sensors[i].pid == pid)
			return &p->sensors[i];
	for (unsigned i = 0; i < SENSORS_MAX; i++)
		if (p->connectors[i].pid == pid)
			return &p->connectors[i];
	return NULL;
}

static void
child_died(struct child *c, int status)
{
	bool stopped = c->stopped;

	c->pid = 0;
	c->stopped = false;
	if (c->role == CHILD_ENGINE)
		c->parent->cause.status = status;
	if (c->parent->stopping)
		return;
	if (stopped) {
		start_child(c);
		return;
	}
	c->restarts++;
	if (WIFSIGNALED(status))
		log_warn(_("%s: killed by signal %d; it is started again"), child_name(c),
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_warn(_("%s: ended with status %d; it is started again"), child_name(c),
		    WEXITSTATUS(status));
	retry(c);
}

static void
on_child(evutil_socket_t sig, short what, void *arg)
{
	struct parent *p = arg;
	int status;
	pid_t pid;

	(void)sig;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct child *c = child_by_pid(p, pid);

		if (c != NULL)
			child_died(c, status);
	}
	if (p->stopping && p->engine.pid == 0)
		event_base_loopbreak(p->base);
}

static void
look_at(struct child *c)
{
	if (c->pid == 0 || !hung_look(&c->hung, c->pid))
		return;
	log_warn(_("%s: did not run for %d seconds; it is ended and started again"), child_name(c),
	    HUNG_S);
	c->hung = (struct hung){ 0 };
	kill(c->pid, SIGKILL);
}

/* Those of one sensor together. */
static void
book_sensor(struct parent *p, unsigned sensor)
{
	struct books_sum workers = { 0 }, connector = { 0 };

	for (unsigned w = 0; w < SENSOR_WORKERS_MAX; w++) {
		const struct child *c = &p->sensors[sensor * SENSOR_WORKERS_MAX + w];

		books_add(&workers, c->pid, c->restarts);
	}
	books_add(&connector, p->connectors[sensor].pid, p->connectors[sensor].restarts);
	books_write(p->books, BOOKS_SENSOR, sensor, &workers);
	books_write(p->books, BOOKS_CONNECTOR, sensor, &connector);
}

static void
keep_books(struct parent *p)
{
	const struct child *of[] = { [BOOKS_ENGINE] = &p->engine,
		[BOOKS_MINER] = &p->miner,
		[BOOKS_MESSENGER] = &p->messenger };
	struct books_sum sum = { 0 };

	if (p->books == NULL)
		return;
	books_add(&sum, getpid(), 0);
	books_write(p->books, BOOKS_PARENT, 0, &sum);
	for (enum books_role r = BOOKS_ENGINE; r <= BOOKS_MESSENGER; r++) {
		sum = (struct books_sum){ 0 };
		books_add(&sum, of[r]->pid, of[r]->restarts);
		books_write(p->books, r, 0, &sum);
	}
	for (unsigned i = 0; i < p->settings->sensors_n; i++)
		book_sensor(p, i);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;

	(void)fd;
	(void)what;
	look_at(&p->engine);
	look_at(&p->miner);
	look_at(&p->messenger);
	for (unsigned i = 0; i < CHILDREN_MAX; i++)
		look_at(&p->sensors[i]);
	keep_books(p);
}

static void
on_stop(evutil_socket_t sig, short what, void *arg)
{
	struct parent *p = arg;

	(void)sig;
	(void)what;
	p->stopping = true;
	if (p->engine.pid == 0)
		event_base_loopbreak(p->base);
	else
		kill(p->engine.pid, SIGTERM);
}

static void
stop_sensors(struct parent *p)
{
	for (unsigned i = 0; i < CHILDREN_MAX; i++)
		sensor_stop(&p->sensors[i]);
	for (unsigned i = 0; i < SENSORS_MAX; i++)
		connector_stop(&p->connectors[i]);
	sensors_close(p->settings);
}

/* Those whose old process is still there start when it is gone. */
static void
start_sensors(struct parent *p)
{
	for (unsigned i = 0; i < SENSORS_MAX; i++)
		if (p->connectors[i].pid == 0)
			start_child(&p->connectors[i]);
	for (unsigned i = 0; i < CHILDREN_MAX; i++)
		if (p->sensors[i].pid == 0)
			start_child(&p->sensors[i]);
}

static void
keep_old(const struct parent *p, const struct diag *diag)
{
	struct channel_message m = { .kind = CHANNEL_REFUSED };
	char why[1024];

	log_error(_("the new configuration is refused, the old one goes on: %s"),
	    diag_str(diag, why, sizeof(why)));
	snprintf(m.say, sizeof(m.say), "%.*s", (int)sizeof(m.say) - 1, why);
	channel_send(p->channel, &m, -1);
}

/* A new engine with the new settings replays the log: what stands goes on standing. */
static void
on_reload(evutil_socket_t sig, short what, void *arg)
{
	struct channel_message m = { .kind = CHANNEL_RELOAD };
	struct parent *p = arg;
	struct settings *s;
	struct diag diag;

	(void)sig;
	(void)what;
	if (config_load(&s, p->config, &diag) != 0) {
		keep_old(p, &diag);
		return;
	}
	/*
	 * an engine that cannot write its log would be started again and again, and the old one be
	 * gone
	 */
	if (sources_directories(s, p->uid, p->gid, &diag) != 0) {
		keep_old(p, &diag);
		free(s);
		return;
	}
	if (strcmp(s->control_socket, p->settings->control_socket) != 0 ||
	    strcmp(s->user, p->settings->user) != 0)
		log_warn(_("another control socket or user is taken only at the next start"));
	stop_sensors(p);
	messenger_stop(&p->messenger);
	free(p->settings);
	p->settings = s;
	p->cause.how = ENGINE_RELOADED;
	channel_send(p->channel, &m, -1);
	start_sensors(p);
	if (p->messenger.pid == 0)
		start_child(&p->messenger);
	log_info(_("the configuration was loaded again"));
}

/* ---- start --------------------------------------------------------------- */

static int
find_user(struct parent *p)
{
	struct passwd *pw;

	if (geteuid() != 0)
		return 0;
	pw = getpwnam(p->settings->user);
	if (pw == NULL) {
		log_error(
		    _("there is no user \"%s\" to run as: useradd --system %s, or set user in %s"),
		    p->settings->user, p->settings->user, p->config);
		return -ENOENT;
	}
	p->uid = pw->pw_uid;
	p->gid = pw->pw_gid;
	return 0;
}

static void
watch_signals(struct parent *p)
{
	static const struct {
		int sig;
		event_callback_fn handle;
	} rows[] = {
		{ SIGCHLD, on_child },
		{ SIGTERM, on_stop },
		{ SIGINT, on_stop },
		{ SIGHUP, on_reload },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		p->signals[i] = evsignal_new(p->base, rows[i].sig, rows[i].handle, p);
		event_add(p->signals[i], NULL);
	}
}

static void
watch_children(struct parent *p)
{
	int err = books_new(&p->books, &p->books_fd);

	if (err != 0)
		log_warn(_("memory and restarts of the processes cannot be told: %s"),
		    strerror(-err));
	p->look = event_new(p->base, -1, EV_PERSIST, on_look, p);
	event_add(p->look, &(struct timeval){ .tv_sec = HUNG_LOOK_S });
}

static void
init_child(struct parent *p, struct child *c, struct child of)
{
	*c = (struct child){ .parent = p,
		.role = of.role,
		.index = of.index,
		.worker = of.worker,
		.source = -1,
		.store = -1,
		.reports = -1,
		.reports_engine = -1,
		.supply = -1,
		.supply_sensor = -1 };
	c->again = evtimer_new(p->base, start_again, c);
}

static void
init_children(struct parent *p)
{
	init_child(p, &p->engine, (struct child){ .role = CHILD_ENGINE, .index = -1 });
	init_child(p, &p->miner, (struct child){ .role = CHILD_MINER, .index = -1 });
	init_child(p, &p->messenger, (struct child){ .role = CHILD_MESSENGER, .index = -1 });
	for (int i = 0; i < CHILDREN_MAX; i++)
		init_child(p, &p->sensors[i],
		    (struct child){ .role = CHILD_SENSOR,
			.index = i / SENSOR_WORKERS_MAX,
			.worker = (unsigned)i % SENSOR_WORKERS_MAX });
	for (int i = 0; i < SENSORS_MAX; i++)
		init_child(p, &p->connectors[i],
		    (struct child){ .role = CHILD_CONNECTOR, .index = i });
}

/* A worker takes six descriptors, and all that may be configured more than the usual soft limit. */
static void
raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		log_warn(_("the number of open files stays limited: %s"), strerror(errno));
}

static void
run(struct parent *p)
{
	raise_limit();
	init_children(p);
	p->engine.source = sources_control(p->settings, p->uid, p->gid);
	if (p->engine.source < 0) {
		log_error(_("%s: cannot listen: %s"), p->settings->control_socket,
		    strerror(-p->engine.source));
		return;
	}
	watch_signals(p);
	watch_children(p);
	start_child(&p->engine);
	start_child(&p->miner);
	start_sensors(p);
	start_child(&p->messenger);
	keep_books(p);
	event_base_dispatch(p->base);
	stop_sensors(p);
	miner_stop(&p->miner);
	messenger_stop(&p->messenger);
	for (unsigned i = 0; i < CHILDREN_MAX; i++)
		event_free(p->sensors[i].again);
	for (unsigned i = 0; i < SENSORS_MAX; i++)
		event_free(p->connectors[i].again);
	unlink(p->settings->control_socket);
	close(p->engine.source);
	event_free(p->engine.again);
	event_free(p->miner.again);
	event_free(p->messenger.again);
	event_free(p->look);
	for (size_t i = 0; i < sizeof(p->signals) / sizeof(*p->signals); i++)
		event_free(p->signals[i]);
}

int
role_parent(const char *config, bool foreground, bool dry_run)
{
	struct parent p = { .config = config,
		.foreground = foreground,
		.dry_run = dry_run,
		.channel = -1,
		.books_fd = -1 };
	struct diag diag;
	char why[1024];
	int err;

	log_open("seawalld", true);
	if (config_load(&p.settings, config, &diag) != 0) {
		log_error("%s", diag_str(&diag, why, sizeof(why)));
		return 2;
	}
	for (unsigned i = 0; i < p.settings->warnings_n; i++)
		log_warn("%s", p.settings->warnings[i]);
	err = find_user(&p);
	if (err == 0)
		err = sources_directories(p.settings, p.uid, p.gid, &diag);
	if (err != 0) {
		if (err != -ENOENT || p.uid != 0)
			log_error("%s", diag_str(&diag, why, sizeof(why)));
		free(p.settings);
		return 2;
	}
	if (!foreground && daemon(1, 0) != 0) {
		log_error(_("cannot go to the background: %s"), strerror(errno));
		return 1;
	}
	log_open("seawalld", foreground);
	p.base = event_base_new();
	if (p.base != NULL)
		run(&p);
	event_base_free(p.base);
	free(p.settings);
	return p.stopping ? 0 : 1;
}
