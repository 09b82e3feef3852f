/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/assume.h"

#include "base/lang.h"
#include "base/text.h"
#include "model/invalid.h"
#include "model/scope.h"

#define SENTENCE_MAX 2048

static void
add_lengths(struct text *t, const struct lengths *four, const struct lengths *six, const char *what)
{
	if (four->max == 0 && six->max == 0)
		return;
	text_printf(t, "%s%s", t->len > 0 ? ", " : "", what);
	if (four->max != 0)
		text_printf(t, " /%u-/%u", four->min, four->max);
	if (six->max != 0)
		text_printf(t, "%s/%u-/%u (IPv6)", four->max != 0 ? _(" and ") : " ", six->min,
		    six->max);
}

/* What stands in the profile, without what it does not say. */
static void
add_assumed(struct text *t, const struct upstream *u)
{
	const struct profile *p = &u->profile;
	char list[SCOPES_MAX * NAME_MAX_LEN];

	add_lengths(t, &p->rtbh4, &p->rtbh6, _("blackholes"));
	if (p->community[0] != '\0')
		text_printf(t, _(" by %s"), p->community);
	if (p->scopes_n > 0)
		text_printf(t, _(", in parts of the world as well (%s)"),
		    scope_list(p, list, sizeof(list)));
	if (p->scrubs)
		add_lengths(t, &p->divert4, &p->divert6, _("scrubbing of"));
	add_lengths(t, &p->source4, &p->source6, _("dropping by source"));
	if (u->flowspec)
		text_printf(t,
		    p->rate_limit ? _(", %u FlowSpec rules, limits included")
				  : _(", %u FlowSpec rules that drop"),
		    u->flowspec_max_rules);
	else
		text_add(t, _(", no FlowSpec"));
	if (u->max_prefix != 0)
		text_printf(t, _(", the session ends at %u routes of a family"), u->max_prefix);
	if (p->irr == SAID_YES)
		text_add(t, _(", our space in a routing registry"));
	if (p->takes_invalid != SAID_UNKNOWN)
		text_add(t, p->takes_invalid == SAID_NO ? _(", nothing that is invalid by RPKI")
							: _(", what is invalid by RPKI as well"));
	if (p->forwards != SAID_UNKNOWN)
		text_add(t, p->forwards == SAID_NO ? _(", blackholes are not passed on")
						   : _(", blackholes are passed on"));
}

/* What nobody has said yet. */
static void
add_open(struct text *t, const struct upstream *u)
{
	const struct profile *p = &u->profile;
	const char *const open[] = {
		p->community[0] == '\0' ? _("which community") : NULL,
		u->max_prefix == 0 ? _("how many routes end the session") : NULL,
		p->irr == SAID_UNKNOWN ? _("whether our space is looked up in a routing registry")
				       : NULL,
		p->takes_invalid == SAID_UNKNOWN ? _("whether what is invalid by RPKI is dropped")
						 : NULL,
		p->forwards == SAID_UNKNOWN ? _("whether blackholes are passed on") : NULL,
	};
	bool first = true;

	for (unsigned i = 0; i < sizeof(open) / sizeof(*open); i++) {
		if (open[i] == NULL)
			continue;
		text_add(t, first ? _("; not said: ") : ", ");
		text_add(t, open[i]);
		first = false;
	}
}

static void
say_text(const struct settings *s, const struct upstream *u, bool wrong, struct text *t,
    assume_say *say, void *ctx)
{
	say(ctx, wrong, s->file, u->line, text_str(t));
	text_clear(t);
}

