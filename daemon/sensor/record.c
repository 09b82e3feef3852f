/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a record means, once its bytes are in place: family, times, ICMP. */
#include "sensor/inside.h"

#include <string.h>

#include "sensor/packet.h"
#include "sensor/tunnel.h"

#define NTP_TO_UNIX 2208988800u	/* seconds from 1900 to 1970 */
/* what is later is no time, and could not be reckoned with */
#define TIME_MAX_MS (INT64_MAX / 2)
#define FRAME_ETHERNET 1	/* IANA, dataLinkFrameType (408) */

/* RFC 7011, 6.1.9: seconds since 1900 and a binary fraction. */
static int64_t
ntp_ms(uint64_t ntp)
{
	uint32_t seconds = (uint32_t)(ntp >> 32) - NTP_TO_UNIX;

	return (int64_t)seconds * 1000 + (int64_t)((ntp & UINT32_MAX) * 1000 >> 32);
}

/* Milliseconds of the exporter's uptime to Unix; the counter wraps after 49 days. */
static bool
uptime_ms(int64_t *ret, uint32_t at, const struct stamp *stamp, int64_t init_ms)
{
	if (stamp->uptime)
		*ret = stamp->export_ms - (int32_t)(stamp->uptime_ms - at);
	else if (init_ms != 0)
		*ret = init_ms + at;
	else
		return false;
	return true;
}

/* One point in time in the form its information element has. */
static bool
point_ms(int64_t *ret, unsigned ie, uint64_t v, const struct stamp *stamp, int64_t init_ms)
{
	switch (ie) {
	case 21: case 22:
		return uptime_ms(ret, (uint32_t)v, stamp, init_ms);
	case 150: case 151: case 322:
		*ret = (int64_t)(v & UINT32_MAX) * 1000;
		return true;
	case 152: case 153: case 323: case 258:
		if (v > TIME_MAX_MS)
			return false;
		*ret = (int64_t)v;
		return true;
	case 154: case 155: case 156: case 157: case 324: case 325:
		*ret = ntp_ms(v);
		return true;
	case 158: case 159:	/* microseconds before the export */
		*ret = stamp->export_ms - (int64_t)((v & UINT32_MAX) / 1000);
		return true;
	default:
		return false;
	}
}

/* A duration (161: ms, 162: us) gives the end that is missing, or both, ending with the export. */
static void
apply_duration(struct flow *f, unsigned ie, uint64_t v, const struct stamp *stamp)
{
	int64_t ms = (int64_t)((v & UINT32_MAX) / (ie == 162 ? 1000 : 1));

	if ((f->has & (FLOW_START | FLOW_END)) == (FLOW_START | FLOW_END))
		return;
	if ((f->has & FLOW_START) != 0) {
		f->end_ms = f->start_ms + ms;
	} else {
		if ((f->has & FLOW_END) == 0)
			f->end_ms = stamp->export_ms;
		f->start_ms = f->end_ms - ms;
	}
	f->has |= FLOW_START | FLOW_END;
}

/* The raw times stand where the reckoned ones belong. */
static void
finish_times(const struct plan *p, struct flow *f, const struct record *rec,
	     const struct stamp *stamp, int64_t init_ms)
{
	uint64_t start = (uint64_t)f->start_ms, end = (uint64_t)f->end_ms;

	f->start_ms = f->end_ms = 0;
	if ((p->fields & FIELD(INIT)) != 0 && rec->init_ms <= TIME_MAX_MS)
		init_ms = (int64_t)rec->init_ms;
	if (p->start_ie != 0 && point_ms(&f->start_ms, p->start_ie, start, stamp, init_ms))
		f->has |= FLOW_START;
	if (p->end_ie != 0 && point_ms(&f->end_ms, p->end_ie, end, stamp, init_ms))
		f->has |= FLOW_END;
	if (p->start_ie >= 258 && p->end_ie == 0 && (f->has & FLOW_START) != 0) {
		f->end_ms = f->start_ms;	/* one moment */
		f->has |= FLOW_END;
	}
	if (p->duration_ie != 0)
		apply_duration(f, p->duration_ie, rec->duration, stamp);
	f->start_ms -= (f->has & FLOW_START) != 0 ? stamp->ahead_ms : 0;
	f->end_ms -= (f->has & FLOW_END) != 0 ? stamp->ahead_ms : 0;
}

