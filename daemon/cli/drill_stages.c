/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stages of a drill, each with its verdict. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "cli/drill.h"

#define SAY_MAX 1024

struct stages {
	const struct drill_facts *f;
	const struct settings *s;
	const struct drill_beside *b;
	drill_tell *tell;
	void *ctx;
	struct drill_sum sum;
};

/* `when` ms 0: no time is told. */
static void __attribute__((format(printf, 5, 6)))
stage(struct stages *st, const char *name, enum drill_verdict v, wall_t when, const char *fmt, ...)
{
	double after = when.ms != 0 ? (double)(when.ms - st->f->begun.ms) / 1000 : -1;
	char say[SAY_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(say, sizeof(say), fmt, ap);
	va_end(ap);
	st->sum.of[v]++;
	st->tell(st->ctx, name, v, after, say);
}

static const wall_t never = { 0 };

static void
begun(struct stages *st)
{
	const struct drill_facts *f = st->f;
	char rate[32];

	units_rate_str(f->rate_bps, "bit/s", rate, sizeof(rate));
	if (f->begun.ms == 0)
		stage(st, "begun", DRILL_FAIL, never, "%s", _("the record knows of no drill"));
	else
		stage(st, "begun", DRILL_PASS, never, _("%1$s began it at %2$s, for at most %3$s: "
		    "\"%4$s\""), f->who, f->prefix,
		    rate, f->why);
}

static void
seen(struct stages *st)
{
	const struct drill_facts *f = st->f;
	char rate[32];

	units_rate_str(f->peak_bps, "bit/s", rate, sizeof(rate));
	if (f->seen.ms == 0)
		stage(st, "seen", DRILL_FAIL, never, "%s", _("no sensor saw it, or not enough of "
		    "it for an attack"));
	else
		stage(st, "seen", f->vantages[0] != '\0' ? DRILL_PASS : DRILL_FAIL, f->seen,
		    _("recognised as an attack, from: %1$s; %2$s at most"),
		        f->vantages[0] != '\0' ? f->vantages : "?", rate);
}

static void
decided(struct stages *st)
{
	const struct drill_facts *f = st->f;

	if (f->decided.ms != 0)
		stage(st, "decided", DRILL_PASS, f->decided,
		    _("decided, and written down before it was done: %u announcements"),
		    f->measures_n);
	else if (f->not_done[0] != '\0')
		stage(st, "decided", DRILL_FAIL, never, _("nothing was announced. The record "
		    "says: %s"), f->not_done);
	else if (f->object[0] != '\0')
		stage(st, "decided", DRILL_FAIL, never,
		    _("nothing was announced: it had %1$.1f points at most. Against it speaks what "
		      "%2$s sees: what comes there, and little of this"), f->points, f->object);
	else
		stage(st, "decided", DRILL_FAIL, never,
		    _("nothing was announced, and the record does not say why: it had %.1f points "
		      "at most"), f->points);
}

static bool
concerned(const struct stages *st, unsigned router)
{
	for (unsigned u = 0; u < st->s->upstreams_n; u++)
		if ((st->f->via >> u & 1) && st->s->upstreams[u].router == router)
			return true;
	return false;
}

static void
in_bird(struct stages *st)
{
	for (unsigned r = 0; r < st->s->routers_n; r++) {
		const char *name = st->s->routers[r].name, *bird = st->f->bird[r];

		if (!concerned(st, r))
			continue;
		if (st->f->applied[r].ms != 0)
			stage(st, "router", DRILL_PASS, st->f->applied[r],
			    _("router %s: BIRD runs it"), name);
		else
			stage(st, "router", DRILL_FAIL, never,
			    _("router %1$s: BIRD does not run it; it said: %2$s"), name,
			    bird[0] != '\0' ? bird : "-");
	}
	if (st->f->via == 0)
		stage(st, "router", DRILL_FAIL, never, "%s", _("BIRD was asked for nothing"));
}

/* The last word about each announcement counts; NULL: all of them were read back there. */
static const char *
not_sent(const struct drill_facts *f, unsigned u)
{
	bool seen = f->exported[u].ms != 0;
	unsigned words[DRILL_DIFFERS + 1] = { 0 };

	for (unsigned i = 0; i < f->measures_n; i++)
		if (f->measures[i].via >> u & 1)
			words[f->measures[i].sent[u]]++;
	if (words[DRILL_DIFFERS] > 0)
		return _("%s: sent, but without what makes it act");
	if (words[DRILL_MISSING] > 0 && seen)
		return _("%s: it was sent there, and then it was not any more, before it was taken back");
	if (words[DRILL_UNSENT] > 0 && seen)
		return _("%s: not all of it was read back from what BIRD sends it");
	if (seen)
		return NULL;
	return _("%s: it was not sent there: is the session up, and does the filter let it pass?");
}

static void
at_upstream(struct stages *st, unsigned u)
{
	const struct drill_facts *f = st->f;
	const char *name = st->s->upstreams[u].name, *why_not = not_sent(f, u);
	char say[SAY_MAX];

	if (why_not != NULL) {
		snprintf(say, sizeof(say), why_not, name);
		stage(st, "upstream", DRILL_FAIL, never, "%s", say);
		return;
	}
	stage(st, "upstream", DRILL_PASS, f->exported[u], _("%s: read back from what BIRD sends "
	    "it"), name);
	if (f->effective[u].ms != 0)
		stage(st, "effective", DRILL_PASS, f->effective[u],
		    _("%s: measured to be effective"), name);
	else
		stage(st, "effective", DRILL_NOTE, never, _("%s: whether it acts was not "
		    "measured: look at its looking glass"),
		    name);
}

static void
at_upstreams(struct stages *st)
{
	for (unsigned u = 0; u < st->s->upstreams_n; u++)
		if (st->f->via >> u & 1)
			at_upstream(st, u);
		else
			stage(st, "upstream", DRILL_NOTE, never,
			    _("%s: was not asked, by the policy"), st->s->upstreams[u].name);
}

static void
told(struct stages *st)
{
	const struct drill_beside *b = st->b;
	unsigned heard = b->told_of_it + b->told_perhaps;

	if (b->told_n == 0)
		stage(st, "told", DRILL_NOTE, never, "%s", _("nobody is to be told of attacks: "
		    "`notify` has no one for them"));
	else if (!b->told_known)
		stage(st, "told", DRILL_NOTE, never, "%s", _("whether messages went out is not "
		    "shown: the messenger's state cannot be read"));
	else if (b->told_waiting > 0)
		stage(st, "told", DRILL_FAIL, never, "%s",
		    _("messages wait yet: somebody cannot be reached"));
	else if (heard < b->told_n)
		stage(st, "told", DRILL_FAIL, never,
		    _("of %1$u who are to be told of attacks %2$u got no message since it was seen"),
		    b->told_n, b->told_n - heard);
	else if (b->told_perhaps > 0)
		stage(st, "told", DRILL_NOTE, never,
		    _("whether %2$u of the %1$u who are to be told heard of this drill is not "
		      "shown: they get many things as one message"), b->told_n, b->told_perhaps);
	else
		stage(st, "told", DRILL_PASS, never,
		    _("messages of it went out to all %u who are to be told"),
		    b->told_n);
}

static void
released(struct stages *st)
{
	const struct drill_facts *f = st->f;
	unsigned standing = 0;

	for (unsigned i = 0; i < f->measures_n; i++)
		standing += !f->measures[i].withdrawn;
	if (f->more > 0)
		stage(st, "released", DRILL_FAIL, never,
		    _("there were more than %u announcements: not all of them were followed"),
		    DRILL_MEASURES);
	else if (f->measures_n == 0)
		stage(st, "released", DRILL_FAIL, never, "%s", _("there was nothing to take back"));
	else if (standing > 0)
		stage(st, "released", DRILL_FAIL, never, _("%1$u of %2$u announcements stand "
		    "yet"), standing, f->measures_n);
	else
		stage(st, "released", DRILL_PASS, f->released, "%s",
		    _("all announcements were taken back"));
}

static void
clean(struct stages *st)
{
	const struct drill_facts *f = st->f;

	for (unsigned r = 0; r < st->s->routers_n; r++) {
		const char *name = st->s->routers[r].name;

		if (!concerned(st, r))
			continue;
		if (f->taken_out[r].ms == 0 || f->taken_out[r].ms < f->released.ms)
			stage(st, "clean", DRILL_FAIL, never,
			    _("router %s: BIRD has not confirmed that it is gone"), name);
		else if (f->ghosts > 0)
			stage(st, "clean", DRILL_FAIL, never,
			    _("router %s: something of it was found there afterwards"), name);
		else
			stage(st, "clean", DRILL_PASS, f->taken_out[r],
			    _("router %s: BIRD confirmed that it runs without it"),
			    name);
	}
}

static void
ended(struct stages *st)
{
	const struct drill_facts *f = st->f;

	if (f->real)
		stage(st, "marked", DRILL_FAIL, never, "%s",
		    _("it was more, or lasted longer, than the drill: it was treated as an "
		    "attack"));
	else if (f->ended.ms == 0 && st->b->now.ms > f->until.ms)
		stage(st, "marked", DRILL_FAIL, never, "%s",
		    _("its time is over, and nothing says that it ended: does the daemon run?"));
	else if (strcmp(f->result, "failed") == 0)
		stage(st, "marked", DRILL_FAIL, f->ended, "%s",
		    _("who ended it says that it failed"));
	else if (f->unmarked > 0)
		stage(st, "marked", DRILL_FAIL, never, "%s",
		    _("the record has an attack at its address that it does not call a drill"));
	else if (f->ended.ms == 0)
		stage(st, "marked", DRILL_NOTE, never, "%s",
		    _("it goes on: what its records say until its end is not shown yet"));
	else
		stage(st, "marked", DRILL_PASS, f->ended, "%s",
		    _("every record of it says that it is a drill"));
	if (f->others > 0)
		stage(st, "others", DRILL_NOTE, never, _("meanwhile %u other attacks began: those "
		    "are real, and were treated so"),
		    f->others);
}

static void
verifies(struct stages *st)
{
	if (st->b->verifies)
		stage(st, "record", DRILL_PASS, never, "%s",
		    _("the record holds together: no line was changed, none is missing in between"));
	else
		stage(st, "record", DRILL_FAIL, never, _("the record does not verify: %s"),
		    st->b->why_not);
}

struct drill_sum
drill_stages(const struct drill_facts *f, const struct settings *s, const struct drill_beside *b,
    drill_tell *tell, void *ctx)
{
	static void (*const all[])(struct stages *) = {
		begun, seen, decided, in_bird, at_upstreams, told, released, clean, ended, verifies,
	};
	struct stages st = { .f = f, .s = s, .b = b, .tell = tell, .ctx = ctx };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all) && (i == 0 || f->begun.ms != 0); i++)
		all[i](&st);
	return st.sum;
}

const char *
drill_not_shown(const struct drill_facts *f, unsigned i)
{
	static const char *const always[] = {
		N_("Whether the provider really drops: only its looking glass, its counters or a "
		    "canary in a real attack say so."),
		N_("Whether the provider took it off again: BIRD withdrew it, and nobody asked the "
		    "other side."),
		N_("Whether the links, the routers and this machine bear a real flood: the drill "
		    "is small."),
		N_("Whether the thresholds fit another attack: this one was played to reach them."),
		NULL,
	};
	static const struct { const char *by, *say; } ways[] = {
		{ "flows", N_("Whether the routers export flows under load: these were written by "
		    "the drill itself.") },
		{ "feed", N_("Whether any sensor of our own sees packets: a detector's word was "
		    "played.") },
	};
	unsigned n = sizeof(always) / sizeof(*always) - 1;

	if (i < n)
		return lang_text(always[i]);
	for (size_t k = 0; i == n && k < sizeof(ways) / sizeof(*ways); k++)
		if (strcmp(f->by, ways[k].by) == 0)
			return lang_text(ways[k].say);
	return NULL;
}
