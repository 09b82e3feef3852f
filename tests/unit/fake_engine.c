/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bird/bird.h"
#include "decide/decide.h"
#include "engine/mining.h"

#define ANSWER_MS 20

struct bird { int unused; };
static const struct bird the_router;
static const struct bird_upstream sessions[2] = {
	{ .known = true,
	    .established = true,
	    .info = "Established",
	    .since = { 1795000000000 },
	    .rtbh = 1,
	    .read_back = { 1795000005000 } },
	{ .known = true, .established = false, .info = "Active", .since = { 1795000000000 } },
};

static void
fill_settings(struct settings *s)
{
	snprintf(s->organization.name, sizeof(s->organization.name), "Example Collective");
	s->prefixes_n = 1;
	prefix_parse(&s->prefixes[0], "192.0.2.0/24");
	s->routers_n = 1;
	snprintf(s->routers[0].name, sizeof(s->routers[0].name), "edge");
	s->upstreams_n = 2;
	s->links_n = 2;
	s->links[0] = (struct link){ .name = "transit-a", .capacity_bps = 1e9 };
	s->links[1] = (struct link){ .name = "transit-b", .capacity_bps = 1e9 };
	for (unsigned i = 0; i < 2; i++) {
		struct upstream *u = &s->upstreams[i];

		snprintf(u->name, sizeof(u->name), "transit-%c", 'a' + (int)i);
		snprintf(u->protocol, sizeof(u->protocol), "transit_%c", 'a' + (int)i);
		snprintf(u->profile.name, sizeof(u->profile.name), "rfc7999");
		u->max_routes = 50;
		u->flowspec = u->profile.flowspec4 = i == 0;
		u->flowspec_max_rules = i == 0 ? 20 : 0;
	}
	s->sensors_n = 2;
	snprintf(s->sensors[0].name, sizeof(s->sensors[0].name), "edge-a");
	snprintf(s->sensors[0].vantage, sizeof(s->sensors[0].vantage), "routers");
	snprintf(s->sensors[1].name, sizeof(s->sensors[1].name), "the \"web\" probe");
	snprintf(s->sensors[1].vantage, sizeof(s->sensors[1].vantage), "services");
	s->sensors[1].type = SENSOR_PROBE;
	s->sensors[0].link = s->sensors[1].link = -1;
	prefix_parse(&s->sensors[1].subject, "192.0.2.80");
	snprintf(s->audit_directory, sizeof(s->audit_directory), "/");
	snprintf(s->state_directory, sizeof(s->state_directory), "/");
	s->people_n = 1;
	s->people[0] = (struct person){ .name = "ana", .user = "root", .role = ROLE_COMMITTEE };
	s->policies_n = 1;
	snprintf(s->policies[0].name, sizeof(s->policies[0].name), "host-flood");
	s->policies[0].steps_n = 1;
	s->policies[0].steps[0].kind = STEP_BLACKHOLE;
	s->members_n = 1;
	s->members[0] = (struct member){ .name = "Funds",
		.contact = "mailto:tech@funds.example",
		.prefixes_n = 1,
		.blackhole = CONSENT_ASK };
	prefix_parse(&s->members[0].prefixes[0], "192.0.2.80");
}

static void
fill_asked(struct engine *e)
{
	wall_t now = clock_now().wall;

	e->asked = (struct approval){ .id = "a3",
		.incident = "i4",
		.role = ROLE_OPERATOR,
		.people = 1,
		.who = -1,
		.otherwise = OTHERWISE_REFUSE,
		.asked = now,
		.until = wall_add_ms(now, 600000),
		.via = 3,
		.for_ms = 300000,
		.harm_link = 1 };
	prefix_parse(&e->asked.rule.dst, "192.0.2.80");
}

