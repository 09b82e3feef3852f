/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * export - what exporters send, for benchmarks: full datagrams of each protocol, or 64-byte frames,
 * to `hosts` addresses from 10.0.0.0 in an order that no cache likes.  Built once; before each use
 * only what changes with time is patched (sequence numbers and stamps), as exporters do.
 */
#ifndef SEAWALL_BENCH_EXPORT_H
#define SEAWALL_BENCH_EXPORT_H

#include <stdint.h>
#include <string.h>

#include "unit/wire.h"

enum proto { NF5, NF9, IPFIX, SFLOW, FRAME, PROTO_N };

static const char *const proto_names[] = { "netflow5", "netflow9", "ipfix", "sflow", "packet64" };

#define FIELDS 18
#define DATAGRAM_MAX 1472
#define FRAME_LEN 64
#define SFLOW_HEADER 128
#define UPTIME_MS 86400000u

struct datagram {
	uint16_t len, records;
	uint8_t b[DATAGRAM_MAX];
};

struct export {
	enum proto proto;
	unsigned n, hosts;
	uint32_t sequence;
	uint64_t next;		/* record */
	struct datagram template, *all;
};

/* type, bytes; the stamps are other elements in IPFIX, and its counters are longer */
static const uint16_t fields9[][2] = {
	{ 8, 4 },
	{ 12, 4 },
	{ 10, 4 },
	{ 14, 4 },
	{ 2, 4 },
	{ 1, 4 },
	{ 22, 4 },
	{ 21, 4 },
	{ 7, 2 },
	{ 11, 2 },
	{ 6, 1 },
	{ 4, 1 },
	{ 5, 1 },
	{ 61, 1 },
	{ 16, 4 },
	{ 17, 4 },
	{ 9, 1 },
	{ 13, 1 },
	{ 0, 0 },
};
static const uint16_t fields10[][2] = {
	{ 8, 4 },
	{ 12, 4 },
	{ 10, 4 },
	{ 14, 4 },
	{ 2, 8 },
	{ 1, 8 },
	{ 152, 8 },
	{ 153, 8 },
	{ 7, 2 },
	{ 11, 2 },
	{ 6, 1 },
	{ 4, 1 },
	{ 5, 1 },
	{ 61, 1 },
	{ 16, 4 },
	{ 17, 4 },
	{ 9, 1 },
	{ 13, 1 },
	{ 0, 0 },
};
#define IPFIX_LEN 66
#define IPFIX_STAMPS 32		/* where in a record start and end stand */

static inline unsigned
records_each(enum proto p)
{
	static const unsigned n[] = { 30, 28, 21, 7, 1 };

	return n[p];
}

/* The k-th record's: every host equally often, neighbours far apart. */
static inline uint32_t
host_of(const struct export *e, uint64_t k)
{
	return 0x0a000000u + (uint32_t)(k * 7919 % e->hosts);
}

static inline uint32_t
mixed(uint64_t k)
{
	return (uint32_t)((k + 1) * 0x9e3779b97f4a7c15ULL >> 33);
}

struct exported {
	uint32_t dst, src, packets, bytes;
	uint16_t sport, dport;
	uint8_t proto, flags;
};

/* Four in five TCP, the others UDP; ten packets in the mean. */
static inline struct exported
sample_of(const struct export *e, uint64_t k)
{
	static const uint16_t sizes[] = { 52, 60, 128, 576, 1280, 1400, 1500, 1500 };
	uint32_t r = mixed(k);
	struct exported s = { .dst = host_of(e, k),
		.src = 0x64400000u + r % 65536,
		.packets = 1 + r % 19,
		.sport = r % 10 < 6 ? 443 : 53,
		.dport = (uint16_t)(1024 + r % 64000),
		.proto = r % 5 != 0 ? 6 : 17,
		.flags = r % 5 != 0 ? 0x18 : 0 };

	s.bytes = s.packets * sizes[r / 8 % 8];
	return s;
}

static inline void
put_nf5(struct wire *w, const struct exported *s)
{
	w32(w, s->src);
	w32(w, s->dst);
	w32(w, 0);
	w16(w, 1);
	w16(w, 2);
	w32(w, s->packets);
	w32(w, s->bytes);
	w32(w, UPTIME_MS - 5000);
	w32(w, UPTIME_MS - 1000);
	w16(w, s->sport);
	w16(w, s->dport);
	w8(w, 0);
	w8(w, s->flags);
	w8(w, s->proto);
	wfill(w, 0, 9);
}

static inline void
put_fields(struct wire *w, const struct exported *s, bool ipfix)
{
	w32(w, s->src);
	w32(w, s->dst);
	w32(w, 1);
	w32(w, 2);
	if (ipfix) {
		w64(w, s->packets);
		w64(w, s->bytes);
		w64(w, 0);
		w64(w, 0);
	} else {
		w32(w, s->packets);
		w32(w, s->bytes);
		w32(w, UPTIME_MS - 5000);
		w32(w, UPTIME_MS - 1000);
	}
	w16(w, s->sport);
	w16(w, s->dport);
	w8(w, s->flags);
	w8(w, s->proto);
	w16(w, 0);
	w32(w, 64500);
	w32(w, 64501);
	w16(w, 0x1018);
}

