/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What mining costs: bench_synth [INCIDENTS]: so many incidents, of every kind and both families,
 * mined one after the other in one miner: seconds, milliseconds of each, bytes that the miner holds
 * before and after.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "synth/synth.h"
#include "unit/synth_traffic.h"

#define SAMPLES SYNTH_SAMPLES
#define INCIDENTS_MAX 4096
#define BACKGROUND 11

static const struct kind {
	const char *name;
	draw_one *one;
} kinds[] = { { "amplified", draw_amplified }, { "syn flood", draw_syn_flood },
	{ "carpet", draw_carpet }, { "five at once", draw_five }, { "botnet", draw_botnet },
	{ "mimic", draw_mimic }, { "pings", draw_icmp }, { "visitors", draw_visitor } };
#define KINDS (sizeof(kinds) / sizeof(*kinds))

static struct sample attack[SAMPLES], reference[SAMPLES];

static double
mine_one(struct synth *s, unsigned i)
{
	static struct synth_result r;
	struct draw d = { .state = i, .family = i / KINDS % 2 ? 6 : 4, .mix = i / KINDS * 37 };
	struct prefix scope;
	struct synth_task t = { .attack = attack,
		.reference = reference,
		.attack_n = SAMPLES,
		.reference_n = SAMPLES,
		.scope = &scope,
		.scope_n = 1,
		.background = 1.0 / BACKGROUND,
		.collateral_max = SYNTH_COLLATERAL };
	mono_t start;

	if (prefix_parse(&scope, d.family == 4 ? "192.0.2.0/24" : "2001:db8::/48") != 0)
		abort();
	draw_many(&d, kinds[i % KINDS].one, BACKGROUND, attack, SAMPLES);
	draw_many(&d, draw_usual, 0, reference, SAMPLES);
	start = clock_now().mono;
	synth_mine(s, &t, &r);
	return (double)(clock_now().mono.ns - start.ns) / 1e6;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	static double ms[INCIDENTS_MAX], of_kind[KINDS][INCIDENTS_MAX];
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 64, each[KINDS] = { 0 };
	struct synth *s;
	double sum = 0;
	size_t before;

	if (n < 1 || n > INCIDENTS_MAX || synth_new(&s, &(struct synth_limits){ 0 }) != 0)
		return 2;
	before = synth_memory(s);
	for (unsigned i = 0; i < n; i++) {
		ms[i] = of_kind[i % KINDS][each[i % KINDS]++] = mine_one(s, i);
		sum += ms[i];
	}
	if (synth_memory(s) != before)
		return 1;
	qsort(ms, n, sizeof(*ms), by_value);
	printf("incidents %u seconds %.2f median %.1f worst %.1f bytes %zu\n", n, sum / 1000,
	    ms[n / 2], ms[n - 1], before);
	for (unsigned k = 0; k < KINDS && each[k] > 0; k++) {
		qsort(of_kind[k], each[k], sizeof(**of_kind), by_value);
		printf("kind %s: median %.1f worst %.1f\n", kinds[k].name, of_kind[k][each[k] / 2],
		    of_kind[k][each[k] - 1]);
	}
	synth_free(s);
	return 0;
}