static void
fill_sensors(struct engine *e)
{
	struct engine_sensor_state *s = &e->sensors[0];

	*s = (struct engine_sensor_state){
		.running = true, .since = { 1795000000000 }, .exporters_n = 1
	};
	s->report = (struct health_report){
		.health = HEALTH_FRESH, .accepted = 1234, .lost = 5, .bps = 2.5e9, .pps = 3e5
	};
	snprintf(s->report.refused[0].name, sizeof(s->report.refused[0].name), "short");
	s->report.refused[0].n = 7;
	snprintf(s->report.refused[0].say, sizeof(s->report.refused[0].say),
	    "the datagram ends inside its header");
	s->processes = s->processes_running = 1;
	s->loss = 0.004;
	s->report.gaps = 3;
	s->report.dropped = 2;
	s->exporters[0] = (struct exporter_report){
		.domain = 3, .sampling = 1000, .datagrams = 10, .records = 300
	};
	prefix_parse(&s->exporters[0].exporter, "10.0.0.1");
	s->restarts = 2;
	s->exporters[0].clock_ms = 3000;
	s = &e->sensors[1];
	*s = (struct engine_sensor_state){ .report = { .health = HEALTH_BLIND,
					       .why = "nothing has come yet" },
		.loss = -1,
		.readings_n = 3 };
	s->readings[0] = (struct reading){ .metric = METRIC_FAILING, .link = -1, .value = 0.8,
		.at_ms = clock_now().wall.ms, .valid_ms = 600000 };
	prefix_parse(&s->readings[0].subject.prefix, "192.0.2.80");
	/* of whom nobody has configured: an attacker's choice */
	s->readings[1] = s->readings[0];
	prefix_parse(&s->readings[1].subject.prefix, "192.0.2.81");
	s->readings[2] = (struct reading){ .metric = METRIC_FILL,
		.link = 0,
		.value = 0.95,
		.subject.kind = SUBJECT_ALL,
		.at_ms = clock_now().wall.ms,
		.valid_ms = 600000 };
}

static void
fill_incident(struct engine *e)
{
	struct incident *n = &e->incidents[0];

	*n = (struct incident){ .id = "i4",
		.state = INCIDENT_OPEN,
		.step = -1,
		.opened = { 1795000000000 },
		.points = 18,
		.peak_points = 22,
		.peak_bps = 2.5e9,
		.peak_pps = 3e5,
		.evidence_n = 2 };
	prefix_parse(&n->subject.prefix, "192.0.2.80");
	n->evidence[0] = (struct evidence){ .vantage = "routers",
		.metric = METRIC_BPS,
		.rate = 1.6e9,
		.above = 2e8,
		.points = 12 };
	n->evidence[1] = (struct evidence){
		.vantage = "wire", .metric = METRIC_PPS, .rate = 1.2e5, .above = 6e4, .points = 10
	};
	n->shape = (struct shape){ .campaign = 7, .victims = 3 };
	n->mined =
	    (struct mined_sum){ .at = n->opened, .coverage = 0.93, .collateral_upper = 0.004 };
	e->incidents_n = 1;
}

void
fake_init(struct engine *e, struct event_base *base)
{
	*e = (struct engine){ .base = base };
	ledger_init(&e->ledger);
	fill_settings(&e->settings);
	fill_sensors(e);
	fill_incident(e);
	fill_asked(e);
	e->changes =
	    json_pack("[{s:s,s:s,s:s},{s:s,s:n,s:s}]", "setting", "upstreams.transit-a.max_routes",
		"from", "50", "to", "7", "setting", "notify.ana.to", "from", "to", "(hidden)");
	e->status = (struct engine_status){ .started = { 1795000000000 },
		.now = clock_now().wall,
		.records = 42,
		.last_decide_to_export_ms = 21.5,
		.heartbeat = { 1795000060000 },
		.syncs = { .n = 3, .last = { 1795000061000 }, .seconds = 0.012, .longest = 0.006 },
		.mining = true };
}

void
fake_fini(struct engine *e)
{
	for (unsigned i = 0; i < FAKE_WAITS; i++)
		if (e->waits[i].when != NULL)
			event_free(e->waits[i].when);
	ledger_fini(&e->ledger);
	json_decref(e->changes);
}

