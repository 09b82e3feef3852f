/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/lines.h"
#include "audit/notes.h"
#include "audit/record.h"
#include "audit/reserve.h"
#include "audit/segment.h"
#include "audit/tree.h"
#include "base/lang.h"

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
	unsigned restored;	/* so often it had been taken away */
	int astray;		/* -errno: it is away, and cannot be put back */
	struct chain chain;
	struct tree tree;
	bool holding, marked;	/* audit_hold(); and `held` is set */
	bool unsynced, reserved; /* of what is held: a line asked for a sync, for the reserve */
	bool kept;		/* while holding: the reserve was seen whole */
	struct mark held;
	uint64_t safe;		/* of the segment: what a sync has said to be on disk */
	struct chain safe_chain;	/* there */
	/* a sync failed for want of space: what lies behind `safe` is written again */
	bool dropped;
	struct text line;	/* the one being made; kept, so that its memory is */
	int failed; /* a sync failed: nobody knows what is on disk until it is opened anew */
	struct tree synced;	/* of the lines that are on disk */
	struct note_secret key;	/* without a name: nothing is signed */
	struct notes_end notes;
	struct checkpoint newest;	/* as found at the start; size 0: none, or of this log */
	uint64_t signed_n;	/* lines of the one signed last */
	struct text note;
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

