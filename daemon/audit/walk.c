/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/walk.h"

int
walk_next(struct walk *w, json_t **ret, struct diag *reterr)
{
	int got = lines_next(&w->lines, &w->line, &w->len, reterr), err;

	if (got <= 0) {
		w->len = 0;	/* of no line: what lies there is not the wrong one */
		return got;
	}
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
