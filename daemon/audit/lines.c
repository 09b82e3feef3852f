/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/lines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/packed.h"
#include "audit/record.h"
#include "base/lang.h"

#define BUF_LEN (AUDIT_LINE_MAX + 1)	/* a longest line and its newline */

const char *
segment_name(unsigned segment, char buf[static SEGMENT_NAME_LEN])
{
	snprintf(buf, SEGMENT_NAME_LEN, "%08u.jsonl", segment % SEGMENTS_MAX);
	return buf;
}

static const char *
packed_name(unsigned segment, char buf[static SEGMENT_NAME_LEN])
{
	snprintf(buf, SEGMENT_NAME_LEN, "%08u.jsonl.gz", segment % SEGMENTS_MAX);
	return buf;
}

static bool
is_there(int dir, unsigned segment)
{
	char name[SEGMENT_NAME_LEN];

	return faccessat(dir, segment_name(segment, name), F_OK, 0) == 0;
}

bool
segment_packed(int dir, unsigned segment)
{
	char name[SEGMENT_NAME_LEN];

	return !is_there(dir, segment) && faccessat(dir, packed_name(segment, name), F_OK, 0) == 0;
}

/* While one is being compressed both are there: it counts once. */
static bool
segment_number(int dir, const char *name, unsigned *ret)
{
	bool packed = strlen(name) == 17 && strcmp(name + 8, ".jsonl.gz") == 0;

	if (strspn(name, "0123456789") != 8 || (!packed && strcmp(name + 8, ".jsonl") != 0))
		return false;
	*ret = (unsigned)strtoul(name, NULL, 10);
	return !packed || !is_there(dir, *ret);
}

/* In either form; while somebody turns one into the other, one of them is always there. */
static bool
in_a_form(int dir, unsigned segment)
{
	return is_there(dir, segment) || segment_packed(dir, segment) || is_there(dir, segment);
}

/*
 * Those that follow one another from the first one on; are there others?  A list is not made in one
 * moment, and a segment that is compressed meanwhile may be in it twice, or not at all: when the
 * number is not right, each is looked for by name.
 */
static int
count_segments(struct lines *l, struct diag *reterr)
{
	int copy = openat(l->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	unsigned count = 0, last = 0, number;
	const struct dirent *e;

	if (d == NULL) {
		int err = -errno;

		if (copy >= 0)
			close(copy);
		return diag_set(reterr, err, "cannot list the directory: %s", strerror(-err));
	}
	while ((e = readdir(d)) != NULL) {
		if (!segment_number(l->dir, e->d_name, &number))
			continue;
		count++;
		last = number > last ? number : last;
	}
	closedir(d);
	l->segments = count;
	l->gap = false;
	if (count == 0 || last == count - 1)
		return 0;
	for (l->segments = 0; l->segments <= last && in_a_form(l->dir, l->segments);)
		l->segments++;
	l->gap = l->segments <= last;
	return 0;
}

/*
 * At the end of the last one that was there: a living writer may have begun another.  1, 0 or
 * -EBADMSG.
 */
static int
look_for_more(struct lines *l, struct diag *reterr)
{
	unsigned known = l->segments;
	char name[SEGMENT_NAME_LEN];
	int err = count_segments(l, reterr);

	if (err != 0 || l->segments > known)
		return err != 0 ? err : 1;
	if (!l->gap)
		return 0;
	return diag_set(reterr, -EBADMSG, _("segment %s is missing, later ones are there"),
	    segment_name(l->segments, name));
}

int
lines_open(struct lines *l, const char *directory, struct diag *reterr)
{
	int err;

	*l = (struct lines){ .fd = -1 };
	l->dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dir < 0) {
		err = -errno;
		return diag_set(reterr, err, "%s: %s", directory, strerror(-err));
	}
	err = count_segments(l, reterr);
	if (err == 0) {
		l->buf = malloc(BUF_LEN);
		err = l->buf == NULL ? -ENOMEM : 0;
	}
	if (err != 0)
		lines_close(l);
	return err;
}

static void
close_segment(struct lines *l)
{
	if (l->packed != NULL)
		packed_close(l->packed);
	else if (l->fd >= 0)
		close(l->fd);
	l->packed = NULL;
	l->fd = -1;
}

