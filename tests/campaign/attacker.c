/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "attacker.h"

#include <math.h>
#include <string.h>

#include "chance.h"
#include "shape.h"

#define SMALLEST_BPS 2e9
#define LARGEST_BPS 16e9
#define SEES_LATE_LOW 30e3	/* ms: looking glasses, status pages, its own bots' reports */
#define SEES_LATE_HIGH 60e3
#define BUDGET_MS (24 * 3600000LL)

/*
 * Lengths on the wire of the well-known amplifiers' answers (Rossow 2014 and later reports),
 * rounded.
 */
static const struct {
	uint8_t proto, flags;
	int sport, dport;
	bool fragments, lasting;
	double length;
} vectors[VECTORS_N] = {
	[DNS] = { UDP, 0, 53, -1, false, false, 1200 },
	[NTP] = { UDP, 0, 123, -1, false, false, 468 },
	[MEMCACHED] = { UDP, 0, 11211, -1, false, false, 1400 },
	[SYNS] = { TCP, SYN, -1, 443, false, false, SYN_OCTETS },
	[FRAGMENTS] = { UDP, 0, -1, -1, true, false, 1480 },
	[PINGS] = { ICMP, 0, -1, -1, false, false, 900 },
	[CLDAP] = { UDP, 0, 389, -1, false, false, 1460 },
	[SSDP] = { UDP, 0, 1900, -1, false, false, 320 },
	[LOOKALIKE] = { TCP, ACK, -1, 443, false, true, 420 },
	[NOISE6] = { UDP, 0, -1, -1, false, false, 900 },
};

void
attacker_init(struct attacker *a, const struct strategy *of, struct world *w, uint64_t seed)
{
	memset(a, 0, sizeof(*a));
	a->of = of;
	a->w = w;
	a->seed = seed;
	a->budget_ms = BUDGET_MS;
	a->crowd = 1;
	a->crowd_member = -1;
}

void
attacker_act(struct attacker *a)
{
	a->now_ms = a->w->now_ms;
	a->wake_ms = INT64_MAX;
	if (a->now_ms >= a->until_ms || a->spent_ms >= a->budget_ms) {
		attacker_cease(a);
		a->crowd_member = -1;
		return;
	}
	a->of->act(a);
	if (a->wake_ms > a->until_ms)
		a->wake_ms = a->until_ms;
}

bool
attacker_busy(const struct attacker *a)
{
	return a->on || a->lying;
}

void
attacker_spend(struct attacker *a, int64_t ms)
{
	if (attacker_busy(a))
		a->spent_ms += ms;
}

void
attacker_wake_in(struct attacker *a, double seconds)
{
	a->wake_ms = a->now_ms + (int64_t)seconds * 1000;
}

double
attacker_size(const struct attacker *a)
{
	double u = chance(a->seed, 1, a->round);

	return SMALLEST_BPS * pow(LARGEST_BPS / SMALLEST_BPS, u);
}

static struct stream *
send(struct attacker *a, enum vector v, double bps)
{
	struct stream *s = world_attack(a->w);
	double at_a = chance_between(a->seed, 2, a->round, 0.4, 0.7);

	if (s == NULL)
		return NULL;
	s->proto = vectors[v].proto;
	s->flags = vectors[v].flags;
	s->sport = vectors[v].sport;
	s->dport = vectors[v].dport;
	s->fragments = vectors[v].fragments;
	s->lasting = vectors[v].lasting;
	s->length = vectors[v].length;
	/* SYNs are counted, not weighed: a tenth of the bits are packets enough. */
	s->bps = v == SYNS ? bps / 10 : bps;
	s->part[0] = at_a;
	s->part[1] = 1 - at_a;
	if (!a->on)
		a->since_ms = a->now_ms;
	a->on = true;
	a->vector = v;
	score_begin(a->score, a->now_ms);
	return s;
}

void
attacker_flood(struct attacker *a, enum vector v, int member, double bps)
{
	struct stream *s = send(a, v, bps);

	if (s == NULL)
		return;
	s->member = a->target = member;
	s->host = v == NOISE6 ? HOST_WEB6 : HOST_WEB;
	s->dst = world_host(a->w->s, (unsigned)member, (enum host)s->host);
}

void
attacker_carpet(struct attacker *a, enum vector v, int member, double bps)
{
	struct stream *s = send(a, v, bps);

	if (s == NULL)
		return;
	a->target = member;
	s->host = HOST_SPREAD;
	s->member = v == NOISE6 ? member : -1;
	s->dst = v == NOISE6 ? a->w->s->members[member].prefixes[1]
	                     : a->w->s->prefixes[member * 2 / MEMBERS];
}

void
attacker_cease(struct attacker *a)
{
	if (a->on) {
		world_attack_over(a->w);
		score_end(a->score);
	}
	if (a->lying)
		senses_lie(a->senses, NULL);
	a->on = a->lying = false;
}

struct seen
attacker_sees(const struct attacker *a, int member)
{
	double late = chance_between(a->seed, 3, a->now_ms / 60000, SEES_LATE_LOW, SEES_LATE_HIGH);

	return world_seen(a->w, (unsigned)member, a->now_ms - (int64_t)late);
}

bool
attacker_passes(const struct attacker *a, enum vector v, int member)
{
	struct stream s = {
		.dst = world_host(a->w->s, (unsigned)member, v == NOISE6 ? HOST_WEB6 : HOST_WEB),
		.proto = vectors[v].proto, .flags = vectors[v].flags,
		.sport = vectors[v].sport, .dport = vectors[v].dport,
		.fragments = vectors[v].fragments, .length = vectors[v].length,
	};
	bool through[VIAS] = { true, true };

	for (unsigned i = 0; i < a->w->routes_n; i++) {
		const struct route *r = &a->w->routes[i];

		if (r->from_ms <= a->now_ms && r->until_ms > a->now_ms &&
		    world_match(&r->rule, &s) > 0.5)
			through[r->upstream] = false;
	}
	return through[0] || through[1];
}
