/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/follower.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/lines.h"
#include "base/file.h"
#include "base/lang.h"

/* a longest line, its newline, and that of the line before */
#define BEFORE_MAX (AUDIT_LINE_MAX + 2)

struct follower {
	char *directory;	/* owned */
	struct lines lines;
	struct follower_place place;
};

static int
stale(const struct follower *f, struct diag *reterr)
{
	return diag_set(reterr, -ESTALE, _("%s: the log does not have what was read of it"),
	    f->directory);
}

/* ---- to a place ---------------------------------------------------------- */

/* The bytes before an offset: how many there are of them in buf. */
static ssize_t
read_before(int fd, uint64_t at, char buf[static BEFORE_MAX])
{
	size_t len = at < BEFORE_MAX ? (size_t)at : BEFORE_MAX, got = 0;
	ssize_t n = 0;

	while (got < len && (n = pread(fd, buf + got, len - got, (off_t)(at - len + got))) > 0)
		got += (size_t)n;
	return n < 0 ? -errno : got < len ? -ESTALE : (ssize_t)len;
}

/* Is the line that ends there the one whose hash the next carries? */
static int
line_before(int fd, const struct follower_place *p, uint64_t at)
{
	struct chain c = { .n = p->chain.n - 1 };
	char *buf = malloc(BEFORE_MAX);
	const char *line;
	ssize_t len = buf == NULL ? -ENOMEM : read_before(fd, at, buf);
	int err = len < 0 ? (int)len : len == 0 || buf[len - 1] != '\n' ? -ESTALE : 0;

	if (err == 0) {
		line = memrchr(buf, '\n', (size_t)len - 1);
		line = line != NULL ? line + 1 : buf;
		chain_step(&c, line, (size_t)(buf + len - 1 - line));
		err = strcmp(c.prev, p->chain.prev) == 0 ? 0 : -ESTALE;
	}
	free(buf);
	return err;
}

/*
 * The same of a segment that was compressed meanwhile: read from its beginning on, which happens
 * once.
 */
static int
line_before_packed(struct follower *f, const struct follower_place *p, unsigned segment,
    uint64_t at)
{
	struct chain c = { 0 };
	const char *line;
	size_t len;
	int got = lines_seek(&f->lines, segment, 0, NULL);

	while (got >= 0 && (at == 0 || f->lines.next < at)) {
		got = lines_next(&f->lines, &line, &len, NULL);
		if (got <= 0 || f->lines.segment != segment)
			break;
		c = (struct chain){ 0 };
		chain_step(&c, line, len);
	}
	if (got < 0)
		return got;
	return (at == 0 || f->lines.next == at) && strcmp(c.prev, p->chain.prev) == 0 ? 0 : -ESTALE;
}

static int
check_place(struct follower *f, const struct follower_place *p)
{
	char name[SEGMENT_NAME_LEN];
	unsigned segment = p->segment;
	uint64_t at = p->at;
	struct stat st;
	int fd, err;

	if (p->chain.n == 0)
		return segment == 0 && at == 0 ? 0 : -ESTALE;
	if (at == 0 && segment-- == 0)
		return -ESTALE;
	if (segment_packed(f->lines.dir, segment))
		return line_before_packed(f, p, segment, at);
	fd = openat(f->lines.dir, segment_name(segment, name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	err = fstat(fd, &st) != 0 ? -errno : 0;
	if (err == 0 && at == 0)
		at = (uint64_t)st.st_size;
	if (err == 0)
		err = line_before(fd, p, at);
	close(fd);
	return err;
}

static int
begin(struct follower *f, const struct follower_place *from, struct diag *reterr)
{
	int err = lines_open(&f->lines, f->directory, reterr);

	if (err != 0)
		return err;
	err = check_place(f, from);
	if (err == -ESTALE)
		return stale(f, reterr);
	if (err != 0)
		return diag_set(reterr, err, "%s: %s", f->directory, strerror(-err));
	f->place = *from;
	return lines_seek(&f->lines, from->segment, from->at, reterr);
}

int
follower_open(struct follower **ret, const char *directory, const struct follower_place *from,
    struct diag *reterr)
{
	static const struct follower_place beginning;
	struct follower *f = calloc(1, sizeof(*f));
	int err;

	if (f == NULL)
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	f->lines.dir = f->lines.fd = -1;
	f->directory = strdup(directory);
	err = f->directory == NULL ? diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM))
				   : begin(f, from != NULL ? from : &beginning, reterr);
	if (err != 0)
		follower_close(f);
	else
		*ret = f;
	return err;
}

void
follower_close(struct follower *f)
{
	if (f == NULL)
		return;
	lines_close(&f->lines);
	free(f->directory);
	free(f);
}

/* ---- onwards ------------------------------------------------------------- */

/* Is the directory still the one of that name, and what was read still in it? */
static int
still_there(const struct follower *f, struct diag *reterr)
{
	char name[SEGMENT_NAME_LEN];
	struct stat now, ours, named;

	if (stat(f->directory, &now) != 0 || fstat(f->lines.dir, &ours) != 0 ||
	    !file_same(&now, &ours))
		return stale(f, reterr);
	if (f->lines.fd < 0)
		return 0;
	if (fstat(f->lines.fd, &now) != 0 || now.st_nlink == 0)
		return stale(f, reterr);
	/* its copy is written on when somebody took the name from it (segment_keep()) */
	if (fstatat(f->lines.dir, segment_name(f->lines.segment, name), &named, 0) == 0 &&
	    !file_same(&named, &now))
		return stale(f, reterr);
	/* offsets are those of what is unpacked */
	if (f->lines.packed == NULL && (uint64_t)now.st_size < f->lines.next)
		return stale(f, reterr);
	return 0;
}

static int
try_next(struct follower *f, struct follower_record *ret, struct diag *reterr)
{
	const char *line;
	size_t len;
	int got = lines_next(&f->lines, &line, &len, reterr), err;

	if (got == 0) {
		/* of a line that is being written, or is cut off by a repair */
		lines_forget(&f->lines);
		return still_there(f, reterr);
	}
	if (got < 0)
		return got;
	err = record_check(ret != NULL ? &ret->json : NULL, &f->place.chain, line, len, reterr);
	if (err != 0)
		return err;
	if (ret != NULL) {
		ret->n = f->place.chain.n;
		ret->line = line;
		ret->len = len;
	}
	chain_step(&f->place.chain, line, len);
	f->place.segment = f->lines.segment;
	f->place.at = f->lines.next;
	return 1;
}

/* After an error, what was read ahead is read anew. */
static int
attempt(struct follower *f, struct follower_record *ret, struct diag *reterr)
{
	struct follower_place here = f->place;
	int got = f->lines.dir < 0 ? begin(f, &here, reterr) : 0;

	if (got == 0)
		got = try_next(f, ret, reterr);
	if (got < 0)
		lines_close(&f->lines);
	return got;
}

/* What was read while a repair cut it off is no bad record. */
int
follower_next(struct follower *f, struct follower_record *ret, struct diag *reterr)
{
	int got = attempt(f, ret, reterr);

	return got != -EBADMSG ? got : attempt(f, ret, reterr);
}

void
follower_place(const struct follower *f, struct follower_place *ret)
{
	*ret = f->place;
}
