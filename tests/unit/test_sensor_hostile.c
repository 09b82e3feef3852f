/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What exporters should not send: truncation, mutation, every refusal. */
#include "leak.h"
#include "seen.h"
#include "sensor/waiting.h"

TestSuite(sensor_hostile, .fini = leak_check);

static void
put_template(struct wire *w, unsigned set_id, unsigned id, unsigned n, const uint16_t *f)
{
	size_t set = wset(w, set_id);

	w16(w, id);
	w16(w, n);
	for (unsigned i = 0; i < 2 * n; i++)
		w16(w, f[i]);
	wset_end(w, set);
}

static void
put_data(struct wire *w, unsigned id, size_t bytes)
{
	size_t set = wset(w, id);

	wfill(w, 3, bytes);
	wset_end(w, set);
}

static const uint16_t fixed[] = { 8, 4, 12, 4, 27, 16, 28, 16, 1, 8, 2, 3, 7, 2, 152, 8, 161, 4,
	48, 2 };
static const uint16_t varied[] = { 12, 4, 96, 65535, 1, 8, 82, 65535, 94, 65535, 2, 8 };

static void
put_options(struct wire *w, bool ipfix)
{
	size_t set = wset(w, ipfix ? 3 : 1);

	w16(w, 260);
	w16(w, ipfix ? 3 : 4);
	w16(w, ipfix ? 1 : 8);
	w16(w, ipfix ? 302 : 1);
	w16(w, 4);
	w16(w, 34);
	w16(w, 4);
	w16(w, 48);
	w16(w, 4);
	wset_end(w, set);
	put_data(w, 260, 24);
}

/* A good datagram of each protocol, with everything in it. */
static void
good(struct wire *w, unsigned which)
{
	struct wire record = { .n = 0 };

	w->n = 0;
	switch (which) {
	case 0:
		wnf5(w, 2, 1, 1);
		wnf5_record(w, "192.0.2.80", 1, 2);
		wnf5_record(w, "192.0.2.81", 1, 2);
		break;
	case 1:
	case 2:
		if (which == 1)
			wnf9(w, 1, 1);
		else
			wipfix(w, 1, 1);
		put_data(w, 300, 134);		/* waits for its template */
		put_options(w, which == 2);
		put_template(w, which == 1 ? 0 : 2, 300, 10, fixed);
		put_template(w, which == 1 ? 0 : 2, 301, 6, varied);
		put_data(w, 300, 3 * 67);
		put_data(w, 301, 4 * 32);
		if (which == 2)
			wipfix_end(w);
		break;
	default:
		wsflow_raw(&record);
		wsflow(w, 1, 3);
		wsflow_sample(w, false, 1, &record);
		wsflow_sample(w, true, 1, &record);
		record.n = 0;
		wfill(&record, 0, 3);
		wfill(&record, 6, 61);
		wsflow_sample(w, true, 4, &record);
		break;
	}
}

#define GOODS 4

Test(sensor_hostile, the_good_ones_are_taken_whole)
{
	static const unsigned flows[GOODS] = { 2, 9, 9, 3 };
	static struct wire w;
	static struct seen s;

	for (unsigned i = 0; i < GOODS; i++) {
		seen_init(&s, roomy());
		good(&w, i);
		seen_wire(&s, &w);
		cr_assert_eq(s.n, flows[i], "protocol %u yields %u", i, s.n);
		cr_assert_eq(seen_totals(&s).refused, 0, "protocol %u", i);
		collector_free(s.c);
	}
}

Test(sensor_hostile, no_truncation_goes_unnoticed)
{
	static struct wire w;
	static struct seen s;

	for (unsigned i = 0; i < GOODS; i++) {
		good(&w, i);
		for (size_t n = 0; n < w.n; n++) {
			seen_init(&s, roomy());
			seen_feed(&s, w.b, n);
			cr_assert_lt(s.n, i == 0 ? 1 : 10);
			/*
			 * NetFlow 9 says its length nowhere: between two sets, or within what
			 * could be padding, it is whole.
			 */
			if (i != 1)
				cr_assert_gt(seen_totals(&s).refused, 0,
					"protocol %u, %zu bytes", i, n);
			collector_free(s.c);
		}
	}
}

Test(sensor_hostile, a_netflow9_set_cut_anywhere_is_refused)
{
	static struct wire w;
	static struct seen s;

	wnf9(&w, 1, 1);
	put_template(&w, 0, 300, 10, fixed);
	for (size_t n = 24; n < w.n; n++) {
		seen_init(&s, roomy());
		seen_feed(&s, w.b, n);
		cr_assert_eq(seen_totals(&s).refused, 1, "%zu bytes", n);
		cr_assert_eq(seen_refused(&s, "set-length"), 1);
		collector_free(s.c);
	}
}

