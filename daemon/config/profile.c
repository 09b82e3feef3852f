/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/profile.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/source.h"

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A tree that was built and not installed finds its own: built in place, or in a folder of the source's. */
static void
beside_the_program(char path[static PATH_MAX_LEN])
{
	char exe[PATH_MAX_LEN];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	const char *directory;

	if (n <= 0)
		return;
	exe[n] = '\0';
	directory = dirname(exe);
	snprintf(path, PATH_MAX_LEN, "%.200s/bird-templates", directory);
	if (!is_directory(path))
		snprintf(path, PATH_MAX_LEN, "%.200s/../bird-templates", directory);
}

/* Where they are when nobody says: SEAWALL_DATADIR is for tests, the last one for a tree not
 * installed. */
static void
find_templates(char path[static PATH_MAX_LEN])
{
	static const char *const defaults[] = { SYSCONFDIR "/seawall/bird-templates",
						PKGDATADIR "/bird-templates" };
	const char *env = getenv("SEAWALL_DATADIR");

	if (env != NULL) {
		snprintf(path, PATH_MAX_LEN, "%s/bird-templates", env);
		return;
	}
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++) {
		snprintf(path, PATH_MAX_LEN, "%s", defaults[i]);
		if (is_directory(path))
			return;
	}
	beside_the_program(path);
	if (!is_directory(path))
		snprintf(path, PATH_MAX_LEN, "%s", defaults[1]);
}

void
profile_templates(const struct filling *f)
{
	char *t = f->settings->templates, path[PATH_MAX], real[PATH_MAX];
	bool given = *t != '\0';

	if (*t == '/')
		return;
	snprintf(path, sizeof(path), "%s/%s", f->directory, given ? t : "bird-templates");
	if ((given || is_directory(path)) && realpath(path, real) != NULL
	    && strlen(real) < PATH_MAX_LEN)
		snprintf(t, PATH_MAX_LEN, "%s", real);
	else if (!given)
		find_templates(t);
}

int
profile_load(const struct filling *f, struct profile *p, unsigned line)
{
	char path[PATH_MAX];
	struct filling in = *f;
	struct source src;
	struct diag why;
	int err;

	profile_templates(f);
	snprintf(path, sizeof(path), "%s/upstreams/%s.profile", f->settings->templates, p->name);
	err = source_read(&src, path, &why);
	if (err != 0 && why.line == 0)
		return fill_refuse(f, err, line, "`profile` \"%s\": %s %s", p->name, path, why.say);
	if (err != 0) {
		*f->err = why;
		return err;
	}
	in.file = path;
	err = fill_group(&in, &schema_profile, p, config_root_setting(&src.parsed), 0);
	source_fini(&src);
	return err;
}
