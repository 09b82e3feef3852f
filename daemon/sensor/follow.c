/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"

#define FILES 4			/* read at once */
#define OLD_KEPT_MS 60000	/* an old file that has not grown for so long is let go */
#define CHUNK (256 << 10)
/* a file renamed so lately may have come and gone between two looks */
#define RENAMED_S 3

struct file {
	int fd;
	mono_t grew;
	struct lines lines;
};

struct follow {
	unsigned files_n;
	bool missing;
	size_t line_max;
	struct file files[FILES];	/* the oldest first */
	struct lines spare[FILES];	/* buffers of those that are not in use */
	struct follow_totals totals;
	char chunk[CHUNK];
};

/* ---- in the parent ------------------------------------------------------- */

static int
open_file(const char *path, struct diag *reterr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return diag_set(reterr, -errno, _("%s: cannot be opened: %s"), path,
		    strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return diag_set(reterr, -EINVAL, _("%s: is not a file that can be followed"), path);
}

/* A pipe: it has no places to seek, so the sensor knows. */
static int
stand_for_none(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return -errno;
	close(ends[1]);
	return ends[0];
}

int
follow_open(const char *path, struct diag *reterr)
{
	int fd = open_file(path, reterr);

	if (fd == -ENOENT)
		return stand_for_none();
	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/*
 * Rotated twice between two looks: what is called PATH.1, as logrotate does it, came after ours and
 * was renamed just now.  It has its turn first.
 */
static int
open_between(const char *path, const struct stat *ours)
{
	char name[PATH_MAX];
	struct timespec now;
	struct stat st;

	clock_gettime(CLOCK_REALTIME, &now);
	if (!S_ISREG(ours->st_mode) ||
	    snprintf(name, sizeof(name), "%s.1", path) >= (int)sizeof(name) ||
	    stat(name, &st) != 0 || file_same(&st, ours) ||
	    now.tv_sec - st.st_ctim.tv_sec > RENAMED_S)
		return -ENOENT;
	return open_file(name, NULL);
}

int
follow_renew(const char *path, int source)
{
	struct stat ours, now;
	int fd;

	if (fstat(source, &ours) != 0)
		return -errno;
	if (stat(path, &now) != 0)
		return errno == ENOENT && S_ISREG(ours.st_mode) ? stand_for_none() : -EAGAIN;
	if (file_same(&now, &ours))
		return -EAGAIN;
	fd = open_between(path, &ours);
	if (fd < 0)
		fd = open_file(path, NULL);
	return fd >= 0 ? fd : -EAGAIN;
}

/* ---- in the sensor ------------------------------------------------------- */

int
follow_new(struct follow **ret, size_t line_max)
{
	struct follow *f = calloc(1, sizeof(*f));

	for (unsigned i = 0; f != NULL && i < FILES; i++)
		if (lines_new(&f->spare[i], line_max) != 0) {
			follow_free(f);
			f = NULL;
		}
	if (f == NULL)
		return -ENOMEM;
	*ret = f;
	return 0;
}

static void
let_go(struct follow *f, unsigned i)
{
	struct file *gone = &f->files[i];

	close(gone->fd);
	f->totals.line_long += gone->lines.too_long;
	gone->lines.too_long = 0;
	f->files_n--;
	f->spare[f->files_n] = gone->lines;
	memmove(gone, gone + 1, (f->files_n - i) * sizeof(*gone));
}

void
follow_free(struct follow *f)
{
	if (f == NULL)
		return;
	while (f->files_n > 0)
		let_go(f, 0);
	for (unsigned i = 0; i < FILES; i++)
		lines_free(&f->spare[i]);
	free(f);
}

/* Is what comes next the rest of a line that began before? */
static bool
in_a_line(int fd)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	char before;

	return at > 0 && pread(fd, &before, 1, at - 1) == 1 && before != '\n';
}

static bool
at_its_end(int fd)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	char next;

	return pread(fd, &next, 1, at) != 1;
}

void
follow_take(struct follow *f, int fd, mono_t now)
{
	struct file *added;

	f->missing = lseek(fd, 0, SEEK_CUR) < 0;
	if (f->missing) {
		close(fd);
		return;
	}
	if (f->files_n == FILES) {
		f->totals.unseen += !at_its_end(f->files[0].fd);
		let_go(f, 0);
	}
	added = &f->files[f->files_n];
	*added = (struct file){ fd, now, f->spare[f->files_n] };
	lines_reset(&added->lines, in_a_line(fd));
	f->files_n++;
}

/* At its end: was it cut, so that it begins anew? */
static void
look_for_cut(struct follow *f, struct file *file)
{
	off_t at = lseek(file->fd, 0, SEEK_CUR), size = lseek(file->fd, 0, SEEK_END);

	if (size < at) {
		f->totals.cut++;
		lines_reset(&file->lines, false);
	}
	lseek(file->fd, size < at ? 0 : at, SEEK_SET);
}

/* A flood must not make what we tell older and older. */
static void
keep_up(struct follow *f, struct file *file)
{
	off_t at = lseek(file->fd, 0, SEEK_CUR), size = lseek(file->fd, 0, SEEK_END);

	if (size - at <= FOLLOW_BEHIND_MAX) {
		lseek(file->fd, at, SEEK_SET);
		return;
	}
	f->totals.skipped += (uint64_t)(size - at);
	lines_reset(&file->lines, true);
}

static size_t
read_file(struct follow *f, struct file *file, size_t room, line_sink *sink, void *ctx)
{
	size_t before = room;
	ssize_t n = 1;

	while (room > 0 && (n = read(file->fd, f->chunk, room < CHUNK ? room : CHUNK)) > 0) {
		lines_feed(&file->lines, f->chunk, (size_t)n, sink, ctx);
		room -= (size_t)n;
	}
	if (n > 0 && before > 0)
		keep_up(f, file);
	else if (n <= 0)
		look_for_cut(f, file);
	return room;
}

bool
follow_read(struct follow *f, mono_t now, line_sink *sink, void *ctx)
{
	size_t room = FOLLOW_A_TURN;

	for (unsigned i = 0; i < f->files_n; i++) {
		size_t left = read_file(f, &f->files[i], room, sink, ctx);

		if (left < room || room == 0)
			f->files[i].grew = now;
		room = left;
	}
	if (f->files_n > 1 && mono_since_ms(now, f->files[0].grew) >= OLD_KEPT_MS)
		let_go(f, 0);
	return room == 0;
}

bool
follow_missing(const struct follow *f)
{
	return f->missing;
}

int
follow_newest(const struct follow *f)
{
	return f->files_n > 0 ? f->files[f->files_n - 1].fd : -1;
}

void
follow_totals(const struct follow *f, struct follow_totals *ret)
{
	*ret = f->totals;
	for (unsigned i = 0; i < f->files_n; i++)
		ret->line_long += f->files[i].lines.too_long;
}
