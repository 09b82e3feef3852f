/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * No setting without a golden file: each row of the schema is set by a configuration of
 * tests/golden/config that loads, and has one that is refused because of it.  A row that is added
 * without them fails here, with its path.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "config/schema.h"
#include "leak.h"

#define GOLDEN "tests/golden/config"
#define PATHS_MAX 16384
#define PATH_LEN 96
#define ROWS_LEAST 130

TestSuite(policy_cases, .fini = leak_check);

/* A setting that stands in a file; entries of lists have the path of their list. */
struct place {
	char path[PATH_LEN];
	unsigned line;
};

struct places {
	struct place all[PATHS_MAX];
	unsigned n;
};

struct cases {
	struct places set;	/* by configurations that load */
	struct places refused;	/* settings because of which one is refused */
};

static void
golden(char *path, size_t size, const char *name)
{
	const char *dir = getenv("top_srcdir");

	snprintf(path, size, "%s/%s/%s", dir != NULL ? dir : ".", GOLDEN, name);
}

static bool
is_in(const struct places *p, const char *path)
{
	for (unsigned i = 0; i < p->n; i++)
		if (strcmp(p->all[i].path, path) == 0)
			return true;
	return false;
}

static void
put(struct places *p, const char *path, unsigned line)
{
	cr_assert_lt(p->n, PATHS_MAX);
	snprintf(p->all[p->n].path, PATH_LEN, "%s", path);
	p->all[p->n++].line = line;
}

static void
walk(struct places *p, const config_setting_t *set, const char *above)
{
	const char *name = config_setting_name(set);
	char path[PATH_LEN];

	snprintf(path, sizeof(path), "%s%s%s", above, *above != '\0' && name != NULL ? "." : "",
		 name != NULL ? name : "");
	if (*path != '\0')
		put(p, path, config_setting_source_line(set));
	for (int i = 0; config_setting_is_aggregate(set) && i < config_setting_length(set); i++)
		walk(p, config_setting_get_elem(set, (unsigned)i), path);
}

/* What stands in the file; nothing of one that is no text of libconfig's. */
static void
read_places(struct places *p, const char *name)
{
	char path[4400];
	config_t c;

	golden(path, sizeof(path), name);
	config_init(&c);
	if (config_read_file(&c, path))
		walk(p, config_root_setting(&c), "");
	config_destroy(&c);
}

static char *
refusal(const char *name)
{
	char path[4400], *text = NULL;
	size_t len;

	golden(path, sizeof(path), name);
	snprintf(strrchr(path, '.'), 8, ".err");
	return file_slurp(&text, &len, path, 4096) == 0 ? text : NULL;
}

/* A sentence such as "x.conf:7: `at` is missing in step": the settings it may mean. */
static void
note_refused(struct places *refused, const char *text)
{
	static struct places there;
	const char *a = strchr(text, '`'), *b = a != NULL ? strchr(a + 1, '`') : NULL;
	char file[256], path[2 * PATH_LEN];
	unsigned line;

	if (b == NULL || sscanf(text, "%255[^:]:%u:", file, &line) != 2)
		return;
	there.n = 0;
	read_places(&there, file);
	for (unsigned i = 0; i < there.n; i++) {
		const char *leaf = strrchr(there.all[i].path, '.');

		if (there.all[i].line != line)
			continue;
		leaf = leaf != NULL ? leaf + 1 : there.all[i].path;
		if (strlen(leaf) == (size_t)(b - a - 1) &&
		    strncmp(leaf, a + 1, (size_t)(b - a - 1)) == 0)
			put(refused, there.all[i].path, line);
		snprintf(path, sizeof(path), "%s.%.*s", there.all[i].path, (int)(b - a - 1), a + 1);
		if (strlen(path) < PATH_LEN)	/* it is what is missing there */
			put(refused, path, line);
	}
}

static void
read_case(struct cases *c, const char *name)
{
	const char *dot = strrchr(name, '.');
	char *why;

	if (dot == NULL || strcmp(dot, ".conf") != 0)
		return;
	why = refusal(name);
	if (why == NULL)
		read_places(&c->set, name);
	else
		note_refused(&c->refused, why);
	free(why);
}

static struct cases *
all_cases(void)
{
	struct cases *c = calloc(1, sizeof(*c));
	char path[4400];
	struct dirent *e;
	DIR *d;

	cr_assert_not_null(c);
	golden(path, sizeof(path), ".");
	d = opendir(path);
	cr_assert_not_null(d, "%s", path);
	while ((e = readdir(d)) != NULL)
		read_case(c, e->d_name);
	closedir(d);
	read_places(&c->set, "policies/a.policy");
	return c;
}

struct walking {
	const struct cases *cases;
	unsigned rows;
};

static void
has_both(void *ctx, const char *path, const struct row *r)
{
	struct walking *w = ctx;

	(void)r;
	w->rows++;
	cr_expect(is_in(&w->cases->set, path), "no golden configuration sets %s", path);
	cr_expect(is_in(&w->cases->refused, path), "no golden configuration is refused for its %s",
		  path);
}

Test(policy_cases, every_setting_has_a_golden_and_an_error_case)
{
	struct walking w = { 0 };
	struct cases *c = all_cases();

	w.cases = c;
	schema_each(&schema_root, has_both, &w);
	cr_expect_geq(w.rows, ROWS_LEAST, "only %u settings are in the schema", w.rows);
	free(c);
}

/* The test above would see a setting without cases. */
Test(policy_cases, a_setting_that_nobody_tries_is_seen)
{
	struct cases *c = all_cases();

	cr_expect(is_in(&c->set, "policies.ladder.approval.otherwise"));
	cr_expect(is_in(&c->refused, "policies.ladder.approval.otherwise"));
	cr_expect_not(is_in(&c->set, "policies.ladder.approval.cycles"));
	cr_expect_not(is_in(&c->refused, "policies.ladder.approval.cycles"));
	cr_expect_not(is_in(&c->refused, "policies.signals.otherwise"));
	cr_expect_not(is_in(&c->refused, "limits.cycles"));
	free(c);
}
