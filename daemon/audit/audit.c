/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/lines.h"
#include "audit/record.h"
#include "audit/reserve.h"
#include "audit/tree.h"

/* Where the log was before the lines that are held. */
struct mark {
	unsigned segment;
	uint64_t size;
	struct chain chain;
	struct tree tree;
};

struct audit {
	int dir;		/* locked as long as the log is open */
	int fd;			/* the last segment */
	unsigned segment;
	uint64_t size;		/* of it: everything before is whole lines */
	uint64_t segment_max;
	struct chain chain;
	struct tree tree;
	bool holding, marked;	/* audit_hold(); and `held` is set */
	bool unsynced, reserved; /* of what is held: a line asked for a sync, for the reserve */
	bool kept;		/* while holding: the reserve was seen whole */
	struct mark held;
	struct text line;	/* the one being made; kept, so that its memory is */
	int failed; /* a sync failed: nobody knows what is on disk until it is opened anew */
};

static int
open_directory(struct audit *a, const char *directory, struct diag *reterr)
{
	int err;

	if (mkdir(directory, 0750) != 0 && errno != EEXIST) {
		err = -errno;
		return diag_set(reterr, err, "%s: %s", directory, strerror(-err));
	}
	a->dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->dir < 0) {
		err = -errno;
		return diag_set(reterr, err, "%s: %s", directory, strerror(-err));
	}
	if (flock(a->dir, LOCK_EX | LOCK_NB) != 0)
		return diag_set(reterr, errno == EWOULDBLOCK ? -EBUSY : -errno,
		    "%s: another process writes this log", directory);
	return 0;
}

/* Reads everything once: where the chain and the tree stand, and where the last whole line ends. */
static int
take_stock(struct audit *a, struct lines *l, struct diag *reterr)
{
	struct chain before = { 0 };
	char *last = NULL;
	const char *line;
	size_t len, last_len = 0;
	json_t *record = NULL;
	int got, err = 0;

	while ((got = lines_next(l, &line, &len, reterr)) > 0) {
		char *copy = realloc(last, len + 1);

		if (copy == NULL) {
			err = -ENOMEM;
			break;
		}
		last = memcpy(copy, line, len);
		last_len = len;
		before = a->chain;
		chain_step(&a->chain, line, len);
		tree_add(&a->tree, line, len);
	}
	if (err == 0)
		err = got;
	/* what is appended continues the last line: that one at least must be right */
	if (err == 0 && a->chain.n > 0)
		err = record_check(&record, &before, last, last_len, reterr);
	json_decref(record);
	free(last);
	return err;
}

