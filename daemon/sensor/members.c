/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/members.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define EXPONENT_MAX 400	/* more digits than a double has range */

struct walk {
	const char *p, *end;
	unsigned depth;
	uint32_t objects;	/* bit of a depth: an object, not an array */
	const char *key, *outer;	/* of this depth, and of depth 1 */
	size_t key_len, outer_len;
	const struct member_name *names;
	unsigned n;
	struct member *ret;
};

_Static_assert(MEMBERS_DEPTH <= 32, "one bit of `objects` a depth");

static void
skip_space(struct walk *w)
{
	while (w->p < w->end && (*w->p == ' ' || *w->p == '\t' || *w->p == '\r' || *w->p == '\n'))
		w->p++;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind the backslash; nginx writes \xNN when it is not told otherwise. */
static bool
skip_escape(struct walk *w)
{
	char c = w->p < w->end ? *w->p++ : '\0';
	int hex = c == 'u' ? 4 : c == 'x' ? 2 : 0;

	if (hex == 0)
		return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
	for (int i = 0; i < hex; i++)
		if (w->p >= w->end || !is_hex(*w->p++))
			return false;
	return true;
}

/* At the opening quote. */
static bool
read_text(struct walk *w, const char **ret_at, size_t *ret_len)
{
	const char *at = ++w->p;

	while (w->p < w->end && *w->p != '"') {
		if ((unsigned char)*w->p < 0x20)
			return false;
		if (*w->p++ == '\\' && !skip_escape(w))
			return false;
	}
	if (w->p >= w->end)
		return false;
	*ret_at = at;
	*ret_len = (size_t)(w->p++ - at);
	return true;
}

static bool
skip_digits(const char **p, const char *end)
{
	const char *at = *p;

	while (*p < end && is_digit(**p))
		(*p)++;
	return *p > at;
}

static bool
skip_number(const char **p, const char *end)
{
	if (*p < end && **p == '-')
		(*p)++;
	if (*p < end && **p == '0')
		(*p)++;
	else if (!skip_digits(p, end))
		return false;
	if (*p < end && **p == '.') {
		(*p)++;
		if (!skip_digits(p, end))
			return false;
	}
	if (*p < end && (**p == 'e' || **p == 'E')) {
		(*p)++;
		if (*p < end && (**p == '+' || **p == '-'))
			(*p)++;
		return skip_digits(p, end);
	}
	return true;
}

static bool
read_word(struct walk *w, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(w->end - w->p) < len || memcmp(w->p, word, len) != 0)
		return false;
	w->p += len;
	return true;
}

static bool
is_wanted(const struct walk *w, const struct member_name *name)
{
	if (w->depth == 1)
		return name->len == w->key_len && memcmp(name->name, w->key, w->key_len) == 0;
	return name->len == w->outer_len + 1 + w->key_len && name->name[w->outer_len] == '.' &&
	    memcmp(name->name, w->outer, w->outer_len) == 0 &&
	    memcmp(name->name + w->outer_len + 1, w->key, w->key_len) == 0;
}

static void
keep(struct walk *w, enum member_type type, const char *at, size_t len)
{
	if (w->key == NULL || w->depth > 2 || (w->depth == 2 && w->outer == NULL))
		return;
	for (unsigned i = 0; i < w->n; i++)
		if (is_wanted(w, &w->names[i]))
			w->ret[i] = (struct member){ type, w->ret[i].times + 1, at, len };
}

static bool
read_scalar(struct walk *w)
{
	const char *at = w->p;
	size_t len;

	switch (*at) {
	case '"':
		if (!read_text(w, &at, &len))
			return false;
		keep(w, MEMBER_TEXT, at, len);
		return true;
	case 't':
		keep(w, MEMBER_TRUE, at, 0);
		return read_word(w, "true");
	case 'f':
		keep(w, MEMBER_FALSE, at, 0);
		return read_word(w, "false");
	case 'n':
		keep(w, MEMBER_NULL, at, 0);
		return read_word(w, "null");
	}
	if (!skip_number(&w->p, w->end))
		return false;
	keep(w, MEMBER_NUMBER, at, (size_t)(w->p - at));
	return true;
}

static bool
in_object(const struct walk *w)
{
	return (w->objects >> (w->depth - 1) & 1) != 0;
}

