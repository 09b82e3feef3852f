/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/published.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"

#define ENTRY_MAX (2 * NOTE_MAX)	/* a note and a proof of 64 hashes at most */
#define TAIL_MAX (2 * ENTRY_MAX)	/* the last whole one, and what a crash left of the next */
#define HEAD "old "			/* begins an entry */

/*
 * Where the last line of a signature and the empty line behind it end, or 0: there an entry does.
 */
static size_t
last_end(const char *s, size_t len)
{
	size_t line = len;

	for (size_t i = len; i >= 2; i--) {
		if (s[i - 1] != '\n' || s[i - 2] != '\n')
			continue;
		for (line = i - 2; line > 0 && s[line - 1] != '\n';)
			line--;
		if (i - line > strlen(NOTE_DASH) &&
		    memcmp(s + line, NOTE_DASH, strlen(NOTE_DASH)) == 0)
			return i;
	}
	return 0;
}

static bool
begins_entry(const char *s, size_t len)
{
	return memcmp(s, HEAD, len < strlen(HEAD) ? len : strlen(HEAD)) == 0;
}

/* The entry's checkpoint. */
static int
keep_note(struct published *h, const char *entry, size_t len)
{
	const char *note = memmem(entry, len, "\n\n", 2);
	struct notes_read r;
	size_t note_len;

	if (note == NULL || !begins_entry(entry, len))
		return -EBADMSG;
	note += 2;
	note_len = len - (size_t)(note - entry);
	if (note_len < 2 || note_open(&r.note, note, note_len - 1, NULL) != 0 ||
	    checkpoint_parse(&r.says, r.note.text, r.note.len, NULL) != 0)
		return -EBADMSG;
	return notes_keep(&h->last, &r);
}

/* The last whole entry, and nothing but the beginning of another behind it. */
static int
find_last(struct published *h, const char *s, size_t len, uint64_t from)
{
	size_t end = last_end(s, len), begin;

	if (!begins_entry(s + end, len - end) || (end == 0 && from > 0))
		return -EBADMSG;
	h->size = from + end;
	if (end == 0)
		return 0;
	begin = last_end(s, end - 1);
	return begin == 0 && from > 0 ? -EBADMSG : keep_note(h, s + begin, end - begin);
}

static int
read_tail(struct published *h, uint64_t size)
{
	uint64_t from = size > TAIL_MAX ? size - TAIL_MAX : 0;
	size_t len = (size_t)(size - from);
	char *s = malloc(len + 1);
	int err = s == NULL ? -ENOMEM : 0;
	ssize_t n = err == 0 ? pread(h->fd, s, len, (off_t)from) : 0;

	if (err == 0 && n != (ssize_t)len)
		err = n < 0 ? -errno : -EIO;
	if (err == 0)
		err = find_last(h, s, len, from);
	free(s);
	return err;
}

int
published_open(struct published *h, const char *path, struct diag *reterr)
{
	struct stat st;
	int err = 0;

	*h = (struct published){ .path = path };
	h->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (h->fd < 0 || flock(h->fd, LOCK_EX) != 0 || fstat(h->fd, &st) != 0)
		err = -errno;
	if (err == 0)
		err = read_tail(h, (uint64_t)st.st_size);
	if (err == 0 && h->size < (uint64_t)st.st_size && ftruncate(h->fd, (off_t)h->size) != 0)
		err = -errno;
	if (err == 0)
		return 0;
	published_close(h);
	if (err == -EBADMSG)
		return diag_set(reterr, err,
		    _("%s: its end is not what is published there; it is left as it is"), path);
	return diag_set(reterr, err, "%s: %s", path, strerror(-err));
}

static void
write_entry(struct text *to, const struct published *h, const struct proof *proof,
    const struct notes_kept *note)
{
	char hash[HASH_TEXT];

	text_printf(to, "old %" PRIu64 "\n", h->last.len > 0 ? h->last.says.size : 0);
	for (unsigned i = 0; h->last.len > 0 && i < proof->n; i++)
		text_printf(to, "%s\n", hash_text(proof->hash[i], hash));
	text_printf(to, "\n%s\n", note->bytes);
}

/* What was written whole stays even when its sync failed: a witness may have it already. */
int
published_add(struct published *h, const struct proof *proof, const struct notes_kept *note,
    struct diag *reterr)
{
	struct text t;
	int err;

	text_init(&t, ENTRY_MAX);
	write_entry(&t, h, proof, note);
	err = text_ok(&t) ? file_write_all(h->fd, text_str(&t), t.len) : -ENOMEM;
	text_fini(&t);
	if (err != 0 && ftruncate(h->fd, (off_t)h->size) != 0)
		err = -errno;
	else if (err == 0 && fsync(h->fd) != 0)
		err = -errno;
	return err == 0 ? 0 : diag_set(reterr, err, "%s: %s", h->path, strerror(-err));
}

void
published_close(struct published *h)
{
	if (h->fd >= 0)
		close(h->fd);
	free(h->last.bytes);
	*h = (struct published){ .fd = -1 };
}
