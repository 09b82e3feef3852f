/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned
family_bits(uint8_t family)
{
	return family == 4 ? 32 : 128;
}

struct prefix
prefix_of(uint8_t family, const uint8_t *addr, unsigned len)
{
	struct prefix p = { .family = family, .len = (uint8_t)len };
	unsigned whole = len / 8, rest = len % 8;

	memcpy(p.addr, addr, whole);
	if (rest != 0)
		p.addr[whole] = addr[whole] & (uint8_t)(0xff << (8 - rest));
	return p;
}

bool
prefix_sane(const struct prefix *p)
{
	struct prefix clean;

	if ((p->family != 4 && p->family != 6) || p->len > prefix_bits(p))
		return false;
	clean = prefix_of(p->family, p->addr, p->len);
	return prefix_eq(&clean, p);
}

static int
parse_len(const char *text, unsigned max, unsigned *ret)
{
	char *end;
	unsigned long n;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	n = strtoul(text, &end, 10);
	if (*end != '\0')
		return -EINVAL;
	if (n > max)
		return -ERANGE;
	*ret = (unsigned)n;
	return 0;
}

int
prefix_parse(struct prefix *ret, const char *text)
{
	char host[PREFIX_STRLEN];
	uint8_t addr[16] = { 0 };
	const char *slash = strchr(text, '/');
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	uint8_t family;
	unsigned len;
	struct prefix p;

	if (n == 0 || n >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	family = strchr(host, ':') != NULL ? 6 : 4;
	if (inet_pton(family == 4 ? AF_INET : AF_INET6, host, addr) != 1)
		return -EINVAL;
	len = family_bits(family);
	if (slash != NULL) {
		int err = parse_len(slash + 1, len, &len);

		if (err != 0)
			return err;
	}
	p = prefix_of(family, addr, len);
	if (memcmp(p.addr, addr, sizeof(addr)) != 0)
		return -EDOM;
	*ret = p;
	return 0;
}

static char *
put_number(char *p, unsigned n)
{
	if (n >= 100)
		*p++ = (char)('0' + n / 100);
	if (n >= 10)
		*p++ = (char)('0' + n / 10 % 10);
	*p++ = (char)('0' + n % 10);
	return p;
}

static char *
put_ipv4(char *p, const uint8_t *addr)
{
	for (unsigned i = 0; i < 4; i++) {
		if (i > 0)
			*p++ = '.';
		p = put_number(p, addr[i]);
	}
	return p;
}

static char *
put_hex(char *p, unsigned n)
{
	bool more = false;

	for (int shift = 12; shift >= 0; shift -= 4) {
		unsigned digit = n >> shift & 15;

		more |= digit != 0 || shift == 0;
		if (more)
			*p++ = "0123456789abcdef"[digit];
	}
	return p;
}

/* The first of the longest runs of zero groups, if it has at least two: RFC 5952 4.2. */
static unsigned
zero_run(const unsigned group[static 8], unsigned *ret_len)
{
	unsigned at = 8, len = 1;

	for (unsigned i = 0, n; i < 8; i += n + 1) {
		for (n = 0; i + n < 8 && group[i + n] == 0; n++)
			continue;
		if (n > len) {
			at = i;
			len = n;
		}
	}
	*ret_len = len;
	return at;
}

static char *
put_ipv6(char *p, const uint8_t *addr)
{
	unsigned group[8], run, len;

	for (unsigned i = 0; i < 8; i++)
		group[i] = (unsigned)addr[2 * i] << 8 | addr[2 * i + 1];
	run = zero_run(group, &len);
	for (unsigned i = 0; i < 8; i++) {
		if (i == run) {
			*p++ = ':';
			*p++ = ':';
			i += len - 1;
			continue;
		}
		if (i > 0 && p[-1] != ':')
			*p++ = ':';
		p = put_hex(p, group[i]);
	}
	return p;
}

/* Those that hold an IPv4 address, and what is near them. */
static bool
is_embedded(const struct prefix *p)
{
	static const uint8_t zero[10];

	return memcmp(p->addr, zero, sizeof(zero)) == 0;
}

/*
 * Returns the end.  inet_ntop(3) prints by printf(3), and ten thousand lines of a fragment have an
 * address each.
 */
static char *
put_addr(const struct prefix *p, char *buf)
{
	char *end = buf;

	if (p->family == 4)
		end = put_ipv4(buf, p->addr);
	else if (!is_embedded(p))
		end = put_ipv6(buf, p->addr);
	else if (inet_ntop(AF_INET6, p->addr, buf, PREFIX_STRLEN) != NULL)
		end = buf + strlen(buf);
	*end = '\0';
	return end;
}

const char *
prefix_addr_str(const struct prefix *p, char buf[static PREFIX_STRLEN])
{
	put_addr(p, buf);
	return buf;
}

const char *
prefix_str(const struct prefix *p, char buf[static PREFIX_STRLEN])
{
	char *end = put_addr(p, buf);

	*end++ = '/';
	*put_number(end, p->len) = '\0';
	return buf;
}

unsigned
prefix_bits(const struct prefix *p)
{
	return family_bits(p->family);
}

bool
prefix_is_host(const struct prefix *p)
{
	return p->len == family_bits(p->family);
}

int
prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int c = (int)a->family - (int)b->family;

	if (c == 0)
		c = memcmp(a->addr, b->addr, sizeof(a->addr));
	return c != 0 ? c : (int)a->len - (int)b->len;
}

bool
prefix_eq(const struct prefix *a, const struct prefix *b)
{
	return prefix_cmp(a, b) == 0;
}

bool
prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	struct prefix cut;

	if (outer->family != inner->family || outer->len > inner->len)
		return false;
	cut = prefix_of(inner->family, inner->addr, outer->len);
	return prefix_eq(&cut, outer);
}

bool
prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return prefix_covers(a, b) || prefix_covers(b, a);
}
