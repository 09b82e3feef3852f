/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/say.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/lang.h"
#include "base/letters.h"
#include "base/units.h"
#include "model/accepts.h"
#include "model/say_text.h"
#include "model/scope.h"

#define DRAFT_MAX 8192

static void
cut(char to[static WORDS_LEN], const char *from)
{
	size_t n = strlen(from);

	if (n < WORDS_LEN) {
		memcpy(to, from, n + 1);
		return;
	}
	n = letters_whole(from, WORDS_LEN - 4);
	memcpy(to, from, n);
	memcpy(to + n, "...", 4);
}

void
say_both(struct words *ret, say_write *write, const void *nouns)
{
	enum lang was = lang_get();
	struct text draft;

	text_init(&draft, DRAFT_MAX);
	lang_set(LANG_EN);
	write(&draft, nouns);
	cut(ret->en, text_str(&draft));
	text_clear(&draft);
	lang_set(LANG_ES);
	write(&draft, nouns);
	cut(ret->es, text_str(&draft));
	lang_set(was);
	text_fini(&draft);
}

const char *
say_fixed(const char *why)
{
	/* the empty text is the catalogue's own header */
	return why == NULL || *why == '\0' ? "-" : lang_text(why);
}

/* "419 packet/s" with the unit's name in the language set. */
static void
add_figure(struct text *out, const char *figure)
{
	static const char *const units[] = { "packet/s", "flow/s", "request/s", "alert/s",
		"drop/s" };
	size_t n = strlen(figure);

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t m = strlen(units[i]);

		if (n < m || strcmp(figure + n - m, units[i]) != 0)
			continue;
		text_printf(out, "%.*s%s", (int)(n - m), figure, lang_text(units[i]));
		return;
	}
	text_add(out, figure);
}

/* Of policies it is English of one form, which decide writes and the logs hold. */
static void
say_reason(struct text *out, const char *reason)
{
	char vantage[64], metric[32], rate[48], above[48];
	struct text limit;
	unsigned agree = 0;
	double times;

	if (sscanf(reason,
		"seen by %63[^:]: %31s %47[^,], %lf times the limit of %47[^;]; %u vantages agree",
		vantage, metric, rate, &times, above, &agree) < 5) {
		text_add(out, say_fixed(reason));
		return;
	}
	text_init(&limit, DRAFT_MAX);
	add_figure(&limit, above);
	text_printf(out, _("seen by %1$s: %2$s"), vantage, metric);
	text_add(out, " ");
	add_figure(out, rate);
	text_printf(out, _(", %1$.1f times the limit of %2$s"), times, text_str(&limit));
	if (agree > 1)
		text_printf(out, _("; %u vantages agree"), agree);
	text_fini(&limit);
}

void
say_until(struct text *out, wall_t until, wall_t t)
{
	char end[WALL_STRLEN], now[WALL_STRLEN];

	wall_str(until, end);
	wall_str(t, now);
	end[16] = '\0';		/* YYYY-MM-DDTHH:MM */
	if (strncmp(end, now, 10) == 0) {
		text_printf(out, _("until %s UTC"), end + 11);
		return;
	}
	end[10] = '\0';
	text_printf(out, _("until %1$s, %2$s UTC"), end, end + 11);
}

/* The nouns of every sentence about a mitigation. */
struct act {
	const struct settings *s;
	const struct mitigation *m;
	const char *who, *why;
	const struct words *sentence;	/* said in both languages already */
	wall_t t;
};

static void
what(struct text *out, const struct act *a)
{
	const struct rule_names names = settings_names(a->s, &a->m->rule.dst);

	rule_words_for(out, &a->m->rule, &names);
	scope_words(out, a->s, a->m->rule.scopes, a->m->via);
}

/* Who asked for all upstreams must know whom it does not reach. */
static void
write_left_out(struct text *out, const struct act *a)
{
	struct text why;

	text_init(&why, DRAFT_MAX);
	accepts_words(&why, a->s, a->m->left_out, &a->m->rule);
	if (why.len > 0)
		text_printf(out, _(" Not asked, since they would not do it: %s."), text_str(&why));
	text_fini(&why);
}

