/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine, its log and its bird stage against BIRDs that the test plays: what is said, what
 * stands, and what replay says.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "engine/state.h"
#include "fake_bird.h"
#include "leak.h"

#define GIVE_UP_MS 60000

static struct {
	char dir[64], socket[2][128], fragment[2][128];
	struct event_base *base;
	struct fake_bird bird[2];
	struct engine *e;
	unsigned routers, syncs;
	bool sync_fails, no_space;	/* no_space: nothing new is given out */
	unsigned writes_fail;	/* so many, for want of space */
	int64_t late_ms;
	unsigned counter;	/* of each upstream */
} t;

/* Stands in for the C library's: counts, and fails when told. */
int
fdatasync(int fd)
{
	t.syncs++;
	if (t.sync_fails) {
		errno = ENOSPC;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

ssize_t
pwrite(int fd, const void *from, size_t len, off_t at)
{
	if (t.writes_fail > 0) {
		t.writes_fail--;
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, from, len, at);
}

int
posix_fallocate(int fd, off_t at, off_t len)
{
	if (t.no_space)
		return ENOSPC;
	return lseek(fd, 0, SEEK_END) >= at + len || ftruncate(fd, at + len) == 0 ? 0 : errno;
}

static void
setup(void)
{
	memset(&t, 0, sizeof(t));
	lang_open("en");
	strcpy(t.dir, "/tmp/seawall-test-engine-XXXXXX");
	cr_assert_not_null(mkdtemp(t.dir));
	t.base = event_base_new();
	t.routers = 1;
	for (unsigned r = 0; r < 2; r++) {
		snprintf(t.socket[r], sizeof(t.socket[r]), "%s/%u.ctl", t.dir, r);
		snprintf(t.fragment[r], sizeof(t.fragment[r]), "%s/%u.conf", t.dir, r);
	}
}

static void
teardown(void)
{
	char command[128];

	engine_free(t.e);
	for (unsigned r = 0; r < 2; r++)
		if (t.bird[r].accept != NULL)
			fake_bird_stop(&t.bird[r]);
	event_base_free(t.base);
	snprintf(command, sizeof(command), "rm -rf %s", t.dir);
	cr_assert_eq(system(command), 0);
	leak_check();
}

TestSuite(engine_bird, .init = setup, .fini = teardown, .timeout = 300);

static void
fill_router(struct settings *s, unsigned r)
{
	struct router *router = &s->routers[r];
	struct upstream *u = &s->upstreams[r];

	snprintf(router->name, NAME_MAX_LEN, "edge-%u", r);
	snprintf(router->socket, PATH_MAX_LEN, "%s", t.socket[r]);
	snprintf(router->fragment, PATH_MAX_LEN, "%s", t.fragment[r]);
	router->asn = 64500;
	router->sessions_given = true;
	router->sessions_n = 1;
	prefix_parse(&router->sessions[0], "203.0.113.1");
	snprintf(u->name, NAME_MAX_LEN, "transit-%u", r);
	snprintf(u->protocol, NAME_MAX_LEN, "transit_%u", r);
	u->router = r;
	u->number = 1;
	u->max_routes = 1000;
	u->counter = t.counter;
	router->late_ms = t.late_ms != 0 ? t.late_ms : 10000;
	u->profile.rtbh4.min = 24;
	u->profile.rtbh4.max = 32;
}

static void
fill_policy(struct settings *s)
{
	struct policy *p = &s->policies[s->policies_n++];

	snprintf(p->name, NAME_MAX_LEN, "host-flood");
	p->subject = SUBJECT_HOST;
	p->steps_n = 2;
	p->steps[0] = (struct step){ .kind = STEP_RATE_LIMIT, .at = 12, .rate_bps = 1e7 };
	p->steps[1] = (struct step){ .kind = STEP_BLACKHOLE, .at = 25 };
	p->release.quiet_ms = 300000;
	s->upstreams[0].flowspec = s->upstreams[0].profile.flowspec4 =
	    s->upstreams[0].profile.rate_limit = true;
	s->upstreams[0].profile.pairs_max = 5;
	s->upstreams[0].profile.nlri_max = 200;
	s->upstreams[0].flowspec_max_rules = 10;
}

static struct settings *
make_settings(void)
{
	struct settings *s = calloc(1, sizeof(*s));
	const char *top = getenv("top_srcdir");

	s->prefixes_n = 1;
	prefix_parse(&s->prefixes[0], "192.0.2.0/24");
	s->routers_n = s->upstreams_n = t.routers;
	for (unsigned r = 0; r < t.routers; r++)
		fill_router(s, r);
	fill_policy(s);
	s->sensors_n = 1;
	snprintf(s->sensors[0].name, NAME_MAX_LEN, "wire");
	s->sensors[0].type = SENSOR_PACKET;
	s->sensors[0].link = -1;
	s->limits.announcements = 1000;
	s->limits.holes = 1000;
	s->limits.auto_rtbh4 = s->limits.hand_rtbh4 = 24;
	s->limits.auto_rtbh6 = s->limits.hand_rtbh6 = 48;
	s->limits.longest_ms = 86400000;
	snprintf(s->audit_directory, PATH_MAX_LEN, "%s/audit", t.dir);
	snprintf(s->templates, PATH_MAX_LEN, "%s/bird-templates", top != NULL ? top : ".");
	return s;
}

static void
start_as(bool dry_run)
{
	struct engine_start how = {
		.base = t.base, .settings = make_settings(), .dry_run = dry_run
	};
	struct diag diag = { 0 };

	memset(how.sensors, -1, sizeof(how.sensors));
	cr_assert_eq(engine_new(&t.e, &how, &diag), 0, "%s", diag.say);
}

static void
start(void)
{
	start_as(false);
}

/* As a crash does: nothing is said, nothing is withdrawn. */
static void
crash(void)
{
	engine_free(t.e);
	t.e = NULL;
}

static void
bird_up(unsigned r)
{
	fake_bird_start(&t.bird[r], t.base, t.socket[r], t.fragment[r]);
}

static void
turn(int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(t.base, &tv);
	event_base_dispatch(t.base);
}

#define UNTIL(what) do {							\
	mono_t end_ = mono_add_ms(clock_now().mono, GIVE_UP_MS);		\
	while (!(what)) {							\
		turn(10);							\
		cr_assert(mono_before(clock_now().mono, end_), "waited in vain: " #what); \
	}									\
} while (0)

static const char *
announce(const char *prefix)
{
	static char id[ID_LEN];
	struct manual ana = { .who = "ana", .reason = "a test" };
	struct rule r = { .kind = RULE_RTBH };
	struct diag diag = { 0 };

	cr_assert_eq(prefix_parse(&r.dst, prefix), 0);
	cr_assert_eq(engine_announce(t.e, &ana, &r, 0, 600000, id, &diag), 0, "%s", diag.say);
	return id;
}

struct asked {
	bool answered;
	char problem[512];
};

static void
done(void *ctx, const struct mitigation *m, const char *problem)
{
	struct asked *a = ctx;

	(void)m;
	a->answered = true;
	snprintf(a->problem, sizeof(a->problem), "%s", problem != NULL ? problem : "");
}

static void
extend(const char *id, int64_t for_ms, struct asked *asked)
{
	struct manual ana = {
		.who = "ana", .reason = "longer", .done = asked != NULL ? done : NULL, .ctx = asked
	};
	struct diag diag = { 0 };

	cr_assert_eq(engine_extend(t.e, &ana, id, for_ms, &diag), 0, "%s", diag.say);
}

static void
withdraw(const char *id, struct asked *asked)
{
	struct manual ana = {
		.who = "ana", .reason = "enough", .done = asked != NULL ? done : NULL, .ctx = asked
	};
	struct diag diag = { 0 };

	cr_assert_eq(engine_withdraw(t.e, &ana, id, &diag), 0, "%s", diag.say);
}

static const struct mitigation *
find(const char *id)
{
	return ledger_find(engine_ledger(t.e), id);
}

static bool
exported(const char *id)
{
	return find(id) != NULL && find(id)->upstreams[0].exported.ms != 0;
}

/* Stands, exported, nothing awaited. */
static const char *
standing(const char *prefix)
{
	static char id[ID_LEN];

	strcpy(id, announce(prefix));
	UNTIL(exported(id));
	return id;
}

static uint64_t
counter(enum engine_counter_id id)
{
	return t.e->counters[id];
}

struct count {
	const char *kind, *key, *value;
	unsigned n;
};

static int
count_one(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	struct count *c = ctx;
	const char *value =
	    c->key != NULL ? json_string_value(json_object_get(record, c->key)) : NULL;

	(void)n, (void)line, (void)len;
	if (strcmp(json_string_value(json_object_get(record, "kind")), c->kind) == 0 &&
	    (c->key == NULL || (value != NULL && strcmp(value, c->value) == 0)))
		c->n++;
	return 0;
}

static unsigned
records(const char *kind, const char *key, const char *value)
{
	struct count c = { .kind = kind, .key = key, .value = value };
	struct diag diag = { 0 };
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/audit", t.dir);
	cr_assert_eq(audit_replay(dir, count_one, &c, &diag), 0, "%s", diag.say);
	return c.n;
}

/* ---- what BIRD refuses --------------------------------------------------- */

Test(engine_bird, two_replacements_refused_together_leave_what_stood_before_both)
{
	wall_t until;
	const char *id;

	bird_up(0);
	start();
	id = standing("192.0.2.9");
	until = find(id)->until;
	t.bird[0].refuses = true;
	extend(id, 1200000, NULL);
	extend(id, 1800000, NULL);
	UNTIL(counter(COUNTER_REFUSED_BIRD) == 2);
	cr_assert_eq(find(id)->until.ms, until.ms);
	t.bird[0].refuses = false;
	crash();
	start();
	cr_assert_not_null(find(id));
	cr_assert_eq(find(id)->until.ms, until.ms, "replay says what stands");
}

Test(engine_bird, announced_and_replaced_in_one_refused_generation_leaves_nothing)
{
	const char *id;

	bird_up(0);
	start();
	standing("192.0.2.8");
	t.bird[0].refuses = true;
	id = announce("192.0.2.9");
	extend(id, 1200000, NULL);
	UNTIL(counter(COUNTER_REFUSED_BIRD) == 2);
	cr_assert_null(find(id));
	crash();
	start();
	cr_assert_null(find(id));
	cr_assert_eq(engine_ledger(t.e)->n, 1);
}

Test(engine_bird, what_a_person_withdrew_is_not_brought_back_by_a_refusal)
{
	const char *id;

	bird_up(0);
	start();
	id = standing("192.0.2.9");
	t.bird[0].refuses = true;
	extend(id, 1200000, NULL);
	withdraw(id, NULL);
	UNTIL(counter(COUNTER_REFUSED_BIRD) == 1);
	cr_assert_null(find(id));
	crash();
	t.bird[0].refuses = false;
	start();
	cr_assert_null(find(id));
	UNTIL(!fake_bird_runs(&t.bird[0], "192.0.2.9/32"));
}

Test(engine_bird, a_replacement_asked_while_the_one_before_is_refused_still_has_its_try)
{
	const char *id;
	wall_t until;

	bird_up(0);
	start();
	id = standing("192.0.2.9");
	t.bird[0].refuses = true;
	extend(id, 1200000, NULL);
	UNTIL(t.bird[0].configures > 1 || counter(COUNTER_REFUSED_BIRD) > 0);
	t.bird[0].refuses = false;
	extend(id, 1800000, NULL);
	until = find(id)->until;
	UNTIL(TAILQ_EMPTY(&t.e->pending));
	cr_assert_eq(find(id)->until.ms, until.ms);
	crash();
	start();
	cr_assert_eq(find(id)->until.ms, until.ms);
}

/* ---- one in the place of several ----------------------------------------- */

#define FLOW(dst) "flow4 { dst " dst "; proto = 17; }"

static struct mitigation
by_policy(const char *dst)
{
	struct mitigation m = { .rule = { .kind = RULE_FLOWSPEC, .proto = { 1, { { 17, 17 } } } },
		.via = 1,
		.since = clock_now().wall,
		.until = wall_add_ms(clock_now().wall, 600000),
		.incident = "i7" };

	cr_assert_eq(prefix_parse(&m.rule.dst, dst), 0);
	strcpy(m.owner, "host-flood");
	strcpy(m.reason, "attack of 20 points");
	return m;
}

static void
intend(struct mitigation *m)
{
	struct diag diag = { 0 };

	intent_begin(t.e);
	cr_assert_eq(intent_announce(t.e, m, NULL, &diag), 0, "%s", diag.say);
	cr_assert_eq(intent_flush(t.e, &diag), 0);
}

/* m1 and m2 stand, which is all that the upstream takes. */
static void
two_stand(void)
{
	struct mitigation a = by_policy("192.0.2.8/32"), b = by_policy("192.0.2.9/32");

	bird_up(0);
	start();
	t.e->settings->upstreams[0].flowspec_max_rules = 2;
	intend(&a);
	intend(&b);
	UNTIL(TAILQ_EMPTY(&t.e->pending));
}

/* Does the work of both. */
static struct mitigation
of_two(void)
{
	struct mitigation both = by_policy("192.0.2.8/31");

	both.claims_n = 2;
	both.claims[0] = (struct claim){ .incident = 7, .was = 1 };
	both.claims[1] = (struct claim){ .incident = 8, .was = 2 };
	prefix_parse(&both.claims[0].dst, "192.0.2.8");
	prefix_parse(&both.claims[1].dst, "192.0.2.9");
	both.short_of = 1;
	return both;
}

/* They stand, and m3 is asked for. */
static void
merge_two(const char *dislikes)
{
	struct mitigation both = of_two();

	two_stand();
	t.bird[0].configures = 0;
	t.bird[0].dislikes = dislikes;
	intend(&both);
	cr_assert_not_null(find("m3"));
	cr_assert_null(find("m1"));
	cr_assert_null(find("m2"));
}

Test(engine_bird, one_takes_the_place_of_several_in_one_change)
{
	merge_two(NULL);
	UNTIL(TAILQ_EMPTY(&t.e->pending));
	cr_assert_eq(t.bird[0].configures, 1);
	cr_assert(fake_bird_runs(&t.bird[0], FLOW("192.0.2.8/31")));
	cr_assert_not(fake_bird_runs(&t.bird[0], FLOW("192.0.2.8/32")));
	crash();
	start();
	cr_assert_eq(engine_ledger(t.e)->n, 1);
	cr_assert_eq(find("m3")->claims_n, 2);
	cr_assert_eq(find("m3")->claims[1].was, 2);
	cr_assert_eq(find("m3")->claims[1].incident, 8);
	cr_assert_eq(find("m3")->short_of, 1);
}

Test(engine_bird, what_was_to_be_replaced_stands_when_bird_refuses_it)
{
	merge_two("192.0.2.8/31");
	UNTIL(counter(COUNTER_REFUSED_BIRD) == 1);
	for (unsigned again = 0; again < 2; again++) {
		cr_assert_null(find("m3"));
		cr_assert_not_null(find("m1"));
		cr_assert_not_null(find("m2"));
		cr_assert_eq(engine_ledger(t.e)->n, 2);
		cr_assert(fake_bird_runs(&t.bird[0], FLOW("192.0.2.8/32")));
		crash();
		start();
	}
}

Test(engine_bird, an_answer_that_came_after_a_crash_gives_back_what_was_to_be_replaced)
{
	merge_two("192.0.2.8/31");
	crash();
	start();
	cr_assert_not_null(find("m3"));
	UNTIL(find("m1") != NULL && find("m2") != NULL && find("m3") == NULL);
	crash();
	start();
	cr_assert_eq(engine_ledger(t.e)->n, 2);
}

/*
 * Told again to a BIRD that is away, with a later end: what the first try took the place of is not
 * forgotten.
 */
Test(engine_bird, what_was_to_be_replaced_stands_when_a_later_end_is_refused)
{
	struct mitigation both = of_two();

	two_stand();
	fake_bird_stop(&t.bird[0]);
	t.bird[0].accept = NULL;
	crash();
	start();
	intend(&both);
	UNTIL(TAILQ_FIRST(&t.e->pending)->told != 0);
	both.until = wall_add_ms(both.until, 5000);
	intend(&both);
	cr_assert_eq(t.e->pending_n, 1);
	bird_up(0);
	t.bird[0].dislikes = "192.0.2.8/31";
	UNTIL(counter(COUNTER_REFUSED_BIRD) == 1);
	for (unsigned again = 0; again < 2; again++) {
		cr_assert_null(find("m3"));
		cr_assert_not_null(find("m1"));
		cr_assert_not_null(find("m2"));
		crash();
		start();
	}
}

/*
 * A later end of m1, and m3 in the place of m1 and m2: refused together, m1 has its own end again.
 */
Test(engine_bird, a_refused_end_of_what_was_to_be_replaced_does_not_come_back)
{
	struct mitigation both = of_two(), longer;
	wall_t until;

	two_stand();
	until = find("m1")->until;
	longer = *find("m1");
	longer.until = wall_add_ms(until, 60000);
	t.bird[0].refuses = true;
	intend(&longer);
	intend(&both);
	UNTIL(counter(COUNTER_REFUSED_BIRD) == 2);
	for (unsigned again = 0; again < 2; again++) {
		cr_assert_eq(engine_ledger(t.e)->n, 2);
		cr_assert_eq(find("m1")->until.ms, until.ms);
		cr_assert_not_null(find("m2"));
		crash();
		start();
	}
}

/* m3 in the place of m1 and m2, m4 in that of m3. */
Test(engine_bird, a_refused_merge_of_what_was_refused_leaves_what_stood_before_both)
{
	struct mitigation both = of_two(), all = of_two();

	two_stand();
	prefix_parse(&all.rule.dst, "192.0.2.8/30");
	all.claims[0].was = all.claims[1].was = 3;
	t.bird[0].refuses = true;
	intend(&both);
	intend(&all);
	cr_assert_eq(engine_ledger(t.e)->n, 1);
	UNTIL(counter(COUNTER_REFUSED_BIRD) == 2);
	for (unsigned again = 0; again < 2; again++) {
		cr_assert_eq(engine_ledger(t.e)->n, 2);
		cr_assert_not_null(find("m1"));
		cr_assert_not_null(find("m2"));
		crash();
		start();
	}
}

/* Two routers that take rules, two each; m1 stands at both. */
static void
one_stands_at_both(void)
{
	struct mitigation m = by_policy("192.0.2.8/32");

	t.routers = 2;
	bird_up(0);
	bird_up(1);
	start();
	t.e->settings->upstreams[0].flowspec_max_rules = 2;
	t.e->settings->upstreams[1].profile = t.e->settings->upstreams[0].profile;
	t.e->settings->upstreams[1].flowspec = true;
	t.e->settings->upstreams[1].flowspec_max_rules = 2;
	m.via = 3;
	intend(&m);
	UNTIL(TAILQ_EMPTY(&t.e->pending));
}

/* m1 stands at both, m2 at the second alone, and m3 nowhere; also by the log. */
static void
expect_the_new_one_at_the_second(void)
{
	for (unsigned again = 0; again < 2; again++) {
		cr_assert_null(find("m3"));
		cr_assert_not_null(find("m1"));
		cr_assert_not_null(find("m2"), "after %u restarts", again);
		cr_assert_eq(find("m1")->via, 3);
		cr_assert_eq(find("m2")->via, 2);
		UNTIL(
		    TAILQ_EMPTY(&t.e->pending) && fake_bird_runs(&t.bird[1], FLOW("192.0.2.9/32")));
		cr_assert(fake_bird_runs(&t.bird[0], FLOW("192.0.2.8/32")));
		cr_assert_not(fake_bird_runs(&t.bird[0], FLOW("192.0.2.9/32")));
		crash();
		start();
	}
}

/*
 * m2 is new, and m3 takes the place of both, while the first router is away; back, it refuses all
 * it has not seen.
 */
Test(engine_bird, what_one_router_took_stands_there_when_the_other_refuses_it_with_a_merge)
{
	struct mitigation new = by_policy("192.0.2.9/32"), both = of_two();

	one_stands_at_both();
	fake_bird_stop(&t.bird[0]);
	t.bird[0].accept = NULL;
	new.via = both.via = both.short_of = 3;
	intend(&new);
	UNTIL(find("m2")->upstreams[1].applied.ms != 0);
	intend(&both);
	UNTIL(fake_bird_runs(&t.bird[1], FLOW("192.0.2.8/31")));
	bird_up(0);
	t.bird[0].dislikes = "192.0.2.8/31";
	UNTIL(counter(COUNTER_REFUSED_BIRD) == 2);
	cr_assert_eq(records("outcome", "stands", "elsewhere"), 1);
	expect_the_new_one_at_the_second();
}

/* As it would without the merge: whether the second router's answer comes before or after. */
Test(engine_bird, what_is_new_goes_on_at_the_router_that_takes_it_when_its_merge_is_refused)
{
	struct mitigation new = by_policy("192.0.2.9/32"), both = of_two();

	one_stands_at_both();
	new.via = both.via = both.short_of = 3;
	t.bird[0].refuses = true;
	intend(&new);
	intend(&both);
	UNTIL(counter(COUNTER_REFUSED_BIRD) == 2);
	t.bird[0].refuses = false;
	expect_the_new_one_at_the_second();
}

Test(engine_bird, words_of_bird_that_are_not_text_do_not_keep_a_refusal_out_of_the_log)
{
	const char *id;

	bird_up(0);
	start();
	standing("192.0.2.8");
	t.bird[0].refuses = true;
	t.bird[0].says = "8002 bird.conf:7:3 Symbol 'Espa\xf1" "a' is not known\n";
	id = announce("192.0.2.9");
	UNTIL(counter(COUNTER_REFUSED_BIRD) == 1);
	crash();
	start();
	cr_assert_null(find(id));
	cr_assert_eq(records("outcome", "result", "refused"), 1);
}

Test(engine_bird, what_one_router_refuses_stands_at_the_other_and_after_a_restart)
{
	char id[ID_LEN];

	t.routers = 2;
	bird_up(0);
	bird_up(1);
	start();
	strcpy(id, standing("192.0.2.8"));
	UNTIL(find(id)->upstreams[1].exported.ms != 0);
	t.bird[1].dislikes = "192.0.2.9/32";
	strcpy(id, announce("192.0.2.9"));
	UNTIL(find(id)->via == 1 && exported(id) && TAILQ_EMPTY(&t.e->pending));
	cr_assert(fake_bird_runs(&t.bird[0], "192.0.2.9/32"));
	cr_assert_not(fake_bird_runs(&t.bird[1], "192.0.2.9/32"));
	cr_assert(fake_bird_runs(&t.bird[1], "192.0.2.8/32"), "what it likes goes on there");
	cr_assert_eq(records("outcome", "stands", "elsewhere"), 1);
	crash();
	start();
	cr_assert_eq(find(id)->via, 1);
	UNTIL(exported(id));
	cr_assert(TAILQ_EMPTY(&t.e->pending));
}

/*
 * One that leaves the second router, and the second router says no: what it replaced stands at
 * both.
 */
Test(engine_bird, a_refused_replacement_that_moved_away_stands_where_it_stood_after_a_restart)
{
	struct mitigation m;
	char id[ID_LEN];

	t.routers = 2;
	bird_up(0);
	bird_up(1);
	start();
	strcpy(id, standing("192.0.2.8"));
	UNTIL(find(id)->upstreams[1].exported.ms != 0 && TAILQ_EMPTY(&t.e->pending));
	cr_assert_eq(find(id)->via, 3);
	m = *find(id);
	m.via = 1;
	t.bird[1].refuses = true;
	intent_begin(t.e);
	cr_assert_eq(intent_announce(t.e, &m, NULL, NULL), 0);
	cr_assert_eq(intent_flush(t.e, NULL), 0);
	UNTIL(records("outcome", "result", "refused") == 1);
	cr_assert_eq(find(id)->via, 3);
	t.bird[1].refuses = false;
	crash();
	start();
	cr_assert_eq(find(id)->via, 3);
}

Test(engine_bird, what_both_routers_refuse_does_not_stand)
{
	char id[ID_LEN];

	t.routers = 2;
	bird_up(0);
	bird_up(1);
	start();
	strcpy(id, standing("192.0.2.8"));
	UNTIL(find(id)->upstreams[1].exported.ms != 0);
	t.bird[0].dislikes = t.bird[1].dislikes = "192.0.2.9/32";
	strcpy(id, announce("192.0.2.9"));
	UNTIL(find(id) == NULL);
	crash();
	start();
	cr_assert_null(find(id));
	cr_assert_eq(engine_ledger(t.e)->n, 1);
}

static bool
runs_until(unsigned router, wall_t until)
{
	char when[WALL_STRLEN];

	return fake_bird_runs(&t.bird[router], wall_str(until, when));
}

/* At two routers, exported by both. */
static void
standing_at_both(char id[static ID_LEN])
{
	t.routers = 2;
	bird_up(0);
	bird_up(1);
	start();
	strcpy(id, standing("192.0.2.8"));
	UNTIL(find(id)->upstreams[1].exported.ms != 0 && TAILQ_EMPTY(&t.e->pending));
}

Test(engine_bird, a_later_end_that_one_router_refuses_holds_at_the_other_and_comes_to_it_in_the_end)
{
	struct asked asked = { 0 };
	wall_t before, until;
	char id[ID_LEN];

	standing_at_both(id);
	before = find(id)->until;
	t.bird[1].refuses = true;
	extend(id, 1200000, &asked);
	until = find(id)->until;
	UNTIL(asked.answered && runs_until(0, until));
	cr_assert_not_null(strstr(asked.problem, "syntax error"), "%s", asked.problem);
	cr_assert_eq(find(id)->until.ms, until.ms);
	cr_assert(runs_until(1, before), "each router has failures of its own");
	crash();
	start();
	cr_assert_eq(find(id)->until.ms, until.ms);
	cr_assert_eq(find(id)->via, 3);
	UNTIL(t.bird[1].configures > 4);
	cr_assert_eq(records("outcome", "result", "refused"), 1, "said once");
	cr_assert_eq(records("outcome", "stands", "yes"), 1);
	t.bird[1].refuses = false;
	UNTIL(runs_until(1, until) && TAILQ_EMPTY(&t.e->pending));
	cr_assert_eq(records("outcome", "result", "applied"), 4, "both of both intents");
}

Test(engine_bird, a_later_end_that_every_router_refuses_is_the_earlier_one_again)
{
	char id[ID_LEN];
	wall_t before;

	standing_at_both(id);
	before = find(id)->until;
	t.bird[0].refuses = t.bird[1].refuses = true;
	extend(id, 1200000, NULL);
	UNTIL(records("outcome", "result", "refused") == 2);
	cr_assert_eq(records("outcome", "stands", "earlier"), 1);
	cr_assert_eq(find(id)->until.ms, before.ms);
	cr_assert(TAILQ_EMPTY(&t.e->pending));
	crash();
	start();
	cr_assert_eq(find(id)->until.ms, before.ms);
	cr_assert(TAILQ_EMPTY(&t.e->pending));
}

/* One router took the first, neither takes the second: what it goes back to is the first. */
Test(engine_bird, a_later_end_that_all_refuse_goes_back_to_what_one_of_them_took)
{
	wall_t until;
	char id[ID_LEN];

	standing_at_both(id);
	t.bird[1].refuses = true;
	extend(id, 1200000, NULL);
	until = find(id)->until;
	UNTIL(runs_until(0, until) && records("outcome", "result", "refused") == 1 &&
	    TAILQ_FIRST(&t.e->pending)->routers == 2);
	t.bird[0].refuses = true;
	extend(id, 1800000, NULL);
	UNTIL(records("outcome", "result", "refused") == 3);
	cr_assert_eq(find(id)->until.ms, until.ms);
	crash();
	start();
	cr_assert_eq(find(id)->until.ms, until.ms);
}

Test(engine_bird, a_withdrawal_is_done_when_every_router_has_taken_it)
{
	struct asked asked = { 0 };
	char id[ID_LEN];

	t.routers = 2;
	bird_up(0);
	bird_up(1);
	start();
	strcpy(id, standing("192.0.2.8"));
	UNTIL(find(id)->upstreams[1].exported.ms != 0);
	t.bird[1].refuses = true;
	withdraw(id, &asked);
	UNTIL(!fake_bird_runs(&t.bird[0], "192.0.2.8/32"));
	turn(50);
	cr_assert_not(asked.answered, "the other router still carries it");
	t.bird[1].refuses = false;
	UNTIL(asked.answered);
	cr_assert_not(fake_bird_runs(&t.bird[1], "192.0.2.8/32"));
}

/* ---- somebody edits bird.conf -------------------------------------------- */

static void
put_copy(void)
{
	char path[192];

	snprintf(path, sizeof(path), "%s.bird", t.fragment[0]);
	cr_assert_eq(file_replace(path, "# x\n", 4, 0600), 0);
}

static struct bird_conf
conf(void)
{
	return bird_conf(engine_router(t.e, 0));
}

Test(engine_bird, that_bird_runs_the_copy_is_known_after_a_restart_and_told_once)
{
	bird_up(0);
	start();
	standing("192.0.2.8");
	put_copy();
	t.bird[0].edited = true;
	standing("192.0.2.9");
	UNTIL(conf().in_use);
	cr_assert_eq(records("router", "bird_conf", "copy"), 1);
	crash();
	start();
	UNTIL(conf().known);
	cr_assert(conf().in_use);
	cr_assert_not_null(strstr(conf().say, "bird.conf:7:3"), "%s", conf().say);
	cr_assert_eq(records("router", "bird_conf", "copy"), 1);
	cr_assert_eq(records("router", "bird_conf", "own"), 0);
	crash();
	t.bird[0].edited = false;
	start();
	UNTIL(records("router", "bird_conf", "own") == 1);
	cr_assert_not(conf().in_use);
	cr_assert_not(t.bird[0].on_copy);
}

/* ---- BIRD is away -------------------------------------------------------- */

Test(engine_bird, what_was_announced_while_bird_was_away_is_applied_when_it_is_back)
{
	struct asked asked = { 0 };
	struct manual ana = { .who = "ana", .reason = "a test", .done = done, .ctx = &asked };
	struct rule r = { .kind = RULE_RTBH };
	char id[ID_LEN];

	start();
	prefix_parse(&r.dst, "192.0.2.9");
	cr_assert_eq(engine_announce(t.e, &ana, &r, 0, 600000, id, NULL), 0);
	UNTIL(asked.answered);
	cr_assert_neq(asked.problem[0], '\0', "BIRD is away, and this is said");
	bird_up(0);
	UNTIL(exported(id));
	cr_assert_neq(find(id)->upstreams[0].applied.ms, 0);
	cr_assert_eq(records("outcome", "result", "unknown"), 1);
	cr_assert_eq(records("outcome", "result", "applied"), 1);
	cr_assert_eq(records("outcome", "result", "exported"), 1);
	cr_assert(TAILQ_EMPTY(&t.e->pending));
}

Test(engine_bird, what_bird_refuses_late_is_taken_back_and_poisons_nobody)
{
	char bad[ID_LEN], good[ID_LEN];

	start();
	strcpy(bad, announce("192.0.2.66"));
	UNTIL(records("outcome", "result", "unknown") == 1);
	bird_up(0);
	t.bird[0].dislikes = "192.0.2.66/32";
	UNTIL(find(bad) == NULL);
	strcpy(good, announce("192.0.2.9"));
	UNTIL(exported(good));
	crash();
	start();
	cr_assert_null(find(bad));
	cr_assert_not_null(find(good));
}

Test(engine_bird, an_intent_that_a_crash_left_open_gets_its_outcome_after_the_start)
{
	char bad[ID_LEN];

	start();
	strcpy(bad, announce("192.0.2.66"));
	crash();
	bird_up(0);
	t.bird[0].dislikes = "192.0.2.66/32";
	start();
	cr_assert_not_null(find(bad));
	UNTIL(find(bad) == NULL);
	cr_assert_eq(records("outcome", "result", "refused"), 1);
}

static bool
asks_for(const char *network)
{
	size_t len;
	char *text;
	bool has;

	if (file_slurp(&text, &len, t.fragment[0], 1 << 20) != 0)
		return false;
	has = strstr(text, network) != NULL;
	free(text);
	return has;
}

/* The disk never got the end of the log; what the router was told of it is taken back. */
Test(engine_bird, what_a_power_cut_took_from_the_log_is_taken_from_the_router)
{
	char path[160];
	struct stat before, whole;

	snprintf(path, sizeof(path), "%s/audit/00000000.jsonl", t.dir);
	bird_up(0);
	start();
	announce("192.0.2.9");
	UNTIL(asks_for("192.0.2.9/32"));
	stat(path, &before);
	announce("192.0.2.10");
	stat(path, &whole);
	UNTIL(asks_for("192.0.2.10/32"));
	crash();
	cr_assert_gt(whole.st_size, before.st_size + 50);
	cr_assert_eq(truncate(path, whole.st_size - 20), 0);
	start();
	UNTIL(asks_for("192.0.2.9/32") && !asks_for("192.0.2.10/32"));
	cr_expect_eq(t.e->ledger.n, 1);
}

Test(engine_bird, states_outlive_a_restart_and_are_not_told_again)
{
	char id[ID_LEN];
	wall_t exported_at;

	bird_up(0);
	start();
	strcpy(id, standing("192.0.2.9"));
	exported_at = find(id)->upstreams[0].exported;
	crash();
	start();
	cr_assert_eq(find(id)->upstreams[0].exported.ms / 1000, exported_at.ms / 1000);
	cr_assert_neq(find(id)->upstreams[0].applied.ms, 0);
	turn(300);
	cr_assert_eq(records("outcome", "result", "exported"), 1);
	cr_assert(TAILQ_EMPTY(&t.e->pending));
}

Test(engine_bird, nothing_is_said_to_be_announced_while_nobody_can_read_it_back)
{
	char id[ID_LEN];

	bird_up(0);
	start();
	strcpy(id, standing("192.0.2.9"));
	UNTIL(exported(id));
	fake_bird_stop(&t.bird[0]);
	UNTIL(!exported(id));
	cr_assert_neq(find(id)->upstreams[0].applied.ms, 0);
	bird_up(0);
	UNTIL(exported(id));
}

Test(engine_bird,
    what_the_log_says_was_announced_is_not_while_bird_has_not_answered_since_the_start)
{
	char id[ID_LEN];

	bird_up(0);
	start();
	strcpy(id, standing("192.0.2.9"));
	crash();
	fake_bird_stop(&t.bird[0]);
	start();
	UNTIL(!exported(id));
	bird_up(0);
	UNTIL(exported(id));
}

Test(engine_bird, replacements_do_not_pile_up_while_bird_is_away)
{
	char id[ID_LEN];

	start();
	strcpy(id, announce("192.0.2.9"));
	for (int i = 1; i <= 20; i++) {
		UNTIL(TAILQ_FIRST(&t.e->pending)->told != 0);
		extend(id, 600000 + i * 1000, NULL);
	}
	cr_assert_leq(t.e->pending_n, 2);
	bird_up(0);
	t.bird[0].dislikes = "192.0.2.9/32";
	UNTIL(find(id) == NULL);
	crash();
	start();
	cr_assert_null(find(id));
}

/* ---- what is said to people ---------------------------------------------- */

Test(engine_bird, an_extension_is_confirmed_only_when_bird_has_taken_it)
{
	struct asked asked = { 0 };
	const char *id;

	bird_up(0);
	start();
	id = standing("192.0.2.9");
	t.bird[0].refuses = true;
	extend(id, 1200000, &asked);
	waiting_look(t.e, clock_now());
	cr_assert_not(asked.answered, "it is exported, but with its old end");
	UNTIL(asked.answered);
	cr_assert(strstr(asked.problem, "syntax error") != NULL, "%s", asked.problem);
}

/* ---- many at once -------------------------------------------------------- */

static void
announce_many(unsigned n)
{
	struct rule r = { .kind = RULE_RTBH };
	char prefix[32];

	intent_begin(t.e);
	for (unsigned i = 1; i <= n; i++) {
		struct mitigation m = {
			.via = 1, .owner = "policy", .reason = "a test", .origin = ORIGIN_PERSON
		};

		snprintf(prefix, sizeof(prefix), "192.0.2.%u", i);
		prefix_parse(&r.dst, prefix);
		m.rule = r;
		m.since = clock_now().wall;
		m.until = wall_add_ms(m.since, 600000);
		cr_assert_eq(intent_announce(t.e, &m, NULL, NULL), 0);
	}
}

Test(engine_bird, many_intents_of_one_step_are_synced_once)
{
	start();
	t.syncs = 0;
	announce_many(200);
	cr_assert_eq(t.syncs, 0);
	cr_assert_eq(intent_flush(t.e, NULL), 0);
	cr_assert_eq(t.syncs, 1);
	cr_assert_eq(records("intent", "verb", "announce"), 200);
	crash();
	start();
	cr_assert_eq(engine_ledger(t.e)->n, 200);
}

Test(engine_bird, a_log_that_cannot_be_synced_takes_the_announcements_back)
{
	char kept[ID_LEN];
	struct diag diag = { 0 };

	bird_up(0);
	start();
	strcpy(kept, standing("192.0.2.250"));
	announce_many(3);
	intent_withdraw(t.e, kept, "ana", "enough");
	t.sync_fails = true;
	cr_assert_eq(intent_flush(t.e, &diag), -ENOSPC);
	cr_assert_neq(diag.say[0], '\0');
	cr_assert_eq(engine_ledger(t.e)->n, 0, "the withdrawal goes on");
	t.sync_fails = false;
	UNTIL(!fake_bird_runs(&t.bird[0], "192.0.2.250/32"));
	cr_assert_not(fake_bird_runs(&t.bird[0], "192.0.2.1/32"));
	cr_assert_eq(records("intent", "verb", "announce"), 1, "the log is whole, and goes on");
	standing("192.0.2.9");
}

/* A line that is only held says nothing of the disk: the sync does. */
Test(engine_bird, a_log_that_cannot_be_synced_is_full_until_it_can)
{
	struct diag diag = { 0 };

	bird_up(0);
	start();
	t.sync_fails = true;
	for (unsigned i = 0; i < 3; i++) {
		announce_many(2);
		cr_assert_eq(t.e->disk_full, i > 0, "%u", i);
		cr_assert_eq(intent_flush(t.e, &diag), -ENOSPC);
		cr_assert(t.e->disk_full);
	}
	t.sync_fails = false;
	announce_many(2);
	cr_assert(t.e->disk_full);
	cr_assert_eq(intent_flush(t.e, &diag), 0);
	cr_assert_not(t.e->disk_full);
}

static void
cannot_be_written(const char *dst)
{
	struct mitigation m = by_policy(dst);

	t.writes_fail = 1;
	cr_assert_eq(intent_announce(t.e, &m, NULL, NULL), -ENOSPC);
	cr_assert_eq(t.writes_fail, 0);
	cr_assert(t.e->disk_full);
}

static void
later_line(void)
{
	record_append(t.e, AUDIT_HEARTBEAT, &(struct words){ "A line.", "Una línea." },
	    json_object());
}

/*
 * The sync of a batch of which no line was written, a sync of nothing, and lines that nobody syncs.
 */
Test(engine_bird, a_full_disk_is_said_until_lines_are_synced)
{
	mono_t now = clock_now().mono;

	bird_up(0);
	start();
	t.e->settings->checkpoint_every_ms = 1000;
	standing("192.0.2.8");
	cr_assert_eq(audit_flush(t.e->audit), 0);
	for (unsigned i = 0; i < 3; i++) {
		intent_begin(t.e);
		cannot_be_written("192.0.2.9");
		intent_flush(t.e, NULL);
		cr_assert(t.e->disk_full, "nothing was in it");
	}
	signing_look(t.e, mono_add_ms(now, 100000));
	cr_assert(t.e->disk_full, "there was nothing to sync");
	intent_begin(t.e);
	later_line();
	intent_flush(t.e, NULL);
	later_line();
	cr_assert(t.e->disk_full, "written is not on disk");
	signing_look(t.e, mono_add_ms(now, 200000));
	cr_assert_not(t.e->disk_full, "now they are");
}

Test(engine_bird, a_disk_that_was_full_is_found_to_take_lines_without_checkpoints_too)
{
	mono_t now = clock_now().mono;

	bird_up(0);
	start();
	t.e->settings->checkpoint_every_ms = 0;
	cannot_be_written("192.0.2.9");
	later_line();
	cr_assert(t.e->disk_full);
	signing_look(t.e, mono_add_ms(now, 1000));
	cr_assert_not(t.e->disk_full);
}

Test(engine_bird, says_once_that_the_log_was_taken_away_and_has_it_back)
{
	mono_t now = clock_now().mono;
	char path[128];

	bird_up(0);
	start();
	standing("192.0.2.9");
	snprintf(path, sizeof(path), "%s/audit/00000000.jsonl", t.dir);
	cr_assert_eq(unlink(path), 0);
	for (unsigned i = 0; i < 3; i++)
		signing_look(t.e, mono_add_ms(now, i * 1000));
	cr_expect_eq(counter(COUNTER_LOG_RESTORED), 1);
	cr_expect_eq(records("recovery", NULL, NULL), 1);
	cr_expect_eq(records("intent", NULL, NULL), 1, "what was in it is");
}

Test(engine_bird, an_end_written_with_the_reserve_leaves_the_disk_full)
{
	char kept[ID_LEN];

	bird_up(0);
	start();
	strcpy(kept, standing("192.0.2.8"));
	t.no_space = true;
	cannot_be_written("192.0.2.9");
	t.writes_fail = 1;
	cr_assert_eq(intent_withdraw(t.e, kept, "ana", "enough"), 0);
	cr_assert_eq(t.writes_fail, 0);
	cr_assert_eq(records("intent", "verb", "withdraw"), 1);
	cr_assert(t.e->disk_full, "nothing else is taken");
	t.no_space = false;
	standing("192.0.2.9");
	cr_assert_not(t.e->disk_full);
}

static void
ask_together(unsigned n, struct asked *asked)
{
	engine_together_begin(t.e);
	for (unsigned i = 0; i < n; i++) {
		struct manual ana = {
			.who = "ana", .reason = "a test", .done = done, .ctx = &asked[i]
		};
		struct rule r = { .kind = RULE_RTBH };
		struct diag diag = { 0 };
		char prefix[32], id[ID_LEN];

		snprintf(prefix, sizeof(prefix), "192.0.2.%u", i + 1);
		prefix_parse(&r.dst, prefix);
		cr_assert_eq(engine_announce(t.e, &ana, &r, 0, 600000, id, &diag), 0, "%s",
		    diag.say);
	}
	engine_together_end(t.e);
}

Test(engine_bird, what_people_ask_for_together_is_synced_once_and_each_is_answered)
{
	struct asked asked[20] = { 0 };
	uint64_t before;

	bird_up(0);
	start();
	standing("192.0.2.250");
	before = bird_generation(engine_router(t.e, 0));
	t.syncs = 0;
	ask_together(20, asked);
	cr_assert_eq(t.syncs, 1);
	for (unsigned i = 0; i < 20; i++) {
		UNTIL(asked[i].answered);
		cr_assert_str_eq(asked[i].problem, "");
	}
	cr_assert_eq(bird_generation(engine_router(t.e, 0)), before + 1,
	    "one configuration for all of them");
}

Test(engine_bird, what_people_ask_for_together_and_the_log_loses_is_told_to_each)
{
	struct asked asked[3] = { 0 };

	bird_up(0);
	start();
	standing("192.0.2.250");
	t.sync_fails = true;
	ask_together(3, asked);
	for (unsigned i = 0; i < 3; i++) {
		cr_assert(asked[i].answered);
		cr_assert_not_null(strstr(asked[i].problem, "audit log"), "%s", asked[i].problem);
	}
	cr_assert_eq(engine_ledger(t.e)->n, 1);
	t.sync_fails = false;
	UNTIL(fake_bird_runs(&t.bird[0], "192.0.2.250/32"));
	cr_assert_not(fake_bird_runs(&t.bird[0], "192.0.2.1/32"));
}

Test(engine_bird, a_pause_that_the_log_loses_is_not_told_to_be_written)
{
	struct manual ana = { .who = "ana", .reason = "a test" };
	struct diag diag = { 0 };

	start();
	engine_together_begin(t.e);
	cr_assert_eq(engine_pause(t.e, &ana, 600000, &diag), 0, "%s", diag.say);
	t.sync_fails = true;
	cr_assert_eq(engine_resume(t.e, &ana, &diag), -ENOSPC);
	cr_assert_not_null(strstr(diag.say, "stays paused"), "%s", diag.say);
	cr_assert_eq(engine_pause(t.e, &ana, 600000, &diag), -ENOSPC);
	engine_together_end(t.e);
	t.sync_fails = false;
	cr_assert_gt(t.e->paused_until.ms, 0);
	cr_assert_eq(records("pause", NULL, NULL), 1);
	cr_assert_eq(records("resume", NULL, NULL), 0);
}

/* ---- what must not fill the log ------------------------------------------ */

static void
haunt(const char *network, const char *id)
{
	struct bird_ghost g = {
		.network = network, .protocol = "", .id = id, .fragment = true, .ours = true
	};

	outcome_events.ghost(t.e, 0, &g);
}

/* Moves what the ghosts' table remembers into the past. */
static void
pass(int64_t ms)
{
	for (unsigned i = 0; i < GHOSTS_KEPT; i++)
		t.e->ghost[i].seen = mono_add_ms(t.e->ghost[i].seen, -ms);
}

Test(engine_bird, a_ghost_is_told_once_not_at_every_look_and_once_when_it_is_gone)
{
	struct engine_status status;
	struct engine_ghost ghost;

	bird_up(0);
	start();
	UNTIL(bird_connected(t.e->routers[0]));
	for (int i = 0; i < 100; i++)
		haunt("192.0.2.77/32", "");
	cr_assert_eq(records("reconcile", "result", "ghost"), 1);
	engine_status(t.e, &status);
	cr_assert_eq(status.ghosts, 1);
	cr_assert(engine_ghost(t.e, 0, &ghost));
	cr_assert_str_eq(ghost.network, "192.0.2.77/32");
	cr_assert(ghost.fragment && ghost.since.ms != 0);
	cr_assert_not(engine_ghost(t.e, 1, &ghost));
	pass(GHOST_GONE_MS + 1000);
	for (int i = 0; i < 10; i++)
		ghosts_look(t.e, clock_now().mono);
	cr_assert_eq(records("reconcile", "result", "ghost-gone"), 1);
	cr_assert_not(engine_ghost(t.e, 0, &ghost));
}

Test(engine_bird, a_host_of_ghosts_does_not_fill_the_log)
{
	char network[32];

	start();
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 1000; i++) {
			snprintf(network, sizeof(network), "10.%d.%d.%d/32", round, i / 250,
			    i % 250);
			haunt(network, "");
		}
		pass(GHOST_GONE_MS + 1000);
		t.e->router_up[0] = true;
		ghosts_look(t.e, clock_now().mono);
	}
	cr_assert_eq(records("reconcile", "result", "ghost"), GHOSTS_A_MINUTE);
	cr_assert_eq(records("reconcile", "result", "ghost-gone"), GHOSTS_A_MINUTE);
	cr_assert_gt(counter(COUNTER_FOLDED), 0);
}

