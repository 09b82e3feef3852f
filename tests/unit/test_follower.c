/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "audit/follower.h"
#include "audit_log.h"
#include "leak.h"

TestSuite(follower, .fini = leak_check);

static struct follower *
follow_from(const struct log *l, const struct follower_place *from)
{
	struct diag d = { 0 };
	struct follower *f = NULL;

	cr_assert_eq(follower_open(&f, l->dir, from, &d), 0, "%s", d.say);
	return f;
}

/* What there is, `most` records at most: how many, each the one after the last. */
static uint64_t
read_some(struct follower *f, uint64_t most)
{
	struct follower_place before, after;
	struct follower_record r;
	struct diag d = { 0 };
	int got = 0;

	follower_place(f, &before);
	for (uint64_t n = before.chain.n, end = n + most;
	     n < end && (got = follower_next(f, &r, &d)) > 0; n++) {
		cr_assert_eq(r.n, n);
		cr_assert_eq(json_integer_value(json_object_get(r.json, "n")), n);
		cr_assert_eq(r.line[0], '{');
		cr_assert_eq(r.line[r.len - 1], '}');
		json_decref(r.json);
	}
	cr_assert_geq(got, 0, "%d: %s", got, d.say);
	follower_place(f, &after);
	return after.chain.n - before.chain.n;
}

static uint64_t
read_all(struct follower *f)
{
	return read_some(f, UINT64_MAX / 2);
}

static void
path_of(const struct log *l, unsigned segment, char path[static 128])
{
	snprintf(path, 128, "%s/%08u.jsonl", l->dir, segment);
}

