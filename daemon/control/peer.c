/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/peer.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59	/* Linux 4.13; not in every libc's headers */
#endif
#define NAMES_BUF 4096

static void
user_name(char *ret, size_t size, uid_t uid)
{
	struct passwd pw, *found = NULL;
	char buf[NAMES_BUF];

	if (getpwuid_r(uid, &pw, buf, sizeof(buf), &found) == 0 && found != NULL)
		snprintf(ret, size, "%s", pw.pw_name);
	else
		snprintf(ret, size, "uid %lu", (unsigned long)uid);
}

static void
add_group(struct peer *p, gid_t gid)
{
	struct group gr, *found = NULL;
	char buf[NAMES_BUF];

	if (p->groups_n == PEER_GROUPS_MAX)
		return;
	if (getgrgid_r(gid, &gr, buf, sizeof(buf), &found) == 0 && found != NULL)
		snprintf(p->groups[p->groups_n++], NAME_MAX_LEN, "%s", gr.gr_name);
}

int
peer_read(struct peer *ret, int fd)
{
	struct ucred cred;
	gid_t gids[PEER_GROUPS_MAX];
	socklen_t len = sizeof(cred);
	struct peer p = { 0 };

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return -errno;
	p.uid = cred.uid;
	user_name(p.user, sizeof(p.user), cred.uid);
	add_group(&p, cred.gid);
	/* The kernel's list, not what the group file says.  Too many: none is believed. */
	len = sizeof(gids);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, gids, &len) == 0)
		for (size_t i = 0; i < len / sizeof(*gids); i++)
			add_group(&p, gids[i]);
	*ret = p;
	return 0;
}

static const struct person *
find_person(const struct peer *p, const struct settings *s)
{
	for (unsigned i = 0; i < s->people_n; i++)
		if (strcmp(s->people[i].user, p->user) == 0)
			return &s->people[i];
	return NULL;
}

int
peer_person(const struct peer *p, const struct settings *s)
{
	const struct person *who = find_person(p, s);

	return who != NULL ? (int)(who - s->people) : -1;
}

static bool
is_operator(const struct peer *p, const struct settings *s)
{
	for (unsigned i = 0; i < s->operators_n; i++) {
		if (strcmp(s->operators[i], p->user) == 0)
			return true;
		for (unsigned g = 0; g < p->groups_n; g++)
			if (strcmp(s->operators[i], p->groups[g]) == 0)
				return true;
	}
	return false;
}

enum role
peer_role(const struct peer *p, const struct settings *s)
{
	const struct person *who = find_person(p, s);

	if (p->uid == 0)
		return ROLE_COMMITTEE;
	if (who != NULL)
		return who->role;
	return is_operator(p, s) ? ROLE_OPERATOR : ROLE_VIEWER;
}

const char *
peer_name(const struct peer *p, const struct settings *s)
{
	const struct person *who = find_person(p, s);

	return who != NULL ? who->name : p->user;
}
