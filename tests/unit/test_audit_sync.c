/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a sync that fails leaves behind, on a disk of our own: the kernel then takes the pages for
 * written, and only what is written again reaches the disk by the next sync.
 */
#include <fcntl.h>
#include <sys/syscall.h>

#include "audit_log.h"
#include "leak.h"

TestSuite(audit_sync, .fini = leak_check);

#define DISK_LEN 65536

static struct {
	char disk[DISK_LEN];
	bool dirty[DISK_LEN];
	int fail;		/* what syncs answer; 0: they succeed */
	unsigned fails;		/* so many of them; 0: all */
	/* a read after a failure gets what is there, not what was written */
	bool shows_disk;
	unsigned syncs;
} d;

/* These stand in for the C library's. */
ssize_t
pwrite(int fd, const void *buf, size_t n, off_t at)
{
	ssize_t done = syscall(SYS_pwrite64, fd, buf, n, at);

	for (ssize_t i = 0; i < done; i++)
		d.dirty[at + i] = true;
	return done;
}

int
fdatasync(int fd)
{
	static char file[DISK_LEN];
	ssize_t len = pread(fd, file, sizeof(file), 0);

	d.syncs++;
	for (ssize_t i = 0; i < len && d.fail == 0; i++)
		if (d.dirty[i])
			d.disk[i] = file[i];
	memset(d.dirty, 0, sizeof(d.dirty));
	if (d.fail == 0)
		return 0;
	if (d.shows_disk)
		syscall(SYS_pwrite64, fd, d.disk, (size_t)len, 0);
	errno = d.fail;
	if (d.fails > 0 && --d.fails == 0)
		d.fail = 0;
	return -1;
}

/* Is all that the log says it holds on the disk? */
static bool
on_disk(const struct log *l)
{
	static char file[DISK_LEN];
	char path[128];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/00000000.jsonl", l->dir);
	fd = open(path, O_RDONLY);
	len = read(fd, file, sizeof(file));
	close(fd);
	return len > 0 && memcmp(file, d.disk, (size_t)len) == 0;
}

static struct log
begin(void)
{
	struct log l = log_new();

	memset(&d, 0, sizeof(d));
	log_open(&l);
	cr_assert_eq(log_add(&l, 0, AUDIT_SYNC), 0);
	/* a line that nobody waits for is lost with the next one that is */
	cr_assert_eq(log_add(&l, 1, AUDIT_LATER), 0);
	return l;
}

static void
end(struct log *l, unsigned records)
{
	struct verdict v = log_verdict(l);

	cr_assert(v.ok, "%s", v.why);
	cr_assert_eq(v.records, records);
	cr_assert(on_disk(l));
	log_remove(l);
}

Test(audit_sync, lines_before_a_sync_without_space_are_written_again)
{
	struct log l = begin();

	d.fail = ENOSPC;
	cr_assert_eq(log_add(&l, 2, AUDIT_SYNC), -ENOSPC);
	d.fail = 0;
	cr_assert_not(on_disk(&l));
	cr_assert_eq(log_add(&l, 3, AUDIT_SYNC), 0);
	end(&l, 3);
}

Test(audit_sync, so_are_those_before_what_was_held)
{
	struct log l = begin();

	audit_hold(l.a);
	cr_assert_eq(log_add(&l, 2, AUDIT_SYNC), 0);
	d.fail = EDQUOT;
	cr_assert_eq(audit_sync(l.a), -ENOSPC);
	d.fail = 0;
	audit_hold(l.a);
	cr_assert_eq(log_add(&l, 3, AUDIT_SYNC), 0);
	cr_assert_eq(log_add(&l, 4, AUDIT_SYNC), 0);
	cr_assert_eq(audit_sync(l.a), 0);
	end(&l, 4);
}

/* The reserve gives way once, and the same lines are tried again. */
Test(audit_sync, an_end_that_the_reserve_makes_room_for_is_on_disk)
{
	struct log l = begin();

	d.fail = ENOSPC;
	d.fails = 1;
	cr_assert_eq(log_add(&l, 2, AUDIT_SYNC_RESERVE), 0);
	cr_assert(on_disk(&l));
	audit_hold(l.a);
	cr_assert_eq(log_add(&l, 3, AUDIT_SYNC_RESERVE), 0);
	d.fail = ENOSPC;
	d.fails = 1;
	cr_assert_eq(audit_sync(l.a), 0);
	end(&l, 4);
}

Test(audit_sync, what_cannot_be_read_as_written_ends_writing)
{
	struct log l = begin();

	d.shows_disk = true;
	d.fail = ENOSPC;
	cr_assert_eq(log_add(&l, 2, AUDIT_SYNC), -ENOSPC);
	d.fail = 0;
	cr_assert_eq(log_add(&l, 3, AUDIT_SYNC), -EIO);
	cr_assert_eq(log_add(&l, 4, AUDIT_LATER), -EIO);
	log_remove(&l);
}

Test(audit_sync, a_disk_that_fails_ends_writing)
{
	struct log l = begin();
	unsigned asked;

	d.fail = EIO;
	d.fails = 1;
	cr_assert_eq(log_add(&l, 2, AUDIT_SYNC), -EIO);
	asked = d.syncs;
	cr_assert_eq(log_add(&l, 3, AUDIT_SYNC_RESERVE), -EIO);
	cr_assert_eq(d.syncs, asked);
	log_remove(&l);
}

Test(audit_sync, only_what_is_held_and_waits_is_said_to)
{
	struct log l = begin();

	cr_assert_not(audit_held(l.a));
	audit_hold(l.a);
	cr_assert_not(audit_held(l.a), "there is none yet");
	cr_assert_eq(log_add(&l, 2, AUDIT_SYNC), 0);
	cr_assert(audit_held(l.a));
	cr_assert_eq(audit_sync(l.a), 0);
	audit_hold(l.a);
	cr_assert_eq(log_add(&l, 3, AUDIT_LATER), 0);
	cr_assert_not(audit_held(l.a), "nobody waits for it");
	cr_assert(!audit_unflushed(l.a), "while more is to come");
	cr_assert_eq(audit_sync(l.a), 0);
	cr_assert(audit_unflushed(l.a));
	cr_assert_eq(audit_flush(l.a), 0);
	cr_assert_not(audit_unflushed(l.a));
	cr_assert_not(audit_held(l.a));
	end(&l, 4);
}
