/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The four protocols, as their exporters send them. */
#include "leak.h"
#include "seen.h"

TestSuite(sensor, .fini = leak_check);

typedef const uint16_t (*fields)[2];

static const uint16_t five_tuple[][2] = {
	{ 8, 4 }, { 12, 4 }, { 7, 2 }, { 11, 2 }, { 4, 1 }, { 6, 1 }, { 10, 2 }, { 14, 4 },
	{ 1, 4 }, { 2, 4 }, { 22, 4 }, { 21, 4 }, { 0, 0 },
};

static void
put_template(struct wire *w, unsigned set_id, unsigned id, fields f)
{
	size_t set = wset(w, set_id), at;

	w16(w, id);
	at = w->n;
	w16(w, 0);
	wput16(w, at, wfields(w, f));
	wset_end(w, set);
}

/* One record of five_tuple. */
static void
put_record(struct wire *w, const char *dst, uint32_t bytes)
{
	waddr(w, "198.51.100.7");
	waddr(w, dst);
	w16(w, 53);
	w16(w, 4444);
	w8(w, 17);
	w8(w, 0x10);
	w16(w, 3);
	w32(w, 4);
	w32(w, bytes);
	w32(w, 2);
	w32(w, WIRE_UPTIME - 5000);
	w32(w, WIRE_UPTIME - 2000);
}

static void
put_data(struct wire *w, unsigned id, unsigned records)
{
	size_t set = wset(w, id);

	for (unsigned i = 0; i < records; i++)
		put_record(w, "192.0.2.80", 1000 + i);
	wset_end(w, set);
}

static void
expect_flow(const struct flow *f, enum flow_protocol protocol)
{
	cr_assert_eq(f->protocol, protocol);
	cr_assert_eq(f->family, 4);
	cr_assert_arr_eq(f->src, ((uint8_t[]){ 198, 51, 100, 7 }), 4);
	cr_assert_arr_eq(f->dst, ((uint8_t[]){ 192, 0, 2, 80 }), 4);
	cr_assert_eq(f->sport, 53);
	cr_assert_eq(f->dport, 4444);
	cr_assert_eq(f->proto, 17);
	cr_assert_eq(f->in_if, 3);
	cr_assert_eq(f->out_if, 4);
	cr_assert_eq(f->packets, 2);
	cr_assert_eq(f->start_ms, 1795305595000 + (protocol == FLOW_NETFLOW5 ? 500 : 0));
	cr_assert_eq(f->end_ms, 1795305598000 + (protocol == FLOW_NETFLOW5 ? 500 : 0));
}

Test(sensor, netflow5_yields_its_records)
{
	static struct wire w;
	static struct seen s;

	seen_init(&s, roomy());
	wnf5(&w, 2, 100, 0x4000 | 1000);
	wnf5_record(&w, "192.0.2.80", 2, 1000);
	wnf5_record(&w, "192.0.2.80", 2, 3000000000u);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 2);
	expect_flow(&s.flow[0], FLOW_NETFLOW5);
	cr_assert_eq(s.flow[1].bytes, 3000000000u);
	cr_assert_eq(s.flow[1].sampling, 1000, "the mode bits do not count");
	cr_assert_eq(s.flow[1].domain, 0x0102);
	cr_assert_eq(seen_totals(&s).refused, 0);
	collector_free(s.c);
}

Test(sensor, netflow5_icmp_has_type_and_code)
{
	static struct wire w;
	static struct seen s;

	seen_init(&s, roomy());
	wnf5(&w, 1, 1, 0);
	wnf5_record(&w, "192.0.2.80", 2, 1000);
	wput16(&w, 24 + 32, 0);
	wput16(&w, 24 + 34, 0x0301);
	w.b[24 + 38] = 1;
	seen_wire(&s, &w);
	cr_assert(s.flow[0].has & FLOW_ICMP);
	cr_assert_eq(s.flow[0].icmp_type, 3);
	cr_assert_eq(s.flow[0].icmp_code, 1);
	cr_assert_eq(s.flow[0].dport, 0x0301, "as exported");
	collector_free(s.c);
}

Test(sensor, netflow9_data_follows_its_template)
{
	static struct wire w;
	static struct seen s;

	seen_init(&s, roomy());
	wnf9(&w, 1, 42);
	put_template(&w, 0, 300, five_tuple);
	put_data(&w, 300, 3);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 3);
	expect_flow(&s.flow[0], FLOW_NETFLOW9);
	cr_assert_eq(s.flow[2].bytes, 1002);
	cr_assert_eq(s.flow[2].tmpl, 300);
	cr_assert_eq(s.flow[2].domain, 42);
	cr_assert_eq(s.flow[2].sampling, 0, "unknown");
	collector_free(s.c);
}