/*
 * A template with both families: the version says which, else the address that is not zero. When
 * neither is, the record describes IPv4 carried in IPv6 (SRv6), and the ends of the traffic are
 * the inner ones.
 */
static void
finish_family(const struct plan *p, struct flow *f, const struct record *rec)
{
	static const uint8_t zero[16];
	bool six;

	if ((p->fields & FIELD(VERSION)) != 0 && (rec->version == 4 || rec->version == 6))
		six = rec->version == 6;
	else
		six = memcmp(f->src, zero, 4) == 0 && memcmp(f->dst, zero, 4) == 0 &&
			(memcmp(rec->src6, zero, 16) != 0 || memcmp(rec->dst6, zero, 16) != 0);
	f->family = six ? 6 : 4;
	if (six) {
		memcpy(f->src, rec->src6, 16);
		memcpy(f->dst, rec->dst6, 16);
	}
}

static void
finish_icmp(const struct plan *p, struct flow *f, const struct record *rec)
{
	const uint64_t pair = FIELD(ICMP_TYPE) | FIELD(ICMP_CODE);

	if ((p->fields & FIELD(ICMP)) != 0) {
		f->icmp_type = (uint8_t)(rec->icmp >> 8);
		f->icmp_code = (uint8_t)rec->icmp;
	} else if ((p->fields & pair) == pair) {
		f->icmp_type = (uint8_t)rec->icmp_type;
		f->icmp_code = (uint8_t)rec->icmp_code;
	} else if ((f->has & FLOW_DPORT) != 0 && f->sport == 0) {
		/* where routers put it since NetFlow 5 */
		f->icmp_type = (uint8_t)(f->dport >> 8);
		f->icmp_code = (uint8_t)f->dport;
	} else {
		return;
	}
	f->has |= FLOW_ICMP;
}

/* The packet that a section begins, as far as the record does not say it itself. */
static void
merge_packet(struct flow *f, const struct flow *packet)
{
	unsigned lacks = packet->has & (unsigned)~f->has;

	if ((f->has & (FLOW_SRC | FLOW_DST)) == 0 && (lacks & (FLOW_SRC | FLOW_DST)) != 0) {
		memcpy(f->src, packet->src, sizeof(f->src));
		memcpy(f->dst, packet->dst, sizeof(f->dst));
		f->family = packet->family;
	} else {
		lacks &= (unsigned)~(FLOW_SRC | FLOW_DST);
	}
	if ((lacks & FLOW_PROTO) != 0)
		f->proto = packet->proto;
	if ((lacks & FLOW_SPORT) != 0)
		f->sport = packet->sport;
	if ((lacks & FLOW_DPORT) != 0)
		f->dport = packet->dport;
	if ((lacks & FLOW_TCP_FLAGS) != 0)
		f->tcp_flags = packet->tcp_flags;
	if ((lacks & FLOW_ICMP) != 0) {
		f->icmp_type = packet->icmp_type;
		f->icmp_code = packet->icmp_code;
	}
	if ((lacks & FLOW_BYTES) != 0)
		f->bytes = packet->bytes;
	if ((lacks & FLOW_PACKETS) != 0)
		f->packets = packet->packets;
	f->has |= (uint16_t)lacks;
}

/* What IP begins with, by its first four bits; 0: it is none. */
static unsigned
layer_of_ip(const struct record *rec)
{
	switch (rec->section_len > 0 ? rec->section[0] >> 4 : 0) {
	case 4: return PACKET_IP4;
	case 6: return PACKET_IP6;
	default: return 0;
	}
}

/*
 * What a section of this element begins with; 0: nothing that can be read.  An IP payload (314) and
 * a stack of MPLS labels (316) say of no address; what MPLS carries (317) is mostly IP.
 */
static unsigned
layer_of(const struct plan *p, const struct record *rec)
{
	if ((p->fields & FIELD(SKIPPED)) != 0 && rec->skipped != 0)
		return 0;
	switch (p->section_ie) {
	case 315: case 104:
		if ((p->fields & FIELD(FRAME_TYPE)) != 0 && rec->frame_type != FRAME_ETHERNET)
			return 0;
		return PACKET_ETHERNET;
	case 313: case 317:
		return layer_of_ip(rec);
	default:
		return 0;
	}
}

