/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/notes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"

#define NAME_LEN 16		/* "00000000.notes" */
#define FILES_STEP 64

static const char *
file_name(unsigned number, char buf[static NAME_LEN])
{
	snprintf(buf, NAME_LEN, "%08u.notes", number % 100000000);
	return buf;
}

/* ---- reading ------------------------------------------------------------- */

static int
by_number(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static int
add_file(struct notes *n, const char *name)
{
	unsigned *more = n->files;

	if (strlen(name) != NAME_LEN - 2 || strspn(name, "0123456789") != 8 ||
	    strcmp(name + 8, ".notes") != 0)
		return 0;
	if (n->files_n % FILES_STEP == 0)
		more = realloc(n->files, (n->files_n + FILES_STEP) * sizeof(*more));
	if (more == NULL)
		return -ENOMEM;
	n->files = more;
	n->files[n->files_n++] = (unsigned)strtoul(name, NULL, 10);
	return 0;
}

static int
list_files(struct notes *n)
{
	int copy = openat(n->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *e;

	if (d == NULL) {
		err = -errno;
		if (copy >= 0)
			close(copy);
		return err;
	}
	while (err == 0 && (e = readdir(d)) != NULL)
		err = add_file(n, e->d_name);
	closedir(d);
	if (n->files_n > 0)
		qsort(n->files, n->files_n, sizeof(*n->files), by_number);
	return err;
}

int
notes_open(struct notes *n, const char *directory, struct diag *reterr)
{
	char path[4200];
	int err;

	*n = (struct notes){ .dir = -1 };
	text_init(&n->text, NOTE_MAX);
	snprintf(path, sizeof(path), "%s/" NOTES_DIRECTORY, directory);
	n->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (n->dir < 0 && errno == ENOENT)
		return 0;
	err = n->dir < 0 ? -errno : list_files(n);
	if (err == 0)
		return 0;
	notes_close(n);
	return diag_set(reterr, err, "%s: %s", path, strerror(-err));
}

int
notes_open_file(struct notes *n, const char *path, struct diag *reterr)
{
	int err;

	*n = (struct notes){ .dir = -1, .files_n = 1 };
	text_init(&n->text, NOTE_MAX);
	n->f = fopen(path, "re");
	if (n->f != NULL)
		return 0;
	err = -errno;
	return diag_set(reterr, err, "%s: %s", path, strerror(-err));
}

void
notes_close(struct notes *n)
{
	if (n->f != NULL)
		fclose(n->f);
	if (n->dir >= 0)
		close(n->dir);
	free(n->files);
	free(n->buf);
	text_fini(&n->text);
	*n = (struct notes){ .dir = -1 };
}

void
notes_only_newest(struct notes *n)
{
	n->file = n->files_n > 1 ? n->files_n - 2 : 0;	/* the last one may be empty still */
}

static int
open_next(struct notes *n)
{
	char name[NAME_LEN];
	int fd =
	    openat(n->dir, file_name(n->files[n->file], name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	n->f = fd < 0 ? NULL : fdopen(fd, "r");
	if (n->f == NULL) {
		int err = -errno;

		if (fd >= 0)
			close(fd);
		return err;
	}
	n->line = 0;
	n->whole = 0;
	n->pushed = n->partial = 0;
	return 0;
}

/* Its length with the newline; 0 at the end of the file or before a line that has none. */
static size_t
read_line(struct notes *n)
{
	size_t len = n->pushed;
	ssize_t got;

	n->pushed = 0;
	if (len > 0)
		return len;
	got = getline(&n->buf, &n->room, n->f);
	if (got <= 0)
		return 0;
	n->line++;
	if (n->buf[got - 1] == '\n')
		return (size_t)got;
	n->partial = (size_t)got;
	return 0;
}

static bool
is_signature(const struct notes *n)
{
	return strncmp(n->buf, NOTE_DASH, strlen(NOTE_DASH)) == 0;
}

/*
 * The text up to its empty line, then every line of a signature: true when there is one at least.
 */
static bool
gather(struct notes *n)
{
	bool text = true, whole = false;
	size_t len;

	text_clear(&n->text);
	while ((len = read_line(n)) > 0 && !n->text.bad) {
		if (text && len == 1 && n->text.len == 0)
			continue;	/* between notes that somebody put together */
		if (!text && !is_signature(n)) {
			n->pushed = len;
			break;
		}
		whole |= !text;
		text &= len > 1;
		text_addn(&n->text, n->buf, len);
	}
	return whole;
}

/* -EBADMSG: where it stands, and what is wrong there. */
static int
bad_note(const struct notes *n, const char *why, struct diag *reterr)
{
	char name[NAME_LEN];

	if (n->dir < 0)
		return diag_set(reterr, -EBADMSG, _("the note that ends in line %1$u: %2$s"),
		    n->line, why);
	return diag_set(reterr, -EBADMSG,
	    _("checkpoints/%1$s, the note that ends in line %2$u: %3$s"),
	    file_name(n->files[n->file], name), n->line, why);
}

/* 1, 0 when this file has no more, -EBADMSG. */
static int
next_of_file(struct notes *n, struct notes_read *ret, struct diag *reterr)
{
	bool whole = gather(n);
	struct diag d = { 0 };
	struct stat st;

	if (n->text.bad)
		return bad_note(n, _("it is too long"), reterr);
	if (whole) {
		if (note_open(&ret->note, n->text.s, n->text.len, &d) != 0 ||
		    checkpoint_parse(&ret->says, ret->note.text, ret->note.len, &d) != 0)
			return bad_note(n, d.say, reterr);
		n->whole = (uint64_t)ftello(n->f) - n->pushed - n->partial;
		return 1;
	}
	if (n->text.len == 0 && n->partial == 0)
		return 0;
	if (n->dir < 0 || n->file + 1 < n->files_n)
		return bad_note(n, _("it is not whole"), reterr);
	n->torn = fstat(fileno(n->f), &st) == 0 ? (uint64_t)st.st_size - n->whole : n->partial;
	return 0;
}

int
notes_next(struct notes *n, struct notes_read *ret, struct diag *reterr)
{
	for (; n->file < n->files_n; n->file++) {
		int got = n->f == NULL ? open_next(n) : 0;

		if (got == 0)
			got = next_of_file(n, ret, reterr);
		if (got != 0)
			return got;
		if (n->file + 1 == n->files_n)
			return 0;
		fclose(n->f);
		n->f = NULL;
	}
	return 0;
}

int
notes_keep(struct notes_kept *k, const struct notes_read *r)
{
	size_t len = (size_t)(r->note.lines + r->note.lines_len - r->note.text);
	char *bytes = realloc(k->bytes, len + 1);

	if (bytes == NULL)
		return -ENOMEM;
	memcpy(bytes, r->note.text, len);
	bytes[len] = '\0';
	*k = (struct notes_kept){ r->says, bytes, len };
	return 0;
}

/* ---- writing ------------------------------------------------------------- */

static int
open_end(struct notes_end *e, unsigned number)
{
	char name[NAME_LEN];
	int fd = openat(e->dir, file_name(number, name),
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		int err = -errno;

		if (fd >= 0)
			close(fd);
		return err;
	}
	if (e->fd >= 0)
		close(e->fd);
	e->fd = fd;
	e->file = number;
	e->size = (uint64_t)st.st_size;
	return 0;
}

/*
 * Where the next one goes.  A crash leaves half of the last one; anything else that is no note is
 * not its doing.
 */
static int
find_end(struct notes_end *e, const struct notes *n, bool bad, uint64_t *ret_torn)
{
	unsigned last = n->files[n->files_n - 1];
	int err = open_end(e, bad ? last + 1 : last);

	if (err != 0 || bad)
		return err;
	e->size -= n->torn;
	*ret_torn = n->torn;
	return n->torn > 0 && ftruncate(e->fd, (off_t)e->size) != 0 ? -errno : 0;
}

int
notes_repair(struct notes_end *e, const char *directory, struct checkpoint *ret_last,
    uint64_t *ret_torn, struct diag *reterr)
{
	struct notes n = { .dir = -1 };
	struct notes_read r;
	int got, err = notes_open(&n, directory, reterr);

	*ret_last = (struct checkpoint){ 0 };
	if (err != 0 || n.dir < 0)
		return err;
	notes_only_newest(&n);
	while ((got = notes_next(&n, &r, NULL)) > 0)
		*ret_last = r.says;
	e->dir = fcntl(n.dir, F_DUPFD_CLOEXEC, 0);
	err = e->dir < 0 ? -errno : got < 0 && got != -EBADMSG ? got : 0;
	if (err == 0 && n.files_n > 0)
		err = find_end(e, &n, got == -EBADMSG, ret_torn);
	notes_close(&n);
	return err == 0
	    ? 0
	    : diag_set(reterr, err, "%s/" NOTES_DIRECTORY ": %s", directory, strerror(-err));
}

int
notes_begin(struct notes_end *e, int dir)
{
	if (e->dir >= 0)
		return 0;
	if (mkdirat(dir, NOTES_DIRECTORY, 0750) != 0 && errno != EEXIST)
		return -errno;
	e->dir = openat(dir, NOTES_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return e->dir < 0 ? -errno : 0;
}

int
notes_put(struct notes_end *e, unsigned segment, const char *note, size_t len)
{
	int err = e->fd < 0 || e->file < segment ? open_end(e, segment) : 0;
	ssize_t n;

	if (err != 0)
		return err;
	n = pwrite(e->fd, note, len, (off_t)e->size);
	if (n == (ssize_t)len) {
		e->size += len;
		return 0;
	}
	err = n < 0 ? -errno : -ENOSPC;
	return ftruncate(e->fd, (off_t)e->size) != 0 ? -EIO : err;
}

void
notes_end_close(struct notes_end *e)
{
	if (e->fd >= 0)
		close(e->fd);
	if (e->dir >= 0)
		close(e->dir);
	*e = (struct notes_end){ -1, -1, 0, 0 };
}
