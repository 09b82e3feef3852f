/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/document_in.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

/* ---- to the sink --------------------------------------------------------- */

void
doc_heading(struct doc *d, unsigned level, const char *anchor, const char *text)
{
	if (d->to->heading != NULL)
		d->to->heading(d->ctx, level, anchor, text);
}

static void
say(struct doc *d, void (*to)(void *ctx, const char *text), const char *fmt, va_list ap)
{
	text_clear(&d->t);
	text_vprintf(&d->t, fmt, ap);
	if (to != NULL)
		to(d->ctx, text_str(&d->t));
}

void
doc_say(struct doc *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(d, d->to->sentence, fmt, ap);
	va_end(ap);
}

void
doc_warn(struct doc *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(d, d->to->warning, fmt, ap);
	va_end(ap);
}

void
doc_item(struct doc *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(d, d->to->item, fmt, ap);
	va_end(ap);
}

void
doc_table(struct doc *d, const char *caption, const struct column *columns, unsigned n)
{
	if (d->to->table != NULL)
		d->to->table(d->ctx, caption, columns, n);
}

void
doc_row(struct doc *d, const char *const *cells, unsigned n)
{
	if (d->to->row != NULL)
		d->to->row(d->ctx, cells, n);
}

void
doc_table_end(struct doc *d)
{
	if (d->to->table_end != NULL)
		d->to->table_end(d->ctx);
}

void
doc_more(struct doc *d, unsigned n)
{
	if (n > ROWS_MAX)
		doc_say(d,
		    _("%1$u of %2$u are shown, the gravest or first ones. All are in the report as JSON."),
		    ROWS_MAX, n);
}

unsigned *
doc_order(const struct doc *d, unsigned n, int (*cmp)(const void *a, const void *b, void *story))
{
	unsigned *order = calloc(n > 0 ? n : 1, sizeof(*order));

	for (unsigned i = 0; order != NULL && i < n; i++)
		order[i] = i;
	if (order != NULL)
		qsort_r(order, n, sizeof(*order), cmp, (void *)(uintptr_t)d->s);
	return order;
}

/* ---- figures ------------------------------------------------------------- */

const char *
doc_rate(double bps, char buf[static WHEN_STRLEN])
{
	if (isnan(bps))
		snprintf(buf, WHEN_STRLEN, "-");
	else
		units_rate_str(bps, "bit/s", buf, WHEN_STRLEN);
	return buf;
}

const char *
doc_share(double share, char buf[static WHEN_STRLEN])
{
	if (isnan(share))
		snprintf(buf, WHEN_STRLEN, "-");
	else
		snprintf(buf, WHEN_STRLEN,
		    share < 0.01 && share > 0 ? "%.2f %%"
			: share < 0.1	      ? "%.1f %%"
					      : "%.0f %%",
		    share * 100);
	return buf;
}

const char *
doc_time(wall_t t, char buf[static WHEN_STRLEN])
{
	char day[WHEN_STRLEN], clock[WHEN_STRLEN];

	if (t.ms == 0)
		snprintf(buf, WHEN_STRLEN, "-");
	else
		snprintf(buf, WHEN_STRLEN, "%.40s %.40s", when_date(t, day),
		    when_clock_s(t, clock));
	return buf;
}

const char *
doc_member(const struct story *s, uint32_t member)
{
	if (member >= s->residents_n)
		return _("an address of no member");
	return s->residents[member].name[0] != '\0' ? s->residents[member].name : _("a member");
}

const char *
doc_person(const struct doc *d, const char *name)
{
	if (doc_whole(d))
		return name;
	return strcmp(name, "committee") == 0 ? _("the committee")
	    : strcmp(name, "operator") == 0   ? _("an operator")
					      : _("a person");
}

const char *
doc_rule(const struct measure *m)
{
	return both_in(m->rule)[0] != '\0' ? both_in(m->rule) : measure_words(m->kind);
}

void
doc_upstreams(struct text *out, const struct story *s, uint32_t upstreams)
{
	char buf[NAME_MAX_LEN];
	unsigned n = 0;

	if (upstreams == (UINT32_C(1) << s->upstreams_n) - 1) {
		text_add(out, _("all providers"));
		return;
	}
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (upstreams >> i & 1)
			text_printf(out, "%s%s", n++ > 0 ? ", " : "", story_upstream(s, i, buf));
}