Test(sensor_hostile, any_one_byte_may_be_wrong)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
	static struct wire w;
	static struct seen s;

	for (unsigned i = 0; i < GOODS; i++) {
		good(&w, i);
		seen_init(&s, roomy());
		for (size_t at = 0; at < w.n; at++) {
			uint8_t was = w.b[at];

			for (unsigned v = 0; v < sizeof(values); v++) {
				w.b[at] = values[v];
				seen_wire(&s, &w);
			}
			w.b[at] = was;
		}
		cr_assert_eq(seen_totals(&s).datagrams, w.n * sizeof(values));
		collector_free(s.c);
	}
}

/* Each refusal has a builder that provokes it, with tight limits. */
struct provocation {
	const char *name;
	void (*build)(struct seen *s, struct wire *w);
};

static void
pass(struct seen *s, struct wire *w)
{
	seen_wire(s, w);
	w->n = 0;
}

static void
is_short(struct seen *s, struct wire *w)
{
	w16(w, 9);
	w32(w, 0);
	pass(s, w);
}

static void
has_no_version(struct seen *s, struct wire *w)
{
	w16(w, 7);
	wfill(w, 0, 60);
	pass(s, w);
}

static void
counts_wrong(struct seen *s, struct wire *w)
{
	wnf5(w, 31, 1, 0);
	for (unsigned i = 0; i < 31; i++)
		wnf5_record(w, "192.0.2.80", 1, 1);
	pass(s, w);
}

static void
message_too_long(struct seen *s, struct wire *w)
{
	wipfix(w, 1, 1);
	wput16(w, 2, 17);
	pass(s, w);
}

static void
set_too_long(struct seen *s, struct wire *w)
{
	wnf9(w, 1, 1);
	w16(w, 300);
	w16(w, 5);
	pass(s, w);
}

static void
set_reserved(struct seen *s, struct wire *w)
{
	wnf9(w, 1, 1);
	put_data(w, 2, 4);
	pass(s, w);
}

static void
set_too_short(struct seen *s, struct wire *w)
{
	wnf9(w, 1, 1);
	put_template(w, 0, 300, 10, fixed);
	put_data(w, 300, 66);
	pass(s, w);
}

static void
record_too_long(struct seen *s, struct wire *w)
{
	wipfix(w, 1, 1);
	put_template(w, 2, 301, 6, varied);
	put_data(w, 301, 23);
	wipfix_end(w);
	w->b[w->n - 23 + 4] = 200;
	pass(s, w);
}

static void
section_of_labels(struct seen *s, struct wire *w)
{
	static const uint16_t labels[] = { 316, 12 };

	wipfix(w, 1, 1);
	put_template(w, 2, 301, 1, labels);
	put_data(w, 301, 12);
	wipfix_end(w);
	pass(s, w);
}

static void
template_id_low(struct seen *s, struct wire *w)
{
	wnf9(w, 1, 1);
	put_template(w, 0, 255, 10, fixed);
	pass(s, w);
}

static void
template_cut(struct seen *s, struct wire *w)
{
	wnf9(w, 1, 1);
	put_template(w, 0, 300, 10, fixed);
	w->b[27] = 11;		/* one field more than there is */
	pass(s, w);
}

static void
template_without_scope(struct seen *s, struct wire *w)
{
	wipfix(w, 1, 1);
	put_options(w, true);
	wipfix_end(w);
	wput16(w, 24, 0);
	pass(s, w);
}

static void
template_of_nothing(struct seen *s, struct wire *w)
{
	static const uint16_t nothing[] = { 1, 0, 2, 0 };

	wnf9(w, 1, 1);
	put_template(w, 0, 300, 2, nothing);
	pass(s, w);
}

static void
template_too_long(struct seen *s, struct wire *w)
{
	static const uint16_t endless[] = { 82, 60000, 83, 60000 };

	wnf9(w, 1, 1);
	put_template(w, 0, 300, 2, endless);
	pass(s, w);
}

static void
templates_too_many(struct seen *s, struct wire *w)
{
	wnf9(w, 1, 1);
	for (unsigned i = 0; i < 65; i++)
		put_template(w, 0, 300 + i, 10, fixed);
	pass(s, w);
}

/* One that counts: with a record that is taken. */
static void
true_exporter(struct seen *s, struct wire *w, unsigned domain)
{
	wnf9(w, 1, domain);
	put_template(w, 0, 300, 10, fixed);
	put_data(w, 300, 67);
	pass(s, w);
}

static void
exporters_too_many(struct seen *s, struct wire *w)
{
	for (unsigned i = 0; i < 9; i++)
		true_exporter(s, w, i);
}

