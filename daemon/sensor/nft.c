/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/nft.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

/* How the program nft numbers what a set's key is; the kernel only keeps it. */
enum { KEY_IPV4 = 7, KEY_IPV6 = 8 };

#define HEADER sizeof(struct nfgenmsg)
#define TYPE(message) (NFNL_SUBSYS_NFTABLES << 8 | (message))

/* ---- questions ----------------------------------------------------------- */

static struct nlmsghdr *
question(void *buf, uint8_t family, int message, uint16_t flags, uint32_t seq)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;

	m->nlmsg_type = (uint16_t)TYPE(message);
	m->nlmsg_flags = NLM_F_REQUEST | flags;
	m->nlmsg_seq = seq;
	g = mnl_nlmsg_put_extra_header(m, sizeof(*g));
	g->nfgen_family = family;
	g->version = NFNETLINK_V0;
	return m;
}

struct nlmsghdr *
nft_ask_table(void *buf, struct nft_place where, uint32_t seq)
{
	struct nlmsghdr *m = question(buf, where.family, NFT_MSG_GETTABLE, 0, seq);

	mnl_attr_put_strz(m, NFTA_TABLE_NAME, where.table);
	return m;
}

struct nlmsghdr *
nft_ask_counters(void *buf, struct nft_place where, uint32_t seq)
{
	struct nlmsghdr *m = question(buf, where.family, NFT_MSG_GETOBJ, NLM_F_DUMP, seq);

	mnl_attr_put_strz(m, NFTA_OBJ_TABLE, where.table);
	mnl_attr_put_u32(m, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	return m;
}

struct nlmsghdr *
nft_ask_all_counters(void *buf, uint32_t seq)
{
	struct nlmsghdr *m = question(buf, NFPROTO_UNSPEC, NFT_MSG_GETOBJ, NLM_F_DUMP, seq);

	mnl_attr_put_u32(m, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	return m;
}

struct nlmsghdr *
nft_ask_set(void *buf, struct nft_place where, const char *set, uint32_t seq)
{
	struct nlmsghdr *m = question(buf, where.family, NFT_MSG_GETSET, 0, seq);

	mnl_attr_put_strz(m, NFTA_SET_TABLE, where.table);
	mnl_attr_put_strz(m, NFTA_SET_NAME, set);
	return m;
}

struct nlmsghdr *
nft_ask_elements(void *buf, struct nft_place where, const char *set, uint32_t seq)
{
	struct nlmsghdr *m = question(buf, where.family, NFT_MSG_GETSETELEM, NLM_F_DUMP, seq);

	mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_TABLE, where.table);
	mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_SET, set);
	return m;
}

/* ---- answers ------------------------------------------------------------- */

static bool
is_answer(const struct nlmsghdr *m, int message)
{
	return m->nlmsg_type == TYPE(message) && mnl_nlmsg_get_payload_len(m) >= HEADER;
}

/* NULL: it does not end within the attribute. */
static const char *
text_of(const struct nlattr *a)
{
	size_t len = mnl_attr_get_payload_len(a);
	const char *text = mnl_attr_get_payload(a);

	return len > 0 && text[len - 1] == '\0' ? text : NULL;
}

static bool
read_values(const struct nlattr *nest, uint64_t *ret_bytes, uint64_t *ret_packets)
{
	bool bytes = false, packets = false;
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		if (mnl_attr_get_type(a) == NFTA_COUNTER_BYTES)
			bytes = netlink_be64(a, ret_bytes);
		else if (mnl_attr_get_type(a) == NFTA_COUNTER_PACKETS)
			packets = netlink_be64(a, ret_packets);
	}
	return bytes && packets;
}

bool
nft_read_counter(struct nft_counter_value *ret, const struct nlmsghdr *m)
{
	struct nft_counter_value v = { .table = "" };
	bool counted = false;
	uint32_t type = 0;
	const struct nlattr *a;

	if (!is_answer(m, NFT_MSG_NEWOBJ))
		return false;
	v.family = ((const struct nfgenmsg *)mnl_nlmsg_get_payload(m))->nfgen_family;
	netlink_for_each(a, m, HEADER) {
		switch (mnl_attr_get_type(a)) {
		case NFTA_OBJ_TABLE:
			v.table = text_of(a) != NULL ? text_of(a) : "";
			break;
		case NFTA_OBJ_NAME:
			v.name = text_of(a);
			break;
		case NFTA_OBJ_TYPE:
			netlink_be32(a, &type);
			break;
		case NFTA_OBJ_DATA:
			counted = read_values(a, &v.bytes, &v.packets);
			break;
		}
	}
	if (v.name == NULL || !counted || type != NFT_OBJECT_COUNTER)
		return false;
	*ret = v;
	return true;
}

