/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sFlow beyond the common sample: sources, rates, directions, other headers, tunnels, padding. */
#include "leak.h"
#include "seen.h"
#include "sensor/sources.h"

TestSuite(sensor_sflow, .fini = leak_check);

/* Where the words of a compact sample stand, behind its tag and length. */
enum { SEQUENCE = 0, SOURCE = 4, RATE = 8, DROPS = 16, IN = 20, OUT = 24 };

static void
put32(uint8_t *p, uint32_t v)
{
	v = htonl(v);
	memcpy(p, &v, sizeof(v));
}

struct one {
	uint32_t source, sequence, rate, drops, in, out;
	bool headless;		/* without the packet's header */
	bool expanded;
};

/* Onto a datagram that is begun: a sample of the usual frame. */
static void
put_one(struct wire *w, const struct one *o)
{
	struct wire record = { .n = 0 };
	uint8_t *p = w->b + w->n + 8;

	wsflow_raw(&record);
	wsflow_sample(w, o->expanded, o->headless ? 2 : 1, &record);
	put32(p + SEQUENCE, o->sequence);
	p += o->expanded ? 4 : 0;	/* class; format */
	put32(p + SOURCE, o->source);
	put32(p + RATE, o->rate);
	put32(p + DROPS, o->drops);
	p += o->expanded ? 4 : 0;
	put32(p + IN, o->in);
	p += o->expanded ? 4 : 0;
	put32(p + OUT, o->out);
}

/* A datagram of it alone. */
static void
send_one(struct seen *s, const struct one *o)
{
	static struct wire w;

	w.n = 0;
	wsflow(&w, 1, 1);
	put_one(&w, o);
	s->n = 0;
	seen_wire(s, &w);
}

static uint64_t
gaps(const struct seen *s)
{
	return seen_totals(s).gaps;
}

Test(sensor_sflow, what_a_sources_own_numbers_leave_out_is_lost)
{
	static struct seen s;
	struct one o = { .source = 3, .rate = 100, .sequence = 4294967290u };

	seen_init(&s, roomy());
	for (unsigned i = 0; i < 20; i++, o.sequence++)
		send_one(&s, &o);
	cr_assert_eq(gaps(&s), 0, "also where the numbers begin again");
	o.sequence += 7;
	send_one(&s, &o);
	cr_assert_eq(gaps(&s), 7);
	o.sequence--;
	send_one(&s, &o);
	cr_assert_eq(gaps(&s), 6, "one was only late");
	o.sequence += 2;
	o.drops = 30;
	send_one(&s, &o);
	cr_assert_eq(gaps(&s), 6 + 30, "what the agent had to drop is lost, too");
	for (o.sequence = 0x40000000; o.sequence < 0x40000014; o.sequence++)
		send_one(&s, &o);
	cr_assert_eq(gaps(&s), 36, "a restart is no loss");
	collector_free(s.c);
}

/* Three of each five samples are another exporter's: the agent counts them all. */
Test(sensor_sflow, without_a_missing_datagram_no_sample_is_missing)
{
	static struct wire w;
	static struct seen s;
	struct wire record = { .n = 0 };

	seen_init(&s, roomy());
	wsflow_raw(&record);
	for (unsigned i = 0; i < 100; i++) {
		w.n = 0;
		wsflow(&w, 1000 + i, 20);
		for (unsigned j = 0; j < 20; j++) {
			size_t at = w.n;

			wsflow_sample(&w, false, 1, &record);
			put32(w.b + at + 8, i * 50 + j);
		}
		seen_wire(&s, &w);
	}
	cr_assert_eq(gaps(&s), 0);
	w.n = 0;
	wsflow(&w, 1101, 1);
	wsflow_sample(&w, false, 1, &record);
	put32(w.b + 28 + 8, 5000);
	seen_wire(&s, &w);
	cr_assert_eq(gaps(&s), 32, "one is missing now: no more than fit into it");
	collector_free(s.c);
}

