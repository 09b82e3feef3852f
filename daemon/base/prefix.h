/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prefix - an IPv4 or IPv6 prefix; an address is one of full length.
 * A plain value: compare with prefix_eq() or prefix_cmp(), never with memcmp of
 * something not made here.  Host bits are always zero.
 */
#ifndef SEAWALL_BASE_PREFIX_H
#define SEAWALL_BASE_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

#define PREFIX_STRLEN 52	/* longest text with its terminating zero */

struct prefix {
	uint8_t family;		/* 4 or 6; 0: none */
	uint8_t len;		/* 0..32 or 0..128 */
	uint8_t addr[16];	/* network order, IPv4 in the first four */
};

/* From an address in network order; bits beyond len are cleared. */
struct prefix prefix_of(uint8_t family, const uint8_t *addr, unsigned len);
/* Of a family, no longer than it has bits, and none set behind its length? */
bool prefix_sane(const struct prefix *p);

/*
 * "192.0.2.0/24", "2001:db8::1" (a host).  0, or -EINVAL; -ERANGE when the length is
 * out of range, -EDOM when bits beyond the length are set.
 */
int prefix_parse(struct prefix *ret, const char *text);

/* RFC 5952 for IPv6; the length is always written.  Returns buf. */
const char *prefix_str(const struct prefix *p, char buf[static PREFIX_STRLEN]);

/* The address without its length. */
const char *prefix_addr_str(const struct prefix *p, char buf[static PREFIX_STRLEN]);

unsigned prefix_bits(const struct prefix *p);	/* 32 or 128: the full length */
bool prefix_is_host(const struct prefix *p);
bool prefix_eq(const struct prefix *a, const struct prefix *b);
int prefix_cmp(const struct prefix *a, const struct prefix *b);	/* family, address, length */

/* Is every address of `inner` in `outer`? */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);

/* Do they share an address? */
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);

#endif