Test(engine_bird, what_is_being_withdrawn_is_no_ghost)
{
	char id[ID_LEN];

	bird_up(0);
	start();
	strcpy(id, standing("192.0.2.9"));
	t.bird[0].refuses = true;
	withdraw(id, NULL);
	haunt("192.0.2.9/32", id);
	cr_assert_eq(records("reconcile", "result", "ghost"), 0);
	t.bird[0].refuses = false;
	UNTIL(TAILQ_EMPTY(&t.e->pending));
	haunt("192.0.2.9/32", id);
	cr_assert_eq(records("reconcile", "result", "ghost"), 1);
}

/* ---- four states --------------------------------------------------------- */

Test(engine_bird, what_bird_has_lost_is_not_applied_until_it_has_it_again)
{
	char id[ID_LEN];

	bird_up(0);
	start();
	strcpy(id, standing("192.0.2.9"));
	UNTIL(TAILQ_EMPTY(&t.e->pending));
	t.bird[0].forgets = true;
	bird_reconcile(t.e->routers[0]);
	UNTIL(counter(COUNTER_UNHELD) == 1);
	cr_assert_eq(records("reconcile", "result", "not-held"), 1);
	t.bird[0].forgets = false;
	UNTIL(find(id)->upstreams[0].applied.ms != 0);
	cr_assert_eq(records("reconcile", "result", "held"), 1);
	UNTIL(exported(id));
	bird_reconcile(t.e->routers[0]);
	turn(100);
	cr_assert_eq(counter(COUNTER_UNHELD), 1);
}

