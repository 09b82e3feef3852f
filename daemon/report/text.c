/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/letters.h"
#include "base/units.h"
#include "report/document.h"
#include "report/when.h"

#define WIDTH 100
#define NARROWEST 18		/* of a column whose words are wrapped */
#define GAP 2
#define BARS 60

struct page {
	struct text *out;
	bool in_items;
	/* the table that is open */
	struct column columns[TABLE_COLUMNS];
	unsigned columns_n, cells_n, room;
	char **cells;		/* owned, each too */
};

/* ---- words --------------------------------------------------------------- */

/* What came from others must not move the cursor. */
static void
add_clean(struct text *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text_addn(out, (unsigned char)s[i] < 0x20 || s[i] == 0x7f ? "?" : &s[i], 1);
}

/*
 * How much of s goes on a line of so many characters: up to a blank, or so many if there is none.
 */
static size_t
line_of(const char *s, unsigned width)
{
	size_t n = 0, blank = 0;
	unsigned chars = 0;

	for (; s[n] != '\0' && s[n] != '\n'; n++) {
		if (!letters_continues(s[n]) && chars++ == width)
			return blank > 0 ? blank : n;
		if (s[n] == ' ')
			blank = n;
	}
	return n;
}

static const char *
after(const char *s, size_t n)
{
	return s[n] == ' ' || s[n] == '\n' ? s + n + 1 : s + n;
}

static void
add_wrapped(struct text *out, const char *s, const char *first, const char *rest)
{
	const char *margin = first;

	do {
		size_t n = line_of(s, WIDTH - letters_n(margin, strlen(margin)));

		text_add(out, margin);
		add_clean(out, s, n);
		text_add(out, "\n");
		s = after(s, n);
		margin = rest;
	} while (*s != '\0');
}

/* ---- the sink ------------------------------------------------------------ */

static void
end_items(struct page *p)
{
	if (p->in_items)
		text_add(p->out, "\n");
	p->in_items = false;
}

static void
on_title(void *ctx, const char *title, const char *subtitle)
{
	struct page *p = ctx;

	add_wrapped(p->out, title, "", "");
	for (unsigned i = letters_n(title, strlen(title)) < WIDTH ? letters_n(title, strlen(title))
								 : WIDTH;
	     i > 0; i--)
		text_add(p->out, "=");
	text_add(p->out, "\n");
	add_wrapped(p->out, subtitle, "", "");
	text_add(p->out, "\n");
}

static void
on_heading(void *ctx, unsigned level, const char *anchor, const char *text)
{
	struct page *p = ctx;

	(void)anchor;
	end_items(p);
	text_add(p->out, "\n");
	add_wrapped(p->out, text, "", "");
	for (unsigned i = letters_n(text, strlen(text)) < WIDTH ? letters_n(text, strlen(text))
							       : WIDTH;
	     level == 2 && i > 0; i--)
		text_add(p->out, "-");
	text_add(p->out, level == 2 ? "\n\n" : "\n");
}

static void
on_sentence(void *ctx, const char *text)
{
	struct page *p = ctx;

	end_items(p);
	add_wrapped(p->out, text, "", "");
	text_add(p->out, "\n");
}

static void
on_warning(void *ctx, const char *text)
{
	struct page *p = ctx;

	end_items(p);
	add_wrapped(p->out, text, "!! ", "!! ");
	text_add(p->out, "\n");
}

static void
on_answer(void *ctx, const char *question, const char *answer)
{
	struct page *p = ctx;

	end_items(p);
	add_wrapped(p->out, question, "", "");
	add_wrapped(p->out, answer, "    ", "    ");
	text_add(p->out, "\n");
}

static void
on_item(void *ctx, const char *text)
{
	struct page *p = ctx;

	add_wrapped(p->out, text, "  - ", "    ");
	p->in_items = true;
}

static void
on_code(void *ctx, const char *text)
{
	struct page *p = ctx;

	end_items(p);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		text_add(p->out, "    ");
		add_clean(p->out, text, n);
		text_add(p->out, "\n");
		text += n + (text[n] == '\n');
	}
	text_add(p->out, "\n");
}

