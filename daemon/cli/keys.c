/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/keys.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/letters.h"
#include "cli/cli.h"
#include "cli/pending.h"
#include "cli/screen.h"

#define LEAP 5	/* lines of the list that a page key moves */
#define LAST_CHARACTER 0x10ffff
#define NOTED 5	/* answers that a note outlasts */

void
keys_init(struct keys *k)
{
	*k = (struct keys){ .deed.kind = DEED_N };
	text_init(&k->page, SCREEN_MAX);
}

void
keys_fini(struct keys *k)
{
	deed_end(&k->deed);
	json_decref(k->ask);
	text_fini(&k->page);
}

int
keys_yes(void)
{
	return lang_get() == LANG_ES ? 'S' : 'Y';
}

json_t *
keys_take(struct keys *k)
{
	json_t *q = k->ask;

	k->ask = NULL;
	return q;
}

static void
say(struct keys *k, const char *note)
{
	snprintf(k->note, sizeof(k->note), "%s", note);
	k->noted = 0;
}

static void
to_list(struct keys *k, const char *note)
{
	deed_end(&k->deed);
	k->deed.kind = DEED_N;
	json_decref(keys_take(k));
	k->mode = KEYS_LIST;
	k->scroll = 0;
	say(k, note);
}

static void
to_page(struct keys *k, const char *title)
{
	snprintf(k->title, sizeof(k->title), "%s", title);
	k->mode = KEYS_PAGE;
	k->scroll = 0;
}

/* ---- the list ------------------------------------------------------------ */

/* `to` is its place among all; beyond them: the last one. */
static void
choose(struct keys *k, char (*ids)[VIEW_ID_LEN], unsigned n, unsigned to)
{
	k->selected[0] = '\0';
	if (n == 0)
		return;
	k->at = to < n ? to : n - 1;
	memcpy(k->selected, ids[k->at], VIEW_ID_LEN);
}

void
keys_lines(struct keys *k, const json_t *lines)
{
	char ids[VIEW_ITEMS_MAX][VIEW_ID_LEN];
	unsigned n = view_items(lines, ids, VIEW_ITEMS_MAX);

	if (k->mode == KEYS_LIST && k->noted++ >= NOTED)
		k->note[0] = '\0';
	for (unsigned i = 0; i < n && k->by_hand; i++)
		if (strcmp(ids[i], k->selected) == 0) {
			k->at = i;
			return;
		}
	choose(k, ids, n, k->by_hand ? k->at : 0);
}

static void
move(struct keys *k, const json_t *lines, long by)
{
	char ids[VIEW_ITEMS_MAX][VIEW_ID_LEN];
	unsigned n = view_items(lines, ids, VIEW_ITEMS_MAX), at = 0;
	long to;

	while (at < n && strcmp(ids[at], k->selected) != 0)
		at++;
	to = (at < n ? (long)at : (long)k->at) + by;
	k->by_hand = true;
	choose(k, ids, n, to < 0 ? 0 : (unsigned)to);
}

static void
help(struct keys *k)
{
	text_clear(&k->page);
	text_add(&k->page, _("up, down, j, k   choose a line\n"
			     "Enter            show all that is known of it\n"
			     "e                extend an announcement\n"
			     "w                withdraw an announcement\n"
			     "a, d             say yes or no to what waits\n"
			     "p                pause automatic actions, or resume them\n"
			     "q                quit; the daemon goes on without you\n"
			     "Ctrl-L           draw the screen anew\n"));
	text_add(&k->page,
	    _("\nNothing is done before you have read what will happen and pressed a capital Y. Enter, Esc "
	      "and all other keys do nothing there.\n\n> is the chosen line, ~ an old one, +7 or 'and 7 more' what "
	      "found no room: choose downwards to see it.\nOf many announcements only the newest are here: "
	      "'seawall list' has them all.\nWho you are is what the system says of your login.\n"));
	to_page(k, _("KEYS"));
}

static void
show(struct keys *k, const struct keys_world *w)
{
	const json_t *line = view_item(w->lines, k->selected);

	text_clear(&k->page);
	if (k->selected[0] == '!') {
		view_alarms(&k->page, w->lines, w->now);
		to_page(k, _("NEEDS ATTENTION"));
	} else if (line_is(line, "approval")) {
		json_t *one = json_pack("[O]", line);

		screen_pending(&k->page, one, w->now);
		json_decref(one);
		to_page(k, k->selected);
	} else if (line != NULL) {
		memcpy(k->asked, k->selected, VIEW_ID_LEN);
		k->ask = json_pack("{s:s, s:s}", "command", "show", "what", k->asked);
		k->mode = KEYS_ASKING;
	}
}

