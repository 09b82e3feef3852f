/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seawall.conf from memory: no crash, and what loads prints, loads again and prints the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "fuzz.h"

#define TEXT_MAX (16u << 20)
#define NOWHERE_CONF "/nonexistent/seawall.conf"

static void
find_profiles(void)
{
	const char *top = getenv("top_srcdir");

	setenv("SEAWALL_DATADIR", top != NULL ? top : ".", 0);
}

static void
print_twice(const struct settings *s)
{
	struct settings *again = NULL;
	struct text one, two;
	struct diag why;

	text_init(&one, TEXT_MAX);
	text_init(&two, TEXT_MAX);
	config_print(&one, s);
	if (!text_ok(&one)
	    || config_load_text(&again, text_str(&one), one.len, NOWHERE_CONF, &why) != 0) {
		fprintf(stderr, "printed, and refused at line %u: %s\n%s", why.line, why.say,
			text_str(&one));
		abort();
	}
	config_print(&two, again);
	if (strcmp(text_str(&one), text_str(&two)) != 0) {
		fprintf(stderr, "%s\n---\n%s", text_str(&one), text_str(&two));
		abort();
	}
	text_fini(&one);
	text_fini(&two);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config_finding found[CONFIG_FINDINGS_MAX];
	struct settings *s = NULL;
	struct diag why;
	char *text = malloc(size + 1);
	unsigned n;

	if (text == NULL)
		return 0;
	find_profiles();
	memcpy(text, data, size);
	text[size] = '\0';
	if (config_load_text(&s, text, size, NOWHERE_CONF, &why) == 0) {
		print_twice(s);
		config_check(s, found, CONFIG_FINDINGS_MAX, &n);
	}
	free(s);
	free(text);
	return 0;
}
