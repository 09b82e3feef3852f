/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ban - a fixed ban as FastNetMon Community publishes its defaults: per host 20 kpps, 1000 Mbit/s
 * or 3500 flows a second, averaged over 5 s; the address is blackholed everywhere for 1900 s, then
 * released when its traffic, measured behind the hole, is below the thresholds.  A model of those
 * figures, not of the program.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "defence.h"

#define BAN_PPS 20e3
#define BAN_BPS 1000e6
#define BAN_FPS 3500.0
#define AVERAGE_MS 5000.0
#define BAN_MS 1900000
#define FLOWS_A_PACKET 0.02	/* of connections that last: some fifty packets each */

struct banned {
	struct prefix host;
	double bps, pps, fps;
	int64_t since_ms, last_ms;
	bool on;
	unsigned number;
};

struct ban {
	const struct settings *s;
	unsigned number;
	struct banned of[MEMBERS][HOSTS_EACH];
};

/* What comes to one host now. */
static void
measure(const struct world *w, const struct prefix *host, struct banned *ret)
{
	for (unsigned j = 0; j < w->streams_n; j++) {
		const struct stream *s = &w->streams[j];
		double share = prefix_eq(&s->dst, host) ? 1 : 0, in = s->in[0] + s->in[1], pps;

		if (share == 0 && prefix_covers(&s->dst, host))
			share = ldexp(1, s->dst.len - host->len);
		pps = in * share / 8 / s->length;
		ret->bps += in * share;
		ret->pps += pps;
		ret->fps += s->lasting ? pps * FLOWS_A_PACKET : pps;
	}
}

static void
update(const struct ban *b, struct world *w, const struct banned *h)
{
	struct rule rule = { .kind = RULE_RTBH, .dst = h->host };
	char id[ID_LEN];

	snprintf(id, sizeof(id), "b%u", h->number);
	for (unsigned u = 0; u < b->s->upstreams_n; u++)
		world_update(w, u, id, h->on ? &rule : NULL);
}

static void
host_step(struct ban *b, struct banned *h, struct world *w, struct score *score)
{
	int64_t now_ms = w->now_ms;
	struct banned is = { .host = h->host };
	double keep = exp(-(double)(now_ms - h->last_ms) / AVERAGE_MS);
	bool above;

	measure(w, &h->host, &is);
	h->bps = h->bps * keep + is.bps * (1 - keep);
	h->pps = h->pps * keep + is.pps * (1 - keep);
	h->fps = h->fps * keep + is.fps * (1 - keep);
	h->last_ms = now_ms;
	above = h->bps > BAN_BPS || h->pps > BAN_PPS || h->fps > BAN_FPS;
	if (!h->on && above) {
		h->on = true;
		h->since_ms = now_ms;
		h->number = ++b->number;
		update(b, w, h);
		score_call(score, w, CAUSE_HOLE, (int)((h - &b->of[0][0]) / HOSTS_EACH));
	} else if (h->on && !above && now_ms - h->since_ms >= BAN_MS) {
		h->on = false;
		update(b, w, h);
	}
}

static void
ban_step(void *self, struct world *w, struct score *score, struct now now)
{
	struct ban *b = self;

	(void)now;
	for (unsigned m = 0; m < MEMBERS; m++)
		for (unsigned i = 0; i < HOSTS_EACH; i++)
			host_step(b, &b->of[m][i], w, score);
}

/* A ban ends by the clock, so a step of ten seconds does no harm. */
static bool
ban_busy(const void *self)
{
	(void)self;
	return false;
}

int
ban_new(struct defence *ret, const struct settings *s)
{
	struct ban *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return -ENOMEM;
	b->s = s;
	for (unsigned m = 0; m < MEMBERS; m++)
		for (unsigned i = 0; i < HOSTS_EACH; i++)
			b->of[m][i].host = world_host(s, m, (enum host)i);
	*ret = (struct defence){ b, NULL, ban_step, ban_busy, free };
	return 0;
}
