/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/template.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/letters.h"

#define SUBJECT "Subject: "
#define NAME_MAX_BYTES 32

static const char *const names[] = {
#define NAME(id, name, what) [PLACE_##id] = name,
	PLACES(NAME)
#undef NAME
};

/* ---- reading ------------------------------------------------------------- */

/* The place that begins at the brace; *ret_len: bytes with its braces.  -1: none of that name. */
static int
place_at(const char *s, size_t *ret_len)
{
	size_t n = strcspn(s + 1, "}\n");

	*ret_len = n + 2;
	for (int i = 0; s[1 + n] == '}' && i < PLACE_N; i++)
		if (strlen(names[i]) == n && memcmp(names[i], s + 1, n) == 0)
			return i;
	return -1;
}

static int
check_places(const char *file, const char *text, struct diag *reterr)
{
	unsigned line = 1;
	size_t begun = 0, n;

	for (size_t i = 0; text[i] != '\0'; i++) {
		if (text[i] == '\n') {
			line++;
			begun = i + 1;
		}
		if (i > begun + TEMPLATE_LINE_MAX)
			return diag_at(reterr, -EINVAL, file, line,
			    _("the line is longer than %d bytes"), TEMPLATE_LINE_MAX);
		if (text[i] != '{')
			continue;
		if (text[i + 1] == '{') {
			i++;
			continue;
		}
		if (place_at(text + i, &n) < 0)
			return diag_at(reterr, -EINVAL, file, line,
			    _("%.*s is no place that can be filled (a brace is written {{)"),
			    (int)(n > NAME_MAX_BYTES ? NAME_MAX_BYTES : n), text + i);
		i += n - 1;
	}
	return 0;
}

/* Letters of other sizes and controls have no business in a text that people read. */
static bool
is_text(const char *s, size_t len)
{
	json_t *j = strlen(s) == len ? json_stringn(s, len) : NULL;

	for (size_t i = 0; j != NULL && i < len; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\n' && s[i] != '\t') || s[i] == 0x7f) {
			json_decref(j);
			return false;
		}
	json_decref(j);
	return j != NULL;
}

int
template_parse(struct template *ret, const char *file, const char *text, size_t len,
    struct diag *reterr)
{
	const char *end = memchr(text, '\n', len);
	char *copy;
	int err;

	if (len > TEMPLATE_MAX)
		return diag_at(reterr, -EINVAL, file, 0, _("it is longer than %d bytes"),
		    TEMPLATE_MAX);
	if (!is_text(text, len))
		return diag_at(reterr, -EINVAL, file, 0, _("it is not a text in UTF-8"));
	if (strncmp(text, SUBJECT, strlen(SUBJECT)) != 0 || end == NULL ||
	    (end[1] != '\0' && end[1] != '\n'))
		return diag_at(reterr, -EINVAL, file, 1,
		    _("it must begin with \"Subject: ...\" and an empty line"));
	err = check_places(file, text, reterr);
	if (err != 0)
		return err;
	copy = strdup(text);
	if (copy == NULL)
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	copy[end - text] = '\0';
	ret->text = copy;
	ret->body = copy + (end - text) + (end[1] == '\0' ? 1 : 2);
	return 0;
}

void
template_fini(struct template *t)
{
	free(t->text);
	*t = (struct template){ 0 };
}

/* ---- filling in ---------------------------------------------------------- */

void
template_plain(struct text *to, const char *s, size_t max, bool lines)
{
	size_t len = strlen(s), n = len > max ? letters_whole(s, max) : len;
	json_t *utf8 = json_stringn(s, n);

	json_decref(utf8);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		/* U+0080 to U+009F are controls, too */
		bool wide = utf8 != NULL && c == 0xc2 && (unsigned char)s[i + 1] < 0xa0;

		if (wide)
			i++;
		if (wide || (c < ' ' && !(lines && c == '\n')) || c == 0x7f)
			text_add(to, " ");
		else if (c >= 0x80 && utf8 == NULL)
			text_add(to, "?");
		else
			text_addn(to, s + i, 1);
	}
	if (n < len)
		text_add(to, "...");
}

/* One line, up to its end. */
static void
fill_line(const char *line, size_t len, const struct values *v, struct text *to, bool lines)
{
	size_t n, before = to->len;
	unsigned places = 0, filled = 0;

	for (size_t i = 0; i < len; i += n) {
		int place = -1;

		n = 1;
		if (line[i] == '{' && line[i + 1] == '{')
			n = 2;
		else if (line[i] == '{')
			place = place_at(line + i, &n);
		if (place < 0) {
			text_addn(to, line + i, 1);
			continue;
		}
		places++;
		filled += v->of[place] != NULL && v->of[place][0] != '\0';
		template_plain(to, v->of[place] != NULL ? v->of[place] : "", BODY_MAX, lines);
	}
	if (places > 0 && filled == 0 && lines && to->s != NULL) {
		to->len = before;
		to->s[before] = '\0';
		return;
	}
	if (lines)
		text_add(to, "\n");
}

/* What was filled beyond the limit is cut. */
static void
cut(struct text *from, struct text *to, size_t max)
{
	template_plain(to, text_str(from), max, true);
	if (!text_ok(from))
		to->bad = true;
	text_fini(from);
}

void
template_subject(const struct template *t, const struct values *v, struct text *to)
{
	const char *line = t->text + strlen(SUBJECT);
	struct text all;

	text_init(&all, (size_t)4 * BODY_MAX * PLACE_N);
	fill_line(line, strlen(line), v, &all, false);
	cut(&all, to, SUBJECT_MAX);
}

void
template_body(const struct template *t, const struct values *v, struct text *to)
{
	struct text all;

	text_init(&all, (size_t)4 * BODY_MAX * PLACE_N);
	for (const char *line = t->body; *line != '\0'; line++) {
		size_t len = strcspn(line, "\n");

		fill_line(line, len, v, &all, true);
		line += len;
		if (*line == '\0')
			break;
	}
	cut(&all, to, BODY_MAX);
}
