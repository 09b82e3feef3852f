/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/link_stats.h"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

struct nlmsghdr *
link_stats_question(void *buf, const char *name, uint32_t seq)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *i;

	m->nlmsg_type = RTM_GETLINK;
	m->nlmsg_flags = NLM_F_REQUEST;
	m->nlmsg_seq = seq;
	i = mnl_nlmsg_put_extra_header(m, sizeof(*i));
	i->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	return m;
}

/* Younger kernels have more counters behind these. */
static bool
read_counters(struct link_stats *ret, const struct nlattr *a)
{
	struct rtnl_link_stats64 s;
	size_t needed = offsetof(struct rtnl_link_stats64, rx_missed_errors) + sizeof(uint64_t);

	if (mnl_attr_get_payload_len(a) < needed)
		return false;
	memcpy(&s, mnl_attr_get_payload(a), needed);
	ret->rx_bytes = s.rx_bytes;
	ret->rx_packets = s.rx_packets;
	ret->tx_bytes = s.tx_bytes;
	ret->tx_packets = s.tx_packets;
	ret->rx_dropped = s.rx_dropped;
	ret->rx_missed = s.rx_missed_errors;
	return true;
}

static bool
read_name(struct link_stats *ret, const struct nlattr *a)
{
	size_t len = mnl_attr_get_payload_len(a);
	const char *name = mnl_attr_get_payload(a);

	if (len == 0 || len > sizeof(ret->name) || name[len - 1] != '\0')
		return false;
	memcpy(ret->name, name, len);
	return true;
}

bool
link_stats_read(struct link_stats *ret, const struct nlmsghdr *m)
{
	struct link_stats s = { 0 };
	bool counted = false, named = false;
	const struct nlattr *a;
	struct ifinfomsg i;

	if (m->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(m) < sizeof(i))
		return false;
	memcpy(&i, mnl_nlmsg_get_payload(m), sizeof(i));
	s.index = i.ifi_index;
	s.ethernet = i.ifi_type == ARPHRD_ETHER;
	s.up = (i.ifi_flags & IFF_UP) != 0 && (i.ifi_flags & IFF_RUNNING) != 0;
	netlink_for_each(a, m, sizeof(i)) {
		if (mnl_attr_get_type(a) == IFLA_STATS64)
			counted = read_counters(&s, a);
		else if (mnl_attr_get_type(a) == IFLA_IFNAME)
			named = read_name(&s, a);
	}
	if (counted && named)
		*ret = s;
	return counted && named;
}
