/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters of nftables, from messages made here, and what they grew by. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "leak.h"
#include "nl.h"
#include "sensor/meters.h"
#include "sensor/nft.h"

TestSuite(sensor_nft, .fini = leak_check);
TestSuite(sensor_meters, .fini = leak_check);

#define NFT(message) (NFNL_SUBSYS_NFTABLES << 8 | (message))

static void
put_counter(struct nlmsghdr *m, uint16_t attr, uint64_t bytes, uint64_t packets)
{
	struct nlattr *nest = mnl_attr_nest_start(m, attr);

	mnl_attr_put_u64(m, NFTA_COUNTER_BYTES, htobe64(bytes));
	mnl_attr_put_u64(m, NFTA_COUNTER_PACKETS, htobe64(packets));
	mnl_attr_nest_end(m, nest);
}

static struct nlmsghdr *
counter_answer(struct made *buf, uint32_t type)
{
	struct nlmsghdr *m = nf_answer(buf, NFT(NFT_MSG_NEWOBJ), 3);

	mnl_attr_put_strz(m, NFTA_OBJ_TABLE, "filter");
	mnl_attr_put_strz(m, NFTA_OBJ_NAME, "syn_in");
	mnl_attr_put_u32(m, NFTA_OBJ_TYPE, htonl(type));
	put_counter(m, NFTA_OBJ_DATA, 6000000000, 100000000);
	return m;
}

Test(sensor_nft, reads_a_named_counter)
{
	struct nft_counter_value v;
	struct made buf = { 0 };

	cr_assert(nft_read_counter(&v, counter_answer(&buf, NFT_OBJECT_COUNTER)));
	cr_assert_str_eq(v.name, "syn_in");
	cr_assert_eq(v.bytes, 6000000000);
	cr_assert_eq(v.packets, 100000000);
}

Test(sensor_nft, a_quota_is_no_counter)
{
	struct nft_counter_value v;
	struct made buf = { 0 };
	struct nlmsghdr *m = counter_answer(&buf, NFT_OBJECT_QUOTA);

	cr_assert_not(nft_read_counter(&v, m));
	m = counter_answer(&buf, NFT_OBJECT_COUNTER);
	m->nlmsg_type = NFT(NFT_MSG_DELOBJ);
	cr_assert_not(nft_read_counter(&v, m));
}

static struct nlmsghdr *
set_answer(struct made *buf, uint32_t key, uint32_t length, uint32_t flags)
{
	struct nlmsghdr *m = nf_answer(buf, NFT(NFT_MSG_NEWSET), 3);

	mnl_attr_put_strz(m, NFTA_SET_NAME, "victims");
	mnl_attr_put_u32(m, NFTA_SET_FLAGS, htonl(flags));
	mnl_attr_put_u32(m, NFTA_SET_KEY_TYPE, htonl(key));
	mnl_attr_put_u32(m, NFTA_SET_KEY_LEN, htonl(length));
	mnl_attr_put_u64(m, NFTA_SET_HANDLE, htobe64(12));
	return m;
}

