/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sFlow version 5 (sflow.org, sflow_version_5.txt).  One flow sample is one sampled packet; counter
 * samples and discarded-packet events carry no traffic.  Tags are enterprise << 12 | format.
 *
 * A sample is read in place: its head is of fixed length and asked for once, a record that is not
 * wanted costs its two words.
 */
#include "sensor/inside.h"

#include <endian.h>

#include "sensor/plain.h"
#include "sensor/tunnel.h"

enum { SAMPLE_FLOW = 1, SAMPLE_COUNTERS = 2, SAMPLE_FLOW_EXPANDED = 3, SAMPLE_COUNTERS_EXPANDED = 4 };
enum { RECORD_HEADER = 1, RECORD_ETHERNET = 2, RECORD_IP4 = 3, RECORD_IP6 = 4 };
enum { HEADER_ETHERNET = 1, HEADER_PPP = 7, HEADER_IP4 = 11, HEADER_IP6 = 12, HEADER_MPLS = 13,
	HEADER_POS = 14 };
enum { INTERFACE_SELF = 0x3fffffff };	/* the agent's own packets */
enum { DATAGRAM = 24, FRAME = 8, HEAD = 32, HEAD_EXPANDED = 44, HEAD_RAW = 16 };	/* bytes */

#define INLINE static inline __attribute__((always_inline))

/* The head of a flow sample. */
struct head {
	uint32_t sequence, rate, drops;
	uint64_t source;	/* class above index, as it came */
	uint32_t in, out;	/* interfaces */
};

/* What is said of a sample's packet besides, or instead of, its raw header. */
struct decoded {
	bool ip;
	uint32_t ethernet_len;	/* 0: no such record */
};

struct batch {
	struct feed *feed;
	uint32_t domain, override;
	struct source *source;		/* of the sample before */
	uint64_t source_id;
	struct flow *at, *end;		/* the next flow's place, of the collector's */
};

INLINE uint32_t
at32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

/* XDR fills up to four bytes. */
INLINE size_t
padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static unsigned
header_layer(uint32_t protocol)
{
	switch (protocol) {
	case HEADER_ETHERNET:
		return PACKET_ETHERNET;
	case HEADER_IP4:
		return PACKET_IP4;
	case HEADER_IP6:
		return PACKET_IP6;
	case HEADER_MPLS:
		return PACKET_MPLS;
	case HEADER_PPP:
	case HEADER_POS:
		return PACKET_PPP;
	default:
		return 0;
	}
}

/* The packet in a tunnel, where that is the one that counts; as long as its own header says, which may lie. */
static __attribute__((noinline)) void
settle(const struct collector_limits *l, struct flow *p, struct rd header, uint32_t protocol)
{
	struct flow outer = *p;

	tunnel_settle(p, header, header_layer(protocol), l->prefixes, l->prefixes_n);
	if ((memcmp(outer.dst, p->dst, sizeof(p->dst)) == 0 && outer.proto == p->proto) ||
	    p->bytes > outer.bytes) {
		p->bytes = outer.bytes;
		p->has |= FLOW_BYTES;
	}
}

/* False: it is shorter than it says. */
static bool
read_header(const struct collector_limits *l, struct flow *ret, struct rd r)
{
	uint32_t protocol = rd_u32(&r), frame_len = rd_u32(&r);
	struct rd header, whole;

	rd_u32(&r);			/* stripped off: the frame's length counts it */
	header = rd_sub(&r, rd_u32(&r));
	if (!rd_ok(&r))
		return false;
	whole = header;
	if (!packet_layer(ret, &header, header_layer(protocol)))
		*ret = (struct flow){ 0 };
	ret->bytes = frame_len;
	ret->packets = 1;
	ret->has |= FLOW_BYTES | FLOW_PACKETS;
	if (tunnel_is(ret))
		settle(l, ret, whole, protocol);
	return true;
}

/* The first record is a plain packet's raw header, as in nearly every sample.  False: nothing is said. */
INLINE bool
read_plain(struct flow *ret, const uint8_t *p, size_t len)
{
	size_t body, kept;

	if (len < FRAME + HEAD_RAW || at32(p) != RECORD_HEADER || at32(p + FRAME) != HEADER_ETHERNET)
		return false;
	body = at32(p + 4);
	kept = at32(p + FRAME + 12);
	if (body > len - FRAME || kept + HEAD_RAW > body ||
			!plain_read(ret, p + FRAME + HEAD_RAW, kept))
		return false;
	ret->bytes = at32(p + FRAME + 4);
	return true;
}

