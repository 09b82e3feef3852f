/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/traits.h"

#include <math.h>
#include <string.h>

#define STRIDE_MAX (1u << 20)
#define STEADY 1.25f	/* a rate that changed by less is the same */
#define EARLY_PART 8	/* so much more than what there was before is news */
#define EACH_MS (1000 / KEYS_A_SECOND)
#define GROW_EVERY 4	/* keys: slower than a flood grows, so that several keys share its weight */
#define SLOTS 128	/* of the counting table: twice the keys, a power of two */

void
reservoir_init(struct reservoir *r)
{
	memset(r, 0, sizeof(*r));
	r->seen = r->passed = (struct draw){ .skip = 1, .drawn = 1, .stride = 1 };
	r->pace = (struct pace){ .skip = 1, .drawn = 1, .stride = 1 };
	r->due = 1;
}

/*
 * 16 bits tell 64 keys apart.  Who finds addresses that share them makes his spray look narrow,
 * which gains nothing: the sums are exact.
 */
static uint16_t
host_hash(const struct flow *f)
{
	uint64_t half[2] = { 0 };

	memcpy(half, f->dst, f->family == 4 ? 4 : 16);
	return (
	    uint16_t)(((half[0] ^ (half[1] << 31 | half[1] >> 33)) * 0x9e3779b97f4a7c15ULL) >> 48);
}

struct key
key_of(const struct flow *f, int64_t now_ms)
{
	uint64_t packets = f->packets != 0 ? f->packets : 1;
	uint64_t length = f->bytes / packets;
	float sampling = f->sampling > 1 ? (float)f->sampling : 1;

	return (struct key){
		.at_ms = now_ms,
		.weight = (float)(int64_t)packets * sampling,
		.host = host_hash(f), .sport = f->sport, .dport = f->dport, .proto = f->proto,
		.tcp_flags = (uint8_t)f->tcp_flags,
		.fragment = (f->has & FLOW_FRAGMENT) != 0,
		.length = length < UINT16_MAX ? (uint16_t)length : UINT16_MAX,
	};
}

void
reservoir_take(struct reservoir *r, struct draw *d, struct key *k, uint64_t *rng)
{
	int64_t gap = d->n != 0 ? k->at_ms - d->taken_ms : EACH_MS;

	k->weight *= (float)d->drawn;
	r->keys[r->n++ % RESERVOIR_KEYS] = *k;
	d->taken_ms = k->at_ms;
	d->n++;
	if (gap < EACH_MS && d->n % GROW_EVERY == 0 && d->stride < STRIDE_MAX)
		d->stride *= 2;
	else if (gap > 4 * EACH_MS && d->stride > 1)
		d->stride /= 2;
	*rng = *rng * 6364136223846793005ULL + 1442695040888963407ULL;
	d->drawn = d->stride == 1 ? 1 : 1 + ((uint32_t)(*rng >> 32) & (2 * d->stride - 1));
	d->skip = d->drawn;
}

/* The keys that count, as values with weights. */
struct ballot {
	unsigned n;
	uint16_t value[RESERVOIR_KEYS];
	float weight[RESERVOIR_KEYS];
	float total;
};

static void
vote(struct ballot *b, uint16_t value, float weight)
{
	b->value[b->n] = value;
	b->weight[b->n++] = weight;
	b->total += weight;
}

/* The value of the largest weight; its share in percent. */
static uint16_t
winner(const struct ballot *b, uint8_t *ret_share)
{
	uint8_t first[SLOTS] = { 0 };		/* number + 1 of the first vote for what is there */
	float sum[RESERVOIR_KEYS], best = 0;	/* by that */
	uint16_t best_value = 0;

	for (unsigned i = 0; i < b->n; i++) {
		unsigned at = (b->value[i] * 0x9e37u >> 4) % SLOTS, one;

		while (first[at] != 0 && b->value[first[at] - 1] != b->value[i])
			at = (at + 1) % SLOTS;
		if (first[at] == 0) {
			first[at] = (uint8_t)(i + 1);
			sum[i] = 0;
		}
		one = first[at] - 1u;
		sum[one] += b->weight[i];
		if (sum[one] > best) {
			best = sum[one];
			best_value = b->value[i];
		}
	}
	*ret_share = b->total > 0 ? (uint8_t)(best / b->total * 100) : 0;
	return best_value;
}

static uint8_t
percent(float part, float whole)
{
	return whole > 0 ? (uint8_t)(part / whole * 100) : 0;
}