Test(engine_bird, what_lags_is_an_alarm_once_and_its_end_too)
{
	struct engine_states n;
	char id[ID_LEN];

	bird_up(0);
	t.late_ms = 300;
	t.bird[0].silent = true;
	start();
	strcpy(id, announce("192.0.2.9"));
	UNTIL(find(id)->upstreams[0].applied.ms != 0);
	late_look(t.e, clock_now());
	engine_states(t.e, 0, &n);
	cr_assert(!n.late && n.waiting == 1 && n.applied == 1 && n.exported == 0);
	UNTIL((late_look(t.e, clock_now()), engine_states(t.e, 0, &n), n.late));
	cr_assert_str_eq(n.oldest, id);
	for (int i = 0; i < 10; i++)
		late_look(t.e, clock_now());
	cr_assert_eq(records("reconcile", "result", "late"), 1);
	t.bird[0].silent = false;
	bird_reconcile(t.e->routers[0]);
	UNTIL(exported(id));
	t.e->late[0].fold.when = mono_add_ms(t.e->late[0].fold.when, -FOLD_MS);
	late_look(t.e, clock_now());
	late_look(t.e, clock_now());
	engine_states(t.e, 0, &n);
	cr_assert(!n.late && n.waiting == 0 && n.exported == 1);
	cr_assert_eq(records("reconcile", "result", "caught-up"), 1);
	cr_assert_eq(counter(COUNTER_LATE), 1);
}

