/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/samples.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMBER_MAX 63		/* characters of a number */

/* What is left of a line. */
struct line {
	const char *p, *end;
};

static bool
at(const struct line *l, char c)
{
	return l->p < l->end && *l->p == c;
}

static bool
skip(struct line *l, char c)
{
	if (!at(l, c))
		return false;
	l->p++;
	return true;
}

/* Blanks; how many there were. */
static size_t
skip_blanks(struct line *l)
{
	const char *from = l->p;

	while (at(l, ' ') || at(l, '\t'))
		l->p++;
	return (size_t)(l->p - from);
}

/* ---- numbers ------------------------------------------------------------- */

static size_t
digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* [digits][.digits][e[+-]digits], with a digit before the exponent. */
static bool
decimal(const char *s)
{
	size_t whole = digits(s), part = 0;

	s += whole;
	if (*s == '.') {
		part = digits(++s);
		s += part;
	}
	if (whole + part == 0)
		return false;
	if (*s == 'e' || *s == 'E') {
		s += s[1] == '+' || s[1] == '-' ? 2 : 1;
		if (digits(s) == 0)
			return false;
		s += digits(s);
	}
	return *s == '\0';
}

bool
samples_number(const char *s, size_t len, double *ret)
{
	char text[NUMBER_MAX + 1];
	const char *unsigned_part = text;

	if (len == 0 || len > NUMBER_MAX || memchr(s, '\0', len) != NULL)
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	if (*text == '+' || *text == '-')
		unsigned_part++;
	if (!decimal(unsigned_part) && strcasecmp(unsigned_part, "inf") != 0 &&
	    strcasecmp(unsigned_part, "infinity") != 0 && strcasecmp(unsigned_part, "nan") != 0)
		return false;
	*ret = strtod(text, NULL);
	return true;
}

/* ---- labels -------------------------------------------------------------- */

static bool
take_name(struct line *l, bool colon, struct line *ret)
{
	ret->p = l->p;
	if (l->p < l->end && isdigit((unsigned char)*l->p))
		return false;
	while (l->p < l->end &&
	    (isalnum((unsigned char)*l->p) || *l->p == '_' || (colon && *l->p == ':')))
		l->p++;
	ret->end = l->p;
	return ret->end > ret->p;
}

static bool
same(const struct line *have, const char *want)
{
	size_t n = strlen(want);

	return (size_t)(have->end - have->p) == n && memcmp(have->p, want, n) == 0;
}

/*
 * Reads "value" and compares it with what is wanted (NULL: with nothing).  False: it is malformed.
 */
static bool
take_value(struct line *l, const char *want, bool *ret_same)
{
	*ret_same = want != NULL;
	if (!skip(l, '"'))
		return false;
	while (!at(l, '"')) {
		char c;

		if (l->p == l->end || *l->p == '\0')
			return false;
		c = *l->p++;
		if (c == '\\') {
			if (!at(l, '\\') && !at(l, '"') && !at(l, 'n'))
				return false;
			c = *l->p++;
			if (c == 'n')
				c = '\n';
		}
		if (*ret_same && *want == c)
			want++;
		else
			*ret_same = false;
	}
	*ret_same = *ret_same && *want == '\0';
	return skip(l, '"');
}

/* One label; notes which of the wanted ones it is. */
static bool
take_label(struct line *l, const struct place *f, unsigned *met)
{
	struct line name;
	unsigned i;
	bool is;

	skip_blanks(l);
	if (!take_name(l, false, &name))
		return false;
	skip_blanks(l);
	if (!skip(l, '='))
		return false;
	skip_blanks(l);
	for (i = 0; i < f->labels_n; i++)
		if (same(&name, f->labels[i].name))
			break;
	if (!take_value(l, i < f->labels_n ? f->labels[i].value : NULL, &is))
		return false;
	if (is)
		*met |= 1u << i;
	skip_blanks(l);
	return true;
}

/* {a="1",b="2",}; *met: bits of the wanted labels that it has. */
static bool
take_labels(struct line *l, const struct place *f, unsigned *met)
{
	*met = 0;
	if (!skip(l, '{'))
		return true;
	skip_blanks(l);
	while (!at(l, '}')) {
		if (!take_label(l, f, met))
			return false;
		if (!skip(l, ','))
			break;
		skip_blanks(l);
	}
	return skip(l, '}');
}

/* ---- lines --------------------------------------------------------------- */

static struct line
take_word(struct line *l)
{
	struct line word = { .p = l->p };

	while (l->p < l->end && *l->p != ' ' && *l->p != '\t')
		l->p++;
	word.end = l->p;
	return word;
}

static bool
timestamp(const struct line *word)
{
	const char *p = word->p;

	if (p < word->end && (*p == '-' || *p == '+'))
		p++;
	if (p == word->end)
		return false;
	while (p < word->end)
		if (!isdigit((unsigned char)*p++))
			return false;
	return true;
}

/* 1: it is the wanted one; 0: another, or a comment; -EBADMSG. */
static int
read_line(struct line l, const struct place *f, double *ret)
{
	struct line name, word;
	unsigned met;

	skip_blanks(&l);
	if (l.p == l.end || at(&l, '#'))
		return 0;
	if (!take_name(&l, true, &name))
		return -EBADMSG;
	if (skip_blanks(&l) == 0 && !at(&l, '{'))
		return -EBADMSG;
	if (!take_labels(&l, f, &met))
		return -EBADMSG;
	skip_blanks(&l);
	word = take_word(&l);
	if (!samples_number(word.p, (size_t)(word.end - word.p), ret))
		return -EBADMSG;
	skip_blanks(&l);
	word = take_word(&l);
	skip_blanks(&l);
	if (l.p != l.end || (word.p != word.end && !timestamp(&word)))
		return -EBADMSG;
	return same(&name, f->name) && met == (1u << f->labels_n) - 1;
}

int
samples_sum(const struct place *f, const char *text, size_t len, double *ret)
{
	const char *end = text + len;
	double sum = 0, value = 0;
	bool any = false;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		struct line l = { text, stop != NULL ? stop : end };
		int is;

		if (l.end > l.p && l.end[-1] == '\r')
			l.end--;
		is = read_line(l, f, &value);
		if (is < 0)
			return is;
		if (is > 0) {
			sum += value;
			any = true;
		}
		text = stop != NULL ? stop + 1 : end;
	}
	if (!any)
		return -ENOENT;
	*ret = sum;
	return 0;
}
