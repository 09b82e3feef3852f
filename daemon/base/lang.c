/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/lang.h"

#include <libintl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOMAIN "seawall"

/*
 * glibc's own mark of the catalogue in use: raising it makes the next look-up honour LANGUAGE anew.
 */
extern int _nl_msg_cat_cntr;

static enum lang current;

/*
 * What the catalogue said.  Each audit record is made in both languages, and gettext finds its
 * catalogue anew after each change of them: ten times the cost of the record.  A text takes the
 * place of another with its hash.
 */
#define CACHE_N 2048	/* a power of two; the catalogue has some thousand texts */

static struct cached {
	char *text;		/* owned; NULL: free */
	const char *es;		/* the catalogue's, which stays; NULL: it has none */
} cache[CACHE_N];

static void
cache_clear(void)
{
	for (size_t i = 0; i < CACHE_N; i++) {
		free(cache[i].text);
		cache[i] = (struct cached){ 0 };
	}
}

/* FNV-1a */
static struct cached *
cache_place(const char *text)
{
	uint32_t h = 2166136261u;

	for (const char *p = text; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	return &cache[(h ^ h >> 16) % CACHE_N];
}

void
lang_set(enum lang lang)
{
	current = lang;
}

enum lang
lang_get(void)
{
	return current;
}

static void
use_catalogue(const char *name)
{
	setenv("LANGUAGE", name, 1);
	_nl_msg_cat_cntr++;
}

/* Whoever is started by us is to find the language that lang_open() chose. */
static const char *
look_up(const char *text)
{
	const char *was = getenv("LANGUAGE"), *es;
	bool english = was == NULL || strcmp(was, "es") != 0;

	if (english)
		use_catalogue("es");
	es = dgettext(DOMAIN, text);
	if (english)
		use_catalogue("en");
	return es != text ? es : NULL;
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
	/*
	 * C.UTF-8 is on every Debian; "C" would switch the catalogue off.  Not LC_CTYPE: nothing
	 * here asks it what a letter is, and its tables would be resident in every process.
	 */
	setlocale(LC_MESSAGES, "C.UTF-8");
	bindtextdomain(DOMAIN, dir != NULL ? dir : LOCALEDIR);
	bind_textdomain_codeset(DOMAIN, "UTF-8");
	cache_clear();
	use_catalogue(lang == LANG_ES ? "es" : "en");
	lang_set(lang);
}

const char *
lang_text(const char *text)
{
	struct cached *c;

	if (current == LANG_EN)
		return text;
	c = cache_place(text);
	if (c->text == NULL || strcmp(c->text, text) != 0) {
		free(c->text);
		c->es = look_up(text);
		c->text = strdup(text);	/* without memory it is looked up again */
	}
	return c->es != NULL ? c->es : text;
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
