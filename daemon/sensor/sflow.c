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

enum {
	SAMPLE_FLOW = 1,
	SAMPLE_COUNTERS = 2,
	SAMPLE_FLOW_EXPANDED = 3,
	SAMPLE_COUNTERS_EXPANDED = 4
};
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

#define NONE UINT64_MAX		/* no sequence number */

/*
 * Samples of one source mostly say the same, one after the other: then the words are compared as
 * they came, and what they make of a flow is there already.
 */
struct alike {
	/* sample: sequence number, EXPANDED; NONE: it is not known that well */
	uint64_t next;
	uint64_t who, how, out;		/* source (and rate); drops (and input): as they came */
	uint32_t rate, in;		/* where they are not in those */
	uint64_t source;
	uint64_t has;			/* whatever the output is */
	uint32_t other;			/* than the usual interface: not 0 */
	bool ingress;			/* its source is where it came in */
	struct plain_common common;
};

#define EXPANDED ((uint64_t)1 << 32)

struct batch {
	struct feed *feed;
	uint32_t override, usual;	/* interface */
	uint64_t way;			/* in the word of sampling */
	uint32_t owner;			/* of the sources */
	struct source *source;		/* of the sample before */
	struct alike alike;
	uint64_t sum, any;		/* of bytes: what lanes_see() would see of this batch */
	uint32_t stray, sampling;
	struct flow *at, *end;		/* the next flow's place, of the collector's */
};

INLINE uint32_t
at32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

/* As they came. */
INLINE uint64_t
raw64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
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

/*
 * The packet in a tunnel, where that is the one that counts; as long as its own header says, which
 * may lie.
 */
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

/*
 * The first record is a plain packet's raw header, as in nearly every sample.  False: nothing is
 * said.
 */
