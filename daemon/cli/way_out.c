/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/way_out.h"

#include <ifaddrs.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensor/address.h"

#define ANY_PORT 9		/* nothing is sent */

static bool
interface_with(const struct prefix *own, char ret[static IF_NAMESIZE])
{
	struct ifaddrs *all, *i;
	bool found = false;

	if (getifaddrs(&all) != 0)
		return false;
	for (i = all; i != NULL && !found; i = i->ifa_next) {
		struct prefix its = address_prefix(i->ifa_addr);

		found = its.family != 0 && prefix_eq(&its, own);
		if (found)
			snprintf(ret, IF_NAMESIZE, "%s", i->ifa_name);
	}
	freeifaddrs(all);
	return found;
}

bool
way_out(const struct prefix *p, char ret[static IF_NAMESIZE])
{
	struct sockaddr_storage to, from;
	socklen_t len = address_of(&to, p, ANY_PORT), from_len = sizeof(from);
	int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = fd >= 0 && connect(fd, (struct sockaddr *)&to, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&from, &from_len) == 0;
	struct prefix own = { 0 };

	if (fd >= 0)
		close(fd);
	if (found)
		own = address_prefix((const struct sockaddr *)&from);
	return found && interface_with(&own, ret);
}
