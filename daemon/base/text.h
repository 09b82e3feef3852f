/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text - a string that grows to a limit.
 * The first append that fails (no memory, limit) makes it `bad`; later ones do nothing,
 * so a page is written straight down and asked once with text_ok().
 */
#ifndef SEAWALL_BASE_TEXT_H
#define SEAWALL_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
	char *s;	/* owned; always terminated once something was appended, else NULL */
	size_t len, room, limit;	/* room: of the memory, never beyond what the limit needs */
	bool bad;
};

void text_init(struct text *t, size_t limit);
void text_fini(struct text *t);
void text_clear(struct text *t);	/* keeps the memory; no longer bad */
/*
 * Where n more bytes may be written: the caller adds to len what it wrote, and the zero.  NULL:
 * then it is bad.
 */
char *text_room(struct text *t, size_t n);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *t, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
bool text_ok(const struct text *t);
bool text_grow(struct text *t, size_t n);	/* for what follows */
const char *text_str(const struct text *t);	/* "" when nothing was appended */

/* Is there room for n more bytes and the terminating zero?  Made, if it can be. */
static inline bool
text_reserve(struct text *t, size_t n)
{
	return (!t->bad && n < t->room - t->len) || text_grow(t, n);
}

/* Here, since lines and records are made of hundreds of small pieces. */
static inline void
text_addn(struct text *t, const char *s, size_t n)
{
	if (!text_reserve(t, n))
		return;
	memcpy(t->s + t->len, s, n);
	t->len += n;
	t->s[t->len] = '\0';
}

static inline void
text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

#endif