static void
tell_profile(const struct settings *s, const struct upstream *u, assume_say *say, void *ctx)
{
	const struct profile *p = &u->profile;
	struct text t, assumed;

	text_init(&t, SENTENCE_MAX);
	text_init(&assumed, SENTENCE_MAX);
	add_assumed(&assumed, u);
	text_printf(&t, _("upstream \"%s\" (session %s): profile %s assumes %s"), u->name,
	    u->protocol, p->name, text_str(&assumed));
	add_open(&t, u);
	text_add(&t, _(": verify it with them"));
	if (p->source[0] != '\0')
		text_printf(&t, " (%s%s%s)", p->source, p->as_of[0] != '\0' ? ", " : "", p->as_of);
	say_text(s, u, false, &t, say, ctx);
	text_fini(&assumed);
	text_fini(&t);
}

static void
add_said_lengths(struct text *t, unsigned min, unsigned max, const char *family)
{
	if (max == 0 && min == 0)
		return;
	if (min == max)
		text_printf(t, "%s%s /%u", t->len > 0 ? ", " : "", family, max);
	else if (min == 0)
		text_printf(t, _("%s%s up to /%u"), t->len > 0 ? ", " : "", family, max);
	else
		text_printf(t, "%s%s /%u-/%u", t->len > 0 ? ", " : "", family, min, max);
}

static void
add_said(struct text *t, enum said what, const char *yes, const char *no)
{
	if (what == SAID_YES && yes != NULL)
		text_printf(t, ", %s", yes);
	if (what == SAID_NO && no != NULL)
		text_printf(t, ", %s", no);
}

static void
add_hearsay(struct text *t, const struct hearsay_network *n)
{
	add_said_lengths(t, n->min4, n->max4, "IPv4");
	add_said_lengths(t, n->min6, n->max6, "IPv6");
	if (t->len == 0)
		text_add(t, _("blackholes"));
	if (n->community[0] != '\0')
		text_printf(t, _(" by %s"), n->community);
	add_said(t, n->on_request, _("on request only"), NULL);
	add_said(t, n->irr, _("with our space in a routing registry"), NULL);
	add_said(t, n->takes_invalid, _("also what is invalid by RPKI"),
	    _("nothing that is invalid by RPKI"));
	add_said(t, n->covering, _("if the covering prefix is valid"), NULL);
	add_said(t, n->forwards, _("passed on"), _("not passed on"));
	add_said(t, n->selective, _("selective blackholes as well"), _("no selective blackholes"));
	if (n->note[0] != '\0')
		text_printf(t, "; %s", n->note);
	if (n->doubt[0] != '\0')
		text_printf(t, _("; doubtful: %s"), n->doubt);
}

/* Does the profile let something through that they are said to refuse? */
static bool
is_wider(const struct lengths *ours, unsigned min, unsigned max)
{
	return ours->max != 0 && ((min != 0 && ours->min < min) || (max != 0 && ours->max > max));
}

static void
tell_difference(const struct settings *s, const struct upstream *u, const struct hearsay_network *n,
		assume_say *say, void *ctx)
{
	const struct profile *p = &u->profile;
	bool four = is_wider(&p->rtbh4, n->min4, n->max4);
	const struct lengths *ours = four ? &p->rtbh4 : &p->rtbh6;
	struct text t;

	text_init(&t, SENTENCE_MAX);
	if (four || is_wider(&p->rtbh6, n->min6, n->max6)) {
		text_printf(&t,
		    _("upstream \"%s\": profile %s assumes blackholes from /%u to /%u, and AS%u (%s) is "
		      "said to refuse some of them"),
		    u->name, p->name, ours->min, ours->max, n->asn, n->name);
		say_text(s, u, true, &t, say, ctx);
	}
	if (p->takes_invalid == SAID_YES && n->takes_invalid == SAID_NO) {
		text_printf(&t,
		    _("upstream \"%s\": profile %s assumes that what is invalid by RPKI is taken, and "
		      "AS%u (%s) is said to drop it"),
		    u->name, p->name, n->asn, n->name);
		say_text(s, u, true, &t, say, ctx);
	}
	text_fini(&t);
}

