/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is believed of exporters, what is known of their health, and which way their packets went.
 */
#include "leak.h"
#include "seen.h"
#include "sensor/belief.h"
#include "sensor/ceiling.h"
#include "sensor/drift.h"
#include "sensor/way.h"

TestSuite(sensor_exporter, .fini = leak_check);

static struct exporter_report
report_of(const struct seen *s, unsigned i)
{
	struct exporter_report x;

	cr_assert(collector_exporter(s->c, i, &x));
	return x;
}

/* One NetFlow 5 record, its header's time that of the clock plus `ahead_ms`. */
static void
feed5(struct seen *s, uint32_t sequence, unsigned sampling, int64_t ahead_ms, uint32_t bytes)
{
	static struct wire w;
	uint32_t unix_s = (uint32_t)((s->now.ms + ahead_ms) / 1000);

	w.n = 0;
	wnf5(&w, 1, sequence, sampling);
	wnf5_record(&w, "192.0.2.80", 10, bytes);
	wput16(&w, 8, unix_s >> 16);
	wput16(&w, 10, unix_s & 0xffff);
	memset(w.b + 12, 0, 4);
	seen_wire(s, &w);
}

static struct flow
last(const struct seen *s)
{
	cr_assert_gt(s->n, 0);
	return s->flow[s->n - 1];
}

Test(sensor_exporter, a_lower_rate_is_believed_at_once_and_a_higher_one_after_a_minute)
{
	struct belief b = { 0 };

	cr_assert_not(belief_hear(&b, 1000, 0));
	cr_assert_eq(b.rate, 1000);
	cr_assert_not(belief_hear(&b, 100, 1));
	cr_assert_eq(b.rate, 100);
	cr_assert(belief_hear(&b, 4000000000u, 2), "a jump");
	cr_assert_eq(b.rate, 100);
	cr_assert_not(belief_hear(&b, 4000000000u, 59999), "the same one, told once");
	cr_assert(belief_hear(&b, 200, 60000), "another one begins anew");
	cr_assert_not(belief_hear(&b, 200, 119999));
	cr_assert_eq(b.rate, 100);
	cr_assert_not(belief_hear(&b, 200, 120000));
	cr_assert_eq(b.rate, 200);
	cr_assert(belief_hear(&b, 300, 120001));
	cr_assert_not(belief_hear(&b, 200, 130000), "taken back");
	cr_assert_eq(b.claimed, 0);
}

Test(sensor_exporter, a_rate_that_falls_is_doubted_until_it_is_told_again)
{
	static struct seen s;

	seen_init(&s, roomy());
	feed5(&s, 0, 1000, 0, 1000);
	s.now.ms += 1000;
	feed5(&s, 1, 1, 0, 1000);
	cr_assert_eq(last(&s).sampling, 1, "nothing may be made too large");
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 0).health, HEALTH_LATE, "nor may too little clear anything");
	s.now.ms += 59999;
	feed5(&s, 2, 1, 0, 1000);
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 0).health, HEALTH_LATE);
	s.now.ms += 1;
	feed5(&s, 3, 1, 0, 1000);
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 0).health, HEALTH_FRESH, "%s", report_of(&s, 0).why);
	collector_free(s.c);
}

Test(sensor_exporter, a_forged_sampling_rate_does_not_multiply_the_traffic)
{
	static struct seen s;

	seen_init(&s, roomy());
	feed5(&s, 0, 100, 0, 1000);
	cr_assert_eq(last(&s).sampling, 100);
	s.now.ms += 1000;
	feed5(&s, 1, 16000, 0, 1000);
	cr_assert_eq(last(&s).sampling, 100, "until it is believed");
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 0).health, HEALTH_IMPLAUSIBLE);
	cr_assert_str_eq(report_of(&s, 0).reasons[0].name, "sampling-jump");
	s.now.ms += 60000;
	feed5(&s, 2, 16000, 0, 1000);
	cr_assert_eq(last(&s).sampling, 16000, "claimed for a minute");
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 0).health, HEALTH_FRESH);
	feed5(&s, 3, 50, 0, 1000);
	cr_assert_eq(last(&s).sampling, 50, "lower: at once");
	collector_free(s.c);
}

