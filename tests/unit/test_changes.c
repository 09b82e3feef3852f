/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/changes.h"
#include "config/load.h"
#include "leak.h"
#include "tree.h"

TestSuite(changes, .init = tree_is_found, .fini = leak_check);

static void
note(void *ctx, const char *setting, const char *from, const char *to)
{
	text_printf(ctx, "%s: %s > %s\n", setting, from != NULL ? from : "-",
	    to != NULL ? to : "-");
}

static void
expect_changes(const char *old, const char *new, const char *wanted)
{
	struct text t;

	text_init(&t, 100000);
	cr_assert_eq(config_changes(old, new, note, &t), 0);
	cr_assert_str_eq(text_str(&t), wanted);
	text_fini(&t);
}

Test(changes, a_setting_is_named_by_the_way_to_it)
{
	static const char old[] =
	    "user = \"a\";\nlimits = {\n  holes = 10;\n  longest = \"1d\";\n};\nrouters = (\n  {\n    name = \"edge\";\n"
	    "    upstreams = (\n      {\n        name = \"transit-a\";\n        max_routes = 50;\n      },\n      {\n"
	    "        name = \"transit-b\";\n        max_routes = 50;\n      }\n    );\n  }\n);\n";
	static const char new[] =
	    "limits = {\n  holes = 5;\n  longest = \"1d\";\n};\nrouters = (\n  {\n    name = \"edge\";\n"
	    "    upstreams = (\n      {\n        name = \"transit-b\";\n        max_routes = 50;\n        words = \"a = b; c\";\n"
	    "      }\n    );\n  }\n);\n";

	expect_changes(old, old, "");
	expect_changes(old, new, "limits.holes: 10 > 5\n"
	    "routers[edge].upstreams[transit-a].max_routes: 50 > -\n"
	    "routers[edge].upstreams[transit-a].name: \"transit-a\" > -\n"
	    "routers[edge].upstreams[transit-b].words: - > \"a = b; c\"\n"
	    "user: \"a\" > -\n");
}

Test(changes, entries_without_a_name_are_counted)
{
	expect_changes("steps = (\n  {\n    at = 1;\n  },\n  {\n    at = 2;\n  }\n);\n",
	    "steps = (\n  {\n    at = 1;\n  },\n  {\n    at = 3;\n  }\n);\n",
	    "steps[2].at: 2 > 3\n");
}

/* With the true printer: a whole configuration, one figure of it changed. */
Test(changes, of_a_whole_configuration_only_what_changed_is_told)
{
	static const char conf[] =
	    "prefixes = ( \"192.0.2.0/24\" ); routers = ( { name = \"edge\"; asn = 64500; "
	    "sessions = ( \"203.0.113.1\" ); upstreams = ( { name = \"a\"; protocol = \"a\"; max_routes = %s; } ); } ); "
	    "protected = ( { prefix = \"192.0.2.53/32\"; why = \"%s\"; } );";
	char text[2][1024];
	struct settings *s[2];
	struct text out[2];
	struct diag d = { 0 };

	for (int i = 0; i < 2; i++) {
		snprintf(text[i], sizeof(text[i]), conf, i == 0 ? "5" : "50",
		    i == 0 ? "resolver" : "the old resolver");
		cr_assert_eq(config_load_text(&s[i], text[i], strlen(text[i]), "a.conf", &d), 0,
		    "%s", d.say);
		text_init(&out[i], 1 << 20);
		config_print(&out[i], s[i]);
		free(s[i]);
	}
	expect_changes(text_str(&out[0]), text_str(&out[1]),
	    "protected[192.0.2.53/32].why: \"resolver\" > \"the old resolver\"\n"
	    "routers[edge].upstreams[a].max_routes: 5 > 50\n");
	text_fini(&out[0]);
	text_fini(&out[1]);
}

Test(changes, what_nobody_printed_is_read_without_harm)
{
	static const char *const odd[] = { "}", ");", "{", "{\n{\n{\n", " = ", " = (",
		"a = ", "\n\n", "   ", "a = {\n}\n}\n}\nb = 1;" };
	char deep[2000] = "";
	struct text t;

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		text_init(&t, 10000);
		cr_assert_eq(config_changes(odd[i], "", note, &t), 0);
		text_fini(&t);
	}
	for (int i = 0; i < 100; i++)
		strcat(deep, "a = {\n");
	cr_assert_eq(config_changes(deep, "", note, &t), -E2BIG);
}
