/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leak.h"
#include "main/doubt.h"
#include "main/members.h"
#include "notify/queue.h"

TestSuite(members, .fini = leak_check);

/* A log of an attack, and a desk that tells the one member whom it was about. */
struct rig {
	char dir[64];
	struct settings s;
	struct event_base *base;
	struct multi *multi;
	struct desk *desk;
	struct members *members;
};

static const char *
no_secret(const void *ctx, unsigned notify)
{
	(void)ctx;
	(void)notify;
	return "";
}

static void
start(struct rig *r)
{
	struct desk_setup setup = { .settings = &r->s, .secret = no_secret, .multi = r->multi };
	struct diag why = { 0 };
	bool known;

	cr_assert_eq(desk_new(&r->desk, &setup, &known, &why), 0, "%s", why.say);
	cr_assert_eq(members_new(&r->members, r->desk, &r->s), 0);
}

static void
stop(struct rig *r)
{
	members_free(r->members);
	desk_free(r->desk);
}

/* Before the attack, somebody takes its target off the net at all providers. */
static const char by_hand[] =
    "src = src.replace('m3', 'm4').replace('m2', 'm3').replace('m1', 'm2')\n"
    "at = src.index('add(\"03:00:00.000\", \"incident\"')\n"
    "src = src[:at] + '''\n"
    "hole = {**measure('m1', HOLE, '03:40:00.000', ['transit-a', 'transit-b']), 'origin': 'person', 'owner': 'ben', 'incident': ''}\n"
    "add('02:59:10.000', 'intent', 'x', id='m1', verb='announce', who='ben', why='', mitigation=hole)\n"
    "add('02:59:10.100', 'outcome', 'x', id='m1', verb='announce', router='edge', result='applied')\n"
    "''' + src[at:]\n";

static void
write_log(const struct rig *r, const char *top, const char *change)
{
	char path[128], command[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/make.py", r->dir);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	fprintf(f,
	    "import sys\nsrc = open('%s/tests/golden/report/records.py').read()\n%s\nexec(src)\n",
	    top, change);
	cr_assert_eq(fclose(f), 0);
	snprintf(command, sizeof(command), "mkdir %s/state && python3 %s %s/audit", r->dir, path,
	    r->dir);
	cr_assert_eq(system(command), 0);
}

static struct rig *
rig_new(const char *change)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct notify *n = &r->s.notify[0];
	struct member *m = &r->s.members[0];
	const char *top = getenv("top_srcdir");

	strcpy(r->dir, "/tmp/seawall-members-XXXXXX");
	cr_assert_not_null(mkdtemp(r->dir));
	snprintf(r->s.audit_directory, sizeof(r->s.audit_directory), "%s/audit", r->dir);
	snprintf(r->s.messages.state, sizeof(r->s.messages.state), "%s/state", r->dir);
	snprintf(r->s.messages.templates, sizeof(r->s.messages.templates), "%s/policies/messages",
	    top != NULL ? top : ".");
	write_log(r, top != NULL ? top : ".", change);
	r->s.messages.queue = 100;
	r->s.messages.expire_ms = 86400000;
	r->s.messages.many = 20;
	r->s.messages.many_ms = 60000;
	strcpy(r->s.messages.members, "post");
	strcpy(r->s.organization.time_zone, "UTC");
	r->s.notify_n = r->s.members_n = 1;
	strcpy(n->name, "post");
	strcpy(n->type, "mail");
	strcpy(n->target, "smtp://127.0.0.1:9");
	strcpy(n->to[0], "ana@x.example");
	n->to_n = 1;
	strcpy(m->name, "Network of Funds");
	strcpy(m->contact, "mailto:people@member.example");
	strcpy(m->language, "en");
	cr_assert_eq(prefix_parse(&m->prefixes[0], "192.0.2.80/32"), 0);
	m->prefixes_n = 1;
	r->base = event_base_new();
	cr_assert_eq(multi_new(&r->multi, r->base, NULL), 0);
	start(r);
	return r;
}

static void
rig_free(struct rig *r)
{
	char command[128];

	stop(r);
	multi_free(r->multi);
	event_base_free(r->base);
	snprintf(command, sizeof(command), "rm -r %s", r->dir);
	cr_assert_eq(system(command), 0);
	free(r);
}

/* As the messenger does, to the log's end. */
static void
follow(struct rig *r, bool new)
{
	struct follower *log;
	struct follower_record one;
	struct follower_place before, at;

	cr_assert_eq(follower_open(&log, r->s.audit_directory, NULL, NULL), 0);
	for (;;) {
		struct desk_place behind = { 0 };

		follower_place(log, &before);
		if (follower_next(log, &one, NULL) <= 0)
			break;
		follower_place(log, &at);
		behind.n = at.chain.n;
		behind.at = at.at;
		behind.segment = at.segment;
		desk_record(r->desk, one.json, &behind, new);
		members_see(r->members, one.json, &before, new);
		json_decref(one.json);
	}
	follower_close(log);
}

