/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "senses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "fusion/fusion.h"
#include "shape.h"

#define QUEUE_MAX 32768
#define COUNTERS (WIRE_B + 1)	/* the sensors that count what comes */
/* as in daemon/traffic: a subject is reported so long after it was last above a floor */
#define REPORT_FOR_MS 30000
#define TOP_TOLD_MS 20000
#define READ_EVERY_MS 5000
#define READ_VALID_MS 30000
#define FLOWS_OF_LASTING 0.02	/* flow records a packet of a connection */
#define OCTETS_A_REQUEST 2500
#define BLIND_LOSS 0.7		/* of the records of a flooded collector */
#define BLIND_TURN_MS 10000
#define BLIND_PAUSE_MS 30000	/* the wire's process stumbles for the first third of so long */

/* where things are in `places` */
enum { PLACE_ALL, PLACE_PREFIX, PLACE_64 = PLACE_PREFIX + 3, PLACE_HOST4 = PLACE_64 + MEMBERS,
       PLACE_HOST6 = PLACE_HOST4 + 512, PLACES = PLACE_HOST6 + MEMBERS };

struct part {
	uint8_t stream;
	float share;
};

struct place {
	struct subject subject;
	unsigned n;
	struct part of[STREAMS_MAX + 1];
	double bps, pps;		/* now, over both links */
	double bits, top;		/* of late, all and of its largest host */
	struct shape_seen shapes[COUNTERS];
	int64_t above_ms[COUNTERS];
	float told_top[COUNTERS];	/* the largest host's share, as last told */
	int64_t told_ms[COUNTERS];
};

/* What one sensor has counted in one place during a step. */
struct taking {
	int64_t ms;
	struct observation o;
};

/* Observations on their way, in the order in which they come out. */
struct queue {
	unsigned sensor, first, n;
	int64_t delay_ms;
	bool lasting, brief;		/* which flows go through it */
	struct waiting { int64_t due_ms; uint16_t place; struct observation o; } *all;
};

enum { QUEUES = 5 };

struct senses {
	const struct settings *s;
	uint64_t seed, lost;
	float floor[METRIC_COUNTED_N];
	struct stream lie;
	bool lying;
	double samples[COUNTERS][STREAMS_MAX + 1];
	int64_t blind_until_ms, read_ms;
	unsigned touched_n;
	uint16_t touched[PLACES];
	struct place places[PLACES];
	struct queue queues[QUEUES];
};

static const struct { double sampling; int64_t complete_ms; } sees[COUNTERS] = {
	[EDGE_A] = { 1000, 1500 },	/* sFlow */
	[EDGE_B] = { 1000, 32000 },	/* NetFlow: active timeout 30 s, inactive 15 s */
	[WIRE_A] = { 64, 400 },		/* packets off a mirror port */
	[WIRE_B] = { 64, 400 },
};

static const struct queue queues[QUEUES] = {
	{ .sensor = EDGE_A, .delay_ms = 1200, .lasting = true, .brief = true },
	{ .sensor = EDGE_B, .delay_ms = 15000, .brief = true },
	{ .sensor = EDGE_B, .delay_ms = 30000, .lasting = true },
	{ .sensor = WIRE_A, .delay_ms = 200, .lasting = true, .brief = true },
	{ .sensor = WIRE_B, .delay_ms = 200, .lasting = true, .brief = true },
};

static void
places_init(struct senses *se)
{
	const struct settings *s = se->s;

	se->places[PLACE_ALL].subject.kind = SUBJECT_ALL;
	for (unsigned i = 0; i < 3; i++)
		se->places[PLACE_PREFIX + i].subject =
		    (struct subject){ .kind = SUBJECT_PREFIX, .prefix = s->prefixes[i] };
	for (unsigned i = 0; i < 512; i++) {
		struct prefix p = s->prefixes[i / 256];

		p.len = 32;
		p.addr[3] = (uint8_t)i;
		se->places[PLACE_HOST4 + i].subject =
		    (struct subject){ .kind = SUBJECT_HOST, .prefix = p };
	}
	for (unsigned m = 0; m < MEMBERS; m++) {
		se->places[PLACE_64 + m].subject =
		    (struct subject){ .kind = SUBJECT_PREFIX, .prefix = s->members[m].prefixes[1] };
		se->places[PLACE_HOST6 + m].subject = (struct subject){
			.kind = SUBJECT_HOST, .prefix = world_host(s, m, HOST_WEB6) };
	}
}

