/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * FastNetMon's notifications, as its JSON callback writes them: Advanced by itself, Community
 * through contrib/feed-fastnetmon, which turns the text it gives to its script into the same
 * members. A ban tells the traffic at that moment, and nothing more comes until the unban.
 */
#include "sensor/feed_inside.h"

#define NAME "fastnetmon"
#define GONE_MS 1000		/* an unban ends every figure: nought, for so long */

enum { IP, ACTION, DIRECTION, FIGURES };

/* member, metric, factor: bytes become bits */
static const struct { enum metric metric; double factor;
} figures[] = {
	{ METRIC_BPS, 8 },
	{ METRIC_PPS, 1 },
	{ METRIC_FPS, 1 },
	{ METRIC_SYN_PPS, 1 },
	{ METRIC_TCP_PPS, 1 },
	{ METRIC_UDP_PPS, 1 },
	{ METRIC_UDP_BPS, 8 },
	{ METRIC_ICMP_PPS, 1 },
	{ METRIC_FRAG_PPS, 1 },
};

#define FIGURES_N (sizeof(figures) / sizeof(*figures))
#define MEMBERS_N (FIGURES + FIGURES_N)

static const struct member_name names[MEMBERS_N] = {
	[IP] = MEMBER_NAME("ip"), [ACTION] = MEMBER_NAME("action"),
	[DIRECTION] = MEMBER_NAME("attack_details.attack_direction"),
	[FIGURES] = MEMBER_NAME("attack_details.total_incoming_traffic"),
	MEMBER_NAME("attack_details.total_incoming_pps"),
	MEMBER_NAME("attack_details.total_incoming_flows"),
	MEMBER_NAME("attack_details.incoming_syn_tcp_pps"),
	MEMBER_NAME("attack_details.incoming_tcp_pps"),
	MEMBER_NAME("attack_details.incoming_udp_pps"),
	MEMBER_NAME("attack_details.incoming_udp_traffic"),
	MEMBER_NAME("attack_details.incoming_icmp_pps"),
	MEMBER_NAME("attack_details.incoming_ip_fragmented_pps"),
};

static enum feed_refusal
judge(const struct member *m)
{
	double v;

	for (unsigned i = 0; i < MEMBERS_N; i++)
		if (m[i].times > 1)
			return FEED_TWICE;
	for (unsigned i = FIGURES; i < MEMBERS_N; i++)
		if (m[i].type != MEMBER_ABSENT &&
		    (m[i].type != MEMBER_NUMBER || !member_number(&v, &m[i]) || v < 0 ||
			v > FEED_VALUE_MAX / 8))
			return FEED_VALUE;
	return member_is(&m[DIRECTION], "outgoing") ? FEED_OUTGOING : FEED_ACCEPTED;
}

enum feed_refusal
feed_fastnetmon(struct feed *f, const char *line, size_t len, struct now now)
{
	struct member m[MEMBERS_N];
	struct subject subject;
	enum feed_refusal refusal;
	bool over;

	if (!feed_spoke(f, NAME, false, now))
		return FEED_ROOM;
	members_find(line, len, names, MEMBERS_N, m);
	over = member_is(&m[ACTION], "unban");
	refusal = judge(m);
	if (refusal == FEED_ACCEPTED)
		refusal = feed_subject(f, &m[IP], &subject);
	if (refusal == FEED_ACCEPTED && subject.kind == SUBJECT_ALL)
		refusal = FEED_SUBJECT;
	if (refusal != FEED_ACCEPTED)
		return refusal;
	for (unsigned i = 0; i < FIGURES_N; i++) {
		double v = 0;

		if (over)
			feed_tell(f, &subject, figures[i].metric, 0, GONE_MS);
		else if (member_number(&v, &m[FIGURES + i]))
			feed_tell(f, &subject, figures[i].metric, v * figures[i].factor,
			    FEED_BAN_MS);
	}
	return FEED_ACCEPTED;
}
