/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bird_driver - the bird stage alone, driven by lines on standard input, for
 * tests/system/bird-transaction.py. bird_driver SOCKET FRAGMENT TEMPLATES [-n] PROTOCOL[+flow]...
 *   announce ID rtbh|flow PREFIX VIA SECONDS RATE [MATCH] | withdraw ID | fill N [rtbh|flow] |
 *   quiet
 *   log DIRECTORY (from here on each apply writes its announcements to an audit log there, first)
 *   rule ID VIA SECONDS JSON (as rule_json() writes it)
 *   place TEXT (every upstream named it to redirect to; without this none is sent a redirect there)
 *   shapes (every rule of bird_cases.h) | apply | reconcile | us | upstream N | quit
 *   bird_driver --withdraw FRAGMENT SOCKET [ID]	offline_withdraw()
 * Every callback is a line on standard output: its name, the microseconds of the monotonic clock,
 * its arguments.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/lang.h"
#include "bird/bird.h"
#include "bird/offline.h"
#include "model/flowspec.h"
#include "model/say.h"
#include "unit/bird_cases.h"

#define PAIRS_ALL 1000
#define NLRI_ALL 4095		/* RFC 8955 4.1 */
#define ENTRIES_ALL UINT32_MAX	/* the form on the wire is tried, not the room in a table */

struct driver {
	struct event_base *base;
	struct settings settings;
	struct ledger ledger;
	struct bird *bird;
	char in[65536];
	size_t len;
	bool quiet;		/* carried is not printed */
	struct audit *audit;	/* NULL: none is written */
	unsigned logged;	/* of the ledger */
};

static long long
us_now(void)
{
	return clock_now().mono.ns / 1000;
}

static void
ended(void *ctx, unsigned router, uint64_t generation, enum bird_result r, const char *say)
{
	static const char *const names[] = { "applied", "refused", "unknown" };

	(void)ctx, (void)router;
	printf("ended %lld %llu %s %s\n", us_now(), (unsigned long long)generation, names[r], say);
}

static void
carried(void *ctx, unsigned router, unsigned upstream, const char *id, enum bird_carried how,
    wall_t when)
{
	struct driver *d = ctx;

	(void)router, (void)when;
	if (!d->quiet)
		printf("carried %lld %u %s %s\n", us_now(), upstream, id,
		    how == BIRD_SENT ? "1" : how == BIRD_NOT_SENT ? "0" : "otherwise");
}

static void
ghost(void *ctx, unsigned router, const struct bird_ghost *g)
{
	(void)ctx, (void)router;
	printf("ghost %lld %s %s%s%s %x\n", us_now(), g->network, g->ours ? "ours" : "foreign",
	    g->fragment ? " fragment " : " ", g->protocol, g->exported);
}

static void
held(void *ctx, unsigned router, const char *id, bool is, wall_t when)
{
	struct driver *d = ctx;

	(void)router, (void)when;
	if (!d->quiet)
		printf("held %lld %s %d\n", us_now(), id, is);
}

static void
state(void *ctx, unsigned router)
{
	struct driver *d = ctx;

	(void)router;
	printf("state %lld %s %s\n", us_now(), bird_connected(d->bird) ? "connected" : "away",
	    bird_why(d->bird));
}

static struct mitigation *
mitigation_new(const char *id, unsigned via, int seconds)
{
	struct mitigation *m = calloc(1, sizeof(*m));

	if (m == NULL)
		exit(1);
	snprintf(m->id, sizeof(m->id), "%s", id);
	m->via = via;
	m->until = wall_add_ms(clock_now().wall, (int64_t)seconds * 1000);
	return m;
}

static void
announce_json(struct driver *d, const char *id, unsigned via, int seconds, const char *text)
{
	struct mitigation *m = mitigation_new(id, via, seconds);
	json_t *j = json_loads(text, 0, NULL);
	struct diag why = { 0 };
	int err = rule_from_json(&m->rule, j, &why);

	if (err == 0)
		err = ledger_add(&d->ledger, &m);
	if (err != 0)
		printf("error %s: %s %s\n", id, strerror(-err), why.say);
	json_decref(j);
	free(m);
}

static void
announce(struct driver *d, const char *id, const char *kind, const char *prefix, unsigned via,
    int seconds, double rate, const char *match)
{
	struct mitigation *m = mitigation_new(id, via, seconds);
	struct diag why = { 0 };
	int err;

	m->rule.kind = strcmp(kind, "flow") == 0 ? RULE_FLOWSPEC : RULE_RTBH;
	m->rule.rate_bps = rate;
	err = prefix_parse(&m->rule.dst, prefix);
	if (err == 0 && m->rule.kind == RULE_FLOWSPEC)
		err = rule_parse_match(&m->rule, match, &why);
	if (err == 0)
		err = ledger_add(&d->ledger, &m);
	if (err != 0)
		printf("error %s: %s %s\n", id, strerror(-err), why.say);
	free(m);
}

