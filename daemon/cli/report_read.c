/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/notes.h"
#include "audit/verify.h"
#include "base/file.h"
#include "base/lang.h"
#include "report/rehearsed.h"

#define AROUND_MS 300000	/* of an incident, before and after */
#define PROGRESS_EVERY 50000
#define REHEARSAL_MAX (256u << 20)

struct pass {
	const struct report_read *how;
	struct teller *teller;
	const char *incident;
	wall_t from, to;	/* of the incident */
	bool over;
};

static void
progress(const struct report_read *how, uint64_t records)
{
	if (!how->watched)
		return;
	fputc('\r', stderr);
	fprintf(stderr, _("%llu records"), (unsigned long long)records);
	fflush(stderr);
}

static void
checked(void *ctx, uint64_t records)
{
	progress(ctx, records);
}

static int
see(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	struct pass *r = ctx;

	(void)line;
	(void)len;
	if (n % PROGRESS_EVERY == 0)
		progress(r->how, n);
	return teller_see(r->teller, record);
}

/* ---- when an incident was ------------------------------------------------ */

static bool
names(const json_t *record, const char *key, const char *inner, const char *incident)
{
	const char *s = json_string_value(json_object_get(json_object_get(record, key), inner));

	return s != NULL && strcmp(s, incident) == 0;
}

static int
look(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	struct pass *r = ctx;
	const char *event = json_string_value(json_object_get(record, "event"));
	const char *time = json_string_value(json_object_get(record, "t"));
	wall_t t;

	(void)line;
	(void)len;
	if (n % PROGRESS_EVERY == 0)
		progress(r->how, n);
	if (!names(record, "incident", "id", r->incident) &&
	    !names(record, "mitigation", "incident", r->incident) &&
	    !names(record, "approval", "incident", r->incident))
		return 0;
	if (time == NULL || wall_parse(&t, time) != 0)
		return 0;
	if (r->from.ms == 0)
		r->from = t;
	r->to = t;
	r->over |= event != NULL && strcmp(event, "closed") == 0;
	return 0;
}

/* A log that breaks off is told up to there. */
static int
replay(struct pass *r, audit_each *each, struct diag *reterr)
{
	int err = audit_replay(r->how->directory, each, r, reterr);

	return err == -EBADMSG ? 0 : err;
}

static int
find_incident(struct pass *r, struct telling *about, struct diag *reterr)
{
	int err = 0;

	r->incident = about->incident;
	if (r->incident != NULL)
		err = replay(r, look, reterr);
	if (err != 0 || r->incident == NULL)
		return err;
	if (r->from.ms == 0)
		return diag_set(reterr, -ESRCH, _("the record knows no incident %s"), r->incident);
	if (about->since.ms == 0)
		about->since = wall_add_ms(r->from, -AROUND_MS);
	if (about->until.ms == 0 && r->over)
		about->until = wall_add_ms(r->to, AROUND_MS);
	return 0;
}

/* ---- is it what was written ---------------------------------------------- */

/* Whole, or none: what cannot be read of them is verification's to say. */
static struct notes_kept
newest_note(const char *directory)
{
	struct notes_kept kept = { 0 };
	struct notes_read r;
	struct notes n;

	if (notes_open(&n, directory, NULL) != 0)
		return kept;
	notes_only_newest(&n);
	while (notes_next(&n, &r, NULL) > 0 && notes_keep(&kept, &r) == 0)
		;
	notes_close(&n);
	return kept;
}

static int
check(struct provenance *ret, const struct report_read *how, struct diag *reterr)
{
	struct verify v = { .seen = checked, .ctx = (void *)(uintptr_t)how };
	char key[NOTE_KEY_TEXT] = "", root[HASH_TEXT] = "";
	struct verdict verdict;
	int err = audit_verify(how->directory, &v, &verdict, reterr);

	if (err != 0)
		return err;
	if (verdict.by_key)
		note_key_text(&verdict.key, key);
	if (verdict.ok)
		hash_text(verdict.root, root);
	*ret = (struct provenance){ .ok = verdict.ok,
		.records = verdict.records,
		.signed_n = verdict.checkpoint,
		.first_bad = verdict.first_bad >= 0 ? (uint64_t)verdict.first_bad : UINT64_MAX };
	snprintf(ret->root, sizeof(ret->root), "%s", root);
	snprintf(ret->key, sizeof(ret->key), "%s", key);
	snprintf(ret->why, sizeof(ret->why), "%s", verdict.ok ? "" : verdict.why);
	return 0;
}

static int
tell(struct story **ret, struct pass *r, const struct telling *about, struct diag *reterr)
{
	int err;

	r->teller = teller_new(about);
	if (r->teller == NULL)
		return -ENOMEM;
	err = replay(r, see, reterr);
	if (err != 0)
		return err;
	*ret = teller_story(r->teller, clock_now().wall);
	return *ret != NULL ? 0 : -ENOMEM;
}

int
report_read(struct story **ret, const struct report_read *how, struct diag *reterr)
{
	struct pass r = { .how = how };
	struct telling about = how->about;
	struct provenance found = { 0 };
	struct story *s = NULL;
	struct notes_kept note;
	int err = check(&found, how, reterr);

	if (err == 0)
		err = find_incident(&r, &about, reterr);
	if (err == 0)
		err = tell(&s, &r, &about, reterr);
	teller_free(r.teller);
	if (how->watched)
		fputs("\r\033[K", stderr);
	if (err == -ENOMEM)
		diag_set(reterr, err, "%s", _("no memory"));
	if (err != 0)
		return err;
	note = newest_note(how->directory);
	found.note = note.bytes;
	story_believe(s, &found);
	free(note.bytes);
	*ret = s;
	return 0;
}

int
report_rehearsal(struct story *s, const char *path, struct diag *reterr)
{
	struct rehearsed r = { 0 };
	char *all = NULL;
	size_t size = 0;
	int err = file_slurp(&all, &size, path, REHEARSAL_MAX);

	if (err != 0)
		return diag_set(reterr, err, "%s: %s", path, strerror(-err));
	for (size_t at = 0; at < size;) {
		const char *end = memchr(all + at, '\n', size - at);
		size_t len = (end != NULL ? (size_t)(end - all) : size) - at;
		json_t *line = json_loadb(all + at, len, JSON_REJECT_DUPLICATES, NULL);

		rehearsed_see(&r, line);
		json_decref(line);
		at += len + 1;
	}
	free(all);
	story_rehearsed(s, &r);
	return s->rehearsed != NULL ? 0 : diag_set(reterr, -ENOMEM, "%s", _("no memory"));
}
