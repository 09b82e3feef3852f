/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * note - signed notes (c2sp.org/signed-note): a text, an empty line, and a line for each signature:
 * 	"— NAME base64(4 bytes that name the key, the signature)"
 * with Ed25519 keys (type 0x01).  Signatures of keys one does not know are passed over, so that
 * others can add theirs. sodium_init() comes before.
 */
#ifndef SEAWALL_AUDIT_NOTE_H
#define SEAWALL_AUDIT_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/text.h"

#define NOTE_MAX (64 * 1024)	/* 16 signatures of the largest kind fit */
#define NOTE_NAME_LEN 128
#define NOTE_KEY_TEXT 256
#define NOTE_DASH "\xe2\x80\x94 "	/* U+2014 and a blank begin a signature */

struct note_key {
	char name[NOTE_NAME_LEN];	/* no blank, no plus */
	uint8_t id[4];
	uint8_t bytes[32];
};

struct note_secret {
	struct note_key key;
	uint8_t bytes[64];
};

/* NAME+ID+base64(0x01, key), as others write it too.  0, or -EINVAL and a sentence. */
int note_key_parse(struct note_key *ret, const char *text, size_t len, struct diag *reterr);
const char *note_key_text(const struct note_key *k, char buf[static NOTE_KEY_TEXT]);
bool note_key_eq(const struct note_key *a, const struct note_key *b);

/* PRIVATE+KEY+NAME+ID+base64(0x01, seed) */
int note_secret_new(struct note_secret *ret, const char *name, struct diag *reterr);
int note_secret_parse(struct note_secret *ret, const char *text, size_t len, struct diag *reterr);
const char *note_secret_text(const struct note_secret *s, char buf[static NOTE_KEY_TEXT]);

struct note {
	const char *text;	/* borrowed; its last newline is the text's */
	size_t len;
	const char *lines;	/* of the signatures */
	size_t lines_len;
};

/* Is it a note by its form?  0, or -EBADMSG and a sentence. */
int note_open(struct note *ret, const char *bytes, size_t len, struct diag *reterr);

enum note_says { NOTE_SIGNED, NOTE_UNSIGNED /* by this key */, NOTE_FORGED };
enum note_says note_check(const struct note *n, const struct note_key *by);

/* The i-th signature: whose name, which key, what; false past the last. */
struct note_line { const char *name; size_t name_len; uint8_t id[4]; };
bool note_line(const struct note *n, unsigned i, struct note_line *ret);

/* The signature's line at the end of `to`, which may be where the text is. */
void note_sign(struct text *to, const char *text, size_t len, const struct note_secret *by);

#endif