static bool
read_key(struct walk *w)
{
	if (w->p >= w->end || *w->p != '"' || !read_text(w, &w->key, &w->key_len))
		return false;
	skip_space(w);
	if (w->p >= w->end || *w->p++ != ':')
		return false;
	skip_space(w);
	return true;
}

static void
open_one(struct walk *w, bool object)
{
	keep(w, object ? MEMBER_OBJECT : MEMBER_ARRAY, w->p, 0);
	if (w->depth == 1) {
		w->outer = object ? w->key : NULL;
		w->outer_len = w->key_len;
	}
	w->objects = (w->objects & ~(1u << w->depth)) | (uint32_t)object << w->depth;
	w->depth++;
	w->key = NULL;
	w->p++;
}

/* Behind a value: closes what ends here. */
static bool
read_ends(struct walk *w, bool *ret_more)
{
	for (;;) {
		skip_space(w);
		*ret_more = w->depth > 0;
		if (w->depth == 0)
			return w->p == w->end;
		if (w->p >= w->end)
			return false;
		if (*w->p == ',') {
			w->p++;
			skip_space(w);
			return true;
		}
		if (*w->p++ != (in_object(w) ? '}' : ']'))
			return false;
		w->depth--;
		w->key = NULL;
	}
}

static enum members_verdict
walk(struct walk *w)
{
	bool more = true;

	while (more) {
		if (w->depth > 0 && in_object(w) && !read_key(w))
			return MEMBERS_BAD;
		if (w->p >= w->end)
			return MEMBERS_BAD;
		if (*w->p == '{' || *w->p == '[') {
			if (w->depth == MEMBERS_DEPTH)
				return MEMBERS_DEEP;
			open_one(w, *w->p == '{');
			skip_space(w);
			if (w->p >= w->end)
				return MEMBERS_BAD;
			if (*w->p != (in_object(w) ? '}' : ']'))
				continue;
		} else if (!read_scalar(w)) {
			return MEMBERS_BAD;
		}
		if (!read_ends(w, &more))
			return MEMBERS_BAD;
	}
	return MEMBERS_OK;
}

enum members_verdict
members_find(const char *line, size_t len, const struct member_name *names, unsigned n,
    struct member *ret)
{
	struct walk w = { .p = line, .end = line + len, .names = names, .n = n, .ret = ret };

	memset(ret, 0, n * sizeof(*ret));
	skip_space(&w);
	if (w.p >= w.end || *w.p != '{')
		return MEMBERS_BAD;
	return walk(&w);
}

static int
read_exponent(const char *p, const char *end)
{
	int sign = 1, e = 0;

	if (p < end && (*p == '+' || *p == '-'))
		sign = *p++ == '-' ? -1 : 1;
	for (; p < end && e < EXPONENT_MAX * 10; p++)
		e = e * 10 + (*p - '0');
	return sign * e;
}

/* Not strtod(): the line is not terminated, and a decimal point is one in every language. */
bool
number_read(double *ret, const char *at, size_t len)
{
	const char *p = at, *end = at + len, *ends = at;
	int scale = 0;
	bool fraction = false;
	double v = 0;

	if (len == 0 || !skip_number(&ends, end) || ends != end)
		return false;
	for (p += *at == '-'; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '.') {
			fraction = true;
			continue;
		}
		v = v * 10 + (*p - '0');
		scale -= fraction;
	}
	if (p < end)
		scale += read_exponent(p + 1, end);
	if (scale != 0)
		v = scale < 0 && scale >= -22 ? v / pow(10, -scale) : v * pow(10, scale);
	if (!isfinite(v))
		return false;
	*ret = *at == '-' ? -v : v;
	return true;
}

bool
member_number(double *ret, const struct member *m)
{
	if (m->type != MEMBER_NUMBER && m->type != MEMBER_TEXT)
		return false;
	return number_read(ret, m->at, m->len);
}

bool
member_text(char *buf, size_t size, const struct member *m)
{
	if (m->type != MEMBER_TEXT || m->len >= size || memchr(m->at, '\\', m->len) != NULL ||
	    memchr(m->at, '\0', m->len) != NULL)
		return false;
	memcpy(buf, m->at, m->len);
	buf[m->len] = '\0';
	return true;
}

bool
member_is(const struct member *m, const char *text)
{
	return m->type == MEMBER_TEXT && m->len == strlen(text) && memcmp(m->at, text, m->len) == 0;
}
