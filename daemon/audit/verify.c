/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the log back: for recovery record by record, for verification as a whole. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit/audit.h"
#include "audit/lines.h"
#include "audit/record.h"
#include "audit/tree.h"
#include "base/lang.h"

struct walk {
	struct lines lines;
	struct chain chain;	/* what the next line has to carry */
	const char *line;
	size_t len;
};

/* 1 and the next record (ret NULL: nobody needs it), checked against everything before it; 0 at the end; negative: the chain
 * stands at the bad one. */
static int
walk_next(struct walk *w, json_t **ret, struct diag *reterr)
{
	int got = lines_next(&w->lines, &w->line, &w->len, reterr), err;

	if (got <= 0)
		return got;
	err = record_check(ret, &w->chain, w->line, w->len, reterr);
	if (err != 0)
		return err;
	chain_step(&w->chain, w->line, w->len);
	return 1;
}

int
audit_replay(const char *directory, audit_each *each, void *ctx, struct diag *reterr)
{
	struct walk w = { 0 };
	json_t *record;
	int got, err = lines_open(&w.lines, directory, reterr);

	if (err != 0)
		return err;
	while (err == 0 && (got = walk_next(&w, &record, reterr)) != 0) {
		if (got < 0) {
			err = got;
			break;
		}
		err = each(ctx, w.chain.n - 1, record, w.line, w.len);
		json_decref(record);
	}
	lines_close(&w.lines);
	return err;
}

/* Beside a living writer, half of a line may be seen: it is whole a moment later. */
#define TORN_LOOKS 4
#define TORN_WAIT_NS 5000000

#define SEEN_EVERY 8192

struct watcher {
	void (*seen)(void *ctx, uint64_t records);
	void *ctx;
};

static int
verify_all(struct walk *w, struct tree *tree, const struct watcher *watcher, struct diag *reterr)
{
	unsigned looks = 0;
	int got;

	for (;;) {
		got = walk_next(w, NULL, reterr);
		if (got < 0 || (got == 0 && (w->lines.torn == 0 || ++looks == TORN_LOOKS)))
			break;
		if (got == 0) {
			nanosleep(&(struct timespec){ .tv_nsec = TORN_WAIT_NS }, NULL);
			continue;
		}
		tree_add(tree, w->line, w->len);
		if (watcher->seen != NULL && tree->n % SEEN_EVERY == 0)
			watcher->seen(watcher->ctx, tree->n);
	}
	if (got == 0 && w->lines.torn != 0)
		return diag_set(reterr, -EBADMSG,
		    _("record %llu: the last line is not whole (%zu bytes): a crash while "
		      "writing leaves this and the next start repairs it, or its end was cut off"),
		    (unsigned long long)w->chain.n, w->lines.torn);
	return got;
}

int
audit_verify_watched(const char *directory, void (*seen)(void *ctx, uint64_t records), void *ctx,
    struct verdict *ret)
{
	const struct watcher watcher = { seen, ctx };
	struct verdict v = { .ok = true, .first_bad = -1 };
	struct walk w = { 0 };
	struct tree tree;
	struct diag d = { 0 };
	int err = lines_open(&w.lines, directory, &d);

	tree_init(&tree);
	if (err == 0) {
		err = w.lines.segments > 0 ? verify_all(&w, &tree, &watcher, &d) : -ENOENT;
		lines_close(&w.lines);
	}
	if (err != 0 && err != -EBADMSG)
		return err;
	v.records = tree.n;
	tree_root(&tree, v.root);
	if (err != 0) {
		v.ok = false;
		v.first_bad = (int64_t)w.chain.n;
		snprintf(v.why, sizeof(v.why), "%.*s", (int)sizeof(v.why) - 1, d.say);
	}
	*ret = v;
	return 0;
}

int
audit_verify(const char *directory, struct verdict *ret)
{
	return audit_verify_watched(directory, NULL, NULL, ret);
}