Test(sensor, data_before_its_template_is_decoded_when_that_comes)
{
	static struct wire data, template;
	static struct seen s;
	struct exporter_report x;

	seen_init(&s, roomy());
	wnf9(&data, 1, 42);
	put_data(&data, 300, 2);
	wnf9(&template, 2, 42);
	put_template(&template, 0, 300, five_tuple);
	seen_wire(&s, &data);
	cr_assert_eq(s.n, 0);
	cr_assert_eq(seen_totals(&s).waiting, 1);
	cr_assert(collector_exporter(s.c, 0, &x));
	cr_assert_eq(x.waiting_since_ms, s.now.ms);
	seen_wire(&s, &template);
	cr_assert_eq(s.n, 2);
	expect_flow(&s.flow[0], FLOW_NETFLOW9);
	cr_assert_eq(seen_totals(&s).waiting, 0);
	cr_assert(collector_exporter(s.c, 0, &x));
	cr_assert_eq(x.waiting_since_ms, 0);
	cr_assert_not(collector_exporter(s.c, 1, &x));
	collector_free(s.c);
}

Test(sensor, a_template_is_of_its_exporter_and_domain_only)
{
	static struct wire template, data, other;
	static struct seen s;

	seen_init(&s, roomy());
	wnf9(&template, 1, 42);
	put_template(&template, 0, 300, five_tuple);
	wnf9(&data, 2, 42);
	put_data(&data, 300, 1);
	wnf9(&other, 2, 43);
	put_data(&other, 300, 1);
	seen_wire(&s, &template);
	seen_wire(&s, &other);
	cr_assert_eq(s.n, 0, "another domain");
	cr_assert_eq(prefix_parse(&s.from, "10.0.0.2"), 0);
	seen_wire(&s, &data);
	cr_assert_eq(s.n, 0, "another exporter");
	cr_assert_eq(prefix_parse(&s.from, "10.0.0.1"), 0);
	seen_wire(&s, &data);
	cr_assert_eq(s.n, 1);
	collector_free(s.c);
}

Test(sensor, a_redefined_template_is_read_in_its_new_form)
{
	static const uint16_t other[][2] = { { 12, 4 }, { 1, 8 }, { 0, 0 } };
	static struct wire first, second;
	static struct seen s;
	size_t set;

	seen_init(&s, roomy());
	wnf9(&first, 1, 0);
	put_template(&first, 0, 300, five_tuple);
	put_data(&first, 300, 1);
	wnf9(&second, 2, 0);
	put_template(&second, 0, 300, other);
	set = wset(&second, 300);
	waddr(&second, "192.0.2.99");
	w64(&second, 1ull << 40);
	wset_end(&second, set);
	seen_wire(&s, &first);
	seen_wire(&s, &second);
	cr_assert_eq(s.n, 2);
	cr_assert_eq(s.flow[1].bytes, 1ull << 40);
	cr_assert_eq(s.flow[1].dst[3], 99);
	cr_assert_eq(s.flow[1].has, FLOW_DST | FLOW_BYTES, "nothing of the old form is left");
	collector_free(s.c);
}

Test(sensor, ipfix_templates_can_be_withdrawn)
{
	static struct wire w, gone, data;
	static struct seen s;
	size_t set;

	seen_init(&s, roomy());
	wipfix(&w, 0, 1);
	put_template(&w, 2, 256, five_tuple);
	put_template(&w, 2, 257, five_tuple);
	wipfix_end(&w);
	wipfix(&gone, 0, 1);
	set = wset(&gone, 2);
	w16(&gone, 256);
	w16(&gone, 0);
	wset_end(&gone, set);
	wipfix_end(&gone);
	wipfix(&data, 0, 1);
	put_data(&data, 256, 1);
	put_data(&data, 257, 1);
	wipfix_end(&data);
	seen_wire(&s, &w);
	seen_wire(&s, &gone);
	seen_wire(&s, &data);
	cr_assert_eq(s.n, 1);
	cr_assert_eq(s.flow[0].tmpl, 257);
	wput16(&gone, 20, 2);		/* the set's own id: all of them */
	seen_wire(&s, &gone);
	seen_wire(&s, &data);
	cr_assert_eq(s.n, 1);
	collector_free(s.c);
}

