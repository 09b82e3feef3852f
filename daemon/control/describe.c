/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/describe.h"

#include <string.h>

#include "audit/record.h"
#include "base/lang.h"
#include "base/text.h"
#include "bird/bird.h"
#include "control/messages.h"
#include "control/upstreams.h"
#include "engine/mining.h"
#include "model/flowspec.h"
#include "model/invalid.h"
#include "model/scope.h"

#define WORDS_MAX 4096

json_t *
describe_time(wall_t t)
{
	char buf[WALL_STRLEN];

	return t.ms == 0 ? json_null() : json_string(wall_str(t, buf));
}

/* In the language that is set now, as whoever asks may speak another. */
static json_t *
said(const struct settings *s, const struct rule *r, uint32_t via)
{
	const struct rule_names names = settings_names(s, &r->dst);
	struct text t;
	json_t *j;

	text_init(&t, WORDS_MAX);
	rule_words_for(&t, r, &names);
	scope_words(&t, s, r->scopes, via);
	j = json_string(text_str(&t));
	text_fini(&t);
	return j;
}

static void
set_rule(json_t *j, const struct settings *s, const struct rule *r, uint32_t via)
{
	const struct signature *parts[RANGES_MAX];
	unsigned n = signature_parts(&s->vectors, r, parts);
	const enum lang was = lang_get();
	json_t *say = json_object(), *vectors = json_array();
	struct text t;

	json_object_set_new(j, "words", said(s, r, via));
	lang_set(LANG_EN);
	json_object_set_new(say, "en", said(s, r, via));
	lang_set(LANG_ES);
	json_object_set_new(say, "es", said(s, r, via));
	lang_set(was);
	json_object_set_new(j, "say", say);
	for (unsigned i = 0; i < n; i++)
		json_array_append_new(vectors, json_string(parts[i]->name));
	json_object_set_new(j, "vectors", vectors);
	text_init(&t, WORDS_MAX);
	rule_bird(&t, r);
	json_object_set_new(j, "bird", json_string(text_str(&t)));
	text_fini(&t);
}

static json_t *
pieces_json(const struct rule *r, const struct upstream *u)
{
	struct rule pieces[FLOWSPEC_PIECES_MAX];
	int n = flowspec_pieces(pieces, r, u, NULL);
	json_t *all = json_array();
	struct text t;

	text_init(&t, WORDS_MAX);
	for (int i = 0; i < n; i++) {
		text_clear(&t);
		rule_bird(&t, &pieces[i]);
		json_array_append_new(all, json_string(text_str(&t)));
	}
	text_fini(&t);
	return all;
}

/* An upstream that drops what is invalid would not drop the attack. */
static void
set_warning(json_t *j, const struct settings *s, const struct mitigation *m)
{
	struct text t;

	text_init(&t, WORDS_MAX);
	invalid_words(&t, s, &m->rule, m->via);
	if (t.len > 0 && text_ok(&t))
		json_object_set_new(j, "warning", json_string(text_str(&t)));
	text_fini(&t);
}

json_t *
describe_mitigation(const struct engine *e, const struct mitigation *m)
{
	json_t *j = mitigation_json(m, engine_settings(e));

	if (j == NULL)
		return NULL;
	set_rule(j, engine_settings(e), &m->rule, m->via);
	set_warning(j, engine_settings(e), m);
	if (engine_is_drill(e, &m->rule.dst, m->since))
		json_object_set_new(j, "drill", json_true());
	return j;
}

json_t *
describe_in_pieces(const struct engine *e, const struct mitigation *m)
{
	const struct settings *s = engine_settings(e);
	json_t *j = describe_mitigation(e, m), *one;
	size_t i;

	json_array_foreach(json_object_get(j, "upstreams"), i, one) {
		int u = settings_upstream(s, json_string_value(json_object_get(one, "name")));

		if (m->rule.kind == RULE_FLOWSPEC && u >= 0)
			json_object_set_new(one, "bird", pieces_json(&m->rule, &s->upstreams[u]));
	}
	return j;
}

/* What the log does not have: what comes at this moment, and whose it is. */
static void
set_now(json_t *j, const struct settings *s, const struct incident *i)
{
	const struct member *m =
	    i->subject.kind == SUBJECT_HOST || i->subject.kind == SUBJECT_PREFIX
	    ? settings_member(s, &i->subject.prefix)
	    : NULL;

	if (m != NULL)
		json_object_set_new(j, "member", json_string(m->name));
	if (i->state == INCIDENT_CLOSED)
		return;
	json_object_set_new(j, "bps", json_real(i->bps));
	json_object_set_new(j, "pps", json_real(i->pps));
}

