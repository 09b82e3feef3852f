/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/subject.h"

#include <stdio.h>

#include "base/lang.h"

bool
subject_eq(const struct subject *a, const struct subject *b)
{
	return a->kind == b->kind && a->group == b->group && prefix_eq(&a->prefix, &b->prefix);
}

/* FNV-1a: short keys, and nobody outside chooses them. */
uint64_t
subject_hash(const struct subject *s)
{
	uint64_t h = 0xcbf29ce484222325ULL;
	const uint8_t head[] = { s->kind, (uint8_t)s->group, (uint8_t)(s->group >> 8),
		s->prefix.family, s->prefix.len };

	for (size_t i = 0; i < sizeof(head); i++)
		h = (h ^ head[i]) * 0x100000001b3ULL;
	for (size_t i = 0; i < sizeof(s->prefix.addr); i++)
		h = (h ^ s->prefix.addr[i]) * 0x100000001b3ULL;
	return h;
}

const char *
subject_str(const struct subject *s, char buf[static SUBJECT_STRLEN])
{
	switch (s->kind) {
	case SUBJECT_HOST:
		return prefix_addr_str(&s->prefix, buf);
	case SUBJECT_PREFIX:
		return prefix_str(&s->prefix, buf);
	case SUBJECT_GROUP:
		snprintf(buf, SUBJECT_STRLEN, _("member %u"), s->group);
		return buf;
	}
	snprintf(buf, SUBJECT_STRLEN, "%s", _("the whole network"));
	return buf;
}
