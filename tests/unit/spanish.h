/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A catalogue of the tree's own es.po, made anew, for tests of the Spanish: nothing needs to be
 * installed.
 */
#ifndef SEAWALL_TESTS_SPANISH_H
#define SEAWALL_TESTS_SPANISH_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/lang.h"

/* Leaves the language at English. */
static inline void
spanish_open(void)
{
	char dir[] = "/tmp/seawall-spanish-XXXXXX", command[512];
	const char *src = getenv("srcdir");

	if (system("command -v msgfmt >/dev/null 2>&1") != 0)
		cr_skip_test("msgfmt is not installed: the Spanish was not tried");
	cr_assert_not_null(mkdtemp(dir));
	snprintf(command, sizeof(command),
	    "mkdir -p %s/es/LC_MESSAGES && msgfmt -o %s/es/LC_MESSAGES/seawall.mo %s/po/es.po", dir,
	    dir, src != NULL ? src : ".");
	cr_assert_eq(system(command), 0);
	setenv("SEAWALL_LOCALEDIR", dir, 1);
	lang_open("en");
	/* read once, while it is there */
	lang_set(LANG_ES);
	cr_assert_str_eq(lang_text("all packets"), "todos los paquetes");
	lang_set(LANG_EN);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_assert_eq(system(command), 0);
}

#endif
