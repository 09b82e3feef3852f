/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/seeded.h"
#include "engine/virtual.h"
#include "fusion/fusion.h"
#include "traffic/traffic.h"

#define T0 1760000000000	/* 2025-10-09; a multiple of SLOT_MS */
#define TICK_MS SLOT_MS
#define RECORDS 16		/* a tick of a stream to one host */
#define SPRAYED 64		/* random hosts a tick */
#define RULES_MAX 64
#define EVENTS_MAX (64 << 20)
#define ANSWER_MS 250		/* later than the next tick, as when a disk is slow */
#define PROBE_MS 5000
#define PEOPLE_RPS 20		/* requests of all people together, each one a second at most */
#define FILL_VALID_MS 3000

struct sense {
	struct traffic *traffic;	/* NULL: it reads and does not count */
	bool blind, silent;
	double lie_bps;
	struct prefix lie_to;
	struct stream lie;		/* of what kind */
	uint64_t accepted;
};

struct world {
	const struct story *story;
	const struct settings *s;
	struct outcome *out;
	struct virtual *v;
	struct sense senses[SENSORS_MAX];
	struct now now;
	int64_t t_ms;
	uint64_t random;
	double carried[UPSTREAMS_MAX];	/* bits past each upstream in this second */
	double full[LINKS_MAX];		/* as the story says; 0: as it is */
	double failing;
	/* requests of each client that came through in this second */
	double asked[STREAMS_MAX];
	unsigned reporting;		/* whose traffic is handed out */
};

static uint32_t
draw(struct world *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)(w->random * 0x2545f4914f6cdd1d >> 32);
}

/* ---- what the core says -------------------------------------------------- */

static const char *
word(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s != NULL ? s : "";
}

static void
tell(struct world *w, const json_t *event)
{
	char *line = json_dumps(event, JSON_COMPACT);

	text_add(&w->out->events, line);
	text_add(&w->out->events, "\n");
	free(line);
}

static void
hear(void *ctx, const json_t *event)
{
	struct world *w = ctx;
	struct act *a = &w->out->acts[w->out->acts_n];
	bool intent = strcmp(word(event, "type"), "intent") == 0;

	tell(w, event);
	if (w->out->acts_n == ACTS_MAX || strcmp(word(event, "type"), "outcome") == 0)
		return;
	*a = (struct act){ .at_ms = w->t_ms, .incident = !intent };
	a->withdraw = intent && strcmp(word(event, "verb"), "withdraw") == 0;
	snprintf(a->id, sizeof(a->id), "%s", word(event, "id"));
	snprintf(a->what, sizeof(a->what), "%s", word(event, intent ? "step" : "event"));
	if (intent)
		rule_from_json(&a->rule, json_object_get(event, "rule"), NULL);
	if (prefix_parse(&a->subject, word(event, "subject")) != 0)
		a->subject.family = 0;
	w->out->acts_n++;
}

/* ---- traffic ------------------------------------------------------------- */

static double
rate_now(const struct stream *s, int64_t t)
{
	int64_t age = t - s->from_ms;

	if (age < 0 || t >= s->until_ms)
		return 0;
	if (s->on_ms > 0 && age % (s->on_ms + s->off_ms) >= s->on_ms)
		return 0;
	return s->ramp_ms > age ? s->bps * (double)age / (double)s->ramp_ms : s->bps;
}

/* What gets past an upstream of such traffic; limits are for all that a rule takes. */
static double
share_past(const struct world *w, unsigned upstream, const struct flow *f, double bps)
{
	const struct rule *rules[RULES_MAX];
	unsigned n = virtual_carries(w->v, upstream, rules, RULES_MAX);
	double past = 1;

	for (unsigned i = 0; i < n; i++) {
		double share = rules[i]->kind == RULE_RTBH ? 0 : rules[i]->rate_bps / bps;

		if (rule_takes(rules[i], f) && share < past)
			past = share;
	}
	return past;
}