Test(sensor_exporter, a_clock_that_is_wrong_is_set_right)
{
	struct drift d = { 0 };

	int64_t now = 1000000;

	cr_assert(drift_see(&d, -500, now));
	cr_assert_eq(d.ahead_ms, 0, "half a second is nobody's harm");
	now += DRIFT_RESTART_MS;
	for (int i = 0; i < 15; i++, now += DRIFT_SPACE_MS) {
		cr_assert(drift_see(&d, 90000, now));
		cr_assert_eq(d.ahead_ms, 90000, "from the first one on");
	}
	cr_assert(drift_see(&d, 80000, now), "ten seconds late on the way");
	cr_assert_eq(d.ahead_ms, 90000);
	for (int i = 0; i < 8; i++)
		drift_see(&d, 0, now += DRIFT_SPACE_MS);
	cr_assert_eq(d.ahead_ms, 0, "somebody set it right a quarter of a minute ago");
}

Test(sensor_exporter, a_few_forged_times_move_no_clock)
{
	struct drift d = { 0 };
	int64_t now = 1000000;

	for (int i = 0; i < 8; i++, now += DRIFT_SPACE_MS)
		cr_assert(drift_see(&d, 0, now));
	for (int i = 0; i < 6; i++, now += DRIFT_SPACE_MS) {
		cr_assert(drift_see(&d, 86400000, now));
		cr_assert_eq(d.ahead_ms, 0, "forged header %d", i);
	}
	for (int i = 0; i < 1000; i++)
		cr_assert_not(drift_see(&d, 86400001, now), "so many at once count as one");
	cr_assert_not(d.insane);
	cr_assert_eq(d.ahead_ms, 0);
	for (int i = 0; i < 15; i++, now += DRIFT_SPACE_MS)
		cr_assert_not(drift_see(&d, INT64_MIN / 2, now));
	cr_assert(d.insane, "an exporter that never says anything else");
	cr_assert_eq(d.ahead_ms, 0);
}

Test(sensor_exporter, event_time_is_ours)
{
	static struct seen s;
	struct collector_limits decoding = roomy();

	seen_init(&s, roomy());
	feed5(&s, 0, 0, 3600000, 1000);
	cr_assert_eq(last(&s).start_ms, s.now.ms - 5000);
	cr_assert_eq(report_of(&s, 0).clock_ms, 3600000);
	feed5(&s, 1, 0, 3600000ll * 48, 1000);
	cr_assert_eq(last(&s).has & (FLOW_START | FLOW_END), 0, "counts on arrival");
	cr_assert_eq(report_of(&s, 0).health, HEALTH_FRESH, "it may be forged");
	for (uint32_t i = 2; i < 4; i++) {
		s.now.ms += DRIFT_SPACE_MS;
		feed5(&s, i, 0, 3600000ll * 48, 1000);
	}
	cr_assert_eq(report_of(&s, 0).health, HEALTH_IMPLAUSIBLE);
	cr_assert_not(report_of(&s, 0).bounded);
	collector_free(s.c);

	decoding.as_exported = true;
	seen_init(&s, decoding);
	feed5(&s, 0, 0, 3600000, 1000);
	cr_assert_eq(last(&s).start_ms, s.now.ms + 3595000, "as it was exported");
	collector_free(s.c);
}

Test(sensor_exporter, a_clock_set_back_hides_no_silence)
{
	static struct seen s;

	seen_init(&s, roomy());
	for (uint32_t i = 0; i < 10; i++)
		feed5(&s, i, 0, 0, 1000);
	s.now.ms -= 86400000;
	s.set_ms -= 86400000;
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 0).health, HEALTH_FRESH);
	s.now.ms += 61000;
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 0).health, HEALTH_LATE, "silent");
	cr_assert_eq(report_of(&s, 0).silent_ms, 61000);
	collector_free(s.c);
}

