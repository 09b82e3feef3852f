/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sampling, times, sequence: what gives the figures their meaning. */
#include "leak.h"
#include "seen.h"
#include "sensor/sequence.h"

TestSuite(sensor_meaning, .fini = leak_check);

#define MAX_VALUES 8

/*
 * A NetFlow 9 options template 260 (scope: system) with these elements of 4 bytes, and one
 * record of it.
 */
static void
put_options9(struct wire *w, const uint32_t (*v)[2])
{
	size_t set = wset(w, 1), lengths;
	unsigned n;

	w16(w, 260);
	lengths = w->n;
	w32(w, 0);
	w16(w, 1);
	w16(w, 4);
	for (n = 0; v[n][0] != 0; n++) {
		w16(w, v[n][0]);
		w16(w, 4);
	}
	wput16(w, lengths, 4);
	wput16(w, lengths + 2, n * 4);
	wset_end(w, set);
	set = wset(w, 260);
	w32(w, 1);
	for (n = 0; v[n][0] != 0; n++)
		w32(w, v[n][1]);
	wset_end(w, set);
}

/* A data template 300 with these elements of 4 bytes, and one record. */
static void
put_values(struct wire *w, unsigned set_id, const uint32_t (*v)[2])
{
	size_t set = wset(w, set_id), at;
	unsigned n;

	w16(w, 300);
	at = w->n;
	w16(w, 0);
	for (n = 0; v[n][0] != 0; n++) {
		w16(w, v[n][0]);
		w16(w, 4);
	}
	wput16(w, at, n);
	wset_end(w, set);
	set = wset(w, 300);
	for (n = 0; v[n][0] != 0; n++)
		w32(w, v[n][1]);
	wset_end(w, set);
}

/* The sampling of a record with `data`, after options data with `options`. */
static uint32_t
sampling_of(const uint32_t (*options)[2], const uint32_t (*data)[2], uint32_t override)
{
	static struct wire w;
	static struct seen s;
	struct collector_limits limits = roomy();
	uint32_t got;

	limits.sampling_override = override;
	seen_init(&s, limits);
	w.n = 0;
	wnf9(&w, 1, 0);
	if (options != NULL)
		put_options9(&w, options);
	put_values(&w, 0, data);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 1, "options data is not traffic");
	got = s.flow[0].sampling;
	collector_free(s.c);
	return got;
}

typedef const uint32_t pairs[MAX_VALUES][2];

Test(sensor_meaning, sampling_is_learned_in_every_form)
{
	static pairs plain = { { 12, 1 }, { 1, 100 } }, by_sampler = { { 48, 7 }, { 1, 100 } },
		by_other = { { 48, 8 }, { 1, 100 } }, in_record = { { 34, 50 }, { 1, 100 } },
		selector = { { 302, 7 }, { 1, 1 } };
	static const struct {
		pairs options;
		const uint32_t (*data)[2];
		uint32_t want;
	} cases[] = {
		{ { { 34, 100 }, { 35, 1 } }, plain, 100 },
		{ { { 305, 1 }, { 306, 9 } }, plain, 10 },
		{ { { 305, 10 }, { 306, 90 } }, plain, 10 },
		{ { { 305, 1 }, { 309, 1 }, { 310, 256 } }, plain, 256 },
		{ { { 309, 3 }, { 310, 1000 } }, plain, 333 },
		{ { { 48, 7 }, { 50, 30000 } }, by_sampler, 30000 },
		{ { { 48, 7 }, { 50, 30000 } }, by_other, 0 },
		{ { { 48, 7 }, { 50, 30000 } }, plain, 30000 },
		{ { { 302, 7 }, { 305, 1 }, { 306, 511 } }, selector, 512 },
		{ { { 34, 100 } }, in_record, 50 },
		{ { { 311, 0x3a83126f } }, plain, 1000 },	/* 0.001, a float */
		{ { { 311, 0x3f800000 } }, plain, 1 },
		{ { { 311, 0xbf800000 } }, plain, 0 },		/* -1 */
		{ { { 34, 0 } }, plain, 0 },
		{ { { 309, 0 }, { 310, 0 }, { 305, 0 } }, plain, 0 },
		{ { { 305, 1 }, { 306, 0xffffffff } }, plain, 0xffffffff },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_assert_eq(sampling_of(cases[i].options, cases[i].data, 0), cases[i].want,
			"case %u", i);
	cr_assert_eq(sampling_of(NULL, plain, 0), 0);
	cr_assert_eq(sampling_of(cases[0].options, plain, 77), 77,
		"what the configuration says stands above all");
}

Test(sensor_meaning, a_scope_type_of_netflow9_is_no_information_element)
{
	static struct wire w;
	static struct seen s;
	size_t set;

	seen_init(&s, roomy());
	wnf9(&w, 1, 0);
	set = wset(&w, 1);
	w16(&w, 260);
	w16(&w, 4);
	w16(&w, 4);
	w16(&w, 34);		/* as a scope this is not samplingInterval */
	w16(&w, 4);
	w16(&w, 41);
	w16(&w, 4);
	wset_end(&w, set);
	set = wset(&w, 260);
	w32(&w, 5000);
	w32(&w, 1);
	wset_end(&w, set);
	put_values(&w, 0, (pairs){ { 12, 1 } });
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 1);
	cr_assert_eq(s.flow[0].sampling, 0);
	collector_free(s.c);
}