static inline void
put_frame(struct wire *w, const struct exported *s, unsigned len, unsigned kept)
{
	size_t at = w->n;

	wfill(w, 2, 12);
	w16(w, 0x0800);
	w16(w, 0x4500);
	w16(w, len - 14);
	w32(w, 0x12344000);
	w8(w, 57);
	w8(w, s->proto);
	w16(w, 0);
	w32(w, s->src);
	w32(w, s->dst);
	w16(w, s->sport);
	w16(w, s->dport);
	if (s->proto == 6) {
		w32(w, 1);
		w32(w, 1);
		w16(w, 0x5000 | s->flags);
		wfill(w, 0, 6);
	} else {
		w16(w, len - 34);
		w16(w, 0);
	}
	wfill(w, 0, kept - (w->n - at));
}

static inline void
put_sflow(struct wire *w, const struct exported *s, uint64_t k)
{
	unsigned frame = s->bytes / s->packets + 14,
		 kept = frame < SFLOW_HEADER ? frame : SFLOW_HEADER;
	unsigned padded = (kept + 3) & ~3u;

	w32(w, 1);
	w32(w, 32 + 8 + 16 + padded);
	w32(w, (uint32_t)k);
	w32(w, 5);
	w32(w, 1);
	w32(w, (uint32_t)k);
	w32(w, 0);
	w32(w, 5);
	w32(w, 6);
	w32(w, 1);
	w32(w, 1);
	w32(w, 16 + padded);
	w32(w, 1);
	w32(w, frame + 4);
	w32(w, 4);
	w32(w, kept);
	put_frame(w, s, frame, kept);
	wfill(w, 0, padded - kept);
}

static inline void
put_template(struct wire *w, bool ipfix)
{
	size_t set;

	if (ipfix)
		wipfix(w, 0, 1);
	else
		wnf9(w, 0, 1);
	set = wset(w, ipfix ? 2 : 0);
	w16(w, 256);
	w16(w, FIELDS);
	wfields(w, ipfix ? fields10 : fields9);
	wset_end(w, set);
	if (ipfix)
		wipfix_end(w);
}

static inline void
put_sets(struct export *e, struct wire *w, bool ipfix)
{
	size_t set;

	if (ipfix)
		wipfix(w, 0, 1);
	else
		wnf9(w, 0, 1);
	set = wset(w, 256);
	for (unsigned i = 0; i < records_each(e->proto); i++) {
		struct exported s = sample_of(e, e->next++);

		put_fields(w, &s, ipfix);
	}
	wset_end(w, set);
	if (ipfix)
		wipfix_end(w);
	else
		wput16(w, 2, records_each(e->proto));
}

static inline void
put_datagram(struct export *e, struct wire *w)
{
	unsigned n = records_each(e->proto);

	if (e->proto == NF9 || e->proto == IPFIX) {
		put_sets(e, w, e->proto == IPFIX);
		return;
	}
	if (e->proto == NF5)
		wnf5(w, n, 0, 0);
	else if (e->proto == SFLOW)
		wsflow(w, 0, n);
	for (unsigned i = 0; i < n; i++) {
		struct exported s = sample_of(e, e->next);

		if (e->proto == NF5)
			put_nf5(w, &s);
		else if (e->proto == SFLOW)
			put_sflow(w, &s, e->next);
		else
			put_frame(w, &s, FRAME_LEN, FRAME_LEN);
		e->next++;
	}
}

static inline void
datagram_set(struct datagram *d, const struct wire *w, unsigned records)
{
	d->len = (uint16_t)w->n;
	d->records = (uint16_t)records;
	memcpy(d->b, w->b, w->n);
}

static inline void
export_init(struct export *e, enum proto p, unsigned hosts)
{
	static struct wire w;

	*e = (struct export){ .proto = p, .hosts = hosts, .n = 12000 / records_each(p) };
	e->all = calloc(e->n, sizeof(*e->all));
	if (e->all == NULL)
		exit(1);
	w.n = 0;
	put_template(&w, p == IPFIX);
	datagram_set(&e->template, &w, 0);
	for (unsigned i = 0; i < e->n; i++) {
		w.n = 0;
		put_datagram(e, &w);
		datagram_set(&e->all[i], &w, records_each(p));
	}
}

static inline void
store32(uint8_t *to, uint32_t v)
{
	v = htonl(v);
	memcpy(to, &v, sizeof(v));
}

static inline void
store64(uint8_t *to, uint64_t v)
{
	store32(to, (uint32_t)(v >> 32));
	store32(to + 4, (uint32_t)v);
}

/* What an exporter writes anew into each datagram. */
static inline void
export_stamp(struct export *e, struct datagram *d, int64_t now_ms)
{
	switch (e->proto) {
	case NF5:
	case NF9:
		store32(d->b + 4, UPTIME_MS);
		store32(d->b + 8, (uint32_t)(now_ms / 1000));
		if (e->proto == NF5)
			store32(d->b + 12, (uint32_t)(now_ms % 1000) * 1000000);
		store32(d->b + (e->proto == NF5 ? 16 : 12), e->sequence);
		e->sequence += e->proto == NF5 ? d->records : 1;
		break;
	case IPFIX:
		store32(d->b + 4, (uint32_t)(now_ms / 1000));
		store32(d->b + 8, e->sequence);
		e->sequence += d->records;
		for (unsigned i = 0; i < d->records; i++) {
			uint8_t *at = d->b + 20 + i * IPFIX_LEN + IPFIX_STAMPS;

			store64(at, (uint64_t)now_ms - 5000);
			store64(at + 8, (uint64_t)now_ms - 1000);
		}
		break;
	case SFLOW:
		store32(d->b + 16, e->sequence++);
		break;
	default:
		break;
	}
}

#endif