static struct reading
reading_of(const char *prefix, double value)
{
	struct reading r = { .metric = METRIC_LOAD,
		.link = -1,
		.at_ms = clock_now().wall.ms + 1000,
		.value = value };

	r.subject.kind = prefix != NULL ? SUBJECT_HOST : SUBJECT_ALL;
	if (prefix != NULL)
		prefix_parse(&r.subject.prefix, prefix);
	return r;
}

Test(engine_bird, an_upstreams_counter_makes_effective_and_silence_does_not)
{
	struct reading none = reading_of("192.0.2.9", 0), other = reading_of("192.0.2.8", 5),
		       its = reading_of("192.0.2.9", 5), early = its;
	char id[ID_LEN];

	bird_up(0);
	t.counter = 1;
	start();
	strcpy(id, standing("192.0.2.9"));
	/* a reading tells of the half second before it */
	t.e->settings->sensors[0].every_ms = 500;
	early.at_ms = find(id)->upstreams[0].exported.ms + 499;
	none.at_ms = other.at_ms = its.at_ms = find(id)->upstreams[0].exported.ms + 1000;
	effective_read(t.e, 0, &none);
	effective_read(t.e, 0, &other);
	effective_read(t.e, 0, &early);
	effective_read(t.e, 1, &its);
	cr_assert_eq(find(id)->upstreams[0].effective.ms, 0);
	effective_read(t.e, 0, &its);
	cr_assert_eq(find(id)->upstreams[0].effective.ms, its.at_ms);
	effective_read(t.e, 0, &its);
	cr_assert_eq(records("outcome", "result", "effective"), 1);
	crash();
	start();
	cr_assert_eq(find(id)->upstreams[0].effective.ms, its.at_ms, "replay says so");
	UNTIL(bird_connected(t.e->routers[0]));
	fake_bird_stop(&t.bird[0]);
	UNTIL(!exported(id));
	cr_assert_eq(find(id)->upstreams[0].effective.ms, 0,
	    "who is not told is not known to drop");
}