Test(sensor_sflow, numbers_that_are_not_a_sources_own_are_not_believed)
{
	static struct seen s;
	struct one o = { .rate = 100 };

	seen_init(&s, roomy());
	for (unsigned i = 0; i < 200; i++) {
		o.source = i % 3;
		o.sequence = i;		/* of the agent */
		send_one(&s, &o);
	}
	cr_assert_eq(gaps(&s), 0);
	collector_free(s.c);
}

Test(sensor_sflow, a_forged_rate_is_refused_until_nothing_contradicts_it)
{
	static struct seen s;
	struct one o = { .source = 3, .rate = 1000 };

	seen_init(&s, roomy());
	for (unsigned i = 0; i < 100; i++, o.sequence++, s.now.ms += 1000)
		send_one(&s, &o);
	o.rate = 4000;
	send_one(&s, &o);
	cr_assert_eq(s.n, 1, "four times as much may be");
	o.rate = 4001;
	send_one(&s, &o);
	cr_assert_eq(s.n, 0);
	for (unsigned i = 0; i < 300; i++, o.sequence++, s.now.ms += 500) {
		o.rate = i % 2 != 0 ? 1000 : 1000000;
		send_one(&s, &o);
		cr_assert_eq(s.n, i % 2, "as long as the true ones come");
	}
	o.rate = 1000000;
	for (unsigned i = 0; i <= 60; i++, o.sequence++, s.now.ms += 1000) {
		send_one(&s, &o);
		cr_assert_eq(s.n, i == 60, "second %u: alone for a minute, it is a new setting", i);
	}
	o.rate = 1000;
	send_one(&s, &o);
	cr_assert_eq(s.n, 1, "less does no harm");
	cr_assert_eq(seen_refused(&s, "sampling-jump"), 1 + 150 + 60);
	collector_free(s.c);
}

Test(sensor_sflow, a_new_source_is_measured_by_the_others)
{
	static struct seen s;
	struct one o = { .source = 3, .rate = 1000 };

	seen_init(&s, roomy());
	send_one(&s, &o);
	o.source = 4;
	o.rate = 10000;
	send_one(&s, &o);
	cr_assert_eq(s.n, 1, "while the exporter is new, each may have its own");
	s.now.ms += 61000;
	o.source = 5;
	o.rate = 40000;
	send_one(&s, &o);
	cr_assert_eq(s.n, 1);
	for (o.source = 6; o.source < 1000; o.source++) {
		o.rate = 4000000;
		send_one(&s, &o);
		cr_assert_eq(s.n, 0, "source %u, with room in the table or without", o.source);
	}
	o.rate = 1000;
	o.source = 1 << 20;
	send_one(&s, &o);
	cr_assert_eq(s.n, 1, "without room it is heard all the same");
	collector_free(s.c);
}

Test(sensor_sflow, a_forged_rate_is_told_while_honest_ones_go_on)
{
	static struct seen s;
	struct one honest = { .source = 3, .rate = 10 },
		   forged = { .source = 3, .rate = 1000000000 };
	struct exporter_report x;

	seen_init(&s, roomy());
	for (unsigned i = 0; i < 100; i++, s.now.ms += 1000)
		send_one(&s, &honest);
	for (unsigned i = 0; i < 5; i++, s.now.ms += 1000) {
		send_one(&s, &forged);
		cr_assert_eq(s.n, 0);
		send_one(&s, &honest);
		cr_assert_eq(s.n, 1);
		collector_judge(s.c, seen_now(&s));
		cr_assert(collector_exporter(s.c, 0, &x));
		cr_assert_eq(x.health, HEALTH_IMPLAUSIBLE,
		    "the honest one behind it changes nothing");
		cr_assert(x.bounded, "what is counted is honest");
	}
	s.now.ms += 10000;
	send_one(&s, &honest);
	collector_judge(s.c, seen_now(&s));
	cr_assert(collector_exporter(s.c, 0, &x));
	cr_assert_neq(x.health, HEALTH_IMPLAUSIBLE, "it stopped");
	collector_free(s.c);
}