bool
describe_is_drill(const struct engine *e, const struct incident *i)
{
	return i->subject.kind == SUBJECT_HOST && engine_is_drill(e, &i->subject.prefix, i->opened);
}

json_t *
describe_incident(const struct engine *e, const struct incident *i)
{
	json_t *j = incident_json(i, engine_settings(e)), *mined = json_object_get(j, "mined");
	struct text t;

	set_now(j, engine_settings(e), i);
	if (describe_is_drill(e, i))
		json_object_set_new(j, "drill", json_true());
	if (i->state != INCIDENT_CLOSED)
		json_object_set_new(j, "samples", json_integer(engine_incident_samples(e, i)));
	if (mined == NULL)
		return j;
	text_init(&t, WORDS_MAX);
	mining_verdict(&t, i->mined.separable, i->mined.why);
	json_object_set_new(mined, "words", json_string(text_str(&t)));
	text_fini(&t);
	return j;
}

static const struct incident *
incident_of(const struct engine *e, const char *id)
{
	const struct incident *i;

	for (unsigned k = 0; (i = engine_incident(e, k)) != NULL; k++)
		if (strcmp(i->id, id) == 0)
			return i;
	return NULL;
}

static void
set_member(json_t *j, const struct settings *s, const struct approval *a)
{
	const struct member *m = settings_member(s, &a->rule.dst);

	json_object_set_new(j, "member", m != NULL ? json_string(m->name) : json_null());
	if (m != NULL && m->contact[0] != '\0')
		json_object_set_new(j, "contact", json_string(m->contact));
}

json_t *
describe_approval(const struct engine *e, const struct approval *a)
{
	static const char *const of_attack[] = { "subject", "evidence", "evidence_points", "points",
						 "peak_points" };
	const struct settings *s = engine_settings(e);
	const struct incident *i = incident_of(e, a->incident);
	json_t *j = approval_json(a, s), *attack = i != NULL ? describe_incident(e, i) : NULL;

	if (j == NULL)
		return NULL;
	set_rule(j, s, &a->rule, a->via);
	set_member(j, s, a);
	if (engine_is_drill(e, &a->rule.dst, a->asked))
		json_object_set_new(j, "drill", json_true());
	json_object_set_new(j, "said_yes", json_integer(approval_yes(a, s)));
	for (size_t k = 0; attack != NULL && k < sizeof(of_attack) / sizeof(*of_attack); k++)
		json_object_set(j, of_attack[k], json_object_get(attack, of_attack[k]));
	json_decref(attack);
	return j;
}

json_t *
describe_link(const struct engine *e, unsigned link)
{
	const struct link *l = &engine_settings(e)->links[link];
	struct engine_link is;

	engine_link(e, link, &is);
	return json_pack("{s:s, s:s, s:f, s:o, s:o, s:o}", "type", "link", "name", l->name,
	    "capacity", l->capacity_bps, "fill", is.fill < 0 ? json_null() : json_real(is.fill),
	    "bps", is.fill < 0 ? json_null() : json_real(is.fill * l->capacity_bps), "in_danger",
	    is.danger < 0 ? json_null() : json_boolean(is.danger));
}

static unsigned
count_waiting(const struct engine *e)
{
	const struct approval *a;
	unsigned n = 0;

	for (unsigned i = 0; (a = engine_approval(e, i)) != NULL; i++)
		n += a->state == APPROVAL_WAITING;
	return n;
}

/* A drill counts in no figure. */
static unsigned
count_incidents(const struct engine *e, enum incident_state state)
{
	const struct incident *incident;
	unsigned n = 0;

	for (unsigned i = 0; (incident = engine_incident(e, i)) != NULL; i++)
		n += incident->state == state && !describe_is_drill(e, incident);
	return n;
}

static unsigned
count_not_fresh(const struct engine *e)
{
	const struct settings *s = engine_settings(e);
	unsigned n = 0;

	for (unsigned i = 0; i < s->sensors_n; i++) {
		const struct engine_sensor_state *state = engine_sensor_state(e, i);

		n += state == NULL || state->report.health != HEALTH_FRESH;
	}
	return n;
}

static unsigned
count_down(const struct engine *e)
{
	const struct settings *s = engine_settings(e);
	unsigned n = 0;

	for (unsigned i = 0; i < s->upstreams_n; i++) {
		const struct bird_upstream *u = upstreams_session(e, i);

		n += !u->known || !u->established;
	}
	return n;
}

static unsigned
count_late(const struct engine *e)
{
	struct engine_states n;
	unsigned late = 0;

	for (unsigned i = 0; i < engine_settings(e)->upstreams_n; i++) {
		engine_states(e, i, &n);
		late += n.late;
	}
	return late;
}

