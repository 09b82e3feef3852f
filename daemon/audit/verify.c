/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/keyfile.h"
#include "audit/notes.h"
#include "audit/succession.h"
#include "audit/walk.h"
#include "base/file.h"
#include "base/lang.h"

/*
 * Beside a living writer, half of a line may be seen, or a checkpoint of lines that came meanwhile:
 * look again.
 */
#define LOOKS 4
#define LOOK_NS 5000000

#define SEEN_EVERY 8192

struct check {
	const struct verify *how;
	struct verdict v;
	struct walk w;
	struct tree tree;
	struct keyring ring;
	bool trusts;
	struct note_key trusted;
	struct notes notes;	/* those beside the log, as they come */
	struct notes_read next;
	bool has_next;
	struct notes_kept met;	/* the newest of them that is of these lines; len 0: none */
	uint64_t wrong;		/* lines of the first that is not, not blamed yet; 0: none */
	bool wrong_signed;
	struct notes_kept *given;	/* owned, by size */
	unsigned given_n, given_at;
	unsigned given_wrong;	/* the first that is not of these lines, counted from 1; 0: none */
};

/* ---- what is not right --------------------------------------------------- */

static void blame(struct check *c, int64_t first, int64_t last, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The first finding stands. */
static void
blame(struct check *c, int64_t first, int64_t last, const char *fmt, ...)
{
	va_list ap;

	if (!c->v.ok)
		return;
	c->v.ok = false;
	c->v.first_bad = first;
	c->v.last_bad = last;
	c->v.records = first >= 0 ? (uint64_t)first : c->tree.n;
	va_start(ap, fmt);
	vsnprintf(c->v.why, sizeof(c->v.why), fmt, ap);
	va_end(ap);
}

static enum note_says
kept_says(const struct check *c, const struct notes_kept *k)
{
	struct note n;

	return k->len == 0 || note_open(&n, k->bytes, k->len, NULL) != 0
	    ? NOTE_UNSIGNED
	    : keyring_check(&c->ring, &n, &k->says);
}

/*
 * A log that was written anew need not name the key that is trusted, nor give it the time it had.
 */
static enum note_says
given_says(const struct check *c, const struct notes_kept *k)
{
	enum note_says says = kept_says(c, k);
	struct note n;

	if (says == NOTE_UNSIGNED && c->trusts && strcmp(k->says.origin, c->trusted.name) == 0 &&
	    note_open(&n, k->bytes, k->len, NULL) == 0)
		says = note_check(&n, &c->trusted);
	return says;
}

/* ---- checkpoints, where the lines are as many as they say ---------------- */

static int
next_note(struct check *c)
{
	struct diag d = { 0 };
	int got = notes_next(&c->notes, &c->next, &d);

	c->has_next = got > 0;
	if (got == -EBADMSG) {
		blame(c, -1, -1, "%s", d.say);
		return 0;
	}
	return got < 0 ? got : 0;
}

static bool
is_root(const struct check *c, const struct checkpoint *says)
{
	uint8_t root[HASH_LEN];

	tree_root(&c->tree, root);
	return memcmp(root, says->root, sizeof(root)) == 0;
}

/* How many of the first lines a signed checkpoint vouches for. */
static uint64_t
vouched(const struct check *c)
{
	uint64_t n = kept_says(c, &c->met) == NOTE_SIGNED ? c->met.says.size : 0;

	for (unsigned i = 0; i < c->given_at && i + 1 != c->given_wrong; i++)
		if (c->given[i].says.size > n && given_says(c, &c->given[i]) == NOTE_SIGNED)
			n = c->given[i].says.size;
	return n;
}

static void
blame_lines(struct check *c, uint64_t from, uint64_t size, bool signed_)
{
	if (signed_)
		blame(c, (int64_t)from, (int64_t)size - 1,
		    _("the checkpoint of %1$llu lines does not fit: of lines %2$llu to %3$llu at least one was changed, "
		      "dropped or put in after it was signed"),
		    (unsigned long long)size, (unsigned long long)from,
		    (unsigned long long)size - 1);
	else
		blame(c, (int64_t)from, (int64_t)size - 1,
		    _("a checkpoint of %1$llu lines does not fit, and its signature is not right: it was changed, or "
		      "lines %2$llu to %3$llu were"),
		    (unsigned long long)size, (unsigned long long)from,
		    (unsigned long long)size - 1);
}

/*
 * Those beside the log.  Only where one does not fit is its signature asked now: the newest vouches
 * for all before it.
 */
static int
meet_own(struct check *c)
{
	int err = 0;

	while (err == 0 && c->v.ok && c->has_next && c->next.says.size <= c->tree.n) {
		bool fits = c->next.says.size == c->tree.n && is_root(c, &c->next.says);

		if (c->next.says.size < c->tree.n)
			blame(c, -1, -1,
			    _("the checkpoint of %llu lines is not in its place: there are larger ones before it"),
			    (unsigned long long)c->next.says.size);
		if (fits) {
			err = notes_keep(&c->met, &c->next);
		} else if (c->wrong == 0) {
			c->wrong = c->tree.n;
			c->wrong_signed =
			    keyring_check(&c->ring, &c->next.note, &c->next.says) == NOTE_SIGNED;
		}
		if (err == 0)
			err = next_note(c);
	}
	return err;
}

/* Those that were handed over are judged at the end, when all keys are known. */
static int
meet(struct check *c)
{
	while (c->given_at < c->given_n && c->given[c->given_at].says.size == c->tree.n) {
		if (c->given_wrong == 0 && !is_root(c, &c->given[c->given_at].says))
			c->given_wrong = c->given_at + 1;
		c->given_at++;
	}
	return meet_own(c);
}

/* ---- lines --------------------------------------------------------------- */

/*
 * The line that does not fit to the one before it stands in w: which of the two was changed?  The
 * line after it carries the hash that the second one had.
 */
static void
blame_one_of_two(struct check *c, const struct diag *d)
{
	struct chain chain = c->w.chain, is;
	json_t *j = json_loadb(c->w.line, c->w.len, JSON_REJECT_DUPLICATES, NULL), *next = NULL;
	bool only_prev = json_integer_value(json_object_get(j, "n")) == (json_int_t)chain.n &&
	    json_is_string(json_object_get(j, "prev"));
	int64_t n = (int64_t)chain.n;
	const char *prev;
	int got;

	json_decref(j);
	if (!only_prev || n == 0 || c->met.says.size == chain.n) {
		blame(c, n, n, "%s", d->say);
		return;
	}
	chain_step(&chain, c->w.line, c->w.len);
	is = chain;
	got = lines_next(&c->w.lines, &c->w.line, &c->w.len, NULL);
	if (got > 0)
		next = json_loadb(c->w.line, c->w.len, JSON_REJECT_DUPLICATES, NULL);
	prev = json_string_value(json_object_get(next, "prev"));
	if (got <= 0)
		blame(c, n - 1, n,
		    _("record %1$llu or the one after it was changed: its hash is not what the other one carries"),
		    (unsigned long long)n - 1);
	else if (prev != NULL && strcmp(prev, is.prev) == 0)
		blame(c, n - 1, n,
		    _("record %1$llu was changed: its hash is not what the one after it carries; or else all from "
		      "%2$llu on was written anew"),
		    (unsigned long long)n - 1, (unsigned long long)n);
	else
		blame(c, n, n, "%s", d->say);
	json_decref(next);
}

/* A record that names a key, which few do: only they are read as a tree. */
static void
take_key_record(struct check *c)
{
	static const char mark[] = "\"kind\":\"key\"";
	struct diag d = { 0 };
	struct succession s;
	json_t *record;
	int got;

	if (memmem(c->w.line, c->w.len, mark, strlen(mark)) == NULL)
		return;
	record = json_loadb(c->w.line, c->w.len, JSON_REJECT_DUPLICATES, NULL);
	got = succession_read(&s, c->tree.n, record, &d);
	json_decref(record);
	if (got == -EBADMSG)
		blame(c, (int64_t)c->tree.n, (int64_t)c->tree.n, "%s", d.say);
	if (got != 0)
		return;
	keyring_add(&c->ring, c->tree.n, &s);
	if (c->trusts)
		keyring_trust(&c->ring, &c->trusted);
}

static int
take_record(struct check *c)
{
	take_key_record(c);
	tree_add(&c->tree, c->w.line, c->w.len);
	if (c->how->seen != NULL && c->tree.n % SEEN_EVERY == 0)
		c->how->seen(c->how->ctx, c->tree.n);
	return meet(c);
}

static void
blame_torn(struct check *c)
{
	blame(c, (int64_t)c->tree.n, (int64_t)c->tree.n,
	    _("record %llu: the last line is not whole (%zu bytes): a crash while "
	      "writing leaves this and the next start repairs it, or its end was cut off"),
	    (unsigned long long)c->tree.n, c->w.lines.torn);
}

static int
read_all(struct check *c)
{
	struct diag d = { 0 };
	unsigned looks = 0;
	int got, err = 0;

	while (err == 0 && c->v.ok) {
		got = walk_next(&c->w, NULL, &d);
		if (got == -EBADMSG)
			blame_one_of_two(c, &d);
		else if (c->wrong > 0)	/* the next line does not say which one it was */
			blame_lines(c, vouched(c), c->wrong, c->wrong_signed);
		if (got < 0)
			return got == -EBADMSG ? 0 : got;
		if (got == 0 && ((c->w.lines.torn == 0 && !c->has_next) || ++looks == LOOKS))
			break;
		if (got == 0) {
			nanosleep(&(struct timespec){ .tv_nsec = LOOK_NS }, NULL);
			continue;
		}
		err = c->v.ok ? take_record(c) : 0;
	}
	if (err == 0 && c->v.ok && c->w.lines.torn != 0)
		blame_torn(c);
	return err;
}

/* ---- the end ------------------------------------------------------------- */

/* More lines were signed than are there. */
static void
blame_cut(struct check *c, const struct checkpoint *says)
{
	blame(c, (int64_t)c->tree.n, (int64_t)says->size - 1,
	    _("the end is missing: a checkpoint was signed of %1$llu lines, and only %2$llu are there"),
	    (unsigned long long)says->size, (unsigned long long)c->tree.n);
}

/*
 * What was handed over is stronger than what lies beside the log: it says so even of lines that
 * hold together.
 */
static void
judge_given(struct check *c)
{
	uint64_t from = 0;

	for (unsigned i = 0; i < c->given_n; i++) {
		const struct notes_kept *k = &c->given[i];

		if (k->says.size > c->tree.n && !c->v.ok)
			return;		/* not read so far */
		if (given_says(c, k) != NOTE_SIGNED) {
			blame(c, -1, -1,
			    _("the checkpoint of %llu lines that was given is not signed with this log's key, in its time"),
			    (unsigned long long)k->says.size);
			return;
		}
		if (k->says.size > c->tree.n) {
			blame_cut(c, &k->says);
			return;
		}
		if (i + 1 == c->given_wrong) {
			c->v.ok = true;
			blame_lines(c, from, k->says.size, true);
			return;
		}
		from = k->says.size;
	}
}

/* A newest one beside the log that a trusted key signed, if any key ever did. */
static void
judge_own(struct check *c)
{
	if (c->has_next)
		blame_cut(c, &c->next.says);
	if (!c->v.ok || (c->ring.n == 0 && c->met.len == 0 && !c->trusts))
		return;
	if (!c->trusts)
		blame(c, -1, -1,
		    _("this log is signed, and the public key is not in its directory: give the one that you were told"));
	else if (c->met.len == 0)
		blame(c, -1, -1,
		    _("there is no checkpoint of this log: they were removed, or it was never signed"));
	else if (kept_says(c, &c->met) != NOTE_SIGNED)
		blame(c, -1, -1,
		    _("the newest checkpoint, of %llu lines, is not signed with this key"),
		    (unsigned long long)c->met.says.size);
}

static void
close_verdict(struct check *c)
{
	if (c->ring.n > 0) {
		c->v.by_key = true;
		c->v.key = c->ring.era[c->ring.n - 1].key;
	}
	c->v.checkpoint = vouched(c);
	if (c->v.ok) {
		c->v.records = c->tree.n;
		tree_root(&c->tree, c->v.root);
	} else if (c->v.first_bad >= 0 && c->v.checkpoint > (uint64_t)c->v.first_bad) {
		/* what was handed over contradicts the rest */
		c->v.checkpoint = (uint64_t)c->v.first_bad;
	}
}

/* ---- the beginning ------------------------------------------------------- */

static int
by_size(const void *a, const void *b)
{
	uint64_t x = ((const struct notes_kept *)a)->says.size,
		 y = ((const struct notes_kept *)b)->says.size;

	return (x > y) - (x < y);
}

static int
take_given(struct check *c, struct diag *reterr)
{
	struct notes_read r;
	struct notes n;
	int got = 1, err = notes_open_file(&n, c->how->given, reterr);

	if (err != 0)
		return err;
	c->given = calloc(VERIFY_GIVEN_MAX, sizeof(*c->given));
	err = c->given == NULL ? -ENOMEM : 0;
	while (err == 0 && (got = notes_next(&n, &r, reterr)) > 0)
		err = c->given_n == VERIFY_GIVEN_MAX
		    ? diag_set(reterr, -E2BIG, _("there are more than %d checkpoints in it"),
			  VERIFY_GIVEN_MAX)
		    : notes_keep(&c->given[c->given_n++], &r);
	notes_close(&n);
	if (err == 0 && got == 0 && c->given_n == 0)
		got = diag_set(reterr, -EBADMSG, _("there is no checkpoint in it"));
	if (err == 0 && got < 0)
		err = got == -EBADMSG ? -EINVAL : got;
	if (err == 0)
		qsort(c->given, c->given_n, sizeof(*c->given), by_size);
	return err;
}

static int
take_key(struct check *c, const char *directory)
{
	char path[4200], *text;
	size_t len;
	int err;

	if (c->how->key != NULL) {
		c->trusted = *c->how->key;
		c->trusts = true;
		return 0;
	}
	snprintf(path, sizeof(path), "%s/" KEYFILE_PUBLIC, directory);
	err = file_slurp(&text, &len, path, NOTE_KEY_TEXT);
	if (err == -ENOENT)
		return 0;
	if (err == 0) {
		c->trusts = note_key_parse(&c->trusted, text,
				len - (len > 0 && text[len - 1] == '\n'), NULL) == 0;
		free(text);
	}
	if (!c->trusts)
		blame(c, -1, -1, _("the public key in its directory cannot be read"));
	return err == -EFBIG ? 0 : err;
}

static int
begin(struct check *c, const char *directory, struct diag *reterr)
{
	int err = lines_open(&c->w.lines, directory, reterr);

	if (err == 0 && c->w.lines.segments == 0)
		err = c->w.lines.gap
		    ? 0
		    : diag_set(reterr, -ENOENT, _("%s: there is no log here"), directory);
	if (err == 0)
		err = take_key(c, directory);
	if (err == 0 && c->how->given != NULL)
		err = take_given(c, reterr);
	if (err == 0)
		err = notes_open(&c->notes, directory, reterr);
	if (err == 0)
		err = next_note(c);
	return err;
}

static void
check_fini(struct check *c)
{
	lines_close(&c->w.lines);
	notes_close(&c->notes);
	free(c->met.bytes);
	for (unsigned i = 0; i < c->given_n; i++)
		free(c->given[i].bytes);
	free(c->given);
	free(c);
}

int
audit_verify(const char *directory, const struct verify *how, struct verdict *ret,
    struct diag *reterr)
{
	static const struct verify plain;
	struct check *c = calloc(1, sizeof(*c));
	int err = c == NULL || sodium_init() < 0 ? -ENOMEM : 0;

	if (err != 0) {
		free(c);
		return diag_set(reterr, err, "%s", strerror(-err));
	}
	c->how = how != NULL ? how : &plain;
	c->v = (struct verdict){ .ok = true, .first_bad = -1, .last_bad = -1 };
	c->notes.dir = c->w.lines.dir = c->w.lines.fd = -1;
	tree_init(&c->tree);
	err = begin(c, directory, reterr);
	if (err == 0)
		err = meet(c);
	if (err == 0)
		err = read_all(c);
	if (err == 0) {
		judge_given(c);
		judge_own(c);
		close_verdict(c);
		*ret = c->v;
	} else if (reterr != NULL && reterr->say[0] == '\0') {
		diag_set(reterr, err, "%s: %s", directory, strerror(-err));
	}
	check_fini(c);
	return err;
}