bool
nft_read_set(struct nft_set *ret, const struct nlmsghdr *m)
{
	uint32_t key = 0, length = 0, flags = 0;
	struct nft_set s = { 0 };
	const struct nlattr *a;
	struct nfgenmsg g;

	if (!is_answer(m, NFT_MSG_NEWSET))
		return false;
	memcpy(&g, mnl_nlmsg_get_payload(m), sizeof(g));
	s.generation = ntohs(g.res_id);
	netlink_for_each(a, m, HEADER) {
		switch (mnl_attr_get_type(a)) {
		case NFTA_SET_KEY_TYPE:
			netlink_be32(a, &key);
			break;
		case NFTA_SET_KEY_LEN:
			netlink_be32(a, &length);
			break;
		case NFTA_SET_FLAGS:
			netlink_be32(a, &flags);
			break;
		case NFTA_SET_HANDLE:
			netlink_be64(a, &s.handle);
			break;
		}
	}
	if ((flags & NFT_SET_INTERVAL) == 0 && key == KEY_IPV4 && length == 4)
		s.family = 4;
	else if ((flags & NFT_SET_INTERVAL) == 0 && key == KEY_IPV6 && length == 16)
		s.family = 6;
	*ret = s;
	return true;
}

/* ---- elements ------------------------------------------------------------ */

static bool
read_expression(const struct nlattr *nest, struct nft_element *ret)
{
	const struct nlattr *a, *data = NULL;
	bool counter = false;

	mnl_attr_for_each_nested(a, nest) {
		if (mnl_attr_get_type(a) == NFTA_EXPR_NAME)
			counter = text_of(a) != NULL && strcmp(text_of(a), "counter") == 0;
		else if (mnl_attr_get_type(a) == NFTA_EXPR_DATA)
			data = a;
	}
	return counter && data != NULL && read_values(data, &ret->bytes, &ret->packets);
}

/* An element with several statements has a list of them. */
static bool
read_expressions(const struct nlattr *nest, struct nft_element *ret)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest)
		if (mnl_attr_get_type(a) == NFTA_LIST_ELEM && read_expression(a, ret))
			return true;
	return false;
}

static bool
read_key(const struct nlattr *nest, struct nft_element *ret)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		size_t len = mnl_attr_get_payload_len(a);

		if (mnl_attr_get_type(a) != NFTA_DATA_VALUE || len > sizeof(ret->key))
			continue;
		memcpy(ret->key, mnl_attr_get_payload(a), len);
		ret->length = (unsigned)len;
		return len > 0;
	}
	return false;
}

static bool
read_element(const struct nlattr *nest, struct nft_element *ret)
{
	bool keyed = false, counted = false, end = false;
	const struct nlattr *a;
	uint32_t flags;

	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NFTA_SET_ELEM_KEY:
			keyed = read_key(a, ret);
			break;
		case NFTA_SET_ELEM_EXPR:
			counted = read_expression(a, ret);
			break;
		case NFTA_SET_ELEM_EXPRESSIONS:
			counted = read_expressions(a, ret);
			break;
		case NFTA_SET_ELEM_KEY_END:
			end = true;
			break;
		case NFTA_SET_ELEM_FLAGS:
			end |= netlink_be32(a, &flags) && (flags & NFT_SET_ELEM_INTERVAL_END) != 0;
			break;
		}
	}
	return keyed && counted && !end;
}

bool
nft_read_elements(struct nft_elements *ret, const struct nlmsghdr *m, nft_element_sink *sink,
    void *ctx)
{
	const struct nlattr *a, *one;
	struct nfgenmsg g;

	if (!is_answer(m, NFT_MSG_NEWSETELEM))
		return false;
	memcpy(&g, mnl_nlmsg_get_payload(m), sizeof(g));
	*ret = (struct nft_elements){
		.generation = ntohs(g.res_id),
		.interrupted = (m->nlmsg_flags & NLM_F_DUMP_INTR) != 0
	};
	netlink_for_each(a, m, HEADER) {
		if (sink == NULL || mnl_attr_get_type(a) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		mnl_attr_for_each_nested(one, a) {
			struct nft_element e = { 0 };

			if (read_element(one, &e))
				sink(ctx, &e);
			else
				ret->uncounted++;
		}
	}
	return true;
}
