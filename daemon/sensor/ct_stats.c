/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/ct_stats.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER sizeof(struct nfgenmsg)
#define TYPE(message) (NFNL_SUBSYS_CTNETLINK << 8 | (message))

static struct nlmsghdr *
question(void *buf, int message, uint16_t flags, uint32_t seq)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;

	m->nlmsg_type = (uint16_t)TYPE(message);
	m->nlmsg_flags = NLM_F_REQUEST | flags;
	m->nlmsg_seq = seq;
	g = mnl_nlmsg_put_extra_header(m, sizeof(*g));
	g->nfgen_family = AF_UNSPEC;
	g->version = NFNETLINK_V0;
	return m;
}

struct nlmsghdr *
ct_ask_fill(void *buf, uint32_t seq)
{
	return question(buf, IPCTNL_MSG_CT_GET_STATS, 0, seq);
}

struct nlmsghdr *
ct_ask_drops(void *buf, uint32_t seq)
{
	return question(buf, IPCTNL_MSG_CT_GET_STATS_CPU, NLM_F_DUMP, seq);
}

static bool
is_answer(const struct nlmsghdr *m, int message)
{
	return m->nlmsg_type == TYPE(message) && mnl_nlmsg_get_payload_len(m) >= HEADER;
}

bool
ct_read_fill(struct ct_fill *ret, const struct nlmsghdr *m)
{
	struct ct_fill f = { 0 };
	bool counted = false;
	const struct nlattr *a;

	if (!is_answer(m, IPCTNL_MSG_CT_GET_STATS))
		return false;
	netlink_for_each(a, m, HEADER) {
		if (mnl_attr_get_type(a) == CTA_STATS_GLOBAL_ENTRIES)
			counted = netlink_be32(a, &f.entries);
		else if (mnl_attr_get_type(a) == CTA_STATS_GLOBAL_MAX_ENTRIES)
			netlink_be32(a, &f.most);
	}
	if (counted)
		*ret = f;
	return counted;
}

bool
ct_read_drops(struct ct_drops *ret, const struct nlmsghdr *m)
{
	bool counted = false;
	struct ct_drops d = { 0 };
	const struct nlattr *a;
	struct nfgenmsg g;

	if (!is_answer(m, IPCTNL_MSG_CT_GET_STATS_CPU))
		return false;
	memcpy(&g, mnl_nlmsg_get_payload(m), sizeof(g));
	d.cpu = ntohs(g.res_id);
	netlink_for_each(a, m, HEADER) {
		switch (mnl_attr_get_type(a)) {
		case CTA_STATS_INSERT_FAILED:
			netlink_be32(a, &d.insert_failed);
			break;
		case CTA_STATS_DROP:
			counted = netlink_be32(a, &d.drop);
			break;
		case CTA_STATS_EARLY_DROP:
			netlink_be32(a, &d.early_drop);
			break;
		}
	}
	if (counted)
		*ret = d;
	return counted;
}