struct senses *
senses_new(const struct settings *s, uint64_t seed)
{
	struct senses *se = calloc(1, sizeof(*se));

	if (se == NULL)
		return NULL;
	se->s = s;
	se->seed = seed;
	fusion_floors(s, se->floor);
	places_init(se);
	for (unsigned i = 0; i < QUEUES; i++) {
		se->queues[i] = queues[i];
		se->queues[i].all = calloc(QUEUE_MAX, sizeof(*se->queues[i].all));
		if (se->queues[i].all == NULL) {
			senses_free(se);
			return NULL;
		}
	}
	return se;
}

void
senses_free(struct senses *se)
{
	for (unsigned i = 0; se != NULL && i < QUEUES; i++)
		free(se->queues[i].all);
	free(se);
}

void
senses_lie(struct senses *se, const struct stream *lie)
{
	se->lying = lie != NULL;
	if (lie != NULL)
		se->lie = *lie;
}

void
senses_blind(struct senses *se, int64_t until_ms)
{
	se->blind_until_ms = until_ms;
}

uint64_t
senses_lost(const struct senses *se)
{
	return se->lost;
}

/* ---- which streams go where -------------------------------------------------------------- */

static void
part_add(struct senses *se, unsigned at, unsigned stream, double share)
{
	struct place *p = &se->places[at];

	if (p->n == 0)
		se->touched[se->touched_n++] = (uint16_t)at;
	p->of[p->n++] = (struct part){ (uint8_t)stream, (float)share };
}

static void
place_four(struct senses *se, const struct stream *s, unsigned stream, double in)
{
	unsigned net = s->dst.addr[0] == se->s->prefixes[1].addr[0] ? 1 : 0;
	bool above = in / 256 >= se->floor[METRIC_BPS] ||
	             in / 256 / 8 / s->length >= se->floor[METRIC_PPS];

	part_add(se, PLACE_PREFIX + net, stream, 1);
	if (s->dst.len == 32)
		part_add(se, PLACE_HOST4 + net * 256 + s->dst.addr[3], stream, 1);
	for (unsigned i = 0; s->dst.len == 24 && above && i < 256; i++)
		part_add(se, PLACE_HOST4 + net * 256 + i, stream, 1.0 / 256);
}

static void
place_six(struct senses *se, const struct stream *s, unsigned stream)
{
	part_add(se, PLACE_PREFIX + 2, stream, 1);
	if (s->member < 0)
		return;
	part_add(se, PLACE_64 + (unsigned)s->member, stream, 1);
	if (s->dst.len == 128)
		part_add(se, PLACE_HOST6 + (unsigned)s->member, stream, 1);
}

static void
place_all(struct senses *se, const struct world *w)
{
	for (unsigned i = 0; i < se->touched_n; i++)
		se->places[se->touched[i]].n = 0;
	se->touched_n = 0;
	for (unsigned j = 0; j < w->streams_n + se->lying; j++) {
		const struct stream *s = j < w->streams_n ? &w->streams[j] : &se->lie;
		double in = s->in[0] + s->in[1];

		if (in <= 0)
			continue;
		part_add(se, PLACE_ALL, j, 1);
		if (s->dst.family == 4)
			place_four(se, s, j, in);
		else
			place_six(se, s, j);
	}
}

/* ---- one sensor, one place --------------------------------------------------------------- */

/* What the sensor sees of a stream, in packets. */
static double
packets_seen(const struct stream *s, unsigned sensor, double share, int64_t ms)
{
	double bps = s->in[sensor % VIAS];

	return bps * share / 8 / s->length * (double)ms / 1000;
}

