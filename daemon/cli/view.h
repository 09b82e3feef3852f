/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view - what `seawall watch` shows: the status lines of the daemon as lines of a terminal.  Pure:
 * the same lines, size and clock make the same screen.  What matters most comes first; what finds
 * no room is counted.
 */
#ifndef SEAWALL_CLI_VIEW_H
#define SEAWALL_CLI_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/text.h"

#define VIEW_ROWS_MAX 256
#define VIEW_COLUMNS_MAX 512
#define VIEW_ID_LEN 24
#define VIEW_ITEMS_MAX 1024

/* How a line looks; each one says in words, too, what its colour says. */
enum view_look {
	VIEW_PLAIN, VIEW_TITLE, VIEW_GOOD, VIEW_WARN, VIEW_BAD, VIEW_FOOT,
	VIEW_HEAD_CALM, VIEW_HEAD_ENDING, VIEW_HEAD_ATTACK, VIEW_HEAD_OLD, VIEW_LOOK_N
};

struct view_line {
	struct text text;	/* owned; at most as many columns as there are */
	enum view_look look;
	bool selected, old;
};

struct view {
	unsigned rows, columns, n;
	unsigned scroll_most;	/* of a page: how far it can be moved */
	struct view_line lines[VIEW_ROWS_MAX];
};

/* What is shown and for whom.  All borrowed. */
struct view_of {
	const json_t *lines;	/* of the last answer; NULL: there was none yet */
	wall_t now;
	int64_t silent_ms;	/* how long there has been none; 0: the lines are of now */
	const char *why;	/* there is none; "" */
	unsigned rows, columns;
	bool utf8, keys;	/* keys: somebody can press them */
	const char *selected;	/* id; "": nothing */
	const char *note;	/* last line, in place of the keys; "" */
};

/* What can be chosen, in the order of the screen: ids; alarms are "!1", "!2".  Returns how many. */
unsigned view_items(const json_t *lines, char (*ret)[VIEW_ID_LEN], unsigned max);
/* The line of an id, borrowed; NULL: it is not there (any more). */
const json_t *view_item(const json_t *lines, const char *id);
/* The network that a rule, question or announcement is about, hosts without their length. */
void view_target(struct text *out, const json_t *line);
/* Minutes as long as there are many, then seconds: few bytes, when many of them count down. */
void view_left(struct text *out, wall_t until, wall_t now);
/* All that is wrong, in full. */
void view_alarms(struct text *out, const json_t *lines, wall_t now);

/* A text of any length in place of the list, from its line `scroll` on. */
struct view_page {
	const char *title, *text, *foot;
	enum view_look look;	/* of the title */
	unsigned scroll;
};

void view_init(struct view *v);
void view_fini(struct view *v);
void view_list(struct view *v, const struct view_of *of);
/* Of `of` the size and the terminal matter, and how long there was no answer. */
void view_show(struct view *v, const struct view_of *of, const struct view_page *page);

#endif
