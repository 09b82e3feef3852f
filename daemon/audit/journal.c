/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was done while the engine was not asked: DIRECTORY/journal, one JSON object a line. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/record.h"
#include "audit/reserve.h"
#include "base/file.h"

#define JOURNAL_MAX (4 * 1024 * 1024)
#define NAME "journal"

/* Locked, and still the file of that name: the engine puts a new one in its place when it took only
 * a part. */
static int
open_locked(int dir, int flags)
{
	for (;;) {
		struct stat mine, named;
		int fd = openat(dir, NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0640);

		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX) == 0 && fstat(fd, &mine) == 0 &&
		    fstatat(dir, NAME, &named, 0) == 0 && mine.st_ino == named.st_ino)
			return fd;
		close(fd);
	}
}

static int
put_at_end(int fd, const char *line, size_t len)
{
	struct stat st;
	char last = '\n';
	int err = 0;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (st.st_size + (off_t)len >= JOURNAL_MAX)
		return -EFBIG;
	/* somebody died while writing: begin on a line of our own */
	if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) != 1)
		return -EIO;
	if (last != '\n')
		err = file_write_all(fd, "\n", 1);
	if (err == 0)
		err = file_write_all(fd, line, len);
	if (err == 0 && fsync(fd) != 0)
		err = -errno;
	if (err != 0 && ftruncate(fd, st.st_size) != 0)
		err = -EIO;
	return err;
}

static int
entry_line(char **ret, wall_t t, const char *who, const char *id, const char *did)
{
	char time[WALL_STRLEN];
	json_t *j = json_pack("{s:s,s:o,s:s*,s:o}", "t", wall_str(t, time),
	    "who", record_words(who), "id", id, "did", record_words(did));
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	int err = 0;

	if (text == NULL || asprintf(ret, "%s\n", text) < 0)
		err = -ENOMEM;
	json_decref(j);
	free(text);
	return err;
}

static int
open_directory(const char *directory)
{
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? -errno : dir;
}

/*
 * --offline is often root's: the engine, whose directory this is, must be able to take what was
 * written.
 */
static int
give_to_owner(int dir, int fd)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	return fstat(dir, &st) != 0 || fchown(fd, st.st_uid, st.st_gid) != 0 ? -errno : 0;
}

int
audit_journal_add(const char *directory, wall_t t, const char *who, const char *id, const char *did)
{
	char *line;
	int dir, fd, err = entry_line(&line, t, who, id, did);

	if (err != 0)
		return err;
	dir = open_directory(directory);
	fd = dir < 0 ? dir : open_locked(dir, O_CREAT | O_APPEND);
	err = fd < 0 ? fd : give_to_owner(dir, fd);
	if (err == 0) {
		/* what is told here are ends: they may use the reserve */
		do
			err = put_at_end(fd, line, strlen(line));
		while (err == -ENOSPC && reserve_release(dir));
	}
	if (fd >= 0)
		close(fd);
	if (dir >= 0) {
		if (err == 0 && fsync(dir) != 0)
			err = -errno;
		close(dir);
	}
	free(line);
	return err;
}

/* An entry that cannot be read is handed on as its text: nothing is lost in silence. */
static json_t *
entry_of(const char *line, size_t len)
{
	json_t *j = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL), *raw;

	if (json_is_object(j))
		return j;
	json_decref(j);
	raw = json_stringn(line, len);
	if (raw == NULL)
		raw = json_string("bytes that are not text");
	return json_pack("{s:s,s:o}", "who", "unreadable", "did", raw);
}

/* Offers the entries in order; *ret_taken is where the first one not accepted begins. */
static int
offer(const char *text, size_t len, size_t *ret_taken, int (*each)(void *ctx, const json_t *entry),
    void *ctx)
{
	size_t at = 0;
	int err = 0;

	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end != NULL ? (size_t)(end - text) - at : len - at;
		json_t *entry = n > 0 ? entry_of(text + at, n) : NULL;

		err = entry == NULL ? (n > 0 ? -ENOMEM : 0) : each(ctx, entry);
		json_decref(entry);
		if (err != 0)
			break;
		at += n + (end != NULL);
	}
	*ret_taken = at;
	return err;
}

static int
keep_rest(const char *directory, int fd, const char *text, size_t len)
{
	char path[4096];

	if (len == 0)
		return ftruncate(fd, 0) != 0 || fsync(fd) != 0 ? -errno : 0;
	if (snprintf(path, sizeof(path), "%s/" NAME, directory) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return file_replace(path, text, len, 0640);
}

int
audit_journal_take(const char *directory, int (*each)(void *ctx, const json_t *entry), void *ctx)
{
	int dir = open_directory(directory), fd = dir < 0 ? dir : open_locked(dir, 0), err, kept;
	size_t len = 0, taken = 0;
	char *text = NULL;

	if (dir >= 0)
		close(dir);
	if (fd < 0)
		return fd == -ENOENT && dir >= 0 ? 0 : fd;
	err = file_slurp_fd(&text, &len, fd, JOURNAL_MAX);
	if (err == 0) {
		err = offer(text, len, &taken, each, ctx);
		kept = taken > 0 ? keep_rest(directory, fd, text + taken, len - taken) : 0;
		err = err != 0 ? err : kept;
	}
	free(text);
	close(fd);
	return err;
}
