/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keys - what pressed keys mean in the live view.  Pure: no terminal, no clock, no socket.
 * A deed takes three steps: its key, what it needs to know, and one capital letter on a page that
 * has been there for a moment; no other way leads to a request.
 */
#ifndef SEAWALL_CLI_KEYS_H
#define SEAWALL_CLI_KEYS_H

#include "cli/deed.h"

#define KEYS_SEEN_MS 700	/* a page must have been there so long before its letter counts */

/* Beyond all characters. */
enum key_code {
	KEYS_NONE = 0x110000,
	KEYS_UP,
	KEYS_DOWN,
	KEYS_PAGE_UP,
	KEYS_PAGE_DOWN,
	KEYS_FIRST,
	KEYS_LAST,
	KEYS_ENTER,
	KEYS_ESC,
	KEYS_RUBOUT,
	KEYS_CLEAR
};

enum keys_mode { KEYS_LIST, KEYS_PAGE, KEYS_FIELD, KEYS_CONFIRM, KEYS_ASKING, KEYS_QUIT };

struct keys {
	enum keys_mode mode;
	char selected[VIEW_ID_LEN];
	unsigned at;		/* its place, for when it goes */
	/* somebody chose it: it stays when something more important comes */
	bool by_hand;
	char note[512];		/* what the last key came to; "" */
	unsigned noted;		/* answers since then */
	struct deed deed;	/* of FIELD, CONFIRM and ASKING; kind DEED_N: none */
	enum deed_field field;
	int64_t since_ms;	/* of CONFIRM */
	unsigned scroll;
	char title[128];	/* of PAGE */
	struct text page;
	/* what is to be shown; what is selected may move before the answer */
	char asked[VIEW_ID_LEN];
	json_t *ask;		/* to be asked now; owned */
};

/* What is on the screen when a key is pressed. */
struct keys_world {
	const json_t *lines;
	bool current;		/* the daemon answers */
	wall_t now;
	int64_t ms;		/* of a clock that goes on */
	unsigned rows, scroll_most;
};

void keys_init(struct keys *k);
void keys_fini(struct keys *k);
void keys_press(struct keys *k, const struct keys_world *w, int key);
/* New lines: what is selected stays so by its id, or gives way to what stands in its place. */
void keys_lines(struct keys *k, const json_t *lines);
/* The request, if there is one: the caller's from now on. */
json_t *keys_take(struct keys *k);
/* What was answered to it.  Later than somebody went away from it: nothing happens. */
void keys_answer(struct keys *k, int exit, const json_t *lines, const char *why, wall_t now);
/* The letter that confirms, in the language set. */
int keys_yes(void);

/* What is to be shown in place of the list; false: the list.  Texts are borrowed from *buf. */
bool keys_page(const struct keys *k, const struct keys_world *w, struct view_page *ret,
    struct text *buf);

#endif