Test(sensor_exporter, silence_loss_and_missing_templates_have_their_states)
{
	static struct seen s;
	static struct wire w;
	size_t set;

	seen_init(&s, roomy());
	for (uint32_t i = 0; i < 10; i++)
		feed5(&s, i, 0, 0, 1000);
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 0).health, HEALTH_FRESH);
	cr_assert_eq(report_of(&s, 0).protocol, FLOW_NETFLOW5);
	feed5(&s, 30, 0, 0, 1000);
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 0).health, HEALTH_LATE, "20 of 21 lost");
	for (uint32_t i = 31; i < 60; i++) {
		feed5(&s, i, 0, 0, 1000);
		collector_judge(s.c, seen_now(&s));
	}
	cr_assert_eq(report_of(&s, 0).health, HEALTH_FRESH);
	s.now.ms += 60000;
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 0).health, HEALTH_LATE, "silent");

	wipfix(&w, 0, 9);
	set = wset(&w, 300);
	w32(&w, 1);
	wset_end(&w, set);
	wipfix_end(&w);
	seen_wire(&s, &w);
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 1).health, HEALTH_BLIND);
	cr_assert_eq(report_of(&s, 1).waiting_since_ms, s.now.ms);
	collector_free(s.c);
}

/* Records of half a megabit each, towards 192.0.2.80, each lasting 3 s. */
static struct collector_limits
narrow(struct prefix *own)
{
	struct collector_limits l = roomy();

	cr_assert_eq(prefix_parse(own, "192.0.2.0/24"), 0);
	l.capacity_bps = 1e6;
	l.prefixes_n = 1;
	l.prefixes = own;
	return l;
}

Test(sensor_exporter, who_reports_more_than_the_link_carries_is_not_believed_for_a_minute)
{
	static struct seen s;
	struct prefix own;
	unsigned taken;

	seen_init(&s, narrow(&own));
	for (uint32_t i = 0; i < 20; i++)
		feed5(&s, i, 0, 0, 62500);
	taken = s.n;
	cr_assert_lt(taken, 12, "%u of 20", taken);
	collector_judge(s.c, seen_now(&s));
	cr_assert_eq(report_of(&s, 0).health, HEALTH_QUARANTINED);
	cr_assert_eq(seen_refused(&s, "quarantined"), 20 - taken);
	s.now.ms += 60000;
	feed5(&s, 20, 0, 0, 62500);
	cr_assert_eq(s.n, taken + 1);
	cr_assert_eq(report_of(&s, 0).health, HEALTH_FRESH);
	collector_free(s.c);
}

Test(sensor_exporter, packets_without_bytes_are_measured_against_the_link_too)
{
	struct flow f = { .family = 4, .dst = { 192, 0, 2, 80 }, .has = FLOW_DST | FLOW_PACKETS };
	const struct ceiling_batch b = { &f, 1, -1 };
	struct ceiling_of of = { 0 };
	struct ceiling c;
	struct prefix own;

	cr_assert_eq(prefix_parse(&own, "192.0.2.0/24"), 0);
	cr_assert_eq(ceiling_init(&c, 1e6, &own, 1), 0);
	f.packets = 6000;
	cr_expect_not(ceiling_exceeded(&c, &of, &b, 1700000000000), "0.96 Mbit of headers");
	f.packets = 10000;
	cr_expect(ceiling_exceeded(&c, &of, &b, 1700000001000), "1.6 Mbit of them");
	ceiling_fini(&c);
}

/* In this second of the trace, as one flow of `bits` from `start_ms` on and so long. */
static bool
exceeds(struct ceiling *c, struct ceiling_of *of, int64_t start_ms, int64_t lasts_ms, double bits)
{
	struct flow f = { .family = 4, .dst = { 192, 0, 2, 80 },
		.has = FLOW_DST | FLOW_START | FLOW_END, .bytes = (uint64_t)(bits / 8),
		.start_ms = start_ms, .end_ms = start_ms + lasts_ms };
	const struct ceiling_batch b = { &f, 1, -1 };

	return ceiling_exceeded(c, of, &b, start_ms + lasts_ms);
}

Test(sensor_exporter, a_full_line_is_believed_though_its_seconds_are_not_even)
{
	struct ceiling_of of = { 0 };
	struct ceiling c;
	struct prefix own;
	int64_t t = 1700000000000;

	cr_assert_eq(prefix_parse(&own, "192.0.2.0/24"), 0);
	cr_assert_eq(ceiling_init(&c, 1e9, &own, 1), 0);
	/* what arrives late makes it a suspect, so that each second is looked at */
	cr_assert_not(exceeds(&c, &of, t - 60000, 60000, 4e9), "a fifteenth of a minute, at once");
	for (unsigned s = 0; s < 50; s++, t += 1000) {
		int64_t late_ms = s % 5 == 0 ? 150 : 0;	/* its clock is, now and then */

		cr_assert_not(exceeds(&c, &of, t + late_ms, 999, 0.93e9), "second %u", s);
	}
	for (unsigned s = 0; s < 3; s++, t += 1000)
		cr_assert_not(exceeds(&c, &of, t, 999, 1.2e9), "little yet: %u", s);
	cr_expect(exceeds(&c, &of, t, 999, 1.2e9), "a fifth more than there can be, for 4 s");
	ceiling_fini(&c);
}

