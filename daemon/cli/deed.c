/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/deed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "cli/cli.h"
#include "cli/pending.h"
#include "cli/screen.h"

#define LEAST_MS 1000
#define BUF_LEN 64

enum wants { NOT, MAY, MUST };

static const struct row {
	int key;
	const char *command, *type, *title, *done;
	const char *lasts;	/* suggested; NULL: it takes none */
	enum wants reason;
} rows[DEED_N] = {
	[DEED_EXTEND] = { 'e', "extend", "mitigation", N_("EXTEND %s?"), NULL, "30m", MUST },
	[DEED_WITHDRAW] = { 'w', "withdraw", "mitigation", N_("WITHDRAW %s?"), NULL, NULL, MUST },
	[DEED_APPROVE] = { 'a', "approve", "approval", N_("SAY YES TO %s?"), NULL, NULL, MAY },
	[DEED_DENY] = { 'd', "deny", "approval", N_("SAY NO TO %s?"), NULL, NULL, MUST },
	[DEED_PAUSE] = { 'p', "pause", "status", N_("PAUSE AUTOMATIC ACTIONS?"),
	    N_("Paused: nothing new is announced by itself. Ends and releases go on."), "1h",
	    MUST },
	[DEED_RESUME] = { 'p', "resume", "status", N_("RESUME AUTOMATIC ACTIONS?"),
	    N_("Resumed: policies act again."), NULL, MAY },
};

static bool
is_paused(const json_t *status)
{
	return json_is_true(json_object_get(status, "paused"));
}

static const json_t *
thing_of(const json_t *lines, enum deed_kind kind, const char *id)
{
	return strcmp(rows[kind].type, "status") == 0 ? line_first(lines, "status")
						      : view_item(lines, id);
}

static int
wrong_thing(enum deed_kind kind, struct diag *reterr)
{
	if (strcmp(rows[kind].type, "approval") == 0)
		return diag_set(reterr, -EINVAL, "%s",
		    _("first choose a question that waits (a1, a2 ...)"));
	return diag_set(reterr, -EINVAL, "%s", _("first choose an announcement (m1, m2 ...)"));
}

int
deed_begin(struct deed *ret, int key, const json_t *lines, const char *selected,
    struct diag *reterr)
{
	enum deed_kind kind = DEED_EXTEND;
	const json_t *was;

	while (kind < DEED_N && rows[kind].key != key)
		kind++;
	if (kind == DEED_N)
		return diag_set(reterr, -EINVAL, "%s",
		    _("this key does nothing; ? tells of those that do"));
	if (kind == DEED_PAUSE && is_paused(line_first(lines, "status")))
		kind = DEED_RESUME;
	was = thing_of(lines, kind, selected);
	if (was != NULL && line_is(was, "incident") && strcmp(rows[kind].type, "mitigation") == 0)
		was = view_item(lines, line_text(was, "mitigation"));
	if (was == NULL || !line_is(was, rows[kind].type))
		return wrong_thing(kind, reterr);
	*ret = (struct deed){ .kind = kind, .was = json_incref((json_t *)was) };
	snprintf(ret->id, sizeof(ret->id), "%s", line_text(was, "id"));
	snprintf(ret->field[DEED_FOR], REASON_LEN, "%s",
	    rows[kind].lasts != NULL ? rows[kind].lasts : "");
	return 0;
}

void
deed_end(struct deed *d)
{
	json_decref(d->was);
	*d = (struct deed){ 0 };
}

bool
deed_asks(const struct deed *d, enum deed_field f)
{
	return f == DEED_REASON || rows[d->kind].lasts != NULL;
}

static bool
is_blank(const char *s)
{
	return s[strspn(s, " ")] == '\0';
}

int
deed_check(const struct deed *d, enum deed_field f, struct diag *reterr)
{
	const char *s = d->field[f];
	int64_t ms;

	if (f == DEED_FOR && (units_duration(&ms, s) != 0 || ms < LEAST_MS))
		return diag_set(reterr, -EINVAL,
		    _("'%s' is not a duration of a second or more, such as 90s, 10m, 2h"), s);
	if (f == DEED_REASON && rows[d->kind].reason == MUST && is_blank(s))
		return diag_set(reterr, -EINVAL, "%s",
		    _("a reason is needed: the record says why"));
	return 0;
}