/* N standing announcements; of no kind in particular: half of them FlowSpec. */
static void
fill(struct driver *d, unsigned n, const char *kind)
{
	unsigned both = kind[0] == '\0' ? 2 : 1;

	for (unsigned i = 0; i < n; i++) {
		char id[ID_LEN], prefix[PREFIX_STRLEN];
		unsigned host = i / both;

		snprintf(id, sizeof(id), "f%u", i);
		snprintf(prefix, sizeof(prefix), "198.51.%u.%u/32", 100 + host / 256, host % 256);
		if (both == 2 ? i % 2 == 0 : strcmp(kind, "rtbh") == 0)
			announce(d, id, "rtbh", prefix, 3, 86400, 0, "");
		else
			announce(d, id, "flow", prefix, 1, 86400, 0,
			    "proto = 17; sport = 53; length > 512;");
	}
}

static void
shapes(struct driver *d)
{
	for (size_t i = 0; i < BIRD_CASES_N; i++) {
		char id[ID_LEN];

		snprintf(id, sizeof(id), "s%zu", i);
		announce(d, id, "flow", bird_cases[i].dst, 1, 3600, i % 2 * 1e6,
		    bird_cases[i].match);
	}
}

static void
place(struct driver *d, const char *text)
{
	struct redirect to;

	if (redirect_parse(&to, text) != 0) {
		printf("error place: %s\n", text);
		return;
	}
	for (unsigned i = 0; i < d->settings.upstreams_n; i++) {
		struct flowspec_takes *t = &d->settings.upstreams[i].profile.flowspec;

		if (t->redirects_n == REDIRECTS_MAX)
			printf("error place: more than %d\n", REDIRECTS_MAX);
		else
			t->redirects[t->redirects_n++] = to;
	}
}

static void
print_us(struct driver *d)
{
	struct router r = d->settings.routers[0];
	char buf[PREFIX_STRLEN];
	bool known = bird_knows_us(d->bird, &r);

	printf("us %s %u", known ? "known" : "unknown", r.asn);
	for (unsigned i = 0; i < r.sessions_n; i++)
		printf(" %s", prefix_str(&r.sessions[i], buf));
	printf("\n");
}

static void
print_upstream(struct driver *d, unsigned n)
{
	const struct bird_upstream *u = bird_upstream(d->bird, n);

	printf("upstream %u %s %u %u %s\n", n, u->established ? "up" : "down", u->rtbh, u->flowspec,
	    u->info);
}

static void
log_to(struct driver *d, const char *directory)
{
	struct diag why = { 0 };
	uint64_t torn;

	if (audit_open(&d->audit, directory, &torn, &why) != 0)
		printf("error log: %s\n", why.say);
	d->logged = d->ledger.n;
}

struct intent {
	const struct driver *d;
	const struct mitigation *m;
};

static void
write_intent(struct jout *out, const void *ctx)
{
	const struct intent *i = ctx;

	jout_str(out, "id", i->m->id);
	mitigation_json_write(out, "mitigation", i->m, &i->d->settings);
	jout_str(out, "verb", "announce");
	jout_str(out, "who", i->m->owner);
	jout_str(out, "why", i->m->reason);
}

/* What the engine does before it asks BIRD: each intent a record, all of them synced at once. */
static void
log_new(struct driver *d)
{
	long long begun = us_now(), written;

	if (d->audit == NULL)
		return;
	audit_hold(d->audit);
	if (d->logged > d->ledger.n)
		d->logged = d->ledger.n;
	for (; d->logged < d->ledger.n; d->logged++) {
		const struct mitigation *m = d->ledger.all[d->logged];
		struct intent intent = { d, m };
		struct audit_draft draft = { .kind = AUDIT_INTENT, .t = clock_now().wall,
					     .write = write_intent, .ctx = &intent };
		struct words w;

		say_announce(&w, &d->settings, m, draft.t);
		draft.say = (struct say){ w.en, w.es };
		if (audit_put(d->audit, &draft, AUDIT_SYNC, NULL) != 0)
			printf("error log: %s\n", m->id);
	}
	written = us_now();
	audit_sync(d->audit);
	printf("logged %lld %lld\n", written - begun, us_now() - written);
}

static void
apply(struct driver *d)
{
	long long now = us_now();

	log_new(d);
	printf("asked %lld %llu\n", now, (unsigned long long)bird_apply(d->bird));
}

static void
print_conf(struct driver *d)
{
	struct bird_conf c = bird_conf(d->bird);

	printf("conf %s %s %s\n", c.path[0] != '\0' ? c.path : "?",
	    c.in_use ? "copy" : c.copied.ms != 0 ? "own" : "none", c.in_use ? c.say : c.why);
}

