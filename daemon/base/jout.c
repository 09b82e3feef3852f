/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/jout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jchars.h"

#define MEMBERS_USUAL 64

void
jout_init(struct jout *j, struct text *to)
{
	*j = (struct jout){ .to = to };
	text_init(&j->spare, to->limit);
}

void
jout_fini(struct jout *j)
{
	free(j->members);
	text_fini(&j->spare);
	*j = (struct jout){ 0 };
}

/* ---- texts --------------------------------------------------------------- */

static void
escape(struct text *t, unsigned char c)
{
	static const char names[] = { ['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\f'] = 'f',
		['\r'] = 'r',
		['"'] = '"',
		['\\'] = '\\' };
	char buf[8] = { '\\', names[c] };

	if (names[c] != '\0')
		text_addn(t, buf, 2);
	else
		text_addn(t, buf, (size_t)snprintf(buf, sizeof(buf), "\\u%04X", c));
}

/* False: it is no UTF-8, and was written up to there; `ascii`: it is known not to be. */
static bool
put_chars(struct text *t, const char *s, bool ascii)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + strlen(s);

	for (;;) {
		const unsigned char *from = p;
		unsigned n;

		p = jchars_plain(p, end);
		text_addn(t, (const char *)from, (size_t)(p - from));
		if (p == end)
			return true;
		n = *p < 0x80 || ascii ? 1 : jchars_utf8(p, end);
		if (n == 0)
			return false;
		if (*p < 0x80)
			escape(t, *p);
		else
			text_addn(t, ascii ? "?" : (const char *)p, n);
		p += n;
	}
}

static void
put_string(struct text *t, const char *s)
{
	size_t before = t->len + 1;

	text_addn(t, "\"", 1);
	if (!put_chars(t, s, false) && text_ok(t)) {
		t->len = before;
		put_chars(t, s, true);
	}
	text_addn(t, "\"", 1);
}

/* ---- objects and lists --------------------------------------------------- */

