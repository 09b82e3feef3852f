/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/heap.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "notify/times.h"

void
heap_add(struct heap *t, const struct news *n, enum lang lang)
{
	char when[TIMES_LEN];
	struct text line;

	if (t->from.ms == 0)
		t->from = n->t;
	t->to = n->t;
	t->n++;
	if (n->count < NEWS_COUNT_N)
		t->counts[n->count]++;
	if (t->lines_n == HEAP_LINES) {
		t->left_out++;
		return;
	}
	text_init(&line, NEWS_SAY_LEN * 2);
	text_printf(&line, "%s  ", times_short(n->t, when));
	template_plain(&line, n->say[lang], HEAP_LINE_LEN - line.len - 8, false);
	snprintf(t->lines[t->lines_n++], HEAP_LINE_LEN, "%s", text_str(&line));
	text_fini(&line);
}

void
heap_sums(const struct heap *t, struct text *to)
{
	for (unsigned i = 0; i < NEWS_COUNT_N; i++)
		if (t->counts[i] > 0)
			text_printf(to, "%6u  %s\n", t->counts[i], news_count_words(i));
}

void
heap_list(const struct heap *t, struct text *to)
{
	for (unsigned i = 0; i < t->lines_n; i++)
		text_printf(to, "%s\n", t->lines[i]);
	if (t->left_out > 0)
		text_printf(to, _("and %u more, in the record\n"), t->left_out);
}

void
heap_write(const struct heap *t, struct jout *out, const char *key)
{
	jout_object(out, key);
	jout_int(out, "from", t->from.ms);
	jout_int(out, "to", t->to.ms);
	jout_int(out, "n", t->n);
	jout_int(out, "left_out", t->left_out);
	jout_object(out, "counts");
	for (unsigned i = 0; i < NEWS_COUNT_N; i++)
		jout_int(out, news_count_name(i), t->counts[i]);
	jout_close(out);
	jout_list(out, "lines");
	for (unsigned i = 0; i < t->lines_n; i++)
		jout_str(out, NULL, t->lines[i]);
	jout_close(out);
	jout_close(out);
}

static unsigned
number(const json_t *j, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(j, key));

	return n < 0 || n > 1000000000 ? 0 : (unsigned)n;
}

void
heap_read(struct heap *ret, const json_t *j)
{
	const json_t *lines = json_object_get(j, "lines"), *counts = json_object_get(j, "counts");
	size_t n = json_array_size(lines);

	*ret = (struct heap){ .n = number(j, "n"), .left_out = number(j, "left_out") };
	ret->from.ms = json_integer_value(json_object_get(j, "from"));
	ret->to.ms = json_integer_value(json_object_get(j, "to"));
	for (unsigned i = 0; i < NEWS_COUNT_N; i++)
		ret->counts[i] = number(counts, news_count_name(i));
	for (size_t i = 0; i < n && i < HEAP_LINES; i++) {
		const char *line = json_string_value(json_array_get(lines, i));

		if (line != NULL && strlen(line) < HEAP_LINE_LEN)
			strcpy(ret->lines[ret->lines_n++], line);
	}
}
