/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The segment that is written is put back: on any file system, and whenever a crash comes. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "audit_log.h"
#include "leak.h"

TestSuite(segment, .fini = leak_check);

#define CRASHED 42

static struct {
	bool no_links;
	int sync;		/* what the sync of a directory answers; 0: it succeeds */
	unsigned crash;		/* before so many changes of names; 0: never */
} d;

static void
step(void)
{
	if (d.crash > 0 && --d.crash == 0)
		_exit(CRASHED);
}

/* These stand in for the C library's. */
int
linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	step();
	if (!d.no_links)
		return (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
	errno = EPERM;
	return -1;
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	step();
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

/* As NFS. */
int
renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	if (flags == 0)
		return renameat(from_dir, from, to_dir, to);
	errno = EINVAL;
	return -1;
}

int
fsync(int fd)
{
	struct stat its;

	if (d.sync == 0 || fstat(fd, &its) != 0 || !S_ISDIR(its.st_mode))
		return (int)syscall(SYS_fsync, fd);
	errno = d.sync;
	return -1;
}

/* In the log's directory; its status. */
static int
shell(const struct log *l, const char *words)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s && { %s; }", l->dir, words);
	return system(command);
}

static struct log
log_of_ten(void)
{
	struct log l = log_new();

	log_open(&l);
	log_fill(&l, 9);
	cr_assert_eq(log_add(&l, 9, AUDIT_SYNC), 0);
	return l;
}

#define STRANGER "rm 00000000.jsonl; echo another >00000000.jsonl"

Test(segment, is_put_back_where_names_can_be_changed_in_the_oldest_way_alone)
{
	for (int links = 0; links <= 1; links++) {
		struct log l = log_of_ten();

		d.no_links = links == 0;
		cr_assert_eq(shell(&l, STRANGER), 0);
		cr_expect_eq(audit_look(l.a), 0);
		cr_expect_eq(audit_restored(l.a), 1);
		cr_expect_eq(log_verdict(&l).records, 10);
		cr_expect_eq(shell(&l, "grep -qx another 00000000.jsonl.replaced-1"), 0);
		cr_expect_eq(shell(&l, "test ! -e 00000000.jsonl.restored"), 0);
		log_remove(&l);
	}
}

Test(segment, keeps_a_hundred_strangers_and_the_newest)
{
	struct log l = log_of_ten();

	cr_assert_eq(shell(&l, "for i in $(seq 100); do echo $i >00000000.jsonl.replaced-$i; done; "
	    STRANGER), 0);
	cr_expect_eq(audit_look(l.a), 0);
	cr_expect_eq(log_verdict(&l).records, 10);
	cr_expect_eq(shell(&l, "grep -qx another 00000000.jsonl.replaced-100"), 0);
	cr_expect_eq(shell(&l, "grep -qx 99 00000000.jsonl.replaced-99"), 0);
	cr_expect_eq(shell(&l, "test ! -e 00000000.jsonl.replaced-101"), 0);
	log_remove(&l);
}

/* `how` takes its segment away; does a crash come before so many changes of names? */
static bool
crashes(struct log *l, const char *how, unsigned before)
{
	pid_t child;
	int status;

	cr_assert_eq(shell(l, how), 0);
	child = fork();
	if (child == 0) {
		d.crash = before;
		_exit(audit_look(l->a) == 0 ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) != 1, "%s: %u", how, before);
	log_close(l);
	return WEXITSTATUS(status) == CRASHED;
}

/* Where the name leads to nothing, the next start finds all lines. */
Test(segment, loses_no_line_whenever_a_crash_comes)
{
	static const char *const ways[] = { STRANGER, "rm 00000000.jsonl",
		"rm 00000000.jsonl; mkdir 00000000.jsonl" };

	for (unsigned way = 0; way < 2 * sizeof(ways) / sizeof(*ways); way++) {
		bool crashed = true;
		unsigned before;

		d.no_links = way % 2 != 0;
		for (before = 1; crashed; before++) {
			struct log l = log_of_ten();

			crashed = crashes(&l, ways[way / 2], before);
			cr_expect_eq(shell(&l, "cat *.jsonl *.restored 2>/dev/null | "
			    "grep -c intent | grep -qx 10"), 0, "%u: %u", way, before);
			if (way == 0)
				cr_expect_eq(shell(&l, "test -e 00000000.jsonl"), 0);
			if (shell(&l, "grep -qx another 00000000.jsonl || test -d 00000000.jsonl")) {
				log_open(&l);
				cr_expect_eq(audit_count(l.a), 10, "%u: %u", way, before);
			}
			log_remove(&l);
		}
		cr_expect_gt(before, 2, "it crashed");
	}
}

/* It may be all that is left of lines; and one that is torn is cut as any. */
Test(segment, takes_up_or_keeps_what_a_crash_left)
{
	struct log l = log_of_ten();

	log_close(&l);
	cr_assert_eq(shell(&l, "mv 00000000.jsonl 00000000.jsonl.restored && "
	    "printf '{' >>00000000.jsonl.restored"), 0);
	cr_expect_eq(log_open(&l), 1, "torn");
	cr_expect_eq(audit_count(l.a), 10);
	cr_assert_eq(shell(&l, "echo ours >00000000.jsonl.restored"), 0);
	log_close(&l);
	log_open(&l);
	cr_expect_eq(audit_count(l.a), 10, "the name has a file");
	cr_assert_eq(shell(&l, "rm 00000000.jsonl"), 0);
	cr_expect_eq(audit_look(l.a), 0);
	cr_expect_eq(shell(&l, "grep -qx ours 00000000.jsonl.restored.replaced-1"), 0);
	cr_expect_eq(log_verdict(&l).records, 10);
	log_remove(&l);
}

/* The copy has the name: what is written on goes there, and not to the file without one. */
Test(segment, goes_on_in_the_copy_when_the_directory_cannot_be_synced)
{
	struct log l = log_of_ten();

	cr_assert_eq(shell(&l, STRANGER), 0);
	d.sync = EIO;
	cr_expect_eq(audit_look(l.a), -EIO);
	cr_expect_eq(log_add(&l, 10, AUDIT_LATER), -EIO, "nothing new begins");
	cr_expect_eq(audit_restored(l.a), 1, "and it is said");
	cr_expect_eq(audit_look(l.a), 0, "in its place");
	cr_expect_eq(log_add(&l, 10, AUDIT_SYNC), 0);
	cr_expect_eq(log_verdict(&l).records, 11);
	cr_expect_eq(shell(&l, "test ! -e 00000000.jsonl.replaced-2"), 0, "none of ours is aside");
	log_remove(&l);
}