/* One IPFIX record of (element, value) with 8 bytes each. */
static struct flow
ipfix_flow(const uint64_t (*v)[2])
{
	static struct wire w;
	static struct seen s;
	size_t set, at;
	unsigned n;

	seen_init(&s, roomy());
	w.n = 0;
	wipfix(&w, 0, 0);
	set = wset(&w, 2);
	w16(&w, 300);
	at = w.n;
	w16(&w, 0);
	for (n = 0; v[n][0] != 0; n++) {
		w16(&w, (unsigned)v[n][0]);
		w16(&w, 8);
	}
	wput16(&w, at, n);
	wset_end(&w, set);
	set = wset(&w, 300);
	for (n = 0; v[n][0] != 0; n++)
		w64(&w, v[n][1]);
	wset_end(&w, set);
	wipfix_end(&w);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 1);
	collector_free(s.c);
	return s.flow[0];
}

#define NTP(ms) \
	(((WIRE_UNIX + 2208988800ull + (ms) / 1000) << 32) + (((ms) % 1000) << 32) / 1000 + 1)

Test(sensor_meaning, every_form_of_time_is_understood)
{
	static const uint64_t forms[][MAX_VALUES][2] = {
		{ { 150, WIRE_UNIX - 5 }, { 151, WIRE_UNIX - 2 } },
		{ { 152, 1795305595000 }, { 153, 1795305598000 } },
		{ { 154, NTP(1000ull) - (6ull << 32) }, { 155, NTP(1000ull) - (3ull << 32) } },
		{ { 156, NTP(0ull) - (5ull << 32) }, { 157, NTP(0ull) - (2ull << 32) } },
		{ { 158, 5000000 }, { 159, 2000000 } },
		{ { 160, WIRE_UNIX * 1000ull - 1000000 }, { 22, 995000 }, { 21, 998000 } },
		{ { 152, 1795305595000 }, { 161, 3000 } },
		{ { 153, 1795305598000 }, { 162, 3000000 } },
		{ { 22, 1 }, { 21, 2 }, { 152, 1795305595000 }, { 153, 1795305598000 } },
	};
	static const uint64_t moments[][MAX_VALUES][2] = {
		{ { 323, 1795305595000 } }, { { 322, WIRE_UNIX - 5 } }, { { 258, 1795305595000 } },
		{ { 324, NTP(0ull) - (5ull << 32) } }, { { 325, NTP(0ull) - (5ull << 32) } },
	};

	for (unsigned i = 0; i < sizeof(moments) / sizeof(*moments); i++) {
		struct flow f = ipfix_flow(moments[i]);

		cr_assert_eq(f.start_ms, 1795305595000, "moment %u: %lld", i,
		    (long long)f.start_ms);
		cr_assert_eq(f.end_ms, 1795305595000);
	}

	for (unsigned i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct flow f = ipfix_flow(forms[i]);

		cr_assert_eq(f.start_ms, 1795305595000, "form %u: %lld", i, (long long)f.start_ms);
		cr_assert_eq(f.end_ms, 1795305598000, "form %u: %lld", i, (long long)f.end_ms);
		cr_assert_eq(f.has & (FLOW_START | FLOW_END), FLOW_START | FLOW_END);
	}
}

