/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * page - what people watch while it happens: the state of now, made of a story (redacted before,
 * for everybody), in the language of lang_set() and the zone of when_zone().  One file: style and
 * script are in it and nothing else is asked for. A page that nobody renews any more must not look
 * calm: it says when it was written, and a script says so after PAGE_OLD_MS.
 */
#ifndef SEAWALL_REPORT_PAGE_H
#define SEAWALL_REPORT_PAGE_H

#include "base/text.h"
#include "report/story.h"

#define PAGE_OLD_MS STORY_UNWATCHED_MS
#define PAGE_MAX (8u << 20)	/* PAGE_ROWS of the longest texts */
#define PAGE_POLICY_LEN 512
#define PAGE_SENTENCES 20	/* of the log, the newest */
#define PAGE_SENTENCES_OPEN 6	/* of these, what is seen at once */
#define PAGE_ROWS 50		/* of what stands, and of everything else */
#define PAGE_HOURS_MS 21600000	/* of the picture */

enum page_state { PAGE_CALM, PAGE_ATTACK, PAGE_SILENT };

/* What the story says of the moment it was made. */
enum page_state page_state(const struct story *s);

void page_write(struct text *to, const struct story *s);

/*
 * Content-Security-Policy: our style and our script by their hashes, questions to where the page is
 * from, nothing else.
 */
const char *page_policy(char buf[static PAGE_POLICY_LEN]);

#endif
