/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/lines.h"

#define COPY "restored"
#define CHUNK 65536
#define ASIDES 100

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

static bool
in_place(int dir, const char *name, int fd)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
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

/* Each under a name of its own; beyond those the last one gives way. */
static int
put_aside(int dir, const char *name)
{
	char aside[SEGMENT_NAME_LEN + 16];

	for (unsigned i = 1; i <= ASIDES; i++) {
		snprintf(aside, sizeof(aside), "%s.replaced-%u", name, i);
		if (renameat2(dir, name, dir, aside, i < ASIDES ? RENAME_NOREPLACE : 0) == 0 ||
		    errno == ENOENT)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static int
take_name(int dir, const char *name)
{
	int err = put_aside(dir, name);

	if (err != 0)
		return err;
	return renameat(dir, COPY, dir, name) != 0 || fsync(dir) != 0 ? segment_errno() : 0;
}

int
segment_keep(int dir, unsigned segment, int *fd)
{
	char name[SEGMENT_NAME_LEN];
	int to, err;

	if (in_place(dir, segment_name(segment, name), *fd))
		return 0;
	unlinkat(dir, COPY, 0);		/* a crash's; and no file that has this as another name */
	to = openat(dir, COPY, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (to < 0)
		return segment_errno();
	err = copy(to, *fd);
	if (err == 0)
		err = take_name(dir, name);
	if (err != 0)
		unlinkat(dir, COPY, 0);
	close(err != 0 ? to : *fd);
	if (err == 0)
		*fd = to;
	return err != 0 ? err : 1;
}
