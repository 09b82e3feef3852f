/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel says over netlink, from messages made here: whole, cut, and about the wrong
 * thing.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "leak.h"
#include "nl.h"
#include "sensor/ct_stats.h"
#include "sensor/link_stats.h"
#include "sensor/rate.h"

TestSuite(sensor_netlink, .fini = leak_check);
TestSuite(sensor_rate, .fini = leak_check);
TestSuite(sensor_link, .fini = leak_check);
TestSuite(sensor_ct, .fini = leak_check);

static struct now
at(int64_t ms)
{
	return (struct now){ .mono = { ms * 1000000 } };
}

/* ---- questions and answers ----------------------------------------------- */

Test(sensor_netlink, a_question_says_what_and_when)
{
	int64_t times[] = { 5, 16777214, 16777215, 16777216, 16777300, 123456789012 };

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		uint32_t seq = netlink_seq(at(times[i]).mono, 7);

		cr_assert_eq(netlink_question(seq), 7);
		cr_assert_eq(netlink_asked_ms(seq, at(times[i] + 900).mono), times[i], "%zu", i);
	}
}

static void
count(void *ctx, const struct nlmsghdr *m)
{
	(void)m;
	++*(unsigned *)ctx;
}

Test(sensor_netlink, walks_whole_messages_and_says_when_the_last_is_cut)
{
	struct made buf = { 0 };
	struct nlmsghdr *m = mnl_nlmsg_put_header(buf.bytes);
	size_t len;

	mnl_attr_put_u64(m, 1, 42);
	len = m->nlmsg_len;
	m = mnl_nlmsg_put_header(buf.bytes + len);
	mnl_attr_put_u32(m, 1, 42);
	for (size_t n = 0; n <= len + m->nlmsg_len; n++) {
		char *cut = malloc(n > 0 ? n : 1);
		unsigned got = 0;
		bool whole;

		memcpy(cut, buf.bytes, n);
		whole = netlink_each(cut, n, count, &got);
		cr_assert_eq(got, n < len ? 0 : n < len + m->nlmsg_len ? 1 : 2, "%zu bytes", n);
		cr_assert_eq(whole, n == 0 || n == len || n == len + m->nlmsg_len, "%zu bytes", n);
		free(cut);
	}
}

Test(sensor_netlink, a_length_beyond_all_bounds_ends_the_walk)
{
	uint32_t lengths[] = { 0, 15, 21, 0x7fffffff, 0x80000000, 0xe8000014, 0xffffffff };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		struct made buf = { 0 };
		unsigned got = 0;

		mnl_nlmsg_put_header(buf.bytes)->nlmsg_len = lengths[i];
		cr_assert_not(netlink_each(buf.bytes, 20, count, &got), "%#x", lengths[i]);
		cr_assert_eq(got, 0);
	}
}

Test(sensor_netlink, an_end_carries_the_kernels_word)
{
	struct made buf = { 0 };
	struct nlmsghdr *m = mnl_nlmsg_put_header(buf.bytes);
	struct nlmsgerr *e;
	int err = 1;

	cr_assert_not(netlink_end(m, &err));
	m->nlmsg_type = NLMSG_DONE;
	cr_assert(netlink_end(m, &err), "even without a word");
	cr_assert_eq(err, 0);
	m->nlmsg_type = NLMSG_ERROR;
	e = mnl_nlmsg_put_extra_header(m, sizeof(*e));
	e->error = -ENOENT;
	cr_assert(netlink_end(m, &err));
	cr_assert_eq(err, -ENOENT);
}

/* ---- rates --------------------------------------------------------------- */

Test(sensor_rate, is_growth_over_time)
{
	struct rate r = { 0 };
	struct rate_growth g;

	cr_assert_eq(rate_step(&r, 1000, 100, 10, &g), RATE_FIRST);
	cr_assert_eq(rate_step(&r, 3000, 5100, 30, &g), RATE_GREW);
	cr_assert_eq(g.ms, 2000);
	cr_assert_eq(g.bytes, 5000);
	cr_assert_eq(g.packets, 20);
	cr_assert_float_eq(rate_per_second(g.bytes, g.ms), 2500, 1e-9);
}