Test(sensor_meaning, uptime_without_a_start_of_the_system_is_no_time)
{
	struct flow f = ipfix_flow((const uint64_t[][2]){ { 22, 5 }, { 21, 6 }, { 1, 9 },
		{ 0, 0 } });

	cr_assert_eq(f.has, FLOW_BYTES);
}

Test(sensor_meaning, a_counter_of_uptime_that_wraps_still_gives_the_age)
{
	static struct wire w;
	static struct seen s;

	seen_init(&s, roomy());
	wnf5(&w, 1, 1, 0);
	wnf5_record(&w, "192.0.2.80", 1, 1);
	w.b[4] = w.b[5] = 0;		/* uptime 0x4240 ms, so the flow began before the wrap */
	wput16(&w, 24 + 24, 0xffff);
	wput16(&w, 24 + 26, 0xff00);
	seen_wire(&s, &w);
	cr_assert_eq(s.flow[0].start_ms, 1795305600500 - 0x4240 - 0x100);
	collector_free(s.c);
}

Test(sensor_meaning, octets_and_packets_are_taken_from_the_best_element)
{
	struct flow f = ipfix_flow((const uint64_t[][2]){ { 23, 4 }, { 231, 3 }, { 85, 2 },
		{ 1, 1 }, { 24, 8 },
		{ 298, 7 }, { 86, 6 }, { 2, 5 }, { 0, 0 } });

	cr_assert_eq(f.bytes, 1);
	cr_assert_eq(f.packets, 5);
	f = ipfix_flow((const uint64_t[][2]){ { 23, 4 }, { 231, 3 }, { 24, 8 }, { 298, 7 },
		{ 0, 0 } });
	cr_assert_eq(f.bytes, 3);
	cr_assert_eq(f.packets, 7);
}

Test(sensor_meaning, events_are_not_traffic)
{
	struct flow nat = ipfix_flow((const uint64_t[][2]){ { 230, 4 }, { 7, 1 }, { 0, 0 } });
	struct flow denied = ipfix_flow((const uint64_t[][2]){ { 233, 3 }, { 0, 0 } });
	struct flow counted = ipfix_flow((const uint64_t[][2]){ { 233, 2 }, { 1, 100 }, { 0, 0 } });

	cr_assert(nat.has & FLOW_EVENT);
	cr_assert(denied.has & FLOW_EVENT);
	cr_assert_not(counted.has & FLOW_EVENT);
}

static uint64_t
lost(enum sequence_reading own, unsigned n, const uint32_t (*seen)[2])
{
	struct sequence s = { 0 };

	for (unsigned i = 0; i < n; i++)
		sequence_see(&s, seen[i][0], seen[i][1]);
	return sequence_lost(&s, own);
}

#define LOST(own, ...) \
	lost(own, sizeof((uint32_t[][2]){ __VA_ARGS__ }) / 8, (const uint32_t[][2]){ __VA_ARGS__ })

