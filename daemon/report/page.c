/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "report/page_in.h"
#include "report/style.h"

#define ASK_S 30		/* where there is no script */
#define HASH_LEN 32
#define HASH_TEXT 45		/* in base64 */

/* ---- which state --------------------------------------------------------- */

static wall_t
latest_end(const struct story *s)
{
	wall_t t = { 0 };

	for (unsigned i = 0; i < s->attacks_n; i++)
		if (s->attacks[i].closed.ms > t.ms)
			t = s->attacks[i].closed;
	return t;
}

static wall_t
first_open(const struct story *s)
{
	wall_t t = { 0 };

	for (unsigned i = 0; i < s->attacks_n; i++)
		if (s->attacks[i].state != ATTACK_CLOSED &&
		    (t.ms == 0 || s->attacks[i].opened.ms < t.ms))
			t = s->attacks[i].opened;
	return t;
}

/* Of a public page, as it stood when its state was. */
static wall_t
as_of(const struct story *s)
{
	return page_is_public(s) ? s->until : s->made;
}

enum page_state
page_state(const struct story *s)
{
	return story_unwatched(s) ? PAGE_SILENT : first_open(s).ms != 0 ? PAGE_ATTACK : PAGE_CALM;
}

const char *
page_when(wall_t t, char buf[static WHEN_STRLEN])
{
	char day[WHEN_STRLEN], clock[WHEN_STRLEN];

	snprintf(buf, WHEN_STRLEN, "%.40s, %.40s", when_date(t, day), when_clock(t, clock));
	return buf;
}

void
page_lines(struct html *h, const char *class, const char *text)
{
	html_open(h, "pre", "class", class, NULL);
	while (*text != '\0') {
		int len = (int)strcspn(text, "\n");

		html_printf(h, "%.*s", len, text);
		text_add(h->to, "\n");
		text += len + (text[len] == '\n');
	}
	html_close(h);
}

/* ---- at one glance ------------------------------------------------------- */

/* A shape for each, beside word and colour. */
static void
shape(struct html *h, enum page_state state)
{
	static const char *const d[] = {
		[PAGE_CALM] = "M32 4a28 28 0 1 0 .01 0zM18 33l10 10 19-21",
		[PAGE_ATTACK] = "M32 5l29 52H3zM32 23v17M32 47v3",
		[PAGE_SILENT] = "M6 6h52v52H6zM24 24c0-12 18-11 16 1-1 6-8 6-8 13M32 45v3",
	};

	html_open(h, "svg", "class", "shape", "viewBox", "0 0 64 64", "width", "64", "height", "64",
	    "aria-hidden", "true", NULL);
	html_open(h, "path", "d", d[state], NULL);
	html_close(h);
	html_close(h);
}

static void
say_since(struct html *h, const struct story *s, enum page_state state)
{
	wall_t t = state == PAGE_ATTACK ? first_open(s)
	    : state == PAGE_CALM	? latest_end(s)
					: s->last;
	char when[WHEN_STRLEN], span[WHEN_STRLEN];

	html_open(h, "p", "class", "since", NULL);
	if (state == PAGE_SILENT && t.ms == 0)
		html_text(h, _("There is no record yet."));
	else if (state == PAGE_SILENT)
		html_printf(h,
		    _("Nothing was written into the record since %1$s: nobody watches, or it cannot be written. What is "
		      "said below may be true no more."),
		    page_when(t, when));
	else if (t.ms == 0)
		html_text(h, _("There was no attack in the time that this page knows."));
	else
		html_printf(h, _("Since %1$s: %2$s."), page_when(t, when),
		    when_span(as_of(s).ms - t.ms, span));
	html_close(h);
}

static void
verdict(struct html *h, const struct story *s, enum page_state state)
{
	static const char *const words[] = { N_("Calm"), N_("Attack"), N_("Not known") };
	static const char *const classes[] = { "state state-calm", "state state-attack",
		"state state-silent" };

	html_open(h, "div", "id", "now", "class", classes[state], NULL);
	shape(h, state);
	html_open(h, "div", NULL);
	html_heading(h, 1, "state", _(words[state]));
	say_since(h, s, state);
	html_close(h);
	html_close(h);
}

/* Takes the place of the state when nobody renews it. */
static void
verdict_old(struct html *h)
{
	html_open(h, "div", "id", "old", "class", "state state-old", "hidden", "", NULL);
	shape(h, PAGE_SILENT);
	html_open(h, "div", NULL);
	html_heading(h, 1, "old-state", _("This page is old"));
	html_open(h, "p", "class", "since", NULL);
	html_text(h, _("Minutes since it was renewed:"));
	html_text(h, " ");
	html_open(h, "strong", "id", "old-minutes", NULL);
	html_close(h);
	html_text(h, ". ");
	html_text(h, _("Do not take it for what is now. Ask those who watch."));
	html_close(h);
	html_close(h);
	html_close(h);
}

