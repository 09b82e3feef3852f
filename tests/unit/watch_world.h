/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What daemons answered, kept in tests/golden/watch, and the moment they did. */
#ifndef SEAWALL_TESTS_WATCH_WORLD_H
#define SEAWALL_TESTS_WATCH_WORLD_H

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define WORLD_PATH 512

static inline const char *
world_path(char buf[static WORLD_PATH], const char *name)
{
	const char *src = getenv("srcdir");

	snprintf(buf, WORLD_PATH, "%s/tests/golden/watch/%s", src != NULL ? src : ".", name);
	return buf;
}

static inline wall_t
world_now(void)
{
	wall_t t = { 0 };

	wall_parse(&t, "2026-11-23T03:14:07.000Z");
	return t;
}

/* "attack", "calm", "ending".  New reference. */
static inline json_t *
world_lines(const char *name)
{
	char file[64], path[WORLD_PATH];
	json_t *all = json_array(), *line;
	FILE *f;

	snprintf(file, sizeof(file), "%s.jsonl", name);
	f = fopen(world_path(path, file), "r");
	cr_assert_not_null(f, "%s", path);
	while ((line = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL)) != NULL)
		json_array_append_new(all, line);
	fclose(f);
	cr_assert_gt(json_array_size(all), 3);
	return all;
}

#endif
