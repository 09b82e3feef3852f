/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
text_init(struct text *t, size_t limit)
{
	*t = (struct text){ .limit = limit };
}

void
text_fini(struct text *t)
{
	free(t->s);
	*t = (struct text){ .limit = t->limit };
}

void
text_clear(struct text *t)
{
	t->len = 0;
	t->bad = false;
	if (t->s != NULL)
		t->s[0] = '\0';
}

/* Makes room for n more bytes and the terminating zero. */
static bool
reserve(struct text *t, size_t n)
{
	size_t room = t->room != 0 ? t->room : 256;
	char *s;

	if (t->bad || n > t->limit || t->len > t->limit - n) {
		t->bad = true;
		return false;
	}
	if (t->len + n < t->room)
		return true;
	while (room <= t->len + n)
		room *= 2;
	s = realloc(t->s, room);
	if (s == NULL) {
		t->bad = true;
		return false;
	}
	t->s = s;
	t->room = room;
	return true;
}

void
text_addn(struct text *t, const char *s, size_t n)
{
	if (!reserve(t, n))
		return;
	memcpy(t->s + t->len, s, n);
	t->len += n;
	t->s[t->len] = '\0';
}

void
text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void
text_vprintf(struct text *t, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		t->bad = true;
	else if (reserve(t, (size_t)n)) {
		vsnprintf(t->s + t->len, (size_t)n + 1, fmt, again);
		t->len += (size_t)n;
	}
	va_end(again);
}

void
text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(t, fmt, ap);
	va_end(ap);
}

bool
text_ok(const struct text *t)
{
	return !t->bad;
}

const char *
text_str(const struct text *t)
{
	return t->s != NULL ? t->s : "";
}