static void
write_end(const struct log *l, unsigned segment, const char *bytes, size_t len)
{
	char path[128];
	int fd;

	path_of(l, segment, path);
	fd = open(path, O_WRONLY | O_APPEND);
	cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

Test(follower, hands_over_what_comes_while_it_comes)
{
	struct log l = log_new();
	struct follower *f;

	log_open(&l);
	f = follow_from(&l, NULL);
	cr_assert_eq(read_all(f), 0);
	for (unsigned i = 0; i < 5; i++) {
		log_fill(&l, i);
		cr_assert_eq(read_all(f), i);
	}
	follower_close(f);
	log_remove(&l);
}

Test(follower, begins_before_the_first_segment_is_there)
{
	struct log l = log_new();
	struct follower *f = follow_from(&l, NULL);

	cr_assert_eq(read_all(f), 0);
	log_open(&l);
	log_fill(&l, 3);
	cr_assert_eq(read_all(f), 3);
	follower_close(f);
	log_remove(&l);
}

/* All but the newest. */
static void
compress(const struct log *l)
{
	char command[256];

	snprintf(command, sizeof(command), "cd %s && gzip $(ls *.jsonl | head -n -1)", l->dir);
	cr_assert_eq(system(command), 0);
}

/* An archive: its newest segment is compressed, too; then a daemon goes on behind it. */
Test(follower, waits_at_the_end_of_a_compressed_segment)
{
	struct log l = log_new();
	char command[128];
	struct follower *f;

	log_open(&l);
	log_fill(&l, 50);
	log_close(&l);
	snprintf(command, sizeof(command), "gzip %s/*.jsonl", l.dir);
	cr_assert_eq(system(command), 0);
	f = follow_from(&l, NULL);
	cr_assert_eq(read_all(f), 50);
	cr_assert_eq(read_all(f), 0);
	log_open(&l);
	cr_assert_eq(read_all(f), 0);
	cr_assert_eq(log_add(&l, 50, AUDIT_LATER), 0);
	cr_assert_eq(read_all(f), 1);
	follower_close(f);
	log_remove(&l);
}

/*
 * Every place is kept, closed and gone on from; segments change in between, and some are
 * compressed.
 */
Test(follower, goes_on_at_every_place_over_segments)
{
	struct log l = log_new();
	struct follower_place at = { 0 };
	struct follower_record r;
	unsigned n = 0;

	log_open(&l);
	audit_segment_max(l.a, 2000);
	log_fill(&l, 40);
	for (;; n++) {
		struct follower *f;
		int got;

		if (n == 15)
			compress(&l);
		f = follow_from(&l, n == 0 ? NULL : &at);
		got = follower_next(f, &r, NULL);
		if (got > 0)
			json_decref(r.json);
		follower_place(f, &at);
		follower_close(f);
		if (got == 0)
			break;
		cr_assert_eq(got, 1);
		cr_assert_eq(r.n, n);
	}
	cr_assert_eq(n, 40);
	cr_assert_gt(at.segment, 3);
	log_remove(&l);
}

Test(follower, follows_into_segments_begun_under_its_eyes)
{
	struct log l = log_new();
	struct follower *f;

	log_open(&l);
	audit_segment_max(l.a, 1500);
	f = follow_from(&l, NULL);
	for (unsigned i = 0; i < 30; i++) {
		cr_assert_eq(log_add(&l, i, AUDIT_LATER), 0);
		cr_assert_eq(read_all(f), 1, "record %u", i);
	}
	follower_close(f);
	log_remove(&l);
}

/*
 * Each possible half of a line, seen, then cut off by the writer's repair, then another record in
 * its place.
 */
Test(follower, a_torn_end_and_its_repair_disturb_nothing)
{
	static const char line[] =
	    "{\"kind\":\"intent\",\"n\":2,\"prev\":\"AAAA\",\"say\":{\"en\":\"\",\"es\":\"\"}";
	struct log l = log_new();
	struct follower *f;

	log_open(&l);
	log_fill(&l, 2);
	f = follow_from(&l, NULL);
	cr_assert_eq(read_all(f), 2);
	for (size_t cut = 1; cut < sizeof(line); cut += 7) {
		log_close(&l);
		write_end(&l, 0, line, cut);
		cr_assert_eq(read_all(f), 0);
		cr_assert_eq(log_open(&l), cut);
		cr_assert_eq(log_add(&l, 0, AUDIT_LATER), 0);
		cr_assert_eq(read_all(f), 1);
	}
	follower_close(f);
	log_remove(&l);
}

Test(follower, names_a_changed_record_and_stays_before_it)
{
	struct log l = log_new();
	struct follower_place at;
	struct follower_record r;
	struct follower *f;
	struct diag d;
	char path[128];
	int fd;

	log_open(&l);
	log_fill(&l, 4);
	log_close(&l);
	f = follow_from(&l, NULL);
	for (unsigned i = 0; i < 2; i++) {
		cr_assert_eq(follower_next(f, &r, NULL), 1);
		json_decref(r.json);
	}
	follower_place(f, &at);
	path_of(&l, 0, path);
	fd = open(path, O_WRONLY);
	cr_assert_eq(pwrite(fd, "A", 1, (off_t)at.at + (strstr(r.line, "asking") - r.line)), 1);
	close(fd);
	follower_close(f);
	f = follow_from(&l, &at);
	for (unsigned i = 0; i < 3; i++) {
		cr_assert_eq(follower_next(f, &r, &d), i == 0 ? 1 : -EBADMSG);
		if (i == 0)
			json_decref(r.json);
		else
			cr_assert_not_null(strstr(d.say, "3"));
	}
	follower_place(f, &at);
	cr_assert_eq(at.chain.n, 3);
	follower_close(f);
	log_remove(&l);
}

Test(follower, says_that_its_place_is_gone)
{
	struct log l = log_new(), other = log_new();
	struct follower_place at;
	struct follower *f = NULL;
	struct diag d;

	log_open(&l);
	log_fill(&l, 5);
	f = follow_from(&l, NULL);
	read_all(f);
	follower_place(f, &at);
	follower_close(f);
	log_open(&other);
	cr_assert_eq(follower_open(&f, other.dir, &at, &d), -ESTALE, "an empty log");
	log_fill(&other, 4);
	cr_assert_eq(follower_open(&f, other.dir, &at, &d), -ESTALE, "a shorter one");
	cr_assert_eq(log_add(&other, 77, AUDIT_LATER), 0);
	cr_assert_eq(follower_open(&f, other.dir, &at, &d), -ESTALE, "one that ends otherwise");
	log_remove(&other);
	log_remove(&l);
}

Test(follower, notices_that_the_log_was_put_aside)
{
	struct log l = log_new();
	struct follower_record r;
	struct follower *f;
	char command[256];

	log_open(&l);
	log_fill(&l, 5);
	f = follow_from(&l, NULL);
	read_all(f);
	log_close(&l);
	snprintf(command, sizeof(command), "mv %s %s.old && mkdir %s", l.dir, l.dir, l.dir);
	cr_assert_eq(system(command), 0);
	log_open(&l);
	log_fill(&l, 2);
	cr_assert_eq(follower_next(f, &r, NULL), -ESTALE);
	follower_close(f);
	snprintf(command, sizeof(command), "rm -r %s.old", l.dir);
	cr_assert_eq(system(command), 0);
	log_remove(&l);
}

/*
 * A writer that is killed at any moment and begins again, a reader beside it: nothing twice,
 * nothing left out.
 */
Test(follower, beside_a_writer_killed_again_and_again)
{
	struct log l = log_new();
	uint64_t seen = 0;
	struct follower *f;

	log_open(&l);
	log_close(&l);
	f = follow_from(&l, NULL);
	for (unsigned i = 0; i < 12; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			log_open(&l);
			audit_segment_max(l.a, 30000);
			for (unsigned k = 0;; k++)
				log_add(&l, k, AUDIT_LATER);
		}
		/* counted, for the writer may be the faster one: the end may never be reached */
		for (uint64_t wanted = seen + 60; seen < wanted;)
			seen += read_some(f, wanted - seen);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		seen += read_all(f);
		log_open(&l);
		cr_assert_eq(audit_count(l.a), seen);
		log_close(&l);
	}
	follower_close(f);
	log_remove(&l);
}

static const char *const taken[] = { "rm %1$s", "mv %1$s %1$s.old" };

Test(follower, goes_on_in_a_segment_that_was_put_back)
{
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		struct log l = log_new();
		struct follower_place place;
		struct follower *f;
		char path[128], command[320];

		log_open(&l);
		log_fill(&l, 10);
		f = follow_from(&l, NULL);
		cr_assert_eq(read_all(f), 10);
		path_of(&l, 0, path);
		snprintf(command, sizeof(command), taken[i], path);
		cr_assert_eq(system(command), 0);
		cr_assert_eq(log_add(&l, 10, AUDIT_SYNC), 0);
		cr_assert_eq(log_add(&l, 11, AUDIT_SYNC), 0);
		cr_expect_eq(follower_next(f, NULL, NULL), -ESTALE, "%s: another is the log",
		    taken[i]);
		follower_place(f, &place);
		follower_close(f);
		f = follow_from(&l, &place);
		cr_expect_eq(read_all(f), 2);
		follower_close(f);
		log_remove(&l);
	}
}
