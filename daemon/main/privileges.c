/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

static int
set_groups(uid_t uid, gid_t gid, bool with_groups)
{
	struct passwd *pw = with_groups ? getpwuid(uid) : NULL;

	if (pw != NULL)
		return initgroups(pw->pw_name, gid) != 0 ? -errno : 0;
	return setgroups(0, NULL) != 0 ? -errno : 0;
}

/*
 * A parent that is not root, but was given what sensors need (systemd's AmbientCapabilities), hands
 * it on by itself.
 */
static int
drop_handed_on(void)
{
	capng_clear(CAPNG_SELECT_ALL);
	return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}

int
privileges_drop(uid_t uid, gid_t gid, bool with_groups, int parent_gone)
{
	pid_t parent = getppid();
	int err = 0;

	if (uid != 0) {
		err = set_groups(uid, gid, with_groups);
		if (err == 0 && (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0))
			err = -errno;
	} else if (geteuid() != 0) {
		err = drop_handed_on();
	}
	/* Changing the user clears the parent-death signal, so it is set afterwards. */
	if (err == 0 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		prctl(PR_SET_PDEATHSIG, parent_gone) != 0))
		err = -errno;
	if (err == 0 && getppid() != parent)
		err = -ESRCH;
	return err;
}
