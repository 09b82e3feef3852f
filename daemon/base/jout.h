/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jout - JSON written straight into a text, without a tree of it: compact, and the members of each
 * object sorted by their keys, in whatever order they are written.  What json_dumps(JSON_COMPACT |
 * JSON_SORT_KEYS) writes of the same.
 *
 * 	jout_init(&j, &text);
 * 	jout_object(&j, NULL);
 * 	jout_str(&j, "id", "m17");
 * 	jout_list(&j, "via");
 * 	jout_str(&j, NULL, "a");
 * 	jout_close(&j);
 * 	jout_close(&j);
 * 	jout_fini(&j);
 *
 * A key goes with each member of an object, NULL with each entry of a list.  What does not fit
 * makes the text bad.
 */
#ifndef SEAWALL_BASE_JOUT_H
#define SEAWALL_BASE_JOUT_H

#include <jansson.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/text.h"

#define JOUT_DEPTH 32

struct jout {
	struct text *to;		/* borrowed */
	struct text spare;		/* an object being sorted */
	struct jout_member {
		size_t at;		/* in the text */
		size_t len;		/* of its key, without the quotes */
		size_t end;		/* of it, while it is sorted */
	} *members;			/* owned: of the objects that are open */
	unsigned n, room, depth;
	struct {
		bool object, unsorted;
		unsigned first;		/* of members */
	} open[JOUT_DEPTH];
	bool twice;			/* a key came twice in an object */
	/* to be set: members stay in their order, as people like to read them */
	bool as_written;
};

void jout_init(struct jout *j, struct text *to);
void jout_fini(struct jout *j);

void jout_object(struct jout *j, const char *key);
void jout_list(struct jout *j, const char *key);
void jout_close(struct jout *j);

/* NULL: "".  JSON is UTF-8: a text that is not keeps its ASCII, and '?' for each other byte. */
void jout_str(struct jout *j, const char *key, const char *s);
void jout_int(struct jout *j, const char *key, int64_t n);
/* null: JSON has no other numbers */
void jout_real(struct jout *j, const char *key, double d);
void jout_bool(struct jout *j, const char *key, bool yes);
void jout_null(struct jout *j, const char *key);
/* RFC 3339; null: never, or not yet */
void jout_time(struct jout *j, const char *key, wall_t t);
void jout_tree(struct jout *j, const char *key, const json_t *tree);

/* The members of an object, into the one that is open. */
void jout_members(struct jout *j, const json_t *object);

/* The text as a tree: new reference, NULL without memory or when the text is bad. */
json_t *jout_read(const struct text *t);

#endif