/* Anew, with other limits. */
static void
limit(struct seen *s, struct collector_limits limits)
{
	wall_t now = s->now;

	collector_free(s->c);
	seen_init(s, limits);
	s->now = now;
}

static void
templates_too_many_of_one(struct seen *s, struct wire *w)
{
	struct collector_limits l = roomy();

	l.templates_each = 2;
	limit(s, l);
	wnf9(w, 1, 1);
	for (unsigned i = 0; i < 3; i++)
		put_template(w, 0, 300 + i, 10, fixed);
	put_template(w, 0, 301, 10, fixed);	/* one that it has may be told again */
	pass(s, w);
}

static void
template_too_old(struct seen *s, struct wire *w)
{
	true_exporter(s, w, 1);
	s->now.ms += COLLECTOR_TEMPLATE_MS;
	wnf9(w, 2, 1);
	put_data(w, 300, 67);
	pass(s, w);
}

static void
domains_too_many(struct seen *s, struct wire *w)
{
	struct collector_limits l = roomy();

	l.domains_each = 2;
	limit(s, l);
	for (unsigned i = 0; i < 3; i++)
		true_exporter(s, w, i);
	cr_assert_eq(prefix_parse(&s->from, "10.0.0.2"), 0);
	true_exporter(s, w, 0);		/* another address is free to */
}

static void
exporter_given_up(struct seen *s, struct wire *w)
{
	wnf9(w, 1, 100);
	put_data(w, 300, 67);
	pass(s, w);
	s->now.ms++;
	for (unsigned i = 0; i < 8; i++)
		true_exporter(s, w, i);
}

/* Domains that never say anything, each in the place of the one before. */
static void
exporter_pushed_out(struct seen *s, struct wire *w)
{
	for (uint32_t i = 0; i < 9; i++) {
		wnf9(w, i, i);
		pass(s, w);
	}
}

static void
sequence_jumps(struct seen *s, struct wire *w)
{
	static const uint32_t numbers[] = { 1, 2, 900000, 3 };

	for (unsigned i = 0; i < 4; i++) {
		wnf9(w, numbers[i], 1);
		pass(s, w);
	}
}

static void
clock_is_insane(struct seen *s, struct wire *w)
{
	s->now.ms += 25 * 3600 * 1000;
	wnf5(w, 1, 1, 0);
	wnf5_record(w, "192.0.2.80", 1, 1);
	pass(s, w);
}

static void
link_is_exceeded(struct seen *s, struct wire *w)
{
	static struct prefix own;
	struct collector_limits l = roomy();

	cr_assert_eq(prefix_parse(&own, "192.0.2.0/24"), 0);
	l.capacity_bps = 1e6;
	l.prefixes_n = 1;
	l.prefixes = &own;
	limit(s, l);
	wnf5(w, 1, 1, 0);
	wnf5_record(w, "192.0.2.80", 1, 500000);	/* 4 Mbit in 3 s */
	pass(s, w);
}

static void
samplers_too_many(struct seen *s, struct wire *w)
{
	for (unsigned i = 0; i < 33; i++) {
		wnf9(w, i, 1);
		put_options(w, false);
		w->n -= 12;			/* one record */
		wput16(w, w->n - 14, 16);
		wput16(w, w->n - 2, i);
		pass(s, w);
	}
}

static void
waiting_too_much(struct seen *s, struct wire *w)
{
	for (unsigned i = 0; i < 5; i++) {
		wnf9(w, i, 1);
		put_data(w, 300, 1000);
		pass(s, w);
	}
}

static void
waiting_too_long(struct seen *s, struct wire *w)
{
	for (unsigned i = 0; i < 5; i++) {
		wnf9(w, i, 1);
		put_data(w, 300, 1000);
		s->now.ms += i == 4 ? 0 : WAITING_MS / 3 + 1;
		pass(s, w);
	}
}

static void
agent_unknown(struct seen *s, struct wire *w)
{
	wsflow(w, 1, 0);
	w->b[7] = 3;
	pass(s, w);
}

static void
sample_too_long(struct seen *s, struct wire *w)
{
	wsflow(w, 1, 1);
	w32(w, 1);
	w32(w, 4);
	pass(s, w);
}

static void
sflow_record_too_long(struct seen *s, struct wire *w)
{
	struct wire record = { .n = 0 };

	wsflow_raw(&record);
	wsflow(w, 1, 1);
	wsflow_sample(w, false, 1, &record);
	w->b[28 + 8 + 32 + 6] = 1;
	pass(s, w);
}

static void
header_too_long(struct seen *s, struct wire *w)
{
	struct wire record = { .n = 0 };

	wsflow_raw(&record);
	record.b[15] = 200;
	wsflow(w, 1, 1);
	wsflow_sample(w, false, 1, &record);
	pass(s, w);
}