Test(engine_bird, a_counter_of_everything_tells_of_one_only_when_it_is_alone)
{
	struct reading all = reading_of(NULL, 5);
	char one[ID_LEN], two[ID_LEN];

	bird_up(0);
	t.counter = 1;
	start();
	strcpy(one, standing("192.0.2.9"));
	strcpy(two, standing("192.0.2.8"));
	effective_read(t.e, 0, &all);
	cr_assert_eq(find(one)->upstreams[0].effective.ms + find(two)->upstreams[0].effective.ms,
	    0);
	withdraw(two, NULL);
	all.at_ms = clock_now().wall.ms + 2000;
	effective_read(t.e, 0, &all);
	cr_assert_neq(find(one)->upstreams[0].effective.ms, 0);
}

/*
 * Lifted at one upstream the attack came through there: its rule, in place again, is effective
 * there alone.
 */
Test(engine_bird, a_canary_that_found_the_attack_makes_effective_where_it_was_lifted)
{
	struct decision back = { .kind = DECISION_ANNOUNCE, .why = DECIDE_CAME_BACK };
	struct mitigation m;
	char id[ID_LEN];

	t.routers = 2;
	bird_up(0);
	bird_up(1);
	start();
	strcpy(id, standing("192.0.2.9"));
	UNTIL(find(id)->upstreams[1].exported.ms != 0);
	m = *find(id);
	m.via = 2;
	intent_begin(t.e);
	cr_assert_eq(intent_announce(t.e, &m, NULL, NULL), 0);
	cr_assert_eq(intent_flush(t.e, NULL), 0);
	UNTIL(TAILQ_EMPTY(&t.e->pending));
	m.via = 3;
	intent_begin(t.e);
	cr_assert_eq(intent_announce(t.e, &m, &back, NULL), 0);
	cr_assert_eq(intent_flush(t.e, NULL), 0);
	UNTIL(exported(id));
	cr_assert_neq(find(id)->upstreams[0].effective.ms, 0);
	cr_assert_eq(find(id)->upstreams[1].effective.ms, 0);
	cr_assert_eq(records("outcome", "by", "canary"), 1);
}

