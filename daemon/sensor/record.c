/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a record means, once its bytes are in place: family, times, ICMP. */
#include "sensor/inside.h"

#include <string.h>

#define NTP_TO_UNIX 2208988800u	/* seconds from 1900 to 1970 */

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
	case 150: case 151:
		*ret = (int64_t)(v & UINT32_MAX) * 1000;
		return true;
	case 152: case 153:
		if (v > INT64_MAX)
			return false;
		*ret = (int64_t)v;
		return true;
	case 154: case 155: case 156: case 157:
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
	if ((p->fields & 1u << FIELD_INIT) != 0 && rec->init_ms <= INT64_MAX / 2)
		init_ms = (int64_t)rec->init_ms;
	if (p->start_ie != 0 && point_ms(&f->start_ms, p->start_ie, start, stamp, init_ms))
		f->has |= FLOW_START;
	if (p->end_ie != 0 && point_ms(&f->end_ms, p->end_ie, end, stamp, init_ms))
		f->has |= FLOW_END;
	if (p->duration_ie != 0 && f->start_ms <= INT64_MAX - UINT32_MAX)
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

	if ((p->fields & 1u << FIELD_VERSION) != 0 && (rec->version == 4 || rec->version == 6))
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
	const uint32_t pair = 1u << FIELD_ICMP_TYPE | 1u << FIELD_ICMP_CODE;

	if ((p->fields & 1u << FIELD_ICMP) != 0) {
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

void
record_finish(const struct plan *p, struct flow *f, const struct record *rec)
{
	if (p->both)
		finish_family(p, f, rec);
	if ((f->proto == 1 || f->proto == 58) && (f->has & FLOW_PROTO) != 0)
		finish_icmp(p, f, rec);
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
