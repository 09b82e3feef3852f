/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences about what routers and upstreams really have. */
#include "base/lang.h"
#include "model/say_text.h"

struct seen {
	const char *where, *what;	/* a router or an upstream; a network or a mitigation */
	const char *noc, *by;
	enum ghost_word ghost;
	unsigned n;
	bool yes;
};

static void
write_ghost(struct text *out, const void *nouns)
{
	static const char *const ends[] = {
		[GHOST_TAKEN] = N_("We are taking it back."),
		[GHOST_KEPT] =
		    N_("It stays until our next change there, as the configuration says."),
		[GHOST_FOREIGN] = N_("It is not in our file, so a person has to look at it."),
	};
	const struct seen *s = nouns;

	if (s->ghost == GHOST_GONE) {
		text_printf(out,
		    _("Router %1$s no longer announces what this log did not know: %2$s."),
		    s->where, s->what);
		return;
	}
	text_printf(out, _("Router %1$s announces something that this log does not know: %2$s."),
	    s->where, s->what);
	text_printf(out, " %s", _(ends[s->ghost]));
}

void
say_ghost(struct words *ret, const char *router, const char *network, enum ghost_word what)
{
	say_both(ret, write_ghost,
	    &(struct seen){ .where = router, .what = network, .ghost = what });
}

static void
write_held(struct text *out, const void *nouns)
{
	const struct seen *s = nouns;

	text_printf(out,
	    s->yes
		? _("Router %1$s has what it was asked for again (%2$s).")
		: _("Router %1$s had taken what it was asked for (%2$s) and has it no more. We are "
		    "asking it again."),
	    s->where, s->what);
}

void
say_held(struct words *ret, const struct mitigation *m, const char *router, bool held)
{
	say_both(ret, write_held, &(struct seen){ .where = router, .what = m->id, .yes = held });
}

static void
write_conf(struct text *out, const void *nouns)
{
	const struct seen *s = nouns;

	if (!s->yes) {
		text_printf(out, _("The configuration of router %s is whole again and in use."),
		    s->where);
		return;
	}
	text_printf(out,
	    _("The configuration of router %s cannot be read: somebody is editing it. What we ask for goes on "
	      "from the last good copy."),
	    s->where);
	text_add(out, " ");
	text_printf(out, _("Its words: \"%s\"."), s->what);
}

void
say_conf(struct words *ret, const char *router, bool copy, const char *bird)
{
	say_both(ret, write_conf, &(struct seen){ .where = router, .what = bird, .yes = copy });
}

static void
write_late(struct text *out, const void *nouns)
{
	const struct seen *s = nouns;

	if (!s->yes) {
		text_printf(out, _("Provider %s is told everything again that was decided for it."),
		    s->where);
		return;
	}
	text_printf(out,
	    _("Provider %1$s is not told what was decided for it, and this has lasted too long. Requests that "
	      "wait: %2$u, longest %3$s."),
	    s->where, s->n, s->what);
	if (s->noc[0] == '\0')
		return;
	text_add(out, " ");
	text_printf(out, _("Call its operations centre: %s"), s->noc);
}

void
say_late(struct words *ret, const struct upstream *u, bool late, unsigned waiting,
    const char *oldest)
{
	say_both(ret, write_late,
	    &(struct seen){
		.where = u->name, .noc = u->noc, .what = oldest, .n = waiting, .yes = late });
}

static void
write_effective(struct text *out, const void *nouns)
{
	const struct seen *s = nouns;

	if (s->by != NULL)
		text_printf(out,
		    _("Provider %1$s drops for us (%2$s): its counter, read by %3$s, says so."),
		    s->where, s->what, s->by);
	else
		text_printf(out,
		    _("Provider %1$s drops for us (%2$s): when it was lifted there for a moment, the attack came "
		      "through."),
		    s->where, s->what);
}

void
say_effective(struct words *ret, const struct mitigation *m, const char *upstream, const char *by)
{
	say_both(ret, write_effective,
	    &(struct seen){ .where = upstream, .what = m->id, .by = by });
}