Test(sensor_rate, what_a_counter_that_fell_counted_is_not_known)
{
	struct rate r = { 0 };
	struct rate_growth g;

	rate_step(&r, 1000, UINT32_MAX - 5u, 10, &g);
	cr_assert_eq(rate_step(&r, 2000, 20, 20, &g), RATE_FELL, "a 32-bit counter that wrapped");
	cr_assert_eq(rate_step(&r, 3000, 40, 21, &g), RATE_GREW, "and goes on from there");
	cr_assert_eq(g.bytes, 20);
	cr_assert_eq(rate_step(&r, 4000, 50, 1, &g), RATE_FELL, "the packets alone");
}

Test(sensor_rate, no_time_is_no_rate)
{
	struct rate r = { 0 };
	struct rate_growth g;

	rate_step(&r, 1000, 1, 1, &g);
	cr_assert_eq(rate_step(&r, 1000, 500, 5, &g), RATE_TOO_SOON);
	cr_assert_eq(rate_step(&r, 900, 500, 5, &g), RATE_TOO_SOON, "nor is an older answer");
	cr_assert_eq(rate_step(&r, 2000, 501, 6, &g), RATE_GREW);
	cr_assert_eq(g.bytes, 500, "nothing of it is lost");
}

/* ---- interfaces ---------------------------------------------------------- */

static struct nlmsghdr *
interface_answer(struct made *buf, const char *name, unsigned flags, size_t counters)
{
	struct rtnl_link_stats64 stats = {
		.rx_bytes = 5000000000, .rx_packets = 7, .tx_bytes = 11, .tx_packets = 13,
		.rx_dropped = 17, .rx_missed_errors = 19
	};
	struct nlmsghdr *m = mnl_nlmsg_put_header(buf->bytes);
	struct ifinfomsg *i;

	m->nlmsg_type = RTM_NEWLINK;
	i = mnl_nlmsg_put_extra_header(m, sizeof(*i));
	i->ifi_index = 4;
	i->ifi_type = ARPHRD_ETHER;
	i->ifi_flags = flags;
	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	mnl_attr_put_u32(m, IFLA_MTU, 1500);
	mnl_attr_put(m, IFLA_STATS64, counters, &stats);
	return m;
}

Test(sensor_link, reads_state_and_counters)
{
	struct made buf = { 0 };
	struct link_stats s;

	cr_assert(link_stats_read(&s, interface_answer(&buf, "eth1", IFF_UP | IFF_RUNNING,
	    sizeof(struct rtnl_link_stats64))));
	cr_assert_str_eq(s.name, "eth1");
	cr_assert(s.up && s.ethernet && s.index == 4);
	cr_assert_eq(s.rx_bytes, 5000000000);
	cr_assert_eq(s.rx_packets, 7);
	cr_assert_eq(s.tx_bytes, 11);
	cr_assert_eq(s.tx_packets, 13);
	cr_assert_eq(s.rx_dropped, 17);
	cr_assert_eq(s.rx_missed, 19);
}

Test(sensor_link, an_interface_without_carrier_is_not_up)
{
	unsigned flags[] = { 0, IFF_UP, IFF_RUNNING };

	for (unsigned i = 0; i < 3; i++) {
		struct made buf = { 0 };
		struct link_stats s;

		cr_assert(link_stats_read(&s, interface_answer(&buf, "eth1", flags[i], 192)));
		cr_assert_not(s.up);
	}
}

Test(sensor_link, refuses_every_truncation)
{
	struct made whole = { 0 };
	size_t len = interface_answer(&whole, "eth1", IFF_UP, 192)->nlmsg_len;

	for (size_t n = sizeof(struct nlmsghdr); n < len; n++) {
		struct nlmsghdr *m = malloc(n);
		struct link_stats s = { .index = 99 };

		memcpy(m, whole.bytes, n);
		m->nlmsg_len = (uint32_t)n;
		cr_assert_not(link_stats_read(&s, m), "%zu bytes", n);
		cr_assert_eq(s.index, 99, "nothing is written");
		free(m);
	}
}

