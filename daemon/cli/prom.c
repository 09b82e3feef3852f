/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prometheus' text (exposition format 0.0.4): HELP and TYPE once a name, labels escaped. */
#include <string.h>

#include "cli/screen.h"

static void
escaped(struct text *out, const char *s, bool quotes)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\' || (quotes && *s == '"'))
			text_printf(out, "\\%c", *s);
		else if (*s == '\n')
			text_add(out, "\\n");
		else
			text_addn(out, s, 1);
	}
}

static void
labels(struct text *out, const json_t *all)
{
	const char *key, *before = "{";
	const json_t *v;

	json_object_foreach((json_t *)all, key, v) {
		text_printf(out, "%s%s=\"", before, key);
		escaped(out, json_string_value(v) != NULL ? json_string_value(v) : "", true);
		text_add(out, "\"");
		before = ",";
	}
	if (*before == ',')
		text_add(out, "}");
}

void
screen_metrics(struct text *out, const json_t *lines)
{
	const char *before = "";
	const json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line) {
		const char *name = line_text(line, "name");

		if (!line_is(line, "metric"))
			continue;
		if (strcmp(name, before) != 0) {
			text_printf(out, "# HELP %s ", name);
			escaped(out, line_text(line, "help"), false);
			text_printf(out, "\n# TYPE %s %s\n", name, line_text(line, "kind"));
		}
		before = name;
		text_add(out, name);
		labels(out, json_object_get(line, "labels"));
		text_printf(out, " %.15g\n", line_number(line, "value"));
	}
}