static void
count(struct observation *o, const struct stream *s, double packets, double records)
{
	double bits = packets * s->length * 8;

	o->amount[METRIC_BPS] += (float)bits;
	o->amount[METRIC_PPS] += (float)packets;
	o->amount[METRIC_FPS] += (float)records;
	if (s->proto == TCP) {
		o->amount[METRIC_TCP_PPS] += (float)packets;
		o->amount[METRIC_SYN_PPS] +=
		    (float)(packets * (s->flags == SYN ? 1 : s->opens ? SYN_OF_LEGIT : 0));
	}
	if (s->proto == UDP) {
		o->amount[METRIC_UDP_PPS] += (float)packets;
		o->amount[METRIC_UDP_BPS] += (float)bits;
	}
	if (s->proto == ICMP)
		o->amount[METRIC_ICMP_PPS] += (float)packets;
	if (s->fragments)
		o->amount[METRIC_FRAG_PPS] += (float)packets;
}

static bool
reported(struct place *p, unsigned sensor, const float *floor, const struct observation *o,
    int64_t now_ms)
{
	float seconds = (float)o->slots * SLOT_MS / 1000;
	bool above = false;

	for (unsigned m = 0; m < METRIC_COUNTED_N; m++)
		above |= floor[m] > 0 && o->amount[m] >= floor[m] * seconds;
	if (above)
		p->above_ms[sensor] = now_ms;
	return p->subject.kind == SUBJECT_ALL ||
	       (p->above_ms[sensor] != 0 && now_ms - p->above_ms[sensor] < REPORT_FOR_MS);
}

static void
enqueue(struct senses *se, struct queue *q, const struct observation *o, unsigned place,
    int64_t due_ms)
{
	struct waiting *to = &q->all[(q->first + q->n) % QUEUE_MAX];

	if (q->n == QUEUE_MAX) {
		se->lost++;
		return;
	}
	to->due_ms = due_ms;
	to->place = (uint16_t)place;
	to->o = *o;
	q->n++;
}

/* Sampled packets of each stream, the same ones wherever they count. */
static void
samples_draw(struct senses *se, const struct world *w, int64_t ms)
{
	for (unsigned i = 0; i < COUNTERS; i++) {
		uint64_t seed = chance_mix(se->seed + i);

		for (unsigned j = 0; j < w->streams_n; j++)
			se->samples[i][j] = chance_count(seed, j, w->now_ms,
			    packets_seen(&w->streams[j], i, 1, ms) / sees[i].sampling);
		se->samples[i][w->streams_n] = se->lying && i == EDGE_A ?
		    chance_count(seed, w->streams_n, w->now_ms,
		        packets_seen(&se->lie, i, 1, ms) / sees[i].sampling) : 0;
	}
}

/* One stream at one place; what was counted by all together is told of later. */
static void
stream_take(struct senses *se, const struct world *w, struct place *p, const struct queue *q,
    const struct part *part, struct taking *k)
{
	const struct stream *s =
	    part->stream == w->streams_n ? &se->lie : &w->streams[part->stream];
	double sampling = sees[q->sensor].sampling, c = se->samples[q->sensor][part->stream];

	if (part->share < 1)
		c = chance_count(chance_mix(se->seed + q->sensor),
		    (uint64_t)(p - se->places + 1) << 8 | part->stream, w->now_ms, c * part->share);
	if (c <= 0)
		return;
	if (q->brief)
		shape_see(&p->shapes[q->sensor], s, c);
	if (!(s->lasting ? q->lasting : q->brief))
		return;
	k->o.samples += (float)c;
	count(&k->o, s, c * sampling,
	    q->sensor != EDGE_B ? 0 : s->lasting ? fmin(c, c * sampling * FLOWS_OF_LASTING) : c);
}

static bool
collector_drops(const struct senses *se, const struct world *w, unsigned sensor, uint64_t key)
{
	return se->blind_until_ms > w->now_ms && sensor < WIRE_A &&
	       chance(se->seed, 77 + key, w->now_ms) < BLIND_LOSS;
}

