/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The newest note of a log from the end of its file: what is asked for every few seconds may not
 * read all of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/notes.h"
#include "base/lang.h"

#define TAIL_MAX (2 * NOTE_MAX)		/* a whole one, and one that is being written */
#define LINE_IS_SIGNATURE(s, at) (strncmp((s) + (at), NOTE_DASH, strlen(NOTE_DASH)) == 0)

/* Where the line begins whose newline is at end - 1. */
static size_t
line_before(const char *s, size_t end)
{
	size_t at = end - 1;

	while (at > 0 && s[at - 1] != '\n')
		at--;
	return at;
}

/* The last whole note of these bytes, which end with a zero; false: there is none. */
static bool
find_last(const char *s, size_t len, bool from_start, size_t *ret_at, size_t *ret_len)
{
	size_t end = len, at;

	while (end > 0 && s[end - 1] != '\n')
		end--;
	while (end > 0 && !LINE_IS_SIGNATURE(s, line_before(s, end)))
		end = line_before(s, end);
	at = end;
	while (at > 0 && LINE_IS_SIGNATURE(s, line_before(s, at)))
		at = line_before(s, at);
	while (at > 0 && !LINE_IS_SIGNATURE(s, line_before(s, at)))
		at = line_before(s, at);
	*ret_at = at;
	*ret_len = end - at;
	return end > 0 && (at > 0 || from_start);
}

static int
keep(struct notes_kept *k, const char *bytes, size_t len)
{
	struct notes_read r;

	if (note_open(&r.note, bytes, len, NULL) != 0 ||
	    checkpoint_parse(&r.says, r.note.text, r.note.len, NULL) != 0)
		return -EBADMSG;
	return notes_keep(k, &r);
}

/* -ENODATA: no note is in it. */
static int
read_end(struct notes_kept *ret, int fd)
{
	char *buf = malloc(TAIL_MAX + 1);
	size_t at, len;
	struct stat st;
	off_t from;
	ssize_t n;
	int err = buf == NULL ? -ENOMEM : fstat(fd, &st) != 0 ? -errno : 0;

	if (err == 0) {
		from = st.st_size > TAIL_MAX ? st.st_size - TAIL_MAX : 0;
		n = pread(fd, buf, TAIL_MAX, from);
		err = n < 0 ? -errno : 0;
		buf[n < 0 ? 0 : n] = '\0';
		if (err == 0)
			err = find_last(buf, (size_t)n, from == 0, &at, &len)
			    ? keep(ret, buf + at, len)
			    : -ENODATA;
	}
	free(buf);
	return err;
}

int
notes_newest(struct notes_kept *ret, const char *directory, struct diag *reterr)
{
	struct notes n;
	int err = notes_open(&n, directory, reterr), got = -ENODATA;
	char name[32];

	*ret = (struct notes_kept){ 0 };
	if (err != 0)
		return err;
	for (unsigned i = n.files_n; i > 0 && got == -ENODATA; i--) {
		int fd;

		snprintf(name, sizeof(name), "%08u.notes", n.files[i - 1]);
		fd = openat(n.dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		got = fd < 0 ? -errno : read_end(ret, fd);
		if (fd >= 0)
			close(fd);
	}
	notes_close(&n);
	if (got == -ENODATA)
		diag_set(reterr, got, _("%s: there is no checkpoint here yet"), directory);
	else if (got != 0)
		diag_set(reterr, got, "%s/" NOTES_DIRECTORY ": %s", directory, strerror(-got));
	return got;
}