Test(sensor, ipfix_steps_over_enterprise_and_variable_fields)
{
	static struct wire w;
	static struct seen s;
	size_t set;

	seen_init(&s, roomy());
	wipfix(&w, 0, 1);
	set = wset(&w, 2);
	w16(&w, 256);
	w16(&w, 5);
	w16(&w, 0x8000 | 12);		/* a vendor's own: not a destination */
	w16(&w, 4);
	w32(&w, 9999);
	w16(&w, 96);
	w16(&w, 65535);
	w16(&w, 0x8000 | 1);		/* octets of the reverse direction, RFC 5103 */
	w16(&w, 65535);
	w32(&w, 29305);
	w16(&w, 12);
	w16(&w, 4);
	w16(&w, 1);
	w16(&w, 3);			/* reduced size */
	wset_end(&w, set);
	set = wset(&w, 256);
	for (unsigned i = 0; i < 2; i++) {
		w32(&w, 0xffffffff);
		w8(&w, 3);
		wfill(&w, 'x', 3);
		w8(&w, 255);
		w16(&w, 300);
		wfill(&w, 'y', 300);
		waddr(&w, "192.0.2.80");
		w8(&w, 1);
		w16(&w, 0x0203);
	}
	wset_end(&w, set);
	wipfix_end(&w);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 2);
	cr_assert_eq(s.flow[1].bytes, 0x010203);
	cr_assert_eq(s.flow[1].dst[3], 80);
	cr_assert_eq(seen_totals(&s).refused, 0);
	collector_free(s.c);
}

Test(sensor, sflow_samples_are_packets_with_their_rate)
{
	static struct wire w, raw;
	static struct seen s;

	seen_init(&s, roomy());
	wsflow_raw(&raw);
	wsflow(&w, 1, 3);
	wsflow_sample(&w, false, 1, &raw);
	wsflow_sample(&w, true, 1, &raw);
	w32(&w, 2);			/* a counter sample */
	w32(&w, 8);
	w64(&w, 0);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 2);
	for (unsigned i = 0; i < 2; i++) {
		cr_assert_eq(s.flow[i].bytes, 1514);
		cr_assert_eq(s.flow[i].packets, 1);
		cr_assert_eq(s.flow[i].sampling, 512);
		cr_assert_eq(s.flow[i].proto, 6);
		cr_assert_eq(s.flow[i].dport, 80);
		cr_assert_eq(s.flow[i].tcp_flags, 2);
		cr_assert_eq(s.flow[i].in_if, 3);
		cr_assert_eq(s.flow[i].out_if, 4);
		cr_assert_eq(s.flow[i].domain, 7);
	}
	cr_assert_eq(seen_totals(&s).refused, 0);
	collector_free(s.c);
}

Test(sensor, sflow_without_a_raw_header_takes_the_decoded_one)
{
	static struct wire w, four, six;
	static struct seen s;

	seen_init(&s, roomy());
	w32(&four, 1400);
	w32(&four, 17);
	waddr(&four, "198.51.100.7");
	waddr(&four, "192.0.2.80");
	w32(&four, 53);
	w32(&four, 4444);
	w32(&four, 0);
	w32(&four, 0);
	w32(&six, 1300);
	w32(&six, 6);
	waddr(&six, "2001:db8::1");
	waddr(&six, "2001:db8:40::80");
	w32(&six, 1025);
	w32(&six, 443);
	w32(&six, 2);
	w32(&six, 0);
	wsflow(&w, 1, 2);
	wsflow_sample(&w, false, 3, &four);
	wsflow_sample(&w, true, 4, &six);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 2);
	cr_assert_eq(s.flow[0].bytes, 1400);
	cr_assert_eq(s.flow[0].sport, 53);
	cr_assert_eq(s.flow[1].family, 6);
	cr_assert_eq(s.flow[1].dst[15], 0x80);
	cr_assert_eq(s.flow[1].tcp_flags, 2);
	collector_free(s.c);
}

/* ---- packets and both directions in one record --------------------------- */

static void
put_section(struct wire *w, unsigned ie, const uint16_t (*before)[2], unsigned n, bool variable)
{
	struct wire frame = { .n = 0 };
	const unsigned skip = ie == 315 ? 0 : 14, padding = 6;
	size_t set = wset(w, 2);

	wframe4(&frame);
	w16(w, 256);
	w16(w, n + 2);
	wfields(w, before);
	w16(w, ie);
	w16(w, variable ? 65535 : (unsigned)frame.n - skip + padding);
	w16(w, 410);
	w16(w, 2);
	wset_end(w, set);
	set = wset(w, 256);
	for (unsigned i = 0; i < n; i++)
		wfill(w, 0x2a, before[i][1]);
	if (variable)
		w8(w, (unsigned)frame.n - skip + padding);
	memcpy(w->b + w->n, frame.b + skip, frame.n - skip);
	w->n += frame.n - skip;
	wfill(w, 0, padding);
	w16(w, (unsigned)frame.n - skip);
	wset_end(w, set);
}