/* ---- the beginning ------------------------------------------------------- */

static void
write_title(struct doc *d)
{
	const struct story *s = d->s;
	const struct attack *a = s->incident[0] != '\0' ? story_attack(s, s->incident) : NULL;
	char range[WHEN_STRLEN], here[WHEN_STRLEN];
	struct text title, below;

	text_init(&title, SENTENCE_MAX);
	text_init(&below, SENTENCE_MAX);
	if (a != NULL && a->subject[0] != '\0')
		text_printf(&title, _("The attack on %1$s (%2$s)"), a->subject, a->id);
	else if (s->incident[0] != '\0')
		text_printf(&title, _("The attack %s"), s->incident);
	else if (s->member[0] != '\0')
		text_printf(&title, _("Attacks, and what was done: report for %s"), s->member);
	else
		text_add(&title, _("Attacks, and what was done about them"));
	if (s->organization[0] != '\0')
		text_printf(&below, "%s. ", s->organization);
	text_printf(&below, _("%1$s. Times are those of %2$s."),
	    when_range(s->since, s->until, range), when_here(s->until, here));
	if (d->to->title != NULL)
		d->to->title(d->ctx, text_str(&title), text_str(&below));
	text_fini(&title);
	text_fini(&below);
}

static void
warn_kinds(struct doc *d)
{
	const struct provenance *p = &d->s->log;
	struct text kinds;

	text_init(&kinds, SENTENCE_MAX);
	for (unsigned i = 0; i < p->kinds_n; i++)
		text_printf(&kinds, "%s%s (%u)", i > 0 ? ", " : "", p->unknown[i].kind,
		    p->unknown[i].n);
	doc_warn(d,
	    _("Lines of kinds that this program does not know, and that are not in this report: %1$u. Their kinds: "
	      "%2$s. A newer program may know them."),
	    p->unknown_n, text_str(&kinds));
	text_fini(&kinds);
}

static void
write_warnings(struct doc *d)
{
	const struct story *s = d->s;
	const struct provenance *p = &s->log;
	char when[WHEN_STRLEN];

	if (s->view != STORY_COMMITTEE)
		doc_say(d,
		    _("This is the report for those outside the committee. Left out, since attackers read it, too: "
		      "limits, addresses, names of people and providers, and reasons that would tell how we decide."));
	if (p->checked && !p->ok)
		doc_warn(d,
		    _("Do not rely on this report: the record it is made from is NOT what was written. %s"),
		    p->why);
	if (p->malformed > 0)
		doc_warn(d,
		    _("Lines that could not be read, and that are not in this report: %1$u. The first is number %2$llu."),
		    p->malformed, (unsigned long long)p->malformed_first);
	if (p->unknown_n > 0)
		warn_kinds(d);
	if (p->left_out > 0)
		doc_warn(d,
		    _("There was more than a report has room for; left out: %u. Ask for a shorter time."),
		    p->left_out);
	if (p->dry_run)
		doc_warn(d,
		    _("Seawall ran on trial in this time: it decided and wrote down, and told no router."));
	if (s->last.ms != 0 && s->until.ms - s->last.ms >= STORY_SILENT_MS)
		doc_warn(d, _("The record ends at %s: nothing is known of what came after."),
		    doc_time(s->last, when));
}

void
document_write(const struct story *s, const struct document *to, void *ctx)
{
	struct doc d = { .to = to, .ctx = ctx, .s = s };

	text_init(&d.t, SENTENCE_MAX);
	write_title(&d);
	write_warnings(&d);
	if (s->first.ms == 0 && s->view != STORY_COMMITTEE) {
		doc_say(&d, "%s",
		    _("Nothing to tell yet: what is recent is held back for a while, and there is nothing older in this "
		      "time."));
	} else if (s->first.ms == 0) {
		doc_say(&d, "%s", _("The record has no line of this time."));
	} else {
		document_short(&d);
		document_attacks(&d);
		document_affected(&d);
		document_measures(&d);
		document_people(&d);
		document_blind(&d);
		document_wrong(&d);
		document_without(&d);
		document_timeline(&d);
	}
	document_check(&d);
	text_fini(&d.t);
}
