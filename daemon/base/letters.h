/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * letters - UTF-8 counted and cut by letters, not bytes: what continues one is 10xxxxxx.
 */
#ifndef SEAWALL_BASE_LETTERS_H
#define SEAWALL_BASE_LETTERS_H

#include <stdbool.h>
#include <stddef.h>

static inline bool
letters_continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* How many begin in so many bytes. */
static inline unsigned
letters_n(const char *s, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i++)
		n += !letters_continues(s[i]);
	return n;
}

/* So many bytes of s, which may go on behind them, less what would be a part of one. */
static inline size_t
letters_whole(const char *s, size_t len)
{
	while (len > 0 && letters_continues(s[len]))
		len--;
	return len;
}

#endif
