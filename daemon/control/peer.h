/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * peer - who is at the other end of the control socket, by what the kernel says, and what he may
 * do. Anybody who can open the socket may look (the socket's mode and group say who that is);
 * operators act: root, the users and groups of `control.operators`, and people with the role
 * operator or committee. A person named in the configuration with the role viewer only looks,
 * whatever his groups are.
 */
#ifndef SEAWALL_CONTROL_PEER_H
#define SEAWALL_CONTROL_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#include "model/settings.h"

#define PEER_GROUPS_MAX 32	/* further ones are not looked at */

struct peer {
	uid_t uid;
	char user[NAME_MAX_LEN];	/* "uid 1234" when it has no name */
	unsigned groups_n;
	char groups[PEER_GROUPS_MAX][NAME_MAX_LEN];
};

/* Of a connected Unix socket.  0 or -errno. */
int peer_read(struct peer *ret, int fd);

enum role peer_role(const struct peer *p, const struct settings *s);

/*
 * The person of `approvals.people` whose account it is: index, or -1.  Root may act as an operator
 * and as the committee, but is nobody's approval unless an entry names the account.
 */
int peer_person(const struct peer *p, const struct settings *s);

/* The name for the record: the person's where there is one, else the user's.  Borrowed. */
const char *peer_name(const struct peer *p, const struct settings *s);

#endif
