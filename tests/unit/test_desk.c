/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "full_disk.h"
#include "leak.h"
#include "base/lang.h"
#include "notify/desk.h"
#include "notify/queue.h"

TestSuite(desk, .fini = leak_check);

#define DAY_MS 86400000

/* A desk that tells alarms to one chat that nobody answers at. */
struct rig {
	char dir[64];
	struct settings s;
	struct event_base *base;
	struct multi *multi;
	struct desk *desk;
	struct now now;
	bool known;
};

static const char *
no_secret(const void *ctx, unsigned notify)
{
	(void)ctx;
	(void)notify;
	return "";
}

static void
open_desk(struct rig *r)
{
	struct desk_setup setup = { .settings = &r->s, .secret = no_secret, .multi = r->multi };
	struct diag why = { 0 };

	cr_assert_eq(desk_new(&r->desk, &setup, &r->known, &why), 0, "%s", why.say);
}

static struct rig *
rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct notify *n = &r->s.notify[0];
	const char *top = getenv("top_srcdir");

	strcpy(r->dir, "/tmp/seawall-desk-XXXXXX");
	cr_assert_not_null(mkdtemp(r->dir));
	strcpy(r->s.messages.state, r->dir);
	snprintf(r->s.messages.templates, sizeof(r->s.messages.templates), "%s/policies/messages",
	    top != NULL ? top : ".");
	r->s.messages.queue = 100;
	r->s.messages.expire_ms = DAY_MS;
	r->s.messages.many = 20;
	r->s.messages.many_ms = 60000;
	r->s.notify_n = 1;
	strcpy(n->name, "chat");
	strcpy(n->type, "webhook");
	strcpy(n->target, "http://127.0.0.1:9/x");
	strcpy(n->language, "en");
	strcpy(n->on[0], "alarm");
	n->on_n = 1;
	r->base = event_base_new();
	cr_assert_eq(multi_new(&r->multi, r->base, NULL), 0);
	r->now = clock_now();
	open_desk(r);
	return r;
}

static void
rig_free(struct rig *r)
{
	char command[128];

	desk_free(r->desk);
	multi_free(r->multi);
	event_base_free(r->base);
	snprintf(command, sizeof(command), "rm -r %s", r->dir);
	cr_assert_eq(system(command), 0);
	free(r);
}

static void
again(struct rig *r)
{
	desk_free(r->desk);
	open_desk(r);
}

/* Record n of a kind, written then. */
static void
record(struct rig *r, const char *kind, uint64_t n, int64_t later_ms)
{
	struct desk_place behind = { .n = n + 1, .at = 100 * (n + 1), .prev = "x" };
	char t[WALL_STRLEN];
	json_t *j = json_pack("{s:s,s:s,s:{s:s,s:s}}", "kind", kind, "t",
	    wall_str(wall_add_ms(r->now.wall, later_ms), t), "say", "en", "It", "es", "Ello");

	desk_record(r->desk, j, &behind, true);
	json_decref(j);
}

static void
turn(struct rig *r, int64_t later_ms)
{
	r->now.wall = wall_add_ms(r->now.wall, later_ms);
	r->now.mono = mono_add_ms(r->now.mono, later_ms);
	desk_turn(r->desk, r->now, "");
}

/* Messages of that folder whose name ends so. */
static unsigned
waiting(const struct rig *r, const char *queue, const char *ends)
{
	char path[128];
	struct dirent *e;
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", r->dir, queue);
	d = opendir(path);
	cr_assert_not_null(d, "%s", path);
	while ((e = readdir(d)) != NULL) {
		size_t len = strlen(e->d_name), want = strlen(ends);

		n +=
		    e->d_name[0] != '.' && len >= want && strcmp(e->d_name + len - want, ends) == 0;
	}
	closedir(d);
	return n;
}

Test(desk, an_alarm_about_the_record_is_not_taken_for_that_of_a_record)
{
	struct rig *r = rig_new();

	desk_alarm(r->desk, "changed", "The record was changed", "a", r->now);
	desk_alarm(r->desk, "silent", "The record is silent", "b", r->now);
	desk_alarm(r->desk, "silent", "The record is silent", "b", r->now);
	record(r, "recovery", 0, 0);
	cr_expect_eq(waiting(r, "chat", ""), 3);
	rig_free(r);
}

Test(desk, what_was_well_again_is_told_again)
{
	struct rig *r = rig_new();

	for (uint64_t i = 0; i < 3; i++) {
		record(r, "heartbeat", 10 * i, 0);
		desk_alarm(r->desk, "exchanged", "The record was changed", "a", r->now);
		turn(r, 0);
		again(r);
		cr_expect(r->known);
		cr_expect_eq(waiting(r, "chat", ""), i + 1);
		desk_well(r->desk, "exchanged");
	}
	rig_free(r);
}

Test(desk, a_clock_that_was_ahead_once_hides_no_silence)
{
	struct rig *r = rig_new();

	record(r, "heartbeat", 0, DAY_MS);
	turn(r, 0);
	cr_expect_eq(waiting(r, "chat", ""), 0);
	turn(r, DESK_SILENT_MS + 1000);
	cr_expect_eq(waiting(r, "chat", "-silent"), 1);
	record(r, "heartbeat", 1, 0);
	cr_expect_leq(desk_told(r->desk).ms, clock_now().wall.ms);
	rig_free(r);
}

