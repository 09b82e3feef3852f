/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any samples and any task: what is mined lies in the scope, touches nothing spared, is a rule that
 * may be and that the upstream takes as so many routes, no more of them than there may be, and
 * promises no more harm than it may; and the order of the samples changes nothing.  A sample is
 * RECORD bytes, most of them choices of usual values; a task the first HEAD.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/flowspec.h"
#include "synth/inside.h"

#define REQUIRE(x) do { if (!(x)) { fprintf(stderr, "%s\n", #x); abort(); } } while (0)

enum { HEAD = 10, RECORD = 12, SAMPLES = 384, TURNED = 0x80 };

static struct synth *miner;
static struct sample attack[SAMPLES], reference[SAMPLES], turned[SAMPLES];

static uint16_t
choose(const uint16_t *of, unsigned n, uint8_t byte)
{
	return byte < n ? of[byte] : (uint16_t)(byte * 257u);
}

static struct sample
sample_from(const uint8_t *b, uint8_t family)
{
	static const uint16_t ports[] = { 0, 53, 80, 123, 443, 1023, 1024, 11211, 40000, 65535 };
	static const uint16_t lengths[] = { 0, 19, 20, 40, 60, 76, 468, 1228, 1500, 65535 };
	static const uint8_t protocols[] = { 6, 17, 1, 58, 47, 0, 255 };
	struct sample s = { .family = family, .of = 1, .packets = 1 };

	memcpy(s.dst, family == 4 ? (uint8_t[4]){ 192, 0, 2 } : (uint8_t[4]){ 0x20, 1, 0x0d, 0xb8 },
	    4);
	s.dst[family == 4 ? 3 : 5] = b[0];
	s.src[0] = b[1];
	s.src[2] = b[2] & 3;
	s.proto = protocols[b[2] >> 2 & 7 ? (b[2] >> 2 & 7) % 7 : 0];
	s.sport = choose(ports, 10, b[3]);
	s.dport = choose(ports, 10, b[4]);
	s.length = choose(lengths, 10, b[5]);
	s.tcp_flags = b[6];
	s.fragment = b[7] & 15;
	s.dscp = b[7] >> 4;
	s.icmp_type = b[8];
	s.icmp_code = b[8] & 15;
	s.has = (uint16_t)(b[9] | (b[10] & 3) << 8) ^ 0x3ff;
	s.of = (b[10] >> 2 & 7) + 1u;
	s.packets = (uint64_t)s.of << (b[10] >> 5);
	s.bytes = s.packets * s.length + (b[11] & 1);
	return s;
}

/* Each as often as its last byte says; returns how many. */
static unsigned
read_side(const uint8_t *b, size_t size, uint8_t family, struct sample *ret)
{
	unsigned n = 0;

	for (; size >= RECORD; b += RECORD, size -= RECORD) {
		struct sample s = sample_from(b, family);

		REQUIRE(sample_plausible(&s));
		for (unsigned i = 0; i <= b[11] / 2u && n < SAMPLES; i++)
			ret[n++] = s;
	}
	return n;
}

static struct upstream
upstream_from(uint8_t byte)
{
	static const uint8_t fields[][6] = { { 1, 3 }, { 1, 2, 3, 5, 6 }, { 1, 3, 5, 6, 10, 9 },
		{ 1, 3, 12, 10 } };
	struct upstream u = { .name = "transit", .flowspec = true,
		.profile = { .flowspec4 = (byte & 1) != 0, .flowspec6 = (byte & 2) != 0,
		    .pairs_max = byte >> 2 & 7, .nlri_max = byte & 32 ? 40 : 0 } };
	const uint8_t *some = fields[byte & 3];

	for (unsigned i = 0; (byte & 64) != 0 && i < 6 && some[i] != 0; i++)
		u.profile.flowspec.fields[u.profile.flowspec.fields_n++] = some[i];
	return u;
}