/* sampled_ipv4 and sampled_ipv6: the switch has read the packet for us. */
static bool
read_decoded(struct flow *ret, struct rd r, uint8_t family)
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
	if (!rd_ok(&r))
		return false;
	if (p.proto == 6)
		p.has |= FLOW_TCP_FLAGS;
	if (p.proto != 1 && p.proto != 58)
		p.has |= FLOW_SPORT | FLOW_DPORT;
	*ret = p;
	return true;
}

/* A record other than a raw header. */
static __attribute__((noinline)) void
read_more(struct batch *b, struct decoded *d, uint32_t tag, struct rd r)
{
	switch (tag) {
	case RECORD_ETHERNET:
		d->ethernet_len = rd_u32(&r);
		break;
	case RECORD_IP4:
	case RECORD_IP6:
		if (!d->ip && !read_decoded(b->at, r, tag == RECORD_IP4 ? 4 : 6))
			feed_refuse(b->feed, REFUSED_SFLOW_HEADER);
		else
			d->ip = true;
		break;
	}
}

/* Its index; other formats are reasons for a discard, or a number of interfaces. */
INLINE uint32_t
interface(uint32_t format, uint32_t value)
{
	return format == 0 ? value : 0;
}

INLINE void
read_expanded(struct head *h, const uint8_t *p)
{
	h->source = (uint64_t)at32(p + 4) << 32 | at32(p + 8);
	h->rate = at32(p + 12);
	h->drops = at32(p + 20);	/* behind the pool */
	h->in = interface(at32(p + 24), at32(p + 28));
	h->out = interface(at32(p + 32), at32(p + 36));
}

/* Class and format stand in the first bits of the index. */
INLINE void
read_compact(struct head *h, const uint8_t *p)
{
	h->source = at32(p + 4);
	h->rate = at32(p + 8);
	h->drops = at32(p + 16);
	h->in = at32(p + 20);
	h->out = at32(p + 24);
}

/* Not unknown, the agent itself or, when compact, of another format. */
INLINE bool
is_interface(uint32_t index, bool expanded)
{
	return expanded ? index != 0 && index != INTERFACE_SELF : index - 1 < INTERFACE_SELF - 1;
}

INLINE bool
is_source(const struct head *h, uint32_t index, bool expanded)
{
	return h->source == index && (expanded || index < 1u << 24);
}

/*
 * Interfaces, and which way the packet passed the one that was sampled: an agent that samples both
 * ways shows a packet twice, and this tells its second sight.
 */
INLINE void
set_interfaces(struct flow *p, const struct head *h, bool expanded)
{
	unsigned has = p->has;

	if (is_interface(h->in, expanded)) {
		p->in_if = h->in;
		has |= FLOW_IN_IF;
	}
	if (is_interface(h->out, expanded)) {
		p->out_if = h->out;
		has |= FLOW_OUT_IF;
	}
	if (is_source(h, h->in, expanded)) {
		has |= FLOW_DIRECTION;
	} else if (is_source(h, h->out, expanded)) {
		has |= FLOW_DIRECTION;
		p->direction = 1;
	}
	p->has = (uint16_t)has;
}

static __attribute__((noinline)) void
hand_out(struct batch *b)
{
	struct collector *c = b->feed->c;

	b->feed->records += (uint64_t)(b->at - c->batch) - c->batch_n;
	c->batch_n = (unsigned)(b->at - c->batch);
	feed_flush(b->feed);
	b->at = c->batch;
}

/* What is said without a raw header. */
static __attribute__((noinline)) void
without_header(struct flow *p, const struct decoded *d)
{
	if (!d->ip)
		*p = (struct flow){ 0 };
	if (d->ethernet_len != 0) {
		p->bytes = d->ethernet_len;
		p->has |= FLOW_BYTES;
	}
	p->packets = 1;
	p->has |= FLOW_PACKETS;
}

INLINE void
complete(struct batch *b, const struct head *h, bool expanded)
{
	struct flow *p = b->at++;

	p->protocol = FLOW_SFLOW5;
	p->domain = b->domain;
	p->sampling = b->override != 0 ? b->override : h->rate;
	set_interfaces(p, h, expanded);
	if (b->at == b->end)
		hand_out(b);
}

static __attribute__((noinline)) bool
see_change(struct batch *b, uint32_t sequence, uint32_t drops, uint32_t rate)
{
	struct feed *f = b->feed;

	if (b->source != NULL)
		source_follow(b->source, &f->x->sources, sequence, drops);
	if (b->override == 0 &&
			!source_believes(b->source, &f->x->sources, rate, f->ms)) {
		feed_refuse(f, REFUSED_SAMPLING_JUMP);
		return false;
	}
	f->x->rate.rate = rate;
	return true;
}