/* The newest checkpoint is of this log: it is no reason not to sign any more. */
static void
meet_checkpoint(struct audit *a)
{
	uint8_t root[HASH_LEN];

	if (a->newest.size != a->tree.n || a->tree.n == 0)
		return;
	tree_root(&a->tree, root);
	if (memcmp(root, a->newest.root, sizeof(root)) == 0)
		a->newest.size = 0;
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
		meet_checkpoint(a);
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
	int fd = openat(a->dir, segment_name(segment, name),
	    O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0640);

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

/*
 * One that somebody has compressed is not written on: another begins.  What is torn is cut off
 * where it is.
 */
static int
open_last(struct audit *a, const char *directory, const struct lines *l, uint64_t *ret_torn,
    struct diag *reterr)
{
	bool packed = l->segments > 0 && segment_packed(a->dir, l->segments - 1);
	bool fresh = l->segments == 0 || packed;
	char name[SEGMENT_NAME_LEN];
	int err;

	if (packed && l->torn != 0)
		return diag_set(reterr, -EBADMSG,
		    _("%s/%s.gz: the newest segment was compressed, and its last line is not whole: unpack it with gunzip, "
		      "and the next start repairs it"),
		    directory, segment_name(l->segments - 1, name));
	err = open_segment(a, fresh ? l->segments : l->segments - 1, fresh ? O_CREAT : 0);
	if (err == 0 && !fresh)
		err = cut_torn(a, l, ret_torn);
	return err == 0 ? 0 : diag_set(reterr, err, "%s: %s", directory, strerror(-err));
}

static int
open_log(struct audit *a, const char *directory, uint64_t *ret_torn, struct diag *reterr)
{
	uint64_t torn_note = 0;
	struct lines l;
	int err = notes_repair(&a->notes, directory, &a->newest, &torn_note, reterr);

	if (err == 0)
		err = lines_open(&l, directory, reterr);
	if (err != 0)
		return err;
	err = take_stock(a, &l, reterr);
	if (err == 0)
		err = open_last(a, directory, &l, ret_torn, reterr);
	*ret_torn += torn_note;
	lines_close(&l);
	return err;
}

static void
now_safe(struct audit *a)
{
	a->safe = a->size;
	a->safe_chain = a->chain;
	a->dropped = false;
}

/* After a sync, which said so. */
static void
on_disk(struct audit *a)
{
	now_safe(a);
	a->synced = a->tree;
}

int
audit_open(struct audit **ret, const char *directory, uint64_t *ret_torn, struct diag *reterr)
{
	struct audit *a = calloc(1, sizeof(*a));
	uint64_t torn = 0;
	int err;

	if (a == NULL)
		return diag_set(reterr, -ENOMEM, "no memory for the log");
	a->dir = a->fd = a->notes.dir = a->notes.fd = -1;
	a->segment_max = AUDIT_SEGMENT_MAX;
	text_init(&a->line, AUDIT_LINE_MAX + 1);
	text_init(&a->note, NOTE_MAX);
	tree_init(&a->tree);
	tree_init(&a->synced);
	err = open_directory(a, directory, reterr);
	if (err == 0) {
		segment_take_up(a->dir);
		err = open_log(a, directory, &torn, reterr);
	}
	if (err != 0) {
		audit_close(a);
		return err;
	}
	/* without it the log opens all the same: then only ends are taken */
	reserve_keep(a->dir);
	now_safe(a);
	*ret_torn = torn;
	*ret = a;
	return 0;
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

/*
 * Are these the lines that were written?  Of pages that were dropped some file systems show the
 * disk, others the memory.
 */
static bool
as_written(const struct audit *a, const char *text, size_t len)
{
	struct chain c = a->safe_chain;
	const char *end;

	for (; len > 0 && (end = memchr(text, '\n', len)) != NULL; text = end + 1) {
		chain_step(&c, text, (size_t)(end - text));
		len -= (size_t)(end + 1 - text);
	}
	return len == 0 && c.n == a->chain.n && strcmp(c.prev, a->chain.prev) == 0;
}

static int
write_again(const struct audit *a)
{
	size_t len = a->size - a->safe;
	char *text = malloc(len + 1);
	int err = text == NULL ? -ENOMEM : 0;

	if (err == 0 && pread(a->fd, text, len, (off_t)a->safe) != (ssize_t)len)
		err = -EIO;
	if (err == 0 && !as_written(a, text, len))
		err = -EIO;
	if (err == 0)
		err = segment_write(a->fd, text, len, a->safe);
	free(text);
	return err;
}

int
audit_look(struct audit *a)
{
	int was = a->fd;

	a->astray = segment_keep(a->dir, a->segment, &a->fd);
	a->restored += a->fd != was;
	return a->astray;
}

unsigned
audit_restored(const struct audit *a)
{
	return a->restored;
}

/*
 * After a sync that failed the kernel takes what it could not write for written, and the next sync
 * says nothing of it. So for want of space, which may end, all of it is written again; any other
 * failure ends writing.
 */
static int
sync_all(struct audit *a)
{
	int err;

	audit_look(a);	/* where that fails, check_room() has let nothing new begin */
	err = a->dropped ? write_again(a) : 0;
	if (err == 0 && fdatasync(a->fd) != 0)
		err = segment_errno();
	a->dropped |= err != 0;
	if (err != 0 && err != -ENOSPC)
		a->failed = err;
	return err;
}

void
audit_close(struct audit *a)
{
	if (a == NULL)
		return;
	if (a->fd >= 0) {
		if (audit_flush(a) == 0)
			audit_checkpoint(a);
		close(a->fd);
	}
	if (a->dir >= 0)
		close(a->dir);
	notes_end_close(&a->notes);
	text_fini(&a->line);
	text_fini(&a->note);
	sodium_memzero(&a->key, sizeof(a->key));
	free(a);
}

/* A full segment is on disk before the next one begins, so only the last can be torn.
 * When no new one can be made, the old one grows on: an end must not fail for this. */
static void
rotate(struct audit *a, size_t len)
{
	char name[SEGMENT_NAME_LEN];

	if (a->size == 0 || a->size + len <= a->segment_max || a->segment + 1 >= SEGMENTS_MAX)
		return;
	/* a segment without its name would be lost with its descriptor */
	if (sync_all(a) != 0 || a->astray != 0)
		return;
	on_disk(a);
	if (open_segment(a, a->segment + 1, O_CREAT | O_EXCL) == 0)
		a->size = a->safe = 0;
	else
		unlinkat(a->dir, segment_name(a->segment + 1, name), 0);
}

static int
put(struct audit *a, const char *line, size_t len, bool sync)
{
	int err = segment_write(a->fd, line, len, a->size);

	if (err == 0 && sync)
		err = sync_all(a);
	if (err != 0 && ftruncate(a->fd, (off_t)a->size) != 0)
		a->failed = -errno;
	return err;
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

/* A line that could not be written is none of them. */
bool
audit_held(const struct audit *a)
{
	return a->holding && a->unsynced && a->tree.n > a->held.tree.n;
}

int
audit_sync(struct audit *a)
{
	bool held = audit_held(a);
	int err = a->failed;

	a->holding = false;
	if (!held || err != 0)
		return held ? err : 0;
	do
		err = sync_all(a);
	while (err == -ENOSPC && a->reserved && reserve_release(a->dir));
	if (err == 0)
		on_disk(a);
	else
		go_back(a, err);
	return err;
}

bool
audit_unflushed(const struct audit *a)
{
	return !a->holding && a->synced.n < a->tree.n;
}

int
audit_flush(struct audit *a)
{
	int err = a->failed;

	if (err != 0 || !audit_unflushed(a))
		return err;
	err = sync_all(a);
	if (err == 0)
		on_disk(a);
	return err;
}

/* ---- checkpoints --------------------------------------------------------- */

int
audit_sign_with(struct audit *a, const struct note_secret *key, struct diag *reterr)
{
	int err;

	if (a->newest.size != 0)
		return diag_set(reterr, -EBADMSG,
		    _("the newest checkpoint stands for %llu lines that are not those of this log: its end was cut or "
		      "changed, and nothing is signed any more"),
		    (unsigned long long)a->newest.size);
	err = notes_begin(&a->notes, a->dir);
	if (err != 0)
		return diag_set(reterr, err, NOTES_DIRECTORY ": %s", strerror(-err));
	a->key = *key;
	return 0;
}

bool
audit_unsigned(const struct audit *a)
{
	return a->key.key.name[0] != '\0' && a->synced.n > a->signed_n;
}

int
audit_checkpoint(struct audit *a)
{
	int err;

	if (!audit_unsigned(a))
		return 0;
	text_clear(&a->note);
	checkpoint_sign(&a->note, &a->synced, &a->key);
	err =
	    !text_ok(&a->note) ? -ENOMEM : notes_put(&a->notes, a->segment, a->note.s, a->note.len);
	if (err == 0)
		a->signed_n = a->synced.n;
	return err;
}

/* ---- appending ----------------------------------------------------------- */

/*
 * Nothing new begins while the reserve for ends is not whole; of what is held this is asked once.
 */
static int
check_room(struct audit *a, enum audit_how how)
{
	int err = a->failed;

	if (err != 0 || (how & AUDIT_RESERVE) != 0)
		return err;
	if ((how & AUDIT_SYNC) != 0)
		audit_look(a);
	if (a->astray != 0 || (a->holding && a->kept))
		return a->astray;
	err = reserve_keep(a->dir);
	a->kept = err == 0;
	return err;
}

bool
audit_has_room(struct audit *a)
{
	return a->failed == 0 && a->astray == 0 && reserve_keep(a->dir) == 0;
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
	bool sync = (how & AUDIT_SYNC) != 0 && !a->holding;
	int err = check_room(a, how);

	if (err != 0)
		return err;
	if (a->holding)
		mark(a, how);
	rotate(a, len);
	if (a->failed != 0)
		return a->failed;
	do
		err = put(a, line, len, sync);
	while (err == -ENOSPC && make_room(a, how));
	if (err != 0)
		return err;
	a->size += len;
	chain_step(&a->chain, line, len - 1);
	tree_add(&a->tree, line, len - 1);
	if (sync)
		on_disk(a);
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
