/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/plain.h"

#include <string.h>

#include "base/jchars.h"

#define DEPTH_MAX 32		/* of what jout writes; jansson takes 2048 */
#define INT_DIGITS 18		/* fits, whatever they are */
#define REAL_DIGITS 40
#define EXPONENT_DIGITS 2

struct span {
	const unsigned char *p;
	size_t len;
};

enum type { TEXT, INTEGER, OTHER };

/* What a record has to have. */
struct seen {
	struct span n, prev, t;
	bool kind, en, es;
};

/* Whose members they are. */
enum place { TOP, SAY, INSIDE };

struct scan {
	const unsigned char *p, *end;
	struct seen seen;
};

static bool value(struct scan *s, enum place place, unsigned depth, enum type *ret);

static bool
takes(struct scan *s, unsigned char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool
is_hex(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind the backslash; of \u only ASCII without NUL. */
static bool
escape(struct scan *s)
{
	const unsigned char *p = s->p;

	if (s->end - p >= 1 && *p != '\0' && strchr("\"\\/bfnrt", *p) != NULL) {
		s->p++;
		return true;
	}
	if (s->end - p < 5 || memcmp(p, "u00", 3) != 0 || p[3] < '0' || p[3] > '7' ||
	    !is_hex(p[4]) || (p[3] == '0' && p[4] == '0'))
		return false;
	s->p += 5;
	return true;
}

/* What stands between the quotes, as it stands there. */
static bool
text(struct scan *s, struct span *ret, bool *ret_escaped)
{
	const unsigned char *from;

	if (!takes(s, '"'))
		return false;
	from = s->p;
	*ret_escaped = false;
	for (;;) {
		unsigned n;

		s->p = jchars_plain(s->p, s->end);
		if (s->p == s->end)
			return false;
		if (*s->p == '"')
			break;
		if (takes(s, '\\')) {
			*ret_escaped = true;
			if (!escape(s))
				return false;
			continue;
		}
		n = *s->p < 0x80 ? 0 : jchars_utf8(s->p, s->end);
		if (n == 0)
			return false;
		s->p += n;
	}
	*ret = (struct span){ from, (size_t)(s->p - from) };
	s->p++;
	return true;
}

static size_t
digits(struct scan *s)
{
	const unsigned char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - from);
}

static bool
number(struct scan *s, enum type *ret)
{
	bool zero;
	size_t n;

	takes(s, '-');
	zero = s->p < s->end && *s->p == '0';
	n = digits(s);
	if (n == 0 || n > INT_DIGITS || (zero && n > 1))
		return false;
	*ret = INTEGER;
	if (takes(s, '.')) {
		n = digits(s);
		if (n == 0 || n > REAL_DIGITS)
			return false;
		*ret = OTHER;
	}
	if (takes(s, 'e') || takes(s, 'E')) {
		if (!takes(s, '-'))
			takes(s, '+');
		n = digits(s);
		if (n == 0 || n > EXPONENT_DIGITS)
			return false;
		*ret = OTHER;
	}
	return true;
}

static bool
word(struct scan *s, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0)
		return false;
	s->p += n;
	return true;
}

static bool
list(struct scan *s, unsigned depth)
{
	enum type type;

	if (takes(s, ']'))
		return true;
	do
		if (!value(s, INSIDE, depth, &type))
			return false;
	while (takes(s, ','));
	return takes(s, ']');
}

static bool
is(struct span key, const char *name)
{
	return key.len == strlen(name) && memcmp(key.p, name, key.len) == 0;
}

static void
see(struct seen *seen, enum place place, struct span key, struct span v, enum type type)
{
	if (place == SAY) {
		seen->en |= type == TEXT && is(key, "en");
		seen->es |= type == TEXT && is(key, "es");
	} else if (type == TEXT && is(key, "kind")) {
		seen->kind = true;
	} else if (type == INTEGER && is(key, "n")) {
		seen->n = v;
	} else if (type == TEXT && is(key, "prev")) {
		seen->prev = v;
	} else if (type == TEXT && is(key, "t")) {
		seen->t = v;
	}
}

/* Does it come behind the other?  Then no key comes twice. */
static bool
ascends(struct span before, struct span key)
{
	size_t n = before.len < key.len ? before.len : key.len;
	int c = n > 0 ? memcmp(before.p, key.p, n) : 0;

	return before.p == NULL || c < 0 || (c == 0 && before.len < key.len);
}

static bool
object(struct scan *s, enum place place, unsigned depth)
{
	struct span before = { 0 }, key;
	enum type type;
	bool escaped;

	if (takes(s, '}'))
		return true;
	do {
		const unsigned char *from;

		if (!text(s, &key, &escaped) || escaped || !ascends(before, key) || !takes(s, ':'))
			return false;
		before = key;
		from = s->p;
		if (!value(s, place == TOP && is(key, "say") ? SAY : INSIDE, depth, &type))
			return false;
		if (place != INSIDE)
			see(&s->seen, place, key, (struct span){ from, (size_t)(s->p - from) },
			    type);
	} while (takes(s, ','));
	return takes(s, '}');
}

static bool
value(struct scan *s, enum place place, unsigned depth, enum type *ret)
{
	struct span ignored;
	bool escaped;

	*ret = OTHER;
	if (s->p == s->end)
		return false;
	switch (*s->p) {
	case '"':
		*ret = TEXT;
		return text(s, &ignored, &escaped);
	case '{':
		s->p++;
		return depth < DEPTH_MAX && object(s, place, depth + 1);
	case '[':
		s->p++;
		return depth < DEPTH_MAX && list(s, depth + 1);
	case 't':
		return word(s, "true");
	case 'f':
		return word(s, "false");
	case 'n':
		return word(s, "null");
	default:
		return number(s, ret);
	}
}

/* Between quotes, and without escapes: those would be no part of either. */
static bool
is_text(struct span v, const char *text)
{
	size_t len = strlen(text);

	return v.len == len + 2 && memcmp(v.p + 1, text, len) == 0;
}

static bool
is_count(struct span v, uint64_t n)
{
	uint64_t said = 0;

	for (size_t i = 0; i < v.len; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
		said = said * 10 + (uint64_t)(v.p[i] - '0');
	}
	return v.len > 0 && said == n;
}

static bool
is_time(struct span v)
{
	char buf[2 * WALL_STRLEN];
	wall_t t;

	if (v.len < 2 || v.len - 2 >= sizeof(buf) || memchr(v.p, '\\', v.len) != NULL)
		return false;
	memcpy(buf, v.p + 1, v.len - 2);
	buf[v.len - 2] = '\0';
	return wall_parse(&t, buf) == 0;
}

bool
plain_record(const struct chain *c, const char *line, size_t len)
{
	const unsigned char *from = (const unsigned char *)line;
	struct scan s = { .p = from, .end = from + len };

	if (!takes(&s, '{') || !object(&s, TOP, 1) || s.p != s.end)
		return false;
	return s.seen.kind && s.seen.en && s.seen.es && is_count(s.seen.n, c->n) &&
	    is_text(s.seen.prev, c->prev) && is_time(s.seen.t);
}
