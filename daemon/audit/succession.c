/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/succession.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/lang.h"

#define FIRST_LINE "seawall-audit-key/v1"	/* so that no checkpoint can be taken for it */
#define TEXT_MAX 1024

static void
write_text(struct text *to, uint64_t record, const struct note_key *old, const struct note_key *new)
{
	char text[NOTE_KEY_TEXT];

	text_printf(to, FIRST_LINE "\n%s\n%" PRIu64 "\n", new->name, record);
	if (old != NULL)
		text_printf(to, "%s\n", note_key_text(old, text));
	text_printf(to, "%s\n", note_key_text(new, text));
}

json_t *
succession_fields(uint64_t record, const struct note_secret *old, const struct note_secret *new)
{
	char key[NOTE_KEY_TEXT], before[NOTE_KEY_TEXT];
	struct text note;
	json_t *j = NULL;
	size_t len;

	text_init(&note, TEXT_MAX * 2);
	write_text(&note, record, old != NULL ? &old->key : NULL, &new->key);
	len = note.len;
	text_add(&note, "\n");
	if (text_ok(&note) && old != NULL)
		note_sign(&note, note.s, len, old);
	if (text_ok(&note))
		note_sign(&note, note.s, len, new);
	if (text_ok(&note))
		j = json_pack("{s:s,s:s*,s:s}", "key", note_key_text(&new->key, key), "before",
		    old != NULL ? note_key_text(&old->key, before) : NULL, "note", note.s);
	text_fini(&note);
	return j;
}

static int
read_key(struct note_key *ret, const json_t *j)
{
	const char *text = json_string_value(j);

	return text == NULL ? -EINVAL : note_key_parse(ret, text, strlen(text), NULL);
}

/* What the note must say is known; whether the keys say it is asked. */
static bool
is_signed(const struct succession *s, uint64_t record, const json_t *j)
{
	const char *bytes = json_string_value(j);
	struct text wanted;
	struct note n;
	bool is;

	if (bytes == NULL || note_open(&n, bytes, json_string_length(j), NULL) != 0)
		return false;
	text_init(&wanted, TEXT_MAX);
	write_text(&wanted, record, s->has_old ? &s->old : NULL, &s->new);
	is = text_ok(&wanted) && n.len == wanted.len && memcmp(n.text, wanted.s, n.len) == 0 &&
	    note_check(&n, &s->new) == NOTE_SIGNED &&
	    (!s->has_old || note_check(&n, &s->old) == NOTE_SIGNED);
	text_fini(&wanted);
	return is;
}

int
succession_read(struct succession *ret, uint64_t record, const json_t *fields, struct diag *reterr)
{
	const char *kind = json_string_value(json_object_get(fields, "kind"));
	const json_t *before = json_object_get(fields, "before");
	struct succession s = { .has_old = before != NULL };
	int err = 0;

	if (kind == NULL || strcmp(kind, "key") != 0)
		return 1;
	err = read_key(&s.new, json_object_get(fields, "key"));
	if (err == 0 && s.has_old)
		err = read_key(&s.old, before);
	if (err == 0 && s.has_old && strcmp(s.old.name, s.new.name) != 0)
		err = -EINVAL;
	if (err != 0 || !is_signed(&s, record, json_object_get(fields, "note")))
		return diag_set(reterr, -EBADMSG,
		    _("record %llu: it names a key, and the keys it names did not sign it"),
		    (unsigned long long)record);
	*ret = s;
	return 0;
}

void
keyring_add(struct keyring *r, uint64_t record, const struct succession *s)
{
	const struct era *last = r->n > 0 ? &r->era[r->n - 1] : NULL;

	if (r->n == SUCCESSION_MAX)
		return;
	r->era[r->n++] = (struct era){ .key = s->new, .from = record,
		.confirmed = s->has_old && last != NULL && note_key_eq(&last->key, &s->old) };
}

void
keyring_trust(struct keyring *r, const struct note_key *k)
{
	unsigned i;

	for (i = 0; i < r->n && !note_key_eq(&r->era[i].key, k); i++)
		;
	if (i == r->n)
		return;
	r->era[i].trusted = true;
	for (unsigned j = i; j > 0 && r->era[j].confirmed; j--)
		r->era[j - 1].trusted = true;
	for (unsigned j = i + 1; j < r->n && r->era[j].confirmed; j++)
		r->era[j].trusted = true;
}

enum note_says
keyring_check(const struct keyring *r, const struct note *n, const struct checkpoint *says)
{
	enum note_says best = NOTE_UNSIGNED;

	for (unsigned i = 0; i < r->n; i++) {
		const struct era *e = &r->era[i];
		uint64_t to = i + 1 < r->n ? r->era[i + 1].from : UINT64_MAX;

		if (!e->trusted || says->size <= e->from || says->size > to ||
		    strcmp(says->origin, e->key.name) != 0)
			continue;
		best = note_check(n, &e->key);
		if (best != NOTE_UNSIGNED)
			return best;
	}
	return best;
}