/* ---- is it still what it was --------------------------------------------- */

static bool
same_places(const json_t *a, const json_t *b)
{
	struct text of[2];
	bool same;

	for (unsigned i = 0; i < 2; i++) {
		text_init(&of[i], 8192);
		line_names(&of[i], json_object_get(i == 0 ? a : b, "upstreams"));
	}
	same = strcmp(text_str(&of[0]), text_str(&of[1])) == 0;
	text_fini(&of[0]);
	text_fini(&of[1]);
	return same;
}

/* Of these a person was told before saying yes.  The end moves as policies renew it. */
static bool
same(const struct deed *d, const json_t *is)
{
	static const char *const keys[] = { "rule", "via", "state", "also", "for", "owner",
		"scopes", "people" };

	if (strcmp(rows[d->kind].type, "status") == 0)
		return is_paused(is) == (d->kind == DEED_RESUME);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		json_t *a = json_object_get(d->was, keys[i]), *b = json_object_get(is, keys[i]);

		if (a != b && (a == NULL || b == NULL || !json_equal(a, b)))
			return false;
	}
	return same_places(d->was, is);
}

int
deed_still(const struct deed *d, const json_t *lines, struct diag *reterr)
{
	const json_t *is = thing_of(lines, d->kind, d->id);

	/*
	 * The daemon tells of the newest announcements alone; one that it tells of no more may
	 * stand.
	 */
	if (is == NULL)
		return diag_set(reterr, -ENOENT,
		    _("%s has ended or is no longer on the screen. Nothing was done."), d->id);
	if (!same(d, is))
		return diag_set(reterr, -ESTALE,
		    _("%s has changed since you pressed the key. Nothing was done: look again."),
		    d->id[0] != '\0' ? d->id : _("the pause"));
	return 0;
}

/* ---- what will happen ---------------------------------------------------- */

void
deed_title(struct text *out, const struct deed *d)
{
	text_printf(out, _(rows[d->kind].title), d->id);
}

void
deed_prompt(struct text *out, const struct deed *d, enum deed_field f)
{
	if (f == DEED_FOR)
		text_add(out,
		    d->kind == DEED_PAUSE ? _("For how long? (30m, 2h)")
					  : _("How long from now? (30m, 2h)"));
	else
		text_add(out,
		    rows[d->kind].reason == MUST ? _("Why? The record keeps it.")
						 : _("Why? (may stay empty)"));
}

static void
tell_thing(struct text *out, const struct deed *d)
{
	const json_t *where =
	    json_object_get(d->was, line_is(d->was, "approval") ? "via" : "upstreams");

	text_printf(out, "%s: ", d->id);
	line_words(out, d->was);
	text_add(out, "\n");
	text_add(out, _("at: "));
	line_names(out, where);
	text_add(out, "\n");
	if (json_array_size(json_object_get(d->was, "also")) > 0) {
		text_add(out, _("and the same for: "));
		line_names(out, json_object_get(d->was, "also"));
		text_add(out, "\n");
	}
}

static const char *
lasting(const struct deed *d, char *buf)
{
	int64_t ms = 0;

	units_duration(&ms, d->field[DEED_FOR]);
	return units_duration_str(ms, buf, BUF_LEN);
}

static void
tell_standing(struct text *out, const struct deed *d, const json_t *lines, wall_t now)
{
	const json_t *is = view_item(lines, d->id);
	bool renewed = strcmp(line_text(d->was, "origin"), "policy") == 0;
	char buf[BUF_LEN];

	text_printf(out,
	    renewed
		? _("announced by %s, which renews it as long as the attack lasts and its limits "
		    "allow; else it ends in ")
		: _("announced by %s; without you it ends in "),
	    line_text(d->was, "owner"));
	view_left(out, line_time(is != NULL ? is : d->was, "until"), now);
	text_add(out, "\n\n");
	if (d->kind == DEED_EXTEND)
		text_printf(out,
		    _("It will end %s from now, at every place named, and be yours: the policy lets go of it.\n"),
		    lasting(d, buf));
	else
		text_add(out,
		    _("It is taken back everywhere, now, and what it holds off comes in again. While the "
		      "attack lasts its policy may announce anew.\n"));
}