Test(sensor, a_section_of_a_packet_says_what_the_record_does_not)
{
	static const uint16_t nothing[][2] = { { 0, 0 } },
			      some[][2] = { { 312, 2 }, { 7, 2 }, { 0, 0 } };
	static struct wire w;
	static struct seen s;

	seen_init(&s, roomy());
	for (unsigned i = 0; i < 4; i++) {
		w.n = 0;
		wipfix(&w, i, 1);
		put_section(&w, i % 2 != 0 ? 315 : 313, nothing, 0, i / 2 != 0);
		wipfix_end(&w);
		seen_wire(&s, &w);
		cr_assert_eq(s.n, i + 1);
		cr_assert_eq(s.flow[i].family, 4);
		cr_assert_arr_eq(s.flow[i].dst, ((uint8_t[]){ 192, 0, 2, 80 }), 4);
		cr_assert_eq(s.flow[i].proto, 6);
		cr_assert_eq(s.flow[i].dport, 80);
		cr_assert_eq(s.flow[i].tcp_flags, 2);
		cr_assert_eq(s.flow[i].bytes, 60, "the packet's own length");
		cr_assert_eq(s.flow[i].packets, 1);
	}
	w.n = 0;
	wipfix(&w, 4, 1);
	put_section(&w, 315, some, 2, false);
	wipfix_end(&w);
	seen_wire(&s, &w);
	cr_assert_eq(s.flow[4].bytes, 0x2a2a, "the frame's length");
	cr_assert_eq(s.flow[4].sport, 0x2a2a, "the record itself stands above");
	cr_assert_eq(s.flow[4].dport, 80);
	collector_free(s.c);
}

/* Template 256: the elements as told; one record whose section is the frame from `skip` on. */
static void
put_section_said(struct wire *w, fields said, unsigned skip)
{
	struct wire frame = { .n = 0 };
	size_t set = wset(w, 2);
	unsigned n = 0;

	while (said[n][0] != 0)
		n++;
	w16(w, 256);
	w16(w, n);
	wfields(w, said);
	wset_end(w, set);
	wframe4(&frame);
	set = wset(w, 256);
	for (unsigned i = 0; i < n; i++) {
		if (said[i][1] > 2) {
			memcpy(w->b + w->n, frame.b + skip, said[i][1]);
			w->n += said[i][1];
		} else {
			w16(w, 1);	/* a frame of Ethernet, or one octet left out */
		}
	}
	wset_end(w, set);
}

Test(sensor, what_no_address_can_be_read_of_is_counted_by_name)
{
	/* whole: 54 octets are the frame, 40 the packet, 20 what it carries */
	static const struct {
		uint16_t said[5][2];
		unsigned skip;
		bool read;
	} cases[] = {
		{ { { 315, 54 } }, 0, true },
		{ { { 408, 2 }, { 315, 54 } }, 0, true },
		{ { { 408, 2 }, { 313, 40 } }, 14, true },
		{ { { 317, 40 } }, 14, true },
		{ { { 313, 40 } }, 0, false },		/* that is a frame */
		{ { { 314, 20 } }, 34, false },
		{ { { 316, 12 } }, 0, false },
		{ { { 409, 2 }, { 315, 54 } }, 0, false },
		{ { { 315, 54 }, { 409, 2 } }, 0, false },
		{ { { 102, 2 }, { 104, 54 } }, 0, false },
		/* of two sections the one offset is the first's */
		{ { { 314, 20 }, { 315, 54 }, { 409, 2 } }, 0, true },
		{ { { 315, 54 }, { 314, 20 }, { 409, 2 } }, 0, false },
		{ { { 409, 2 }, { 314, 20 }, { 409, 2 }, { 315, 54 } }, 0, false },
	};
	static struct wire w;
	static struct seen s;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		seen_init(&s, roomy());
		w.n = 0;
		wipfix(&w, 0, 1);
		put_section_said(&w, cases[i].said, cases[i].skip);
		wipfix_end(&w);
		seen_wire(&s, &w);
		cr_assert_eq(s.n, 1, "case %u", i);
		cr_assert_eq((s.flow[0].has & FLOW_DST) != 0, cases[i].read, "case %u", i);
		cr_assert_eq(seen_refused(&s, "packet-section"), !cases[i].read, "case %u", i);
		collector_free(s.c);
	}
}

