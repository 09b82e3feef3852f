/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fit - text into so many columns of a terminal.  Pure, and the same in every locale: UTF-8 in and
 * out. What a terminal could obey, what turns the direction of writing, what is no UTF-8 and what
 * has a width that is not known for certain becomes '?'.
 */
#ifndef SEAWALL_CLI_FIT_H
#define SEAWALL_CLI_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define FIT_MAX 4096	/* bytes of one piece of text */

void fit_clean(struct text *out, const char *s);
/* Columns that cleaned text takes. */
unsigned fit_width(const char *s);
/*
 * All of cleaned text, or as many of its words as fit with "..." after them: a word, and so an
 * address, is never cut.
 */
void fit_words(struct text *out, const char *s, unsigned columns, bool utf8);
void fit_pad(struct text *out, unsigned columns);
/*
 * Where the first line of a paragraph ends that is wrapped at spaces; only a word that is wider
 * than all of the line is cut.  *rest is what comes after it: the end of the text when nothing
 * does.
 */
size_t fit_line(const char *s, unsigned columns, const char **rest);
/* For terminals without UTF-8: letters without their marks, '?' for what has no such letter. */
void fit_ascii(struct text *out, const char *s);

#endif