static void
tell_question(struct text *out, const struct deed *d)
{
	int people = (int)line_number(d->was, "people"), yes = (int)line_number(d->was, "said_yes");
	char buf[BUF_LEN];

	text_printf(out, _("attack %s, %.0f points; %d of %d have said yes\n\n"),
	    line_text(d->was, "incident"), line_number(d->was, "points"), yes, people);
	units_duration_str((int64_t)(line_number(d->was, "for") * 1000), buf, sizeof(buf));
	if (d->kind == DEED_DENY)
		text_add(out,
		    _("It is not done, and nobody is asked again while this attack lasts. What was done without "
		      "an answer is taken back.\n"));
	else if (yes + 1 >= people)
		text_printf(out,
		    _("With your yes it is announced at once, for %s, and again as long as the attack lasts.\n"),
		    buf);
	else
		text_printf(out, _("Your yes is written down. After it %d more are needed.\n"),
		    people - yes - 1);
}

static void
tell_pause(struct text *out, const struct deed *d)
{
	char buf[BUF_LEN];

	if (d->kind == DEED_RESUME)
		text_printf(out,
		    _("Paused by %s: %s\n\nPolicies act again by themselves, at once.\n"),
		    line_text(d->was, "paused_by"), line_text(d->was, "paused_why"));
	else
		text_printf(out,
		    _("For %s nothing new is announced by itself, whatever comes. What is announced ends as it "
		      "would; people can announce.\n"),
		    lasting(d, buf));
}

void
deed_tell(struct text *out, const struct deed *d, const json_t *lines, wall_t now)
{
	const json_t *st = line_first(lines, "status");

	if (strcmp(rows[d->kind].type, "status") != 0)
		tell_thing(out, d);
	if (strcmp(rows[d->kind].type, "mitigation") == 0)
		tell_standing(out, d, lines, now);
	else if (strcmp(rows[d->kind].type, "approval") == 0)
		tell_question(out, d);
	else
		tell_pause(out, d);
	text_add(out, "\n");
	if (!is_blank(d->field[DEED_REASON]))
		text_printf(out, _("Reason: %s\n"), d->field[DEED_REASON]);
	if (line_text(st, "you")[0] != '\0')
		text_printf(out, _("The record will say that %s did it.\n"), line_text(st, "you"));
	if (json_is_true(json_object_get(st, "dry_run")))
		text_printf(out, "%s\n", _("Dry run: BIRD is not touched."));
}

json_t *
deed_request(const struct deed *d)
{
	const struct row *r = &rows[d->kind];
	json_t *q = json_pack("{s:s}", "command", r->command);
	int64_t ms;

	if (q == NULL)
		return NULL;
	if (strcmp(r->type, "status") != 0)
		json_object_set_new(q, "what", json_string(d->id));
	if (r->lasts != NULL && units_duration(&ms, d->field[DEED_FOR]) == 0)
		json_object_set_new(q, "for", json_real((double)ms / 1000));
	if (!is_blank(d->field[DEED_REASON]))
		json_object_set_new(q, "reason", json_string(d->field[DEED_REASON]));
	return q;
}

/* ---- what became of it --------------------------------------------------- */

void
deed_outcome(struct text *out, const struct deed *d, int exit, const json_t *lines, const char *why,
    wall_t now)
{
	const struct row *r = &rows[d->kind];

	if (exit == CLI_UNREACHABLE)
		text_add(out,
		    _("NO ANSWER. It is not known whether it was done: look at it again before you repeat it.\n"));
	else if (exit != CLI_DONE)
		text_add(out, _("NOT DONE:\n"));
	else
		text_add(out, _("DONE.\n"));
	if (why != NULL && why[0] != '\0')
		text_printf(out, "%s\n", why);
	text_add(out, "\n");
	if (exit == CLI_DONE && r->done != NULL)
		text_printf(out, "%s\n", _(r->done));
	else if (d->kind == DEED_WITHDRAW)
		screen_withdrawn(out, lines, now);
	else if (d->kind == DEED_EXTEND)
		screen_announced(out, lines, now);
	else if (exit == CLI_DONE)
		screen_pending(out, lines, now);
}
