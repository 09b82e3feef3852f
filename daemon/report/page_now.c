/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens now, whom it touches, what is done, and what waits for whom. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/chart.h"
#include "report/page_in.h"

static const char *
member_name(const struct story *s, unsigned member)
{
	if (member >= s->residents_n)
		return _("an address of no member");
	return s->residents[member].name[0] != '\0' ? s->residents[member].name : _("a member");
}

static void
add_members(struct text *t, const struct story *s, const struct who *w)
{
	for (unsigned i = 0, n = 0; i < s->residents_n && !page_is_public(s); i++)
		if (who_has(w, i))
			text_printf(t, "%s%s", n++ > 0 ? ", " : "", s->residents[i].name);
}

static void
say_attack(struct html *h, const struct story *s, const struct attack *a)
{
	char when[WHEN_STRLEN], value[64];
	struct text members;

	text_init(&members, 512);
	add_members(&members, s, &a->members);
	html_open(h, "li", NULL);
	html_el(h, "strong", NULL, a->id);
	html_printf(h, _(", since %s"), page_when(a->opened, when));
	if (a->subject[0] != '\0')
		html_printf(h, _(", on %s"), a->subject);
	if (members.len > 0)
		html_printf(h, " (%s)", text_str(&members));
	if (both_in(a->vector)[0] != '\0')
		html_printf(h, ": %s", both_in(a->vector));
	if (isfinite(a->peak_bps) && a->peak_bps > 0)
		html_printf(h, _("; up to %s so far"),
		    chart_value(a->peak_bps, "bit/s", value, sizeof(value)));
	html_text(h, a->state == ATTACK_FADING ? _(". It is fading.") : ".");
	html_close(h);
	text_fini(&members);
}

void
page_attacks(struct html *h, const struct story *s)
{
	unsigned n = 0;

	html_heading(h, 2, "attacks", _("What is happening"));
	for (unsigned i = 0; i < s->attacks_n && n < PAGE_ROWS; i++) {
		if (s->attacks[i].state == ATTACK_CLOSED)
			continue;
		if (n++ == 0)
			html_open(h, "ul", NULL);
		say_attack(h, s, &s->attacks[i]);
	}
	if (n > 0)
		html_close(h);
	else
		html_el(h, "p", NULL, _("Nothing that is taken for an attack."));
}

/* ---- whom it touches ----------------------------------------------------- */

/* What it is affected by stands still. */
static bool
lasts(const struct story *s, const struct affected *a)
{
	return a->measure < s->measures_n && s->measures[a->measure].ended.ms == 0 &&
	    (a->to.ms == 0 || a->to.ms >= s->until.ms);
}

/* The same member in the same way is said once. */
static bool
said_before(const struct story *s, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (lasts(s, &s->affected[k]) && s->affected[k].member == s->affected[i].member &&
		    s->affected[k].how == s->affected[i].how)
			return true;
	return false;
}

/* In whatever ways, a member counts once. */
static unsigned
count_affected(const struct story *s)
{
	unsigned n = 0, k;

	for (unsigned i = 0; i < s->affected_n; i++) {
		for (k = 0; k < i &&
		     (!lasts(s, &s->affected[k]) || s->affected[k].member != s->affected[i].member);
		     k++)
			;
		n += k == i && lasts(s, &s->affected[i]);
	}
	return n;
}

/*
 * All that the same member feels in the same way now: where any of it stands, and what their bounds
 * add up to.
 */
static struct affected
together(const struct story *s, unsigned first)
{
	struct affected all = s->affected[first];

	for (unsigned i = first + 1; i < s->affected_n; i++) {
		const struct affected *a = &s->affected[i];

		if (!lasts(s, a) || a->member != all.member || a->how != all.how)
			continue;
		all.open |= a->open;
		all.upstreams |= a->upstreams;
		all.from = a->from.ms < all.from.ms ? a->from : all.from;
		all.collateral += a->collateral;
	}
	all.collateral = all.collateral > 1 ? 1 : all.collateral;
	return all;
}

static void
say_affected(struct html *h, const struct story *s, const struct affected *a)
{
	char when[WHEN_STRLEN];
	/* where we lift it for a moment to look is not for everybody */
	unsigned behind = (unsigned)__builtin_popcount(page_is_public(s) ? a->upstreams : a->open);

	html_open(h, "li", NULL);
	html_el(h, "strong", NULL, member_name(s, a->member));
	html_printf(h, ": %s", affect_words(a->how));
	html_printf(h, _(", since %s"), page_when(a->from, when));
	if (a->how == AFFECT_CUT && behind > 0 && behind < s->upstreams_n)
		html_printf(h, _(", from the networks behind %1$u of %2$u providers"), behind,
		    s->upstreams_n);
	if (a->how == AFFECT_FILTERED && isfinite(a->collateral))
		html_printf(h, _(" (at most %.1f %% of its ordinary traffic)"),
		    100 * a->collateral);
	html_text(h, ".");
	html_close(h);
}

void
page_affected(struct html *h, const struct story *s)
{
	struct affected all;
	unsigned n = 0;

	html_heading(h, 2, "members", _("Who is affected"));
	for (unsigned i = 0; i < s->affected_n && n < PAGE_ROWS; i++) {
		if (!lasts(s, &s->affected[i]) || said_before(s, i))
			continue;
		if (n++ == 0)
			html_open(h, "ul", NULL);
		all = together(s, i);
		say_affected(h, s, &all);
	}
	if (n > 0)
		html_close(h);
	else
		html_el(h, "p", NULL,
		    _("No member is cut off, and nobody's traffic is dropped by us."));
}

/* ---- what is done -------------------------------------------------------- */