Test(desk, what_waits_outlives_a_state_that_cannot_be_read)
{
	struct rig *r = rig_new();
	char path[128];
	FILE *f;

	for (uint64_t i = 0; i < 5; i++) {
		record(r, "pause", i, 0);
		turn(r, 0);
	}
	cr_expect_eq(waiting(r, "chat", "-alarm"), 5);
	snprintf(path, sizeof(path), "%s/state.json", r->dir);
	f = fopen(path, "w");
	fputs("garbage", f);
	fclose(f);
	again(r);
	cr_expect_not(r->known);
	cr_expect_eq(waiting(r, "chat", "-alarm"), 5);
	record(r, "heartbeat", 9, 0);
	turn(r, 20000);
	again(r);
	cr_expect(r->known);
	cr_expect_eq(waiting(r, "chat", "-alarm"), 5);
	rig_free(r);
}

Test(desk, stays_before_what_the_disk_did_not_take)
{
	struct desk_place at;
	struct rig *r = rig_new();

	record(r, "heartbeat", 0, 0);
	turn(r, 20000);
	let_files_be(0);
	record(r, "pause", 1, 0);
	turn(r, 20000);
	let_files_be(RLIM_INFINITY);
	again(r);
	desk_place(r->desk, &at);
	cr_expect_eq(at.n, 1, "a crash makes it again");
	let_files_be(0);
	record(r, "pause", 1, 0);
	turn(r, 20000);
	let_files_be(RLIM_INFINITY);
	turn(r, 20000);
	again(r);
	desk_place(r->desk, &at);
	cr_expect_eq(at.n, 2);
	cr_expect_eq(waiting(r, "chat", ""), 1);
	rig_free(r);
}

Test(desk, knows_after_a_restart_of_what_members_are_to_be_told)
{
	const struct desk_owed *owed;
	struct rig *r = rig_new();

	record(r, "incident", 4, 0);
	cr_expect_eq(desk_owe(r->desk, "i1"), 0);
	record(r, "incident", 9, 0);
	cr_expect_eq(desk_owe(r->desk, "i2"), 0);
	turn(r, 20000);
	again(r);
	cr_assert_eq(desk_owed(r->desk, &owed), 2);
	cr_expect_str_eq(owed[0].incident, "i1");
	cr_expect_eq(owed[0].n, 4);
	desk_paid(r->desk, 1);
	turn(r, 40000);
	again(r);
	cr_assert_eq(desk_owed(r->desk, &owed), 1);
	cr_expect_str_eq(owed[0].incident, "i2");
	cr_expect_eq(owed[0].n, 9);
	for (unsigned i = 1; i < DESK_OWED_MAX; i++)
		cr_expect_eq(desk_owe(r->desk, "i3"), 0);
	cr_expect_eq(desk_owe(r->desk, "i4"), -ENOSPC);
	rig_free(r);
}

/* Their mail waits where it holds up nobody's, and nobody's holds up theirs. */
Test(desk, members_have_a_queue_of_their_own)
{
	struct rig *r = rig_new();
	struct notify *n = &r->s.notify[1];
	struct message m = { 0 };
	struct queue *q;
	struct queue_item *i;
	unsigned damaged;
	char path[128];

	r->s.notify_n = 2;
	*n = r->s.notify[0];
	strcpy(n->name, "post");
	strcpy(n->type, "mail");
	strcpy(n->target, "smtp://127.0.0.1:9");
	strcpy(n->to[0], "ana@x.example");
	n->to_n = 1;
	strcpy(r->s.messages.members, "post");
	strcpy(r->s.members[0].name, "Funds");
	r->s.members_n = 1;
	again(r);
	record(r, "pause", 0, 0);
	desk_member(r->desk, 0, 0, "people@member.example", "Fue breve.", LANG_ES);
	turn(r, 0);
	cr_expect_eq(waiting(r, "chat", ""), 1);
	cr_expect_eq(waiting(r, "post=ana@x.example", ""), 1);
	cr_expect_eq(waiting(r, "post=members", ""), 1, "the notice, and no alarm");
	snprintf(path, sizeof(path), "%s/post=members", r->dir);
	cr_assert_eq(queue_open(&q, path, 10, 9, &damaged), 0);
	i = queue_take(q, (mono_t){ 1 });
	cr_assert_not_null(i);
	cr_assert_eq(queue_read(q, i, &m), 0);
	cr_expect_str_eq(m.to, "people@member.example");
	cr_expect_str_eq(m.language, "es");
	cr_expect_not_null(strstr(m.body, "Fue breve."));
	message_fini(&m);
	queue_close(q);
	rig_free(r);
}

/* After a power cut the numbers of records that were lost come again. */
Test(desk, goes_on_behind_what_is_settled_with_names_of_its_own)
{
	struct desk_place at;
	struct rig *r = rig_new();

	record(r, "pause", 0, 0);
	desk_settle(r->desk);
	record(r, "pause", 1, 0);
	turn(r, 0);
	again(r);
	desk_settled(r->desk, &at);
	cr_expect_eq(at.n, 1);
	cr_expect_str_eq(at.prev, "x");
	desk_moved(r->desk, &at);
	record(r, "pause", 1, 0);
	turn(r, 0);
	again(r);
	cr_expect_eq(waiting(r, "chat", "1-alarm"), 2);
	cr_expect_eq(waiting(r, "chat", ""), 3);
	desk_place(r->desk, &at);
	cr_expect_eq(at.n, 2);
	desk_moved(r->desk, NULL);
	desk_settled(r->desk, &at);
	cr_expect_eq(at.n, 0);
	rig_free(r);
}