static void
judge(const struct synth_task *t, const struct synth_result *r)
{
	struct diag why;

	REQUIRE(r->n <= r->routes && r->routes <= t->rules_max);
	REQUIRE(r->coverage >= 0 && r->coverage <= 1 + 1e-9 && r->collateral >= 0 &&
	    r->collateral <= 1 + 1e-9);
	REQUIRE(r->n == 0 || r->collateral_upper <= t->collateral_max + 1e-9);
	REQUIRE(!r->separable || (r->why == SYNTH_OK && r->n > 0));
	for (unsigned i = 0; i < r->n; i++) {
		const struct rule *rule = &r->rules[i].rule;

		REQUIRE(prefix_covers(&t->scope[0], &rule->dst));
		for (unsigned j = 0; j < t->spared_n; j++)
			REQUIRE(!prefix_overlaps(&t->spared[j], &rule->dst));
		REQUIRE(lint(t, rule) == NULL);
		REQUIRE(t->upstreams_n == 0 ||
		    flowspec_pieces(NULL, rule, t->upstreams[0], &why) == (int)r->rules[i].routes);
	}
}

/* What was mined is as synth_judge() would have it. */
static void
judged_alike(const struct synth_task *t, const struct synth_result *r)
{
	static struct synth_result judged;
	struct rule rules[SYNTH_RULES_MAX];

	for (unsigned i = 0; i < r->n; i++)
		rules[i] = r->rules[i].rule;
	synth_judge(miner, t, rules, r->n, &judged);
	REQUIRE(!judged.separable ||
	    (judged.n == r->n && judged.collateral_upper <= t->collateral_max + 1e-9));
	REQUIRE(!r->separable || judged.separable);
}

static void
again_the_other_way(struct synth_task t, const struct synth_result *first)
{
	static struct synth_result second;

	for (unsigned i = 0; i < t.attack_n; i++)
		turned[i] = t.attack[t.attack_n - 1 - i];
	t.attack = turned;
	synth_mine(miner, &t, &second);
	REQUIRE(memcmp(first, &second, sizeof(second)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const double caps[] = { 0.01, 0.05, 0.2, 1 };
	static struct synth_result r;
	struct synth_task t = { .attack = attack, .reference = reference, .scope_n = 1 };
	struct upstream u;
	const struct upstream *all[] = { &u };
	uint8_t family;
	struct prefix scope, spared;
	size_t half;

	if (size < HEAD)
		return 0;
	if (miner == NULL)
		REQUIRE(synth_new(&miner, &(struct synth_limits){ SAMPLES, SAMPLES }) == 0);
	family = data[0] & 1 ? 6 : 4;
	u = upstream_from(data[1]);
	half = HEAD + (size - HEAD) / RECORD * data[2] / 255 * RECORD;
	t.rules_max = data[3] % 20 + 1u;
	t.collateral_max = caps[data[4] & 3];
	t.background = (data[4] >> 4) / 16.0;
	t.by = data[0] & 2 ? SYNTH_BYTES : SYNTH_PACKETS;
	REQUIRE(prefix_parse(&scope, family == 4 ? "192.0.2.0/24" : "2001:db8::/32") == 0);
	if (data[0] & 4)
		scope = prefix_of(family, scope.addr, scope.len + data[5] % 8u);
	spared = prefix_of(family,
	    (uint8_t[16]){ scope.addr[0], scope.addr[1], scope.addr[2],
		scope.addr[3] | (family == 4 ? data[6] : 0), 0, data[6] },
	    scope.len + data[7] % (prefix_bits(&scope) - scope.len + 1u));
	t.scope = &scope;
	t.spared = &spared;
	t.spared_n = data[0] >> 3 & 1;
	t.upstreams = all;
	t.upstreams_n = data[0] >> 4 & 1;
	t.attack_n = read_side(data + HEAD, half - HEAD, family, attack);
	t.reference_n = read_side(data + half, size - half, family, reference);
	synth_mine(miner, &t, &r);
	judge(&t, &r);
	judged_alike(&t, &r);
	if (data[0] & TURNED)
		again_the_other_way(t, &r);
	return 0;
}
