/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checkpoint - what a signed note says of the log (c2sp.org/tlog-checkpoint): whose, how many
 * lines, their root.
 */
#ifndef SEAWALL_AUDIT_CHECKPOINT_H
#define SEAWALL_AUDIT_CHECKPOINT_H

#include <stdint.h>

#include "audit/note.h"
#include "audit/tree.h"

struct checkpoint {
	char origin[NOTE_NAME_LEN];
	uint64_t size;
	uint8_t root[HASH_LEN];
};

/* A note's text.  Lines after the third are passed over.  0, or -EBADMSG and a sentence. */
int checkpoint_parse(struct checkpoint *ret, const char *text, size_t len, struct diag *reterr);

/* The whole note: text, empty line, signature. */
void checkpoint_sign(struct text *to, const struct tree *t, const struct note_secret *by);

#define HASH_TEXT 45	/* base64, and its zero */
const char *hash_text(const uint8_t hash[static HASH_LEN], char buf[static HASH_TEXT]);

#endif