static struct mitigation *
stand(struct engine *e, const struct rule *rule, uint32_t via, int64_t for_ms)
{
	struct mitigation *m = calloc(1, sizeof(*m)), *take = m;

	snprintf(m->id, sizeof(m->id), "m%llu", (unsigned long long)e->ledger.next_id++);
	m->rule = *rule;
	m->via = via != 0 ? via : 3;
	m->since = clock_now().wall;
	m->until = wall_add_ms(m->since, for_ms);
	snprintf(m->reason, sizeof(m->reason), "for the test");
	snprintf(m->owner, sizeof(m->owner), "ana");
	for (unsigned i = 0; i < 2; i++)
		m->upstreams[i].decided = m->since;
	ledger_add(&e->ledger, &take);
	return m;
}

void
fake_fill(struct engine *e, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const uint8_t addr[4] = { 192, 0, 2, (uint8_t)i };
		struct rule r = { .kind = RULE_RTBH, .dst = prefix_of(4, addr, 32) };

		stand(e, &r, 3, 600000);
	}
}

const struct settings *engine_settings(const struct engine *e) { return &e->settings; }
const struct ledger *engine_ledger(const struct engine *e) { return &e->ledger; }
const struct bird *
engine_router(const struct engine *e, unsigned router)
{
	(void)e;
	(void)router;
	return &the_router;
}
bool bird_connected(const struct bird *b) { (void)b; return true; }
const char *bird_why(const struct bird *b) { (void)b; return ""; }
uint64_t bird_generation(const struct bird *b) { (void)b; return 17; }
const struct bird_upstream *
bird_upstream(const struct bird *b, unsigned u)
{
	(void)b;
	return &sessions[u];
}

bool
bird_knows_us(const struct bird *b, struct router *router)
{
	(void)b;
	router->asn = 64500;
	return true;
}

const struct incident *
engine_incident(const struct engine *e, unsigned i)
{
	return i < e->incidents_n ? &e->incidents[i] : NULL;
}

const struct engine_sensor_state *
engine_sensor_state(const struct engine *e, unsigned sensor)
{
	return &e->sensors[sensor];
}

unsigned
engine_incident_samples(const struct engine *e, const struct incident *i)
{
	(void)e;
	(void)i;
	return 7;
}

void
engine_status(const struct engine *e, struct engine_status *ret)
{
	*ret = e->status;
	ret->now = clock_now().wall;
}

void
engine_link(const struct engine *e, unsigned link, struct engine_link *ret)
{
	(void)e;
	*ret = link == 0 ? (struct engine_link){ .fill = 0.93, .danger = 1 }
			 : (struct engine_link){ .fill = -1, .danger = -1 };
}

struct bird_conf
bird_conf(const struct bird *b)
{
	(void)b;
	return (struct bird_conf){ .path = "/etc/bird/bird.conf",
		.why = "/etc/bird/bird.conf: Permission denied",
		.say = "" };
}

void
engine_states(const struct engine *e, unsigned upstream, struct engine_states *ret)
{
	(void)e;
	*ret = (struct engine_states){ .decided = 3,
		.applied = 3,
		.exported = 2 - upstream,
		.effective = 1 - upstream,
		.waiting = 1 + upstream,
		.late = upstream == 1,
		.oldest = "m7",
		.oldest_s = 12.5 };
}

bool
engine_ghost(const struct engine *e, unsigned i, struct engine_ghost *ret)
{
	(void)e;
	*ret = (struct engine_ghost){ .network = "192.0.2.77/32",
		.protocol = "somebody",
		.exported = 3,
		.since = { 1795000000000 } };
	return i == 0;
}

bool
engine_process(const struct engine *e, unsigned i, struct engine_process *ret)
{
	(void)e;
	*ret = (struct engine_process){ .role = i == 0 ? "engine"
		    : i == 1			       ? "sensor"
						       : NULL,
		.sensor = i == 0 ? -1 : (int)i - 1,
		.running = 1,
		.restarts = i,
		.resident_bytes = 10000000,
		.cpu_ms = 1500 };
	return i < 3;
}

int
engine_states_danger(const struct engine *e)
{
	(void)e;
	return 0;
}

bool
engine_counter(const struct engine *e, unsigned i, const char **ret_name, uint64_t *ret_n)
{
	*ret_name = "clients.forgotten";
	*ret_n = e->forgotten;
	return i == 0;
}

