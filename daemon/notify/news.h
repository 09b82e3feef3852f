/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * news - what of a record is worth telling, and to whom: records in, plain data out.
 */
#ifndef SEAWALL_NOTIFY_NEWS_H
#define SEAWALL_NOTIFY_NEWS_H

#include <jansson.h>

#include "base/clock.h"
#include "base/lang.h"
#include "model/settings.h"
#include "notify/texts.h"

#define NEWS_ID_LEN 64
#define NEWS_SAY_LEN 1024
#define NEWS_DRILL "drill"	/* name of a message of a drill */

/* What a digest counts: name in files, words. */
#define COUNTS(X)								\
	X(OPENED, "opened", N_("attacks that began"))				\
	X(CLOSED, "closed", N_("attacks that ended"))				\
	X(ANNOUNCED, "announced", N_("measures asked of providers, or extended"))	\
	X(WITHDRAWN, "withdrawn", N_("measures taken back"))			\
	X(REFUSED, "refused", N_("measures refused"))				\
	X(ASKED, "asked", N_("questions to people"))				\
	X(ANSWERED, "answered", N_("of these answered"))			\
	X(EXPIRED, "expired", N_("questions that nobody answered in time"))	\
	X(BY_HAND, "by_hand", N_("things that people did by hand"))		\
	X(ALARMS, "alarms", N_("alarms"))					\
	X(CHANGES, "changes", N_("changes of the configuration"))

#define COUNT_ENUM(id, name, words) NEWS_##id,
enum news_count { COUNTS(COUNT_ENUM) NEWS_COUNT_N };

struct news {
	uint64_t n;			/* of the record */
	wall_t t, until;		/* until 0: none */
	enum tell tell;
	enum text_kind text;
	bool always;			/* never becomes part of another message */
	enum news_count count;		/* NEWS_COUNT_N: nothing that is counted */
	const char *title;		/* N_() */
	const char *name;		/* of the message; NULL: as what is told */
	char id[NEWS_ID_LEN];
	char say[2][NEWS_SAY_LEN];	/* by enum lang */
};

/* Is there something to tell?  What is odd about a record makes it no news. */
bool news_of(struct news *ret, uint64_t n, const json_t *record);
/* Does somebody want to hear it? */
bool news_wanted(const struct notify *n, enum tell tell);

const char *news_count_name(enum news_count c);
const char *news_count_words(enum news_count c);	/* in the language set */

#endif
