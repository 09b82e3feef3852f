/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was learned, as bytes and back: nothing is lost over a restart, and nothing is taken of what
 * is damaged.
 */
#include <criterion/criterion.h>
#include <errno.h>

#include "baseline_world.h"
#include "leak.h"

TestSuite(baseline_file, .fini = leak_check, .timeout = 300);

static const char names[2][NAME_MAX_LEN] = { "routers", "wire" };

static uint8_t *
saved(struct world *w, size_t *ret_n)
{
	uint8_t *all = NULL;
	uint64_t pos = 0;

	*ret_n = 0;
	do {
		all = realloc(all, *ret_n + BASELINE_PIECE);
		cr_assert_not_null(all);
		*ret_n += baseline_save(w->b, names, 2, &pos, all + *ret_n, BASELINE_PIECE);
	} while (pos != 0);
	return all;
}

static void
fill(struct world *w)
{
	for (unsigned i = 0; i < 60; i++) {
		struct subject s = subject(SUBJECT_PREFIX, "192.0.2.0/30");
		struct learned *l;

		s.prefix.addr[3] = (uint8_t)(4 * i);
		l = baseline_get(w->b, 0, i % 4, &s, w->now);
		cr_assert_not_null(l);
		for (int64_t t = START; t < START + 2 * DAY; t++)
			baseline_second(w->b, l, t, 1e7 + 1e6 * i + (double)(t % 600) * 1e4, 100);
	}
	baseline_freeze(w->b, &w->subject, w->now);
	baseline_step(w->b, w->now + 60);
}

Test(baseline_file, goes_on_after_a_restart_as_if_there_had_been_none)
{
	struct world *w = world_new(SUBJECT_PREFIX), *v = world_new(SUBJECT_PREFIX);
	uint8_t *first, *second;
	struct diag diag = { 0 };
	size_t n, m;

	run(w, WEEK + 3 * DAY + 1234);
	fill(w);
	first = saved(w, &n);
	baseline_forget(v->b, v->l);
	cr_assert_eq(baseline_load(v->b, names, 2, first, n, &diag), 0, "%s", diag.say);
	second = saved(v, &m);
	cr_assert_eq(n, m);
	cr_assert_arr_eq(first, second, n);
	free(first);
	free(second);
	v->l = baseline_find(v->b, 0, 0, &v->subject);
	v->noise = w->noise;
	v->now = w->now;
	run(w, 2 * DAY);
	run(v, 2 * DAY);
	first = saved(w, &n);
	second = saved(v, &m);
	cr_assert_eq(n, m);
	cr_assert_arr_eq(first, second, n);
	free(first);
	free(second);
	world_free(w);
	world_free(v);
}

Test(baseline_file, takes_nothing_of_a_file_that_is_damaged_or_cut)
{
	struct world *w = world_new(SUBJECT_PREFIX), *v = world_new(SUBJECT_PREFIX);
	struct learning a;
	uint8_t *all, *cut;
	size_t n;

	run(w, 4 * DAY);
	all = saved(w, &n);
	baseline_forget(v->b, v->l);
	for (size_t i = 0; i < n; i += 7) {
		struct diag diag = { 0 };

		all[i] ^= 0x40;
		cr_assert_eq(baseline_load(v->b, names, 2, all, n, &diag), -EBADMSG, "byte %zu", i);
		cr_assert_neq(diag.say[0], '\0');
		all[i] ^= 0x40;
		cut = malloc(i > 0 ? i : 1);
		memcpy(cut, all, i);
		cr_assert_eq(baseline_load(v->b, names, 2, cut, i, &diag), -EBADMSG);
		free(cut);
	}
	baseline_take(v->b, &a);
	cr_assert_eq(a.known, 0);
	cr_assert_eq(baseline_load(v->b, names, 2, all, n, NULL), 0);
	free(all);
	world_free(w);
	world_free(v);
}

Test(baseline_file, of_other_policies_and_vantages_is_left_out)
{
	struct world *w = world_new(SUBJECT_PREFIX), *v = world_new(SUBJECT_PREFIX);
	static const char other[1][NAME_MAX_LEN] = { "elsewhere" };
	struct figure f = { .kind = SUBJECT_PREFIX, .metric = METRIC_PPS, .lo = 1, .hi = 10 };
	struct learning a;
	uint8_t *all;
	size_t n;

	run(w, 4 * DAY);
	all = saved(w, &n);
	baseline_forget(v->b, v->l);
	cr_assert_eq(baseline_load(v->b, other, 1, all, n, NULL), 0);
	baseline_take(v->b, &a);
	cr_assert_eq(a.known, 0);
	baseline_free(v->b);
	cr_assert_eq(baseline_new(&v->b, &v->s, &f, 1, 8, 8), 0);
	cr_assert_eq(baseline_load(v->b, names, 2, all, n, NULL), 0);
	baseline_take(v->b, &a);
	cr_assert_eq(a.known, 0);
	free(all);
	world_free(w);
	world_free(v);
}
