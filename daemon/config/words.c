/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "config/value.h"

/* Bytes of the UTF-8 character at p (RFC 3629: no overlong form, no surrogate, nothing above
 * U+10FFFF); 0: none. */
static unsigned
utf8_len(const uint8_t *p)
{
	static const struct { uint8_t lo, hi, lo2, hi2, len;
	} forms[] = {
		{ 0x20, 0x7e, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (p[0] < forms[i].lo || p[0] > forms[i].hi)
			continue;
		if (forms[i].len > 1 && (p[1] < forms[i].lo2 || p[1] > forms[i].hi2))
			return 0;
		for (unsigned j = 2; j < forms[i].len; j++)
			if ((p[j] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}

bool
words_plain(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;

	while (*p != '\0') {
		unsigned n = utf8_len(p);

		/* U+0080..U+009F: control characters too. */
		if (n == 0 || (p[0] == 0xc2 && p[1] < 0xa0))
			return false;
		p += n;
	}
	return true;
}

bool
words_name(const char *text)
{
	if (!isalnum((unsigned char)*text))
		return false;
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) && strchr("._-", *text) == NULL)
			return false;
	return true;
}

bool
words_symbol(const char *text)
{
	if (!isalpha((unsigned char)*text) && *text != '_')
		return false;
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) && *text != '_')
			return false;
	return true;
}

int
words_index(const char *const *names, const char *text)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -1;
}

int
words_refuse(const char *const *names, const char *text, char *why)
{
	int n = snprintf(why, VALUE_WHY, "must be ");

	for (int i = 0; names[i] != NULL && n < VALUE_WHY; i++)
		n += snprintf(why + n, (size_t)(VALUE_WHY - n), "%s\"%s\"",
			      i == 0 ? "" : names[i + 1] == NULL ? " or " : ", ", names[i]);
	if (n < VALUE_WHY)
		snprintf(why + n, (size_t)(VALUE_WHY - n), ", not \"%.40s\"", text);
	return -EINVAL;
}

void
words_quote(struct text *out, const char *text)
{
	text_add(out, "\"");
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			text_add(out, "\\");
		text_addn(out, text, 1);
	}
	text_add(out, "\"");
}