INLINE bool
read_plain(struct flow *ret, const uint8_t *p, size_t len, const struct plain_common *common)
{
	size_t body, kept;

	if (len < FRAME + HEAD_RAW || at32(p) != RECORD_HEADER ||
	    at32(p + FRAME) != HEADER_ETHERNET)
		return false;
	body = at32(p + 4);
	kept = at32(p + FRAME + 12);
	if (body > len - FRAME || kept + HEAD_RAW > body ||
			!plain_read(ret, p + FRAME + HEAD_RAW, kept, common))
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
is_source(uint64_t source, uint32_t index, bool expanded)
{
	return source == index && (expanded || index < 1u << 24);
}

INLINE void
set_in(struct batch *b, const struct head *h, bool expanded)
{
	struct alike *a = &b->alike;
	const bool is = is_interface(h->in, expanded);
	const uint32_t in = is ? h->in : 0, rate = b->override != 0 ? b->override : h->rate;

	a->source = h->source;
	a->ingress = is_source(h->source, h->in, expanded);
	a->has = (is ? FLOW_IN_IF : 0) | (a->ingress ? FLOW_DIRECTION : 0);
	a->other = in ^ b->usual;
	a->common.interfaces[0] = in;
	a->common.sampling = rate | b->way;
	b->sampling |= rate;
}

/*
 * Which way the packet passed the interface that was sampled, too: an agent that samples both ways
 * shows a packet twice, and this tells its second sight.
 */
INLINE void
set_out(struct batch *b, uint32_t out, bool expanded)
{
	struct alike *a = &b->alike;
	const bool is = is_interface(out, expanded);
	const bool egress = !a->ingress && is_source(a->source, out, expanded);

	a->common.interfaces[1] = is ? out : 0;
	a->common.has = a->has | (is ? FLOW_OUT_IF : 0) | (egress ? FLOW_DIRECTION : 0);
	a->common.flags = PLAIN_PROTOCOL(FLOW_SFLOW5, egress);
	b->stray |= a->other | egress;
}

static __attribute__((noinline)) void
hand_out(struct batch *b)
{
	struct collector *c = b->feed->c;
	unsigned n = (unsigned)(b->at - c->batch);

	b->feed->records += n;
	c->batch_n = n;
	c->seen = (struct lanes_seen){ .sum = { b->sum, n }, .any = { b->any, n > 0 }, .n = n,
		.sampling = b->sampling, .strays = b->usual == 0 || b->stray != 0 };
	feed_flush(b->feed);
	b->at = c->batch;
	b->sum = b->any = 0;
	b->stray = b->sampling = 0;
	b->alike.next = NONE;
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

/* What the readers of plain packets do themselves. */
static void
set_all(struct flow *p, const struct plain_common *c)
{
	p->in_if = c->interfaces[0];
	p->out_if = c->interfaces[1];
	p->domain = c->interfaces[2];
	p->has |= (uint16_t)c->has;
	p->protocol = FLOW_SFLOW5;
	p->direction = (uint8_t)(c->flags >> 24);
	memcpy(&p->sampling, &c->sampling, sizeof(c->sampling));
}

INLINE void
complete(struct batch *b)
{
	const struct flow *p = b->at++;

	b->sum += p->bytes;
	b->any |= p->bytes;
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

INLINE void
find_source(struct batch *b, uint64_t id)
{
	struct feed *f = b->feed;

	b->source = sources_find(&f->c->sources, f->x->device, b->owner, id);
	if (b->source == NULL)
		feed_refuse(f, REFUSED_SOURCES_FULL);
}

/* Where it went: as it came, and its index. */
INLINE uint64_t
raw_out(const uint8_t *p, bool expanded)
{
	return expanded ? raw64(p + 32) : plain_word(p + 24);
}

INLINE uint32_t
read_out(const uint8_t *p, bool expanded)
{
	return expanded ? interface(at32(p + 32), at32(p + 36)) : at32(p + 24);
}

/*
 * It is known well, and this is all that was said of it: the next sample may be compared with it.
 */
INLINE void
remember(struct alike *a, const struct head *h, const uint8_t *p, bool expanded)
{
	a->next = (uint32_t)(h->sequence + 1) | (expanded ? EXPANDED : 0);
	a->who = raw64(p + 4);
	a->how = raw64(p + (expanded ? 20 : 16));
	a->out = raw_out(p, expanded);
	if (expanded) {
		a->rate = plain_word(p + 12);
		a->in = plain_word(p + 28);
	}
}

/* False: its rate is not believed. */
INLINE bool
see_head(struct batch *b, const uint8_t *p, bool expanded)
{
	struct head h;

	h.sequence = at32(p);
	if (expanded)
		read_expanded(&h, p);
	else
		read_compact(&h, p);
	find_source(b, h.source);
	if (b->source != NULL && source_goes_on(b->source, h.sequence, h.drops, h.rate)) {
		remember(&b->alike, &h, p, expanded);
	} else {
		b->alike.next = NONE;
		if (!see_change(b, h.sequence, h.drops, h.rate))
			return false;
	}
	set_in(b, &h, expanded);
	set_out(b, h.out, expanded);
	return true;
}

/* see_head() would find the same as of the sample before, but for where the packet went. */
INLINE bool
goes_on(struct batch *b, const uint8_t *p, bool expanded)
{
	struct alike *a = &b->alike;
	uint32_t sequence = at32(p);

	if ((sequence | (expanded ? EXPANDED : 0)) != a->next || raw64(p + 4) != a->who ||
			raw64(p + (expanded ? 20 : 16)) != a->how)
		return false;
	if (expanded && (plain_word(p + 12) != a->rate || plain_word(p + 28) != a->in))
		return false;
	a->next = (uint32_t)(sequence + 1) | (expanded ? EXPANDED : 0);
	b->source->sequence = sequence;
	if (raw_out(p, expanded) != a->out) {
		a->out = raw_out(p, expanded);
		set_out(b, read_out(p, expanded), expanded);
	}
	return true;
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

	if (len < size) {
		feed_refuse(b->feed, REFUSED_SFLOW_SAMPLE);
		return;
	}
	if (!goes_on(b, p, expanded) && !see_head(b, p, expanded))
		return;
	if (at32(p + size - 4) == 0 ||
			!read_plain(b->at, p + size, len - size, &b->alike.common)) {
		read_records(b, p + size, len - size);
		set_all(b->at, &b->alike.common);
	}
	complete(b);
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
	b.override = f->c->limits.sampling_override;
	b.usual = f->c->table.devices[f->x->device].way.usual;
	b.way = b.usual != 0 ? (uint64_t)FLOW_INBOUND << 32 : 0;
	b.owner = (uint32_t)(f->x - f->c->table.all) + 1;
	b.alike.next = NONE;
	b.alike.common.interfaces = (plain_vector){ 0, 0, f->x->key.domain, 0 };
	b.sum = b.any = 0;
	b.stray = b.sampling = 0;
	b.at = f->c->batch;
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
