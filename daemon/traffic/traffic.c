/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/traffic.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "traffic/inner.h"

/* subjects followed in detail: one of so many addresses of our own, 7 KB each */
#define HOT_MIN 256
#define HOT_MAX 4096
#define HOSTS_A_HOT 96
/* IPv6 hosts remembered: as many as half of those of IPv4, where there are any */
#define HOSTS6_MIN 8192
#define HOSTS6_MAX 65536
#define HOSTS6_PER_64 256
#define WINDOW_MS 90000		/* what fusion looks back on, and then some */
#define BACK_SLOTS 20		/* a clock that goes back by less is taken to stand */
#define CAPACITY_MARGIN 1.05f	/* what a link may seem to carry beyond its capacity */

static void
limits_init(struct traffic *t, const float floor[METRIC_COUNTED_N])
{
	for (int i = 0; i < LANES; i++)
		t->floor.f[i] = i < METRIC_COUNTED_N && floor[i] > 0 ? floor[i] : INFINITY;
	/* What one unit of a class adds to the score: 1 / limit of the metric nearest to it. */
	for (int c = 0; c < CLASSES; c++) {
		for (int lane = BITS; lane < SAMPLES; lane++) {
			union amounts a = { 0 };
			four unit = four_all(0);

			unit[lane] = 1;
			amounts_of_class(&a, c, unit);
			for (int m = 0; m < METRIC_COUNTED_N; m++)
				t->weight[c][lane] = fmaxf(t->weight[c][lane],
				    PROMOTE * a.f[m] / t->floor.f[m]);
			t->weight_most[lane] = fmaxf(t->weight_most[lane], t->weight[c][lane]);
		}
	}
	memset(t->class_of, CLASS_OTHER, sizeof(t->class_of));
	t->class_of[6] = CLASS_TCP;
	t->class_of[17] = CLASS_UDP;
	t->class_of[1] = t->class_of[58] = CLASS_ICMP;
}

static void
score_init(struct traffic *t)
{
	t->score_step = four_all(2 * SCORE_STEP / (1 << SCORE_BITS)) / t->weight_most;
	/* without interest in it nobody ever answers for it */
	for (int lane = 0; lane < 4; lane++)
		t->score_step[lane] = fminf(t->score_step[lane], FLT_MAX / (1 << SCORE_BITS));
}

static void
classes_init(struct traffic *t)
{
	memset(t->class_of, CLASS_OTHER, sizeof(t->class_of));
	for (unsigned flags = 0; flags <= CLASS_WORD; flags += 0x100) {
		/* and not ACK */
		t->class_of[flags | 6] = (flags & 0x1200) == 0x200 ? CLASS_SYN : CLASS_TCP;
		t->class_of[flags | 17] = CLASS_UDP;
		t->class_of[flags | 1] = t->class_of[flags | 58] = CLASS_ICMP;
	}
}

static uint64_t
within(uint64_t n, uint64_t least, uint64_t most)
{
	return n < least ? least : n < most ? n : most;
}

/* All that an attack will need is taken at the start, as much as our own space is worth. */
void
traffic_size(struct traffic_settings *ret, const struct prefix *own, unsigned n)
{
	uint64_t hosts4 = 0, hosts6;

	for (unsigned i = 0; i < n; i++)
		if (own[i].family == 4)
			hosts4 += 1ULL << (32 - own[i].len);
	hosts6 = hosts4 == 0 ? HOSTS6_MAX : within(hosts4 / 2, HOSTS6_MIN, HOSTS6_MAX);
	ret->hot = (unsigned)within((hosts4 + hosts6) / HOSTS_A_HOT, HOT_MIN, HOT_MAX);
	ret->hosts6 = (unsigned)hosts6;
	ret->hosts6_per_64 = HOSTS6_PER_64;
	ret->window_ms = WINDOW_MS;
}