static unsigned
owed(const struct rig *r)
{
	const struct desk_owed *of;

	return desk_owed(r->desk, &of);
}

static void
turn(struct rig *r, mono_t now)
{
	while (members_turn(r->members, now))
		;
}

static void
tell(struct rig *r)
{
	struct now now = clock_now();

	turn(r, now.mono);
	now.mono = mono_add_ms(now.mono, 20000);
	desk_turn(r->desk, now, "");
}

/* What waits for members, one message; the caller's. */
static char *
notice(const struct rig *r)
{
	struct message m = { 0 };
	char path[128], *body;
	struct queue *q;
	unsigned damaged;

	snprintf(path, sizeof(path), "%s/state/post=members", r->dir);
	cr_assert_eq(queue_open(&q, path, 10, 99, &damaged), 0);
	cr_assert_eq(queue_state(q).n, 1, "%s: %u", path, queue_state(q).n);
	cr_assert_eq(queue_read(q, queue_take(q, (mono_t){ 1 }), &m), 0);
	body = strdup(m.body);
	message_fini(&m);
	queue_close(q);
	return body;
}

Test(members, are_told_once_and_alike_from_where_it_began_and_after_a_restart)
{
	struct rig *r = rig_new(""), *later = rig_new("");
	char *told, *after;

	follow(r, true);
	cr_assert_eq(owed(r), 1, "put aside, not read at once");
	tell(r);
	cr_expect_eq(owed(r), 0);
	told = notice(r);
	cr_expect_not_null(strstr(told, "Network of Funds"));
	tell(r);
	free(told);
	told = notice(r);

	follow(later, true);
	desk_turn(later->desk,
	    (struct now){ .wall = clock_now().wall, .mono = mono_add_ms(clock_now().mono, 20000) },
	    "");
	stop(later);
	start(later);
	cr_assert_eq(owed(later), 1, "known after a crash");
	tell(later);
	after = notice(later);
	cr_expect_str_eq(after, told, "all of the log read, or from the attack's beginning on");
	free(told);
	free(after);
	rig_free(r);
	rig_free(later);
}

Test(members, are_told_what_stood_already_when_the_attack_on_them_began)
{
	struct rig *r = rig_new(by_hand), *later = rig_new(by_hand);
	char *told, *after;

	follow(r, true);
	tell(r);
	told = notice(r);
	cr_expect_not_null(strstr(told, "unreachable from outside"), "%s", told);
	cr_expect_not_null(strstr(told, "people decided"), "%s", told);
	follow(later, true);
	desk_turn(later->desk,
	    (struct now){ .wall = clock_now().wall, .mono = mono_add_ms(clock_now().mono, 20000) },
	    "");
	stop(later);
	start(later);
	tell(later);
	after = notice(later);
	cr_expect_str_eq(after, told, "all of the log read, or from what stood on");
	free(told);
	free(after);
	rig_free(r);
	rig_free(later);
}

Test(members, are_not_told_of_what_is_not_new)
{
	struct rig *r = rig_new("");

	follow(r, false);
	cr_expect_eq(owed(r), 0);
	cr_expect_not(members_turn(r->members, clock_now().mono));
	rig_free(r);
}

static void
move(const struct rig *r, const char *from, const char *to)
{
	char command[256];

	snprintf(command, sizeof(command), "mv %s/%s %s/%s", r->dir, from, r->dir, to);
	cr_assert_eq(system(command), 0);
}

/* A log that is gone, or another one: that is said, and not tried for ever. */
Test(members, are_given_up_when_the_record_stays_unreadable)
{
	struct rig *r = rig_new("");
	mono_t now = clock_now().mono;

	follow(r, true);
	move(r, "audit", "away");
	turn(r, now);
	turn(r, mono_add_ms(now, DOUBT_MS - 1));
	cr_expect_eq(owed(r), 1);
	turn(r, mono_add_ms(now, DOUBT_MS));
	cr_expect_eq(owed(r), 0);
	rig_free(r);
}

/* As often as that happens. */
Test(members, are_told_when_the_record_was_away)
{
	struct rig *r = rig_new("");
	mono_t now = clock_now().mono;

	for (int i = 0; i < 2; i++) {
		follow(r, true);
		move(r, "audit", "away");
		turn(r, mono_add_ms(now, i * DOUBT_MS));
		cr_expect_eq(owed(r), 1);
		move(r, "away", "audit");
		tell(r);
		cr_expect_eq(owed(r), 0);
		free(notice(r));
	}
	rig_free(r);
}
