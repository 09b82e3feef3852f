/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "reserve"

int
reserve_keep(int dir)
{
	struct stat st;
	int fd, err;

	if (fstatat(dir, NAME, &st, 0) == 0 && st.st_size == RESERVE_LEN)
		return 0;
	fd = openat(dir, NAME, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	err = -posix_fallocate(fd, 0, RESERVE_LEN);
	/* a part that was got and not the rest must not look whole */
	if (err != 0 && fstat(fd, &st) == 0 && st.st_size == RESERVE_LEN && ftruncate(fd, 0) != 0)
		err = -errno;
	close(fd);
	return err == -EDQUOT ? -ENOSPC : err;
}

bool
reserve_release(int dir)
{
	int fd = openat(dir, NAME, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	off_t left;
	bool freed;

	if (fd < 0)
		return false;
	freed = fstat(fd, &st) == 0 && st.st_size > 0;
	if (freed) {
		left = st.st_size > RESERVE_STEP ? st.st_size - RESERVE_STEP : 0;
		/* synced: a journalling file system gives freed blocks out only after its commit */
		freed = ftruncate(fd, left) == 0 && fsync(fd) == 0;
	}
	close(fd);
	return freed;
}