static void
set_pause(json_t *j, const struct engine_status *st)
{
	bool paused = st->paused_until.ms > st->now.ms;

	json_object_set_new(j, "paused", json_boolean(paused));
	if (!paused)
		return;
	json_object_set_new(j, "paused_until", describe_time(st->paused_until));
	json_object_set_new(j, "paused_by", json_string(st->paused_by));
	json_object_set_new(j, "paused_why", json_string(st->paused_why));
}

static void
set_messages(json_t *j, const struct settings *s)
{
	json_t *messages = messages_read(s);

	if (messages == NULL)
		return;
	json_object_set_new(j, "messages_waiting", json_integer(messages_waiting(messages)));
	json_object_set_new(j, "messages", messages);
}

static void
set_drill(json_t *j, const struct engine *e)
{
	struct engine_drill d;
	char text[PREFIX_STRLEN];

	engine_drill(e, &d);
	json_object_set_new(j, "drill", json_boolean(d.open));
	if (d.prefix.family != 0)
		json_object_set_new(j, "drill_prefix", json_string(prefix_str(&d.prefix, text)));
	if (!d.open)
		return;
	json_object_set_new(j, "drill_since", describe_time(d.since));
	json_object_set_new(j, "drill_until", describe_time(d.until));
	json_object_set_new(j, "drill_is_real", json_boolean(d.real));
}

static json_t *
list_or_empty(const json_t *list)
{
	return list != NULL ? json_deep_copy(list) : json_array();
}

json_t *
describe_config(const struct engine *e)
{
	struct engine_config c;

	engine_config(e, &c);
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:i, s:b}", "type", "configuration", "settings",
	    c.hash, "since", describe_time(c.since), "approved_by", list_or_empty(c.approved_by),
	    "changes", list_or_empty(c.changes), "changes_n", (int)c.changes_n, "since_approved",
	    c.since_approved);
}

json_t *
describe_status(const struct engine *e)
{
	const struct settings *s = engine_settings(e);
	unsigned open = count_incidents(e, INCIDENT_OPEN);
	unsigned ending =
		count_incidents(e, INCIDENT_SUBSIDING) + count_incidents(e, INCIDENT_RELEASING);
	struct engine_status st;
	json_t *j;

	engine_status(e, &st);
	j = json_pack("{s:s, s:b, s:o, s:o, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}",
		      "type", "status", "under_attack", open > 0,
		      "time", describe_time(st.now), "started", describe_time(st.started),
		      "incidents_open", (int)open, "incidents_ending", (int)ending,
		      "announcements", (int)engine_ledger(e)->n, "sensors", (int)s->sensors_n,
		      "sensors_not_fresh", (int)count_not_fresh(e),
		      "routers", (int)s->routers_n, "upstreams", (int)s->upstreams_n,
		      "upstreams_down", (int)count_down(e));
	if (j == NULL)
		return NULL;
	json_object_set_new(j, "organization", json_string(s->organization.name));
	json_object_set_new(j, "approvals_waiting", json_integer(count_waiting(e)));
	json_object_set_new(j, "records", json_integer((json_int_t)st.records));
	json_object_set_new(j, "dry_run", json_boolean(st.dry_run));
	json_object_set_new(j, "live", json_string(live_name(st.live)));
	json_object_set_new(j, "live_step", json_integer(live_number(st.live)));
	json_object_set_new(j, "live_steps", json_integer(LIVE_N));
	json_object_set_new(j, "live_ending", json_boolean(st.live_ending));
	json_object_set_new(j, "disk_full", json_boolean(st.disk_full));
	json_object_set_new(j, "ghosts", json_integer(st.ghosts));
	json_object_set_new(j, "upstreams_late", json_integer(count_late(e)));
	json_object_set_new(j, "announced", json_integer((json_int_t)st.announced));
	json_object_set_new(j, "withdrawn", json_integer((json_int_t)st.withdrawn));
	json_object_set_new(j, "refused", json_integer((json_int_t)st.refused));
	json_object_set_new(j, "decide_to_export", st.last_decide_to_export_ms < 0 ? json_null() :
			    json_real(st.last_decide_to_export_ms / 1000));
	set_pause(j, &st);
	set_drill(j, e);
	set_messages(j, s);
	return j;
}

/* The operator's own file, and our copy of it for when it does not parse. */
static json_t *
describe_conf(const struct bird *b)
{
	struct bird_conf c = { .path = "", .why = "", .say = "" };

	if (b != NULL)
		c = bird_conf(b);
	return json_pack("{s:o, s:o, s:o, s:b, s:o}", "path", record_words(c.path), "copied",
	    describe_time(c.copied), "why_not", record_words(c.why), "copy_in_use", c.in_use,
	    "bird", record_words(c.say));
}

