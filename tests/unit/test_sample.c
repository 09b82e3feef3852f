/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "leak.h"
#include "model/observation.h"
#include "model/sample.h"
#include "model/signature.h"
#include "rule_of.h"

TestSuite(sample, .fini = leak_check);
TestSuite(signature, .fini = leak_check);

static struct flow
record(void)
{
	return (struct flow){ .family = 4,
		.src = { 198, 51, 100, 9 },
		.dst = { 192, 0, 2, 80 },
		.has = FLOW_SRC | FLOW_DST | FLOW_SPORT | FLOW_DPORT | FLOW_PROTO | FLOW_BYTES |
		    FLOW_PACKETS | FLOW_TCP_FLAGS,
		.proto = 6,
		.sport = 4444,
		.dport = 80,
		.tcp_flags = 0x13,
		.bytes = 1000,
		.packets = 10,
		.sampling = 100 };
}

static struct sample
sample(void)
{
	struct flow f = record();
	struct sample s;

	cr_assert(sample_of_flow(&s, &f));
	return s;
}

static bool
takes(const char *match)
{
	struct rule r = rule_of("192.0.2.0/24", match);
	struct sample s = sample();

	return sample_takes(&r, &s);
}

Test(sample, stands_for_what_the_exporter_did_not_pick)
{
	struct sample s = sample();

	cr_expect_eq(s.packets, 1000);
	cr_expect_eq(s.bytes, 100000);
	cr_expect_eq(s.of, 10);
	cr_expect_eq(s.length, 100, "the mean");
	cr_expect(sample_plausible(&s));
	cr_expect_eq(s.has & (SAMPLE_FRAGMENT | SAMPLE_DSCP | SAMPLE_TTL | SAMPLE_ICMP), 0);
}

Test(sample, is_a_later_fragment_when_the_record_has_no_ports)
{
	struct flow f = record();
	struct sample s;

	f.sport = f.dport = 0;
	cr_assert(sample_of_flow(&s, &f));
	cr_expect(s.has & SAMPLE_LATER);
	cr_expect_not(s.has & SAMPLE_PORTS);
	f.dport = 80;
	cr_assert(sample_of_flow(&s, &f));
	cr_expect_not(s.has & SAMPLE_LATER, "a port of 0 is one");
	cr_expect(s.has & SAMPLE_PORTS);
}

Test(sample, takes_no_extension_header_for_a_protocol)
{
	struct flow f = record();
	struct sample s;

	f.family = 6;
	f.proto = 44;
	cr_assert(sample_of_flow(&s, &f));
	cr_expect_not(s.has & SAMPLE_PROTO);
	cr_expect(s.has & SAMPLE_LATER, "a fragment's header");
	f.proto = 0;
	cr_assert(sample_of_flow(&s, &f));
	cr_expect_not(s.has & (SAMPLE_PROTO | SAMPLE_LATER));
}

Test(sample, is_not_made_of_what_is_no_traffic)
{
	struct sample s = { .of = 77 };
	struct flow f = record();

	f.has |= FLOW_EVENT;
	cr_expect_not(sample_of_flow(&s, &f));
	f = record();
	f.packets = 0;
	cr_expect_not(sample_of_flow(&s, &f));
	f = record();
	f.has &= (uint16_t)~FLOW_DST;
	cr_expect_not(sample_of_flow(&s, &f));
	f = record();
	f.packets = UINT64_MAX / 2;
	cr_expect_not(sample_of_flow(&s, &f), "more than can be counted");
	cr_expect_eq(s.of, 77, "left alone");
}

Test(sample, of_a_frame_is_as_long_as_the_packet_in_it)
{
	struct flow f = record();
	struct sample s;

	f.protocol = FLOW_SFLOW5;
	f.packets = 1;
	f.bytes = 1418;
	cr_assert(sample_of_flow(&s, &f));
	cr_assert(s.has & SAMPLE_LENGTH);
	cr_assert_eq(s.length, 1400);
	cr_assert_eq(s.bytes, 140000);
	f.bytes = 64;
	cr_assert(sample_of_flow(&s, &f));
	cr_assert_not(s.has & SAMPLE_LENGTH, "it was filled up");
	cr_assert_eq(s.bytes, 4600);
	f.bytes = 17;
	cr_assert(sample_of_flow(&s, &f));
	cr_assert_eq(s.bytes, 0, "no frame is so short");
}

Test(sample, of_a_later_fragment_knows_no_ports)
{
	struct rule later = rule_of("192.0.2.80/32", "fragment is_fragment;");
	struct rule port = rule_of("192.0.2.80/32", "sport 1..65535;");
	struct flow f = record();
	struct sample s;

	f.has |= FLOW_FRAGMENT;
	cr_assert(sample_of_flow(&s, &f));
	cr_expect(sample_takes(&later, &s));
	cr_expect_not(sample_takes(&port, &s));
}

/* NetFlow 5 has a field for each of them in every record. */
Test(sample, knows_only_what_its_protocol_has)
{
	static const struct {
		uint8_t proto;
		unsigned has;
	} rows[] = { { 6, SAMPLE_PORTS | SAMPLE_TCP_FLAGS }, { 17, SAMPLE_PORTS },
		{ 132, SAMPLE_PORTS }, { 1, SAMPLE_ICMP }, { 58, SAMPLE_ICMP }, { 47, 0 } };
	struct flow f = record();
	struct sample s;

	f.has |= FLOW_ICMP;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		f.proto = rows[i].proto;
		cr_assert(sample_of_flow(&s, &f));
		cr_expect_eq(s.has & (SAMPLE_PORTS | SAMPLE_TCP_FLAGS | SAMPLE_ICMP), rows[i].has,
		    "protocol %u", rows[i].proto);
	}
}