Test(sensor_sflow, an_override_believes_no_rate_at_all)
{
	static struct seen s;
	struct collector_limits l = roomy();
	struct one o = { .source = 3, .rate = 1000 };

	l.sampling_override = 64;
	seen_init(&s, l);
	send_one(&s, &o);
	o.rate = 4000000000u;
	send_one(&s, &o);
	cr_assert_eq(s.n, 1);
	cr_assert_eq(s.flow[0].sampling, 64);
	collector_free(s.c);
}

Test(sensor_sflow, the_source_tells_the_way_through_it)
{
	static const struct {
		struct one o;
		uint16_t has;
		uint8_t direction;
	} cases[] = {
		{ { .source = 3, .in = 3, .out = 4 }, FLOW_DIRECTION | FLOW_IN_IF | FLOW_OUT_IF,
		    0 },
		{ { .source = 4, .in = 3, .out = 4 }, FLOW_DIRECTION | FLOW_IN_IF | FLOW_OUT_IF,
		    1 },
		{ { .source = 5, .in = 3, .out = 4 }, FLOW_IN_IF | FLOW_OUT_IF, 0 },
		{ { .source = 0x01000004, .in = 3, .out = 4 }, FLOW_IN_IF | FLOW_OUT_IF, 0 },
		{ { .source = 4, .in = 0, .out = 4 }, FLOW_DIRECTION | FLOW_OUT_IF, 1 },
		{ { .source = 3, .in = 3, .out = 0x40000102 }, FLOW_DIRECTION | FLOW_IN_IF, 0 },
		{ { .source = 3, .in = 3, .out = 0x80000005 }, FLOW_DIRECTION | FLOW_IN_IF, 0 },
		{ { .source = 3, .in = 0x3fffffff, .out = 0x3fffffff }, 0, 0 },
	};
	const uint16_t asked = FLOW_DIRECTION | FLOW_IN_IF | FLOW_OUT_IF;
	static struct seen s;

	seen_init(&s, roomy());
	for (unsigned n = 0; n < 2 * sizeof(cases) / sizeof(*cases); n++) {
		unsigned i = n / 2;
		struct one o = cases[i].o;

		o.headless = n % 2 != 0;
		send_one(&s, &o);
		cr_assert_eq(s.n, 1);
		cr_assert_eq(s.flow[0].has & asked, cases[i].has, "case %u", i);
		cr_assert_eq(s.flow[0].direction, cases[i].direction, "case %u", i);
	}
	collector_free(s.c);
}

/* A sample whose one record is a raw header of that protocol. */
static void
send_header(struct seen *s, unsigned protocol, const uint8_t *bytes, size_t n)
{
	static struct wire w;
	struct wire record = { .n = 0 };

	w32(&record, protocol);
	w32(&record, 1000);
	w32(&record, 4);
	w32(&record, (uint32_t)n);
	memcpy(record.b + record.n, bytes, n);
	record.n += n;
	w.n = 0;
	wsflow(&w, 1, 1);
	wsflow_sample(&w, true, 1, &record);
	s->n = 0;
	seen_wire(s, &w);
	cr_assert_eq(s->n, 1);
	cr_assert_eq(s->flow[0].protocol, FLOW_SFLOW5);
	cr_assert_eq(s->flow[0].packets, 1);
}

Test(sensor_sflow, headers_of_other_protocols_are_read)
{
	static struct wire frame, ip;
	static struct seen s;

	seen_init(&s, roomy());
	frame.n = 0;
	wframe4(&frame);
	send_header(&s, 11, frame.b + 14, frame.n - 14);
	cr_assert_eq(s.flow[0].dport, 80);
	cr_assert_eq(s.flow[0].bytes, 1000, "the frame's length");
	for (unsigned protocol = 7; protocol <= 14; protocol += 7) {	/* PPP, POS */
		ip.n = 0;
		w32(&ip, 0xff030021);
		memcpy(ip.b + ip.n, frame.b + 14, frame.n - 14);
		send_header(&s, protocol, ip.b, frame.n - 10);
		cr_assert_eq(s.flow[0].dport, 80, "protocol %u", protocol);
	}
	ip.n = 0;
	w32(&ip, 0x00010140);
	memcpy(ip.b + ip.n, frame.b + 14, frame.n - 14);
	send_header(&s, 13, ip.b, frame.n - 10);
	cr_assert_eq(s.flow[0].dport, 80, "MPLS");
	send_header(&s, 5, frame.b, frame.n);
	cr_assert_eq(s.flow[0].has & FLOW_DST, 0, "frame relay is only counted");
	cr_assert_eq(s.flow[0].bytes, 1000);
	collector_free(s.c);
}

