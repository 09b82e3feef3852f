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

static void
add_number(struct text *t, bool negative, unsigned long long n)
{
	char digits[24], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	if (negative)
		*--p = '-';
	text_addn(t, p, (size_t)(digits + sizeof(digits) - p));
}

static void
add_signed(struct text *t, int n)
{
	add_number(t, n < 0, n < 0 ? 0ULL - (unsigned long long)n : (unsigned long long)n);
}

/* Of conversions only s, u, d and llu, with neither width nor flags.  False: there is another. */
static bool
add_simple(struct text *t, const char *fmt, va_list ap)
{
	for (const char *p = fmt;; p++) {
		const char *plain = p, *word;

		while (*p != '%' && *p != '\0')
			p++;
		text_addn(t, plain, (size_t)(p - plain));
		if (*p == '\0')
			return true;
		p++;
		if (*p == 's') {
			word = va_arg(ap, const char *);
			text_add(t, word != NULL ? word : "(null)");
		} else if (*p == 'u') {
			add_number(t, false, va_arg(ap, unsigned));
		} else if (*p == 'd') {
			add_signed(t, va_arg(ap, int));
		} else if (p[0] == 'l' && p[1] == 'l' && p[2] == 'u') {
			add_number(t, false, va_arg(ap, unsigned long long));
			p += 2;
		} else {
			return false;
		}
	}
}

static void
add_formatted(struct text *t, const char *fmt, va_list ap)
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

static void
cut_back(struct text *t, size_t len)
{
	t->len = len;
	if (t->s != NULL)
		t->s[len] = '\0';
}

/* printf(3) costs more than all else that goes into a fragment of ten thousand lines. */
void
text_vprintf(struct text *t, const char *fmt, va_list ap)
{
	size_t before = t->len;
	va_list again;

	va_copy(again, ap);
	if (!add_simple(t, fmt, again)) {
		cut_back(t, before);
		add_formatted(t, fmt, ap);
	}
	va_end(again);
	if (t->bad)
		cut_back(t, before);	/* all of it or nothing */
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