Test(engine_bird, an_upstream_that_flaps_does_not_fill_the_log)
{
	const char *id;

	bird_up(0);
	start();
	id = standing("192.0.2.9");
	for (int i = 0; i < 1000; i++)
		outcome_events.carried(t.e, 0, 0, id, i % 2 == 1 ? BIRD_SENT : BIRD_NOT_SENT,
		    clock_now().wall);
	cr_assert_leq(records("reconcile", "result", "missing"), MISSING_A_MINUTE);
	cr_assert_leq(records("outcome", "result", "exported"), 1 + MISSING_A_MINUTE);
	cr_assert_gt(counter(COUNTER_FOLDED), 0);
}

static void
report_health(int fd, enum health h)
{
	struct sensor_report r = { .kind = REPORT_HEALTH, .health.health = (uint8_t)h };

	cr_assert_gt(send(fd, &r, report_size(r.kind), 0), 0);
}

Test(engine_bird, a_sensor_that_flaps_is_recorded_now_and_then)
{
	int pair[2];

	start();
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	engine_sensor(t.e, 0, 0, pair[0]);
	for (int i = 0; i < 40; i++)
		report_health(pair[1], i % 2 == 0 ? HEALTH_FRESH : HEALTH_LATE);
	turn(1200);
	cr_assert_eq(engine_sensor_state(t.e, 0)->report.health, HEALTH_LATE,
	    "people see the state of now");
	cr_assert_eq(records("sensor", NULL, NULL), 1);
	close(pair[1]);
}

Test(engine_bird, a_channel_that_ended_is_not_read_forever)
{
	int pair[2];
	uint64_t steps;

	start();
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	engine_sensor(t.e, 0, 0, pair[0]);
	close(pair[1]);
	turn(20);
	steps = counter(COUNTER_STEPS);
	turn(300);
	cr_assert_leq(counter(COUNTER_STEPS) - steps, 8, "the tick alone: one in 50 ms");
}

/* ---- incidents ----------------------------------------------------------- */

static void
stand_for(const struct incident *i, struct rule rule)
{
	struct mitigation m = { .rule = rule,
		.via = 1,
		.owner = "host-flood",
		.reason = "seen",
		.since = i->opened,
		.until = wall_add_ms(i->opened, 600000) };
	struct diag diag = { 0 };

	rule.dst = m.rule.dst = i->subject.prefix;
	strcpy(m.incident, i->id);
	cr_assert_eq(intent_announce(t.e, &m, NULL, &diag), 0, "%s", diag.say);
}

Test(engine_bird, an_incident_gets_both_of_its_mitigations_back)
{
	struct decision d = { .kind = DECISION_ESCALATED, .step = 1 };
	const struct incident *i;

	start();
	strcpy(d.incident.id, "i7");
	d.incident.subject.kind = SUBJECT_HOST;
	prefix_parse(&d.incident.subject.prefix, "192.0.2.9");
	d.incident.step = 1;
	d.incident.opened = clock_now().wall;
	intent_begin(t.e);
	record_decision(t.e, &d);
	stand_for(&d.incident, (struct rule){ .kind = RULE_FLOWSPEC, .rate_bps = 1e7,
					      .proto = { .n = 1, .r = { { 17, 17 } } } });
	stand_for(&d.incident, (struct rule){ .kind = RULE_RTBH });
	cr_assert_eq(intent_flush(t.e, NULL), 0);
	crash();
	start();
	pipeline_tick(t.e);
	i = engine_incident(t.e, 0);
	cr_assert_not_null(i);
	cr_assert_str_eq(i->id, "i7");
	cr_assert_eq(i->step, 1);
	cr_assert_str_eq(i->mitigation, "m2", "the harsher one");
	withdraw("m2", NULL);
	pipeline_tick(t.e);
	i = engine_incident(t.e, 0);
	cr_assert_eq(i->step, 0);
	cr_assert_str_eq(i->mitigation, "m1", "the milder one was there, too");
}

/*
 * A person takes its place, and BIRD refuses that, or the log loses it: the policy goes on with
 * what stands.
 */
Test(engine_bird, what_a_person_could_not_replace_is_the_policys_again)
{
	struct decision d = { .kind = DECISION_ESCALATED, .step = 1 };
	struct manual ana = { .who = "ana", .reason = "mine", .replaces = "m1" };
	struct rule r = { .kind = RULE_RTBH };
	struct diag diag = { 0 };
	char id[ID_LEN];

	bird_up(0);
	start();
	strcpy(d.incident.id, "i7");
	d.incident.subject.kind = SUBJECT_HOST;
	prefix_parse(&r.dst, "192.0.2.9");
	d.incident.subject.prefix = r.dst;
	d.incident.step = 1;
	d.incident.opened = clock_now().wall;
	intent_begin(t.e);
	record_decision(t.e, &d);
	stand_for(&d.incident, (struct rule){ .kind = RULE_RTBH });
	cr_assert_eq(intent_flush(t.e, NULL), 0);
	crash();
	start();
	UNTIL(fake_bird_runs(&t.bird[0], "192.0.2.9/32"));
	pipeline_tick(t.e);
	cr_assert_str_eq(engine_incident(t.e, 0)->mitigation, "m1");
	for (unsigned way = 0; way < 2; way++) {
		uint64_t refused = counter(COUNTER_REFUSED_BIRD),
			 lost = counter(COUNTER_REFUSED_DISK);

		t.bird[0].refuses = way == 0;
		if (way == 1)
			engine_together_begin(t.e);
		cr_assert_eq(engine_announce(t.e, &ana, &r, 0, 300000, id, &diag), 0, "%s",
		    diag.say);
		cr_assert_str_eq(find("m1")->owner, "ana");
		t.sync_fails = way == 1;
		if (way == 1)
			engine_together_end(t.e);
		t.sync_fails = false;
		UNTIL(
		    counter(COUNTER_REFUSED_BIRD) + counter(COUNTER_REFUSED_DISK) > refused + lost);
		t.bird[0].refuses = false;
		cr_assert_str_eq(find("m1")->owner, "host-flood");
		pipeline_tick(t.e);
		cr_assert_not_null(engine_incident(t.e, 0), "%u", way);
		cr_assert_str_eq(engine_incident(t.e, 0)->mitigation, "m1", "%u", way);
	}
}

Test(engine_bird, an_attack_without_room_is_recorded_and_is_no_incident)
{
	struct decision d = { .kind = DECISION_NOT_TAKEN, .step = -1, .why = "no room" };

	start();
	d.incident.step = -1;
	prefix_parse(&d.incident.subject.prefix, "192.0.2.9");
	record_decision(t.e, &d);
	cr_assert_eq(records("incident", "event", "not-taken"), 1);
	crash();
	start();
	cr_assert_null(engine_incident(t.e, 0));
}

static int
keep_incident(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	(void)n;
	(void)line;
	(void)len;
	if (strcmp(json_string_value(json_object_get(record, "kind")), "incident") == 0)
		*(json_t **)ctx = json_deep_copy(record);
	return 0;
}

static void
report_reading(int fd, enum metric metric, double value)
{
	struct sensor_report r = { .kind = REPORT_READING,
		.reading = { .metric = (uint8_t)metric,
		    .link = -1,
		    .subject.kind = SUBJECT_ALL,
		    .at_ms = clock_now().wall.ms,
		    .valid_ms = 60000,
		    .value = value } };

	cr_assert_gt(send(fd, &r, report_size(r.kind), 0), 0);
}

Test(engine_bird, an_incident_is_recorded_with_whose_it_is_and_what_is_in_danger)
{
	struct decision d = { .kind = DECISION_OPENED, .step = -1 };
	json_t *record = NULL, *danger;
	struct diag diag = { 0 };
	char path[128];
	int pair[2];

	start();
	t.e->settings->members_n = 1;
	strcpy(t.e->settings->members[0].name, "Radio");
	t.e->settings->members[0].prefixes_n = 1;
	prefix_parse(&t.e->settings->members[0].prefixes[0], "192.0.2.8/29");
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	engine_sensor(t.e, 0, 0, pair[0]);
	report_health(pair[1], HEALTH_FRESH);
	report_reading(pair[1], METRIC_FILL, 0.9704);
	report_reading(pair[1], METRIC_STATE_DROPS, 12);
	UNTIL(fusion_harm(core_fusion(t.e->core), HARM_STATE, clock_now()) == 1);
	strcpy(d.incident.id, "i7");
	d.incident.step = -1;
	d.incident.opened = clock_now().wall;
	prefix_parse(&d.incident.subject.prefix, "192.0.2.9");
	record_decision(t.e, &d);
	snprintf(path, sizeof(path), "%s/audit", t.dir);
	cr_assert_eq(audit_replay(path, keep_incident, &record, &diag), 0, "%s", diag.say);
	cr_expect_str_eq(json_string_value(json_object_get(record, "member")), "Radio");
	cr_expect_eq(json_array_size(json_object_get(record, "harm")), 1);
	danger = json_array_get(json_object_get(record, "harm"), 0);
	cr_expect_str_eq(json_string_value(json_object_get(danger, "kind")), "state");
	cr_expect_str_eq(json_string_value(json_object_get(danger, "name")), "wire");
	cr_expect_eq(json_real_value(json_object_get(danger, "fill")), 0.97);
	json_decref(record);
	close(pair[1]);
}

/* ---- its end ------------------------------------------------------------- */

static int
keep_start(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	(void)n;
	(void)line;
	(void)len;
	if (strcmp(json_string_value(json_object_get(record, "kind")), "start") != 0)
		return 0;
	json_decref(*(json_t **)ctx);
	*(json_t **)ctx = json_deep_copy(record);
	return 0;
}

/* By what the last start says. */
static bool
had_stopped(void)
{
	json_t *record = NULL;
	char dir[128];
	bool stopped;

	snprintf(dir, sizeof(dir), "%s/audit", t.dir);
	cr_assert_eq(audit_replay(dir, keep_start, &record, NULL), 0);
	stopped = json_is_true(json_object_get(json_object_get(record, "before"), "stopped"));
	json_decref(record);
	return stopped;
}

Test(engine_bird, a_stop_that_withdraws_is_a_stop_though_answers_come_after_it)
{
	bird_up(0);
	start();
	t.e->settings->withdraw_on_exit = true;
	standing("192.0.2.1/32");
	engine_stop(t.e);
	UNTIL(records("outcome", "verb", "withdraw") == 1);
	crash();
	start();
	cr_assert(had_stopped());
	crash();
	start();
	cr_assert_not(had_stopped(), "the stop before the last start is over");
}

/* ---- numbers ------------------------------------------------------------- */

Test(engine_bird, a_number_of_a_dry_run_is_not_used_again)
{
	char dry[ID_LEN];

	start_as(true);
	strcpy(dry, announce("192.0.2.9"));
	turn(50);
	crash();
	start();
	cr_assert_eq(engine_ledger(t.e)->n, 0);
	cr_assert_str_neq(announce("192.0.2.9"), dry);
}

/* ---- the step of going live ---------------------------------------------- */

static void
start_live(enum live live)
{
	struct engine_start how = { .base = t.base, .settings = make_settings() };
	struct diag diag = { 0 };

	how.settings->live = live;
	memset(how.sensors, -1, sizeof(how.sensors));
	cr_assert_eq(engine_new(&t.e, &how, &diag), 0, "%s", diag.say);
}