static void
begin(struct keys *k, const struct keys_world *w, int key)
{
	struct diag d = { 0 };

	if (!w->current) {
		say(k, _("the daemon does not answer: nothing can be done from here"));
		return;
	}
	if (deed_begin(&k->deed, key, w->lines, k->selected, &d) != 0) {
		k->deed.kind = DEED_N;
		say(k, d.say);
		return;
	}
	k->field = deed_asks(&k->deed, DEED_FOR) ? DEED_FOR : DEED_REASON;
	k->mode = KEYS_FIELD;
}

static void
press_in_list(struct keys *k, const struct keys_world *w, int key)
{
	k->note[0] = '\0';
	switch (key) {
	case KEYS_UP: case 'k': move(k, w->lines, -1); break;
	case KEYS_DOWN: case 'j': move(k, w->lines, 1); break;
	case KEYS_PAGE_UP: move(k, w->lines, -LEAP); break;
	case KEYS_PAGE_DOWN: case ' ': move(k, w->lines, LEAP); break;
	case KEYS_FIRST: case 'g': move(k, w->lines, -(long)VIEW_ITEMS_MAX); break;
	case KEYS_LAST: case 'G': move(k, w->lines, VIEW_ITEMS_MAX); break;
	case KEYS_ENTER: show(k, w); break;
	case KEYS_ESC: k->by_hand = false; keys_lines(k, w->lines); break;
	case '?': case 'h': help(k); break;
	case 'q': k->mode = KEYS_QUIT; break;
	default: begin(k, w, key);
	}
}

/* ---- a page -------------------------------------------------------------- */

static void
scroll(struct keys *k, const struct keys_world *w, long by)
{
	long to = (long)k->scroll + by;

	k->scroll = to < 0 ? 0 : to > (long)w->scroll_most ? w->scroll_most : (unsigned)to;
}

static bool
press_scrolls(struct keys *k, const struct keys_world *w, int key)
{
	long page = w->rows > 3 ? (long)w->rows - 3 : 1;

	switch (key) {
	case KEYS_UP: case 'k': scroll(k, w, -1); return true;
	case KEYS_DOWN: case 'j': scroll(k, w, 1); return true;
	case KEYS_PAGE_UP: case 'b': scroll(k, w, -page); return true;
	case KEYS_PAGE_DOWN: case ' ': scroll(k, w, page); return true;
	case KEYS_FIRST: case 'g': k->scroll = 0; return true;
	case KEYS_LAST: case 'G': k->scroll = w->scroll_most; return true;
	default: return false;
	}
}

static void
press_in_page(struct keys *k, const struct keys_world *w, int key)
{
	if (!press_scrolls(k, w, key) && (key == KEYS_ESC || key == KEYS_ENTER || key == 'q'))
		to_list(k, "");
}

/* ---- what a deed needs to know ------------------------------------------- */

