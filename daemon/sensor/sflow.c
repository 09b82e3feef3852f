/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sFlow version 5 (sflow.org, sflow_version_5.txt).  One flow sample is one sampled packet; counter
 * samples and discarded-packet events carry no traffic.  Tags are enterprise << 12 | format.
 */
#include "sensor/inside.h"

#include "sensor/packet.h"

enum { SAMPLE_FLOW = 1, SAMPLE_FLOW_EXPANDED = 3 };
enum { RECORD_HEADER = 1, RECORD_ETHERNET = 2, RECORD_IP4 = 3, RECORD_IP6 = 4 };
enum { HEADER_ETHERNET = 1, HEADER_IP4 = 11, HEADER_IP6 = 12 };
enum { INTERFACE_INDEX = 0 };	/* other formats: discarded with a reason, or several */

/* What one flow sample says.  The raw header stands above the decoded records. */
struct sample {
	uint32_t rate;
	uint32_t in_if, out_if;
	uint16_t has;		/* FLOW_IN_IF, FLOW_OUT_IF */
	struct flow packet;
	uint32_t ethernet_len;	/* 0: no such record */
	bool raw, decoded;
};

static void
read_header(struct feed *f, struct sample *s, struct rd r)
{
	uint32_t protocol = rd_u32(&r), frame_len = rd_u32(&r), header_len;
	struct rd header;
	bool found = false;

	rd_u32(&r);			/* stripped: the frame length counts it */
	header_len = rd_u32(&r);
	header = rd_sub(&r, header_len);
	if (!rd_ok(&r)) {
		feed_refuse(f, REFUSED_SFLOW_HEADER);
		return;
	}
	if (protocol == HEADER_ETHERNET)
		found = packet_ethernet(&s->packet, header.p, header_len);
	else if (protocol == HEADER_IP4 || protocol == HEADER_IP6)
		found = packet_ip(&s->packet, header.p, header_len);
	if (!found)
		s->packet = (struct flow){ 0 };
	s->packet.bytes = frame_len;
	s->packet.has |= FLOW_BYTES;
	s->raw = true;
}

/* sampled_ipv4 and sampled_ipv6: the switch has read the packet for us. */
static void
read_decoded(struct feed *f, struct sample *s, struct rd r, uint8_t family)
{
	struct flow p = { .family = family, .has = FLOW_SRC | FLOW_DST | FLOW_PROTO | FLOW_BYTES };
	size_t addr = family == 4 ? 4 : 16;

	p.bytes = rd_u32(&r);
	p.proto = (uint8_t)rd_u32(&r);
	rd_copy(&r, p.src, addr);
	rd_copy(&r, p.dst, addr);
	p.sport = (uint16_t)rd_u32(&r);
	p.dport = (uint16_t)rd_u32(&r);
	p.tcp_flags = (uint16_t)rd_u32(&r);
	rd_u32(&r);
	if (!rd_ok(&r)) {
		feed_refuse(f, REFUSED_SFLOW_HEADER);
		return;
	}
	if (p.proto == 6)
		p.has |= FLOW_TCP_FLAGS;
	if (p.proto != 1 && p.proto != 58)
		p.has |= FLOW_SPORT | FLOW_DPORT;
	s->packet = p;
	s->decoded = true;
}

static void
read_record(struct feed *f, struct sample *s, uint32_t tag, struct rd r)
{
	switch (tag) {
	case RECORD_HEADER:
		if (!s->raw)
			read_header(f, s, r);
		break;
	case RECORD_ETHERNET:
		s->ethernet_len = rd_u32(&r);
		break;
	case RECORD_IP4:
	case RECORD_IP6:
		if (!s->raw && !s->decoded)
			read_decoded(f, s, r, tag == RECORD_IP4 ? 4 : 6);
		break;
	}
}

static void
hand_out(struct feed *f, struct sample *s)
{
	struct flow *p = &s->packet;

	if (!s->raw && s->ethernet_len != 0) {
		p->bytes = s->ethernet_len;
		p->has |= FLOW_BYTES;
	}
	p->protocol = FLOW_SFLOW5;
	p->domain = f->x->domain;
	p->packets = 1;
	p->has |= FLOW_PACKETS | s->has;
	p->in_if = s->in_if;
	p->out_if = s->out_if;
	f->x->rate = s->rate;
	feed_flow(f, p, s->rate);
}

/* Compact: two bits of format above the value. */
static void
read_interfaces(struct sample *s, struct rd *r, bool expanded)
{
	uint32_t in = expanded ? rd_u32(r) : 0, in_value = rd_u32(r);
	uint32_t out = expanded ? rd_u32(r) : 0, out_value = rd_u32(r);

	if (!expanded) {
		in = in_value >> 30;
		in_value &= 0x3fffffff;
		out = out_value >> 30;
		out_value &= 0x3fffffff;
	}
	if (in == INTERFACE_INDEX) {
		s->in_if = in_value;
		s->has |= FLOW_IN_IF;
	}
	if (out == INTERFACE_INDEX) {
		s->out_if = out_value;
		s->has |= FLOW_OUT_IF;
	}
}

static void
read_sample(struct feed *f, struct rd r, bool expanded)
{
	struct sample s = { 0 };
	uint32_t records;

	rd_u32(&r);			/* sequence of this source */
	rd_bytes(&r, expanded ? 8 : 4);	/* source id */
	s.rate = rd_u32(&r);
	rd_u32(&r);			/* pool */
	rd_u32(&r);			/* drops */
	read_interfaces(&s, &r, expanded);
	records = rd_u32(&r);
	if (!rd_ok(&r)) {
		feed_refuse(f, REFUSED_SFLOW_SAMPLE);
		return;
	}
	while (records-- > 0) {
		uint32_t tag = rd_u32(&r);
		struct rd record = rd_sub(&r, rd_u32(&r));

		if (!rd_ok(&r)) {
			feed_refuse(f, REFUSED_SFLOW_RECORD);
			break;
		}
		read_record(f, &s, tag, record);
	}
	hand_out(f, &s);
}

static void
read_samples(struct feed *f, struct rd r, uint32_t samples)
{
	while (samples-- > 0) {
		uint32_t tag = rd_u32(&r);
		struct rd sample = rd_sub(&r, rd_u32(&r));

		if (!rd_ok(&r)) {
			feed_refuse(f, REFUSED_SFLOW_SAMPLE);
			return;
		}
		if (tag == SAMPLE_FLOW || tag == SAMPLE_FLOW_EXPANDED)
			read_sample(f, sample, tag == SAMPLE_FLOW_EXPANDED);
	}
}

void
sflow_feed(struct feed *f, struct rd r)
{
	uint32_t agent, domain, sequence, samples;

	rd_u32(&r);
	agent = rd_u32(&r);
	if (rd_ok(&r) && agent != 1 && agent != 2) {
		feed_refuse(f, REFUSED_SFLOW_AGENT);
		return;
	}
	rd_bytes(&r, agent == 1 ? 4 : 16);
	domain = rd_u32(&r);
	sequence = rd_u32(&r);
	rd_u32(&r);			/* uptime */
	samples = rd_u32(&r);
	if (!rd_ok(&r)) {
		feed_refuse(f, REFUSED_SHORT);
		return;
	}
	if (!feed_open(f, FLOW_SFLOW5, domain))
		return;
	read_samples(f, r, samples);
	sequence_see(&f->x->sequence, sequence, -1);
}
