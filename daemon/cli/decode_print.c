/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/decode_print.h"

#include <jansson.h>

#include "base/clock.h"
#include "base/lang.h"

static const char *
addr_str(const struct flow *f, const uint8_t *addr, char buf[static PREFIX_STRLEN])
{
	struct prefix p = prefix_of(f->family, addr, f->family == 4 ? 32 : 128);

	return prefix_addr_str(&p, buf);
}

static void
put_number(json_t *o, const char *key, uint64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static void
put_line(FILE *to, json_t *take)
{
	json_dumpf(take, to, JSON_COMPACT);
	putc('\n', to);
	json_decref(take);
}

static void
put_addresses(json_t *o, const struct flow *f)
{
	char buf[PREFIX_STRLEN];

	if ((f->has & FLOW_SRC) != 0)
		json_object_set_new(o, "src", json_string(addr_str(f, f->src, buf)));
	if ((f->has & FLOW_DST) != 0)
		json_object_set_new(o, "dst", json_string(addr_str(f, f->dst, buf)));
}

static void
put_fields(json_t *o, const struct flow *f)
{
	const struct {
		uint16_t flag;
		const char *key;
		uint64_t v;
	} fields[] = {
		{ FLOW_SPORT, "sport", f->sport }, { FLOW_DPORT, "dport", f->dport },
		{ FLOW_PROTO, "proto", f->proto }, { FLOW_TCP_FLAGS, "tcp_flags", f->tcp_flags },
		{ FLOW_ICMP, "icmp_type", f->icmp_type }, { FLOW_ICMP, "icmp_code", f->icmp_code },
		{ FLOW_BYTES, "bytes", f->bytes }, { FLOW_PACKETS, "packets", f->packets },
		{ FLOW_IN_IF, "in_if", f->in_if }, { FLOW_OUT_IF, "out_if", f->out_if },
		{ FLOW_DIRECTION, "direction", f->direction },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if ((f->has & fields[i].flag) != 0)
			put_number(o, fields[i].key, fields[i].v);
	if ((f->has & FLOW_FRAGMENT) != 0)
		json_object_set_new(o, "fragment", json_true());
	if ((f->has & FLOW_EVENT) != 0)
		json_object_set_new(o, "event", json_true());
}

static void
put_time(json_t *o, const char *key, int64_t ms)
{
	char buf[WALL_STRLEN];

	json_object_set_new(o, key, json_string(wall_str((wall_t){ ms }, buf)));
}

void
decode_print_json(FILE *to, const struct prefix *exporter, const struct flow *f)
{
	char buf[PREFIX_STRLEN];
	json_t *o = json_object();

	json_object_set_new(o, "type", json_string("flow"));
	json_object_set_new(o, "protocol", json_string(flow_protocol_name(f->protocol)));
	json_object_set_new(o, "exporter", json_string(prefix_addr_str(exporter, buf)));
	put_number(o, "domain", f->domain);
	if (f->tmpl != 0)
		put_number(o, "template", f->tmpl);
	put_addresses(o, f);
	put_fields(o, f);
	put_number(o, "sampling", f->sampling);
	if ((f->has & FLOW_START) != 0)
		put_time(o, "start", f->start_ms);
	if ((f->has & FLOW_END) != 0)
		put_time(o, "end", f->end_ms);
	put_line(to, o);
}

static void
print_end(FILE *to, const struct flow *f, const uint8_t *addr, unsigned addr_flag,
	unsigned port_flag)
{
	char buf[PREFIX_STRLEN];

	fputs((f->has & addr_flag) != 0 ? addr_str(f, addr, buf) : "?", to);
	if ((f->has & port_flag) != 0)
		fprintf(to, f->family == 6 ? " port %u" : ":%u",
			(unsigned)(port_flag == FLOW_SPORT ? f->sport : f->dport));
}

void
decode_print_text(FILE *to, const struct prefix *exporter, const struct flow *f)
{
	char buf[PREFIX_STRLEN], when[WALL_STRLEN];

	fprintf(to, "%s %s ", prefix_addr_str(exporter, buf), flow_protocol_name(f->protocol));
	if ((f->has & FLOW_START) != 0)
		fprintf(to, "%s ", wall_str((wall_t){ f->start_ms }, when));
	print_end(to, f, f->src, FLOW_SRC, FLOW_SPORT);
	fputs(" -> ", to);
	print_end(to, f, f->dst, FLOW_DST, FLOW_DPORT);
	if ((f->has & FLOW_PROTO) != 0)
		fprintf(to, _(" protocol %u"), f->proto);
	if ((f->has & FLOW_TCP_FLAGS) != 0 && f->proto == 6)
		fprintf(to, _(" flags 0x%02x"), f->tcp_flags);
	if ((f->has & FLOW_PACKETS) != 0)
		fprintf(to, _(", %llu packets"), (unsigned long long)f->packets);
	if ((f->has & FLOW_BYTES) != 0)
		fprintf(to, _(", %llu bytes"), (unsigned long long)f->bytes);
	if (f->sampling > 1)
		fprintf(to, _(", sampled 1 in %u"), f->sampling);
	if ((f->has & FLOW_EVENT) != 0)
		fputs(_(", an event, not traffic"), to);
	putc('\n', to);
}

void
decode_summary_json(FILE *to, const struct collector *c)
{
	struct collector_totals t;
	json_t *o = json_object(), *refused = json_object();
	const char *name, *say;
	uint64_t n;

	collector_totals(c, &t);
	json_object_set_new(o, "type", json_string("summary"));
	put_number(o, "datagrams", t.datagrams);
	put_number(o, "records", t.records);
	put_number(o, "waiting", t.waiting);
	put_number(o, "gaps", t.gaps);
	for (unsigned i = 0; collector_refused(c, i, &name, &say, &n); i++)
		if (n > 0)
			put_number(refused, name, n);
	json_object_set_new(o, "refused", refused);
	put_line(to, o);
}

void
decode_summary_text(FILE *to, const struct collector *c)
{
	struct collector_totals t;
	const char *name, *say;
	uint64_t n;

	collector_totals(c, &t);
	fprintf(to,
	    _("%1$llu datagrams, %2$llu records; data sets still waiting for their template: %3$llu; "
	      "missing by sequence number: %4$llu\n"),
	    (unsigned long long)t.datagrams, (unsigned long long)t.records,
	    (unsigned long long)t.waiting, (unsigned long long)t.gaps);
	for (unsigned i = 0; collector_refused(c, i, &name, &say, &n); i++)
		if (n > 0)
			fprintf(to, _("refused %1$llu (%2$s): %3$s\n"), (unsigned long long)n,
				name, _(say));
}
