/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * deed - what a person does from the live view: what exactly will happen, in words, the request,
 * and what became of it. Pure.  A deed is about what its thing was when its key was pressed; what
 * has ended or changed since is not touched.
 */
#ifndef SEAWALL_CLI_DEED_H
#define SEAWALL_CLI_DEED_H

#include <jansson.h>

#include "base/diag.h"
#include "cli/view.h"
#include "model/mitigation.h"

enum deed_kind {
	DEED_EXTEND,
	DEED_WITHDRAW,
	DEED_APPROVE,
	DEED_DENY,
	DEED_PAUSE,
	DEED_RESUME,
	DEED_N
};

enum deed_field { DEED_FOR, DEED_REASON, DEED_FIELDS };

struct deed {
	enum deed_kind kind;
	char id[VIEW_ID_LEN];
	json_t *was;			/* the line of it, as it was; owned */
	char field[DEED_FIELDS][REASON_LEN];
};

/*
 * A deed by this key about what is selected, or about the pause.  0; -EINVAL with a sentence: it is
 * not about such a thing.  An attack stands for the announcement that is its answer.
 */
int deed_begin(struct deed *ret, int key, const json_t *lines, const char *selected,
    struct diag *reterr);
void deed_end(struct deed *d);

bool deed_asks(const struct deed *d, enum deed_field f);
/* Checks what was typed.  0 or -EINVAL with a sentence. */
int deed_check(const struct deed *d, enum deed_field f, struct diag *reterr);

/* Is it still what it was?  -ENOENT, -ESTALE with a sentence. */
int deed_still(const struct deed *d, const json_t *lines, struct diag *reterr);

/* "Withdraw m17?" */
void deed_title(struct text *out, const struct deed *d);
/* What the field is for. */
void deed_prompt(struct text *out, const struct deed *d, enum deed_field f);
void deed_tell(struct text *out, const struct deed *d, const json_t *lines, wall_t now);
json_t *deed_request(const struct deed *d);	/* new reference */

/*
 * What the daemon answered: its lines, exit status and sentence ("" or NULL: none).  exit 3:
 * nothing came.
 */
void deed_outcome(struct text *out, const struct deed *d, int exit, const json_t *lines,
    const char *why, wall_t now);

#endif
