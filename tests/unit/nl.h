/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Netlink messages made by tests, as the kernel would send them. */
#ifndef SEAWALL_TESTS_NL_H
#define SEAWALL_TESTS_NL_H

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>

struct made {
	_Alignas(8) char bytes[4096];
};

static inline struct nlmsghdr *
nf_answer(struct made *buf, int type, uint16_t res_id)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(buf->bytes);
	struct nfgenmsg *g;

	m->nlmsg_type = (uint16_t)type;
	g = mnl_nlmsg_put_extra_header(m, sizeof(*g));
	g->res_id = htons(res_id);
	return m;
}

#endif
