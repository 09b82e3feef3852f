/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rd - reads bytes of strangers in network byte order.
 * The first read past the end sets `bad`; from then on every read yields 0 and
 * an empty sub-reader, so a record is read straight down and asked once.
 * A length from the wire makes a child with rd_sub(), which can only lie inwards.
 * Borrows the bytes.  Owns nothing, cannot fail otherwise.
 */
#ifndef SEAWALL_BASE_RD_H
#define SEAWALL_BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd {
	const uint8_t *p, *end;
	bool bad;
};

static inline struct rd
rd_of(const void *buf, size_t len)
{
	return (struct rd){ .p = buf, .end = (const uint8_t *)buf + len };
}

static inline bool
rd_ok(const struct rd *r)
{
	return !r->bad;
}

static inline size_t
rd_left(const struct rd *r)
{
	return r->bad ? 0 : (size_t)(r->end - r->p);
}

/* The next n bytes, borrowed, or NULL. */
static inline const uint8_t *
rd_bytes(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > (size_t)(r->end - r->p)) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

/* Copies n bytes; zeroes the destination when they are not there. */
static inline void
rd_copy(struct rd *r, void *to, size_t n)
{
	const uint8_t *p = rd_bytes(r, n);

	if (p != NULL)
		memcpy(to, p, n);
	else
		memset(to, 0, n);
}

static inline struct rd
rd_sub(struct rd *r, size_t n)
{
	const uint8_t *p = rd_bytes(r, n);

	if (p == NULL)
		return (struct rd){ .bad = true };
	return (struct rd){ .p = p, .end = p + n };
}

/* A big-endian number of 0 to 8 bytes: IPFIX reduced-size encoding, RFC 7011 6.2. */
static inline uint64_t
rd_uint(struct rd *r, size_t n)
{
	const uint8_t *p;
	uint64_t v = 0;

	if (n > 8)
		r->bad = true;
	p = rd_bytes(r, n);
	if (p == NULL)
		return 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static inline uint8_t
rd_u8(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 1);

	return p != NULL ? p[0] : 0;
}

static inline uint16_t
rd_u16(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 2);

	return p != NULL ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t
rd_u32(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 4);

	if (p == NULL)
		return 0;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t
rd_u64(struct rd *r)
{
	uint64_t hi = rd_u32(r);

	return hi << 32 | rd_u32(r);
}

#endif