void
lines_close(struct lines *l)
{
	close_segment(l);
	if (l->dir >= 0)
		close(l->dir);
	free(l->buf);
	*l = (struct lines){ .dir = -1, .fd = -1 };
}

static int
open_segment(struct lines *l, struct diag *reterr)
{
	char name[SEGMENT_NAME_LEN];
	bool packed = false;
	int err = 0;

	l->fd = openat(l->dir, segment_name(l->segment, name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (l->fd < 0 && errno == ENOENT && segment_packed(l->dir, l->segment)) {
		l->fd = openat(l->dir, packed_name(l->segment, name),
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		packed = true;
	}
	if (l->fd < 0)
		err = -errno;
	if (err == 0 && packed)
		err = packed_open(&l->packed, l->fd, reterr);
	else if (err != 0)
		diag_set(reterr, err, "%s: %s", name, strerror(-err));
	if (err != 0) {
		close_segment(l);
		return err;
	}
	l->line = 0;
	l->at = l->next = 0;
	l->from = l->to = 0;
	return 0;
}

int
lines_seek(struct lines *l, unsigned segment, uint64_t at, struct diag *reterr)
{
	int err = 0;

	close_segment(l);
	l->segment = segment;
	if (segment < l->segments)
		err = open_segment(l, reterr);
	else if (at != 0)
		return diag_set(reterr, -ESTALE, _("there is no segment %u"), segment);
	l->next = at;
	if (err == 0)
		lines_forget(l);
	return err;
}

void
lines_forget(struct lines *l)
{
	l->from = l->to = 0;
	if (l->packed != NULL)
		packed_seek(l->packed, l->next);
	else if (l->fd >= 0)
		lseek(l->fd, (off_t)l->next, SEEK_SET);
}

/* More bytes behind what is unread; 0 at the end of the file. */
static ssize_t
fill(struct lines *l)
{
	ssize_t n;

	memmove(l->buf, l->buf + l->from, l->to - l->from);
	l->to -= l->from;
	l->from = 0;
	do
		n = l->packed != NULL ? packed_read(l->packed, l->buf + l->to, BUF_LEN - l->to)
					: read(l->fd, l->buf + l->to, BUF_LEN - l->to);
	while (n < 0 && l->packed == NULL && errno == EINTR);
	if (n > 0)
		l->to += (size_t)n;
	return n < 0 && l->packed == NULL ? -errno : n;
}

/* A whole line of this segment: 1, or 0 when there is none, with what is left of it unread. */
static int
line_of_segment(struct lines *l, const char **ret, size_t *ret_len, struct diag *reterr)
{
	size_t seen = 0;

	for (;;) {
		char *end = memchr(l->buf + l->from + seen, '\n', l->to - l->from - seen);
		ssize_t n;

		if (end != NULL) {
			*ret = l->buf + l->from;
			*ret_len = (size_t)(end - *ret);
			l->from += *ret_len + 1;
			l->at = l->next;
			l->next += *ret_len + 1;
			l->line++;
			return 1;
		}
		seen = l->to - l->from;
		if (seen == BUF_LEN)
			return diag_set(reterr, -EBADMSG,
			    _("segment %u, line %u is longer than %d bytes"), l->segment,
			    l->line + 1, AUDIT_LINE_MAX);
		n = fill(l);
		if (n == -EBADMSG)
			return diag_set(reterr, -EBADMSG,
			    _("segment %u was compressed, and what it holds is damaged behind line %u"),
			    l->segment, l->line);
		if (n <= 0)
			return (int)n;
	}
}

int
lines_next(struct lines *l, const char **ret, size_t *ret_len, struct diag *reterr)
{
	for (;;) {
		int got;

		if (l->segment >= l->segments) {
			got = look_for_more(l, reterr);
			if (got <= 0)
				return got;
		}
		got = l->fd < 0 ? open_segment(l, reterr) : 0;
		if (got == 0)
			got = line_of_segment(l, ret, ret_len, reterr);
		if (got != 0)
			return got;
		l->torn = l->to - l->from;
		if (l->segment + 1 == l->segments) {
			got = look_for_more(l, reterr);
			if (got <= 0)
				return got;
			continue;	/* and at the rest of this one, which is whole now */
		}
		if (l->torn != 0)
			return diag_set(reterr, -EBADMSG,
			    _("segment %u ends within a line, and another follows"), l->segment);
		close_segment(l);
		l->segment++;
	}
}