Test(sensor_exporter, a_burst_of_long_flows_within_the_capacity_is_believed)
{
	static struct seen s;
	struct prefix own;

	seen_init(&s, narrow(&own));
	for (uint32_t i = 0; i < 5; i++)
		feed5(&s, i, 0, 0, 62500);	/* 2.5 Mbit arrive, of three seconds */
	cr_assert_eq(s.n, 5);
	collector_free(s.c);
}

Test(sensor_exporter, a_sampled_count_has_the_benefit_of_the_doubt)
{
	static struct seen s;
	struct prefix own;

	seen_init(&s, narrow(&own));
	feed5(&s, 0, 1000, 0, 500);		/* 4 Mbit of three seconds from a few packets */
	cr_assert_eq(s.n, 1);
	feed5(&s, 1, 1000, 0, 500000);
	cr_assert_eq(s.n, 1, "no doubt is that large");
	collector_free(s.c);
}

Test(sensor_exporter, a_spray_of_domains_does_not_lock_out_a_real_one)
{
	static struct seen s;
	static struct wire w;
	struct collector_limits l = roomy();

	l.domains_each = 4;
	seen_init(&s, l);
	feed5(&s, 0, 0, 0, 1000);
	for (uint32_t i = 0; i < 100000; i++) {
		w.n = 0;
		wnf9(&w, i, i);
		seen_wire(&s, &w);
		s.now.ms++;
	}
	feed5(&s, 1, 0, 0, 1000);
	cr_assert_eq(s.n, 2);
	cr_assert_eq(seen_refused(&s, "exporters-full") + seen_refused(&s, "domains-full"), 0);
	cr_assert_eq(report_of(&s, 0).records, 2, "still the first one");
	cr_assert_eq(prefix_parse(&s.from, "10.0.0.9"), 0);
	feed5(&s, 0, 0, 0, 1000);
	cr_assert_eq(s.n, 3, "and others find room");
	collector_free(s.c);
}

Test(sensor_exporter, a_flood_of_templates_fills_its_own_share_only)
{
	static struct seen s;
	static struct wire w;
	struct collector_limits l = roomy();
	size_t set;

	l.templates_each = 16;
	seen_init(&s, l);
	for (unsigned id = 256; id < 65536; id++) {
		w.n = 0;
		wnf9(&w, id, id % 4);
		set = wset(&w, 0);
		w16(&w, id);
		w16(&w, 1);
		w16(&w, 1);
		w16(&w, 4);
		wset_end(&w, set);
		if (id < 272) {
			set = wset(&w, id);
			w32(&w, 100);
			wset_end(&w, set);
		}
		seen_wire(&s, &w);
	}
	cr_assert_eq(s.n, 16);
	cr_assert_eq(seen_refused(&s, "templates-of-one"), 65536 - 272);
	w.n = 0;
	wnf9(&w, 65536, 0);
	set = wset(&w, 256);
	w32(&w, 100);
	wset_end(&w, set);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 17, "what was there first still decodes");
	collector_free(s.c);
}

Test(sensor_exporter, sampling_told_in_another_domain_holds_for_the_address)
{
	static struct seen s;
	static struct wire w;
	size_t set;

	seen_init(&s, roomy());
	wnf9(&w, 1, 0);
	set = wset(&w, 1);
	w16(&w, 260);
	w16(&w, 4);
	w16(&w, 8);
	w16(&w, 1);
	w16(&w, 4);
	w16(&w, 48);
	w16(&w, 1);
	w16(&w, 50);
	w16(&w, 4);
	wset_end(&w, set);
	set = wset(&w, 260);
	w32(&w, 1);
	w8(&w, 3);
	w32(&w, 2000);
	wset_end(&w, set);
	seen_wire(&s, &w);
	w.n = 0;
	wnf9(&w, 1, 17);		/* a line card */
	set = wset(&w, 0);
	w16(&w, 256);
	w16(&w, 2);
	w16(&w, 1);
	w16(&w, 4);
	w16(&w, 48);
	w16(&w, 1);
	wset_end(&w, set);
	set = wset(&w, 256);
	w32(&w, 1500);
	w8(&w, 3);
	w32(&w, 1500);
	w8(&w, 4);
	wset_end(&w, set);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 2);
	cr_assert_eq(s.flow[0].sampling, 2000);
	cr_assert_eq(s.flow[1].sampling, 0, "a sampler that nobody told of");
	collector_free(s.c);
}

