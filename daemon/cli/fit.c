/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/fit.h"

#include <stdint.h>
#include <string.h>

#define NO_UTF8 UINT32_MAX

/* One character; what is none is one byte. */
static uint32_t
take(const char **at)
{
	const unsigned char *s = (const unsigned char *)*at;
	unsigned more = s[0] < 0x80	  ? 0
	    : s[0] >= 0xc2 && s[0] < 0xe0 ? 1
	    : s[0] >= 0xe0 && s[0] < 0xf0 ? 2
	    : s[0] >= 0xf0 && s[0] < 0xf5 ? 3
					  : 4;
	uint32_t c = more == 0 ? s[0] : s[0] & (0x3fu >> more);

	*at += 1;
	if (more == 4)
		return NO_UTF8;
	for (unsigned i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return NO_UTF8;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((more == 2 && c < 0x800) || (more == 3 && c < 0x10000))
		return NO_UTF8;
	*at += more;
	return c;
}

/* Columns; 0: not known for certain, or not to be shown. */
static unsigned
columns_of(uint32_t c)
{
	static const struct { uint32_t from, to; unsigned columns;
	} rows[] = {
		{ 0x20, 0x7e, 1 }, /* ASCII */
		/* Latin; not the hyphen that may not show */
		{ 0xa0, 0xac, 1 },
		{ 0xae, 0x2ff, 1 },
		/* Greek, Cyrillic */
		{ 0x370, 0x377, 1 },
		{ 0x391, 0x3ff, 1 },
		{ 0x400, 0x482, 1 },
		{ 0x48a, 0x52f, 1 },
		{ 0x1e00, 0x1eff, 1 }, /* Latin of Vietnam */
		{ 0x2010, 0x2027, 1 },
		{ 0x2030, 0x203a, 1 },
		{ 0x20ac, 0x20ac, 1 },
		{ 0x2190, 0x2193, 1 },
		{ 0x2500, 0x257f, 1 },
		{ 0x2580, 0x2593, 1 }, /* lines and blocks */
		{ 0x3041, 0x3096, 2 },
		{ 0x30a1, 0x30fa, 2 },
		{ 0x4e00, 0x9fef, 2 },
		{ 0xac00, 0xd7a3, 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (c >= rows[i].from && c <= rows[i].to)
			return rows[i].columns;
	return 0;
}

void
fit_clean(struct text *out, const char *s)
{
	while (*s != '\0') {
		const char *from = s;

		if (columns_of(take(&s)) > 0)
			text_addn(out, from, (size_t)(s - from));
		else
			text_add(out, "?");
	}
}

unsigned
fit_width(const char *s)
{
	unsigned n = 0;

	while (*s != '\0')
		n += columns_of(take(&s));
	return n;
}

/* Bytes of those first words that fit; 0: not even one does. */
static size_t
words_that_fit(const char *s, unsigned columns)
{
	const char *at = s;
	size_t end = 0;
	unsigned n = 0;

	while (*at != '\0') {
		if (*at == ' ')
			end = (size_t)(at - s);
		n += columns_of(take(&at));
		if (n > columns)
			return end;
	}
	return (size_t)(at - s);
}

void
fit_words(struct text *out, const char *s, unsigned columns, bool utf8)
{
	const char *mark = utf8 ? "\u2026" : "...";
	unsigned room = fit_width(mark);
	size_t n;

	if (fit_width(s) <= columns) {
		text_add(out, s);
		return;
	}
	if (columns < room)
		return;
	n = words_that_fit(s, columns - room);
	while (n > 0 && strchr(" ,;:(", s[n - 1]) != NULL)
		n--;
	text_addn(out, s, n);
	text_add(out, mark);
}

void
fit_pad(struct text *out, unsigned columns)
{
	text_printf(out, "%*s", (int)columns, "");
}

size_t
fit_line(const char *s, unsigned columns, const char **rest)
{
	const char *at = s;
	size_t n = words_that_fit(s, columns);
	unsigned wide = 0;

	if (n == 0 && *s != '\0')	/* one word, wider than the line */
		while (*at != '\0') {
			const char *from = at;

			wide += columns_of(take(&at));
			if (wide > columns && n > 0) {
				at = from;
				break;
			}
			n = (size_t)(at - s);
		}
	*rest = s + n + strspn(s + n, " ");
	return n;
}

void
fit_ascii(struct text *out, const char *s)
{
	static const char letters[] =	/* from U+00C0 */
		"AAAAAAACEEEEIIIIDNOOOOOxOUUUUYPsaaaaaaaceeeeiiiidnooooo/ouuuuypy";
	static const struct { uint32_t c; const char *as;
	} others[] = {
		{ 0xa0, " " },
		{ 0xa1, "!" },
		{ 0xaa, "a" },
		{ 0xab, "\"" },
		{ 0xba, "o" },
		{ 0xbb, "\"" },
		{ 0xbf, "?" },
		{ 0xb7, "." },
		{ 0x2013, "-" },
		{ 0x2014, "-" },
		{ 0x2018, "'" },
		{ 0x2019, "'" },
		{ 0x201c, "\"" },
		{ 0x201d, "\"" },
		{ 0x2026, "..." },
	};

	while (*s != '\0') {
		uint32_t c = take(&s);
		const char *as = "?";

		if (c < 0x80 || (c >= 0xc0 && c <= 0xff)) {
			text_addn(out, c < 0x80 ? s - 1 : &letters[c - 0xc0], 1);
			continue;
		}
		for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
			if (others[i].c == c)
				as = others[i].as;
		text_add(out, as);
	}
}