static int
compare(const struct text *t, const struct jout_member *a, const struct jout_member *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int c = memcmp(t->s + a->at + 1, t->s + b->at + 1, n);

	return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

static int
by_key(const void *a, const void *b, void *text)
{
	return compare(text, a, b);
}

/* Those of a record are ten; what has many more does not come often. */
#define MEMBERS_FEW 32

static void
sort_members(const struct text *t, struct jout_member *m, unsigned n)
{
	if (n > MEMBERS_FEW) {
		qsort_r(m, n, sizeof(*m), by_key, (void *)t);
		return;
	}
	for (unsigned i = 1; i < n; i++) {
		struct jout_member one = m[i];
		unsigned k = i;

		for (; k > 0 && compare(t, &m[k - 1], &one) > 0; k--)
			m[k] = m[k - 1];
		m[k] = one;
	}
}

static inline bool
add_member(struct jout *j, size_t at)
{
	if (j->n == j->room) {
		unsigned room = j->room != 0 ? 2 * j->room : MEMBERS_USUAL;
		struct jout_member *all = reallocarray(j->members, room, sizeof(*all));

		if (all == NULL)
			return false;
		j->members = all;
		j->room = room;
	}
	j->members[j->n++] =
	    (struct jout_member){ .at = at, .len = j->to->len - at - sizeof("\"\":") + 1 };
	return true;
}

/* The usual key, in one go; false: it needs to be escaped, or there is no room. */
static bool
put_plain_key(struct text *t, const char *key, bool comma)
{
	size_t len = strlen(key);
	const unsigned char *from = (const unsigned char *)key;
	char *p;

	if (jchars_plain(from, from + len) != from + len)
		return false;
	p = text_room(t, len + sizeof(",\"\":"));
	if (p == NULL)
		return false;
	t->len += comma + len + 3;
	if (comma)
		*p++ = ',';
	*p++ = '"';
	memcpy(p, key, len);
	memcpy(p + len, "\":", 3);
	return true;
}

static void
put_key(struct jout *j, const char *key, bool comma)
{
	size_t at = j->to->len + comma;
	bool *unsorted = &j->open[j->depth - 1].unsorted;
	struct jout_member *last;

	if (!put_plain_key(j->to, key, comma)) {
		text_addn(j->to, ",", comma);
		put_string(j->to, key);
		text_addn(j->to, ":", 1);
	}
	if (!text_ok(j->to))
		return;
	if (!add_member(j, at)) {
		j->to->bad = true;
		return;
	}
	if (*unsorted || j->n - j->open[j->depth - 1].first < 2)
		return;
	last = &j->members[j->n - 1];
	*unsorted = compare(j->to, last - 1, last) >= 0;
}

/* What comes before each value. */
static void
before_value(struct jout *j, const char *key)
{
	const struct text *t = j->to;
	char last = t->len > 0 ? t->s[t->len - 1] : '{';
	bool comma = last != '{' && last != '[';

	if (key != NULL && j->depth > 0)
		put_key(j, key, comma);
	else
		text_addn(j->to, ",", comma);
}

static void
open_one(struct jout *j, const char *key, bool object)
{
	before_value(j, key);
	if (j->depth == JOUT_DEPTH) {
		j->to->bad = true;
		return;
	}
	text_addn(j->to, object ? "{" : "[", 1);
	j->open[j->depth].object = object;
	j->open[j->depth].unsorted = false;
	j->open[j->depth++].first = j->n;
}

void
jout_object(struct jout *j, const char *key)
{
	open_one(j, key, true);
}

void
jout_list(struct jout *j, const char *key)
{
	open_one(j, key, false);
}

/* A member ends where the next one begins, with its comma; the last is given one for as long. */
static void
sort(struct jout *j, struct jout_member *m, unsigned n)
{
	struct text *t = j->to;
	size_t begin = m[0].at;

	text_clear(&j->spare);
	text_addn(&j->spare, t->s + begin, t->len - begin);
	text_addn(&j->spare, ",", 1);
	if (!text_ok(&j->spare)) {
		t->bad = true;
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		m[i].at -= begin;
		m[i].end = (i + 1 < n ? m[i + 1].at : t->len + 1) - begin;
	}
	sort_members(&j->spare, m, n);
	t->len = begin;
	for (unsigned i = 0; i < n; i++) {
		const char *from = j->spare.s + m[i].at;

		j->twice |= i > 0 && compare(&j->spare, &m[i - 1], &m[i]) == 0;
		text_addn(t, from, m[i].end - m[i].at);
	}
	t->len--;
}

void
jout_close(struct jout *j)
{
	unsigned first;

	if (j->depth == 0 || !text_ok(j->to))
		return;
	first = j->open[--j->depth].first;
	if (j->open[j->depth].unsorted && !j->as_written)
		sort(j, j->members + first, j->n - first);
	j->n = first;
	text_addn(j->to, j->open[j->depth].object ? "}" : "]", 1);
}

/* ---- values -------------------------------------------------------------- */

void
jout_str(struct jout *j, const char *key, const char *s)
{
	before_value(j, key);
	put_string(j->to, s != NULL ? s : "");
}

void
jout_int(struct jout *j, const char *key, int64_t n)
{
	unsigned long long size = n < 0 ? 0ULL - (unsigned long long)n : (unsigned long long)n;

	before_value(j, key);
	text_printf(j->to, "%s%llu", n < 0 ? "-" : "", size);
}

/* As many digits as it takes to read the same again, "1.0" and "1e20". */
void
jout_real(struct jout *j, const char *key, double d)
{
	char buf[32], *e;
	size_t zeros;

	if (!isfinite(d)) {
		jout_null(j, key);
		return;
	}
	before_value(j, key);
	snprintf(buf, sizeof(buf), "%.17g", d);
	e = strchr(buf, 'e');
	if (e == NULL) {
		text_add(j->to, buf);
		if (strchr(buf, '.') == NULL)
			text_add(j->to, ".0");
		return;
	}
	e += e[1] == '-' ? 2 : 1;
	zeros = strspn(e, "+0");
	text_addn(j->to, buf, (size_t)(e - buf));
	text_add(j->to, e + zeros);
}

void
jout_bool(struct jout *j, const char *key, bool yes)
{
	before_value(j, key);
	text_add(j->to, yes ? "true" : "false");
}

void
jout_null(struct jout *j, const char *key)
{
	before_value(j, key);
	text_add(j->to, "null");
}

void
jout_time(struct jout *j, const char *key, wall_t t)
{
	char buf[WALL_STRLEN];

	if (t.ms == 0)
		jout_null(j, key);
	else
		jout_str(j, key, wall_str(t, buf));
}

void
jout_members(struct jout *j, const json_t *object)
{
	json_t *all = (json_t *)object, *value;
	const char *key;

	json_object_foreach(all, key, value)
		jout_tree(j, key, value);
}

void
jout_tree(struct jout *j, const char *key, const json_t *tree)
{
	const json_t *value;
	size_t i;

	if (json_is_object(tree)) {
		jout_object(j, key);
		jout_members(j, tree);
		jout_close(j);
	} else if (json_is_array(tree)) {
		jout_list(j, key);
		json_array_foreach(tree, i, value)
			jout_tree(j, NULL, value);
		jout_close(j);
	} else if (json_is_string(tree)) {
		jout_str(j, key, json_string_value(tree));
	} else if (json_is_integer(tree)) {
		jout_int(j, key, json_integer_value(tree));
	} else if (json_is_real(tree)) {
		jout_real(j, key, json_real_value(tree));
	} else if (json_is_boolean(tree)) {
		jout_bool(j, key, json_is_true(tree));
	} else {
		jout_null(j, key);
	}
}

json_t *
jout_read(const struct text *t)
{
	return text_ok(t) && t->s != NULL ? json_loadb(t->s, t->len, JSON_DECODE_ANY, NULL) : NULL;
}