static void
make_flow(struct world *w, struct flow *f, const struct stream *s, const struct prefix *to,
    double bits)
{
	uint32_t who = s->attack || s->people ? draw(w) : draw(w) % 40;
	uint32_t src = s->attack ? 0xc6120000 | (who & 0xffff) : 0x50000000 | (who & 0xffffff);

	*f = (struct flow){ .family = to->family, .proto = s->proto, .tcp_flags = s->tcp_flags,
			    .sport = s->sport != 0 ? s->sport : (uint16_t)(1024 + draw(w) % 60000),
			    .dport = s->dport != 0 ? s->dport : (uint16_t)(1024 + draw(w) % 60000),
			    .bytes = (uint64_t)(bits / 8), .sampling = 1,
			    .start_ms = w->now.wall.ms, .end_ms = w->now.wall.ms + TICK_MS - 1,
			    .protocol = FLOW_IPFIX };
	f->packets = f->bytes / s->length + 1;
	f->has =
	    FLOW_SRC | FLOW_DST | FLOW_PROTO | FLOW_BYTES | FLOW_PACKETS | FLOW_START | FLOW_END;
	if (s->proto == 6 || s->proto == 17)
		f->has |= FLOW_SPORT | FLOW_DPORT;
	if (s->proto == 6)
		f->has |= FLOW_TCP_FLAGS;
	memcpy(f->dst, to->addr, sizeof(f->dst));
	for (int i = 0; i < 4; i++)
		f->src[i] = (uint8_t)(src >> (24 - 8 * i));
	if (s->src.family != 0)
		memcpy(f->src, s->src.addr, sizeof(f->src));
	else if (to->family == 6)
		memcpy(f->src,
		    (const uint8_t[]){ 0x20, 1, 0xd, 0xb8, 0xba, 0xd, f->src[2], f->src[3] }, 8);
}

/* Each upstream's flow sensor sees what comes over it, the packet sensor all. */
static void
see(struct world *w, unsigned upstream, const struct flow *f)
{
	unsigned flow_sensor = 0;

	for (unsigned i = 0; i < w->s->sensors_n; i++) {
		struct sense *e = &w->senses[i];
		bool mine = w->s->sensors[i].type == SENSOR_PACKET ||
		    (w->s->sensors[i].type == SENSOR_FLOW && flow_sensor++ == upstream);

		if (e->traffic == NULL || !mine || e->blind || e->silent)
			continue;
		traffic_add(e->traffic, f, 1, w->now.wall);
		e->accepted++;
	}
}

static void
deliver(struct world *w, const struct stream *s, const struct prefix *to, double bits, double bps)
{
	unsigned upstream = draw(w) % w->s->upstreams_n;
	struct flow f;
	double past;

	if (s->rps > 0)		/* one client comes one way */
		upstream = s->src.addr[s->src.family == 4 ? 3 : 7] % w->s->upstreams_n;

	make_flow(w, &f, s, to, bits);
	past = share_past(w, upstream, &f, bps / w->s->upstreams_n);
	if (!s->attack) {
		w->out->offered += bits;
		w->out->delivered += bits * past;
	}
	w->asked[s - w->story->streams] += s->rps > 0 ? bits * past / s->bps * s->rps : 0;
	f.packets = (uint64_t)((double)f.packets * past + draw(w) / (double)UINT32_MAX);
	if (f.packets == 0)
		return;
	f.bytes = f.packets * s->length;
	w->carried[upstream] += (double)f.bytes * 8;
	see(w, upstream, &f);
}

static struct prefix
host_of(struct world *w, const struct prefix *net, unsigned i, bool random)
{
	struct prefix p = *net;

	p.len = (uint8_t)prefix_bits(net);
	if (random)
		for (unsigned k = (net->len + 7) / 8; k < 16; k++)
			p.addr[k] = (uint8_t)draw(w);
	else if (net->family == 4)
		p.addr[3] |= (uint8_t)i;
	return p;
}

