/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds datagrams for tests: bytes in network order, lengths filled in afterwards. */
#ifndef SEAWALL_TESTS_WIRE_H
#define SEAWALL_TESTS_WIRE_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct wire {
	size_t n;
	uint8_t b[65536];
};

static inline void
w8(struct wire *w, unsigned v)
{
	w->b[w->n++] = (uint8_t)v;
}

static inline void
w16(struct wire *w, unsigned v)
{
	w8(w, v >> 8);
	w8(w, v);
}

static inline void
w32(struct wire *w, uint32_t v)
{
	w16(w, v >> 16);
	w16(w, v & 0xffff);
}

static inline void
w64(struct wire *w, uint64_t v)
{
	w32(w, (uint32_t)(v >> 32));
	w32(w, (uint32_t)v);
}

static inline void
wfill(struct wire *w, unsigned v, size_t n)
{
	while (n-- > 0)
		w8(w, v);
}

static inline void
waddr(struct wire *w, const char *text)
{
	int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

	inet_pton(family, text, w->b + w->n);
	w->n += family == AF_INET6 ? 16 : 4;
}

static inline void
wput16(struct wire *w, size_t at, size_t v)
{
	w->b[at] = (uint8_t)(v >> 8);
	w->b[at + 1] = (uint8_t)v;
}

/* The pairs (type, length) of a template, ended by 0, 0. */
static inline unsigned
wfields(struct wire *w, const uint16_t (*f)[2])
{
	unsigned n = 0;

	for (; f[n][0] != 0 || f[n][1] != 0; n++) {
		w16(w, f[n][0]);
		w16(w, f[n][1]);
	}
	return n;
}

/* A set, opened and closed. */
static inline size_t
wset(struct wire *w, unsigned id)
{
	w16(w, id);
	w16(w, 0);
	return w->n - 4;
}

static inline void
wset_end(struct wire *w, size_t at)
{
	wput16(w, at + 2, w->n - at);
}

/* Headers.  Time: 2026-11-22T00:00:00Z, uptime 1000 s. */
#define WIRE_UNIX 1795305600u
#define WIRE_UPTIME 1000000u

static inline void
wnf9(struct wire *w, uint32_t sequence, uint32_t domain)
{
	w16(w, 9);
	w16(w, 1);
	w32(w, WIRE_UPTIME);
	w32(w, WIRE_UNIX);
	w32(w, sequence);
	w32(w, domain);
}

static inline void
wipfix(struct wire *w, uint32_t sequence, uint32_t domain)
{
	w16(w, 10);
	w16(w, 0);
	w32(w, WIRE_UNIX);
	w32(w, sequence);
	w32(w, domain);
}

static inline void
wipfix_end(struct wire *w)
{
	wput16(w, 2, w->n);
}

static inline void
wnf5(struct wire *w, unsigned count, uint32_t sequence, unsigned sampling)
{
	w16(w, 5);
	w16(w, count);
	w32(w, WIRE_UPTIME);
	w32(w, WIRE_UNIX);
	w32(w, 500000000);
	w32(w, sequence);
	w16(w, 0x0102);
	w16(w, sampling);
}

static inline void
wnf5_record(struct wire *w, const char *dst, uint32_t packets, uint32_t bytes)
{
	waddr(w, "198.51.100.7");
	waddr(w, dst);
	w32(w, 0);
	w16(w, 3);
	w16(w, 4);
	w32(w, packets);
	w32(w, bytes);
	w32(w, WIRE_UPTIME - 5000);
	w32(w, WIRE_UPTIME - 2000);
	w16(w, 53);
	w16(w, 4444);
	w8(w, 0);
	w8(w, 0x12);
	w8(w, 17);
	wfill(w, 0, 9);
}

static inline void
wsflow(struct wire *w, uint32_t sequence, uint32_t samples)
{
	w32(w, 5);
	w32(w, 1);
	waddr(w, "10.0.0.1");
	w32(w, 7);
	w32(w, sequence);
	w32(w, WIRE_UPTIME);
	w32(w, samples);
}

/* An Ethernet frame with a TCP SYN of 60 bytes to 192.0.2.80:80. */
static inline void
wframe4(struct wire *w)
{
	wfill(w, 2, 12);
	w16(w, 0x0800);
	w32(w, 0x4500003c);
	w32(w, 0x12344000);
	w32(w, 0x40060000);
	waddr(w, "198.51.100.7");
	waddr(w, "192.0.2.80");
	w16(w, 1025);
	w16(w, 80);
	w32(w, 1);
	w32(w, 0);
	w32(w, 0xa0020000);
	w32(w, 0);
}

/* A flow sample; expanded: format 3.  The body of its one record is what `record` wrote at b. */
static inline void
wsflow_sample(struct wire *w, bool expanded, uint32_t tag, const struct wire *record)
{
	uint32_t padded = (uint32_t)(record->n + 3) & ~3u;

	w32(w, expanded ? 3 : 1);
	w32(w, (expanded ? 44 : 32) + 8 + padded);
	w32(w, 1);
	wfill(w, 0, expanded ? 8 : 4);
	w32(w, 512);
	w32(w, 1000);
	w32(w, 0);
	if (expanded)
		w32(w, 0);
	w32(w, 3);
	if (expanded)
		w32(w, 0);
	w32(w, 4);
	w32(w, 1);
	w32(w, tag);
	w32(w, padded);
	memcpy(w->b + w->n, record->b, record->n);
	w->n += record->n;
	wfill(w, 0, padded - record->n);
}

static inline void
wsflow_raw(struct wire *record)
{
	struct wire frame = { .n = 0 };

	wframe4(&frame);
	w32(record, 1);
	w32(record, 1514);
	w32(record, 4);
	w32(record, (uint32_t)frame.n);
	memcpy(record->b + record->n, frame.b, frame.n);
	record->n += frame.n;
}

#endif
