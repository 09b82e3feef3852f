/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the members' own visitors send, by the hour of the week. */
#include "chance.h"
#include "world.h"

#define MINUTE_MS 60000
#define HOUR_MS 3600000.0
#define DAY_HOURS 24
#define WEEKEND 0.75
#define NIGHT 0.35		/* of the busiest hour, at four in the morning */
#define NOISE 0.1
#define QUIETEST_HOUR 4
/* the busiest second of the smallest member, and each one is so much larger: */
#define SMALLEST_BPS 15e6
#define LARGER_BPS 5e6
#define CROWD_PORT 443

static const struct kind {
	enum host host;
	uint8_t proto, flags;
	int sport, dport;
	bool lasting, opens;
	double length, share;
} kinds[] = {
	{ HOST_WEB,      TCP, ACK, -1, 443, true,  true,  420, 0.58 },	/* the web */
	{ HOST_WEB,      UDP, 0,   -1, 443, true,  false, 600, 0.15 },	/* and over QUIC */
	{ HOST_SERVICES, TCP, ACK, -1, 25,  true,  true,  700, 0.12 },	/* mail that comes in */
	/* answers to its questions */
	{ HOST_SERVICES, UDP, 0,   53, -1,  false, false, 180, 0.03 },
	{ HOST_WEB6,     TCP, ACK, -1, 443, true,  true,  420, 0.12 },
};
#define KINDS_N (sizeof(kinds) / sizeof(*kinds))

void
world_people(struct world *w)
{
	for (unsigned m = 0; m < MEMBERS; m++)
		for (unsigned k = 0; k < KINDS_N; k++)
			w->streams[w->streams_n++] = (struct stream){
				.dst = world_host(w->s, m, kinds[k].host),
				.member = (int)m,
				.host = (int)kinds[k].host,
				.proto = kinds[k].proto,
				.flags = kinds[k].flags,
				.sport = kinds[k].sport,
				.dport = kinds[k].dport,
				.lasting = kinds[k].lasting,
				.opens = kinds[k].opens,
				.length = kinds[k].length,
				.part = { 0.55, 0.45 },
			};
	w->legit_n = w->streams_n;
}

/* 0..1: a day between its quietest and its busiest hour, a weekend lower. */
static double
of_week(int64_t now_ms)
{
	double hours = (double)now_ms / HOUR_MS;
	int day = (int)(hours / DAY_HOURS + 3) % 7;	/* 1970 began on a Thursday; 0 is Monday */
	double wave = 0.5 - 0.5 * cos(2 * M_PI * (hours - QUIETEST_HOUR) / DAY_HOURS);

	return (NIGHT + (1 - NIGHT) * wave) * (day >= 5 ? WEEKEND : 1);
}

void
world_people_now(struct world *w, double crowd, int crowd_member)
{
	double busy = of_week(w->now_ms);

	for (unsigned j = 0; j < w->legit_n; j++) {
		struct stream *s = &w->streams[j];
		double most = SMALLEST_BPS + LARGER_BPS * s->member;
		double noise = chance_between(w->seed, 1000 + (uint64_t)j, w->now_ms / MINUTE_MS,
		    1 - NOISE, 1 + NOISE);

		s->bps = most * kinds[j % KINDS_N].share * busy * noise;
		if (s->member == crowd_member && s->dport == CROWD_PORT)
			s->bps *= crowd;
	}
}