static void
answer(evutil_socket_t fd, short what, void *arg)
{
	struct fake_wait *w = arg;
	struct mitigation *m = ledger_find(&w->e->ledger, w->id);

	(void)fd;
	(void)what;
	for (unsigned i = 0; m != NULL && i < 2; i++)
		m->upstreams[i].applied = m->upstreams[i].exported =
		    wall_add_ms(m->upstreams[i].decided, 12);
	event_free(w->when);
	w->when = NULL;
	w->who.done(w->who.ctx, m, NULL);
}

static void
wait_for(struct engine *e, const struct manual *who, const char *id)
{
	struct timeval soon = { .tv_usec = ANSWER_MS * 1000 };

	snprintf(e->who, sizeof(e->who), "%s", who->who);
	if (who->done == NULL)
		return;
	for (unsigned i = 0; i < FAKE_WAITS; i++) {
		struct fake_wait *w = &e->waits[i];

		if (w->when != NULL)
			continue;
		*w = (struct fake_wait){
			.e = e, .who = *who, .when = evtimer_new(e->base, answer, w)
		};
		snprintf(w->id, sizeof(w->id), "%s", id);
		if (!e->never)
			event_add(w->when, &soon);
		return;
	}
	abort();	/* control promised not to wait for so many */
}

void
engine_forget(struct engine *e, void *ctx)
{
	for (unsigned i = 0; i < FAKE_WAITS; i++) {
		if (e->waits[i].when == NULL || e->waits[i].who.ctx != ctx)
			continue;
		event_free(e->waits[i].when);
		e->waits[i].when = NULL;
		e->forgotten++;
	}
}

static int
judge(const struct engine *e, const struct rule *rule, struct diag *reterr)
{
	if (!settings_own(&e->settings, &rule->dst))
		return diag_set(reterr, -EPERM, "not inside our own prefixes");
	return 0;
}

int
engine_announce(struct engine *e, const struct manual *who, const struct rule *rule, uint32_t via,
    int64_t for_ms, char ret_id[static ID_LEN], struct diag *reterr)
{
	struct mitigation *m;

	if (judge(e, rule, reterr) != 0)
		return -EPERM;
	m = stand(e, rule, via, for_ms);
	snprintf(m->reason, sizeof(m->reason), "%s", who->reason);
	snprintf(m->owner, sizeof(m->owner), "%s", who->who);
	memcpy(ret_id, m->id, ID_LEN);
	wait_for(e, who, m->id);
	return 0;
}

int
engine_consider(struct engine *e, const struct manual *who, const struct rule *rule, uint32_t via,
    int64_t for_ms, struct mitigation *ret, struct diag *reterr)
{
	*ret = (struct mitigation){
		.rule = *rule, .via = via != 0 ? via : 3, .since = clock_now().wall
	};
	ret->until = wall_add_ms(ret->since, for_ms);
	snprintf(ret->owner, sizeof(ret->owner), "%s", who->who);
	return judge(e, rule, reterr);
}

int
engine_withdraw(struct engine *e, const struct manual *who, const char *id, struct diag *reterr)
{
	if (ledger_find(&e->ledger, id) == NULL)
		return diag_set(reterr, -ENOENT, "nothing stands under %s", id);
	ledger_del(&e->ledger, id);
	wait_for(e, who, id);
	return 0;
}

int
engine_extend(struct engine *e, const struct manual *who, const char *id, int64_t for_ms,
    struct diag *reterr)
{
	struct mitigation *m = ledger_find(&e->ledger, id);

	if (m == NULL)
		return diag_set(reterr, -ENOENT, "nothing stands under %s", id);
	m->until = wall_add_ms(clock_now().wall, for_ms);
	wait_for(e, who, id);
	return 0;
}

int
engine_pause(struct engine *e, const struct manual *who, int64_t for_ms, struct diag *reterr)
{
	(void)reterr;
	e->status.paused_until = wall_add_ms(clock_now().wall, for_ms);
	snprintf(e->status.paused_by, sizeof(e->status.paused_by), "%s", who->who);
	snprintf(e->status.paused_why, sizeof(e->status.paused_why), "%s", who->reason);
	return 0;
}

