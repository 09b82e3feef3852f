/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/address.h"

#include <netinet/in.h>
#include <string.h>

socklen_t
address_of(struct sockaddr_storage *ret, const struct prefix *addr, uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (addr->family == 4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr->addr, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, addr->addr, 16);
	return sizeof(*in6);
}

struct prefix
address_prefix(const struct sockaddr *from)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;

	if (from == NULL)
		return (struct prefix){ 0 };
	if (from->sa_family == AF_INET)
		return prefix_of(4, (const uint8_t *)&in->sin_addr, 32);
	if (from->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return prefix_of(4, in6->sin6_addr.s6_addr + 12, 32);
	if (from->sa_family == AF_INET6)
		return prefix_of(6, in6->sin6_addr.s6_addr, 128);
	return (struct prefix){ 0 };
}
