/* SPDX-License-Identifier: GPL-3.0-or-later */
/* document_in - the inside of the document: what document*.c share; nobody else includes it. */
#ifndef SEAWALL_REPORT_DOCUMENT_IN_H
#define SEAWALL_REPORT_DOCUMENT_IN_H

#include "base/text.h"
#include "report/document.h"
#include "report/when.h"

#define SENTENCE_MAX 16384
#define ROWS_MAX 40		/* of one table; JSON has all */
#define ATTACKS_TOLD 20		/* one by one */

struct doc {
	const struct document *to;
	void *ctx;
	const struct story *s;
	struct text t;		/* to write in */
};

void doc_heading(struct doc *d, unsigned level, const char *anchor, const char *text);
void doc_say(struct doc *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void doc_warn(struct doc *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void doc_item(struct doc *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void doc_table(struct doc *d, const char *caption, const struct column *columns, unsigned n);
void doc_row(struct doc *d, const char *const *cells, unsigned n);
void doc_table_end(struct doc *d);
/* After a table that was cut at ROWS_MAX of n. */
void doc_more(struct doc *d, unsigned n);
/*
 * The places 0 to n - 1, those first that come first by `cmp`, whose third argument is the story;
 * NULL: no memory.
 */
unsigned *doc_order(const struct doc *d, unsigned n,
    int (*cmp)(const void *a, const void *b, void *story));

/* "1.2 Gbit/s", "85 %", "-" for NAN; return buf. */
const char *doc_rate(double bps, char buf[static WHEN_STRLEN]);
const char *doc_share(double share, char buf[static WHEN_STRLEN]);
const char *doc_time(wall_t t, char buf[static WHEN_STRLEN]);	/* "Nov 23, 14:05:09"; "-" */
const char *doc_member(const struct story *s, uint32_t member);
const char *doc_rule(const struct measure *m);	/* in words, or what kind of measure */
/* A name, or the words for the role that stands for it. */
const char *doc_person(const struct doc *d, const char *name);
/* "transit-a, transit-b" of a bit set, or "all providers". */
void doc_upstreams(struct text *out, const struct story *s, uint32_t upstreams);
/* Is what a committee alone is shown in it? */
static inline bool
doc_whole(const struct doc *d)
{
	return d->s->view == STORY_COMMITTEE;
}

void document_short(struct doc *d);
void document_attacks(struct doc *d);
void document_measures(struct doc *d);
void document_affected(struct doc *d);
void document_people(struct doc *d);
void document_blind(struct doc *d);
void document_wrong(struct doc *d);
void document_without(struct doc *d);
void document_check(struct doc *d);
void document_timeline(struct doc *d);

#endif