/* False: it cannot be read.  A frame may hold no IP. */
static __attribute__((noinline)) bool
finish_section(const struct plan *p, struct flow *f, const struct record *rec,
	       const struct collector_limits *l)
{
	bool exported = (p->fields & FIELD(EXPORTED)) != 0 && rec->exported < rec->section_len;
	struct rd bytes = rd_of(rec->section, exported ? rec->exported : rec->section_len),
		  r = bytes;
	unsigned layer = layer_of(p, rec);
	struct flow packet;

	if (layer == 0)
		return false;
	if (!packet_layer(&packet, &r, layer))
		return true;
	if (tunnel_is(&packet))
		tunnel_settle(&packet, bytes, layer, l->prefixes, l->prefixes_n);
	if ((p->fields & FIELD(FRAME_LEN)) != 0 && rec->frame_len != 0) {
		packet.bytes = rec->frame_len;		/* as in an sFlow sample */
		packet.has |= FLOW_BYTES;
	}
	packet.packets = 1;
	packet.has |= FLOW_PACKETS;
	merge_packet(f, &packet);
	return true;
}

bool
record_reverse(const struct plan *p, const struct flow *f, const struct record *rec,
    struct flow *ret)
{
	const uint16_t odd =
	    FLOW_IN_IF | FLOW_OUT_IF | FLOW_SRC | FLOW_DST | FLOW_SPORT | FLOW_DPORT;

	if ((p->fields & (FIELD(REVERSE_BYTES) | FIELD(REVERSE_PACKETS))) == 0)
		return false;
	*ret = *f;
	ret->bytes = (p->fields & FIELD(REVERSE_BYTES)) != 0 ? rec->reverse_bytes : 0;
	ret->packets = (p->fields & FIELD(REVERSE_PACKETS)) != 0 ? rec->reverse_packets : 0;
	if (ret->bytes == 0 && ret->packets == 0)
		return false;
	memcpy(ret->src, f->dst, sizeof(ret->src));
	memcpy(ret->dst, f->src, sizeof(ret->dst));
	ret->sport = f->dport;
	ret->dport = f->sport;
	ret->in_if = f->out_if;
	ret->out_if = f->in_if;
	/*
	 * Flags, ICMP and direction are of the forward packets; what has an end here has the other
	 * one there.
	 */
	ret->has &= (uint16_t)~(odd | FLOW_TCP_FLAGS | FLOW_ICMP | FLOW_DIRECTION);
	ret->has |= (uint16_t)((f->has & (FLOW_SRC | FLOW_SPORT)) << 1 |
	    (f->has & (FLOW_DST | FLOW_DPORT)) >> 1);
	ret->has |= (uint16_t)((f->has & FLOW_IN_IF) << 1 | (f->has & FLOW_OUT_IF) >> 1);
	ret->tcp_flags = 0;
	ret->direction = 0;
	return true;
}

bool
record_finish(const struct plan *p, struct flow *f, const struct record *rec,
	      const struct collector_limits *l)
{
	bool whole = p->section_ie == 0 || finish_section(p, f, rec, l);

	if (p->both)
		finish_family(p, f, rec);
	if ((f->proto == 1 || f->proto == 58) && (f->has & FLOW_PROTO) != 0)
		finish_icmp(p, f, rec);
	return whole;
}

bool
record_clock(const struct plan *p, const struct stamp *stamp, struct lanes_common *common)
{
	common->uptime = common->sign = 0;
	common->base = 0;
	if (p->variable || stamp->untimed)
		return false;
	if (p->times == TIMES_UPTIME && stamp->uptime) {
		common->uptime = stamp->uptime_ms;
		common->sign = 1u << 31;
		common->base = stamp->export_ms - stamp->ahead_ms - (int64_t)common->sign;
	} else if (p->times == TIMES_MS) {
		common->base = -stamp->ahead_ms;
	} else {
		return p->times == TIMES_NONE;
	}
	common->f.has |= FLOW_START | FLOW_END;
	return true;
}

void
record_times(const struct plan *p, struct flow *f, const struct record *rec,
	     const struct stamp *stamp, int64_t init_ms)
{
	if (stamp->untimed)
		f->start_ms = f->end_ms = 0;
	else
		finish_times(p, f, rec, stamp, init_ms);
}