Test(sample, is_taken_by_a_rule_that_says_all_it_knows)
{
	cr_expect(takes("proto = 6; sport 4000..5000; dport = 80; length 90..110;"));
	cr_expect(takes("tcp flags 0x01/0x01;"));
	cr_expect(takes("src 198.51.100.0/24;"));
	cr_expect(takes("port = 4444;"));
}

Test(sample, is_not_taken_for_another_value)
{
	cr_expect_not(takes("proto = 17;"));
	cr_expect_not(takes("sport = 53;"));
	cr_expect_not(takes("dport = 81;"));
	cr_expect_not(takes("length 101..200;"));
	cr_expect_not(takes("tcp flags 0x02/0x12;"));
	cr_expect_not(takes("src 198.51.101.0/24;"));
	cr_expect_not(takes("port = 53;"));
}

Test(sample, is_not_taken_for_what_it_does_not_know)
{
	cr_expect_not(takes("dscp 0..63;"));
	cr_expect_not(takes("icmp type 0..255;"));
	cr_expect_not(takes("fragment is_fragment;"));
	cr_expect_not(takes("fragment dont_fragment;"), "it may be cut as well");
	cr_expect(takes("fragment !is_fragment;"), "records of later fragments say so");
}

Test(sample, from_outside_is_believed_only_in_its_shape)
{
	struct sample s = sample(), bad = s;

	bad.family = 5;
	cr_expect_not(sample_plausible(&bad));
	bad = s;
	bad.of = 0;
	cr_expect_not(sample_plausible(&bad));
	bad = s;
	bad.dst[4] = 1;
	cr_expect_not(sample_plausible(&bad));
	bad = s;
	bad.has |= 1 << 10;
	cr_expect_not(sample_plausible(&bad));
	bad = s;
	bad.none[2] = 1;
	cr_expect_not(sample_plausible(&bad));
	bad = s;
	bad.bytes = 200000 * s.packets;
	cr_expect_not(sample_plausible(&bad), "no packet is that long");
	bad = s;
	bad.packets = UINT64_MAX / 4;
	cr_expect_not(sample_plausible(&bad), "nothing stands for that many");
}

Test(sample, that_we_make_is_always_one_that_we_believe)
{
	struct flow f = record();
	struct sample s;

	f.bytes = UINT64_MAX / 1000;
	cr_assert(sample_of_flow(&s, &f));
	cr_expect_eq(s.has & SAMPLE_LENGTH, 0);
	cr_expect(sample_plausible(&s), "what it says of bytes cannot be");
	f = record();
	f.bytes = 655350;
	cr_assert(sample_of_flow(&s, &f));
	sample_stands(&s, 1.4);
	cr_expect(sample_plausible(&s), "rounded");
	sample_stands(&s, 1e300);
	cr_expect(sample_plausible(&s), "more than can be");
}

Test(sample, comes_from_a_sensor_with_others_and_is_believed_with_them_or_not)
{
	struct sensor_report r = { .kind = REPORT_SAMPLES,
		.samples = { .sensor = 3, .n = SAMPLES_A_REPORT } };

	for (unsigned i = 0; i < SAMPLES_A_REPORT; i++)
		r.samples.samples[i] = sample();
	cr_expect(report_plausible(&r, 3));
	cr_expect_not(report_plausible(&r, 4), "of another sensor");
	cr_expect_geq(report_size(r.kind), sizeof(struct sample_report));
	r.samples.samples[15].family = 5;
	cr_expect_not(report_plausible(&r, 3));
	r.samples.n = 15;
	cr_expect(report_plausible(&r, 3), "behind the last");
	r.samples.n = SAMPLES_A_REPORT + 1;
	cr_expect_not(report_plausible(&r, 3));
	r.samples.n = 0;
	cr_expect_not(report_plausible(&r, 3));
}

static struct signature
signature(const char *name, const char *match)
{
	struct signature s = { .match = rule_of("0.0.0.0/0", match), .both = true };

	strcpy(s.name, name);
	return s;
}

Test(signature, is_found_by_the_most_particular_one)
{
	struct signatures all = { .n = 3, .s = {
		signature("large-dns", "proto = 17; sport = 53; length 513..65535;"),
		signature("dns", "proto = 17; sport = 53;"),
		signature("fragments", "fragment is_fragment;"),
	} };
	struct rule large = rule_of("192.0.2.80/32", "proto = 17; sport = 53; length 600..1500;");
	struct rule small = rule_of("192.0.2.80/32", "proto = 17; sport = 53; length 60..1500;");
	struct rule six = rule_of("2001:db8::/48", "proto = 17; fragment is_fragment;");
	struct rule none = rule_of("192.0.2.80/32", "proto = 17;");

	cr_expect_str_eq(signature_find(&all, &large)->name, "large-dns");
	cr_expect_str_eq(signature_find(&all, &small)->name, "dns");
	cr_expect_str_eq(signature_find(&all, &six)->name, "fragments");
	cr_expect_null(signature_find(&all, &none));
	all.s[2].both = false;
	cr_expect_null(signature_find(&all, &six), "of IPv4 alone");
}
