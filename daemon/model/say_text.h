/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say_text - what the sentences of say*.c share; nobody else includes it. */
#ifndef SEAWALL_MODEL_SAY_TEXT_H
#define SEAWALL_MODEL_SAY_TEXT_H

#include "base/text.h"
#include "model/say.h"

/* Writes one sentence in the language set. */
typedef void say_write(struct text *out, const void *nouns);

/* Runs it once in each language. */
void say_both(struct words *ret, say_write *write, const void *nouns);

/* A sentence of a fixed set in the language set; what the catalogue has not, as it is. */
const char *say_fixed(const char *why);

/* "192.0.2.80 (Network of Funds)" */
void say_victim(struct text *out, const struct settings *s, const struct subject *subject);

/* "until 03:18 UTC", with the date when that is not the day of `t`. */
void say_until(struct text *out, wall_t until, wall_t t);

#endif