static int
open_segment(struct audit *a, unsigned segment, int flags)
{
	char name[SEGMENT_NAME_LEN];
	int fd = openat(
	    a->dir, segment_name(segment, name), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0640);

	if (fd < 0)
		return -errno;
	if ((flags & O_CREAT) != 0 && fsync(a->dir) != 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	if (a->fd >= 0)
		close(a->fd);
	a->fd = fd;
	a->segment = segment;
	return 0;
}

static int
cut_torn(struct audit *a, const struct lines *l, uint64_t *ret_torn)
{
	a->size = l->next;
	*ret_torn = l->torn;
	if (l->torn == 0)
		return 0;
	if (ftruncate(a->fd, (off_t)a->size) != 0 || fsync(a->fd) != 0)
		return -errno;
	return 0;
}

static int
open_log(struct audit *a, const char *directory, uint64_t *ret_torn, struct diag *reterr)
{
	struct lines l;
	int err = lines_open(&l, directory, reterr);

	if (err != 0)
		return err;
	err = take_stock(a, &l, reterr);
	if (err == 0) {
		err = open_segment(
		    a, l.segments > 0 ? l.segments - 1 : 0, l.segments > 0 ? 0 : O_CREAT);
		if (err == 0)
			err = cut_torn(a, &l, ret_torn);
		if (err != 0)
			diag_set(reterr, err, "%s: %s", directory, strerror(-err));
	}
	lines_close(&l);
	return err;
}

int
audit_open(struct audit **ret, const char *directory, uint64_t *ret_torn, struct diag *reterr)
{
	struct audit *a = calloc(1, sizeof(*a));
	uint64_t torn = 0;
	int err;

	if (a == NULL)
		return diag_set(reterr, -ENOMEM, "no memory for the log");
	a->dir = a->fd = -1;
	a->segment_max = AUDIT_SEGMENT_MAX;
	text_init(&a->line, AUDIT_LINE_MAX + 1);
	tree_init(&a->tree);
	err = open_directory(a, directory, reterr);
	if (err == 0)
		err = open_log(a, directory, &torn, reterr);
	if (err != 0) {
		audit_close(a);
		return err;
	}
	/* without it the log opens all the same: then only ends are taken */
	reserve_keep(a->dir);
	*ret_torn = torn;
	*ret = a;
	return 0;
}

void
audit_close(struct audit *a)
{
	if (a == NULL)
		return;
	if (a->fd >= 0) {
		fdatasync(a->fd);
		close(a->fd);
	}
	if (a->dir >= 0)
		close(a->dir);
	text_fini(&a->line);
	free(a);
}

void
audit_segment_max(struct audit *a, uint64_t bytes)
{
	a->segment_max = bytes;
}

uint64_t
audit_count(const struct audit *a)
{
	return a->chain.n;
}

void
audit_root(const struct audit *a, uint8_t ret[static 32])
{
	tree_root(&a->tree, ret);
}

/* A full segment is on disk before the next one begins, so only the last can be torn.
 * When no new one can be made, the old one grows on: an end must not fail for this. */
static void
rotate(struct audit *a, size_t len)
{
	char name[SEGMENT_NAME_LEN];

	if (a->size == 0 || a->size + len <= a->segment_max || a->segment + 1 >= SEGMENTS_MAX)
		return;
	if (fdatasync(a->fd) != 0)
		a->failed = -errno;
	else if (open_segment(a, a->segment + 1, O_CREAT | O_EXCL) == 0)
		a->size = 0;
	else
		unlinkat(a->dir, segment_name(a->segment + 1, name), 0);
}

static int
put(struct audit *a, const char *line, size_t len, bool sync)
{
	size_t done = 0;
	int err = 0;

	while (done < len && err == 0) {
		ssize_t n = pwrite(a->fd, line + done, len - done, (off_t)(a->size + done));

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			err = n == 0 ? -EIO : -errno;
	}
	if (err == 0 && sync && fdatasync(a->fd) != 0) {
		err = -errno;
		/* the kernel may have dropped what it could not write, of this line and of earlier ones */
		a->failed = err == -ENOSPC || err == -EDQUOT ? 0 : err;
	}
	if (err != 0 && ftruncate(a->fd, (off_t)a->size) != 0)
		a->failed = -errno;
	return err == -EDQUOT ? -ENOSPC : err;
}

static void
mark(struct audit *a, enum audit_how how)
{
	if (!a->marked)
		a->held = (struct mark){ a->segment, a->size, a->chain, a->tree };
	a->marked = true;
	a->unsynced |= (how & AUDIT_SYNC) != 0;
	a->reserved |= (how & AUDIT_RESERVE) != 0;
}

void
audit_hold(struct audit *a)
{
	if (a->holding)
		return;		/* what is held already stays so */
	a->holding = true;
	a->marked = a->unsynced = a->reserved = a->kept = false;
}

/* As if what was held had never been written; not beyond the beginning of a segment. */
static void
go_back(struct audit *a, int err)
{
	bool back = a->segment == a->held.segment && ftruncate(a->fd, (off_t)a->held.size) == 0;

	if (err != -ENOSPC || !back)
		a->failed = err;
	if (!back)
		return;
	a->size = a->held.size;
	a->chain = a->held.chain;
	a->tree = a->held.tree;
}

int
audit_sync(struct audit *a)
{
	int err = a->failed;

	a->holding = false;
	if (!a->marked || !a->unsynced)
		return 0;
	if (err != 0)
		return err;
	do
		err = fdatasync(a->fd) == 0 ? 0 : errno == EDQUOT ? -ENOSPC : -errno;
	while (err == -ENOSPC && a->reserved && reserve_release(a->dir));
	if (err != 0)
		go_back(a, err);
	return err;
}

/* Nothing new begins while the reserve for ends is not whole; of what is held this is asked once. */
static int
check_room(struct audit *a, enum audit_how how)
{
	int err = a->failed;

	if (err != 0 || (how & AUDIT_RESERVE) != 0 || (a->holding && a->kept))
		return err;
	err = reserve_keep(a->dir);
	a->kept = err == 0;
	return err;
}

/* An end takes of the reserve; then it is not whole any more. */
static bool
make_room(struct audit *a, enum audit_how how)
{
	if ((how & AUDIT_RESERVE) == 0)
		return false;
	a->kept = false;
	return reserve_release(a->dir);
}

static int
append_line(struct audit *a, const char *line, size_t len, enum audit_how how)
{
	int err = check_room(a, how);

	if (err != 0)
		return err;
	if (a->holding)
		mark(a, how);
	rotate(a, len);
	if (a->failed != 0)
		return a->failed;
	do
		err = put(a, line, len, (how & AUDIT_SYNC) != 0 && !a->holding);
	while (err == -ENOSPC && make_room(a, how));
	if (err != 0)
		return err;
	a->size += len;
	chain_step(&a->chain, line, len - 1);
	tree_add(&a->tree, line, len - 1);
	return 0;
}

int
audit_put(struct audit *a, const struct audit_draft *draft, enum audit_how how, uint64_t *ret_n)
{
	uint64_t n = a->chain.n;
	int err = record_line(&a->line, &a->chain, draft);

	if (err == 0)
		err = append_line(a, a->line.s, a->line.len, how);
	if (err == 0 && ret_n != NULL)
		*ret_n = n;
	return err;
}

static void
write_fields(struct jout *out, const void *ctx)
{
	jout_members(out, ctx);
}

int
audit_append(struct audit *a, enum audit_kind kind, wall_t t, struct say say, json_t *fields,
    enum audit_how how, uint64_t *ret_n)
{
	bool refused = fields != NULL && (!json_is_object(fields) || record_owns(fields));
	int err = refused ? -EINVAL : audit_put(a, &(struct audit_draft){ .kind = kind, .t = t,
	    .say = say, .write = write_fields, .ctx = fields }, how, ret_n);

	json_decref(fields);
	return err;
}