Test(sensor, a_frame_of_another_link_layer_is_not_read_as_ethernet)
{
	static const uint16_t framed[][2] = { { 408, 2 }, { 315, 54 }, { 0, 0 } };
	static struct wire w;
	static struct seen s;

	seen_init(&s, roomy());
	wipfix(&w, 0, 1);
	put_section_said(&w, framed, 0);
	wipfix_end(&w);
	w.b[w.n - 55] = 2;	/* IEEE 802.11 */
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 1);
	cr_assert_eq(s.flow[0].has & FLOW_DST, 0);
	cr_assert_eq(seen_refused(&s, "packet-section"), 1);
	collector_free(s.c);
}

Test(sensor, a_section_that_waited_for_its_template_is_read_too)
{
	static const uint16_t nothing[][2] = { { 0, 0 } };
	static struct wire w, data;
	static struct seen s;
	size_t template_end = 16 + 4 + 4 + 8;

	seen_init(&s, roomy());
	wipfix(&w, 0, 1);
	put_section(&w, 315, nothing, 0, false);
	wipfix_end(&w);
	wipfix(&data, 0, 1);
	memcpy(data.b + data.n, w.b + template_end, w.n - template_end);
	data.n += w.n - template_end;
	wipfix_end(&data);
	seen_wire(&s, &data);
	cr_assert_eq(s.n, 0);
	w.n = template_end;
	wipfix_end(&w);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 1);
	cr_assert_eq(s.flow[0].dport, 80);
	collector_free(s.c);
}

/* Template 256: both ends, both directions (RFC 5103), sixty records. */
static void
put_biflows(struct wire *w, unsigned n)
{
	size_t set = wset(w, 2);

	w16(w, 256);
	w16(w, 9);
	wfields(w,
	    (const uint16_t[][2]){ { 8, 4 }, { 12, 4 }, { 7, 2 }, { 11, 2 }, { 10, 4 }, { 1, 4 },
		{ 2, 4 }, { 0, 0 } });
	for (unsigned ie = 1; ie <= 2; ie++) {
		w16(w, 0x8000 | ie);
		w16(w, 4);
		w32(w, 29305);
	}
	wset_end(w, set);
	set = wset(w, 256);
	for (unsigned i = 0; i < n; i++) {
		waddr(w, "198.51.100.7");
		waddr(w, "192.0.2.80");
		w16(w, 1025);
		w16(w, 80);
		w32(w, 7);
		w32(w, 100 + i);
		w32(w, 1);
		w32(w, i % 2 != 0 ? 0 : 5000 + i);
		w32(w, i % 2 != 0 ? 0 : 4);
	}
	wset_end(w, set);
}

Test(sensor, a_record_of_both_directions_is_two_flows_where_that_is_wanted)
{
	static struct wire w;
	static struct seen s;
	struct collector_limits l = roomy();
	struct exporter_report x;

	seen_init(&s, l);
	wipfix(&w, 0, 1);
	put_biflows(&w, 60);
	wipfix_end(&w);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 60, "one line a record");
	collector_free(s.c);

	l.reverse = true;
	seen_init(&s, l);
	seen_wire(&s, &w);
	cr_assert_eq(s.n, 90, "%u: where nothing came back there is no flow", s.n);
	cr_assert_eq(s.flow[0].bytes, 100);
	cr_assert_eq(s.flow[1].bytes, 5000);
	cr_assert_eq(s.flow[1].packets, 4);
	cr_assert_arr_eq(s.flow[1].dst, ((uint8_t[]){ 198, 51, 100, 7 }), 4);
	cr_assert_arr_eq(s.flow[1].src, ((uint8_t[]){ 192, 0, 2, 80 }), 4);
	cr_assert_eq(s.flow[1].sport, 80);
	cr_assert_eq(s.flow[1].dport, 1025);
	cr_assert_eq(s.flow[1].has & (FLOW_IN_IF | FLOW_OUT_IF), FLOW_OUT_IF);
	cr_assert_eq(s.flow[1].out_if, 7);
	cr_assert_eq(s.flow[89].bytes, 159);
	wput16(&w, 10, 60);		/* the next datagram counts records, not flows */
	seen_wire(&s, &w);
	cr_assert(collector_exporter(s.c, 0, &x));
	cr_assert_eq(x.gaps, 0);
	collector_free(s.c);
}
