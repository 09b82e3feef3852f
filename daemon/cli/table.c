/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/letters.h"

#define GAP "  "

void
text_clean(struct text *out, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < ' ' || c == 0x7f) {
			text_add(out, "?");
		} else if (c == 0xc2 && (unsigned char)s[1] >= 0x80 && (unsigned char)s[1] < 0xa0) {
			text_add(out, "?");	/* C1: a terminal obeys these too */
			s++;
		} else {
			text_addn(out, s, 1);
		}
	}
}

void
text_hang(struct text *out, const char *lead, const char *words, unsigned columns)
{
	unsigned indent = letters_n(lead, strlen(lead)), column = indent;

	text_add(out, lead);
	while (*words != '\0') {
		size_t len = strcspn(words, " ");
		unsigned wide = letters_n(words, len);

		if (column > indent && column + 1 + wide > columns) {
			text_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			text_add(out, " ");
			column++;
		}
		text_addn(out, words, len);
		column += wide;
		words += len + strspn(words + len, " ");
	}
	text_add(out, "\n");
}

static void
add(struct table *t, const char *s)
{
	struct text clean;

	if (t->cells_n == t->room) {
		unsigned room = t->room != 0 ? t->room * 2 : 64;
		char **cells = reallocarray(t->cells, room, sizeof(*cells));

		if (cells == NULL)
			return;
		t->cells = cells;
		t->room = room;
	}
	text_init(&clean, TABLE_CELL_MAX);
	text_clean(&clean, s);
	t->cells[t->cells_n++] = clean.s != NULL ? clean.s : calloc(1, 1);
}

void
table_init(struct table *t, const char *heads)
{
	char copy[TABLE_CELL_MAX], *save = NULL;

	*t = (struct table){ 0 };
	snprintf(copy, sizeof(copy), "%s", heads);
	for (char *h = strtok_r(copy, "|", &save); h != NULL; h = strtok_r(NULL, "|", &save)) {
		if (*h == '>')
			t->right |= 1u << t->columns;
		add(t, *h == '>' ? h + 1 : h);
		t->columns++;
	}
}

void
table_fini(struct table *t)
{
	for (unsigned i = 0; i < t->cells_n; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct table){ 0 };
}

void
table_cell(struct table *t, const char *fmt, ...)
{
	char buf[TABLE_CELL_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	add(t, buf);
}

unsigned
table_rows(const struct table *t)
{
	return t->columns == 0 ? 0 : t->cells_n / t->columns - 1;
}

static void
render_row(struct text *out, const struct table *t, unsigned row, const unsigned *widths)
{
	for (unsigned c = 0; c < t->columns; c++) {
		const char *cell = t->cells[row * t->columns + c];
		int pad = (int)(widths[c] - letters_n(cell, strlen(cell)));
		bool last = c == t->columns - 1;

		if (t->right & 1u << c)
			text_printf(out, "%*s%s", pad, "", cell);
		else
			text_printf(out, "%s%*s", cell, last ? 0 : pad, "");
		text_add(out, last ? "\n" : GAP);
	}
}

void
table_render(struct text *out, const struct table *t)
{
	unsigned widths[TABLE_COLUMNS_MAX] = { 0 };

	for (unsigned i = 0; i < t->cells_n; i++) {
		unsigned w = letters_n(t->cells[i], strlen(t->cells[i]));
		unsigned *at = &widths[i % t->columns];

		*at = w > *at ? w : *at;
	}
	for (unsigned row = 0; row < t->cells_n / t->columns; row++)
		render_row(out, t, row, widths);
}
