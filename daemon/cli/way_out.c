/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/way_out.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANY_PORT 9		/* nothing is sent */

static socklen_t
address_of(struct sockaddr_storage *ret, const struct prefix *p)
{
	struct sockaddr_in *four = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (p->family == 4) {
		four->sin_family = AF_INET;
		four->sin_port = htons(ANY_PORT);
		memcpy(&four->sin_addr, p->addr, sizeof(four->sin_addr));
		return sizeof(*four);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(ANY_PORT);
	memcpy(&six->sin6_addr, p->addr, sizeof(six->sin6_addr));
	return sizeof(*six);
}

static bool
same_host(const struct sockaddr *a, const struct sockaddr_storage *b)
{
	if (a == NULL || a->sa_family != b->ss_family)
		return false;
	if (a->sa_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		    ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return a->sa_family == AF_INET6 &&
	    memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		&((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

static bool
interface_with(const struct sockaddr_storage *own, char ret[static IF_NAMESIZE])
{
	struct ifaddrs *all, *i;
	bool found = false;

	if (getifaddrs(&all) != 0)
		return false;
	for (i = all; i != NULL && !found; i = i->ifa_next) {
		found = same_host(i->ifa_addr, own);
		if (found)
			snprintf(ret, IF_NAMESIZE, "%s", i->ifa_name);
	}
	freeifaddrs(all);
	return found;
}

bool
way_out(const struct prefix *p, char ret[static IF_NAMESIZE])
{
	struct sockaddr_storage to, own;
	socklen_t len = address_of(&to, p), own_len = sizeof(own);
	int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = fd >= 0 && connect(fd, (struct sockaddr *)&to, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&own, &own_len) == 0 && interface_with(&own, ret);

	if (fd >= 0)
		close(fd);
	return found;
}
