/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/place.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static bool
name_char(char c, bool colon)
{
	return isalnum((unsigned char)c) || c == '_' || (colon && c == ':');
}

/* How long the name of a sample or label is that begins here; 0: none does. */
static size_t
name_length(const char *s, bool colon)
{
	size_t n = 0;

	if (isdigit((unsigned char)*s))
		return 0;
	while (name_char(s[n], colon))
		n++;
	return n;
}

static void
copy(char *to, const char *from, size_t n)
{
	memcpy(to, from, n);
	to[n] = '\0';
}

/* ---- JSON ---------------------------------------------------------------- */

/* One step; past it, or NULL. */
static const char *
take_step(struct place *f, const char *s)
{
	bool quoted = *s == '\'';
	size_t n = quoted ? strcspn(++s, "'") : strcspn(s, ".'{}\"");

	if (n == 0 || f->steps_n == PLACE_STEPS_MAX)
		return NULL;
	copy(f->steps[f->steps_n++], s, n);
	s += n;
	if (quoted && *s++ != '\'')
		return NULL;
	return *s == '.' || *s == '\0' ? s : NULL;
}

static void
parse_steps(struct place *f, const char *s)
{
	for (;;) {
		s = take_step(f, s);
		if (s == NULL) {
			f->steps_n = 0;
			return;
		}
		if (*s == '\0')
			return;
		s++;
	}
}

/* ---- Prometheus ---------------------------------------------------------- */

/* "value" with its escapes; past it, or NULL. */
static const char *
take_value(char *ret, const char *s)
{
	if (*s++ != '"')
		return NULL;
	for (; *s != '"'; s++) {
		char c = *s;

		if (c == '\0')
			return NULL;
		if (c == '\\') {
			c = *++s;
			if (c != '\\' && c != '"' && c != 'n')
				return NULL;
			if (c == 'n')
				c = '\n';
		}
		*ret++ = c;
	}
	*ret = '\0';
	return s + 1;
}

static bool
parse_labels(struct place *f, const char *s)
{
	if (strcmp(s, "{}") == 0)
		return true;
	do {
		size_t n = name_length(++s, false);

		if (n == 0 || f->labels_n == PLACE_LABELS_MAX || s[n] != '=')
			return false;
		copy(f->labels[f->labels_n].name, s, n);
		s = take_value(f->labels[f->labels_n++].value, s + n + 1);
	} while (s != NULL && *s == ',');
	return s != NULL && strcmp(s, "}") == 0;
}

static void
parse_sample(struct place *f, const char *s)
{
	size_t n = name_length(s, true);

	if (n == 0)
		return;
	copy(f->name, s, n);
	f->sample = s[n] == '\0' || (s[n] == '{' && parse_labels(f, s + n));
}

int
place_parse(struct place *ret, const char *text, struct diag *reterr)
{
	struct place f = { 0 };

	if (strlen(text) >= PLACE_TEXT_MAX)
		return diag_set(reterr, -EINVAL, "it is longer than %d characters",
		    PLACE_TEXT_MAX - 1);
	parse_steps(&f, text);
	parse_sample(&f, text);
	if (f.steps_n == 0 && !f.sample)
		return diag_set(reterr, -EINVAL,
		    "it is neither a path into JSON (data.result.0.value.1, at most %d steps) nor "
		    "a Prometheus sample (requests_total{code=\"500\"}, at most %d labels)",
		    PLACE_STEPS_MAX, PLACE_LABELS_MAX);
	*ret = f;
	return 0;
}
