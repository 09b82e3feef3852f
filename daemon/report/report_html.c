/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/report_html.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "report/document.h"
#include "report/html.h"
#include "report/pictures.h"
#include "report/when.h"

#define CONTENTS_MAX 24
#define BROAD 5			/* columns from which a table takes the whole width */

enum within { NOTHING, FACTS, ITEMS, TABLE };

struct sheet {
	struct html h;
	struct text *out;
	enum within within;	/* a list or table that the next thing of another kind ends */
	bool in_main, in_section;
	unsigned sections;
	struct html_column columns[HTML_COLUMNS];
	bool code[HTML_COLUMNS];
	unsigned columns_n;
	struct { char anchor[32], text[160]; } contents[CONTENTS_MAX];
	unsigned contents_n;
};

/* ---- first: what there will be */

static void
note_heading(void *ctx, unsigned level, const char *anchor, const char *text)
{
	struct sheet *p = ctx;

	if (level != 2 || p->contents_n == CONTENTS_MAX)
		return;
	snprintf(p->contents[p->contents_n].anchor, sizeof(p->contents[0].anchor), "%s", anchor);
	snprintf(p->contents[p->contents_n].text, sizeof(p->contents[0].text), "%s", text);
	p->contents_n++;
}

static void
write_contents(struct sheet *p)
{
	char href[40];

	html_open(&p->h, "nav", "class", "contents", "aria-labelledby", "contents", NULL);
	html_open(&p->h, "p", "id", "contents", NULL);
	html_text(&p->h, _("In this report"));
	html_close(&p->h);
	html_open(&p->h, "ol", NULL);
	for (unsigned i = 1; i < p->contents_n; i++) {
		snprintf(href, sizeof(href), "#%s", p->contents[i].anchor);
		html_open(&p->h, "li", NULL);
		html_link(&p->h, href, p->contents[i].text);
		html_close(&p->h);
	}
	html_close(&p->h);
	html_close(&p->h);
}

/* ---- then: itself */

static void
end_within(struct sheet *p)
{
	if (p->within == FACTS || p->within == ITEMS)
		html_close(&p->h);
	p->within = NOTHING;
}

static void
begin_main(struct sheet *p)
{
	if (p->in_main)
		return;
	html_open(&p->h, "main", "id", "main", NULL);
	p->in_main = true;
}

static void
end_section(struct sheet *p)
{
	end_within(p);
	if (!p->in_section)
		return;
	if (p->sections == 1 && p->contents_n > 2)
		write_contents(p);
	html_close(&p->h);
	p->in_section = false;
}

static void
on_title(void *ctx, const char *title, const char *subtitle)
{
	struct sheet *p = ctx;

	html_begin(&p->h, p->out,
	    &(struct html_page){ .title = title, .about = subtitle, .kind = "report" });
	html_open(&p->h, "header", NULL);
	html_heading(&p->h, 1, NULL, title);
	html_el(&p->h, "p", NULL, subtitle);
	html_close(&p->h);
	begin_main(p);
}

static void
on_heading(void *ctx, unsigned level, const char *anchor, const char *text)
{
	struct sheet *p = ctx;

	end_within(p);
	begin_main(p);
	if (level == 2) {
		end_section(p);
		html_open(&p->h, "section", "aria-labelledby", anchor, "class",
		    p->sections == 0 ? "short" : NULL, NULL);
		p->in_section = true;
		p->sections++;
	}
	html_heading(&p->h, level, anchor, text);
}

static void
on_sentence(void *ctx, const char *text)
{
	struct sheet *p = ctx;

	end_within(p);
	begin_main(p);
	html_el(&p->h, "p", NULL, text);
}

static void
on_warning(void *ctx, const char *text)
{
	struct sheet *p = ctx;

	end_within(p);
	begin_main(p);
	html_el(&p->h, "p", "warning", text);
}

static void
on_answer(void *ctx, const char *question, const char *answer)
{
	struct sheet *p = ctx;

	if (p->within != FACTS) {
		end_within(p);
		html_open(&p->h, "dl", "class", "facts", NULL);
		p->within = FACTS;
	}
	html_fact(&p->h, question, answer);
}

static void
on_item(void *ctx, const char *text)
{
	struct sheet *p = ctx;

	if (p->within != ITEMS) {
		end_within(p);
		html_open(&p->h, "ul", NULL);
		p->within = ITEMS;
	}
	html_el(&p->h, "li", NULL, text);
}

/* Line by line: one of them is bounded, all of them are not. */
static void
on_code(void *ctx, const char *text)
{
	struct sheet *p = ctx;
	char line[1024];

	end_within(p);
	html_open(&p->h, "pre", NULL);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)(n < sizeof(line) ? n : sizeof(line) - 1),
		    text);
		html_text(&p->h, line);
		text += n + (text[n] == '\n');
		if (*text != '\0')
			text_add(p->out, "\n");
	}
	html_close(&p->h);
}

static void
on_table(void *ctx, const char *caption, const struct column *columns, unsigned n)
{
	struct sheet *p = ctx;

	end_within(p);
	begin_main(p);
	p->columns_n = n < HTML_COLUMNS ? n : HTML_COLUMNS;
	for (unsigned i = 0; i < p->columns_n; i++) {
		p->columns[i] =
		    (struct html_column){ columns[i].head, columns[i].kind == CELL_NUMBER };
		p->code[i] = columns[i].kind == CELL_CODE;
	}
	html_open(&p->h, "div", "class", p->columns_n >= BROAD ? "table broad" : "table", NULL);
	html_table(&p->h, caption, p->columns, p->columns_n);
	p->within = TABLE;
}

static void
on_row(void *ctx, const char *const *cells, unsigned n)
{
	struct sheet *p = ctx;

	html_row(&p->h, n > 0 && strcmp(cells[0], _("Together")) == 0 ? "sum" : NULL);
	for (unsigned i = 0; i < p->columns_n; i++) {
		html_cell_open(&p->h);
		if (p->code[i] && i < n)
			html_el(&p->h, "span", "code", cells[i]);
		else
			html_text(&p->h, i < n ? cells[i] : "");
	}
}

static void
on_table_end(void *ctx)
{
	struct sheet *p = ctx;

	html_table_end(&p->h);
	html_close(&p->h);
	p->within = NOTHING;
}

static void
on_picture(void *ctx, enum picture picture, const struct story *s, unsigned i, const char *title,
    const char *description)
{
	struct sheet *p = ctx;

	end_within(p);
	begin_main(p);
	pictures_draw(&p->h, picture, s, i, title, description);
}

static void
write_footer(struct sheet *p, const struct story *s)
{
	char when[WHEN_STRLEN], here[WHEN_STRLEN];

	html_open(&p->h, "footer", NULL);
	html_open(&p->h, "p", NULL);
	html_printf(&p->h, _("Made by Seawall from its record on %1$s, %2$s."),
	    when_full(s->made, when), when_here(s->made, here));
	html_close(&p->h);
	html_close(&p->h);
}

void
report_html(struct text *out, const struct story *s)
{
	static const struct document look = { .heading = note_heading };
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
	struct sheet p = { .out = out };

	document_write(s, &look, &p);
	document_write(s, &sink, &p);
	end_section(&p);
	html_close(&p.h);
	write_footer(&p, s);
	html_end(&p.h);
}
