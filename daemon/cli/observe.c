/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/observe.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/units.h"
#include "cli/child.h"
#include "cli/cli.h"
#include "cli/stage.h"
#include "config/load.h"
#include "sensor/capture.h"
#include "sensor/udp.h"

#define SOURCES_MAX (INTERFACES_MAX + OBSERVE_PORTS_MAX)
#define CONF_MAX 16384

struct source {
	struct observing *all;
	struct stage *stage;
	struct stage_sink sink;
	int fd;
	struct capture *capture;	/* of packets, else NULL */
	struct udp *udp;
	unsigned port;			/* which of them */
};

struct observing {
	struct observed *o;		/* shared with the parent */
	struct settings *s;
	int64_t ms;
	struct levels *packets, *flows;
	struct now start, now;
	unsigned n;
	struct source sources[SOURCES_MAX];
	struct pollfd fds[SOURCES_MAX];
};

static volatile sig_atomic_t interrupted;

static void
interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* ---- what comes ---------------------------------------------------------- */

static void
take_exporter(struct source *src, const struct exporter_report *r)
{
	struct observed *o = src->all->o;
	struct observe_exporter *e = o->exporters;

	while (e < o->exporters + o->exporters_n &&
	    (e->port != observe_ports[src->port] || !prefix_eq(&e->address, &r->exporter)))
		e++;
	if (e == o->exporters + OBSERVE_EXPORTERS_MAX)
		return;
	if (e == o->exporters + o->exporters_n)
		o->exporters_n++;
	*e = (struct observe_exporter){ .address = r->exporter, .port = observe_ports[src->port],
		.protocol = r->protocol };
}

static void
take_report(void *ctx, const struct sensor_report *r)
{
	struct source *src = ctx;

	if (r->kind == REPORT_OBSERVATION && src->capture != NULL)
		levels_add(src->all->packets, &r->observation);
	else if (r->kind == REPORT_OBSERVATION && src->all->o->trusted_n > 0)
		levels_add(src->all->flows, &r->observation);
	else if (r->kind == REPORT_EXPORTER)
		take_exporter(src, &r->exporter);
}

static void
take_flows(void *ctx, const struct flow *f, unsigned n)
{
	(void)ctx, (void)f, (void)n;
}

static void
take_block(void *ctx, struct capture_block *b)
{
	struct source *src = ctx;
	struct now when = src->all->now;
	struct capture_frame frame;

	if (b->last_ms < when.wall.ms)
		when.wall.ms = b->last_ms;
	while (capture_next(b, &frame))
		stage_packet(src->stage, rd_of(frame.bytes, frame.caplen), frame.ethernet,
		    frame.len, when);
}

static void
take_datagram(void *ctx, const struct prefix *exporter, const void *buf, size_t len)
{
	struct source *src = ctx;

	stage_datagram(src->stage, exporter, rd_of(buf, len), src->all->now);
}

static void
read_source(struct source *src)
{
	if (src->capture != NULL)
		capture_poll(src->capture, take_block, src);
	else
		udp_read(src->udp, UDP_BATCH, take_datagram, src);
	stage_tick(src->stage, src->all->now);
}

/* ---- the child ----------------------------------------------------------- */

static bool
more_seen(const struct levels_seen *a, const struct levels_seen *b)
{
	return a->of[LEVEL_ALL][LEVEL_BPS].most > b->of[LEVEL_ALL][LEVEL_BPS].most;
}

static void
see(struct observing *ob)
{
	ob->o->seconds = mono_since_ms(ob->now.mono, ob->start.mono) / 1000;
	levels_see(ob->packets, ob->now.wall, &ob->o->packets);
	levels_see(ob->flows, ob->now.wall, &ob->o->flows);
}

