/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/audit_proof.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/keyfile.h"
#include "audit/lines.h"
#include "audit/notes.h"
#include "audit/proof.h"
#include "audit/published.h"
#include "base/file.h"
#include "base/lang.h"
#include "cli/args.h"
#include "cli/audit.h"
#include "cli/print.h"

#define NO_LINE UINT64_MAX

/* What one command works with. */
struct work {
	char dir[PATH_MAX_LEN];
	/* checkpoints: proved to, and of the smaller log when one was given */
	struct notes_kept to, from;
	uint64_t index;		/* the line that is wanted, or NO_LINE */
	uint64_t old;		/* lines of the smaller log */
	struct proof proof;
	struct proof_work parts;
	char *line;		/* owned: the line that is wanted */
	struct diag d;
};

static int
work_end(struct work *w, int err)
{
	int exit = CLI_DONE;
	char buf[1024];

	if (err != 0)
		exit = cli_fail(
		    err == -EBADMSG || err == -ENODATA || err == -EEXIST || err == -EPERM
			? CLI_REFUSED
			: CLI_USAGE,
		    "%s", w->d.say[0] != '\0' ? diag_str(&w->d, buf, sizeof(buf)) : strerror(-err));
	free(w->to.bytes);
	free(w->from.bytes);
	free(w->line);
	free(w);
	return exit;
}

static struct work *
work_begin(void)
{
	struct work *w = sodium_init() < 0 ? NULL : calloc(1, sizeof(*w));

	if (w == NULL)
		cli_fail(CLI_USAGE, "%s", strerror(ENOMEM));
	else
		w->index = NO_LINE;
	return w;
}

/* The newest checkpoint beside the log, or the last one of a file. */
static int
find_checkpoint(struct work *w, const char *file, struct notes_kept *ret)
{
	struct notes_read r;
	struct notes n;
	int got = 0, err;

	if (file == NULL && access(w->dir, F_OK) != 0)
		return diag_set(&w->d, -errno, "%s: %s", w->dir, strerror(errno));
	if (file == NULL)
		return notes_newest(ret, w->dir, &w->d);
	err = notes_open_file(&n, file, &w->d);
	if (err != 0)
		return err;
	while (err == 0 && (got = notes_next(&n, &r, &w->d)) > 0)
		err = notes_keep(ret, &r);
	notes_close(&n);
	if (err != 0 || got < 0)
		return err != 0 ? err : got;
	if (ret->len == 0)
		return diag_set(&w->d, -ENODATA, _("%s: there is no checkpoint here yet"), file);
	return 0;
}

/* ---- one pass over the lines --------------------------------------------- */

static int
same_root(struct work *w, const struct tree *t, const struct notes_kept *k)
{
	uint8_t root[HASH_LEN];

	tree_root(t, root);
	if (memcmp(root, k->says.root, sizeof(root)) == 0)
		return 0;
	return diag_set(&w->d, -EBADMSG,
	    _("the checkpoint of %llu lines is not of this log: its first %llu lines are others (`seawall audit verify`)"),
	    (unsigned long long)k->says.size, (unsigned long long)k->says.size);
}

static int
take_line(struct work *w, struct tree *t, const char *line, size_t len)
{
	int err = 0;

	if (t->n == w->index) {
		w->line = strndup(line, len);
		err = w->line == NULL ? -ENOMEM : 0;
	}
	proof_add(&w->parts, t->n, line, len);
	tree_add(t, line, len);
	if (err == 0 && w->from.len > 0 && t->n == w->from.says.size)
		err = same_root(w, t, &w->from);
	return err;
}