static void
tell_hearsay(const struct settings *s, const struct upstream *u, const struct hearsay *h,
    assume_say *say, void *ctx)
{
	const struct hearsay_network *n = hearsay_find(h, u->asn);
	struct text t, what;

	if (n == NULL)
		return;
	text_init(&t, SENTENCE_MAX);
	text_init(&what, SENTENCE_MAX);
	add_hearsay(&what, n);
	text_printf(&t,
	    _("upstream \"%s\" (session %s): AS%u (%s) is said to take %s: verify it with them (%s, %s)"),
	    u->name, u->protocol, n->asn, n->name, text_str(&what), h->source, h->as_of);
	say_text(s, u, false, &t, say, ctx);
	text_fini(&what);
	text_fini(&t);
	tell_difference(s, u, n, say, ctx);
}

/* The session must bear what is ours besides. */
static void
tell_budget(const struct settings *s, const struct upstream *u, assume_say *say, void *ctx)
{
	bool sources = u->profile.drops4 || u->profile.drops6;
	unsigned most = u->max_routes + (sources ? u->max_sources : 0);
	struct text t;

	if (u->max_prefix == 0 || most < u->max_prefix)
		return;
	text_init(&t, SENTENCE_MAX);
	text_printf(&t,
	    _("upstream \"%s\": the %u routes that it may carry of ours could reach the %u at which they "
	      "end the session: announcements stop before"),
	    u->name, most, u->max_prefix);
	say_text(s, u, true, &t, say, ctx);
	text_fini(&t);
}

/* What BIRD says of the session now; nothing where it was not asked. */
static void
tell_session(const struct settings *s, const struct upstream *u, assume_say *say, void *ctx)
{
	static const char *const names[CHANNEL_N] = { "IPv4", "IPv6", "FlowSpec IPv4",
		"FlowSpec IPv6" };
	struct text t;

	text_init(&t, SENTENCE_MAX);
	for (unsigned c = 0; c < CHANNEL_N; c++) {
		const struct channel_room *r = &u->rooms[c];
		unsigned most = c >= CHANNEL_FLOW4 ? u->flowspec_max_rules : u->max_routes;

		if (!r->known)
			continue;
		text_printf(&t,
		    r->limit != 0
			? _("upstream \"%s\": its session carries %u %s routes now, and BIRD lets "
			    "%u through")
			: _("upstream \"%s\": its session carries %u %s routes now, without a limit "
			    "in BIRD"),
		    u->name, r->others, names[c], r->limit);
		say_text(s, u, false, &t, say, ctx);
		if (r->limit == 0 || r->limit >= most)
			continue;
		text_printf(&t,
		    _("upstream \"%s\": it may carry %u of ours, and BIRD's `export limit` lets %u %s routes "
		      "through, all others counted"),
		    u->name, most, r->limit, names[c]);
		say_text(s, u, true, &t, say, ctx);
	}
	text_fini(&t);
}

/* Would a host of ours be dropped, and not the attack on it? */
static void
tell_invalid(const struct settings *s, const struct prefix *own, assume_say *say, void *ctx)
{
	const struct rule r = { .kind = RULE_RTBH,
		.dst = prefix_of(own->family, own->addr, prefix_bits(own)) };
	struct text t;

	text_init(&t, SENTENCE_MAX);
	invalid_words(&t, s, &r, (uint32_t)((1ull << s->upstreams_n) - 1));
	if (t.len > 0)
		say(ctx, true, s->file, s->prefixes_line, text_str(&t));
	text_fini(&t);
}

void
assume_profiles(const struct settings *s, const struct hearsay *h, assume_say *say, void *ctx)
{
	for (unsigned i = 0; i < s->upstreams_n; i++) {
		const struct upstream *u = &s->upstreams[i];

		tell_profile(s, u, say, ctx);
		tell_hearsay(s, u, h, say, ctx);
		tell_budget(s, u, say, ctx);
		tell_session(s, u, say, ctx);
	}
	for (unsigned i = 0; i < s->prefixes_n; i++)
		tell_invalid(s, &s->prefixes[i], say, ctx);
}
