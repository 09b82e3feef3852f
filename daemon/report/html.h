/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * html - HTML written straight into a text: whole pages of one file, with the one style sheet
 * (style.css) inside. Every text and every attribute's value is hostile: escaped, its bytes that
 * are no UTF-8, its control and its direction-changing characters replaced, and cut at
 * HTML_TEXT_MAX.  Names of elements, attributes and classes are ours. Allocates nothing beside the
 * text.
 *
 * 	html_begin(&h, &out, &(struct html_page){ .title = title });
 * 	html_open(&h, "main", "id", "main", NULL);
 * 	html_heading(&h, 1, NULL, title);
 * 	html_el(&h, "p", "lead", words);
 * 	html_close(&h);
 * 	html_end(&h);
 */
#ifndef SEAWALL_REPORT_HTML_H
#define SEAWALL_REPORT_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define HTML_DEPTH 24
#define HTML_COLUMNS 8
#define HTML_TEXT_MAX 4096	/* bytes of one text */

struct html_column {
	const char *name;
	bool figure;		/* stands at the right */
};

struct html {
	struct text *to;	/* borrowed */
	const char *open[HTML_DEPTH];	/* elements */
	unsigned depth;
	unsigned ids;		/* given to pictures */
	struct {		/* the one that is open */
		const struct html_column *columns;	/* borrowed */
		unsigned n, at;
		bool in_row, in_cell;
	} table;
};

struct html_page {
	const char *title;
	const char *about;	/* for who finds the page in a list; NULL: none */
	const char *kind;	/* class of the body; NULL: none */
	/* Content-Security-Policy; NULL: nothing from anywhere, and no script */
	const char *policy;
	const char *script;	/* our own, without "</"; NULL: none */
	/* the page asks for itself again, unless its script does; 0: never */
	unsigned refresh_s;
};

/*
 * Up to <body> and the link past what is the same on each page: the caller's main element has the
 * id "main".
 */
void html_begin(struct html *h, struct text *to, const struct html_page *page);
void html_end(struct html *h);		/* closes whatever is open */

/* A part of a page: no head, no style. */
void html_part(struct html *h, struct text *to);

/* Attributes as names and values, then NULL; a value of NULL leaves its attribute out. */
void html_open(struct html *h, const char *tag, ...) __attribute__((sentinel));
void html_close(struct html *h);
void html_text(struct html *h, const char *s);
void html_printf(struct html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A whole element; class may be NULL. */
void html_el(struct html *h, const char *tag, const char *class, const char *s);
void html_heading(struct html *h, unsigned level, const char *id, const char *s);
/* Only to https, http, mailto, a place of this page or a file beside it; else the words alone. */
void html_link(struct html *h, const char *href, const char *s);
void html_fact(struct html *h, const char *question, const char *answer);	/* within a <dl> */

/*
 * Tables.  The first cell of a row is its header.  On a phone each row of more than two becomes a
 * card whose cells say their column's name; the roles say that it is a table nevertheless.
 */
void html_table(struct html *h, const char *caption, const struct html_column *columns, unsigned n);
/* closes the one before; "sum" is the last line of a column */
void html_row(struct html *h, const char *class);
void html_cell(struct html *h, const char *s);
void html_cell_open(struct html *h);	/* closed by the next cell, row or html_table_end() */
void html_table_end(struct html *h);

#endif