static void
flow_out(struct world *w, const struct stream *s)
{
	double bps = rate_now(s, w->t_ms), bits = bps * TICK_MS / 1000;
	unsigned hosts = s->hosts == 0 ? SPRAYED : s->hosts, each = hosts > 1 ? 1 : RECORDS;

	for (unsigned p = 0; bps > 0 && p < s->places_n; p++)
		for (unsigned h = 0; h < hosts; h++) {
			struct prefix to = host_of(w, &s->to[p], h, s->hosts == 0);

			for (unsigned k = 0; k < each; k++)
				deliver(w, s, &to, bits / hosts / each, bps / hosts);
		}
}

/* ---- sensors ------------------------------------------------------------- */

static void
report_observation(void *ctx, const struct observation *o)
{
	struct world *w = ctx;
	struct sensor_report r = { .kind = REPORT_OBSERVATION, .observation = *o };

	if (!w->senses[w->reporting].blind && !w->senses[w->reporting].silent)
		virtual_report(w->v, &r, w->now);
}

static void
lie(struct world *w, unsigned i)
{
	const struct sense *e = &w->senses[i];
	struct flow f;

	for (unsigned k = 0; e->lie_bps > 0 && k < RECORDS; k++) {
		make_flow(w, &f, &e->lie, &e->lie_to, e->lie_bps * TICK_MS / 1000 / RECORDS);
		traffic_add(e->traffic, &f, 1, w->now.wall);
	}
}

static void
read_value(struct world *w, unsigned i, enum metric m, int link, double value, int64_t valid_ms)
{
	struct sensor_report r = { .kind = REPORT_READING };

	r.reading = (struct reading){ .sensor = (uint16_t)i,
		.metric = (uint8_t)m,
		.link = (int16_t)link,
		.subject = { .kind = SUBJECT_ALL },
		.at_ms = w->now.wall.ms,
		.valid_ms = valid_ms,
		.value = value };
	if (link < 0)
		r.reading.subject = (struct subject){ .kind = SUBJECT_HOST,
						      .prefix = w->s->sensors[i].subject };
	virtual_report(w->v, &r, w->now);
}

/* The log of the service: who asks and is answered, the people besides. */
static void
read_log(struct world *w, unsigned i)
{
	struct sensor_report r = { .kind = REPORT_READING };
	double all = PEOPLE_RPS, most = 1;

	r.reading = (struct reading){ .sensor = (uint16_t)i,
		.metric = METRIC_CLIENT_RPS,
		.link = -1,
		.at_ms = w->now.wall.ms,
		.valid_ms = FILL_VALID_MS };
	r.reading.subject =
	    (struct subject){ .kind = SUBJECT_HOST, .prefix = w->s->sensors[i].subject };
	for (unsigned c = 0; c < w->story->streams_n; c++) {
		if (!prefix_eq(&w->story->streams[c].to[0], &w->s->sensors[i].subject))
			continue;
		all += w->asked[c];
		if (w->asked[c] <= most)
			continue;
		most = w->asked[c];
		r.reading.client = w->story->streams[c].src;
	}
	r.reading.value = most;
	virtual_report(w->v, &r, w->now);
	read_value(w, i, METRIC_RPS, -1, all, FILL_VALID_MS);
}

static void
report_second(struct world *w, unsigned i)
{
	struct sensor_report r = { .kind = REPORT_HEALTH };
	const struct sense *e = &w->senses[i];

	r.health = (struct health_report){ .sensor = (uint16_t)i, .accepted = e->accepted,
					   .health = e->blind ? HEALTH_BLIND : HEALTH_FRESH,
					   .complete_ms = w->now.wall.ms - 1000 };
	virtual_report(w->v, &r, w->now);
	if (e->blind)
		return;
	if (w->s->sensors[i].type == SENSOR_INTERFACE)
		for (unsigned l = 0; l < w->s->links_n; l++)
			read_value(w, i, METRIC_FILL, (int)l, w->full[l] > 0 ? w->full[l] :
			    w->carried[l] / w->s->links[l].capacity_bps, FILL_VALID_MS);
	if (w->s->sensors[i].type == SENSOR_PROBE && w->t_ms % PROBE_MS == 0)
		read_value(w, i, METRIC_FAILING, -1, w->failing, 3 * PROBE_MS);
	if (w->s->sensors[i].type == SENSOR_LOG)
		read_log(w, i);
}

