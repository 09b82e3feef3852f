/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/record.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"

#define KIND_NAME(id, name) [AUDIT_##id] = name,
static const char *const kind_names[AUDIT_KIND_N] = { AUDIT_KINDS(KIND_NAME) };

#define LINE_USUAL 4096

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

	crypto_hash_sha256(hash, line, len);
	sodium_bin2base64(
	    c->prev, sizeof(c->prev), hash, sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
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

static int
own_fields(json_t *j, const struct chain *c, const struct draft *d)
{
	char time[WALL_STRLEN];
	int bad = 0;

	for (size_t i = 0; i < sizeof(own_keys) / sizeof(*own_keys); i++)
		if (json_object_get(j, own_keys[i]) != NULL)
			return -EINVAL;
	bad |= json_object_set_new(j, "kind", json_string(audit_kind_name(d->kind)));
	bad |= json_object_set_new(j, "n", json_integer((json_int_t)c->n));
	bad |= json_object_set_new(j, "prev", json_string(c->prev));
	bad |= json_object_set_new(j, "say",
	    json_pack("{s:o,s:o}", "en", record_words(d->say.en), "es", record_words(d->say.es)));
	bad |= json_object_set_new(j, "t", json_string(wall_str(d->t, time)));
	return bad != 0 ? -ENOMEM : 0;
}

/* Into a buffer that fits nearly every line; once more when it does not. */
static int
write_line(char **ret, size_t *ret_len, const json_t *j)
{
	size_t room = LINE_USUAL, len;
	char *line = malloc(room), *larger;

	len = line != NULL ? json_dumpb(j, line, room - 1, JSON_COMPACT | JSON_SORT_KEYS) : 0;
	if (len >= room && len <= AUDIT_LINE_MAX) {
		larger = realloc(line, len + 1);
		line = larger != NULL ? larger : line;
		len = larger != NULL ? json_dumpb(j, line, len, JSON_COMPACT | JSON_SORT_KEYS) : 0;
	}
	if (len == 0 || len > AUDIT_LINE_MAX) {
		free(line);
		return len == 0 ? -ENOMEM : -E2BIG;
	}
	line[len] = '\n';
	*ret = line;
	*ret_len = len + 1;
	return 0;
}

int
record_line(char **ret, size_t *ret_len, const struct chain *c, const struct draft *draft)
{
	json_t *j = draft->fields != NULL ? draft->fields : json_object();
	int err = json_is_object(j) ? own_fields(j, c, draft) : -EINVAL;

	if (err == 0)
		err = write_line(ret, ret_len, j);
	json_decref(j);
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
	json_t *j = json_loadb(line, len, JSON_REJECT_DUPLICATES, &e);
	const char *why;

	if (j == NULL)
		return diag_set(reterr, -EBADMSG, _("record %llu: it is not JSON (%s)"),
		    (unsigned long long)c->n, e.text);
	why = wrong(j, c);
	if (why != NULL) {
		json_decref(j);
		return diag_set(
		    reterr, -EBADMSG, _("record %llu: %s"), (unsigned long long)c->n, why);
	}
	*ret = j;
	return 0;
}