/*
 * Of n keys that fall on N addresses evenly, n(n - 1) / 2N pairs share one.  As many more pairs are
 * granted as chance hides in one of twenty samples (Poisson: c + 1.645 sqrt(c) + 3), so that N is a
 * lower bound.
 */
static uint16_t
hosts_at_least(const struct reservoir *r, int64_t since_ms)
{
	uint8_t count[SLOTS] = { 0 };
	uint16_t value[SLOTS];
	float same = 0, n = 0, hosts;

	for (unsigned i = 0; i < RESERVOIR_KEYS && i < r->n; i++) {
		uint16_t host = r->keys[i].host;
		unsigned at = host % SLOTS;

		if (r->keys[i].at_ms < since_ms)
			continue;
		while (count[at] != 0 && value[at] != host)
			at = (at + 1) % SLOTS;
		value[at] = host;
		same += count[at]++;
		n++;
	}
	hosts = n * (n - 1) / 2 / (same + 1.645f * sqrtf(same) + 3);
	return hosts > 1 ? (uint16_t)hosts : n > 0;
}

/* Over all keys: the protocol, and what no protocol is needed for. */
static void
look_at_all(const struct reservoir *r, int64_t since_ms, struct traits *ret)
{
	struct ballot proto = { 0 };
	float syn = 0, fragment = 0, length = 0;

	for (unsigned i = 0; i < RESERVOIR_KEYS && i < r->n; i++) {
		const struct key *k = &r->keys[i];

		if (k->at_ms < since_ms)
			continue;
		vote(&proto, k->proto, k->weight);
		if (k->proto == 6 && (k->tcp_flags & 0x12) == 0x02)
			syn += k->weight;
		if (k->fragment)
			fragment += k->weight;
		length += k->weight * k->length;
	}
	ret->sampled = (uint16_t)proto.n;
	ret->proto = (uint8_t)winner(&proto, &ret->proto_share);
	ret->syn_share = percent(syn, proto.total);
	ret->fragment_share = percent(fragment, proto.total);
	ret->length = proto.total > 0 ? (uint16_t)(length / proto.total) : 0;
}

static void
look_at_proto(const struct reservoir *r, int64_t since_ms, struct traits *ret)
{
	struct ballot sport = { 0 }, dport = { 0 }, flags = { 0 };
	uint8_t share;

	for (unsigned i = 0; i < RESERVOIR_KEYS && i < r->n; i++) {
		const struct key *k = &r->keys[i];

		if (k->at_ms < since_ms || k->proto != ret->proto)
			continue;
		vote(&sport, k->sport, k->weight);
		vote(&dport, k->dport, k->weight);
		vote(&flags, k->tcp_flags, k->weight);
	}
	ret->sport = winner(&sport, &ret->sport_share);
	ret->dport = winner(&dport, &ret->dport_share);
	ret->tcp_flags = ret->proto == 6 ? (uint8_t)winner(&flags, &share) : 0;
}

/*
 * Early on a few keys more matter, when it may be an attack; otherwise a look now and then does,
 * soon when there is news.
 */
static bool
is_time(const struct reservoir *r, float rate, int64_t now_ms, bool calm)
{
	bool steady = rate < r->looked_rate * STEADY && rate * STEADY > r->looked_rate;
	int64_t news_ms = calm ? TRAITS_STEADY_MS : TRAITS_EVERY_MS;
	int64_t every_ms = !steady ? news_ms : calm ? TRAITS_CALM_MS : TRAITS_STEADY_MS;

	if (r->n == r->looked_n)
		return false;
	if (!calm && r->looked_n < RESERVOIR_KEYS && r->n - r->looked_n > r->looked_n / EARLY_PART)
		return true;
	return now_ms - r->looked_ms >= every_ms;
}

const struct traits *
reservoir_traits(struct reservoir *r, float rate, int64_t now_ms, bool calm)
{
	struct key *last = &r->keys[(r->n + RESERVOIR_KEYS - 1) % RESERVOIR_KEYS];
	float weight = last->weight;

	if (!is_time(r, rate, now_ms, calm))
		return &r->traits;
	memset(&r->traits, 0, sizeof(r->traits));
	/* those since: most likely like it */
	last->weight += (float)(r->seen.drawn - r->seen.skip);
	look_at_all(r, now_ms - KEY_AGE_MS, &r->traits);
	look_at_proto(r, now_ms - KEY_AGE_MS, &r->traits);
	r->traits.hosts = hosts_at_least(r, now_ms - KEY_AGE_MS);
	last->weight = weight;
	r->looked_n = r->n;
	r->looked_ms = now_ms;
	r->looked_rate = rate;
	return &r->traits;
}
