/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * succession - the records that say which key signs from there on, signed by that key and by the
 * one before it: who trusts one of them trusts the others for the lines that were theirs.
 */
#ifndef SEAWALL_AUDIT_SUCCESSION_H
#define SEAWALL_AUDIT_SUCCESSION_H

#include <jansson.h>

#include "audit/checkpoint.h"

#define SUCCESSION_MAX 64	/* keys of one log */

/*
 * The record's own keys: `key`, `before` (without it: nobody vouches for the key) and `note`.  New
 * reference or NULL.
 */
json_t *succession_fields(uint64_t record, const struct note_secret *old,
    const struct note_secret *new);

struct succession {
	bool has_old;
	struct note_key old, new;
};
/*
 * Of a record that was checked as a record.  0; 1: of another kind; -EBADMSG: its signatures are
 * not right.
 */
int succession_read(struct succession *ret, uint64_t record, const json_t *fields,
    struct diag *reterr);

/* The keys of a log, each with the first line it may vouch for. */
struct keyring {
	unsigned n;
	struct era {
		struct note_key key;
		uint64_t from;		/* it signs logs longer than this */
		bool confirmed;		/* by the one before it */
		bool trusted;
	} era[SUCCESSION_MAX];
};
void keyring_add(struct keyring *r, uint64_t record, const struct succession *s);
/* From one that is trusted to those it confirmed, and to those that confirmed it. */
void keyring_trust(struct keyring *r, const struct note_key *k);
/* NOTE_SIGNED: by a trusted key, in its time. */
enum note_says keyring_check(const struct keyring *r, const struct note *n,
    const struct checkpoint *says);

#endif