/* Why it is for several at once, and what stands no more. */
static void
write_merged(struct text *out, const struct act *a)
{
	const struct mitigation *m = a->m;
	char via[UPSTREAMS_MAX * (NAME_MAX_LEN + 2)];
	struct text attacks, was;
	uint32_t before = 0;

	text_init(&attacks, DRAFT_MAX);
	text_init(&was, DRAFT_MAX);
	for (unsigned i = 0; i < m->claims_n; i++) {
		const struct claim *c = &m->claims[i];

		text_printf(&attacks, "%si%u", i > 0 ? ", " : "", c->incident);
		if (c->was != 0 && c->was != before)
			text_printf(&was, "%sm%u", was.len > 0 ? ", " : "", c->was);
		before = c->was;
	}
	text_add(out, " ");
	text_printf(out,
	    _("It stands for the attacks %1$s at once, in the place of %2$s, because one more rule found no room at "
	      "%3$s."),
	    text_str(&attacks), text_str(&was),
	    settings_via_str(a->s, m->short_of, via, sizeof(via)));
	text_fini(&attacks);
	text_fini(&was);
}

static void
write_announce(struct text *out, const void *nouns)
{
	const struct act *a = nouns;
	const struct mitigation *m = a->m;
	struct text rule, end, why;
	char via[UPSTREAMS_MAX * (NAME_MAX_LEN + 2)];

	text_init(&rule, DRAFT_MAX);
	text_init(&end, DRAFT_MAX);
	text_init(&why, DRAFT_MAX);
	what(&rule, a);
	say_until(&end, m->until, a->t);
	say_reason(&why, m->reason);
	text_printf(out, _("We are asking %1$s to %2$s %3$s (%4$s)."),
	    settings_via_str(a->s, m->via, via, sizeof(via)), text_str(&rule), text_str(&end),
	    m->id);
	text_add(out, " ");
	if (m->origin == ORIGIN_PERSON)
		text_printf(out, _("%1$s asked for it: \"%2$s\"."), m->owner, m->reason);
	else
		text_printf(out, _("Policy %1$s decided it for attack %2$s: %3$s"), m->owner,
		    m->incident[0] != '\0' ? m->incident : "-", text_str(&why));
	if (m->claims_n > 0)
		write_merged(out, a);
	write_left_out(out, a);
	text_fini(&rule);
	text_fini(&end);
	text_fini(&why);
}

void
say_announce(struct words *ret, const struct settings *s, const struct mitigation *m, wall_t t)
{
	say_both(ret, write_announce, &(struct act){ .s = s, .m = m, .t = t });
}

static void
write_withdraw(struct text *out, const void *nouns)
{
	const struct act *a = nouns;
	char via[UPSTREAMS_MAX * (NAME_MAX_LEN + 2)];
	struct text rule;

	text_init(&rule, DRAFT_MAX);
	what(&rule, a);
	text_printf(out, _("We are taking back from %1$s the request to %2$s (%3$s). Why: %4$s"),
	    settings_via_str(a->s, a->m->via, via, sizeof(via)), text_str(&rule), a->m->id,
	    say_fixed(a->why));
	text_fini(&rule);
}

void
say_withdraw(struct words *ret, const struct settings *s, const struct mitigation *m,
    const char *why)
{
	say_both(ret, write_withdraw, &(struct act){ .s = s, .m = m, .why = why });
}

static void
write_extend(struct text *out, const void *nouns)
{
	const struct act *a = nouns;
	struct text rule, end, who, why;

	text_init(&rule, DRAFT_MAX);
	text_init(&end, DRAFT_MAX);
	text_init(&who, DRAFT_MAX);
	text_init(&why, DRAFT_MAX);
	what(&rule, a);
	say_reason(&why, a->m->reason);
	say_until(&end, a->m->until, a->t);
	text_printf(&who, a->m->origin == ORIGIN_POLICY ? _("Policy %s") : "%s", a->who);
	text_printf(out,
	    _("%1$s extended the request to %2$s (%3$s): it now stands %4$s. Why: %5$s"),
	    text_str(&who), text_str(&rule), a->m->id, text_str(&end), text_str(&why));
	text_fini(&rule);
	text_fini(&end);
	text_fini(&who);
	text_fini(&why);
}

