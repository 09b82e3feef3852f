/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jchars - the letters of a JSON text (RFC 8259 7), for who writes them and who reads them. */
#ifndef SEAWALL_BASE_JCHARS_H
#define SEAWALL_BASE_JCHARS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Does it stand for itself, alone? */
static inline bool
jchars_is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

#define JCHARS_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Do all eight?  A byte below another leaves the topmost bit when that is taken away, if it had
 * none.
 */
static inline bool
jchars_are_plain(const unsigned char *p)
{
	uint64_t x, quote, backslash, other;

	memcpy(&x, p, sizeof(x));
	quote = x ^ JCHARS_EACH('"');
	backslash = x ^ JCHARS_EACH('\\');
	other =
	    (x - JCHARS_EACH(' ')) | (quote - JCHARS_EACH(1)) | (backslash - JCHARS_EACH(1)) | x;
	return (other & JCHARS_EACH(0x80)) == 0;
}

/* Where the first that does not stands, or end. */
static inline const unsigned char *
jchars_plain(const unsigned char *p, const unsigned char *end)
{
	while (end - p >= 8 && jchars_are_plain(p))
		p += 8;
	while (p < end && jchars_is_plain(*p))
		p++;
	return p;
}

/* Bytes of the character at p < end, which is none of ASCII; 0: it is none (RFC 3629 4). */
static inline unsigned
jchars_utf8(const unsigned char *p, const unsigned char *end)
{
	unsigned n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	unsigned char from = 0x80, to = 0xbf;

	if (p[0] < 0xc2 || p[0] > 0xf4 || end - p < (long)n)
		return 0;
	if (p[0] == 0xe0 || p[0] == 0xf0)
		from = p[0] == 0xe0 ? 0xa0 : 0x90;	/* shorter ways to write it */
	if (p[0] == 0xed || p[0] == 0xf4)
		to = p[0] == 0xed ? 0x9f : 0x8f;	/* surrogates; beyond U+10FFFF */
	if (p[1] < from || p[1] > to)
		return 0;
	for (unsigned i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

#endif