int
traffic_new(struct traffic **ret, const struct traffic_settings *s)
{
	struct traffic *t;
	int err = 0;

	if (sodium_init() < 0)
		return -EIO;
	t = space_take(1, sizeof(*t));
	if (t == NULL)
		return -ENOMEM;
	t->sensor = s->sensor;
	t->window_ms = s->window_ms;
	t->capacity = (float)s->capacity_bps * CAPACITY_MARGIN;
	t->most = four_all(INFINITY);
	t->most[BITS] = t->capacity > 0 ? t->capacity : INFINITY;
	t->most[PACKETS] = (float)PACKETS_MAX;
	t->plain = t->most;
	t->plain[BITS] = fminf(t->most[BITS], PACKET_BYTES_MAX * 8);
	t->plain_raw = (four_i){ (int32_t)(t->plain[BITS] / 8), 0, PLAIN_PACKETS, 0 };
	randombytes_buf(&t->rng, sizeof(t->rng));
	limits_init(t, s->floor);
	score_init(t);
	classes_init(t);
	t->count = count_fastest();
	err = space_init(t, s);
	if (err == 0)
		err = hot_init(t, s);
	if (err == 0)
		err = fresh_init(t);
	if (err == 0)
		err = sample_init(t, s);
	if (err != 0)
		goto out;
	*ret = t;
	t = NULL;
out:
	traffic_free(t);
	return err;
}

void
traffic_free(struct traffic *t)
{
	if (t == NULL)
		return;
	space_fini(t);
	free(t->hots);
	free(t->past_all);
	free(t->lanes_all);
	free(t->lanes_free);
	free(t->fresh);
	free(t->touched);
	free(t->sums);
	sample_fini(t);
	free(t);
}

static void
second_over(struct traffic *t, uint32_t second)
{
	float full = second == t->second + 1;	/* otherwise the one before was silent */

	t->totals.bps = full * t->sum[0];
	t->totals.pps = full * t->sum[1];
	t->totals.out_bps = full * t->sum[2];
	t->totals.internal_bps = full * t->sum[3];
	t->totals.bytes += t->sum[0] / 8;
	t->totals.packets += t->sum[1];
	memset(t->sum, 0, sizeof(t->sum));
	t->second = second;
}

void
time_move(struct traffic *t, int64_t ms)
{
	int64_t slot = ms / SLOT_MS;
	bool back = slot < t->slot;

	if (back && t->slot - slot <= BACK_SLOTS)
		return;
	if (back || t->slot == 0) {
		t->slot = slot;
		t->slot_ms = slot * SLOT_MS;
		hot_forget(t);
		tick_all(t, ms, NULL, NULL);	/* nothing, from now on */
	} else if (slot - t->fine_base > FINE_BACK + SPARE_SLOTS) {
		tick_all(t, ms, NULL, NULL);
		t->slot = slot;
		t->slot_ms = slot * SLOT_MS;
		tick_all(t, ms, NULL, NULL);
	} else {
		fresh_now_over(t);
		t->slot = slot;
		t->slot_ms = slot * SLOT_MS;
	}
	if ((uint32_t)(slot / COARSE_SLOTS) != t->second)
		second_over(t, (uint32_t)(slot / COARSE_SLOTS));
}

void
traffic_tick(struct traffic *t, wall_t now, traffic_sink *sink, void *ctx)
{
	time_set(t, now.ms);
	tick_all(t, now.ms, sink, ctx);
}

void
traffic_totals(const struct traffic *t, struct traffic_totals *ret)
{
	*ret = t->totals;
	ret->flows = t->added - t->elsewhere - t->totals.foreign - t->totals.repeated -
	    t->totals.impossible - t->totals.too_old;
	ret->bytes += t->sum[0] / 8;
	ret->packets += t->sum[1];
}

void
traffic_health(const struct traffic_totals *t, struct health_report *h)
{
	h->bps = t->bps;
	h->pps = t->pps;
	h->out_bps = t->out_bps;
	h->internal_bps = t->internal_bps;
	h->bytes = t->bytes;
	h->packets = t->packets;
}
