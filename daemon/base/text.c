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

bool
text_grow(struct text *t, size_t n)
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
	if (room > t->limit)
		room = t->limit + 1;
	s = realloc(t->s, room);
	if (s == NULL) {
		t->bad = true;
		return false;
	}
	t->s = s;
	t->room = room;
	return true;
}

char *
text_room(struct text *t, size_t n)
{
	return text_reserve(t, n) ? t->s + t->len : NULL;
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

/* %1$s .. %9$s: what sentences need that languages order differently */
#define PLACES_MAX 9

union word {
	const char *s;
	unsigned u;
	int d;
	unsigned long long llu;
};

/*
 * The conversion after a '%': its place from 1, its kind ('l': llu) and where it ends.  0: there is
 * another.
 */
static unsigned
place_of(const char **p, char *ret_kind)
{
	const char *c = *p;
	unsigned place = (unsigned)(c[0] - '0');

	if (c[0] < '1' || c[0] > '9' || c[1] != '$')
		return 0;
	c += 2;
	*ret_kind = c[0];
	if (c[0] == 'l' && c[1] == 'l' && c[2] == 'u')
		c += 2;
	else if (c[0] != 's' && c[0] != 'u' && c[0] != 'd')
		return 0;
	*p = c + 1;
	return place;
}

/* Which kind each place has; false: not all of them are told, and alike. */
static bool
places(const char *fmt, char kinds[static PLACES_MAX], unsigned *ret_n)
{
	unsigned place;
	char kind;

	memset(kinds, 0, PLACES_MAX);
	*ret_n = 0;
	while ((fmt = strchr(fmt, '%')) != NULL) {
		fmt++;
		place = place_of(&fmt, &kind);
		if (place == 0 || (kinds[place - 1] != 0 && kinds[place - 1] != kind))
			return false;
		kinds[place - 1] = kind;
		*ret_n = place > *ret_n ? place : *ret_n;
	}
	return memchr(kinds, 0, *ret_n) == NULL;
}

static void
add_word(struct text *t, char kind, union word w)
{
	if (kind == 's')
		text_add(t, w.s != NULL ? w.s : "(null)");
	else if (kind == 'd')
		add_signed(t, w.d);
	else
		add_number(t, false, kind == 'u' ? w.u : w.llu);
}

/* The same conversions with their places, all of them. */
static bool
add_placed(struct text *t, const char *fmt, va_list ap)
{
	union word words[PLACES_MAX];
	char kinds[PLACES_MAX];
	unsigned n;

	if (!places(fmt, kinds, &n) || n == 0)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (kinds[i] == 's')
			words[i].s = va_arg(ap, const char *);
		else if (kinds[i] == 'u')
			words[i].u = va_arg(ap, unsigned);
		else if (kinds[i] == 'd')
			words[i].d = va_arg(ap, int);
		else
			words[i].llu = va_arg(ap, unsigned long long);
	}
	for (;;) {
		const char *end = strchr(fmt, '%');
		unsigned place;
		char kind;

		text_addn(t, fmt, end != NULL ? (size_t)(end - fmt) : strlen(fmt));
		if (end == NULL)
			return true;
		fmt = end + 1;
		place = place_of(&fmt, &kind);
		add_word(t, kind, words[place - 1]);
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
	else if (text_reserve(t, (size_t)n)) {
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
		va_end(again);
		va_copy(again, ap);
		if (!add_placed(t, fmt, again))
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
