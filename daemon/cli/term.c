/* SPDX-License-Identifier: GPL-3.0-or-later */
#define NCURSES_WIDECHAR 1
#include "cli/term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/lang.h"
#include "cli/keys.h"

#include <term.h>
#undef lines	/* what it calls the height of a terminal */

#define ESC_MS 300	/* the rest of a function key comes within, also over slow lines */
#define GUARD_S 3
#define SLOW_BAUD 9600

static struct {
	SCREEN *screen;
	struct termios before;	/* of the terminal as it was found */
	bool had, colours;
	volatile sig_atomic_t sig;
} term;

/* C.UTF-8 is on every Debian, and says what a letter is as any other does. */
static void
use_letters(void)
{
	const char *names[] = { getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG") };

	if (setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i] != NULL && names[i][0] != '\0') {
			if (strcasestr(names[i], "utf") != NULL)
				setlocale(LC_CTYPE, "C.UTF-8");
			return;
		}
}

bool
term_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool
term_is_slow(void)
{
	return baudrate() > 0 && baudrate() < SLOW_BAUD;
}

bool
term_can(void)
{
	int err;

	return isatty(STDOUT_FILENO) && setupterm(NULL, STDOUT_FILENO, &err) == OK &&
	    cursor_address != NULL && clear_screen != NULL;
}

static void
make_colours(void)
{
	static const struct { enum view_look look; short front, back;
	} pairs[] = {
		{ VIEW_GOOD, COLOR_GREEN, -1 },
		{ VIEW_WARN, COLOR_YELLOW, -1 },
		{ VIEW_BAD, COLOR_RED, -1 },
		{ VIEW_HEAD_CALM, COLOR_BLACK, COLOR_GREEN },
		{ VIEW_HEAD_ENDING, COLOR_BLACK, COLOR_YELLOW },
		{ VIEW_HEAD_ATTACK, COLOR_WHITE, COLOR_RED },
		{ VIEW_HEAD_OLD, COLOR_BLACK, COLOR_MAGENTA },
	};
	const char *no = getenv("NO_COLOR");

	term.colours = (no == NULL || no[0] == '\0') && has_colors() && start_color() == OK &&
	    use_default_colors() == OK;
	for (size_t i = 0; term.colours && i < sizeof(pairs) / sizeof(*pairs); i++)
		init_pair((short)(pairs[i].look + 1), pairs[i].front, pairs[i].back);
}

int
term_open(bool keys, struct diag *reterr)
{
	use_letters();
	term.had = tcgetattr(keys ? STDIN_FILENO : STDOUT_FILENO, &term.before) == 0;
	term.screen = newterm(NULL, stdout, stdin);
	if (term.screen == NULL)
		return diag_set(reterr, -ENOTTY,
		    _("this terminal is not known to the system (TERM=%s)"),
		    getenv("TERM") != NULL ? getenv("TERM") : "");
	set_escdelay(ESC_MS);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	leaveok(stdscr, TRUE);
	curs_set(0);
	make_colours();
	return 0;
}

void
term_close(void)
{
	if (term.screen == NULL)
		return;
	endwin();
	delscreen(term.screen);
	term.screen = NULL;
}

void
term_size(unsigned *ret_rows, unsigned *ret_columns)
{
	struct winsize w = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_row == 0 || w.ws_col == 0) {
		w.ws_row = (unsigned short)LINES;
		w.ws_col = (unsigned short)COLS;
	}
	if (w.ws_row != LINES || w.ws_col != COLS)
		resizeterm(w.ws_row, w.ws_col);
	*ret_rows = w.ws_row;
	*ret_columns = w.ws_col;
}

static attr_t
attributes(const struct view_line *l)
{
	static const attr_t plain[VIEW_LOOK_N] = {
		[VIEW_TITLE] = A_BOLD,
		[VIEW_BAD] = A_BOLD,
		[VIEW_HEAD_CALM] = A_REVERSE,
		[VIEW_HEAD_ENDING] = A_REVERSE,
		[VIEW_HEAD_ATTACK] = A_REVERSE | A_BOLD,
		[VIEW_HEAD_OLD] = A_REVERSE,
		[VIEW_FOOT] = A_DIM,
	};
	static const attr_t coloured[VIEW_LOOK_N] = {
		[VIEW_TITLE] = A_BOLD,
		[VIEW_BAD] = A_BOLD,
		[VIEW_HEAD_ATTACK] = A_BOLD,
		[VIEW_FOOT] = A_DIM,
	};
	bool pair = term.colours &&
	    ((l->look >= VIEW_GOOD && l->look <= VIEW_BAD) || l->look >= VIEW_HEAD_CALM);
	attr_t a = pair ? coloured[l->look] | COLOR_PAIR(l->look + 1) : plain[l->look];

	if (l->old)
		a = A_DIM;	/* and a sign before it */
	return l->selected ? a | A_REVERSE : a;
}

void
term_draw(const struct view *v)
{
	erase();
	for (unsigned i = 0; i < v->n; i++) {
		attrset((int)attributes(&v->lines[i]));
		mvaddstr((int)i, 0, text_str(&v->lines[i].text));
	}
	attrset(A_NORMAL);
	refresh();
}

void
term_redraw(void)
{
	clearok(curscr, TRUE);
}

void
term_leave(void)
{
	def_prog_mode();
	endwin();
}

void
term_enter(void)
{
	reset_prog_mode();
	refresh();
	curs_set(0);
	term_redraw();
}

int
term_key(void)
{
	static const int codes[][2] = {
		{ KEY_UP, KEYS_UP },
		{ KEY_DOWN, KEYS_DOWN },
		{ KEY_PPAGE, KEYS_PAGE_UP },
		{ KEY_NPAGE, KEYS_PAGE_DOWN },
		{ KEY_HOME, KEYS_FIRST },
		{ KEY_END, KEYS_LAST },
		{ KEY_ENTER, KEYS_ENTER },
		{ KEY_BACKSPACE, KEYS_RUBOUT },
	};
	static const int characters[][2] = {
		{ '\r', KEYS_ENTER },
		{ '\n', KEYS_ENTER },
		{ 27, KEYS_ESC },
		{ 127, KEYS_RUBOUT },
		{ 8, KEYS_RUBOUT },
		{ 21, KEYS_CLEAR },
	};
	wint_t c;
	int kind;

	while ((kind = get_wch(&c)) != ERR) {
		bool code = kind == KEY_CODE_YES;
		const int (*rows)[2] = code ? codes : characters;
		size_t n = code ? sizeof(codes) / sizeof(*codes)
				: sizeof(characters) / sizeof(*characters);

		if (!code && c == 12) {	/* Ctrl-L */
			term_redraw();
			continue;
		}
		for (size_t i = 0; i < n; i++)
			if (rows[i][0] == (int)c)
				return rows[i][1];
		if (!code && c >= ' ' && c < KEYS_NONE)
			return (int)c;
	}
	return KEYS_NONE;
}

static void
give_back(int sig)
{
	(void)sig;
	if (term.had)
		tcsetattr(STDOUT_FILENO, TCSANOW, &term.before);
	_exit(128 + term.sig);
}

void
term_guard(int sig)
{
	term.sig = sig;
	signal(SIGALRM, give_back);
	alarm(GUARD_S);
}
