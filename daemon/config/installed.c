/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/installed.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/*
 * A tree that was built and not installed finds its own: built in place, or in a folder of the
 * source's.
 */
static void
beside_the_program(char path[static PATH_MAX_LEN], const char *what)
{
	char exe[PATH_MAX_LEN];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	const char *directory;

	if (n <= 0)
		return;
	exe[n] = '\0';
	directory = dirname(exe);
	snprintf(path, PATH_MAX_LEN, "%.200s/%s", directory, what);
	if (!is_there(path))
		snprintf(path, PATH_MAX_LEN, "%.200s/../%s", directory, what);
}

/* SEAWALL_DATADIR is for tests, the last place for a tree that is not installed. */
void
installed_find(char ret[static PATH_MAX_LEN], const char *what)
{
	static const char *const places[] = { SYSCONFDIR "/seawall", PKGDATADIR };
	const char *env = getenv("SEAWALL_DATADIR");

	if (env != NULL) {
		snprintf(ret, PATH_MAX_LEN, "%s/%s", env, what);
		return;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(ret, PATH_MAX_LEN, "%s/%s", places[i], what);
		if (is_there(ret))
			return;
	}
	beside_the_program(ret, what);
	if (!is_there(ret))
		snprintf(ret, PATH_MAX_LEN, "%s/%s", places[1], what);
}
