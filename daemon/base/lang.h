/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lang - the words users see, in English and in Spanish, from the gettext catalogue.
 * The CLI speaks one language, chosen at start; the audit log speaks both at once.
 * Process-wide, for single-threaded programs.
 */
#ifndef SEAWALL_BASE_LANG_H
#define SEAWALL_BASE_LANG_H

#include <stddef.h>

#define _(text) lang_text(text)
/* marks a text for the catalogue where it cannot be looked up yet */
#define N_(text) (text)

enum lang { LANG_EN, LANG_ES };

/* `wanted`: "en", "es", or NULL for what LANGUAGE, LC_ALL, LC_MESSAGES, LANG say. */
void lang_open(const char *wanted);
void lang_set(enum lang lang);
enum lang lang_get(void);

/* In the language set; the text itself where the catalogue has none. */
const char *lang_text(const char *text) __attribute__((format_arg(1)));

/*
 * A sentence of a fixed set that may begin with a name: "eth1: there is no such interface".
 * Returns buf, or the catalogue's text.
 */
const char *lang_why(const char *why, char *buf, size_t size);

#endif