static enum live
in_use(bool *ret_ending)
{
	struct engine_status st;

	engine_status(t.e, &st);
	*ret_ending = st.live_ending;
	return st.live;
}

static int
tried(struct mitigation m)
{
	struct diag diag = { 0 };
	int err;

	intent_begin(t.e);
	err = intent_announce(t.e, &m, NULL, &diag);
	intent_flush(t.e, NULL);
	return err;
}

/* Also one that a person asks for, and again later: neither is new. */
Test(engine_bird, a_lower_step_leaves_what_stands_and_a_dry_run_begins_when_it_has_ended)
{
	struct manual ana = { .who = "ana", .reason = "a test" };
	struct rule r = { .kind = RULE_RTBH };
	struct diag diag = { 0 };
	char id[ID_LEN], other[ID_LEN];
	bool ending;

	bird_up(0);
	start_live(LIVE_LADDER);
	strcpy(id, standing("192.0.2.9"));
	cr_assert_eq(records("live", NULL, NULL), 0, "nothing was held back before");
	crash();
	start_live(LIVE_DRY_RUN);
	cr_assert_eq(in_use(&ending), LIVE_DRY_RUN);
	cr_assert(ending);
	cr_assert_eq(golive_decides(t.e), LIVE_OBSERVE,
	    "it asks for nothing that would be refused, and nobody");
	cr_assert_eq(records("live", "step", "dry-run"), 1);
	UNTIL(exported(id));
	prefix_parse(&r.dst, "192.0.2.10");
	cr_assert_eq(engine_announce(t.e, &ana, &r, 0, 60000, other, &diag), -EPERM);
	cr_assert_not_null(strstr(diag.say, "dry run begins when"), "%s", diag.say);
	cr_assert_eq(engine_extend(t.e, &ana, id, 1200000, &diag), -EPERM);
	cr_assert(fake_bird_runs(&t.bird[0], "192.0.2.9/32"));
	withdraw(id, NULL);
	UNTIL(!fake_bird_runs(&t.bird[0], "192.0.2.9/32"));
	UNTIL((in_use(&ending), !ending));
	/* and from then on it is one */
	cr_assert_eq(golive_decides(t.e), LIVE_DRY_RUN);
	cr_assert_eq(engine_announce(t.e, &ana, &r, 0, 60000, other, &diag), 0, "%s", diag.say);
	turn(100);
	cr_assert_not(fake_bird_runs(&t.bird[0], "192.0.2.10/32"));
	crash();
	start_live(LIVE_MANUAL);
	cr_assert_null(find(other), "what was tried stands for nothing");
	cr_assert_eq(records("live", "step", "manual"), 1);
	standing("192.0.2.11");
}

Test(engine_bird, what_the_step_does_not_let_it_do_alone_is_refused_and_told_once)
{
	char first[PREFIX_STRLEN];

	bird_up(0);
	start_live(LIVE_MANUAL);
	standing("192.0.2.9");
	for (unsigned i = 0; i < 3; i++)
		cr_assert_eq(tried(by_policy("192.0.2.20/32")), -EPERM);
	cr_assert_eq(records("refusal", "reason", "live"), 1, "the same again is counted");
	for (unsigned i = 0; i < 2 * LIVE_TOLD; i++) {
		snprintf(first, sizeof(first), "192.0.2.%u/32", 21 + i);
		cr_assert_eq(tried(by_policy(first)), -EPERM);
	}
	cr_assert_eq(records("refusal", "reason", "live"), LIVE_TOLD, "however many there are");
	cr_assert_eq(counter(COUNTER_REFUSED_LIVE), 3 + 2 * LIVE_TOLD);
	crash();
	start_live(LIVE_RATE_LIMIT);
	cr_assert_eq(tried(by_policy("192.0.2.20/32")), -EPERM, "it drops");
	UNTIL(bird_connected(engine_router(t.e, 0)));
	{
		struct mitigation m = by_policy("192.0.2.20/32");

		m.rule.rate_bps = 1e6;
		cr_assert_eq(tried(m), 0);
	}
}

Test(engine_bird, an_observing_daemon_announces_nothing_for_anybody_and_the_option_caps_the_step)
{
	struct manual ana = { .who = "ana", .reason = "a test" };
	struct rule r = { .kind = RULE_RTBH };
	struct diag diag = { 0 };
	char id[ID_LEN];
	bool ending;

	prefix_parse(&r.dst, "192.0.2.10");
	start_live(LIVE_OBSERVE);
	cr_assert_eq(engine_announce(t.e, &ana, &r, 0, 60000, id, &diag), -EPERM);
	cr_assert_not_null(strstr(diag.say, "only observes"), "%s", diag.say);
	cr_assert_eq(records("refusal", "reason", "live"), 1);
	cr_assert_eq(engine_looked(t.e, &ana, "abc", &diag), 0);
	cr_assert_eq(records("live", "event", "looked"), 1);
	crash();
	start_as(true);
	cr_assert_eq(in_use(&ending), LIVE_DRY_RUN);
	cr_assert_not(ending);
	cr_assert_eq(records("live", "step", "dry-run"), 1);
	crash();
	start_as(true);
	cr_assert_eq(records("live", "step", "dry-run"), 1, "it is no other step");
}

/* ---- drills -------------------------------------------------------------- */

static void
start_drilling_at(const char *address)
{
	struct engine_start how = { .base = t.base, .settings = make_settings() };
	struct diag diag = { 0 };

	prefix_parse(&how.settings->drill.prefix, address);
	how.settings->drill.rate_bps = 1e8;
	how.settings->drill.longest_ms = 600000;
	memset(how.sensors, -1, sizeof(how.sensors));
	cr_assert_eq(engine_new(&t.e, &how, &diag), 0, "%s", diag.say);
}

static void
start_drilling(void)
{
	start_drilling_at("192.0.2.254");
}

static int
drill(const char *target, int64_t for_ms, const char *says)
{
	struct manual ana = { .who = "ana", .reason = "a test" };
	struct prefix p;
	struct drill_wish wish = {
		.target = target != NULL ? &p : NULL, .for_ms = for_ms, .by = "feed"
	};
	struct diag diag = { 0 };
	int err;

	if (target != NULL)
		prefix_parse(&p, target);
	err = engine_drill_begin(t.e, &ana, &wish, &diag);
	cr_expect_eq(err != 0, says[0] != '\0', "%s", diag.say);
	cr_expect(says[0] == '\0' || strstr(diag.say, says) != NULL, "%s, not %s", diag.say, says);
	return err;
}

static int
end_drill(const char *result)
{
	struct manual ana = { .who = "ana", .reason = "enough" };
	struct diag diag;

	return engine_drill_end(t.e, &ana, result, &diag);
}

static int
count_marked(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	struct count *c = ctx;
	const json_t *say = json_object_get(record, "say");

	(void)n, (void)line, (void)len;
	if (!json_is_true(json_object_get(record, "drill")))
		return 0;
	cr_expect_not_null(strstr(json_string_value(json_object_get(say, "en")), "no attack"));
	c->n += strcmp(json_string_value(json_object_get(record, "kind")), c->kind) == 0;
	return 0;
}

static unsigned
marked(const char *kind)
{
	struct count c = { .kind = kind };
	struct diag diag = { 0 };
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/audit", t.dir);
	cr_assert_eq(audit_replay(dir, count_marked, &c, &diag), 0, "%s", diag.say);
	return c.n;
}

static struct incident
attack_at(const char *id, const char *host, double bps)
{
	struct incident i = { .step = -1,
		.subject = { .kind = SUBJECT_HOST },
		.bps = bps,
		.peak_bps = bps,
		.opened = clock_now().wall,
		.changed = clock_now().wall };

	snprintf(i.id, sizeof(i.id), "%s", id);
	prefix_parse(&i.subject.prefix, host);
	return i;
}

static void
opens(const struct incident *i)
{
	struct decision d = { .kind = DECISION_OPENED, .incident = *i, .step = -1 };

	record_decision(t.e, &d);
}

Test(engine_bird,
    a_drill_marks_its_own_address_within_its_bracket_and_nothing_else_also_over_a_crash)
{
	struct incident mine = attack_at("i1", "192.0.2.254", 5e7),
			other = attack_at("i2", "192.0.2.9", 5e7);
	char id[ID_LEN];

	bird_up(0);
	start_drilling();
	opens(&mine);
	cr_assert_eq(marked("incident"), 0, "before there is one");
	turn(5);
	cr_assert_eq(drill("192.0.2.254", 300000, ""), 0);
	strcpy(id, standing("192.0.2.254"));
	standing("192.0.2.8");
	cr_assert_eq(marked("intent"), 1);
	cr_assert_eq(marked("outcome"), 2, "BIRD's answer, and the read-back");
	opens(&mine);
	cr_assert_eq(marked("incident"), 0, "it began before the drill");
	mine.opened = clock_now().wall;
	opens(&mine);
	opens(&other);
	cr_assert_eq(marked("incident"), 1);
	crash();
	start_drilling();
	withdraw(id, NULL);
	UNTIL(TAILQ_EMPTY(&t.e->pending));
	cr_assert_eq(marked("intent"), 2);
	cr_assert_geq(marked("outcome"), 3, "%u: BIRD took that, too", marked("outcome"));
	cr_assert_eq(end_drill("passed"), 0);
	cr_assert_eq(end_drill("passed"), -ENOENT);
	cr_assert_eq(records("drill", "result", "passed"), 1);
	turn(5);
	standing("192.0.2.254");
	cr_assert_eq(marked("intent"), 2, "it is over");
}

Test(engine_bird, a_drill_has_an_end_of_its_own_also_when_nobody_ran_at_that_time)
{
	start_drilling();
	cr_assert_eq(drill(NULL, 1000, ""), 0);
	crash();
	turn(1100);
	start_drilling();
	UNTIL(records("drill", "event", "ended") == 1);
	cr_assert_eq(end_drill(""), -ENOENT);
}

/* Its address may be a member's by now. */
Test(engine_bird, a_drill_is_over_when_its_address_is_for_drills_no_more)
{
	struct incident i;

	start_drilling();
	cr_assert_eq(drill(NULL, 300000, ""), 0);
	turn(5);
	i = attack_at("i7", "192.0.2.254", 5e7);
	i.points = 20;
	crash();
	start_drilling_at("192.0.2.253");
	cr_assert_eq(decide_adopt(core_decide(t.e->core), &i, clock_now()), 0);
	drill_look(t.e, clock_now().wall);
	cr_assert_eq(records("drill", "event", "ended"), 1);
	cr_assert_eq(end_drill(""), -ENOENT);
	cr_assert_eq(records("drill", "event", "real"), 1);
	cr_assert_eq(records("incident", "event", "opened"), 1, "it is told as if it began now");
	cr_assert_eq(marked("incident"), 0);
}

