/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file - whole files, in and out, so that a crash leaves the old one or the new one.
 * All return 0 or -errno.
 */
#ifndef SEAWALL_BASE_FILE_H
#define SEAWALL_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Do both tell of one file, whatever its names are? */
static inline bool
file_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* At most `limit` bytes (-EFBIG beyond); *ret_buf is terminated and the caller's to free. */
int file_slurp(char **ret_buf, size_t *ret_len, const char *path, size_t limit);

/* The same from an open descriptor, from its beginning. */
int file_slurp_fd(char **ret_buf, size_t *ret_len, int fd, size_t limit);

int file_write_all(int fd, const void *buf, size_t len);

/*
 * Replaces `path` as one step: a temporary file beside it with its space reserved, written,
 * synced, renamed, the directory synced.  On any error `path` is as it was and the temporary
 * file is gone.
 */
int file_replace(const char *path, const void *buf, size_t len, unsigned mode);

/*
 * Its two halves, for whom the milliseconds between matter: after file_put() every reader sees the
 * new text, whole; after a crash before file_sync_directory_of() the disk may have the old one,
 * whole.
 */
int file_put(const char *path, const void *buf, size_t len, unsigned mode);
int file_sync_directory_of(const char *path);

#endif
