/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the configuration is by now, and what of it changed since the engine started last.  The log has the changes and
 * the hash of the whole; STATE/settings, which only the engine reads, the whole.
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
#include "config/changes.h"
#include "config/load.h"
#include "engine/state.h"

#define TEXT_MAX (4 * 1024 * 1024)	/* of a configuration with all its policies */
#define CHANGES_TOLD 64			/* in one record; more are counted */
#define VALUE_TOLD 200			/* characters of a value */

struct telling {
	json_t *changes;
	struct text words;	/* the first few, for people */
	unsigned n;
};

void
changed_replay(struct engine *e, const json_t *record)
{
	const char *hash = json_string_value(json_object_get(record, "settings"));

	snprintf(e->settings_hash, sizeof(e->settings_hash), "%s", hash != NULL ? hash : "");
}

/* An address may hold a password. */
static bool
is_secret(const char *setting)
{
	const char *last = strrchr(setting, '.');

	last = last != NULL ? last + 1 : setting;
	return strcmp(last, "url") == 0 || strcmp(last, "to") == 0;
}

static json_t *
told(const char *setting, const char *value)
{
	char cut[VALUE_TOLD + 4];

	if (value == NULL)
		return json_null();
	if (is_secret(setting))
		return json_string("(hidden)");
	snprintf(cut, sizeof(cut), "%.*s%s", VALUE_TOLD, value, strlen(value) > VALUE_TOLD ? "..." : "");
	return record_words(cut);
}

static void
tell(void *ctx, const char *setting, const char *from, const char *to)
{
	struct telling *t = ctx;

	if (t->n++ >= CHANGES_TOLD)
		return;
	json_array_append_new(t->changes, json_pack("{s:o,s:o,s:o}", "setting", record_words(setting), "from",
	    told(setting, from), "to", told(setting, to)));
	if (t->words.bad)
		return;
	text_add(&t->words, t->n > 1 ? ", " : "");
	text_add(&t->words, setting);
	if (!is_secret(setting))
		text_printf(&t->words, " (%s > %s)", from != NULL ? from : "-", to != NULL ? to : "-");
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

static void
record_changes(struct engine *e, const char *old, const struct text *new)
{
	struct telling t = { .changes = json_array() };
	char hash[HASH_TEXT];
	uint8_t bytes[HASH_LEN];
	json_t *fields;
	struct words w;

	hash_bytes(bytes, text_str(new), new->len);
	text_init(&t.words, WORDS_LEN / 3);
	if (old != NULL && config_changes(old, text_str(new), tell, &t) != 0)
		log_warn(_("what changed in the configuration could not be found out: no memory"));
	fields = json_pack("{s:s,s:s,s:O,s:i}", "file", e->settings->file, "settings", hash_text(bytes, hash), "changes",
	    t.changes, "changes_n", (int)t.n);
	if (old == NULL)	/* nobody knows: the first start, or what was kept is lost */
		json_object_set_new(fields, "changes", json_null());
	say_config(&w, e->settings, t.n, text_str(&t.words));
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
	if (e->settings->state_directory[0] != '\0' && (old == NULL || strcmp(old, text_str(&now)) != 0))
		err = file_replace(path, text_str(&now), now.len, 0600);
	if (err != 0)
		log_warn(_("%s cannot be written (%s): the next start does not know what changed"), path, strerror(-err));
	free(old);
	text_fini(&now);
}
