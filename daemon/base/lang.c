/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/lang.h"

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOMAIN "seawall"

/* glibc's own mark of the catalogue in use: raising it makes the next look-up honour LANGUAGE anew. */
extern int _nl_msg_cat_cntr;

static enum lang current;

void
lang_set(enum lang lang)
{
	current = lang;
	setenv("LANGUAGE", lang == LANG_ES ? "es" : "en", 1);
	_nl_msg_cat_cntr++;
}

enum lang
lang_get(void)
{
	return current;
}

static enum lang
lang_of_environment(void)
{
	static const char *const names[] = { "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value != '\0')
			return strncmp(value, "es", 2) == 0 ? LANG_ES : LANG_EN;
	}
	return LANG_EN;
}

void
lang_open(const char *wanted)
{
	const char *dir = getenv("SEAWALL_LOCALEDIR");
	enum lang lang = lang_of_environment();

	if (wanted != NULL)
		lang = strcmp(wanted, "es") == 0 ? LANG_ES : LANG_EN;
	/* C.UTF-8 is on every Debian; "C" would switch the catalogue off. */
	setlocale(LC_MESSAGES, "C.UTF-8");
	setlocale(LC_CTYPE, "C.UTF-8");
	bindtextdomain(DOMAIN, dir != NULL ? dir : LOCALEDIR);
	bind_textdomain_codeset(DOMAIN, "UTF-8");
	lang_set(lang);
}

const char *
lang_text(const char *text)
{
	return current == LANG_EN ? text : dgettext(DOMAIN, text);
}

const char *
lang_why(const char *why, char *buf, size_t size)
{
	const char *whole = *why == '\0' ? why : lang_text(why), *rest = strstr(why, ": ");

	if (whole != why || rest == NULL || rest[2] == '\0')
		return whole;
	snprintf(buf, size, "%.*s%s", (int)(rest + 2 - why), why, lang_text(rest + 2));
	return buf;
}