/* ---- tables -------------------------------------------------------------- */

static void
on_table(void *ctx, const char *caption, const struct column *columns, unsigned n)
{
	struct page *p = ctx;

	end_items(p);
	p->columns_n = n < TABLE_COLUMNS ? n : TABLE_COLUMNS;
	memcpy(p->columns, columns, p->columns_n * sizeof(*columns));
	p->cells_n = 0;
	text_add(p->out, "\n");
	add_wrapped(p->out, caption, "", "");
	text_add(p->out, "\n");
}

static void
add_cell(struct page *p, const char *s)
{
	unsigned room = p->room == 0 ? 64 : p->room * 2;
	char **more;

	if (p->cells_n == p->room) {
		more = reallocarray(p->cells, room, sizeof(*more));
		if (more == NULL) {
			p->out->bad = true;
			return;
		}
		p->cells = more;
		p->room = room;
	}
	p->cells[p->cells_n] = strdup(s);
	if (p->cells[p->cells_n] == NULL)
		p->out->bad = true;
	else
		p->cells_n++;
}

static void
on_row(void *ctx, const char *const *cells, unsigned n)
{
	struct page *p = ctx;

	for (unsigned i = 0; i < p->columns_n; i++)
		add_cell(p, i < n ? cells[i] : "");
}

static unsigned
widest(const unsigned *widths, unsigned n)
{
	unsigned at = 0;

	for (unsigned i = 1; i < n; i++)
		at = widths[i] > widths[at] ? i : at;
	return at;
}

/* How wide each column is, within WIDTH; false: they do not fit. */
static bool
fit(const struct page *p, unsigned *ret)
{
	unsigned sum = GAP * (p->columns_n - 1);

	for (unsigned c = 0; c < p->columns_n; c++) {
		ret[c] = letters_n(p->columns[c].head, strlen(p->columns[c].head));
		for (unsigned i = c; i < p->cells_n; i += p->columns_n) {
			unsigned w = letters_n(p->cells[i], strlen(p->cells[i]));

			ret[c] = w > ret[c] ? w : ret[c];
		}
		ret[c] = ret[c] > WIDTH ? WIDTH : ret[c];
		sum += ret[c];
	}
	for (unsigned c = widest(ret, p->columns_n); sum > WIDTH && ret[c] > NARROWEST;
	     c = widest(ret, p->columns_n)) {
		ret[c]--;
		sum--;
	}
	return sum <= WIDTH;
}

static void
pad(struct text *out, unsigned n)
{
	while (n-- > 0)
		text_add(out, " ");
}

/* One row, as many lines as its longest cell has. */
static void
row_lines(struct page *p, const char **rest, const unsigned *widths)
{
	bool more = true;

	while (more) {
		size_t start = p->out->len;

		more = false;
		for (unsigned c = 0; c < p->columns_n; c++) {
			size_t n = line_of(rest[c], widths[c]);
			unsigned gap = widths[c] - letters_n(rest[c], n);

			pad(p->out,
			    (c > 0 ? GAP : 0) + (p->columns[c].kind == CELL_NUMBER ? gap : 0));
			add_clean(p->out, rest[c], n);
			pad(p->out, p->columns[c].kind == CELL_NUMBER ? 0 : gap);
			rest[c] = after(rest[c], n);
			more |= *rest[c] != '\0';
		}
		while (p->out->len > start && p->out->s[p->out->len - 1] == ' ')
			p->out->s[--p->out->len] = '\0';
		text_add(p->out, "\n");
	}
}

static void
as_columns(struct page *p, const unsigned *widths)
{
	const char *rest[TABLE_COLUMNS];

	for (unsigned c = 0; c < p->columns_n; c++)
		rest[c] = p->columns[c].head;
	row_lines(p, rest, widths);
	for (unsigned c = 0; c < p->columns_n; c++) {
		pad(p->out, c > 0 ? GAP : 0);
		for (unsigned i = 0; i < widths[c]; i++)
			text_add(p->out, "-");
	}
	text_add(p->out, "\n");
	for (unsigned i = 0; i + p->columns_n <= p->cells_n; i += p->columns_n) {
		for (unsigned c = 0; c < p->columns_n; c++)
			rest[c] = p->cells[i + c];
		row_lines(p, rest, widths);
	}
}