static void
place_take(struct senses *se, const struct world *w, struct place *p, struct queue *q, int64_t ms)
{
	uint64_t key = (uint64_t)(p - se->places) * 8 + q->sensor;
	struct taking k = { .ms = ms,
		.o = { .subject = p->subject, .sensor = (uint16_t)q->sensor,
			.slots = (uint16_t)(ms / SLOT_MS), .start_ms = w->now_ms } };

	if (q->brief)
		shape_turn(&p->shapes[q->sensor], w->now_ms);
	for (unsigned i = 0; i < p->n; i++)
		stream_take(se, w, p, q, &p->of[i], &k);
	if (k.o.samples <= 0 || !reported(p, q->sensor, se->floor, &k.o, w->now_ms))
		return;
	if (q->brief)	/* the others come later, and are of what these were, too */
		shape_traits(&p->shapes[q->sensor], chance_mix(se->seed ^ key), w->now_ms,
		    &k.o.traits);
	if (p->subject.kind == SUBJECT_PREFIX)
		k.o.top_share = p->bits > 0 ? (float)(p->top / p->bits) : 0;
	if (!collector_drops(se, w, q->sensor, key))
		enqueue(se, q, &k.o, (unsigned)(p - se->places), w->now_ms + ms + q->delay_ms);
}

static void
place_rate(const struct senses *se, const struct world *w, struct place *p, double keep)
{
	p->bps = p->pps = 0;
	for (unsigned k = 0; k < p->n; k++) {
		unsigned j = p->of[k].stream;
		const struct stream *s = j < w->streams_n ? &w->streams[j] : &se->lie;
		double in = (s->in[0] + s->in[1]) * p->of[k].share;

		p->bps += in;
		p->pps += in / 8 / s->length;
	}
	p->bits = p->bits * keep + p->bps * (1 - keep);
}

/*
 * What is everywhere now, and the largest host of each prefix, fading within a second as in
 * daemon/traffic.
 */
static void
rates_find(struct senses *se, const struct world *w, int64_t ms)
{
	double keep = exp(-(double)ms / 1000), most[PLACE_HOST4] = { 0 };

	for (unsigned i = 0; i < se->touched_n; i++) {
		unsigned at = se->touched[i], up;
		struct place *p = &se->places[at];

		place_rate(se, w, p, keep);
		if (at < PLACE_HOST4)
			continue;
		if (at >= PLACE_HOST6)
			most[PLACE_64 + at - PLACE_HOST6] = p->bits;
		up = at < PLACE_HOST6 ? PLACE_PREFIX + (at - PLACE_HOST4) / 256 : PLACE_PREFIX + 2;
		most[up] = fmax(most[up], p->bits);
	}
	for (unsigned at = PLACE_PREFIX; at < PLACE_HOST4; at++)
		se->places[at].top =
		    fmin(fmax(se->places[at].top * keep, most[at]), se->places[at].bits);
}

/*
 * A host or /64 far below every floor, of which nothing was reported lately, is no work to any
 * sensor.
 */
static bool
far_below(const struct senses *se, unsigned at, int64_t now_ms)
{
	const struct place *p = &se->places[at];

	if (at < PLACE_64 || p->bps >= se->floor[METRIC_BPS] / 2 ||
	    p->pps >= se->floor[METRIC_PPS] / 2)
		return false;
	for (unsigned i = 0; i < COUNTERS; i++)
		if (p->above_ms[i] != 0 && now_ms - p->above_ms[i] < REPORT_FOR_MS)
			return false;
	return true;
}

static bool
wire_stumbles(const struct senses *se, int64_t now_ms)
{
	return se->blind_until_ms > now_ms && now_ms % BLIND_PAUSE_MS < BLIND_PAUSE_MS / 3;
}

void
senses_take(struct senses *se, const struct world *w, int64_t ms)
{
	place_all(se, w);
	samples_draw(se, w, ms);
	rates_find(se, w, ms);
	for (unsigned i = 0; i < se->touched_n; i++) {
		if (far_below(se, se->touched[i], w->now_ms))
			continue;
		for (unsigned q = 0; q < QUEUES; q++)
			if (se->queues[q].sensor < WIRE_A || !wire_stumbles(se, w->now_ms))
				place_take(se, w, &se->places[se->touched[i]], &se->queues[q], ms);
	}
}