/* Fills the proof; -EBADMSG: a checkpoint is not of these lines, and nothing is proved. */
static int
work_through(struct work *w)
{
	const char *line;
	struct tree tree;
	struct lines l;
	size_t len;
	int got = 1, err = lines_open(&l, w->dir, &w->d);

	tree_init(&tree);
	proof_begin(&w->parts, &w->proof);
	while (
	    err == 0 && tree.n < w->to.says.size && (got = lines_next(&l, &line, &len, &w->d)) > 0)
		err = take_line(w, &tree, line, len);
	lines_close(&l);
	if (err == 0 && got < 0)
		err = got;
	if (err == 0 && tree.n < w->to.says.size)
		err = diag_set(&w->d, -EBADMSG,
		    _("the end is missing: a checkpoint was signed of %1$llu lines, and only %2$llu are there"),
		    (unsigned long long)w->to.says.size, (unsigned long long)tree.n);
	if (err == 0)
		err = same_root(w, &tree, &w->to);
	if (err == 0)
		proof_end(&w->parts);
	return err;
}

/* ---- what is printed ----------------------------------------------------- */

static json_t *
checkpoint_json(const struct notes_kept *k, const char *type)
{
	json_t *names = json_array();
	char root[HASH_TEXT];
	struct note_line l;
	struct note n;

	if (note_open(&n, k->bytes, k->len, NULL) == 0)
		for (unsigned i = 0; note_line(&n, i, &l); i++)
			json_array_append_new(names, json_stringn(l.name, l.name_len));
	return json_pack("{s:s,s:s,s:I,s:s,s:s,s:o}", "type", type, "origin", k->says.origin,
	    "size", (json_int_t)k->says.size, "root", hash_text(k->says.root, root), "checkpoint",
	    k->bytes, "signatures", names);
}

static void
print_proof_json(const struct work *w)
{
	bool line = w->index != NO_LINE;
	json_t *j = checkpoint_json(&w->to, line ? "inclusion" : "consistency"),
	       *path = json_array();
	char hash[HASH_TEXT];

	for (unsigned i = 0; i < w->proof.n; i++)
		json_array_append_new(path, json_string(hash_text(w->proof.hash[i], hash)));
	json_object_set_new(j, "path", path);
	if (line) {
		json_object_set_new(j, "index", json_integer((json_int_t)w->index));
		json_object_set_new(j, "line", json_string(w->line));
	} else {
		json_object_set_new(j, "old", json_integer((json_int_t)w->old));
	}
	print_line(j, JSON_SORT_KEYS);
}

/* c2sp.org/tlog-proof of a line; of growth what one sends a witness, c2sp.org/tlog-witness. */
static void
write_proof(struct text *to, const struct work *w)
{
	char hash[HASH_TEXT];

	if (w->index != NO_LINE)
		text_printf(to, "c2sp.org/tlog-proof@v1\nindex %" PRIu64 "\n", w->index);
	else
		text_printf(to, "old %" PRIu64 "\n", w->old);
	for (unsigned i = 0; i < w->proof.n; i++)
		text_printf(to, "%s\n", hash_text(w->proof.hash[i], hash));
	text_printf(to, "\n%s", w->to.bytes);
}

static void
print_proof(const struct work *w)
{
	struct text t;

	text_init(&t, 2 * NOTE_MAX);
	write_proof(&t, w);
	fputs(text_str(&t), stdout);
	text_fini(&t);
}

/* ---- commands ------------------------------------------------------------ */

int
cli_audit_checkpoint(const struct cli_options *o, int argc, char **argv)
{
	const char *word[1];
	const struct args_option options[] = { { 0 } };
	struct args_words words = { .max = 1, .words = word };
	struct work *w = work_begin();
	int err;

	if (w == NULL)
		return CLI_USAGE;
	err = args_parse(argc, argv, options, &words, &w->d);
	if (err == 0)
		err = audit_directory(o, words.n > 0 ? word[0] : NULL, w->dir, &w->d);
	if (err == 0)
		err = find_checkpoint(w, NULL, &w->to);
	if (err == 0 && o->json)
		print_line(checkpoint_json(&w->to, "checkpoint"), JSON_SORT_KEYS);
	else if (err == 0)
		fputs(w->to.bytes, stdout);
	return work_end(w, err);
}