/* ---- directions ---------------------------------------------------------- */

static enum flow_way
way(struct way *w, const struct outside *o, uint32_t in, uint32_t out, int direction,
    int64_t now_ms)
{
	struct flow f = { .in_if = in, .out_if = out, .has = FLOW_IN_IF | FLOW_OUT_IF };

	if (direction >= 0) {
		f.has |= FLOW_DIRECTION;
		f.direction = (uint8_t)direction;
	}
	return way_of(w, o, &f, now_ms);
}

Test(sensor_exporter, the_interfaces_outside_tell_the_way)
{
	struct outside o = { .interfaces_n = 2, .interfaces = { 1, 2 } };
	const int64_t t = 1795305600000;
	struct way w = { 0 };

	cr_assert_eq(way(&w, &o, 1, 5, -1, t), FLOW_INBOUND);
	cr_assert_eq(way(&w, &o, 2, 5, 0, t), FLOW_INBOUND);
	cr_assert_eq(way(&w, &o, 5, 1, -1, t), FLOW_OUTBOUND);
	cr_assert_eq(way(&w, &o, 5, 6, -1, t), FLOW_INTERNAL);
	cr_assert_eq(way(&w, &o, 1, 5, 1, t + 1000), FLOW_REPEATED, "it was seen coming in");
	cr_assert_eq(way(&w, &o, 1, 5, 1, t + WAY_INGRESS_MS), FLOW_INBOUND,
	    "egress is all there is now");
	cr_assert_eq(way(&w, NULL, 1, 5, 0, t), FLOW_REPEATED, "it stands inside the path");
	cr_assert_eq(way_of(&w, &o, &(struct flow){ 0 }, t), FLOW_WAY_UNKNOWN);
}

/* Interfaces 0 (not said) to 3, mostly 1; with and without a direction. */
static struct flow
drawn(uint64_t *lots)
{
	static const uint8_t in[] = { 1, 1, 1, 1, 1, 0, 2, 3 };
	struct flow f = { 0 };
	unsigned lot;

	*lots = *lots * 6364136223846793005u + 1442695040888963407u;
	lot = (unsigned)(*lots >> 33);
	f.in_if = in[lot % 8];
	f.out_if = lot / 8 % 4;
	f.has = (uint16_t)((f.in_if != 0 ? FLOW_IN_IF : 0) | (f.out_if != 0 ? FLOW_OUT_IF : 0));
	if (lot / 32 % 4 == 0) {
		f.has |= FLOW_DIRECTION;
		f.direction = lot / 128 % 2 != 0;
	}
	return f;
}

Test(sensor_exporter, records_in_a_row_go_the_way_that_each_goes)
{
	const struct outside o = { .interfaces_n = 2, .interfaces = { 1, 2 } };
	uint64_t lots = 7;

	for (unsigned silent = 0; silent < 2; silent++) {
		struct way all = { 0 }, each = { 0 };
		int64_t t = 1795305600000;

		for (unsigned turn = 0; turn < 2000; turn++) {
			struct flow f[32];
			unsigned n = 1 + turn % 32;

			for (unsigned i = 0; i < n; i++)
				f[i] = drawn(&lots);
			t += turn % 7 == 0 ? WAY_INGRESS_MS : 100;
			way_all(&all, silent ? NULL : &o, f, n, t);
			for (unsigned i = 0; i < n; i++)
				cr_assert_eq(f[i].way, way_of(&each, silent ? NULL : &o, &f[i], t),
				    "turn %u, %u", turn, i);
		}
	}
}