/* ---- out of the sensors -------------------------------------------------- */

static void
tell_health(struct senses *se, struct now now, senses_sink *sink, void *ctx)
{
	struct sensor_report r = { .kind = REPORT_HEALTH };
	bool blind = se->blind_until_ms > now.wall.ms;

	for (unsigned i = 0; i < SENSORS_N; i++) {
		r.health.sensor = (uint16_t)i;
		r.health.health = HEALTH_FRESH;
		r.health.complete_ms = now.wall.ms - (i < COUNTERS ? sees[i].complete_ms : 0);
		if (blind && i <= EDGE_B)
			r.health.health =
			    now.wall.ms / BLIND_TURN_MS % 2 == 0 ? HEALTH_LATE : HEALTH_BLIND;
		if ((i != WIRE_A && i != WIRE_B) || !wire_stumbles(se, now.wall.ms))
			sink(ctx, &r, now);
	}
}

static void
tell_reading(enum sensor_of sensor, enum metric m, int link, const struct subject *of, double value,
    struct now now, senses_sink *sink, void *ctx)
{
	struct sensor_report r = { .kind = REPORT_READING };

	r.reading = (struct reading){
		.sensor = (uint16_t)sensor,
		.metric = (uint8_t)m,
		.link = (int16_t)link,
		.subject = *of,
		.at_ms = now.wall.ms,
		.valid_ms = READ_VALID_MS,
		.value = value,
	};
	sink(ctx, &r, now);
}

static void
tell_readings(struct senses *se, const struct world *w, struct now now, senses_sink *sink,
    void *ctx)
{
	struct subject all = { .kind = SUBJECT_ALL };

	for (unsigned u = 0; u < VIAS; u++)
		tell_reading(LINK_FILL, METRIC_FILL, (int)u, &all,
		    fmin(w->load[u] / se->s->links[u].capacity_bps, 1), now, sink, ctx);
	if (now.wall.ms < se->read_ms + READ_EVERY_MS)
		return;
	se->read_ms = now.wall.ms;
	for (unsigned j = 0; j < w->legit_n; j++) {
		const struct stream *s = &w->streams[j];
		struct subject of = { .kind = SUBJECT_HOST, .prefix = s->dst };
		double lost = s->bps > 0 ? 1 - s->got / s->bps : 0;

		if (s->proto != TCP || s->dport != 443)
			continue;
		/* A check asks five times and needs each packet of it. */
		tell_reading(WEB, METRIC_FAILING, -1, &of, floor(fmin(lost * 5, 1) * 5) / 5, now,
		    sink, ctx);
		tell_reading(ACCESS, METRIC_RPS, -1, &of, s->got / 8 / OCTETS_A_REQUEST, now, sink,
		    ctx);
	}
}

/*
 * The share is of what comes out now, so a record of half a minute ago does not bring that one's
 * back.
 */
static void
top_tell(struct place *p, const struct queue *q, struct observation *o, int64_t now_ms)
{
	if (q->brief) {
		p->told_top[q->sensor] = o->top_share;
		p->told_ms[q->sensor] = now_ms;
	} else if (now_ms - p->told_ms[q->sensor] < TOP_TOLD_MS) {
		o->top_share = p->told_top[q->sensor];
	}
}

void
senses_tell(struct senses *se, const struct world *w, struct now now, senses_sink *sink, void *ctx)
{
	struct sensor_report r = { .kind = REPORT_OBSERVATION };
	bool second = now.wall.ms % 1000 == 0;

	if (second)
		tell_health(se, now, sink, ctx);
	for (unsigned i = 0; i < QUEUES; i++) {
		struct queue *q = &se->queues[i];

		while (q->n > 0 && q->all[q->first].due_ms <= now.wall.ms) {
			r.observation = q->all[q->first].o;
			top_tell(&se->places[q->all[q->first].place], q, &r.observation,
			    now.wall.ms);
			q->first = (q->first + 1) % QUEUE_MAX;
			q->n--;
			sink(ctx, &r, now);
		}
	}
	if (second)
		tell_readings(se, w, now, sink, ctx);
}