static bool
read_number(const char *s, uint64_t *ret)
{
	char *end;

	if (s == NULL || s[0] < '0' || s[0] > '9')
		return false;
	errno = 0;
	*ret = strtoull(s, &end, 10);
	return *end == '\0' && errno == 0 && *ret < INT64_MAX;
}

/* The smaller log: how many lines, or its checkpoint, which must then be of these lines. */
static int
find_old(struct work *w, const char *from_text)
{
	int err = 0;

	if (!read_number(from_text, &w->old)) {
		err = find_checkpoint(w, from_text, &w->from);
		w->old = w->from.says.size;
	}
	return err;
}

static int
prove_growth(struct work *w)
{
	if (w->old > w->to.says.size)
		return diag_set(&w->d, -EBADMSG,
		    _("the newest checkpoint is of %1$llu lines: fewer than %2$llu"),
		    (unsigned long long)w->to.says.size, (unsigned long long)w->old);
	proof_of_growth(&w->proof, w->old, w->to.says.size);
	return work_through(w);
}

static int
prove_line(struct work *w)
{
	if (w->index >= w->to.says.size)
		return diag_set(&w->d, -ENODATA,
		    _("no checkpoint stands for record %1$llu: the newest is of %2$llu lines, and there is one each minute"),
		    (unsigned long long)w->index, (unsigned long long)w->to.says.size);
	proof_of_line(&w->proof, w->index, w->to.says.size);
	return work_through(w);
}

int
cli_audit_prove(const struct cli_options *o, int argc, char **argv)
{
	const char *from_text = NULL, *to = NULL, *word[2];
	const struct args_option options[] = { { "--from", &from_text, NULL },
		{ "--checkpoint", &to, NULL }, { 0 } };
	struct args_words words = { .max = 2, .words = word };
	struct work *w = work_begin();
	unsigned at = 0;
	int err;

	if (w == NULL)
		return CLI_USAGE;
	err = args_parse(argc, argv, options, &words, &w->d);
	if (err == 0 && from_text == NULL && (words.n == 0 || !read_number(word[at++], &w->index)))
		err = diag_set(&w->d, -EINVAL,
		    _("which record? Its number, or --from a number of lines or a checkpoint"));
	if (err == 0)
		err = audit_directory(o, words.n > at ? word[at] : NULL, w->dir, &w->d);
	if (err == 0)
		err = find_checkpoint(w, to, &w->to);
	if (err == 0 && from_text != NULL)
		err = find_old(w, from_text);
	if (err == 0)
		err = from_text != NULL ? prove_growth(w) : prove_line(w);
	if (err == 0)
		(o->json ? print_proof_json : print_proof)(w);
	return work_end(w, err);
}

/* ---- for witnesses ------------------------------------------------------- */

/*
 * The history before the checkpoint: who has seen the checkpoint finds the way to it.  So what it
 * continues is the last of the history; after a crash in between only the checkpoint is missing.
 */
static int
publish(struct work *w, struct published *h, const char *checkpoint)
{
	int err;

	w->from = h->last;	/* lent: it stays the history's */
	w->old = w->from.says.size;
	err = prove_growth(w);
	w->from = (struct notes_kept){ 0 };
	if (err == 0 && (h->last.len == 0 || w->old < w->to.says.size))
		err = published_add(h, &w->proof, &w->to, &w->d);
	return err == 0 ? file_replace(checkpoint, w->to.bytes, w->to.len, 0644) : err;
}

int
cli_audit_publish(const struct cli_options *o, int argc, char **argv)
{
	char history[PATH_MAX_LEN + 16], checkpoint[PATH_MAX_LEN + 16];
	const char *word[2];
	const struct args_option options[] = { { 0 } };
	struct args_words words = { .max = 2, .words = word };
	struct work *w = work_begin();
	struct published h = { .fd = -1 };
	int err;

	if (w == NULL)
		return CLI_USAGE;
	err = args_parse(argc, argv, options, &words, &w->d);
	if (err == 0 && words.n == 0)
		err = diag_set(&w->d, -EINVAL, _("into which directory?"));
	if (err == 0)
		err = audit_directory(o, words.n > 1 ? word[1] : NULL, w->dir, &w->d);
	if (err != 0)
		return work_end(w, err);
	snprintf(history, sizeof(history), "%s/history", word[0]);
	snprintf(checkpoint, sizeof(checkpoint), "%s/checkpoint", word[0]);
	err = published_open(&h, history, &w->d);
	if (err == 0)	/* under its lock: another one that published meanwhile had an older one */
		err = find_checkpoint(w, NULL, &w->to);
	if (err == 0)
		err = publish(w, &h, checkpoint);
	published_close(&h);
	return work_end(w, err);
}