Test(sensor_meaning, gaps_in_the_sequence_are_counted)
{
	cr_assert_eq(LOST(SEQUENCE_DATAGRAMS, { 1, 30 }, { 2, 30 }, { 3, 30 }), 0);
	cr_assert_eq(LOST(SEQUENCE_DATAGRAMS, { 1, 30 }, { 2, 30 }, { 5, 30 }, { 6, 30 }), 2);
	cr_assert_eq(LOST(SEQUENCE_DATAGRAMS, { 1, 30 }, { 2, 30 }, { 4, 30 }, { 3, 30 },
		{ 5, 30 }), 0, "reordered");
	cr_assert_eq(LOST(SEQUENCE_DATAGRAMS, { 900000, 30 }, { 900001, 30 }, { 1, 30 },
		{ 2, 30 }), 0, "restarted");
	cr_assert_eq(LOST(SEQUENCE_DATAGRAMS, { 0xffffffff, 30 }, { 0, 30 }), 0, "wrapped");
	cr_assert_eq(LOST(SEQUENCE_RECORDS, { 0, 30 }, { 30, 30 }, { 90, 10 }, { 100, 1 }), 30);
	cr_assert_eq(LOST(SEQUENCE_DATAGRAMS, { 0, 30 }, { 30, 30 }, { 60, 10 }, { 70, 1 }), 0,
		"an exporter that counts the other thing");
	cr_assert_eq(LOST(SEQUENCE_RECORDS, { 20, 20 }, { 46, 26 }, { 72, 26 }, { 100, 28 },
			 { 126, 26 }, { 130, 4 }, { 154, 24 }),
	    0, "softflowd has added a datagram's own already");
	cr_assert_eq(LOST(SEQUENCE_RECORDS, { 20, 20 }, { 46, 26 }, { 72, 26 }, { 100, 28 },
			 { 130, 4 }, { 154, 24 }),
	    26, "and its losses are still seen");
}

Test(sensor_meaning, one_number_from_elsewhere_is_no_loss)
{
	static const uint32_t forged[] = { 1, 2, 500000, 3, 4 }, real[] = { 1, 2 };
	struct sequence s = { 0 };

	for (unsigned i = 0; i < 5; i++)
		sequence_see(&s, forged[i], -1);
	cr_assert_eq(sequence_lost(&s, SEQUENCE_DATAGRAMS), 0);
	cr_assert_eq(sequence_strayed(&s, SEQUENCE_DATAGRAMS), 1);
	s = (struct sequence){ 0 };
	for (unsigned i = 0; i < 2; i++)
		sequence_see(&s, real[i], -1);
	for (uint32_t i = 5003; i < 5005 + SEQUENCE_PROOF; i++)
		sequence_see(&s, i, -1);
	cr_assert_eq(sequence_lost(&s, SEQUENCE_DATAGRAMS), 5000, "what follows it makes it true");
	cr_assert_eq(sequence_strayed(&s, SEQUENCE_DATAGRAMS), 0);
}

Test(sensor_meaning, two_who_count_under_one_address_lose_nothing)
{
	struct sequence s = { 0 };
	uint32_t honest = 1, forged = 100000;

	for (unsigned i = 0; i < 10; i++)
		sequence_see(&s, honest++, -1);
	for (unsigned turn = 0; turn < 50; turn++) {
		for (unsigned i = 0; i < 200; i++, forged += 5)
			sequence_see(&s, forged, -1);
		sequence_see(&s, honest++, -1);
		cr_assert_eq(sequence_lost(&s, SEQUENCE_DATAGRAMS), 0, "turn %u", turn);
	}
	cr_assert_geq(sequence_strayed(&s, SEQUENCE_DATAGRAMS), 50);
	for (unsigned i = 0; i < 100; i++)
		sequence_see(&s, honest++, -1);
	honest += 3;
	sequence_see(&s, honest++, -1);
	cr_assert_eq(sequence_lost(&s, SEQUENCE_DATAGRAMS), 3, "what is truly lost is seen");
}

Test(sensor_meaning, gaps_are_told_per_exporter)
{
	static struct wire w;
	static struct seen s;
	struct exporter_report x;

	seen_init(&s, roomy());
	for (uint32_t sequence = 1; sequence < 40; sequence += sequence == 20 ? 5 : 1) {
		w.n = 0;
		wnf9(&w, sequence, 3);
		put_values(&w, 0, (pairs){ { 12, 1 }, { 1, 100 } });
		put_values(&w, 0, (pairs){ { 12, 1 }, { 1, 100 } });
		seen_wire(&s, &w);
	}
	cr_assert(collector_exporter(s.c, 0, &x));
	cr_assert_eq(x.gaps, 4);
	cr_assert_eq(x.domain, 3);
	cr_assert_eq(x.records, 70);
	cr_assert_eq(x.last_ms, s.now.ms);
	cr_assert_eq(seen_totals(&s).gaps, 4);
	collector_free(s.c);
}
