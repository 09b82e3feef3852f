/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A strict look at markup: each element closed in its order, attributes in quotes, text that is
 * UTF-8 and harmless.
 */
#ifndef SEAWALL_TESTS_MARKUP_H
#define SEAWALL_TESTS_MARKUP_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define MARKUP_DEPTH 64

struct markup {
	char open[MARKUP_DEPTH][16];
	unsigned depth;
	char why[128];
};

static inline bool
markup_bad(struct markup *m, const char *why, const char *at)
{
	snprintf(m->why, sizeof(m->why), "%s: %.60s", why, at);
	return false;
}

/* From after the name to after the '>'; NULL: not as it should be. */
static inline const char *
markup_attributes(const char *p, bool *ret_closed)
{
	*ret_closed = false;
	while (*p == ' ') {
		p++;
		while (islower((unsigned char)*p) || isupper((unsigned char)*p) ||
		    isdigit((unsigned char)*p) || *p == '-')
			p++;
		if (p[0] != '=' || p[1] != '"')
			return NULL;
		p += 2 + strcspn(p + 2, "\"<>");
		if (*p != '"')
			return NULL;
		p++;
	}
	if (*p == '/') {
		*ret_closed = true;
		p++;
	}
	return *p == '>' ? p + 1 : NULL;
}

static inline const char *
markup_tag(struct markup *m, const char *p)
{
	const char *at = p, *end;
	bool closing = p[1] == '/', closed;
	char name[16] = "";
	size_t n;

	if (strncmp(p, "<!DOCTYPE html>", 15) == 0)
		return p + 15;
	p += closing ? 2 : 1;
	n = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789");
	if (n == 0 || n >= sizeof(name))
		return markup_bad(m, "no name", at) ? p : NULL;
	memcpy(name, p, n);
	if (closing) {
		if (p[n] != '>' || m->depth == 0 || strcmp(m->open[m->depth - 1], name) != 0)
			return markup_bad(m, "closed out of order", at) ? p : NULL;
		m->depth--;
		return p + n + 1;
	}
	end = markup_attributes(p + n, &closed);
	if (end == NULL)
		return markup_bad(m, "attributes", at) ? p : NULL;
	if (!closed && strcmp(name, "meta") != 0 && strcmp(name, "wbr") != 0) {
		if (m->depth == MARKUP_DEPTH)
			return markup_bad(m, "too deep", at) ? p : NULL;
		memcpy(m->open[m->depth++], name, sizeof(name));
	}
	if (strcmp(name, "style") == 0)
		end = strstr(end, "</style>");
	if (strcmp(name, "script") == 0)
		end = strstr(end, "</script>");
	return end;
}

static inline bool
markup_text(struct markup *m, const char **p)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n;

	if (**p == '&' && strncmp(*p, "&amp;", 5) != 0 && strncmp(*p, "&lt;", 4) != 0 &&
	    strncmp(*p, "&gt;", 4) != 0 && strncmp(*p, "&quot;", 6) != 0 &&
	    strncmp(*p, "&#39;", 5) != 0)
		return markup_bad(m, "'&' alone", *p);
	n = mbrtowc(&c, *p, 6, &state);
	if (n == (size_t)-1 || n == (size_t)-2)
		return markup_bad(m, "no UTF-8", *p);
	if ((c < ' ' && c != '\n') || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == '>')
		return markup_bad(m, "a character that misleads", *p);
	*p += n;
	return true;
}

/* Needs a locale of UTF-8. */
static inline bool
markup_ok(struct markup *m, const char *p)
{
	*m = (struct markup){ 0 };
	while (*p != '\0') {
		if (*p == '<') {
			p = markup_tag(m, p);
			if (p == NULL)
				return false;
		} else if (!markup_text(m, &p)) {
			return false;
		}
	}
	return m->depth == 0 || markup_bad(m, "left open", m->open[m->depth - 1]);
}

#endif
