/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
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

const char *
prefix_addr_str(const struct prefix *p, char buf[static PREFIX_STRLEN])
{
	if (inet_ntop(p->family == 4 ? AF_INET : AF_INET6, p->addr, buf, PREFIX_STRLEN) == NULL)
		buf[0] = '\0';
	return buf;
}

const char *
prefix_str(const struct prefix *p, char buf[static PREFIX_STRLEN])
{
	size_t n;

	prefix_addr_str(p, buf);
	n = strlen(buf);
	snprintf(buf + n, PREFIX_STRLEN - n, "/%u", p->len);
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