Test(sensor_link, refuses_what_lacks_counters_or_a_name_that_ends)
{
	struct made buf = { 0 };
	struct nlmsghdr *m = interface_answer(&buf, "eth1", IFF_UP, 40);
	struct link_stats s;

	cr_assert_not(link_stats_read(&s, m), "counters of another form");
	m = interface_answer(&buf, "a-name-longer-than-any", IFF_UP, 192);
	cr_assert_not(link_stats_read(&s, m));
	m = interface_answer(&buf, "eth1", IFF_UP, 192);
	m->nlmsg_type = RTM_DELLINK;
	cr_assert_not(link_stats_read(&s, m), "it is gone");
}

Test(sensor_link, asks_by_name)
{
	struct made buf = { 0 };
	struct nlmsghdr *m = link_stats_question(buf.bytes, "eth1", 77);
	const struct nlattr *a;
	bool named = false;

	cr_assert_eq(m->nlmsg_seq, 77);
	cr_assert_eq(m->nlmsg_flags, NLM_F_REQUEST);
	netlink_for_each(a, m, sizeof(struct ifinfomsg))
		named |= mnl_attr_get_type(a) == IFLA_IFNAME &&
		    strcmp(mnl_attr_get_payload(a), "eth1") == 0;
	cr_assert(named);
}

/* ---- connection tracking ------------------------------------------------- */

#define CT(message) (NFNL_SUBSYS_CTNETLINK << 8 | (message))

Test(sensor_ct, reads_how_full_it_is)
{
	struct made buf = { 0 };
	struct nlmsghdr *m = nf_answer(&buf, CT(IPCTNL_MSG_CT_GET_STATS), 0);
	struct ct_fill f;

	cr_assert_not(ct_read_fill(&f, m), "nothing is in it");
	mnl_attr_put_u32(m, CTA_STATS_GLOBAL_ENTRIES, htonl(52428));
	cr_assert(ct_read_fill(&f, m));
	cr_assert_eq(f.most, 0, "an old kernel does not tell");
	mnl_attr_put_u32(m, CTA_STATS_GLOBAL_MAX_ENTRIES, htonl(262144));
	cr_assert(ct_read_fill(&f, m));
	cr_assert_eq(f.entries, 52428);
	cr_assert_eq(f.most, 262144);
	m->nlmsg_type = CT(IPCTNL_MSG_CT_GET_STATS_CPU);
	cr_assert_not(ct_read_fill(&f, m), "the other answer");
}

static struct nlmsghdr *
drops_answer(struct made *buf)
{
	struct nlmsghdr *m = nf_answer(buf, CT(IPCTNL_MSG_CT_GET_STATS_CPU), 3);

	mnl_attr_put_u32(m, CTA_STATS_INSERT_FAILED, htonl(1));
	mnl_attr_put_u32(m, CTA_STATS_EARLY_DROP, htonl(3));
	mnl_attr_put_u32(m, CTA_STATS_DROP, htonl(2));
	return m;
}

Test(sensor_ct, reads_the_drops_of_a_processor)
{
	struct made buf = { 0 };
	struct ct_drops d;

	cr_assert(ct_read_drops(&d, drops_answer(&buf)));
	cr_assert_eq(d.cpu, 3);
	cr_assert_eq(d.insert_failed, 1);
	cr_assert_eq(d.drop, 2);
	cr_assert_eq(d.early_drop, 3);
}

Test(sensor_ct, refuses_every_truncation)
{
	struct made whole = { 0 };
	size_t len = drops_answer(&whole)->nlmsg_len;

	for (size_t n = sizeof(struct nlmsghdr); n < len; n++) {
		struct nlmsghdr *m = malloc(n);
		struct ct_drops d;

		memcpy(m, whole.bytes, n);
		m->nlmsg_len = (uint32_t)n;
		cr_assert_not(ct_read_drops(&d, m), "%zu bytes", n);
		free(m);
	}
}