static void
type(char field[static REASON_LEN], int c)
{
	size_t n = strlen(field);
	unsigned char utf8[4];
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (c < ' ' || (c >= 0x7f && c < 0xa0) || c > LAST_CHARACTER ||
	    (c >= 0xd800 && c < 0xe000) || n + len >= REASON_LEN)
		return;
	for (size_t i = len; i > 1; i--) {
		utf8[i - 1] = (unsigned char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	utf8[0] = (unsigned char)(len == 1 ? c : (int)(0xf00 >> len & 0xff) | c);
	memcpy(field + n, utf8, len);
	field[n + len] = '\0';
}

static void
rub_out(char *field)
{
	size_t n = strlen(field);

	field[n > 0 ? letters_whole(field, n - 1) : 0] = '\0';
}

static void
accept(struct keys *k, const struct keys_world *w)
{
	struct diag d = { 0 };

	k->note[0] = '\0';
	if (deed_check(&k->deed, k->field, &d) != 0) {
		say(k, d.say);
	} else if (k->field == DEED_FOR) {
		k->field = DEED_REASON;
	} else {
		k->mode = KEYS_CONFIRM;
		k->scroll = 0;
		k->since_ms = w->ms;
	}
}

static const char *
nothing_done(void)
{
	return _("Nothing was done.");
}

static void
press_in_field(struct keys *k, const struct keys_world *w, int key)
{
	char *field = k->deed.field[k->field];

	if (key == KEYS_ENTER)
		accept(k, w);
	else if (key == KEYS_ESC)
		to_list(k, nothing_done());
	else if (key == KEYS_RUBOUT)
		rub_out(field);
	else if (key == KEYS_CLEAR)
		field[0] = '\0';
	else
		type(field, key);
}

/* ---- the last step ------------------------------------------------------- */

static void
confirm(struct keys *k, const struct keys_world *w)
{
	struct diag d = { 0 };

	if (!w->current) {
		to_list(k, _("the daemon does not answer: nothing can be done from here"));
	} else if (deed_still(&k->deed, w->lines, &d) != 0) {
		to_list(k, d.say);
	} else {
		k->ask = deed_request(&k->deed);
		k->mode = KEYS_ASKING;
	}
}

static void
press_in_confirm(struct keys *k, const struct keys_world *w, int key)
{
	if (key == KEYS_ESC || key == 'q')
		to_list(k, nothing_done());
	else if (key == keys_yes() && w->ms - k->since_ms >= KEYS_SEEN_MS)
		confirm(k, w);
	else
		press_scrolls(k, w, key);
}

void
keys_press(struct keys *k, const struct keys_world *w, int key)
{
	switch (k->mode) {
	case KEYS_LIST: press_in_list(k, w, key); break;
	case KEYS_PAGE: press_in_page(k, w, key); break;
	case KEYS_FIELD: press_in_field(k, w, key); break;
	case KEYS_CONFIRM: press_in_confirm(k, w, key); break;
	case KEYS_ASKING:	/* what is done is waited for; what is only shown is not */
		if (k->deed.kind == DEED_N && (key == KEYS_ESC || key == 'q'))
			to_list(k, "");
		break;
	case KEYS_QUIT: break;
	}
}

void
keys_answer(struct keys *k, int exit, const json_t *lines, const char *why, wall_t now)
{
	if (k->mode != KEYS_ASKING)
		return;
	text_clear(&k->page);
	if (k->deed.kind == DEED_N) {
		if (exit == CLI_DONE)
			screen_show(&k->page, lines, now);
		else
			text_add(&k->page, why);
		to_page(k, k->asked);
		return;
	}
	deed_outcome(&k->page, &k->deed, exit, lines, why, now);
	deed_end(&k->deed);
	k->deed.kind = DEED_N;
	to_page(k, exit == CLI_DONE ? _("DONE") : _("NOT DONE"));
}

/* ---- what is shown ------------------------------------------------------- */

static void
field_page(const struct keys *k, struct view_page *ret, struct text *buf)
{
	deed_title(buf, &k->deed);
	text_add(buf, "\n");
	deed_prompt(buf, &k->deed, k->field);
	text_printf(buf, "\n\n> %s_\n", k->deed.field[k->field]);
	if (k->note[0] != '\0')
		text_printf(buf, "\n! %s\n", k->note);
	ret->look = VIEW_HEAD_ENDING;
	ret->foot = _("Enter goes on, and does nothing yet. Esc: back.");
}

static void
confirm_page(const struct keys *k, const struct keys_world *w, struct view_page *ret,
    struct text *buf)
{
	struct diag d = { 0 };

	ret->foot = _("Capital Y does it. Esc: nothing is done.");
	deed_title(buf, &k->deed);
	text_add(buf, "\n");
	if (!w->current || deed_still(&k->deed, w->lines, &d) != 0) {
		text_printf(buf, "! %s\n\n",
		    w->current ? d.say
			       : _("the daemon does not answer: nothing can be done from here"));
		ret->foot = _("Esc: back.");
	}
	deed_tell(buf, &k->deed, w->lines, w->now);
	ret->look = VIEW_HEAD_ATTACK;
}

static void
asking_page(const struct keys *k, struct view_page *ret, struct text *buf)
{
	bool deed = k->deed.kind != DEED_N;

	text_add(buf, _("ASKING THE DAEMON"));
	text_add(buf, "\n");
	text_add(buf,
	    deed ? _("It waits until every upstream's read-back is known: 10 seconds at most.")
		 : k->asked);
	ret->look = VIEW_HEAD_ENDING;
	ret->foot = deed ? "" : _("Esc: back.");
}

/* The title is the first line. */
static void
split(struct view_page *ret, struct text *buf)
{
	char *mark = buf->s != NULL ? strchr(buf->s, '\n') : NULL;

	ret->title = text_str(buf);
	ret->text = "";
	if (mark == NULL)
		return;
	*mark = '\0';
	ret->text = mark + 1;
}

bool
keys_page(const struct keys *k, const struct keys_world *w, struct view_page *ret, struct text *buf)
{
	*ret = (struct view_page){ .scroll = k->scroll };
	switch (k->mode) {
	case KEYS_PAGE:
		ret->title = k->title;
		ret->text = text_str(&k->page);
		ret->look = VIEW_HEAD_CALM;
		ret->foot = _("up, down, space: move   Esc: back");
		return true;
	case KEYS_FIELD: field_page(k, ret, buf); break;
	case KEYS_CONFIRM: confirm_page(k, w, ret, buf); break;
	case KEYS_ASKING: asking_page(k, ret, buf); break;
	default: return false;
	}
	split(ret, buf);
	return true;
}