Test(sensor_exporter, the_way_is_in_the_flows_when_the_configuration_says_what_is_outside)
{
	struct outside o = { .interfaces_n = 1, .interfaces = { 3 } };
	struct collector_limits l = roomy();
	static struct seen s;

	cr_assert_eq(prefix_parse(&o.exporter, "10.0.0.1"), 0);
	seen_init(&s, l);
	feed5(&s, 0, 0, 0, 1000);
	cr_assert_eq(last(&s).way, FLOW_WAY_UNKNOWN);
	collector_free(s.c);
	l.outside_n = 1;
	l.outside = &o;
	seen_init(&s, l);
	feed5(&s, 0, 0, 0, 1000);
	cr_assert_eq(last(&s).way, FLOW_INBOUND);
	cr_assert_eq(prefix_parse(&s.from, "10.0.0.2"), 0);
	feed5(&s, 0, 0, 0, 1000);
	cr_assert_eq(last(&s).way, FLOW_REPEATED);
	collector_free(s.c);
}

/*
 * Datagrams of up to 30 records, most of which come in by the usual interface; it changes in the
 * middle.
 */
Test(sensor_exporter, records_of_whole_datagrams_go_the_way_that_each_goes)
{
	struct outside o = { .interfaces_n = 2, .interfaces = { 3, 9 } };
	struct collector_limits l = roomy();
	unsigned shortcuts = 0;
	struct way each = { 0 };
	static struct seen s;
	uint64_t lots = 3;

	cr_assert_eq(prefix_parse(&o.exporter, "10.0.0.1"), 0);
	l.outside_n = 1;
	l.outside = &o;
	l.capacity_bps = 1e12;
	seen_init(&s, l);
	for (unsigned turn = 0; turn < 300; turn++, s.n = 0) {
		static struct wire w;
		unsigned n = 1 + turn % 30, strays = 0;

		w.n = 0;
		wnf5(&w, n, turn, 0);
		for (unsigned i = 0; i < n; i++) {
			unsigned in = turn < 150 ? 3 : 9;

			lots = lots * 6364136223846793005u + 1442695040888963407u;
			if (lots >> 58 == 0)
				in = (unsigned)(lots >> 32) % 12;
			strays += in != 3 && in != 9;
			wnf5_record(&w, "192.0.2.80", 10, 1000);
			wput16(&w, w.n - 48 + 12, in);
		}
		seen_wire(&s, &w);
		cr_assert_eq(s.n, n);
		shortcuts += n > 1 && strays == 0;
		for (unsigned i = 0; i < n; i++)
			cr_assert_eq(s.flow[i].way, way_of(&each, &o, &s.flow[i], 0), "turn %u, %u",
			    turn, i);
	}
	cr_assert(shortcuts > 100 && shortcuts < 280, "%u", shortcuts);
	collector_free(s.c);
}

Test(sensor_exporter, both_directions_without_outside_are_worth_a_note)
{
	static struct seen s;
	static struct wire w;
	size_t set;

	seen_init(&s, roomy());
	cr_assert_null(collector_note(s.c));
	wnf9(&w, 1, 0);
	set = wset(&w, 0);
	w16(&w, 256);
	w16(&w, 3);
	w16(&w, 1);
	w16(&w, 4);
	w16(&w, 61);
	w16(&w, 1);
	w16(&w, 34);
	w16(&w, 1);
	wset_end(&w, set);
	seen_wire(&s, &w);
	for (unsigned i = 0; i < 2; i++) {
		w.n = 0;
		wnf9(&w, 2 + i, 0);
		set = wset(&w, 256);
		w32(&w, 1500);
		w8(&w, i);
		w8(&w, 1);
		wset_end(&w, set);
		seen_wire(&s, &w);
		if (i == 0)
			cr_assert_null(collector_note(s.c));
	}
	cr_assert_not_null(strstr(collector_note(s.c), "both directions"));
	collector_free(s.c);
}

Test(sensor_exporter, unknown_sampling_is_worth_a_note)
{
	static struct seen s;

	seen_init(&s, roomy());
	feed5(&s, 0, 0, 0, 1000);
	cr_assert_not_null(strstr(collector_note(s.c), "sampling"));
	feed5(&s, 1, 1, 0, 1000);
	cr_assert_null(collector_note(s.c));
	collector_free(s.c);
}
