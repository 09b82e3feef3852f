/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/lines.h"
#include "base/file.h"

#define CHUNK 65536
#define ASIDES 100
#define NAME_LEN (SEGMENT_NAME_LEN + 32)

int
segment_errno(void)
{
	return errno == EDQUOT ? -ENOSPC : -errno;
}

int
segment_write(int fd, const char *from, size_t len, uint64_t at)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(fd, from + done, len - done, (off_t)(at + done));

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return n == 0 ? -EIO : segment_errno();
	}
	return 0;
}

static const char *
copy_name(unsigned segment, char buf[static NAME_LEN])
{
	char name[SEGMENT_NAME_LEN];

	snprintf(buf, NAME_LEN, "%s.restored", segment_name(segment, name));
	return buf;
}

static bool
in_place(int dir, const char *name, int fd)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    file_same(&ours, &there);
}

static int
copy(int to, int from)
{
	char chunk[CHUNK];
	uint64_t at = 0;
	ssize_t n;
	int err = 0;

	while (err == 0 && (n = pread(from, chunk, sizeof(chunk), (off_t)at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		err = n < 0 ? -errno : segment_write(to, chunk, (size_t)n, at);
		at += n > 0 ? (size_t)n : 0;
	}
	return err != 0 || fsync(to) == 0 ? err : segment_errno();
}

/*
 * Each under a name of its own; beyond those the last one gives way.  A link leaves the name a file
 * until the copy takes it; a directory, and a file system without links, must be moved.  What a
 * try that failed has linked is kept already.  renameat2() is not for all file systems.
 */
static int
put_aside(int dir, const char *name)
{
	struct stat its, there;
	char aside[NAME_LEN];
	bool taken = true;

	if (fstatat(dir, name, &its, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : -errno;
	for (unsigned i = 1; taken && i <= ASIDES; i++) {
		snprintf(aside, sizeof(aside), "%s.replaced-%u", name, i);
		taken = fstatat(dir, aside, &there, AT_SYMLINK_NOFOLLOW) == 0;
		if (taken && file_same(&its, &there))
			return 0;
	}
	if (taken)
		unlinkat(dir, aside, 0);
	if (linkat(dir, name, dir, aside, 0) == 0 ||
	    (errno != EEXIST && renameat(dir, name, dir, aside) == 0))
		return 0;
	return segment_errno();
}

static int
take_name(int dir, const char *from, const char *name)
{
	int err = put_aside(dir, name);

	return err == 0 && renameat(dir, from, dir, name) != 0 ? segment_errno() : err;
}

int
segment_keep(int dir, unsigned segment, int *fd)
{
	char name[SEGMENT_NAME_LEN], from[NAME_LEN];
	int to, err;

	if (in_place(dir, segment_name(segment, name), *fd))
		return 0;
	/* a crash's, and maybe the only one of some lines */
	if (put_aside(dir, copy_name(segment, from)) == 0)
		unlinkat(dir, from, 0);
	to = openat(dir, from, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (to < 0)
		return segment_errno();
	err = copy(to, *fd);
	if (err == 0)
		err = take_name(dir, from, name);
	if (err != 0) {
		unlinkat(dir, from, 0);
		close(to);
		return err;
	}
	close(*fd);
	*fd = to;
	return fsync(dir) == 0 ? 0 : segment_errno();
}

void
segment_take_up(int dir)
{
	char name[SEGMENT_NAME_LEN], from[NAME_LEN];
	struct stat its;
	unsigned n = 0;

	while (faccessat(dir, segment_name(n, name), F_OK, 0) == 0 || segment_packed(dir, n))
		n++;
	if (fstatat(dir, copy_name(n, from), &its, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(its.st_mode) && renameat(dir, from, dir, name) == 0)
		fsync(dir);
}
