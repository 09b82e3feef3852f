/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/members.h"

#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/log.h"
#include "main/hung.h"
#include "report/notice.h"
#include "report/redact.h"
#include "report/teller.h"
#include "report/when.h"

#define MAILTO "mailto:"
#define NOTICE_MAX (16 * 1024)
#define ALIVE_RECORDS 1000	/* after so many the loop shows that it goes round */

static const char *
text_at(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s != NULL ? s : "";
}

static int
see(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	(void)line;
	(void)len;
	if (n % ALIVE_RECORDS == 0)
		alarm(HUNG_S);
	return teller_see(ctx, record);
}

static struct story *
story_of(const struct settings *s, const char *incident)
{
	struct telling about = { .incident = incident, .settings = s };
	struct teller *t = teller_new(&about);
	struct diag why = { 0 };
	struct story *story = NULL;

	if (t != NULL && audit_replay(s->audit_directory, see, t, &why) == 0)
		story = teller_story(t, clock_now().wall);
	if (story == NULL)
		log_warn(_("members are not told of %s: %s"), incident, why.say);
	teller_free(t);
	return story;
}

static void
tell_member(struct desk *d, const struct story *all, const struct settings *s, unsigned member)
{
	const struct member *m = &s->members[member];
	enum lang was = lang_get(), lang = strcmp(m->language, "es") == 0 ? LANG_ES : LANG_EN;
	struct story *own = story_redacted(all, STORY_MEMBER, m->name, 0);
	struct text words;

	if (own == NULL)
		return;
	lang_set(lang);
	text_init(&words, NOTICE_MAX);
	when_zone(s->organization.time_zone);
	if (notice_write(&words, own))
		desk_member(d, member, m->contact + strlen(MAILTO), text_str(&words), lang);
	lang_set(was);
	text_fini(&words);
	story_free(own);
}

void
members_see(struct desk *d, const struct settings *s, const json_t *record)
{
	const char *incident = text_at(json_object_get(record, "incident"), "id");
	struct story *all = NULL;

	if (s->messages.members[0] == '\0' || strcmp(text_at(record, "kind"), "incident") != 0 ||
	    strcmp(text_at(record, "event"), "closed") != 0 || *incident == '\0')
		return;
	for (unsigned i = 0; i < s->members_n; i++) {
		if (strncmp(s->members[i].contact, MAILTO, strlen(MAILTO)) != 0)
			continue;
		if (all == NULL)
			all = story_of(s, incident);
		if (all == NULL)
			return;
		tell_member(d, all, s, i);
	}
	story_free(all);
}
