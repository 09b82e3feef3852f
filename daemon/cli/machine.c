/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/machine.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "sensor/address.h"
#include "sensor/netlink.h"
#include "sensor/nft.h"

#define SMALL_FILE 65536
#define KERNEL_MS 2000
#define ZONES "/zoneinfo/"
#define CONNTRACK "/proc/sys/net/netfilter/nf_conntrack_count"

/* ---- files --------------------------------------------------------------- */

void
machine_resolvers(struct machine *m, const char *text)
{
	char word[16], address[PREFIX_STRLEN];

	for (; *text != '\0' && m->resolvers_n < MACHINE_RESOLVERS_MAX;
	     text += strcspn(text, "\n"), text += *text == '\n')
		if (sscanf(text, "%15s %51[0-9a-fA-F.:]", word, address) == 2 &&
		    strcmp(word, "nameserver") == 0 &&
		    prefix_parse(&m->resolvers[m->resolvers_n], address) == 0)
			m->resolvers_n++;
}

static void
look_at_resolvers(struct machine *m)
{
	char *text;
	size_t len;

	if (file_slurp(&text, &len, "/etc/resolv.conf", SMALL_FILE) != 0)
		return;
	machine_resolvers(m, text);
	free(text);
}

const char *
machine_zone(const char *link)
{
	const char *at = strstr(link, ZONES);

	at = at != NULL ? at + sizeof(ZONES) - 1 : "";
	return strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/+-") ==
		strlen(at)
	    ? at
	    : "";
}

static void
look_at_names(struct machine *m)
{
	char link[256];
	ssize_t n = readlink("/etc/localtime", link, sizeof(link) - 1);

	if (n > 0) {
		link[n] = '\0';
		snprintf(m->time_zone, sizeof(m->time_zone), "%s", machine_zone(link));
	}
	if (gethostname(m->host, sizeof(m->host) - 1) != 0)
		m->host[0] = '\0';
}

double
machine_speed(const char *interface)
{
	char path[PATH_MAX_LEN], *text;
	size_t len;
	double mbit;

	snprintf(path, sizeof(path), "/sys/class/net/%s/speed", interface);
	if (strchr(interface, '/') != NULL || file_slurp(&text, &len, path, SMALL_FILE) != 0)
		return 0;
	mbit = strtod(text, NULL);
	free(text);
	return mbit > 0 && mbit < 1e7 ? mbit * 1e6 : 0;
}

/* ---- addresses ----------------------------------------------------------- */

static void
look_at_addresses(struct machine *m)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) != 0)
		return;
	for (struct ifaddrs *i = all; i != NULL && m->addresses_n < MACHINE_ADDRESSES_MAX;
	     i = i->ifa_next) {
		struct prefix p = address_prefix(i->ifa_addr);

		if (p.family == 0 || (p.family == 4 && p.addr[0] == 127) ||
		    ((i->ifa_flags & IFF_LOOPBACK) != 0 && p.family == 6 && p.addr[0] == 0) ||
		    (p.family == 6 && IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)p.addr)))
			continue;
		m->addresses[m->addresses_n++] = p;
	}
	freeifaddrs(all);
}

/* ---- the firewall -------------------------------------------------------- */

struct answer {
	struct machine *m;
	bool over;
};

static const char *
family_name(uint8_t family)
{
	return family == NFPROTO_INET  ? "inet"
	    : family == NFPROTO_IPV4   ? "ip"
	    : family == NFPROTO_IPV6   ? "ip6"
	    : family == NFPROTO_NETDEV ? "netdev"
	    : family == NFPROTO_BRIDGE ? "bridge"
				       : NULL;
}

static void
take_message(void *ctx, const struct nlmsghdr *msg)
{
	struct answer *a = ctx;
	struct nft_counter_value v;
	struct machine_counter *c;
	int err;

	a->over = a->over || netlink_end(msg, &err);
	if (a->m->counters_n == MACHINE_COUNTERS_MAX || !nft_read_counter(&v, msg) ||
	    family_name(v.family) == NULL || strlen(v.table) >= NAME_MAX_LEN ||
	    strlen(v.name) >= NAME_MAX_LEN)
		return;
	c = &a->m->counters[a->m->counters_n++];
	snprintf(c->table, sizeof(c->table), "%s %s", family_name(v.family), v.table);
	snprintf(c->name, sizeof(c->name), "%s", v.name);
}

static void
look_at_counters(struct machine *m)
{
	_Alignas(struct nlmsghdr) char ask[NETLINK_QUESTION_MAX];
	static _Alignas(struct nlmsghdr) char buf[NETLINK_BUFFER];
	struct answer a = { .m = m };
	int fd = netlink_open(NETLINK_NETFILTER, NULL);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return;
	netlink_ask(fd, nft_ask_all_counters(ask, 1));
	while (!a.over && poll(&p, 1, KERNEL_MS) > 0)
		if (netlink_read(fd, buf, take_message, &a) < 0)
			break;
	close(fd);
}

void
machine_look(struct machine *ret)
{
	*ret = (struct machine){ .conntrack = access(CONNTRACK, R_OK) == 0 };
	look_at_names(ret);
	look_at_addresses(ret);
	look_at_resolvers(ret);
	look_at_counters(ret);
}