static void
sense(struct world *w)
{
	for (unsigned i = 0; i < w->s->sensors_n; i++) {
		struct sense *e = &w->senses[i];

		w->reporting = i;
		if (e->traffic != NULL) {
			lie(w, i);
			traffic_tick(e->traffic, w->now.wall, report_observation, w);
		}
		if (w->t_ms % 1000 == 0 && !e->silent)
			report_second(w, i);
	}
	if (w->t_ms % 1000 == 0)
		memset(w->carried, 0, sizeof(w->carried));
	if (w->t_ms % 1000 == 0)
		memset(w->asked, 0, sizeof(w->asked));
}

/* ---- happenings ---------------------------------------------------------- */

static void
withdraw_all(struct world *w, const char *who)
{
	const struct ledger *l = virtual_ledger(w->v);

	while (l->n > 0)
		virtual_withdraw(w->v, l->all[0]->id, who, "the story says so", w->now);
}

static void
by_hand(struct world *w, const struct event *e)
{
	struct rule hole = { .kind = RULE_RTBH, .dst = e->target };
	struct wish wish = { .who = e->who, .reason = "the story says so", .rule = &hole,
			     .for_ms = e->for_ms };
	struct diag why;
	char id[ID_LEN];

	virtual_announce(w->v, &wish, w->now, id, &why);	/* a refusal is among the events */
}

/* Refusals are told as they would be to the person. */
static void
answer(struct world *w, const struct event *e, const struct approval *a)
{
	struct diag why;
	json_t *event;
	char id[ID_LEN];
	int err;

	memcpy(id, a->id, sizeof(id));
	if (e->what == PERSON_APPROVES)
		err = virtual_approve(w->v, id, e->index, w->now, &why);
	else
		err = virtual_deny(w->v, id, e->index, "the story says so", w->now, &why);
	if (err == 0)
		return;
	event = json_pack("{s:s,s:s,s:s}", "type", "refused", "who", e->who, "why", why.say);
	tell(w, event);
	json_decref(event);
}

/*
 * A late answer counts as well; what is decided is no question any more, unless it is asked for by
 * name.
 */
static bool
is_asked(const struct approval *a, const struct event *e)
{
	if (e->target.family != 0)
		return prefix_eq(&a->rule.dst, &e->target);
	return a->state != APPROVAL_GIVEN && a->state != APPROVAL_DENIED;
}

static void
answer_all(struct world *w, const struct event *e)
{
	const struct approval *a;
	unsigned n = 0;

	for (unsigned i = 0; (a = virtual_approval(w->v, i)) != NULL; i++) {
		if (!is_asked(a, e) || (e->what == NOBODY_ANSWERS && a->state != APPROVAL_WAITING))
			continue;
		n++;
		if (e->what != NOBODY_ANSWERS)
			answer(w, e, a);
	}
	if (n == 0 && w->out->unasked_line == 0)
		w->out->unasked_line = e->line;
}