int
engine_drill_begin(struct engine *e, const struct manual *who, const struct drill_wish *wish,
    struct diag *reterr)
{
	struct prefix p;

	(void)who;
	if (e->drill.open)
		return diag_set(reterr, -EALREADY, "it is going on");
	prefix_parse(&p, "192.0.2.254");
	if (wish->target != NULL && !prefix_eq(wish->target, &p))
		return diag_set(reterr, -EPERM, "nowhere else");
	e->drill = (struct engine_drill){
		.open = true, .prefix = p, .until = wall_add_ms(clock_now().wall, wish->for_ms)
	};
	return 0;
}

bool
engine_is_drill(const struct engine *e, const struct prefix *at, wall_t since)
{
	(void)since;
	return e->drill.open && prefix_eq(at, &e->drill.prefix);
}

int
engine_drill_end(struct engine *e, const struct manual *who, const char *result,
    struct diag *reterr)
{
	(void)who;
	if (!e->drill.open)
		return diag_set(reterr, -ENOENT, "there is none");
	e->drill.open = strcmp(result, "passed") != 0;
	return 0;
}

void
engine_drill(const struct engine *e, struct engine_drill *ret)
{
	*ret = e->drill;
}

int
engine_looked(struct engine *e, const struct manual *who, const char *report, struct diag *reterr)
{
	(void)e;
	if (strcmp(report, "unwritable") == 0)
		return diag_set(reterr, -EIO, "the log is away");
	return who->who[0] != '\0' ? 0 : -EINVAL;
}

int
engine_resume(struct engine *e, const struct manual *who, struct diag *reterr)
{
	(void)who;
	if (e->status.paused_until.ms == 0)
		return diag_set(reterr, -ENOENT, "nothing is paused");
	e->status.paused_until.ms = 0;
	return 0;
}

void
engine_together_begin(struct engine *e)
{
	(void)e;
}

void
engine_together_end(struct engine *e)
{
	(void)e;
}

void
engine_call(const struct engine *e, unsigned upstream, wall_t since, struct session_down *ret)
{
	(void)e;
	(void)upstream;
	*ret = (struct session_down){ since, "192.0.2.80/32" };
}

const struct approval *
engine_approval(const struct engine *e, unsigned i)
{
	return i == 0 && e->asked.id[0] != '\0' ? &e->asked : NULL;
}

int
engine_answer(struct engine *e, const struct answer *answer, struct diag *reterr)
{
	if (strcmp(answer->id, e->asked.id) != 0)
		return diag_set(reterr, -ENOENT, "nobody is asked about %s now", answer->id);
	if (answer->yes && e->asked.state == APPROVAL_GIVEN)
		return diag_set(reterr, -EALREADY, "%s is approved already", answer->id);
	e->asked.state = answer->yes ? APPROVAL_GIVEN : APPROVAL_DENIED;
	e->asked.who = (int)answer->person;
	e->asked.until.ms = 0;
	if (answer->yes)
		e->asked.yes |= 1u << answer->person;
	else
		snprintf(e->asked.why, sizeof(e->asked.why), "%s", answer->why);
	return 0;
}

void
engine_config(const struct engine *e, struct engine_config *ret)
{
	*ret = (struct engine_config){ .hash = FAKE_HASH,
		.since = e->status.started,
		.changes = e->changes,
		.changes_n = 3,
		.since_approved = true };
}

int
engine_approve_settings(struct engine *e, unsigned person, const char *hash, const char *reason,
			struct diag *reterr)
{
	(void)reason;
	if (strcmp(hash, FAKE_HASH) != 0)
		return diag_set(reterr, -ESTALE, "it is another one by now");
	snprintf(e->who, sizeof(e->who), "%s", e->settings.people[person].name);
	return e->approved++ > 0 ? diag_set(reterr, -EALREADY, "%s has said yes already", e->who)
				 : 0;
}

void
mining_verdict(struct text *out, bool separable, const char *why)
{
	text_add(out, separable ? "they tell it apart" : why);
}