json_t *
describe_router(const struct engine *e, unsigned router)
{
	const struct settings *s = engine_settings(e);
	const struct bird *b = engine_router(e, router);
	struct router r = s->routers[router];

	if (b != NULL)
		bird_knows_us(b, &r);
	return json_pack("{s:s, s:s, s:b, s:s, s:I, s:I, s:s, s:s, s:o}", "type", "router", "name",
			 r.name, "connected", b != NULL && bird_connected(b), "why",
			 b != NULL ? bird_why(b) : "", "generation",
			 b != NULL ? (json_int_t)bird_generation(b) : (json_int_t)0, "asn",
			 (json_int_t)r.asn, "socket", r.socket, "fragment", r.fragment, "bird_conf",
			 describe_conf(b));
}

/* FlowSpec is null where it is not taken. */
static void
set_budgets(json_t *j, const struct engine *e, unsigned upstream)
{
	static const char *const keys[RULE_KINDS] = {
		[RULE_RTBH] = "rtbh", [RULE_FLOWSPEC] = "flowspec", [RULE_SOURCE] = "sources"
	};
	struct upstreams_budget all[UPSTREAMS_BUDGETS];
	unsigned n = upstreams_budgets(e, upstream, all);

	json_object_set_new(j, "flowspec", json_null());
	for (unsigned i = 0; i < n; i++)
		json_object_set_new(j, keys[all[i].kind],
		    json_pack("{s:i, s:i, s:i}", "used", (int)all[i].used, "limit",
			(int)all[i].limit, "carried", (int)all[i].carried));
}

static const char *
session_name(const struct bird_upstream *u)
{
	if (!u->known)
		return "unknown";
	return u->established ? "up" : "down";
}

static json_t *
describe_states(const struct engine *e, unsigned upstream)
{
	struct engine_states n;
	json_t *j;

	engine_states(e, upstream, &n);
	j = json_pack("{s:i, s:i, s:i, s:i, s:i, s:b}", "decided", (int)n.decided, "applied",
	    (int)n.applied, "exported", (int)n.exported, "effective", (int)n.effective, "waiting",
	    (int)n.waiting, "late", n.late);
	if (j != NULL && n.waiting > 0)
		json_object_set_new(j, "oldest", json_string(n.oldest));
	return j;
}

json_t *
describe_ghost(const struct engine *e, const struct engine_ghost *g)
{
	const struct settings *s = engine_settings(e);
	json_t *upstreams = json_array();

	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (g->exported >> i & 1)
			json_array_append_new(upstreams, json_string(s->upstreams[i].name));
	return json_pack("{s:s, s:s, s:s, s:s*, s:b, s:b, s:o, s:o}", "type", "ghost", "router",
	    s->routers[g->router].name, "network", g->network, "protocol",
	    g->protocol[0] != '\0' ? g->protocol : NULL, "fragment", g->fragment, "withdrawn",
	    g->ours && s->routers[g->router].ghosts == GHOSTS_WITHDRAW, "upstreams", upstreams,
	    "since", describe_time(g->since));
}

/* In the language of who asks. */
static json_t *
describe_call(const struct engine *e, unsigned upstream, wall_t since)
{
	const struct settings *s = engine_settings(e);
	struct session_down down;
	struct words w;

	engine_call(e, upstream, since, &down);
	say_session(&w, s, &s->upstreams[upstream], &down);
	return json_string(lang_get() == LANG_ES ? w.es : w.en);
}

json_t *
describe_upstream(const struct engine *e, unsigned upstream)
{
	const struct settings *s = engine_settings(e);
	const struct upstream *conf = &s->upstreams[upstream];
	const struct bird_upstream *u = upstreams_session(e, upstream);
	json_t *j;

	j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "type", "upstream", "name",
		      conf->name, "router", s->routers[conf->router].name, "protocol",
		      conf->protocol, "profile", conf->profile.name, "session", session_name(u),
		      "info", u->info, "since", describe_time(u->since), "read_back",
		      describe_time(u->read_back));
	if (j == NULL)
		return NULL;
	set_budgets(j, e, upstream);
	json_object_set_new(j, "states", describe_states(e, upstream));
	if (conf->noc[0] != '\0')
		json_object_set_new(j, "noc", json_string(conf->noc));
	if (u->known && !u->established)
		json_object_set_new(j, "call", describe_call(e, upstream, u->since));
	return j;
}