static void
happen(struct world *w, const struct event *e)
{
	struct sense *sense = &w->senses[e->index];

	switch (e->what) {
	case SENSOR_BLIND:
		sense->blind = true;
		break;
	case SENSOR_SILENT:
		sense->silent = true;
		break;
	case SENSOR_LIES:
		sense->lie_bps = e->value;
		sense->lie_to = e->target;
		sense->lie = e->lie;
		break;
	case SENSOR_WELL:
		sense->blind = sense->silent = false;
		sense->lie_bps = 0;
		break;
	case UPSTREAM_DOWN:
	case UPSTREAM_UP:
		virtual_session(w->v, e->index, e->what == UPSTREAM_UP, w->now);
		break;
	case UPSTREAM_REFUSES:
	case UPSTREAM_TAKES:
		virtual_refuse(w->v, w->s->upstreams[e->index].router, e->what == UPSTREAM_REFUSES);
		break;
	case LINK_FULL:
		w->full[e->index] = e->value;
		break;
	case PROBE_FAILS:
		w->failing = e->value;
		break;
	case PERSON_WITHDRAWS:
		withdraw_all(w, e->who);
		break;
	case PERSON_ANNOUNCES:
		by_hand(w, e);
		break;
	case PERSON_APPROVES:
	case PERSON_DENIES:
	case NOBODY_ANSWERS:
		answer_all(w, e);
		break;
	case PERSON_PAUSES:
		virtual_pause(w->v, wall_add_ms(w->now.wall, e->for_ms));
		break;
	}
}

/* ---- all of it ----------------------------------------------------------- */

static void
run(struct world *w)
{
	for (w->t_ms = 0; w->t_ms <= w->story->end_ms; w->t_ms += TICK_MS) {
		for (unsigned i = 0; i < w->story->events_n; i++)
			if (w->story->events[i].at_ms / TICK_MS == w->t_ms / TICK_MS)
				happen(w, &w->story->events[i]);
		for (unsigned i = 0; i < w->story->streams_n; i++)
			flow_out(w, &w->story->streams[i]);
		w->now.wall.ms += TICK_MS;
		w->now.mono = mono_add_ms(w->now.mono, TICK_MS);
		sense(w);
		virtual_step(w->v, w->now);
		if (virtual_ledger(w->v)->n > 0)
			w->out->standing_until_ms = w->t_ms;
	}
}

static int
open_senses(struct world *w)
{
	struct prefix counted[PREFIXES_MAX + SUMS_MAX];
	struct traffic_settings t = { .prefixes = counted };
	int err = 0;

	memcpy(counted, w->s->prefixes, w->s->prefixes_n * sizeof(*counted));
	t.prefixes_n = w->s->prefixes_n + settings_sums(w->s, counted + w->s->prefixes_n);
	traffic_size(&t, w->s->prefixes, w->s->prefixes_n);
	fusion_floors(w->s, t.floor);
	for (unsigned i = 0; i < w->s->sensors_n && err == 0; i++) {
		t.sensor = (uint16_t)i;
		if (w->s->sensors[i].type == SENSOR_FLOW || w->s->sensors[i].type == SENSOR_PACKET)
			err = traffic_new(&w->senses[i].traffic, &t);
	}
	return err;
}

int
world_run(struct outcome *ret, const struct story *story, const struct settings *s, uint64_t seed)
{
	struct world w = {
		.story = story, .s = s, .out = ret, .random = seed * 0x9e3779b97f4a7c15 + 1
	};
	struct virtual_start start = { .settings = s, .seed = seed, .answer_ms = ANSWER_MS,
				       .export_ms = { 800, 1200 }, .sink = hear, .ctx = &w };
	int err = seeded_install();

	if (err != 0)
		return err;
	seeded_start(seed);
	*ret = (struct outcome){ .acts = calloc(ACTS_MAX + 1, sizeof(*ret->acts)) };
	text_init(&ret->events, EVENTS_MAX);
	w.now = (struct now){ .wall = { T0 }, .mono = { 3600LL * 1000000000 } };
	if (ret->acts == NULL)
		err = -ENOMEM;
	if (err == 0)
		err = virtual_new(&w.v, &start);
	if (err == 0)
		err = open_senses(&w);
	if (err == 0)
		run(&w);
	for (unsigned i = 0; i < SENSORS_MAX; i++)
		traffic_free(w.senses[i].traffic);
	virtual_free(w.v);
	return err;
}

void
outcome_fini(struct outcome *o)
{
	text_fini(&o->events);
	free(o->acts);
}
