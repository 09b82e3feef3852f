/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/scope.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"

uint64_t
scope_only(uint64_t scopes, uint32_t via)
{
	uint64_t only = 0;

	for (unsigned i = 0; i < UPSTREAMS_MAX; i++)
		if (via >> i & 1)
			only = scope_set(only, i, scope_at(scopes, i));
	return only;
}

uint32_t
scope_everywhere(uint64_t scopes, uint32_t via)
{
	for (unsigned i = 0; i < UPSTREAMS_MAX && scopes != 0; i++)
		if (scope_at(scopes, i) != SCOPE_EVERYWHERE)
			via &= ~(UINT32_C(1) << i);
	return via;
}

unsigned
scope_find(const struct profile *f, const char *name)
{
	for (unsigned i = 0; i < f->scopes_n; i++)
		if (strcmp(f->scopes[i].name, name) == 0)
			return i + 1;
	return 0;
}

const struct scope *
scope_named(const struct profile *f, unsigned number)
{
	return number > 0 && number <= f->scopes_n ? &f->scopes[number - 1] : NULL;
}

const char *
scope_list(const struct profile *f, char *buf, size_t size)
{
	size_t n = 0;

	snprintf(buf, size, "%s", _("none"));
	for (unsigned i = 0; i < f->scopes_n && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s", i > 0 ? ", " : "",
		    f->scopes[i].name);
	return buf;
}

const char *
scope_split(const char *text, char upstream[static NAME_MAX_LEN])
{
	const char *colon = strchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : strlen(text);

	if (len >= NAME_MAX_LEN)
		len = NAME_MAX_LEN - 1;
	memcpy(upstream, text, len);
	upstream[len] = '\0';
	return colon != NULL ? colon + 1 : NULL;
}

/* ---- JSON ---------------------------------------------------------------- */

json_t *
scopes_json(uint64_t scopes, const struct settings *s)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->upstreams_n; i++) {
		const struct upstream *u = &s->upstreams[i];
		const struct scope *scope = scope_named(&u->profile, scope_at(scopes, i));

		if (scope != NULL)
			json_array_append_new(all,
			    json_pack("{s:s,s:s,s:s,s:s}", "upstream", u->name, "scope",
				scope->name, "en", scope->where, "es", scope->where_es));
	}
	return all;
}

uint64_t
scopes_from_json(const json_t *j, const struct settings *s, uint32_t *ret_lost)
{
	uint64_t scopes = 0;
	const json_t *one;
	size_t i;

	*ret_lost = 0;
	json_array_foreach((json_t *)j, i, one) {
		const char *name = json_string_value(json_object_get(one, "upstream"));
		const char *scope = json_string_value(json_object_get(one, "scope"));
		int u = name != NULL ? settings_upstream(s, name) : -1;
		unsigned n =
		    u >= 0 && scope != NULL ? scope_find(&s->upstreams[u].profile, scope) : 0;

		if (u >= 0 && n == 0)
			*ret_lost |= UINT32_C(1) << u;
		if (u >= 0)
			scopes = scope_set(scopes, (unsigned)u, n);
	}
	return scopes;
}

/* ---- words --------------------------------------------------------------- */

static void
one_in_words(struct text *out, const char *upstream, const char *en, const char *es)
{
	text_printf(out, _(" (through %1$s it becomes unreachable only from %2$s)"), upstream,
	    lang_get() == LANG_ES ? es : en);
}

void
scope_words(struct text *out, const struct settings *s, uint64_t scopes, uint32_t via)
{
	for (unsigned i = 0; i < s->upstreams_n && scopes != 0; i++) {
		const struct upstream *u = &s->upstreams[i];
		const struct scope *scope = scope_named(&u->profile, scope_at(scopes, i));

		if ((via >> i & 1) != 0 && scope != NULL)
			one_in_words(out, u->name, scope->where, scope->where_es);
	}
}

void
scope_words_json(struct text *out, const json_t *scopes)
{
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)scopes, i, one) {
		const char *name = json_string_value(json_object_get(one, "upstream"));
		const char *en = json_string_value(json_object_get(one, "en"));
		const char *es = json_string_value(json_object_get(one, "es"));

		if (name != NULL && en != NULL && es != NULL)
			one_in_words(out, name, en, es);
	}
}