/* ---- the key ------------------------------------------------------------- */

static int
read_public(struct work *w, struct note_key *ret)
{
	char path[PATH_MAX_LEN + 16], *text;
	size_t len;
	int err;

	snprintf(path, sizeof(path), "%s/" KEYFILE_PUBLIC, w->dir);
	err = file_slurp(&text, &len, path, NOTE_KEY_TEXT);
	if (err == -ENOENT)
		return diag_set(&w->d, -ENODATA,
		    _("%s: there is no key yet; the daemon makes one at its first start, or `seawall audit key --new` does"),
		    w->dir);
	if (err != 0)
		return diag_set(&w->d, err, "%s: %s", path, strerror(-err));
	err = note_key_parse(ret, text, len - (len > 0 && text[len - 1] == '\n'), &w->d);
	free(text);
	return err;
}

/* The first one, or the one that takes its place at the daemon's next start. */
static int
make_key(struct work *w, const char *name, struct note_key *ret)
{
	char own[NOTE_NAME_LEN], path[KEYFILE_PATH];
	bool first = access(keyfile_path(w->dir, KEYFILE_NOW, path), F_OK) != 0;
	struct note_secret s;
	struct note_key now;
	int err = first ? 0 : read_public(w, &now);

	if (err != 0)
		return err;
	if (!first && name != NULL && strcmp(name, now.name) != 0)
		return diag_set(&w->d, -EINVAL,
		    _("the record goes on under its name, %s: a new key has the same"), now.name);
	if (name == NULL)
		name = first ? keyfile_name(own) : now.name;
	err = keyfile_make(&s, w->dir, first ? KEYFILE_NOW : KEYFILE_NEXT, name, &w->d);
	if (err == -EEXIST)
		diag_set(&w->d, err, _("%s: a new key waits already for the daemon's next start"),
		    keyfile_path(w->dir, KEYFILE_NEXT, path));
	if (err == 0)
		*ret = s.key;
	sodium_memzero(&s, sizeof(s));
	return err;
}

int
cli_audit_key(const struct cli_options *o, int argc, char **argv)
{
	const char *name = NULL, *word[1];
	bool new = false;
	const struct args_option options[] = { { "--new", NULL, &new }, { "--name", &name, NULL },
		{ 0 } };
	struct args_words words = { .max = 1, .words = word };
	struct work *w = work_begin();
	char text[NOTE_KEY_TEXT];
	struct note_key k;
	int err;

	if (w == NULL)
		return CLI_USAGE;
	err = args_parse(argc, argv, options, &words, &w->d);
	if (err == 0 && name != NULL && !new)
		err = diag_set(&w->d, -EINVAL, _("--name goes with --new"));
	if (err == 0)
		err = audit_directory(o, words.n > 0 ? word[0] : NULL, w->dir, &w->d);
	if (err == 0)
		err = new ? make_key(w, name, &k) : read_public(w, &k);
	if (err == 0 && o->json)
		print_line(json_pack("{s:s,s:s,s:b}", "type", "key", "key",
			       note_key_text(&k, text), "new", new), JSON_SORT_KEYS);
	else if (err == 0)
		puts(note_key_text(&k, text));
	if (err == 0 && new && !o->json)
		fprintf(stderr, "%s\n",
		    _("The daemon signs with it from its next start or reload on. Give the line above to those who check."));
	return work_end(w, err);
}
