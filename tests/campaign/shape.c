/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shape.h"

#include <math.h>
#include <string.h>

#include "chance.h"

#define KEYS 64			/* records that traits are made of, and that are taken a second */
#define AGE_MS 10000
#define YOUNG_MS 500		/* a flood fills half of them so fast */

static bool
same(const struct shape_kind *k, const struct stream *s)
{
	return k->proto == s->proto && k->flags == s->flags && k->fragments == s->fragments &&
	       k->sport == s->sport && k->dport == s->dport;
}

void
shape_see(struct shape_seen *sh, const struct stream *s, double records)
{
	unsigned i = 0, n = sh->half[sh->now].n;
	struct shape_kind *k = sh->half[sh->now].of;

	while (i < n && !same(&k[i], s))
		i++;
	if (i == SHAPE_KINDS)
		return;
	if (i == n) {
		k[i] = (struct shape_kind){ .proto = s->proto,
			.flags = s->flags,
			.fragments = s->fragments,
			.opens = s->opens,
			.sport = s->sport,
			.dport = s->dport };
		sh->half[sh->now].n++;
	}
	k[i].packets += (float)records;
	k[i].octets += (float)(records * s->length);
	sh->half[sh->now].records += (float)records;
}

void
shape_turn(struct shape_seen *sh, int64_t now_ms)
{
	int64_t age = now_ms - sh->turned_ms;
	bool full = sh->half[sh->now].records >= KEYS / 2 && age >= YOUNG_MS;

	if (!full && age < AGE_MS / 2)
		return;
	sh->now = !sh->now;
	sh->turned_ms = now_ms;
	memset(&sh->half[sh->now], 0, sizeof(sh->half[sh->now]));
}

/* A share as it shows in so many records. */
static uint8_t
sampled_share(double part, double whole, double n, uint64_t seed, int64_t when)
{
	double p = whole > 0 ? fmin(part / whole, 1) : 0;

	p += sqrt(p * (1 - p) / n) * chance_normal(seed, 0, when);
	return (uint8_t)(100 * fmin(fmax(p, 0), 1));
}

struct all {
	unsigned n;
	const struct shape_kind *of[2 * SHAPE_KINDS];
	double packets, octets, syn, fragments;
};

static void
gather(struct all *a, const struct shape_seen *sh)
{
	for (unsigned h = 0; h < 2; h++)
		for (unsigned i = 0; i < sh->half[h].n; i++) {
			const struct shape_kind *k = &sh->half[h].of[i];

			a->of[a->n++] = k;
			a->packets += k->packets;
			a->octets += k->octets;
			a->fragments += k->fragments ? k->packets : 0;
			if (k->proto == TCP)
				a->syn += k->packets *
				    (k->flags == SYN   ? 1
					    : k->opens ? SYN_OF_LEGIT
						       : 0);
		}
}

enum field { FIELD_PROTO, FIELD_SPORT, FIELD_DPORT, FIELD_FLAGS };

static int
value_of(const struct shape_kind *k, enum field f)
{
	switch (f) {
	case FIELD_PROTO: return k->proto;
	case FIELD_SPORT: return k->fragments ? 0 : k->sport;
	case FIELD_DPORT: return k->fragments ? 0 : k->dport;
	case FIELD_FLAGS: return k->flags;
	}
	return -1;
}

/* The value of most packets within a protocol (-1: within all); many different ones are none. */
static double
most(const struct all *a, enum field f, int proto, int *ret)
{
	double best = 0;

	for (unsigned i = 0; i < a->n; i++) {
		int v = value_of(a->of[i], f);
		double sum = 0;

		if (v < 0 || (proto >= 0 && a->of[i]->proto != proto))
			continue;
		for (unsigned j = 0; j < a->n; j++)
			if (value_of(a->of[j], f) == v && (proto < 0 || a->of[j]->proto == proto))
				sum += a->of[j]->packets;
		if (sum > best) {
			best = sum;
			*ret = v;
		}
	}
	return best;
}

void
shape_traits(const struct shape_seen *sh, uint64_t seed, int64_t now_ms, struct traits *ret)
{
	double n = fmin(sh->half[0].records + sh->half[1].records, KEYS), best, part;
	struct all a = { 0 };
	int v = 0;

	*ret = (struct traits){ .sampled = (uint16_t)n };
	if (n < 1)
		return;
	gather(&a, sh);
	best = most(&a, FIELD_PROTO, -1, &v);
	ret->proto = (uint8_t)v;
	ret->proto_share = sampled_share(best, a.packets, n, seed, now_ms);
	v = 0;
	part = most(&a, FIELD_SPORT, ret->proto, &v);
	ret->sport = (uint16_t)v;
	ret->sport_share = sampled_share(part, best, n, seed + 1, now_ms);
	v = 0;
	part = most(&a, FIELD_DPORT, ret->proto, &v);
	ret->dport = (uint16_t)v;
	ret->dport_share = sampled_share(part, best, n, seed + 2, now_ms);
	if (ret->proto == TCP) {
		most(&a, FIELD_FLAGS, TCP, &v);
		ret->tcp_flags = (uint8_t)v;
	}
	ret->syn_share = sampled_share(a.syn, a.packets, n, seed + 3, now_ms);
	ret->fragment_share = sampled_share(a.fragments, a.packets, n, seed + 4, now_ms);
	ret->length = (uint16_t)(a.octets / a.packets);
}
