/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scope - where in the world an upstream drops for a blackhole: everywhere, or in one of the parts
 * that its profile names ("abroad").  Of all upstreams together a nibble each: 0 everywhere, N the
 * Nth scope of its profile. The numbers hold for one configuration; logs and people have the names.
 */
#ifndef SEAWALL_MODEL_SCOPE_H
#define SEAWALL_MODEL_SCOPE_H

#include <jansson.h>
#include <stdint.h>

#include "base/text.h"
#include "model/settings.h"

#define SCOPE_EVERYWHERE 0

static inline unsigned
scope_at(uint64_t scopes, unsigned upstream)
{
	return (unsigned)(scopes >> (4 * upstream)) & 0xf;
}

static inline uint64_t
scope_set(uint64_t scopes, unsigned upstream, unsigned scope)
{
	return (scopes & ~(UINT64_C(0xf) << (4 * upstream))) | (uint64_t)scope << (4 * upstream);
}

/* Those of these upstreams alone. */
uint64_t scope_only(uint64_t scopes, uint32_t via);
/* The upstreams of these that drop everywhere. */
uint32_t scope_everywhere(uint64_t scopes, uint32_t via);

/* The number of the profile's scope of this name; 0: it offers none. */
unsigned scope_find(const struct profile *f, const char *name);
/* Borrowed, or NULL for a number that the profile does not have. */
const struct scope *scope_named(const struct profile *f, unsigned number);
/* "transit-a, transit-b": the profile's scopes, or a word for none; returns buf. */
const char *scope_list(const struct profile *f, char *buf, size_t size);

/*
 * "transit-a:abroad" -> the name before the colon in `upstream`, and what is behind it, borrowed;
 * NULL: no colon.
 */
const char *scope_split(const char *text, char upstream[static NAME_MAX_LEN]);

/* [{"upstream":"transit-a","scope":"abroad","en":"outside Mexico","es":"..."}]; new reference. */
json_t *scopes_json(uint64_t scopes, const struct settings *s);
/*
 * Reads what scopes_json() wrote.  *ret_lost: upstreams whose scope the profile does not have any
 * more; without it they would drop everywhere, so they must be left out.
 */
uint64_t scopes_from_json(const json_t *j, const struct settings *s, uint32_t *ret_lost);

/*
 * " (through transit-a unreachable only from outside Mexico)", in the language of lang_set();
 * nothing without one.
 */
void scope_words(struct text *out, const struct settings *s, uint64_t scopes, uint32_t via);
/* The same from scopes_json(), for who has no settings. */
void scope_words_json(struct text *out, const json_t *scopes);

#endif
