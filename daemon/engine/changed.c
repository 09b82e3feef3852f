/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the configuration is by now, and what of it changed since the engine started last.  The log
 * has the changes and the hash of the whole; STATE/settings, which only the engine reads, the
 * whole.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/checkpoint.h"
#include "audit/record.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/log.h"
#include "model/approval.h"
#include "config/changes.h"
#include "config/load.h"
#include "engine/state.h"

#define TEXT_MAX (4 * 1024 * 1024)	/* of a configuration with all its policies */
#define CHANGES_TOLD 64			/* in one record; more are counted */
#define NAMES_LEN 512			/* of those who said yes */
#define VALUE_TOLD 200			/* characters of a value */

struct telling {
	json_t *changes;
	struct text words;	/* the first few, for people */
	unsigned n;
};

/* Who is to say yes is shown all since the last yes, over whatever nobody approved in between. */
static void
to_approve(struct engine *e, const json_t *changes, unsigned n)
{
	const json_t *one;
	size_t i;

	if (e->approved != NULL || e->unapproved.changes == NULL) {
		json_decref(e->unapproved.changes);
		e->unapproved.changes = json_array();
		e->unapproved.n = 0;
		e->unapproved.all = e->approved != NULL;
	}
	json_array_foreach((json_t *)changes, i, one)
		if (json_array_size(e->unapproved.changes) < CHANGES_TOLD)
			json_array_append(e->unapproved.changes, (json_t *)one);
	e->unapproved.n += n;
	e->unapproved.all &= json_is_array(changes);	/* else nobody knows what changed */
}

/* What was said yes to is that configuration and no other. */
static void
becomes(struct engine *e, const char *hash, const json_t *changes, unsigned n)
{
	if (strcmp(hash, e->settings_hash) == 0)
		return;
	to_approve(e, changes, n);
	snprintf(e->settings_hash, sizeof(e->settings_hash), "%s", hash);
	json_decref(e->approved);
	e->approved = NULL;
}

static void
says_yes(struct engine *e, const char *who)
{
	if (e->approved == NULL)
		e->approved = json_array();
	json_array_append_new(e->approved, json_string(who));
}

void
changed_replay(struct engine *e, const json_t *record)
{
	const char *hash = json_string_value(json_object_get(record, "settings"));
	const char *event = json_string_value(json_object_get(record, "event"));
	const char *who = json_string_value(json_object_get(record, "who"));

	if (hash == NULL)
		return;
	if (event == NULL || strcmp(event, "loaded") == 0)
		becomes(e, hash, json_object_get(record, "changes"),
		    (unsigned)json_integer_value(json_object_get(record, "changes_n")));
	else if (strcmp(event, "approved") == 0 && who != NULL &&
	    strcmp(hash, e->settings_hash) == 0)
		says_yes(e, who);
}

/*
 * An address may hold a password, or be a person's.  The `via` of a policy's step is an upstream.
 */
static bool
is_secret(const char *setting)
{
	static const char *const secrets[] = { "url", "to", "second", "contact" };
	const char *last = strrchr(setting, '.');

	last = last != NULL ? last + 1 : setting;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		if (strcmp(last, secrets[i]) == 0)
			return true;
	return strcmp(last, "via") == 0 && strncmp(setting, "notify", strlen("notify")) == 0;
}

static json_t *
told(const char *setting, const char *value)
{
	char cut[VALUE_TOLD + 4];

	if (value == NULL)
		return json_null();
	if (is_secret(setting))
		return json_string("(hidden)");
	snprintf(cut, sizeof(cut), "%.*s%s", VALUE_TOLD, value,
	    strlen(value) > VALUE_TOLD ? "..." : "");
	return record_words(cut);
}

static void
tell(void *ctx, const char *setting, const char *from, const char *to)
{
	struct telling *t = ctx;

	if (t->n++ >= CHANGES_TOLD)
		return;
	json_array_append_new(t->changes,
	    json_pack("{s:o,s:o,s:o}", "setting", record_words(setting), "from",
		told(setting, from), "to", told(setting, to)));
	if (t->words.bad)
		return;
	text_add(&t->words, t->n > 1 ? ", " : "");
	text_add(&t->words, setting);
	if (!is_secret(setting))
		text_printf(&t->words, " (%s > %s)", from != NULL ? from : "-",
		    to != NULL ? to : "-");
}

/* The configuration of the last start, if it is still the one that the log had then. */
static char *
read_last(const struct engine *e, const char *path)
{
	char hash[HASH_TEXT], *text = NULL;
	uint8_t bytes[HASH_LEN];
	size_t len;

	if (e->settings_hash[0] == '\0' || file_slurp(&text, &len, path, TEXT_MAX) != 0)
		return NULL;
	hash_bytes(bytes, text, len);
	if (strcmp(hash_text(bytes, hash), e->settings_hash) == 0)
		return text;
	free(text);
	return NULL;
}

static json_t *
approved_json(const struct engine *e)
{
	return e->approved != NULL ? json_deep_copy(e->approved) : json_array();
}