Test(sensor_sflow, of_a_tunnel_the_packet_that_is_ours_counts)
{
	static struct wire w;
	static struct seen s;
	struct collector_limits l = roomy();
	struct prefix ours;

	wfill(&w, 2, 12);
	w16(&w, 0x0800);
	w32(&w, 0x45000050);
	w32(&w, 0);
	w32(&w, 0x40040000);
	waddr(&w, "10.1.1.1");
	waddr(&w, "10.1.1.2");
	w32(&w, 0x4500003c);
	w32(&w, 0);
	w32(&w, 0x40110000);
	waddr(&w, "198.51.100.7");
	waddr(&w, "192.0.2.80");
	w32(&w, 53 << 16 | 4444);
	seen_init(&s, l);
	send_header(&s, 1, w.b, w.n);
	cr_assert_eq(s.flow[0].proto, 4, "nothing is ours: what the truth of the datagram is");
	cr_assert_eq(s.flow[0].bytes, 1000);
	collector_free(s.c);
	cr_assert_eq(prefix_parse(&ours, "192.0.2.0/24"), 0);
	l.prefixes = &ours;
	l.prefixes_n = 1;
	seen_init(&s, l);
	send_header(&s, 1, w.b, w.n);
	cr_assert_eq(s.flow[0].dport, 4444);
	cr_assert_eq(s.flow[0].dst[3], 80);
	cr_assert_eq(s.flow[0].bytes, 60);
	collector_free(s.c);
	memset(w.b + 14 + 2, 0xff, 2);		/* both lengths lie: the frame's does not */
	memset(w.b + 14 + 20 + 2, 0xff, 2);
	seen_init(&s, l);
	send_header(&s, 1, w.b, w.n);
	cr_assert_eq(s.flow[0].bytes, 1000);
	collector_free(s.c);
}

Test(sensor_sflow, an_odd_length_is_filled_up_and_counters_are_counted)
{
	static struct wire w;
	static struct seen s;
	struct wire record = { .n = 0 };

	seen_init(&s, roomy());
	wsflow_raw(&record);
	wsflow(&w, 1, 5);
	w32(&w, 2);			/* a counter sample of three bytes */
	w32(&w, 3);
	w32(&w, 0xffffff00);
	w32(&w, 4);
	w32(&w, 0);
	w32(&w, 5);			/* a discarded packet */
	w32(&w, 8);
	w64(&w, 0);
	w32(&w, 9999 << 12 | 1);	/* of some enterprise */
	w32(&w, 4);
	w32(&w, 1);
	wsflow_sample(&w, false, 1, &record);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 1);
	cr_assert_eq(s.flow[0].dport, 80);
	cr_assert_eq(seen_totals(&s).counters, 2);
	cr_assert_eq(seen_totals(&s).refused, 0);
	collector_free(s.c);
}

Test(sensor_sflow, more_samples_than_a_batch_holds_come_in_order)
{
	static struct wire w;
	static struct seen s;
	struct wire record = { .n = 0 };
	const unsigned n = 3 * COLLECTOR_BATCH + 5;

	seen_init(&s, roomy());
	wsflow_raw(&record);
	wsflow(&w, 1, n);
	for (unsigned i = 0; i < n; i++) {
		put32(record.b + 4, 64 + i);
		wsflow_sample(&w, i % 2 != 0, 1, &record);
	}
	seen_wire(&s, &w);
	cr_assert_eq(s.n, n);
	for (unsigned i = 0; i < n; i++)
		cr_assert_eq(s.flow[i].bytes, 64 + i);
	cr_assert_eq(seen_totals(&s).records, n);
	collector_free(s.c);
}