static void
written(struct html *h, const struct story *s)
{
	char at[WALL_STRLEN], clock[WHEN_STRLEN], day[WHEN_STRLEN], zone[WHEN_STRLEN];

	html_open(h, "p", "class", "written", NULL);
	html_text(h, _("Written at"));
	html_text(h, " ");
	html_open(h, "time", "id", "written", "datetime", wall_str(s->made, at), NULL);
	html_text(h, when_clock_s(s->made, clock));
	html_close(h);
	html_printf(h, ", %s, %s", when_day(s->made, day), when_here(s->made, zone));
	html_close(h);
	html_el(h, "p", "quiet",
	    _("If that is more than 3 minutes ago, nobody renews this page, and what it says may be true no more."));
}

static void
say_delay(struct html *h, const struct story *s)
{
	char when[WHEN_STRLEN], span[WHEN_STRLEN];

	if (!page_is_public(s))
		return;
	html_open(h, "p", NULL);
	html_printf(h,
	    _("This is what everybody may know: as of %1$s, later than it happened (%2$s), since attackers read it, too."),
	    page_when(s->until, when), when_span(s->made.ms - s->until.ms, span));
	html_close(h);
}

static void
warnings(struct html *h, const struct story *s)
{
	char when[WHEN_STRLEN];

	for (unsigned i = 0; i < s->paused_n; i++) {
		if (s->paused[i].to.ms != 0)
			continue;
		html_open(h, "p", "class", "warning", NULL);
		html_printf(h, _("Automatic action is paused since %1$s, by %2$s: %3$s"),
		    page_when(s->paused[i].from, when), s->paused[i].name,
		    both_in(s->paused[i].why));
		html_close(h);
	}
	if (s->log.checked && !s->log.ok) {
		html_open(h, "p", "class", "warning", NULL);
		html_printf(h,
		    _("The record is not what was written, from line %llu on: somebody changed it, or the disk is damaged. What "
		      "is said here ends there."),
		    (unsigned long long)s->log.first_bad);
		html_close(h);
	}
	if (s->log.dry_run)
		html_el(h, "p", "warning",
		    _("This is a dry run: nothing is really asked of any provider."));
}

static void
head(struct html *h, const struct story *s, enum page_state state)
{
	bool spanish = lang_get() == LANG_ES;

	html_open(h, "header", NULL);
	html_open(h, "nav", "class", "language", "aria-label", spanish ? "Idioma" : "Language",
	    NULL);
	html_open(h, "a", "href", spanish ? "../" : "es/", "hreflang", spanish ? "en" : "es",
	    "lang", spanish ? "en" : "es", NULL);
	html_text(h, spanish ? "English" : "Español");
	html_close(h);
	html_close(h);
	html_el(h, "p", "over", s->organization[0] != '\0' ? s->organization : "Seawall");
	verdict(h, s, state);
	verdict_old(h);
	page_glance(h, s);
	written(h, s);
	say_delay(h, s);
	html_close(h);
}

static void
sections(struct html *h, const struct story *s)
{
	html_open(h, "main", "id", "main", NULL);
	warnings(h, s);
	page_attacks(h, s);
	page_affected(h, s);
	page_measures(h, s);
	page_questions(h, s);
	page_links(h, s);
	page_traffic(h, s);
	page_log(h, s);
	page_watch(h, s);
	page_record(h, s);
	html_close(h);
}

void
page_write(struct text *to, const struct story *s)
{
	enum page_state state = page_state(s);
	static const char *const titles[] = { N_("Calm"), N_("ATTACK"), N_("Not known") };
	char title[2 * NAME_MAX_LEN], policy[PAGE_POLICY_LEN];
	struct html h;

	snprintf(title, sizeof(title), "%s – %s", _(titles[state]),
	    s->organization[0] != '\0' ? s->organization : "Seawall");
	html_begin(&h, to,
	    &(struct html_page){ .title = title,
		.kind = "page",
		.policy = page_policy(policy),
		.refresh_s = ASK_S,
		.script = page_script });
	html_open(&h, "p", "id", "said", "role", "status", "class", "unseen", NULL);
	html_close(&h);
	html_open(&h, "div", "id", "live", NULL);
	head(&h, s, state);
	sections(&h, s);
	html_end(&h);
}

/* ---- what a browser may do with it --------------------------------------- */

static const char *
hash(const char *before, const char *text, char buf[static HASH_TEXT])
{
	uint8_t sum[HASH_LEN];
	crypto_hash_sha256_state st;

	crypto_hash_sha256_init(&st);
	crypto_hash_sha256_update(&st, (const uint8_t *)before, strlen(before));
	crypto_hash_sha256_update(&st, (const uint8_t *)text, strlen(text));
	crypto_hash_sha256_final(&st, sum);
	return sodium_bin2base64(buf, HASH_TEXT, sum, sizeof(sum), sodium_base64_VARIANT_ORIGINAL);
}

const char *
page_policy(char buf[static PAGE_POLICY_LEN])
{
	char style[HASH_TEXT], script[HASH_TEXT];

	snprintf(buf, PAGE_POLICY_LEN,
	    "default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; connect-src 'self'; base-uri 'none'; form-action 'none'",
	    hash("\n", report_style, style), hash("", page_script, script));
	return buf;
}
