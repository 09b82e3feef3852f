/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * term - the terminal of the live view: curses sends what has changed since the last screen, and
 * tells keys apart. One at a time, as terminals are.  Signals are the caller's, but for one that
 * comes while the terminal takes no bytes: term_guard() puts it back and ends the program.
 */
#ifndef SEAWALL_CLI_TERM_H
#define SEAWALL_CLI_TERM_H

#include "base/diag.h"
#include "cli/view.h"

/* Can text be placed on standard output at all?  What calls itself dumb cannot. */
bool term_can(void);
/* 0, or -errno with a sentence.  keys: standard input is a terminal, too. */
int term_open(bool keys, struct diag *reterr);
void term_close(void);
bool term_utf8(void);
bool term_is_slow(void);	/* a line of less than 9600 bit/s */

void term_size(unsigned *ret_rows, unsigned *ret_columns);
void term_draw(const struct view *v);
void term_redraw(void);		/* all of it, as if nothing were there */
/* Hands the terminal back, and takes it again: around being stopped. */
void term_leave(void);
void term_enter(void);
/* The next key (cli/keys.h), KEYS_NONE when there is none. */
int term_key(void);
/*
 * From a signal's handler: within 3 s the program must have ended, or it is ended here with the
 * terminal as it was.
 */
void term_guard(int sig);

#endif