/* As many sources, a datagram with one sample each. */
static void
many_sources(struct seen *s, unsigned n)
{
	struct wire record = { .n = 0 };
	static struct wire w;

	wsflow_raw(&record);
	for (unsigned i = 0; i < n; i++) {
		size_t at;

		w.n = 0;
		wsflow(&w, 1 + i, 1);
		at = w.n;
		wsflow_sample(&w, false, 1, &record);
		wput16(&w, at + 14, i + 1);
		seen_wire(s, &w);
	}
}

/*
 * 8 exporters are followed, so 128 sources: one address has 32 of them at most, whatever it makes
 * up.
 */
Test(sensor_sflow, no_exporter_takes_the_sources_of_the_others)
{
	struct collector_limits l = roomy();
	static struct seen s;

	l.exporters = 8;
	seen_init(&s, l);
	many_sources(&s, 200);
	cr_expect_eq(seen_refused(&s, "sources-full"), 200 - 32);
	cr_assert_eq(prefix_parse(&s.from, "10.0.0.2"), 0);
	many_sources(&s, 32);
	cr_expect_eq(seen_refused(&s, "sources-full"), 200 - 32, "the other's are all followed");
	collector_free(s.c);
}

#define ROW (COLLECTOR_BATCH + 8)

/* The next sample of a row that is mostly alike. */
static void
vary(struct one *o, unsigned i)
{
	o->sequence += i % 17 == 16 && i < 3 * ROW ? 3 : 1;
	o->out = i % 5 == 4 ? 9 : 4;
	o->in = 3;
	if (i % 7 == 6) {		/* sampled where it goes out */
		o->in = 8;
		o->out = 3;
	}
	if (i % 11 == 10 && i < 3 * ROW)
		o->drops++;
	if (i == 2 * ROW - 5)
		o->rate = 200;
	o->headless = i % 7 == 6 && i % 2 == 0;
	if (i >= 3 * ROW)		/* all go out, also those behind a full batch */
		*o = (struct one){ .source = 3, .sequence = o->sequence, .rate = 100,
			.drops = o->drops, .in = 8, .out = 5, .expanded = o->expanded };
}

static void
compare_row(bool expanded)
{
	static const struct outside outside = {
		.exporter = { .family = 4, .len = 32, .addr = { 10, 0, 0, 1 } },
		.interfaces_n = 2,
		.interfaces = { 3, 5 }
	};
	struct one o = { .source = 3, .rate = 100, .sequence = 4294967290u, .expanded = expanded };
	struct collector_limits l = roomy();
	static struct seen row, alone;
	static struct flow each[ROW];
	static struct wire w;

	l.outside = &outside;
	l.outside_n = 1;
	l.capacity_bps = 1e12;
	seen_init(&row, l);
	seen_init(&alone, l);
	for (unsigned d = 0; d < 4; d++) {
		w.n = 0;
		wsflow(&w, 1, ROW);
		for (unsigned i = 0; i < ROW; i++) {
			vary(&o, ROW * d + i);
			put_one(&w, &o);
			send_one(&alone, &o);
			cr_assert_eq(alone.n, 1);
			each[i] = alone.flow[0];
		}
		row.n = 0;
		seen_wire(&row, &w);
		cr_assert_eq(row.n, ROW);
		for (unsigned i = 0; i < ROW; i++)
			cr_expect_eq(memcmp(&row.flow[i], &each[i], offsetof(struct flow, way) + 1),
			    0, "datagram %u, sample %u", d, i);
	}
	cr_expect_eq(gaps(&row), gaps(&alone));
	cr_expect_gt(gaps(&row), 0);
	collector_free(row.c);
	collector_free(alone.c);
}

/* Heads are compared with the one before: what is alike must come out as if it stood alone. */
Test(sensor_sflow, a_row_of_samples_says_what_each_would_alone)
{
	compare_row(false);
	compare_row(true);
}
