/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * template - the text of a message with places to be filled: "Subject: {organization}: {title}", an
 * empty line, the body.  "{{" is a brace.  A line whose places are all empty is left out.  What is
 * filled in is data: it can neither end a line of the subject nor name a place.
 */
#ifndef SEAWALL_NOTIFY_TEMPLATE_H
#define SEAWALL_NOTIFY_TEMPLATE_H

#include "base/diag.h"
#include "base/text.h"

#define TEMPLATE_MAX (16 * 1024)	/* bytes of a file */
#define TEMPLATE_LINE_MAX 2000
#define SUBJECT_MAX 200
#define BODY_MAX (32 * 1024)

/* name, what it is */
#define PLACES(X)								\
	X(ORGANIZATION, "organization", "whose network it is")		\
	X(TITLE, "title", "what happened, in a few words")			\
	X(SAY, "say", "the sentence of the record")				\
	X(TIME, "time", "when, in the organization's time")			\
	X(RECORD, "record", "number of the record")				\
	X(ID, "id", "of the attack, question or measure")			\
	X(UNTIL, "until", "the end of what is said, or of the time to answer")	\
	X(COUNT, "count", "how many messages this one stands for")		\
	X(FROM, "from", "beginning of the time that it tells of")		\
	X(SUMS, "sums", "what was counted, a line each")			\
	X(LIST, "list", "what happened, a line each")				\
	X(MEMBER, "member", "the member who is told")				\
	X(CHECKPOINT, "checkpoint", "the newest signed checkpoint")		\
	X(LOST, "lost", "what could not be told before")

#define PLACE_ENUM(id, name, what) PLACE_##id,
enum place { PLACES(PLACE_ENUM) PLACE_N };

struct values {
	const char *of[PLACE_N];	/* borrowed; NULL: empty */
};

struct template {
	char *text;		/* owned */
	const char *body;	/* in it, behind the subject */
};

/*
 * Takes over nothing.  -EINVAL and file:line for an unknown place, a lone brace, a missing subject,
 * what is no UTF-8.
 */
int template_parse(struct template *ret, const char *file, const char *text, size_t len,
    struct diag *reterr);
void template_fini(struct template *t);

/* Both at most SUBJECT_MAX and BODY_MAX; what is too long is cut at a letter's end, with "...". */
void template_subject(const struct template *t, const struct values *v, struct text *to);
void template_body(const struct template *t, const struct values *v, struct text *to);

/* Appends what may stand in a line: no control character, in valid UTF-8, at most `max` bytes. */
void template_plain(struct text *to, const char *s, size_t max, bool lines);

#endif