Test(sensor_nft, only_single_addresses_are_hosts)
{
	struct { uint32_t key, length, flags; unsigned family; const char *what; } rows[] = {
		{ 7, 4, 0, 4, "ipv4_addr" },
		{ 8, 16, NFT_SET_EVAL, 6, "ipv6_addr, dynamic" },
		{ 7, 4, NFT_SET_MAP, 4, "a map from ipv4_addr" },
		{ 7, 4, NFT_SET_INTERVAL, 0, "ranges of addresses" },
		{ 7, 4, NFT_SET_MAP | NFT_SET_INTERVAL, 0, "a map from ranges" },
		{ 19, 4, 0, 0, "marks, as long as an address" },
		{ 7 << 6 | 13, 8, 0, 0, "address and port" },
		{ 7, 16, 0, 0, "a length that is not the key's" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct made buf = { 0 };
		struct nft_set s;

		cr_assert(
		    nft_read_set(&s, set_answer(&buf, rows[i].key, rows[i].length, rows[i].flags)));
		cr_assert_eq(s.family, rows[i].family, "%s", rows[i].what);
		cr_assert_eq(s.handle, 12);
		cr_assert_eq(s.generation, 3);
	}
}

enum { ONE = 1, LISTED = 2, NO_COUNTER = 4, RANGE_END = 8 };

static void
put_expression(struct nlmsghdr *m, uint16_t attr, const char *name, uint64_t bytes,
    uint64_t packets)
{
	struct nlattr *nest = mnl_attr_nest_start(m, attr);

	mnl_attr_put_strz(m, NFTA_EXPR_NAME, name);
	put_counter(m, NFTA_EXPR_DATA, bytes, packets);
	mnl_attr_nest_end(m, nest);
}

static void
put_element(struct nlmsghdr *m, uint8_t last, size_t key, unsigned how, uint64_t packets)
{
	uint8_t addr[16] = { 192, 0, 2, last };
	struct nlattr *nest = mnl_attr_nest_start(m, NFTA_LIST_ELEM), *inner;

	inner = mnl_attr_nest_start(m, NFTA_SET_ELEM_KEY);
	mnl_attr_put(m, NFTA_DATA_VALUE, key, addr);
	mnl_attr_nest_end(m, inner);
	if (how & RANGE_END)
		mnl_attr_put_u32(m, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
	if (how & LISTED) {
		inner = mnl_attr_nest_start(m, NFTA_SET_ELEM_EXPRESSIONS);
		put_expression(m, NFTA_LIST_ELEM, "quota", 1, 1);
		put_expression(m, NFTA_LIST_ELEM, "counter", packets * 100, packets);
		mnl_attr_nest_end(m, inner);
	} else if ((how & NO_COUNTER) == 0) {
		put_expression(m, NFTA_SET_ELEM_EXPR, "counter", packets * 100, packets);
	}
	mnl_attr_nest_end(m, nest);
}

static struct nlmsghdr *
elements_answer(struct made *buf)
{
	struct nlmsghdr *m = nf_answer(buf, NFT(NFT_MSG_NEWSETELEM), 77);
	struct nlattr *list;

	mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_SET, "victims");
	list = mnl_attr_nest_start(m, NFTA_SET_ELEM_LIST_ELEMENTS);
	put_element(m, 80, 4, ONE, 5);
	put_element(m, 81, 4, NO_COUNTER, 0);
	put_element(m, 82, 16, LISTED, 7);
	put_element(m, 83, 4, ONE | RANGE_END, 9);
	mnl_attr_nest_end(m, list);
	return m;
}

struct elements {
	unsigned n;
	struct nft_element of[8];
};

static void
keep_element(void *ctx, const struct nft_element *e)
{
	struct elements *all = ctx;

	all->of[all->n++] = *e;
}

Test(sensor_nft, reads_the_elements_that_have_a_counter)
{
	struct elements all = { 0 };
	struct nft_elements part;
	struct made buf = { 0 };
	struct nlmsghdr *m = elements_answer(&buf);

	cr_assert(nft_read_elements(&part, m, keep_element, &all));
	cr_assert_eq(all.n, 2);
	cr_assert_eq(all.of[0].length, 4);
	cr_assert_eq(all.of[0].key[3], 80);
	cr_assert_eq(all.of[0].bytes, 500);
	cr_assert_eq(all.of[1].length, 16);
	cr_assert_eq(all.of[1].packets, 7, "behind another statement");
	cr_assert_eq(part.uncounted, 2);
	cr_assert_eq(part.generation, 77);
	cr_assert_not(part.interrupted);
	m->nlmsg_flags |= NLM_F_DUMP_INTR;
	cr_assert(nft_read_elements(&part, m, NULL, NULL), "the frame alone");
	cr_assert(part.interrupted);
}

Test(sensor_nft, no_truncation_yields_more_than_was_there)
{
	struct made whole = { 0 };
	size_t len = elements_answer(&whole)->nlmsg_len;

	for (size_t n = sizeof(struct nlmsghdr); n < len; n++) {
		struct nlmsghdr *m = malloc(n);
		struct elements all = { 0 };
		struct nft_elements part;

		memcpy(m, whole.bytes, n);
		m->nlmsg_len = (uint32_t)n;
		nft_read_elements(&part, m, keep_element, &all);
		cr_assert_eq(all.n, 0, "%zu bytes: the list's own length leaves the message", n);
		free(m);
	}
}

Test(sensor_nft, asks_for_one_thing)
{
	struct nft_place where = { 1, "filter" };
	struct made buf = { 0 };
	struct nlmsghdr *m = nft_ask_elements(buf.bytes, where, "victims", 9);

	cr_assert_eq(m->nlmsg_type, NFT(NFT_MSG_GETSETELEM));
	cr_assert_eq(m->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	m = nft_ask_set(buf.bytes, where, "victims", 9);
	cr_assert_eq(m->nlmsg_flags, NLM_F_REQUEST, "one set, in one part");
	m = nft_ask_counters(buf.bytes, where, 9);
	cr_assert_eq(m->nlmsg_type, NFT(NFT_MSG_GETOBJ), "never with resetting");
	m = nft_ask_table(buf.bytes, where, 9);
	cr_assert_eq(m->nlmsg_type, NFT(NFT_MSG_GETTABLE));
}

/* ---- what elements grew by ----------------------------------------------- */

static bool
take(struct meters *m, uint8_t last, uint64_t packets, struct meter_growth *g)
{
	struct nft_element e = { .length = 4, .key = { 192, 0, 2, last }, .bytes = packets * 100,
		.packets = packets };

	return meters_take(m, 0, 4, &e, g);
}

static void
whole_round(struct meters *m, int64_t ms, uint16_t generation, uint8_t last, uint64_t packets)
{
	struct meter_growth g;

	meters_begin(m, 0, ms, generation);
	if (last != 0)
		take(m, last, packets, &g);
	meters_end(m, 0, true);
}

Test(sensor_meters, tell_growth_since_the_round_before)
{
	struct meter_growth g;
	struct meters *m;

	cr_assert_eq(meters_new(&m, 16), 0);
	meters_begin(m, 0, 1000, 1);
	cr_assert_not(take(m, 80, 1000, &g), "since when is not known");
	meters_end(m, 0, true);
	meters_begin(m, 0, 2500, 1);
	cr_assert(take(m, 80, 1300, &g));
	cr_assert_eq(g.from_ms, 1000);
	cr_assert_eq(g.to_ms, 2500);
	cr_assert_eq(g.packets, 300);
	cr_assert_eq(g.bytes, 30000);
	cr_assert_not(take(m, 80, 1300, &g), "the same twice in an answer");
	meters_end(m, 0, true);
	meters_begin(m, 0, 3500, 1);
	cr_assert_not(take(m, 80, 1300, &g), "nothing grew");
	meters_free(m);
}

Test(sensor_meters, the_first_element_of_an_empty_set_is_new)
{
	struct meter_growth g;
	struct meters *m;

	cr_assert_eq(meters_new(&m, 16), 0);
	whole_round(m, 1000, 1, 0, 0);
	whole_round(m, 2000, 1, 0, 0);
	meters_begin(m, 0, 3000, 1);
	cr_assert(take(m, 80, 700, &g), "an attack need not wait for a second look");
	cr_assert_eq(g.from_ms, 2000);
	meters_free(m);
}

Test(sensor_meters, a_new_element_counted_all_it_has_since)
{
	struct meter_growth g;
	struct meters *m;

	cr_assert_eq(meters_new(&m, 16), 0);
	whole_round(m, 1000, 1, 80, 5);
	meters_begin(m, 0, 2000, 1);
	cr_assert(take(m, 81, 700, &g));
	cr_assert_eq(g.packets, 700);
	cr_assert_eq(g.from_ms, 1000);
	meters_free(m);
}

Test(sensor_meters, what_somebody_put_there_is_no_growth)
{
	struct meter_growth g;
	struct meters *m;

	cr_assert_eq(meters_new(&m, 16), 0);
	whole_round(m, 1000, 1, 80, 5);
	meters_begin(m, 0, 2000, 2);
	cr_assert_not(take(m, 81, 700, &g), "the rules changed meanwhile");
	cr_assert(take(m, 80, 6, &g), "who was there goes on");
	meters_end(m, 0, true);
	meters_begin(m, 0, 3000, 2);
	cr_assert(take(m, 81, 701, &g));
	cr_assert_eq(g.packets, 1);
	meters_forget(m, 0);
	meters_begin(m, 0, 4000, 2);
	cr_assert_not(take(m, 81, 900, &g), "another set of the same name");
	meters_free(m);
}

Test(sensor_meters, a_counter_that_was_set_back_is_left_out_once)
{
	struct meters_totals totals;
	struct meter_growth g;
	struct meters *m;

	cr_assert_eq(meters_new(&m, 16), 0);
	whole_round(m, 1000, 1, 80, 5000);
	meters_begin(m, 0, 2000, 1);
	cr_assert_not(take(m, 80, 20, &g));
	meters_end(m, 0, true);
	meters_begin(m, 0, 3000, 1);
	cr_assert(take(m, 80, 50, &g));
	cr_assert_eq(g.packets, 30);
	meters_totals(m, &totals);
	cr_assert_eq(totals.set_back, 1);
	meters_free(m);
}

Test(sensor_meters, an_element_that_was_missed_once_is_not_new)
{
	struct meter_growth g;
	struct meters *m;

	cr_assert_eq(meters_new(&m, 16), 0);
	whole_round(m, 1000, 1, 80, 1000000);
	whole_round(m, 2000, 1, 0, 0);
	meters_begin(m, 0, 3000, 1);
	cr_assert(take(m, 80, 1000010, &g));
	cr_assert_eq(g.packets, 10);
	cr_assert_eq(g.from_ms, 1000);
	meters_free(m);
}

Test(sensor_meters, an_answer_that_was_cut_off_forgets_and_proves_nothing)
{
	struct meters_totals totals;
	struct meter_growth g;
	struct meters *m;

	cr_assert_eq(meters_new(&m, 16), 0);
	whole_round(m, 1000, 1, 80, 5);
	for (int i = 0; i < 10; i++) {
		meters_begin(m, 0, 2000 + i, 1);
		meters_end(m, 0, false);
	}
	meters_totals(m, &totals);
	cr_assert_eq(totals.kept, 1);
	meters_begin(m, 0, 3000, 1);
	cr_assert(take(m, 81, 4, &g));
	cr_assert_eq(g.from_ms, 1000, "since the last whole one");
	meters_free(m);
}

Test(sensor_meters, memory_is_bounded_and_comes_back)
{
	struct meters_totals totals;
	struct meter_growth g;
	struct meters *m;

	cr_assert_eq(meters_new(&m, 3), 0);
	whole_round(m, 1000, 1, 1, 1);
	meters_begin(m, 0, 2000, 1);
	for (uint8_t i = 1; i <= 5; i++)
		take(m, i, 9, &g);
	meters_end(m, 0, true);
	meters_totals(m, &totals);
	cr_assert_eq(totals.kept, 3);
	cr_assert_eq(totals.no_room, 2);
	for (int i = 0; i < METER_ROUNDS_KEPT; i++)
		whole_round(m, 3000 + i, 1, 1, 9);
	meters_totals(m, &totals);
	cr_assert_eq(totals.kept, 1, "those that are gone make room");
	meters_begin(m, 0, 9000, 1);
	cr_assert(take(m, 7, 9, &g));
	meters_free(m);
}