static void
progress(struct observing *ob)
{
	const struct levels_seen *seen;
	char past[32], whole[32], rate[32];

	see(ob);
	seen = more_seen(&ob->o->flows, &ob->o->packets) ? &ob->o->flows : &ob->o->packets;
	fputc('\r', stderr);
	fprintf(stderr,
	    _("%1$s of %2$s, the most to one host: %3$s (Ctrl-C ends it and goes on)   "),
	    units_duration_str(ob->o->seconds * 1000, past, sizeof(past)),
	    units_duration_str(ob->ms, whole, sizeof(whole)),
	    units_rate_str(seen->of[LEVEL_HOST][LEVEL_BPS].most, "bit/s", rate, sizeof(rate)));
}

static void
watch(struct observing *ob, bool watched)
{
	int64_t told = 0;

	while (!interrupted && mono_since_ms(ob->now.mono, ob->start.mono) < ob->ms) {
		poll(ob->fds, ob->n, STAGE_TICK_MS);
		ob->now = clock_now();
		for (unsigned i = 0; i < ob->n; i++)
			read_source(&ob->sources[i]);
		if (!watched || mono_since_ms(ob->now.mono, ob->start.mono) / 5000 == told)
			continue;
		told = mono_since_ms(ob->now.mono, ob->start.mono) / 5000;
		progress(ob);
	}
	if (watched)
		fputc('\n', stderr);
}

static int
child(void *ctx)
{
	struct observing *ob = ctx;
	struct sigaction on_interrupt = { .sa_handler = interrupt };
	unsigned seconds = (unsigned)(ob->ms / 1000) + 2;
	bool watched = isatty(STDERR_FILENO) != 0;

	sigaction(SIGINT, &on_interrupt, NULL);
	sigaction(SIGTERM, &on_interrupt, NULL);
	ob->start = ob->now = clock_now();
	if (levels_new(&ob->packets, ob->start.wall, seconds) != 0 ||
	    levels_new(&ob->flows, ob->start.wall, seconds) != 0)
		return cli_fail(CLI_USAGE, "%s", strerror(ENOMEM));
	if (child_sandbox("init", SANDBOX_SENSOR) != 0)
		return CLI_USAGE;
	watch(ob, watched);
	see(ob);
	return CLI_DONE;
}

/* ---- the parent: what is opened ------------------------------------------ */

/* Thresholds so low that nothing that matters is below a tenth of them. */
static const char floors[] =
    "policies = ( { name = \"all\"; subject = \"host\"; signals = (\n"
    "  { metric = \"bps\"; above = \"500kbit\"; points = 1; }, { metric = \"pps\"; above = \"500\"; points = 1; },\n"
    "  { metric = \"syn_pps\"; above = \"100\"; points = 1; }, { metric = \"fps\"; above = \"100\"; points = 1; } );\n"
    "  ladder = ( { step = \"watch\"; at = 1; } ); } );\n";

static int
make_settings(struct observing *ob, const struct prefix *own, unsigned own_n, struct diag *reterr)
{
	char p[PREFIX_STRLEN];
	struct text t;
	int err;

	text_init(&t, CONF_MAX);
	text_add(&t, "prefixes = (");
	for (unsigned i = 0; i < own_n && i < PREFIXES_MAX; i++)
		text_printf(&t, "%s \"%s\"", i > 0 ? "," : "", prefix_str(&own[i], p));
	text_add(&t, " );\nsensors = (\n");
	for (unsigned i = 0; i < ob->o->interfaces_n; i++)
		text_printf(&t, "  { name = \"i%u\"; type = \"packet\"; interface = \"%s\"; },\n",
		    i, ob->o->interfaces[i].name);
	for (unsigned i = 0; i < OBSERVE_PORTS_MAX; i++)
		text_printf(&t,
		    "  { name = \"p%u\"; type = \"flow\"; listen = \"[::]:%u\"; }%s\n", i,
		    observe_ports[i], i + 1 < OBSERVE_PORTS_MAX ? "," : "");
	text_printf(&t, ");\nrouters = ( { name = \"none\"; } );\n%s", floors);
	err = text_ok(&t) ? config_load_text(&ob->s, text_str(&t), t.len, "init", reterr)
			  : diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	text_fini(&t);
	return err;
}

/*
 * Those who are named; else whoever sends, to find out who that is.  What strangers claim is then
 * measured by nobody (take_report()): thresholds made of it would be theirs.
 */
