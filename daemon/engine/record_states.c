/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Audit records of what routers and upstreams have: states, ghosts, what lags.  Each can be told
 * again.
 */
#include "engine/state.h"

#include "audit/record.h"
#include "base/lang.h"
#include "base/log.h"

struct seen {
	const char *id, *upstream;
	enum bird_carried how;
};

static void
write_exported(struct jout *out, const void *ctx)
{
	const struct seen *s = ctx;

	static const char *const results[] = {
		[BIRD_NOT_SENT] = "missing",
		[BIRD_SENT_OTHERWISE] = "differs",
		[BIRD_SENT] = "exported",
	};

	if (s->how == BIRD_SENT_OTHERWISE)
		jout_bool(out, "alarm", true);
	jout_str(out, "id", s->id);
	jout_str(out, "result", results[s->how]);
	jout_str(out, "upstream", s->upstream);
}

void
record_exported(struct engine *e, const struct mitigation *m, unsigned upstream,
    enum bird_carried how)
{
	const char *name = e->settings->upstreams[upstream].name;
	struct words w;

	if (how == BIRD_SENT)
		say_carried(&w, e->settings, m, name);
	else if (how == BIRD_NOT_SENT)
		say_missing(&w, e->settings, m, name);
	else
		say_differs(&w, e->settings, m, name);
	if (how == BIRD_SENT_OTHERWISE)
		log_warn("%s", lang_get() == LANG_ES ? w.es : w.en);
	drill_mark_id(e, m->id);
	record_put(e, how == BIRD_SENT ? AUDIT_OUTCOME : AUDIT_RECONCILE, &w, write_exported,
	    &(struct seen){ m->id, name, how }, AUDIT_LATER, NULL);
}

void
record_effective(struct engine *e, const struct mitigation *m, unsigned upstream, const char *by)
{
	const char *name = e->settings->upstreams[upstream].name;
	char at[WALL_STRLEN];
	json_t *fields = json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", m->id, "upstream", name, "result",
	    "effective", "by", by != NULL ? by : "canary", "at",
	    wall_str(m->upstreams[upstream].effective, at));
	struct words w;

	say_effective(&w, m, name, by);
	drill_mark_id(e, m->id);
	record_append(e, AUDIT_OUTCOME, &w, fields);
}

void
record_held(struct engine *e, const struct mitigation *m, unsigned router, bool held)
{
	const char *name = e->settings->routers[router].name;
	json_t *fields = json_pack("{s:s,s:s,s:s}", "id", m->id, "router", name, "result",
				   held ? "held" : "not-held");
	struct words w;

	if (!held)
		log_warn(
		    _("router %s does not have %s any more, which it had taken; it is asked again"),
		    name, m->id);
	say_held(&w, m, name, held);
	drill_mark_id(e, m->id);
	record_append(e, AUDIT_RECONCILE, &w, fields);
}

static json_t *
names_of(const struct settings *s, uint32_t upstreams)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (upstreams >> i & 1)
			json_array_append_new(all, json_string(s->upstreams[i].name));
	return all;
}

void
record_ghost(struct engine *e, const struct ghost *g, bool gone)
{
	const struct router *r = &e->settings->routers[g->router];
	enum ghost_word what = gone ? GHOST_GONE : !g->pub.ours ? GHOST_FOREIGN :
			       r->ghosts == GHOSTS_KEEP ? GHOST_KEPT : GHOST_TAKEN;
	struct words w;

	say_ghost(&w, r->name, g->network, what);
	record_append(e, AUDIT_RECONCILE, &w,
	    json_pack("{s:s,s:o,s:s,s:b,s:o,s:b,s:o}", "router", r->name, "network",
		record_words(g->network), "result", gone ? "ghost-gone" : "ghost", "fragment",
		g->pub.fragment, "protocol", record_words(g->protocol), "withdrawn",
		what == GHOST_TAKEN, "upstreams", names_of(e->settings, g->pub.exported)));
}

void
record_conf(struct engine *e, unsigned router, bool on_copy, const char *words)
{
	const char *name = e->settings->routers[router].name;
	struct words w;

	say_conf(&w, name, on_copy, words);
	log_line(on_copy ? LOG_WARNING : LOG_INFO, "%s", lang_get() == LANG_ES ? w.es : w.en);
	record_append(e, AUDIT_ROUTER, &w,
	    json_pack("{s:s,s:s,s:o,s:b}", "router", name, "bird_conf", on_copy ? "copy" : "own",
		"bird", record_words(words), "alarm", on_copy));
}

void
record_late(struct engine *e, unsigned upstream)
{
	const struct upstream *u = &e->settings->upstreams[upstream];
	const struct late *l = &e->late[upstream];
	struct words w;

	say_late(&w, u, l->late, l->waiting, l->id);
	if (l->late) {
		e->counters[COUNTER_LATE]++;
		log_warn("%s", lang_get() == LANG_ES ? w.es : w.en);
	}
	record_append(e, AUDIT_RECONCILE, &w,
	    json_pack("{s:s,s:s,s:i,s:s*,s:b}", "upstream", u->name, "result",
		l->late ? "late" : "caught-up", "waiting", (int)l->waiting, "id",
		l->late ? l->id : NULL, "alarm", l->late));
}
