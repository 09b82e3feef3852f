/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/news.h"

#include <stdio.h>
#include <string.h>

#include "base/jget.h"
#include "base/letters.h"

/* What a record of a kind, and of an event or verb or result, is. */
struct sort {
	const char *kind, *key, *value;	/* key NULL: any */
	enum tell tell;
	enum news_count count;
	bool always;
	const char *title;
};

#define ALL NEWS_COUNT_N

static const struct sort sorts[] = {
	{ "incident", "event", "opened", TELL_INCIDENT, NEWS_OPENED, false,
	    N_("An attack begins") },
	{ "incident", "event", "escalated", TELL_INCIDENT, ALL, false, N_("An attack grows") },
	{ "incident", "event", "subsided", TELL_INCIDENT, ALL, false, N_("An attack lets up") },
	{ "incident", "event", "closed", TELL_INCIDENT, NEWS_CLOSED, false,
	    N_("An attack is over") },
	{ "approval", "event", "asked", TELL_APPROVAL, NEWS_ASKED, true,
	    N_("Your approval is asked") },
	{ "approval", "event", "approved", TELL_APPROVAL, NEWS_ANSWERED, true, N_("Approved") },
	{ "approval", "event", "denied", TELL_APPROVAL, NEWS_ANSWERED, true, N_("Denied") },
	{ "approval", "event", "expired", TELL_APPROVAL, NEWS_EXPIRED, true,
	    N_("Nobody answered in time") },
	{ "approval", "event", "withdrawn", TELL_APPROVAL, ALL, true,
	    N_("No approval is needed any more") },
	{ "intent", "verb", "announce", TELL_ANNOUNCEMENT, NEWS_ANNOUNCED, false,
	    N_("A provider is asked to act") },
	{ "intent", "verb", "withdraw", TELL_ANNOUNCEMENT, NEWS_WITHDRAWN, false,
	    N_("A measure ends") },
	{ "refusal", NULL, NULL, TELL_ANNOUNCEMENT, NEWS_REFUSED, false,
	    N_("A measure is refused") },
	{ "journal", NULL, NULL, TELL_ANNOUNCEMENT, NEWS_BY_HAND, false,
	    N_("Done while the daemon was not running") },
	{ "pause", NULL, NULL, TELL_ALARM, NEWS_BY_HAND, true, N_("New actions are paused") },
	{ "resume", NULL, NULL, TELL_ALARM, NEWS_BY_HAND, true,
	    N_("New actions are possible again") },
	{ "sensor", "health", "fresh", TELL_ALARM, ALL, false, N_("A sensor sees again") },
	{ "sensor", NULL, NULL, TELL_ALARM, NEWS_ALARMS, false, N_("A sensor does not see well") },
	{ "recovery", NULL, NULL, TELL_ALARM, NEWS_ALARMS, false,
	    N_("The daemon was stopped and runs again") },
	{ "key", NULL, NULL, TELL_ALARM, NEWS_CHANGES, true, N_("Another key signs the record") },
	{ "outcome", "result", "refused", TELL_ALARM, NEWS_ALARMS, false,
	    N_("A router refuses a measure") },
	{ "live", "event", "step", TELL_ALARM, NEWS_CHANGES, true,
	    N_("Another step of going live") },
	{ "drill", "event", "real", TELL_ALARM, NEWS_ALARMS, true,
	    N_("A drill turned out to be an attack") },
	{ "drill", NULL, NULL, TELL_ALARM, ALL, false, N_("A drill") },
	{ "config", NULL, NULL, TELL_DIGEST, NEWS_CHANGES, false,
	    N_("The configuration was changed") },
};

/* Of whatever kind: somebody has to look. */
static const struct sort alarm_on = { NULL, NULL, NULL, TELL_ALARM, NEWS_ALARMS, false,
	N_("Somebody has to look") };
static const struct sort alarm_off = { NULL, NULL, NULL, TELL_ALARM, ALL, false,
	N_("An alarm is over") };

static bool
fits(const struct sort *s, const json_t *record)
{
	return s->key == NULL || strcmp(jget_text(record, s->key), s->value) == 0;
}