static void
sources_too_many(struct seen *s, struct wire *w)
{
	struct wire record = { .n = 0 };
	struct collector_limits l = roomy();

	l.exporters = 1;
	limit(s, l);
	wsflow_raw(&record);
	wsflow(w, 1, 17);
	for (unsigned i = 0; i < 17; i++) {
		size_t at = w->n;

		wsflow_sample(w, false, 1, &record);
		wput16(w, at + 14, i + 1);
	}
	pass(s, w);
	cr_assert_eq(s->n, 17, "all are heard");
}

static void
rate_forged(struct seen *s, struct wire *w)
{
	struct wire record = { .n = 0 };

	wsflow_raw(&record);
	wsflow(w, 1, 2);
	wsflow_sample(w, false, 1, &record);
	wsflow_sample(w, false, 1, &record);
	wput16(w, w->n - ((record.n + 3) & ~(size_t)3) - 32, 100);	/* 100 << 16 | 512 */
	pass(s, w);
}

static const struct provocation provocations[] = {
	{ "short", is_short },
	{ "unknown-version", has_no_version },
	{ "netflow5-count", counts_wrong },
	{ "ipfix-length", message_too_long },
	{ "set-length", set_too_long },
	{ "set-id", set_reserved },
	{ "set-short", set_too_short },
	{ "record-short", record_too_long },
	{ "packet-section", section_of_labels },
	{ "template-id", template_id_low },
	{ "template-short", template_cut },
	{ "template-scope", template_without_scope },
	{ "template-empty", template_of_nothing },
	{ "template-long", template_too_long },
	{ "templates-full", templates_too_many },
	{ "exporters-full", exporters_too_many },
	{ "templates-of-one", templates_too_many_of_one },
	{ "template-expired", template_too_old },
	{ "domains-full", domains_too_many },
	{ "forgotten", exporter_given_up },
	{ "exporter-evicted", exporter_pushed_out },
	{ "samplers-full", samplers_too_many },
	{ "waiting-full", waiting_too_much },
	{ "waiting-old", waiting_too_long },
	{ "sequence-jump", sequence_jumps },
	{ "export-time", clock_is_insane },
	{ "quarantined", link_is_exceeded },
	{ "sflow-agent", agent_unknown },
	{ "sflow-sample", sample_too_long },
	{ "sflow-record", sflow_record_too_long },
	{ "sflow-header", header_too_long },
	{ "sources-full", sources_too_many },
	{ "sampling-jump", rate_forged },
};

Test(sensor_hostile, every_reason_to_refuse_is_counted_under_its_name)
{
	static struct wire w;
	static struct seen s;
	const char *name, *say;
	uint64_t n;
	unsigned i;

	for (i = 0; i < sizeof(provocations) / sizeof(*provocations); i++) {
		seen_init(&s, roomy());
		w.n = 0;
		provocations[i].build(&s, &w);
		cr_assert_eq(seen_refused(&s, provocations[i].name), 1, "%s", provocations[i].name);
		cr_assert(collector_refused(s.c, i, &name, &say, &n));
		cr_assert_str_eq(name, provocations[i].name,
			"the table and this test are in the same order");
		if (i + 1 < sizeof(provocations) / sizeof(*provocations))
			collector_free(s.c);
	}
	cr_assert_not(collector_refused(s.c, i, &name, &say, &n), "a refusal has no test: %s",
		name);
	collector_free(s.c);
}

Test(sensor_hostile, what_did_not_fit_stays_counted_as_waiting)
{
	static struct wire w;
	static struct seen s;

	seen_init(&s, roomy());
	waiting_too_much(&s, &w);
	cr_assert_eq(seen_totals(&s).waiting, 5);
	wnf9(&w, 9, 1);
	put_template(&w, 0, 300, 10, fixed);
	pass(&s, &w);
	cr_assert_eq(seen_totals(&s).waiting, 1, "four were kept and are decoded");
	cr_assert_eq(s.n, 4 * (1000 / 67));
	collector_free(s.c);
}

Test(sensor_hostile, a_template_that_turned_bad_no_longer_decodes)
{
	static const uint16_t nothing[] = { 1, 0 };
	static struct wire w;
	static struct seen s;

	seen_init(&s, roomy());
	wnf9(&w, 1, 1);
	put_template(&w, 0, 300, 10, fixed);
	put_template(&w, 0, 300, 1, nothing);
	put_data(&w, 300, 67);
	pass(&s, &w);
	cr_assert_eq(s.n, 0);
	cr_assert_eq(seen_totals(&s).waiting, 1);
	collector_free(s.c);
}
