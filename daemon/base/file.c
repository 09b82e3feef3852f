/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
file_slurp_fd(char **ret_buf, size_t *ret_len, int fd, size_t limit)
{
	struct stat st;
	char *buf;
	size_t len = 0;
	ssize_t n = 0;
	int err = 0;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (st.st_size > 0 && (size_t)st.st_size > limit)
		return -EFBIG;
	buf = malloc(limit + 1);
	if (buf == NULL)
		return -ENOMEM;
	while (len < limit && (n = pread(fd, buf + len, limit - len, (off_t)len)) > 0)
		len += (size_t)n;
	if (n < 0)
		err = -errno;
	else if (len == limit && pread(fd, &(char){ 0 }, 1, (off_t)len) > 0)
		err = -EFBIG;
	if (err != 0) {
		free(buf);
		return err;
	}
	buf[len] = '\0';
	*ret_buf = buf;
	*ret_len = len;
	return 0;
}

int
file_slurp(char **ret_buf, size_t *ret_len, const char *path, size_t limit)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = file_slurp_fd(ret_buf, ret_len, fd, limit);
	close(fd);
	return err;
}

int
file_write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
file_sync_directory_of(const char *path)
{
	char copy[PATH_MAX];
	int fd, err = 0;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) != 0)
		err = -errno;
	close(fd);
	return err;
}

/* Space is reserved first: a full disk is found before a byte of the old text is in danger. */
static int
fill(int fd, const void *buf, size_t len)
{
	int err = len > 0 ? -posix_fallocate(fd, 0, (off_t)len) : 0;

	if (err == 0)
		err = file_write_all(fd, buf, len);
	if (err == 0 && fsync(fd) != 0)
		err = -errno;
	return err;
}

int
file_put(const char *path, const void *buf, size_t len, unsigned mode)
{
	char tmp[PATH_MAX];
	int fd, err;

	if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return -errno;
	err = fill(fd, buf, len);
	if (close(fd) != 0 && err == 0)
		err = -errno;
	if (err == 0 && rename(tmp, path) != 0)
		err = -errno;
	if (err != 0)
		unlink(tmp);
	return err;
}

int
file_replace(const char *path, const void *buf, size_t len, unsigned mode)
{
	int err = file_put(path, buf, len, mode);

	return err != 0 ? err : file_sync_directory_of(path);
}
