/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/record.h"

#include <errno.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

#include "audit/plain.h"
#include "base/lang.h"

#define KIND_NAME(id, name) [AUDIT_##id] = name,
static const char *const kind_names[AUDIT_KIND_N] = { AUDIT_KINDS(KIND_NAME) };

_Static_assert(BASE64_ENCODE_RAW_LENGTH(HASH_LEN) == PREV_LEN - 1, "prev");

static const char *const own_keys[] = { "kind", "n", "prev", "say", "t" };

const char *
audit_kind_name(enum audit_kind k)
{
	return kind_names[k];
}

void
chain_step(struct chain *c, const void *line, size_t len)
{
	uint8_t hash[HASH_LEN];

	hash_bytes(hash, line, len);
	base64_encode_raw(c->prev, sizeof(hash), hash);
	c->prev[PREV_LEN - 1] = '\0';
	c->n++;
}

json_t *
record_words(const char *text)
{
	json_t *j = json_string(text != NULL ? text : "");
	char *copy;

	if (j != NULL)
		return j;
	copy = strdup(text);
	if (copy == NULL)
		return NULL;
	for (char *p = copy; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	j = json_string(copy);
	free(copy);
	return j;
}

bool
record_owns(const json_t *fields)
{
	for (size_t i = 0; i < sizeof(own_keys) / sizeof(*own_keys); i++)
		if (json_object_get(fields, own_keys[i]) != NULL)
			return true;
	return false;
}

int
record_line(struct text *ret, const struct chain *c, const struct audit_draft *d)
{
	char time[WALL_STRLEN];
	struct jout out;
	int err = 0;

	text_clear(ret);
	jout_init(&out, ret);
	jout_object(&out, NULL);
	if (d->write != NULL)
		d->write(&out, d->ctx);
	jout_str(&out, "kind", audit_kind_name(d->kind));
	jout_int(&out, "n", (int64_t)c->n);
	jout_str(&out, "prev", c->prev);
	jout_object(&out, "say");
	jout_str(&out, "en", d->say.en);
	jout_str(&out, "es", d->say.es);
	jout_close(&out);
	jout_str(&out, "t", wall_str(d->t, time));
	jout_close(&out);
	text_addn(ret, "\n", 1);
	if (out.twice)
		err = -EINVAL;
	else if (!text_ok(ret))
		err = -E2BIG;
	jout_fini(&out);
	return err;
}

static const char *
wrong(const json_t *j, const struct chain *c)
{
	const json_t *n = json_object_get(j, "n"), *say = json_object_get(j, "say");
	const char *prev = json_string_value(json_object_get(j, "prev"));
	const char *t = json_string_value(json_object_get(j, "t"));
	wall_t wall;

	if (!json_is_object(j))
		return _("it is not an object");
	if (!json_is_integer(n) || json_integer_value(n) != (json_int_t)c->n)
		return _("its number is not the next one: a line was added, removed or moved");
	if (prev == NULL || strcmp(prev, c->prev) != 0)
		return _("its `prev` is not the hash of the line before: that line or this one was "
			 "changed");
	if (!json_is_string(json_object_get(j, "kind")))
		return _("it has no kind");
	if (t == NULL || wall_parse(&wall, t) != 0)
		return _("its time cannot be read");
	if (!json_is_string(json_object_get(say, "en")) ||
	    !json_is_string(json_object_get(say, "es")))
		return _("its sentences are missing");
	return NULL;
}

int
record_check(json_t **ret, const struct chain *c, const char *line, size_t len, struct diag *reterr)
{
	json_error_t e;
	const char *why;
	json_t *j;

	if (ret == NULL && plain_record(c, line, len))
		return 0;
	j = json_loadb(line, len, JSON_REJECT_DUPLICATES, &e);
	if (j == NULL)
		return diag_set(reterr, -EBADMSG, _("record %llu: it is not JSON (%s)"),
		    (unsigned long long)c->n, e.text);
	why = wrong(j, c);
	if (why != NULL) {
		json_decref(j);
		return diag_set(
		    reterr, -EBADMSG, _("record %llu: %s"), (unsigned long long)c->n, why);
	}
	if (ret != NULL)
		*ret = j;
	else
		json_decref(j);
	return 0;
}
