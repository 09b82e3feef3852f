/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/jchars.h"
#include "config/value.h"

bool
words_plain(const char *text)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + strlen(text);

	while (p < end) {
		unsigned n = *p < 0x80 ? *p >= ' ' && *p != 0x7f : jchars_utf8(p, end);

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