/* A router that answers again, a session that is up, are what ends an alarm. */
static const struct sort *
sort_of_states(const json_t *record, const char *kind)
{
	const json_t *alarm = json_object_get(record, "alarm"),
		     *up = json_object_get(record, "established");

	if (json_is_true(alarm))
		return &alarm_on;
	if (strcmp(kind, "router") != 0 && strcmp(kind, "reconcile") != 0)
		return NULL;
	if (up == NULL)
		up = json_object_get(record, "answers");
	if (json_is_false(up))
		return &alarm_on;
	if (json_is_true(up) || strcmp(jget_text(record, "result"), "caught-up") == 0)
		return &alarm_off;
	return NULL;
}

static const struct sort *
sort_of(const json_t *record)
{
	const char *kind = jget_text(record, "kind");
	const struct sort *s = sort_of_states(record, kind);

	for (size_t i = 0; s == NULL && i < sizeof(sorts) / sizeof(*sorts); i++)
		if (strcmp(sorts[i].kind, kind) == 0 && fits(&sorts[i], record))
			s = &sorts[i];
	return s;
}

static void
copy(char *to, size_t size, const char *from)
{
	size_t n = letters_whole(from, strnlen(from, size - 1));

	memcpy(to, from, n);
	to[n] = '\0';
}

/* Each kind keeps what it is about, and until when, in its own place. */
static void
add_object(struct news *ret, const json_t *record)
{
	static const char *const objects[] = { "incident", "approval", "mitigation" };
	const json_t *of = record;

	for (size_t i = 0; of == record && i < sizeof(objects) / sizeof(*objects); i++)
		if (json_is_object(json_object_get(record, objects[i])))
			of = json_object_get(record, objects[i]);
	copy(ret->id, sizeof(ret->id), jget_text(of, "id"));
	ret->until = (wall_t){ 0 };
	if (of != record || json_object_get(record, "until") != NULL)
		wall_parse(&ret->until, jget_text(of, "until"));
}

/*
 * Somebody tried a dry run (-d), or one asks about what will not happen: the record has it, and
 * nobody is woken.
 */
static bool
is_quiet(const json_t *record)
{
	return json_is_true(json_object_get(record, "capped")) ||
	    (strcmp(jget_text(record, "kind"), "approval") == 0 &&
		json_is_true(json_object_get(record, "dry_run")));
}

bool
news_of(struct news *ret, uint64_t n, const json_t *record)
{
	static const enum text_kind texts[] = {
		[TELL_INCIDENT] = TEXT_INCIDENT,
		[TELL_APPROVAL] = TEXT_APPROVAL,
		[TELL_ALARM] = TEXT_ALARM,
		[TELL_DIGEST] = TEXT_ALARM,
		[TELL_ANNOUNCEMENT] = TEXT_ANNOUNCEMENT,
	};
	const struct sort *s = sort_of(record);
	const json_t *say = json_object_get(record, "say");

	if (s == NULL || is_quiet(record) || wall_parse(&ret->t, jget_text(record, "t")) != 0)
		return false;
	ret->n = n;
	ret->tell = s->tell;
	ret->text = texts[s->tell];
	ret->always = s->always;
	ret->count = s->count;
	ret->title = s->title;
	ret->name = NULL;
	if (json_is_true(json_object_get(record, "drill"))) {
		ret->count = ALL;
		ret->title = N_("A drill: this is no attack");
		ret->name = NEWS_DRILL;
	}
	add_object(ret, record);
	copy(ret->say[LANG_EN], NEWS_SAY_LEN, jget_text(say, "en"));
	copy(ret->say[LANG_ES], NEWS_SAY_LEN, jget_text(say, "es"));
	return true;
}

bool
news_wanted(const struct notify *n, enum tell tell)
{
	static const char *const names[] = {
		[TELL_INCIDENT] = "incident", [TELL_APPROVAL] = "approval", [TELL_ALARM] = "alarm",
		[TELL_DIGEST] = "digest", [TELL_ANNOUNCEMENT] = "announcement",
	};

	for (unsigned i = 0; i < n->on_n; i++)
		if (strcmp(n->on[i], names[tell]) == 0)
			return true;
	return false;
}

const char *
news_count_name(enum news_count c)
{
#define NAME(id, name, words) [NEWS_##id] = name,
	static const char *const names[] = { COUNTS(NAME) };
#undef NAME

	return names[c];
}

const char *
news_count_words(enum news_count c)
{
#define WORDS(id, name, words) [NEWS_##id] = words,
	static const char *const all[] = { COUNTS(WORDS) };
#undef WORDS

	return lang_text(all[c]);
}
