/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/redirect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The types of their communities: RFC 8955 table 2, RFC 7674, draft-ietf-idr-flowspec-redirect-ip.
 */
#define TYPE_AS2 0x8008
#define TYPE_IP4 0x8108
#define TYPE_AS4 0x8208
#define TYPE_TO 0x010c

const char *
redirect_str(const struct redirect *r, char buf[static REDIRECT_STRLEN])
{
	uint32_t a = r->high;

	buf[0] = '\0';
	if (r->form == REDIRECT_AS2 || r->form == REDIRECT_AS4)
		snprintf(buf, REDIRECT_STRLEN, "%u:%u", a, r->low);
	else if (r->form == REDIRECT_IP4)
		snprintf(buf, REDIRECT_STRLEN, "%u.%u.%u.%u:%u", a >> 24, a >> 16 & 255,
		    a >> 8 & 255, a & 255, r->low);
	else if (r->form == REDIRECT_TO)
		snprintf(buf, REDIRECT_STRLEN, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255,
		    a & 255);
	return buf;
}

static int
number(uint32_t *ret, const char *text)
{
	unsigned long long n;

	if (*text == '\0' || strlen(text) > 10 || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	n = strtoull(text, NULL, 10);
	if (n > UINT32_MAX)
		return -EINVAL;
	*ret = (uint32_t)n;
	return 0;
}

int
redirect_parse(struct redirect *ret, const char *text)
{
	struct redirect r = { .form = REDIRECT_TO };
	char high[REDIRECT_STRLEN];
	const char *colon = strchrnul(text, ':');
	struct in_addr address;
	size_t n = (size_t)(colon - text);

	if (n >= sizeof(high))
		return -EINVAL;
	memcpy(high, text, n);
	high[n] = '\0';
	if (*colon == ':' && number(&r.low, colon + 1) != 0)
		return -EINVAL;
	if (inet_pton(AF_INET, high, &address) == 1) {
		r.high = ntohl(address.s_addr);
		r.form = *colon == ':' ? REDIRECT_IP4 : REDIRECT_TO;
	} else if (*colon == ':' && number(&r.high, high) == 0) {
		r.form = r.high <= UINT16_MAX ? REDIRECT_AS2 : REDIRECT_AS4;
	} else {
		return -EINVAL;
	}
	if (!redirect_ok(&r))
		return -EINVAL;
	*ret = r;
	return 0;
}

bool
redirect_ok(const struct redirect *r)
{
	switch (r->form) {
	case REDIRECT_NONE: return r->high == 0 && r->low == 0;
	case REDIRECT_AS2: return r->high > 0 && r->high <= UINT16_MAX;
	case REDIRECT_IP4: return r->high > 0 && r->low <= UINT16_MAX;
	case REDIRECT_AS4: return r->high > UINT16_MAX && r->low <= UINT16_MAX;
	case REDIRECT_TO: return r->high > 0 && r->low == 0;
	case REDIRECT_FORMS: break;
	}
	return false;
}

int
redirect_cmp(const struct redirect *a, const struct redirect *b)
{
	if (a->form != b->form)
		return (int)a->form - (int)b->form;
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return (a->low > b->low) - (a->low < b->low);
}

void
redirect_words(const struct redirect *r, uint32_t *ret_high, uint32_t *ret_low)
{
	static const uint16_t types[REDIRECT_FORMS] = { 0, TYPE_AS2, TYPE_IP4, TYPE_AS4, TYPE_TO };
	uint32_t type = (uint32_t)types[r->form] << 16;

	if (r->form == REDIRECT_AS2) {
		*ret_high = type | r->high;
		*ret_low = r->low;
		return;
	}
	*ret_high = type | r->high >> 16;
	*ret_low = r->high << 16 | r->low;
}

bool
redirect_from_words(struct redirect *ret, uint32_t high, uint32_t low)
{
	struct redirect r = { .high = high << 16 | low >> 16, .low = low & UINT16_MAX };

	switch (high >> 16) {
	case TYPE_AS2:
		r = (struct redirect){ REDIRECT_AS2, high & UINT16_MAX, low };
		break;
	case TYPE_IP4: r.form = REDIRECT_IP4; break;
	case TYPE_AS4: r.form = REDIRECT_AS4; break;
	case TYPE_TO: r.form = REDIRECT_TO; break;
	default: return false;
	}
	if (!redirect_ok(&r))
		return false;
	*ret = r;
	return true;
}
