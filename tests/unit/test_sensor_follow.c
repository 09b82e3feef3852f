/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real files in a directory of the test's own. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leak.h"
#include "sensor/follow.h"

static char dir[64], path[96];
static char heard[4096];
static unsigned heard_n;

static void
make_dir(void)
{
	strcpy(dir, "/tmp/test-follow-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/access.log", dir);
	heard[0] = '\0';
	heard_n = 0;
}

static void
drop_dir(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_assert_eq(system(command), 0);
	leak_check();
}

TestSuite(sensor_follow, .init = make_dir, .fini = drop_dir);

static void
add(const char *to, const char *text)
{
	FILE *f = fopen(to, "a");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

static void
hear(void *ctx, const char *line, size_t len)
{
	(void)ctx;
	heard_n++;
	if (strlen(heard) + len + 2 < sizeof(heard)) {
		strncat(heard, line, len);
		strcat(heard, "|");
	}
}

static bool
turn(struct follow *f, int64_t ms)
{
	return follow_read(f, (mono_t){ ms * 1000000 }, hear, NULL);
}

static struct follow *
starts(int *ret_source)
{
	struct follow *f;

	*ret_source = follow_open(path, NULL);
	cr_assert_geq(*ret_source, 0);
	cr_assert_eq(follow_new(&f, 64), 0);
	follow_take(f, dup(*ret_source), (mono_t){ 1 });
	return f;
}

/* As the parent does once a second. */
static bool
look(struct follow *f, int *source)
{
	int next = follow_renew(path, *source);

	if (next < 0)
		return false;
	follow_take(f, dup(next), (mono_t){ 1 });
	close(*source);
	*source = next;
	return true;
}

Test(sensor_follow, begins_at_the_end_and_reads_what_is_added)
{
	struct follow *f;
	int source;

	add(path, "old\nhalf");
	f = starts(&source);
	turn(f, 0);
	add(path, " of it\nnew\nbeg");
	turn(f, 25);
	cr_expect_str_eq(heard, "new|", "not the rest of a line that had begun");
	add(path, "un\n");
	turn(f, 50);
	cr_expect_str_eq(heard, "new|begun|");
	cr_expect_not(look(f, &source), "still the same file");
	follow_free(f);
	close(source);
}

Test(sensor_follow, goes_on_where_it_was_when_it_is_started_again)
{
	struct follow *f;
	int source;

	add(path, "");
	f = starts(&source);
	add(path, "one\n");
	turn(f, 0);
	follow_free(f);
	add(path, "two\n");
	cr_assert_eq(follow_new(&f, 64), 0);
	follow_take(f, dup(source), (mono_t){ 1 });
	turn(f, 25);
	cr_expect_str_eq(heard, "one|two|");
	follow_free(f);
	close(source);
}

/* Deleted by then, it would keep its place on the disk. */
Test(sensor_follow, lets_go_of_the_file_it_began_with)
{
	char moved[128];
	struct follow *f;
	int source, first;

	snprintf(moved, sizeof(moved), "%s.1", path);
	add(path, "1\n");
	f = starts(&source);
	first = follow_newest(f);
	cr_assert_eq(rename(path, moved), 0);
	add(path, "2\n");
	cr_assert(look(f, &source));
	turn(f, 0);
	cr_expect_neq(fcntl(first, F_GETFD), -1, "who writes into it may not be done");
	turn(f, 60001);
	cr_expect_eq(fcntl(first, F_GETFD), -1);
	follow_free(f);
	close(source);
}

Test(sensor_follow, rotation_loses_no_line)
{
	char moved[128];
	struct follow *f;
	int source;

	snprintf(moved, sizeof(moved), "%s.1", path);
	add(path, "");
	f = starts(&source);
	add(path, "1\n");
	cr_assert_eq(rename(path, moved), 0);
	add(moved, "2\n");
	add(path, "3\n");
	cr_assert(look(f, &source));
	turn(f, 0);
	add(moved, "4\n");
	add(path, "5\n");
	turn(f, 25);
	cr_expect_str_eq(heard, "1|2|3|4|5|", "the old file is read along, first");
	follow_free(f);
	close(source);
}

Test(sensor_follow, two_rotations_between_two_looks_lose_no_line)
{
	char moved[128], older[128];
	struct follow *f;
	int source;

	snprintf(moved, sizeof(moved), "%s.1", path);
	snprintf(older, sizeof(older), "%s.2", path);
	add(moved, "a line of long ago\n");
	add(path, "");
	f = starts(&source);
	add(path, "1\n");
	cr_assert_eq(rename(path, moved), 0);
	add(path, "2\n");
	cr_assert_eq(rename(moved, older), 0);
	cr_assert_eq(rename(path, moved), 0);
	add(path, "3\n");
	cr_assert(look(f, &source));
	cr_assert(look(f, &source));
	cr_expect_not(look(f, &source), "now it is the one that the path names");
	turn(f, 0);
	cr_expect_str_eq(heard, "1|2|3|");
	follow_free(f);
	close(source);
}

Test(sensor_follow, a_missing_file_is_told_and_taken_when_it_comes)
{
	struct follow *f;
	int source;

	f = starts(&source);
	cr_expect(follow_missing(f));
	cr_expect_lt(follow_newest(f), 0);
	cr_expect_not(look(f, &source), "still missing");
	add(path, "first\n");
	cr_expect(look(f, &source));
	cr_expect_not(follow_missing(f));
	turn(f, 0);
	cr_expect_str_eq(heard, "first|");
	cr_assert_eq(unlink(path), 0);
	cr_expect(look(f, &source));
	cr_expect(follow_missing(f));
	cr_expect_not(look(f, &source), "told once");
	follow_free(f);
	close(source);
}

Test(sensor_follow, a_cut_file_begins_anew)
{
	struct follow_totals t;
	struct follow *f;
	int source;

	add(path, "");
	f = starts(&source);
	add(path, "one\ntwo\nthr");
	turn(f, 0);
	cr_assert_eq(truncate(path, 0), 0);
	turn(f, 25);
	add(path, "four\n");
	turn(f, 50);
	cr_expect_str_eq(heard, "one|two|four|");
	follow_totals(f, &t);
	cr_expect_eq(t.cut, 1);
	follow_free(f);
	close(source);
}

Test(sensor_follow, only_so_many_files_are_read_at_once)
{
	struct follow_totals t;
	struct follow *f;
	int source;
	char moved[128];

	add(path, "");
	f = starts(&source);
	for (int i = 0; i < 6; i++) {
		snprintf(moved, sizeof(moved), "%s.%d", path, i);
		add(path, "x\n");
		cr_assert_eq(rename(path, moved), 0);
		add(path, "");
		cr_assert(look(f, &source));
	}
	turn(f, 0);
	follow_totals(f, &t);
	cr_expect_eq(heard_n + t.unseen, 6, "%u read, %lu not", heard_n, (unsigned long)t.unseen);
	cr_expect_eq(t.unseen, 3);
	turn(f, 120000);
	turn(f, 120000);
	turn(f, 120000);
	turn(f, 120000);
	add(path, "last\n");
	turn(f, 120025);
	cr_expect_eq(heard_n, 4, "the newest is never let go");
	follow_free(f);
	close(source);
}

Test(sensor_follow, too_far_behind_it_goes_on_at_the_end)
{
	static char line[1 << 16];
	struct follow_totals t;
	struct follow *f;
	int source, fd;

	add(path, "");
	f = starts(&source);
	memset(line, 'x', sizeof(line) - 1);
	for (size_t i = 63; i < sizeof(line); i += 64)
		line[i] = '\n';
	fd = open(path, O_WRONLY | O_APPEND);
	for (size_t n = 0; n < FOLLOW_A_TURN + FOLLOW_BEHIND_MAX + sizeof(line); n += sizeof(line))
		cr_assert_eq(write(fd, line, sizeof(line)), (ssize_t)sizeof(line));
	close(fd);
	cr_expect(turn(f, 0), "there is more");
	follow_totals(f, &t);
	cr_expect_geq(t.skipped, FOLLOW_BEHIND_MAX);
	cr_expect_eq(heard_n, FOLLOW_A_TURN / 64);
	add(path, "rest\nnext\n");
	cr_expect_not(turn(f, 25));
	cr_expect_eq(heard_n, FOLLOW_A_TURN / 64 + 1, "the line it fell into is not one");
	follow_free(f);
	close(source);
}

Test(sensor_follow, follows_only_files)
{
	struct diag diag;

	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(follow_open(path, &diag), -EINVAL);
	cr_expect(strstr(diag.say, "not a file") != NULL, "%s", diag.say);
	cr_expect_eq(follow_open(dir, &diag), -EINVAL);
	cr_expect_eq(follow_open("/dev/zero", &diag), -EINVAL);
}