static void
as_cards(struct page *p)
{
	struct text line;

	text_init(&line, 65536);
	for (unsigned i = 0; i < p->cells_n; i++) {
		unsigned c = i % p->columns_n;

		text_clear(&line);
		text_printf(&line, "%s: %s", p->columns[c].head, p->cells[i]);
		add_wrapped(p->out, text_str(&line), c == 0 ? "  " : "      ", "        ");
	}
	text_fini(&line);
}

static void
on_table_end(void *ctx)
{
	struct page *p = ctx;
	unsigned widths[TABLE_COLUMNS];

	if (p->columns_n > 0 && fit(p, widths))
		as_columns(p, widths);
	else
		as_cards(p);
	text_add(p->out, "\n");
	for (unsigned i = 0; i < p->cells_n; i++)
		free(p->cells[i]);
	p->cells_n = 0;
}

/* ---- pictures ------------------------------------------------------------ */

static void
bars(struct text *out, const char *name, const struct series *s)
{
	static const char *const heights[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	float top = 0, bins[BARS];
	unsigned n = s->n < BARS ? s->n : BARS;

	for (unsigned i = 0; i < n; i++) {
		bins[i] = NAN;
		for (unsigned k = i * s->n / n; k < (i + 1) * s->n / n; k++)
			bins[i] = fmaxf(bins[i], s->most[k]);
		top = fmaxf(top, bins[i]);
	}
	text_add(out, "  ");
	for (unsigned i = 0; i < n; i++)
		text_add(out,
		    isnan(bins[i]) ? " "
			: top <= 0 ? heights[0]
				   : heights[(int)(bins[i] / top * 7)]);
	text_add(out, "  ");
	add_clean(out, name, strlen(name));
	text_add(out, "\n");
}

static void
one(struct page *p, const char *name, const struct series *s)
{
	char label[256], rate[64], range[WHEN_STRLEN];
	double top = NAN;

	if (s == NULL || s->n == 0)
		return;
	for (unsigned i = 0; i < s->n; i++)
		top = fmax(top, s->most[i]);
	if (isnan(top))
		return;
	units_rate_str(top, "bit/s", rate, sizeof(rate));
	snprintf(label, sizeof(label), _("%1$s: at the most %2$s (%3$s)"), name, rate,
	    when_range(s->from, wall_add_ms(s->from, s->bin_ms * s->n), range));
	bars(p->out, label, s);
}

static void
on_picture(void *ctx, enum picture kind, const struct story *s, unsigned i, const char *title,
    const char *description)
{
	struct page *p = ctx;
	char name[NAME_MAX_LEN];

	(void)description;
	end_items(p);
	add_wrapped(p->out, title, "", "");
	switch (kind) {
	case PICTURE_TRAFFIC:
		one(p, _("arrived"), &s->attacks_only);
		for (unsigned u = 0; u < s->upstreams_n; u++)
			one(p, story_upstream(s, u, name), &s->upstreams[u].dropped);
		break;
	case PICTURE_LINKS:
		for (unsigned l = 0; l < s->links_n; l++)
			one(p, s->links[l].name, &s->links[l].load);
		break;
	case PICTURE_ATTACK:
		one(p, _("arrived"), s->attacks[i].traffic);
		one(p, _("dropped by providers"), s->attacks[i].dropped);
		break;
	}
	text_add(p->out, "\n");
}

void
report_text(struct text *out, const struct story *s)
{
	static const struct document sink = {
		.title = on_title,
		.heading = on_heading,
		.sentence = on_sentence,
		.warning = on_warning,
		.answer = on_answer,
		.item = on_item,
		.code = on_code,
		.table = on_table,
		.row = on_row,
		.table_end = on_table_end,
		.picture = on_picture,
	};
	struct page p = { .out = out };

	document_write(s, &sink, &p);
	end_items(&p);
	free(p.cells);
}