/* Nobody records who edits a file: when, and whose it is, is all that can be told. */
static json_t *
newest_json(const struct settings *s)
{
	char at[WALL_STRLEN];

	if (s->newest.changed_ms == 0)
		return json_null();
	return json_pack("{s:o,s:s,s:s}", "file", record_words(s->newest.path), "owner",
	    s->newest.owner, "changed", wall_str((wall_t){ s->newest.changed_ms }, at));
}

static const char *
names_of(const json_t *names, char *buf, size_t size)
{
	size_t i, n = 0;
	json_t *name;

	json_array_foreach(names, i, name) if (n < size) n +=
	    (size_t)snprintf(buf + n, size - n, "%s%s", i > 0 ? ", " : "", json_string_value(name));
	return buf;
}

void
changed_approved(const struct engine *e, char *buf, size_t size)
{
	names_of(e->approved, buf, size);
}

static void
record_changes(struct engine *e, const char *old, const struct text *new)
{
	struct telling t = { .changes = json_array() };
	char hash[HASH_TEXT], names[NAMES_LEN];
	uint8_t bytes[HASH_LEN];
	json_t *fields;
	struct words w;

	hash_bytes(bytes, text_str(new), new->len);
	text_init(&t.words, WORDS_LEN / 3);
	if (old != NULL && config_changes(old, text_str(new), tell, &t) != 0)
		log_warn(_("what changed in the configuration could not be found out: no memory"));
	becomes(e, hash_text(bytes, hash), old != NULL ? t.changes : NULL, t.n);
	fields = json_pack("{s:s,s:o,s:o,s:s,s:O,s:i,s:o}", "event", "loaded", "approved_by",
	    approved_json(e), "file", record_words(e->settings->file), "settings", hash, "changes",
	    t.changes, "changes_n", (int)t.n, "newest", newest_json(e->settings));
	json_object_set_new(fields, "about", about_json(e->settings));
	if (old == NULL)	/* nobody knows: the first start, or what was kept is lost */
		json_object_set_new(fields, "changes", json_null());
	say_config(&w, e->settings,
	    &(struct config_said){ .changed = t.n,
		.changes = text_str(&t.words),
		.approved =
		    e->approved != NULL ? names_of(e->approved, names, sizeof(names)) : NULL });
	record_append(e, AUDIT_CONFIG, &w, fields);
	json_decref(t.changes);
	text_fini(&t.words);
}

void
changed_record(struct engine *e)
{
	char path[PATH_MAX_LEN + 32];
	struct text now;
	char *old;
	int err = 0;

	snprintf(path, sizeof(path), "%s/settings", e->settings->state_directory);
	text_init(&now, TEXT_MAX);
	config_print(&now, e->settings);
	old = read_last(e, path);
	record_changes(e, old, &now);
	if (e->settings->state_directory[0] != '\0' &&
	    (old == NULL || strcmp(old, text_str(&now)) != 0))
		err = file_replace(path, text_str(&now), now.len, 0600);
	if (err != 0)
		log_warn(_("%s cannot be written (%s): the next start does not know what changed"),
		    path, strerror(-err));
	free(old);
	text_fini(&now);
}

/* ---- what people say of it ----------------------------------------------- */

void
engine_config(const struct engine *e, struct engine_config *ret)
{
	*ret = (struct engine_config){
		.hash = e->settings_hash,
		.since = e->started,
		.approved_by = e->approved,
		.changes = e->unapproved.changes,
		.changes_n = e->unapproved.n,
		.since_approved = e->unapproved.all,
	};
}

int
engine_approve_settings(struct engine *e, unsigned person, const char *hash, const char *reason,
			struct diag *reterr)
{
	const struct person *p = &e->settings->people[person];
	struct words w;
	json_t *name;
	size_t i;
	int err;

	if (strcmp(hash, e->settings_hash) != 0)
		return diag_set(reterr, -ESTALE,
		    _("the configuration in use is another one by now; nothing was "
		      "approved: look at it with `seawall approve config`"));
	json_array_foreach(e->approved, i,
	    name) if (strcmp(json_string_value(name), p->name) == 0) return diag_set(reterr,
	    -EALREADY, _("%s has said yes to this configuration already"), p->name);
	say_config_approved(&w, p->name, reason, e->started, clock_now().wall);
	err = record_synced(e, AUDIT_CONFIG, &w,
	    json_pack("{s:s,s:s,s:s,s:o,s:o}", "event", "approved", "settings", e->settings_hash,
		"role", role_name(p->role), "who", record_words(p->name), "why",
		record_words(reason != NULL ? reason : "")));
	if (err == 0)
		err = intent_settle(e);
	if (err != 0)
		return diag_set(reterr, err,
		    _("the audit log cannot be written (%s), so the answer does not count"),
		    strerror(-err));
	says_yes(e, p->name);
	return 0;
}

void
engine_refused(struct engine *e, const char *why)
{
	struct words w;

	say_config_refused(&w, why);
	record_append(e, AUDIT_CONFIG, &w,
	    json_pack("{s:s,s:o}", "event", "refused", "why", record_words(why)));
}
