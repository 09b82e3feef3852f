/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/readable.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define GROUPS_MAX 256

struct account {
	uid_t uid;
	int groups_n;
	gid_t groups[GROUPS_MAX];
};

static bool
is_member(const struct account *a, gid_t gid)
{
	for (int i = 0; i < a->groups_n; i++)
		if (a->groups[i] == gid)
			return true;
	return false;
}

/* `bit` is S_IROTH or S_IXOTH. */
static int
allows(const struct account *a, const char *path, mode_t bit)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return -errno;
	if (a->uid == 0)
		return 0;
	if (a->uid == st.st_uid)
		bit <<= 6;
	else if (is_member(a, st.st_gid))
		bit <<= 3;
	return st.st_mode & bit ? 0 : -EACCES;
}

int
readable_by(const char *user, const char *path, char ret_way[static PATH_MAX])
{
	const struct passwd *pw = getpwnam(user);
	struct account a = { .groups_n = GROUPS_MAX };
	int err = 0;

	if (pw == NULL || path[0] != '/' || strlen(path) >= PATH_MAX)
		return -ENOENT;
	a.uid = pw->pw_uid;
	if (getgrouplist(pw->pw_name, pw->pw_gid, a.groups, &a.groups_n) < 0)
		return -E2BIG;
	for (const char *slash = path; err == 0 && slash != NULL; slash = strchr(slash + 1, '/')) {
		snprintf(ret_way, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
		err = allows(&a, ret_way, S_IXOTH);
	}
	if (err == 0) {
		snprintf(ret_way, PATH_MAX, "%s", path);
		err = allows(&a, path, S_IROTH);
	}
	return err;
}