void
say_extend(struct words *ret, const struct settings *s, const struct mitigation *m, const char *who,
    wall_t t)
{
	say_both(ret, write_extend, &(struct act){ .s = s, .m = m, .who = who, .t = t });
}

static void
write_refusal(struct text *out, const void *nouns)
{
	const struct act *a = nouns;
	struct text rule;

	text_init(&rule, DRAFT_MAX);
	what(&rule, a);
	text_printf(out,
	    _("We did not ask anybody to %1$s: the last check before acting refused it. Why: %2$s"),
	    text_str(&rule), lang_get() == LANG_ES ? a->sentence->es : a->sentence->en);
	text_fini(&rule);
}

void
say_refusal(struct words *ret, const struct settings *s, const struct mitigation *m,
    const struct words *why)
{
	say_both(ret, write_refusal, &(struct act){ .s = s, .m = m, .sentence = why });
}

static void
write_missing(struct text *out, const void *nouns)
{
	const struct act *a = nouns;
	struct text rule;

	text_init(&rule, DRAFT_MAX);
	what(&rule, a);
	text_printf(out,
	    _("%1$s was no longer being asked to %2$s (%3$s), though it should be. We are asking "
	      "again."),
	    a->who, text_str(&rule), a->m->id);
	text_fini(&rule);
}

void
say_missing(struct words *ret, const struct settings *s, const struct mitigation *m,
    const char *upstream)
{
	say_both(ret, write_missing, &(struct act){ .s = s, .m = m, .who = upstream });
}

static void
write_differs(struct text *out, const void *nouns)
{
	const struct act *a = nouns;
	struct text rule;

	text_init(&rule, DRAFT_MAX);
	what(&rule, a);
	text_printf(out,
	    _("%1$s is not being asked to %2$s (%3$s): our router sends the route, but without the community that says "
	      "so. Please look at the export filter in its bird.conf."),
	    a->who, text_str(&rule), a->m->id);
	text_fini(&rule);
}

void
say_differs(struct words *ret, const struct settings *s, const struct mitigation *m,
    const char *upstream)
{
	say_both(ret, write_differs, &(struct act){ .s = s, .m = m, .who = upstream });
}

static void
write_carried(struct text *out, const void *nouns)
{
	const struct act *a = nouns;

	text_printf(out, _("%1$s is being told now (%2$s): our router was asked, and sends it."),
	    a->who, a->m->id);
}

void
say_carried(struct words *ret, const struct settings *s, const struct mitigation *m,
    const char *upstream)
{
	say_both(ret, write_carried, &(struct act){ .s = s, .m = m, .who = upstream });
}

struct result {
	const char *id, *router, *bird;
	enum outcome o;
};

static void
write_outcome(struct text *out, const void *nouns)
{
	static const char *const sentences[] = {
		[OUTCOME_APPLIED] = N_("Router %1$s took the change (%2$s)."),
		[OUTCOME_REFUSED] = N_("Router %1$s refused the change (%2$s) and keeps what it "
				       "had."),
		[OUTCOME_UNKNOWN] = N_("Router %1$s did not say whether it took the change (%2$s). "
				       "We will find out and try again."),
	};
	const struct result *r = nouns;

	text_printf(out, _(sentences[r->o]), r->router, r->id);
	if (r->bird == NULL || *r->bird == '\0' || r->o == OUTCOME_APPLIED)
		return;
	text_add(out, " ");
	text_printf(out, _("Its words: \"%s\"."), r->bird);
}

void
say_outcome(struct words *ret, const char *id, const char *router, enum outcome o, const char *bird)
{
	say_both(ret, write_outcome,
	    &(struct result){ .id = id, .router = router, .o = o, .bird = bird });
}