static void
command(struct driver *d, char *line)
{
	char id[ID_LEN] = "", kind[8] = "", prefix[PREFIX_STRLEN] = "";
	unsigned via = 0, n = 0;
	int seconds = 0, used = 0;
	double rate = 0;

	if (sscanf(line, "announce %15s %7s %51s %u %d %lf %n", id, kind, prefix, &via, &seconds,
		&rate, &used) == 6) {
		announce(d, id, kind, prefix, via, seconds, rate, line + used);
	} else if (sscanf(line, "rule %15s %u %d %n", id, &via, &seconds, &used) == 3) {
		announce_json(d, id, via, seconds, line + used);
	} else if (strncmp(line, "place ", 6) == 0) {
		place(d, line + 6);
	} else if (sscanf(line, "withdraw %15s", id) == 1) {
		ledger_del(&d->ledger, id);
	} else if (sscanf(line, "fill %u %7s", &n, kind) >= 1) {
		fill(d, n, kind);
	} else if (strncmp(line, "log ", 4) == 0) {
		log_to(d, line + 4);
	} else if (strcmp(line, "apply") == 0) {
		apply(d);
	} else if (strcmp(line, "reconcile") == 0) {
		bird_reconcile(d->bird);
	} else if (strcmp(line, "us") == 0) {
		print_us(d);
	} else if (sscanf(line, "upstream %u", &n) == 1) {
		print_upstream(d, n);
	} else if (strcmp(line, "conf") == 0) {
		print_conf(d);
	} else if (strcmp(line, "shapes") == 0) {
		shapes(d);
	} else if (strcmp(line, "quiet") == 0) {
		d->quiet = true;
	} else {
		event_base_loopbreak(d->base);
	}
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	struct driver *d = arg;
	ssize_t n = read(fd, d->in + d->len, sizeof(d->in) - 1 - d->len);
	char *end;

	(void)what;
	if (n <= 0) {
		event_base_loopbreak(d->base);
		return;
	}
	d->len += (size_t)n;
	d->in[d->len] = '\0';
	while ((end = strchr(d->in, '\n')) != NULL) {
		*end = '\0';
		command(d, d->in);
		d->len -= (size_t)(end + 1 - d->in);
		memmove(d->in, end + 1, d->len + 1);
	}
}

/* Whatever BIRD can say, but for redirects: those go where `place` said. */
static void
take_all(struct profile *p)
{
	p->flowspec4 = p->flowspec6 = p->rate_limit = true;
	p->pairs_max = PAIRS_ALL;
	p->nlri_max = NLRI_ALL;
	p->entries_max = ENTRIES_ALL;
	for (unsigned i = 0; flowspec_fields[i] != NULL; i++)
		p->flowspec.fields[p->flowspec.fields_n++] = i;
	for (unsigned i = 0; flowspec_actions[i] != NULL; i++)
		p->flowspec.actions[p->flowspec.actions_n++] = i;
}

static void
add_upstream(struct settings *s, const char *name)
{
	struct upstream *u = &s->upstreams[s->upstreams_n++];
	size_t n = strcspn(name, "+");

	snprintf(u->protocol, sizeof(u->protocol), "%.*s", (int)n, name);
	snprintf(u->name, sizeof(u->name), "%.*s", (int)n, name);
	u->number = s->upstreams_n;
	u->flowspec = name[n] == '+';
	if (u->flowspec)
		take_all(&u->profile);
}

static int
withdraw(const char *fragment, const char *socket, const char *id)
{
	struct text did;
	struct diag why = { 0 };
	char buf[1024];
	int err;

	text_init(&did, OFFLINE_DID_MAX);
	err = offline_withdraw(fragment, socket, id, clock_now().wall, &did, &why);
	printf("%s", text_str(&did));
	if (err != 0)
		printf("error %s\n", diag_str(&why, buf, sizeof(buf)));
	text_fini(&did);
	return err != 0;
}

int
main(int argc, char **argv)
{
	static const struct bird_events events = {
		.ended = ended, .carried = carried, .ghost = ghost, .held = held, .state = state
	};
	struct driver *d = calloc(1, sizeof(*d));
	bool dry_run = argc > 4 && strcmp(argv[4], "-n") == 0;
	struct event *in;
	int err;

	if (argc >= 4 && strcmp(argv[1], "--withdraw") == 0) {
		free(d);
		return withdraw(argv[2], argv[3], argv[4]);
	}
	if (argc < 5 || d == NULL)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	lang_open("en");
	snprintf(d->settings.routers[0].name, NAME_MAX_LEN, "edge");
	snprintf(d->settings.routers[0].socket, PATH_MAX_LEN, "%s", argv[1]);
	snprintf(d->settings.routers[0].fragment, PATH_MAX_LEN, "%s", argv[2]);
	snprintf(d->settings.templates, PATH_MAX_LEN, "%s", argv[3]);
	d->settings.routers_n = 1;
	for (int i = dry_run ? 5 : 4; i < argc; i++)
		add_upstream(&d->settings, argv[i]);
	ledger_init(&d->ledger);
	d->base = event_base_new();
	err = bird_new(&d->bird, d->base, &d->settings, 0, &d->ledger, &events, d, dry_run);
	if (err != 0) {
		printf("error bird_new: %s\n", strerror(-err));
		return 1;
	}
	in = event_new(d->base, STDIN_FILENO, EV_READ | EV_PERSIST, readable, d);
	event_add(in, NULL);
	bird_start(d->bird);
	event_base_dispatch(d->base);
	bird_free(d->bird);
	audit_close(d->audit);
	event_free(in);
	event_base_free(d->base);
	ledger_fini(&d->ledger);
	free(d);
	return 0;
}
