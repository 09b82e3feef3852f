/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct scanner {
	const char *p, *file;
	unsigned line;
	unsigned comma;			/* line of a comma that nothing followed yet; 0: none */
	bool after_text;		/* the last thing was a text: another one continues it */
	unsigned depth;
	struct { char bracket; unsigned line; } open[SCAN_NESTING_MAX];
	struct scan found;
	struct diag *err;
};

static int
add_text(struct scanner *s)
{
	if (s->after_text)
		return 0;
	if (s->found.n == SCAN_TEXTS_MAX)
		return diag_at(s->err, -E2BIG, s->file, s->line, "more than %d texts in one file",
			       SCAN_TEXTS_MAX);
	s->found.lines[s->found.n++] = s->line;
	return 0;
}

static int
skip_text(struct scanner *s)
{
	int err = add_text(s);

	for (s->p++; err == 0 && *s->p != '"'; s->p++) {
		if (*s->p == '\\' && s->p[1] != '\0')
			s->p++;
		if (*s->p == '\0' || *s->p == '\n')
			err = diag_at(s->err, -EINVAL, s->file, s->line,
				      "the text that begins here has no closing quotation mark on "
				      "its line");
	}
	if (err == 0)
		s->p++;
	s->after_text = true;
	return err;
}

static int
skip_comment(struct scanner *s)
{
	unsigned began = s->line;

	if (s->p[0] != '/' || s->p[1] != '*') {
		while (*s->p != '\0' && *s->p != '\n')
			s->p++;
		return 0;
	}
	for (s->p += 2; *s->p != '\0' && (s->p[0] != '*' || s->p[1] != '/'); s->p++)
		s->line += *s->p == '\n';
	if (*s->p == '\0')
		return diag_at(s->err, -EINVAL, s->file, began,
			       "the comment that begins here is never closed");
	s->p += 2;
	return 0;
}

/* libconfig keeps a plain integer in an int and lets it wrap: larger ones must carry L. */
static int
check_integer(struct scanner *s, const char *word)
{
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X'), large;
	char *end;
	long long n;
	unsigned long long u;

	errno = 0;
	n = strtoll(word, &end, hex ? 16 : 10);
	u = hex ? strtoull(word, NULL, 16) : 0;
	large = strcmp(end, "L") == 0 || strcmp(end, "LL") == 0;
	if (*end != '\0' && !large)
		return strpbrk(end, ".eE") == end ? 0 : diag_at(s->err, -EINVAL, s->file, s->line,
			"%.40s is no number: figures with a unit stand in quotation marks", word);
	if (errno == ERANGE || u > INT64_MAX)
		return diag_at(s->err, -ERANGE, s->file, s->line, "%.40s is too large", word);
	if (!large && (n > INT32_MAX || n < INT32_MIN))
		return diag_at(s->err, -ERANGE, s->file, s->line,
			       "%.40s would wrap around: write %.40sL", word, word);
	return 0;
}

static int
skip_word(struct scanner *s)
{
	const char *start = s->p;
	char word[64];
	size_t n;

	while (isalnum((unsigned char)*s->p) || (*s->p != '\0' && strchr("_.+-*", *s->p) != NULL))
		s->p++;
	n = (size_t)(s->p - start);
	if (!isdigit((unsigned char)*start) && (n < 2 || strchr("+-", *start) == NULL))
		return 0;
	if (n >= sizeof(word))
		return diag_at(s->err, -ERANGE, s->file, s->line, "a number of %zu digits", n);
	memcpy(word, start, n);
	word[n] = '\0';
	return check_integer(s, word);
}

static int
open_bracket(struct scanner *s)
{
	if (s->depth == SCAN_NESTING_MAX)
		return diag_at(s->err, -E2BIG, s->file, s->line, "brackets nested deeper than %d",
			       SCAN_NESTING_MAX);
	s->open[s->depth].bracket = *s->p;
	s->open[s->depth++].line = s->line;
	s->p++;
	return 0;
}

static int
close_bracket(struct scanner *s, unsigned comma)
{
	const char *pair = strchr("(){}[]", *s->p);

	if (s->depth == 0)
		return diag_at(s->err, -EINVAL, s->file, s->line, "a '%c' that closes nothing",
			       *s->p);
	s->depth--;
	if (s->open[s->depth].bracket != pair[-1])
		return diag_at(s->err, -EINVAL, s->file, s->line,
			       "a '%c' stands where the '%c' of line %u is still open", *s->p,
			       s->open[s->depth].bracket, s->open[s->depth].line);
	if (comma != 0 && *s->p != '}')
		return diag_at(s->err, -EINVAL, s->file, comma,
			       "no comma may stand after the last entry of a list");
	s->p++;
	return 0;
}

/* One token; blanks and comments were skipped before. */
static int
token(struct scanner *s)
{
	unsigned comma = s->comma;

	s->comma = 0;
	if (*s->p == '"')
		return skip_text(s);
	s->after_text = false;
	if (strchr("({[", *s->p) != NULL)
		return open_bracket(s);
	if (strchr(")}]", *s->p) != NULL)
		return close_bracket(s, comma);
	if (*s->p == ',')
		s->comma = s->line;
	if (*s->p == '@')
		return diag_at(s->err, -EINVAL, s->file, s->line,
			       "@include is not supported: further policies are named in "
			       "`policies`");
	if (isalnum((unsigned char)*s->p) || strchr("_.+-*", *s->p) != NULL)
		return skip_word(s);
	s->p++;
	return 0;
}

static int
scan_all(struct scanner *s)
{
	int err = 0;

	while (err == 0 && *s->p != '\0') {
		if (*s->p == '\n')
			s->line++;
		if (isspace((unsigned char)*s->p))
			s->p++;
		else if (*s->p == '#' || (s->p[0] == '/' && (s->p[1] == '/' || s->p[1] == '*')))
			err = skip_comment(s);
		else
			err = token(s);
	}
	if (err == 0 && s->depth > 0)
		err = diag_at(s->err, -EINVAL, s->file, s->open[s->depth - 1].line,
			      "the '%c' of this line is never closed",
			      s->open[s->depth - 1].bracket);
	return err;
}

int
scan_text(struct scan *ret, const char *text, size_t len, const char *file, struct diag *reterr)
{
	struct scanner s = { .p = text, .file = file, .line = 1, .err = reterr };
	int err;

	if (strlen(text) != len)
		return diag_at(reterr, -EINVAL, file, 0, "is no text: it holds a zero byte");
	s.found.lines = malloc(SCAN_TEXTS_MAX * sizeof(*s.found.lines));
	if (s.found.lines == NULL)
		return diag_set(reterr, -ENOMEM, "not enough memory");
	err = scan_all(&s);
	if (err == 0)
		*ret = s.found;
	else
		scan_fini(&s.found);
	return err;
}

void
scan_fini(struct scan *s)
{
	free(s->lines);
	*s = (struct scan){ 0 };
}