static void
hear(struct sensor_settings *of, const struct observed *o)
{
	const uint8_t any[16] = { 0 };

	if (o->trusted_n > 0) {
		memcpy(of->exporters, o->trusted, sizeof(o->trusted));
		of->exporters_n = o->trusted_n;
		return;
	}
	of->exporters[0] = prefix_of(4, any, 0);
	of->exporters[1] = prefix_of(6, any, 0);
	of->exporters_n = 2;
}

static struct source *
add_source(struct observing *ob, unsigned sensor, int fd)
{
	struct source *src = &ob->sources[ob->n];

	*src = (struct source){ .all = ob, .fd = fd };
	src->sink = (struct stage_sink){ .report = take_report, .flows = take_flows, .ctx = src };
	if (stage_new(&src->stage, ob->s, sensor, &src->sink) != 0) {
		close(fd);
		return NULL;
	}
	ob->fds[ob->n] = (struct pollfd){ .fd = fd, .events = POLLIN };
	ob->n++;
	return src;
}

static void
drop_source(struct observing *ob)
{
	struct source *last = &ob->sources[--ob->n];

	stage_free(last->stage);
	close(last->fd);
}

static void
open_interface(struct observing *ob, unsigned i)
{
	struct observe_interface *of = &ob->o->interfaces[i];
	struct source *src;
	struct diag why = { 0 };
	int fd = capture_open(of->name, 1, &why);

	if (fd < 0) {
		snprintf(of->why, sizeof(of->why), "%.120s", why.say);
		return;
	}
	src = add_source(ob, i, fd);
	if (src == NULL)
		return;
	if (capture_map(&src->capture, fd) != 0) {
		snprintf(of->why, sizeof(of->why), "%s", strerror(ENOMEM));
		drop_source(ob);
	}
}

static void
open_port(struct observing *ob, unsigned i)
{
	static const struct prefix any4 = { .family = 4, .len = 32 };
	struct sensor_settings *of = &ob->s->sensors[ob->o->interfaces_n + i];
	struct source *src;
	int fd;

	hear(of, ob->o);
	/* Of both families, where the kernel has both. */
	fd = udp_bind(&of->listen, of->port, false, NULL);
	if (fd == -EAFNOSUPPORT)
		fd = udp_bind(&any4, of->port, false, NULL);
	if (fd < 0) {
		ob->o->taken |= fd == -EADDRINUSE ? 1u << i : 0;
		return;
	}
	src = add_source(ob, ob->o->interfaces_n + i, fd);
	if (src == NULL)
		return;
	src->port = i;
	if (udp_new(&src->udp, fd, of->exporters, of->exporters_n) != 0)
		drop_source(ob);
}

static void
close_sources(struct observing *ob)
{
	for (unsigned i = 0; i < ob->n; i++) {
		capture_free(ob->sources[i].capture);
		udp_free(ob->sources[i].udp);
		stage_free(ob->sources[i].stage);
		close(ob->sources[i].fd);
	}
	free(ob->s);
}

/* The child answers Ctrl-C; its parent waits for what it saw. */
static void
run(struct observing *ob)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

	sigaction(SIGINT, &ignore, &before);
	ob->o->failed = child_run("init", child, ob) != CLI_DONE;
	sigaction(SIGINT, &before, NULL);
}

int
observe(struct observed *o, const struct prefix *own, unsigned own_n, int64_t ms,
    struct diag *reterr)
{
	struct observed *shared =
	    mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct observing ob = { .o = shared, .ms = ms };
	int err;

	if (shared == MAP_FAILED)
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	*shared = *o;
	err = make_settings(&ob, own, own_n, reterr);
	if (err == 0) {
		for (unsigned i = 0; i < shared->interfaces_n; i++)
			open_interface(&ob, i);
		for (unsigned i = 0; i < OBSERVE_PORTS_MAX; i++)
			open_port(&ob, i);
		if (ob.n > 0)
			run(&ob);
		*o = *shared;
		close_sources(&ob);
	}
	munmap(shared, sizeof(*shared));
	return err;
}