Test(engine_bird, no_drill_begins_elsewhere_or_without_end_or_where_something_is_going_on)
{
	struct incident real = attack_at("i7", "192.0.2.254", 5e7);

	bird_up(0);
	start();
	drill(NULL, 60000, "names no address");
	crash();
	start_drilling();
	drill("192.0.2.9", 60000, "nowhere else");
	drill(NULL, 0, "needs an end");
	drill(NULL, 600001, "needs an end");
	standing("192.0.2.254");
	drill(NULL, 60000, "from before");
	crash();
	start_drilling();
	withdraw(engine_ledger(t.e)->all[0]->id, NULL);
	cr_assert_eq(decide_adopt(core_decide(t.e->core), &real, clock_now()), 0);
	drill(NULL, 60000, "is being attacked");
	cr_assert_eq(records("drill", NULL, NULL), 0);
}

/* Who floods the address of a drill with more than it said is no part of it. */
Test(engine_bird, what_is_larger_than_a_drill_said_is_an_attack_from_there_on)
{
	struct incident loud;

	start_drilling();
	cr_assert_eq(drill(NULL, 300000, ""), 0);
	turn(5);
	loud = attack_at("i7", "192.0.2.254", 2e8);
	opens(&loud);
	cr_assert_eq(marked("incident"), 1);
	cr_assert_eq(decide_adopt(core_decide(t.e->core), &loud, clock_now()), 0);
	UNTIL(records("drill", "event", "real") == 1);
	cr_assert_eq(records("incident", "event", "opened"), 2, "it is told as if it began now");
	cr_assert_eq(marked("incident"), 1);
	announce("192.0.2.254");
	cr_assert_eq(marked("intent"), 0);
	drill(NULL, 60000, "going on already");
}

/*
 * An attack at its address that began within it, some time after its end: how often the record says
 * that it is none.
 */
static unsigned
outlasts(double points, int64_t after_ms)
{
	struct incident i;

	start_drilling();
	cr_assert_eq(drill(NULL, 300000, ""), 0);
	turn(5);
	i = attack_at("i7", "192.0.2.254", 5e7);
	i.points = points;
	cr_assert_eq(decide_adopt(core_decide(t.e->core), &i, clock_now()), 0);
	cr_assert_eq(end_drill("passed"), 0);
	drill_look(t.e, wall_add_ms(clock_now().wall, after_ms));
	return records("drill", "event", "real");
}

Test(engine_bird, traffic_that_goes_on_for_a_minute_after_its_drill_is_an_attack)
{
	cr_assert_eq(outlasts(12, 61000), 1);
}

Test(engine_bird, traffic_that_goes_on_for_less_is_the_drill)
{
	cr_assert_eq(outlasts(12, 55000), 0);
}

/*
 * Its policy waits until it has been quiet for long enough, and nobody says meanwhile that anything
 * arrives.
 */
Test(engine_bird, an_attack_of_which_nothing_arrives_outlasts_no_drill)
{
	cr_assert_eq(outlasts(0, 61000), 0);
}

/* An attack of the drill that goes on. */
static struct incident
drilled(double points)
{
	struct incident i = attack_at("i7", "192.0.2.254", 5e7);

	i.points = points;
	cr_assert_eq(decide_adopt(core_decide(t.e->core), &i, clock_now()), 0);
	return i;
}

static unsigned
another_policy(void)
{
	struct settings *s = t.e->settings;

	s->policies[1] = s->policies[0];
	s->policies_n = 2;
	return 1;
}

Test(engine_bird, an_attack_keeps_the_mark_of_its_drill_when_there_are_others_also_over_a_crash)
{
	struct incident first = attack_at("i1", "192.0.2.254", 5e7), loud;

	start_drilling();
	cr_assert_eq(drill(NULL, 300000, ""), 0);
	turn(5);
	first.opened = clock_now().wall;
	opens(&first);
	cr_assert_eq(end_drill("passed"), 0);
	turn(5);
	cr_assert_eq(drill(NULL, 300000, ""), 0);
	opens(&first);
	cr_assert_eq(marked("incident"), 2);
	crash();
	start_drilling();
	opens(&first);
	cr_assert_eq(marked("incident"), 3);
	loud = attack_at("i2", "192.0.2.254", 2e8);
	loud.policy = another_policy();
	cr_assert_eq(decide_adopt(core_decide(t.e->core), &loud, clock_now()), 0);
	drill_look(t.e, clock_now().wall);
	cr_assert_eq(records("drill", "event", "real"), 1);
	opens(&first);
	opens(&loud);
	cr_assert_eq(marked("incident"), 4, "the second drill was none, and the first was one");
}

/* So do as many of them as are shown after they closed. */
Test(engine_bird, the_oldest_drill_is_forgotten_when_there_is_no_room)
{
	struct incident first;

	start_drilling();
	for (unsigned i = 0; i <= DRILLS_KEPT; i++) {
		cr_assert_eq(drill(NULL, 300000, ""), 0);
		turn(5);
		if (i == 0)
			first = attack_at("i1", "192.0.2.254", 5e7);
		cr_assert_eq(end_drill(""), 0);
		cr_assert_eq(engine_is_drill(t.e, &first.subject.prefix, first.opened),
		    i < DRILLS_KEPT);
		turn(5);
	}
}

Test(engine_bird, more_packets_than_a_drill_has_are_an_attack)
{
	struct incident many;

	start_drilling();
	cr_assert_eq(drill(NULL, 300000, ""), 0);
	turn(5);
	many = attack_at("i7", "192.0.2.254", 5e7);
	many.peak_pps = 1e8 / (64 * 8);
	cr_assert_eq(decide_adopt(core_decide(t.e->core), &many, clock_now()), 0);
	drill_look(t.e, clock_now().wall);
	cr_assert_eq(records("drill", "event", "real"), 0, "as many as it may have");
	many = attack_at("i8", "192.0.2.254", 5e7);
	many.policy = another_policy();
	many.peak_pps = 1e8 / (64 * 8) + 1;
	cr_assert_eq(decide_adopt(core_decide(t.e->core), &many, clock_now()), 0);
	drill_look(t.e, clock_now().wall);
	cr_assert_eq(records("drill", "event", "real"), 1);
	cr_assert_eq(records("incident", "event", "opened"), 2, "every policy that sees it");
	cr_assert_eq(marked("incident"), 0);
}

static void
endanger(int *ret_fd)
{
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	engine_sensor(t.e, 0, 0, pair[0]);
	report_health(pair[1], HEALTH_FRESH);
	report_reading(pair[1], METRIC_FILL, 0.97);
	report_reading(pair[1], METRIC_STATE_DROPS, 12);
	UNTIL(fusion_harm(core_fusion(t.e->core), HARM_STATE, clock_now()) == 1);
	*ret_fd = pair[1];
}

/* Whatever its rate is. */
Test(engine_bird, a_drill_with_which_something_shared_is_in_danger_is_an_attack)
{
	int fd;

	start_drilling();
	cr_assert_eq(drill(NULL, 300000, ""), 0);
	turn(5);
	endanger(&fd);
	drilled(20);
	drill_look(t.e, clock_now().wall);
	cr_assert_eq(records("drill", "event", "real"), 1);
	close(fd);
}

Test(engine_bird, what_another_attack_endangers_makes_no_drill_one)
{
	struct incident other;
	int fd;

	start_drilling();
	cr_assert_eq(drill(NULL, 300000, ""), 0);
	turn(5);
	endanger(&fd);
	drilled(20);
	other = attack_at("i8", "192.0.2.9", 5e9);
	other.points = 20;
	cr_assert_eq(decide_adopt(core_decide(t.e->core), &other, clock_now()), 0);
	drill_look(t.e, clock_now().wall);
	cr_assert_eq(records("drill", "event", "real"), 0);
	close(fd);
}

Test(engine_bird, no_drill_begins_while_something_shared_is_in_danger)
{
	int fd;

	start_drilling();
	endanger(&fd);
	drill(NULL, 60000, "no time for a drill");
	cr_assert_eq(records("drill", NULL, NULL), 0);
	close(fd);
}

/* Its detector may say nothing any more, and nobody else would end it. */
Test(engine_bird, the_attack_of_a_drill_ends_with_it)
{
	start_drilling();
	cr_assert_eq(drill(NULL, 300000, ""), 0);
	turn(5);
	drilled(0);
	drill_look(t.e, clock_now().wall);
	pipeline_tick(t.e);
	cr_assert_eq(records("incident", "event", "closed"), 0, "it goes on");
	cr_assert_eq(end_drill("passed"), 0);
	drill_look(t.e, clock_now().wall);
	pipeline_tick(t.e);
	cr_assert_eq(records("incident", "event", "closed"), 1);
	cr_assert_eq(marked("incident"), 1);
	cr_assert_eq(engine_incident(t.e, 0)->state, INCIDENT_CLOSED);
}

Test(engine_bird, an_attack_that_a_drill_turned_into_does_not_end_with_it)
{
	struct incident loud;

	start_drilling();
	cr_assert_eq(drill(NULL, 300000, ""), 0);
	turn(5);
	loud = attack_at("i7", "192.0.2.254", 2e8);
	cr_assert_eq(decide_adopt(core_decide(t.e->core), &loud, clock_now()), 0);
	drill_look(t.e, clock_now().wall);
	cr_assert_eq(end_drill("failed"), 0);
	drill_look(t.e, clock_now().wall);
	pipeline_tick(t.e);
	cr_assert_eq(records("incident", "event", "closed"), 0);
	cr_assert_eq(engine_incident(t.e, 0)->state, INCIDENT_OPEN);
}

static int
keep_real(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	const char *event = json_string_value(json_object_get(record, "event"));

	(void)n, (void)line, (void)len;
	if (event != NULL && strcmp(event, "real") == 0)
		*(json_t **)ctx = json_deep_copy(record);
	return 0;
}

/* Its own records said that it was no attack's. */
Test(engine_bird, what_stands_when_a_drill_turns_out_to_be_an_attack_is_told_with_that)
{
	json_t *record = NULL, *one;
	struct diag diag = { 0 };
	struct incident loud;
	char dir[128], id[ID_LEN];

	bird_up(0);
	start_drilling();
	cr_assert_eq(drill(NULL, 300000, ""), 0);
	turn(5);
	standing("192.0.2.8");
	strcpy(id, standing("192.0.2.254"));
	loud = attack_at("i7", "192.0.2.254", 2e8);
	cr_assert_eq(decide_adopt(core_decide(t.e->core), &loud, clock_now()), 0);
	drill_look(t.e, clock_now().wall);
	snprintf(dir, sizeof(dir), "%s/audit", t.dir);
	cr_assert_eq(audit_replay(dir, keep_real, &record, &diag), 0, "%s", diag.say);
	cr_assert_eq(json_array_size(json_object_get(record, "stands")), 1);
	one = json_array_get(json_object_get(record, "stands"), 0);
	cr_expect_str_eq(json_string_value(json_object_get(one, "id")), id);
	json_decref(record);
	withdraw(id, NULL);
	UNTIL(TAILQ_EMPTY(&t.e->pending));
	cr_assert_eq(marked("intent"), 1, "what is done with it from here on is no drill's");
	cr_assert_eq(marked("outcome"), 2);
}