static bool
stands(const struct measure *m)
{
	return m->ended.ms == 0 && !m->refused;
}

/* "transit-a, transit-b": where it stands, and whether their side has it. */
static void
add_upstreams(struct text *t, const struct story *s, const struct measure *m)
{
	char name[NAME_MAX_LEN];

	for (unsigned i = 0, n = 0; i < m->spans_n; i++) {
		const struct span *p = &m->spans[i];

		if (p->ended.ms != 0)
			continue;
		story_upstream(s, p->upstream, name);
		text_printf(t, name[0] != '\0' ? "%s%s (%s)" : "%s%s%s", n++ > 0 ? ", " : "", name,
		    p->exported.ms != 0	     ? _("sent")
			: p->applied.ms != 0 ? _("with our router")
					     : _("being asked"));
	}
}

static void
say_measure(struct html *h, const struct story *s, const struct measure *m)
{
	char when[WHEN_STRLEN];
	struct text t;

	html_row(h, NULL);
	html_cell(h, m->id);
	text_init(&t, 4096);
	text_add(&t, measure_words(m->kind));
	if (both_in(m->rule)[0] != '\0')
		text_printf(&t, ": %s", both_in(m->rule));
	html_cell(h, text_str(&t));
	text_clear(&t);
	add_upstreams(&t, s, m);
	html_cell(h, text_str(&t));
	text_clear(&t);
	text_printf(&t, m->by_person ? _("%s, by hand") : _("%s, by policy"), m->owner);
	html_cell(h,
	    page_is_public(s) ? (m->by_person ? _("a person") : _("by policy")) : text_str(&t));
	html_cell(h, page_when(m->since, when));
	if (!page_is_public(s))
		html_cell(h, m->until.ms != 0 ? page_when(m->until, when) : "");
	text_fini(&t);
}

void
page_measures(struct html *h, const struct story *s)
{
	const struct html_column columns[] = { { .name = _("Number") }, { .name = _("What") },
		{ .name = _("Where") }, { .name = _("Who decided") }, { .name = _("Since") },
		{ .name = _("Until, unless prolonged") } };
	unsigned n = 0;

	html_heading(h, 2, "measures", _("What is being done"));
	for (unsigned i = 0; i < s->measures_n && n < PAGE_ROWS; i++) {
		if (!stands(&s->measures[i]))
			continue;
		if (n++ == 0)
			html_table(h, _("What providers are asked to do for us now"), columns,
			    page_is_public(s) ? 5 : 6);
		say_measure(h, s, &s->measures[i]);
	}
	if (n > 0)
		html_table_end(h);
	else
		html_el(h, "p", NULL, _("Nothing: no provider is asked to drop anything for us."));
}

/* ---- what waits ---------------------------------------------------------- */

static void
say_question(struct html *h, const struct question *q)
{
	char when[WHEN_STRLEN];

	html_open(h, "li", NULL);
	html_el(h, "strong", NULL, q->id);
	if (both_in(q->rule)[0] != '\0')
		html_printf(h, ": %s", both_in(q->rule));
	html_printf(h, _("; asked at %s"), page_when(q->asked, when));
	if (q->until.ms != 0)
		html_printf(h, _(", can be answered until %s"), page_when(q->until, when));
	if (q->may_answer[0] != '\0')
		html_printf(h, _("; who may answer: %s"), q->may_answer);
	if (q->people > 1)
		html_printf(h, _("; so many must say yes: %u"), q->people);
	html_text(h, ".");
	html_close(h);
}

static void
say_how(struct html *h, const struct question *q)
{
	struct text t;

	html_el(h, "p", NULL,
	    _("Nothing can be decided from this page. Who may answer does it on the machine that runs Seawall, "
	      "under their own name:"));
	text_init(&t, 1024);
	text_printf(&t,
	    "seawall pending\nseawall approve %s --reason \"%s\"\nseawall deny %s --reason \"%s\"",
	    q->id, _("why"), q->id, _("why"));
	page_lines(h, NULL, text_str(&t));
	text_fini(&t);
}

void
page_questions(struct html *h, const struct story *s)
{
	const struct question *first = NULL;
	unsigned n = 0;

	html_heading(h, 2, "waiting", _("What waits for a person"));
	for (unsigned i = 0; i < s->questions_n && n < PAGE_ROWS; i++) {
		if (s->questions[i].closed.ms != 0)
			continue;
		if (n++ == 0) {
			html_open(h, "ul", NULL);
			first = &s->questions[i];
		}
		say_question(h, &s->questions[i]);
	}
	if (n == 0) {
		html_el(h, "p", NULL, _("Nothing."));
		return;
	}
	html_close(h);
	if (!page_is_public(s))
		say_how(h, first);
}

/* ---- all of it in figures ------------------------------------------------ */

static void
tile(struct html *h, const char *to, unsigned n, const char *say)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", n);
	html_open(h, "li", "class", n > 0 ? "some" : NULL, NULL);
	html_open(h, "a", "href", to, NULL);
	html_el(h, "strong", NULL, number);
	html_text(h, " ");
	html_el(h, "span", NULL, say);
	html_close(h);
	html_close(h);
}

void
page_glance(struct html *h, const struct story *s)
{
	unsigned standing = 0, waiting = 0;

	for (unsigned i = 0; i < s->measures_n; i++)
		standing += stands(&s->measures[i]);
	for (unsigned i = 0; i < s->questions_n; i++)
		waiting += s->questions[i].closed.ms == 0;
	html_open(h, "ul", "class", "glance", NULL);
	tile(h, "#members", count_affected(s), _("Members affected"));
	tile(h, "#measures", standing, _("Requests to providers"));
	tile(h, "#waiting", waiting, _("Waiting for a person"));
	html_close(h);
}