/* False: its rate is not believed. */
INLINE bool
see_source(struct batch *b, const struct head *h)
{
	struct feed *f = b->feed;

	if (b->source_id != h->source || b->source == NULL) {
		uint32_t owner = (uint32_t)(f->x - f->c->table.all) + 1;

		b->source = sources_find(&f->c->sources, f->x->device, owner, h->source);
		b->source_id = h->source;
		if (b->source == NULL)
			feed_refuse(f, REFUSED_SOURCES_FULL);
	}
	if (b->source != NULL && source_goes_on(b->source, h->sequence, h->drops, h->rate))
		return true;
	return see_change(b, h->sequence, h->drops, h->rate);
}

/*
 * Their number stands before p.  The raw header, or what there is instead; the records behind a raw
 * header say nothing more of the traffic.
 */
static __attribute__((noinline)) void
read_records(struct batch *b, const uint8_t *p, size_t len)
{
	struct decoded decoded = { .ip = false };
	uint32_t n = at32(p - 4);

	for (; n > 0; n--) {
		size_t body, whole;
		uint32_t tag;

		if (len < FRAME || (body = at32(p + 4)) > len - FRAME) {
			feed_refuse(b->feed, REFUSED_SFLOW_RECORD);
			break;
		}
		tag = at32(p);
		if (tag == RECORD_HEADER) {
			if (read_header(&b->feed->c->limits, b->at, rd_of(p + FRAME, body)))
				return;
			feed_refuse(b->feed, REFUSED_SFLOW_HEADER);
		} else if (tag <= RECORD_IP6) {
			read_more(b, &decoded, tag, rd_of(p + FRAME, body));
		}
		whole = FRAME + padded(body);
		if (whole > len)
			whole = len;
		p += whole;
		len -= whole;
	}
	without_header(b->at, &decoded);
}

INLINE void
read_sample(struct batch *b, const uint8_t *p, size_t len, bool expanded)
{
	const size_t size = expanded ? HEAD_EXPANDED : HEAD;
	struct head head;

	if (len < size) {
		feed_refuse(b->feed, REFUSED_SFLOW_SAMPLE);
		return;
	}
	head.sequence = at32(p);
	if (expanded)
		read_expanded(&head, p);
	else
		read_compact(&head, p);
	if (!see_source(b, &head))
		return;
	if (at32(p + size - 4) == 0 || !read_plain(b->at, p + size, len - size))
		read_records(b, p + size, len - size);
	complete(b, &head, expanded);
}

static __attribute__((noinline)) void
read_other_sample(struct batch *b, uint32_t tag, const uint8_t *p, size_t len)
{
	if (tag == SAMPLE_FLOW_EXPANDED)
		read_sample(b, p, len, true);
	else if (tag == SAMPLE_COUNTERS || tag == SAMPLE_COUNTERS_EXPANDED)
		b->feed->x->counters++;
}

static void
read_samples(struct feed *f, const uint8_t *p, size_t len, uint32_t n)
{
	struct batch b;

	b.feed = f;
	b.domain = f->x->key.domain;
	b.override = f->c->limits.sampling_override;
	b.source = NULL;
	b.at = f->c->batch + f->c->batch_n;
	b.end = f->c->batch + COLLECTOR_BATCH;
	for (; n > 0; n--) {
		size_t body, whole;

		if (len < FRAME || (body = at32(p + 4)) > len - FRAME) {
			feed_refuse(f, REFUSED_SFLOW_SAMPLE);
			break;
		}
		if (at32(p) == SAMPLE_FLOW)
			read_sample(&b, p + FRAME, body, false);
		else
			read_other_sample(&b, at32(p), p + FRAME, body);
		whole = FRAME + padded(body);
		if (whole > len)
			whole = len;
		p += whole;
		len -= whole;
	}
	hand_out(&b);
}

void
sflow_feed(struct feed *f, struct rd r)
{
	size_t len = rd_left(&r);
	const uint8_t *p = r.p;
	uint32_t agent = len >= 8 ? at32(p + 4) : 1;	/* behind the version */
	uint32_t sequence;

	if (agent != 1 && agent != 2) {
		feed_refuse(f, REFUSED_SFLOW_AGENT);
		return;
	}
	if (len < DATAGRAM + (agent == 1 ? 4 : 16)) {
		feed_refuse(f, REFUSED_SHORT);
		return;
	}
	p += DATAGRAM + (agent == 1 ? 4 : 16);		/* behind the address: */
	sequence = at32(p - 12);
	if (!feed_open(f, FLOW_SFLOW5, at32(p - 16)))	/* sub-agent */
		return;
	if (f->x->datagrams == 1)
		f->x->sources.since_ms = f->ms;
	read_samples(f, p, (size_t)(r.end - p), at32(p - 4));	/* behind the uptime */
	feed_sequence(f, sequence, -1);
}
