/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_in - what the files of the page share. */
#ifndef SEAWALL_REPORT_PAGE_IN_H
#define SEAWALL_REPORT_PAGE_IN_H

#include "report/html.h"
#include "report/page.h"
#include "report/when.h"

extern const char page_script[];

static inline bool
page_is_public(const struct story *s)
{
	return s->view == STORY_PUBLIC;
}

/* "Nov 23, 14:05": the page says its year once, on top. */
const char *page_when(wall_t t, char buf[static WHEN_STRLEN]);

/* As it stands, line by line. */
void page_lines(struct html *h, const char *class, const char *text);

/* How many are affected, what stands, what waits; each leads to its section. */
void page_glance(struct html *h, const struct story *s);

/* Sections, each from its heading on. */
void page_attacks(struct html *h, const struct story *s);
void page_affected(struct html *h, const struct story *s);
void page_measures(struct html *h, const struct story *s);
void page_questions(struct html *h, const struct story *s);
void page_links(struct html *h, const struct story *s);
void page_traffic(struct html *h, const struct story *s);
void page_log(struct html *h, const struct story *s);
void page_watch(struct html *h, const struct story *s);
void page_record(struct html *h, const struct story *s);

#endif
