/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document - the report of a story as headings, sentences, tables and pictures, in the language of
 * lang_set().  What is said is said here alone: text and HTML are two ways to write the same
 * document.  Borrowed until the call returns.
 */
#ifndef SEAWALL_REPORT_DOCUMENT_H
#define SEAWALL_REPORT_DOCUMENT_H

#include "report/story.h"

#define TABLE_COLUMNS 8

enum picture {
	PICTURE_TRAFFIC,	/* story: attack, dropped, what stood when */
	PICTURE_LINKS,		/* story: links */
	PICTURE_ATTACK		/* of attack `i`: traffic, dropped, measures */
};

enum cell { CELL_TEXT, CELL_NUMBER, CELL_CODE };

struct column { const char *head; enum cell kind; };

/* Each may be NULL. */
struct document {
	void (*title)(void *ctx, const char *title, const char *subtitle);
	/* level 2, 3; anchor: a word of its own, for links */
	void (*heading)(void *ctx, unsigned level, const char *anchor, const char *text);
	void (*sentence)(void *ctx, const char *text);		/* a paragraph */
	void (*warning)(void *ctx, const char *text);		/* one that must be seen */
	void (*answer)(void *ctx, const char *question, const char *answer);
	/* of a list; ends with anything else */
	void (*item)(void *ctx, const char *text);
	void (*code)(void *ctx, const char *text);		/* lines as they are */
	void (*table)(void *ctx, const char *caption, const struct column *columns, unsigned n);
	/* the first names the row */
	void (*row)(void *ctx, const char *const *cells, unsigned n);
	void (*table_end)(void *ctx);
	void (*picture)(void *ctx, enum picture p, const struct story *s, unsigned i,
	    const char *title, const char *description);
};

void document_write(const struct story *s, const struct document *to, void *ctx);

#endif
