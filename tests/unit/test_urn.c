/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>

#include "base/urn.h"
#include "leak.h"

TestSuite(urn, .fini = leak_check);

#define ROOM 256
#define MANY 20000

static struct urn *
new_urn(uint64_t seed)
{
	struct urn *u;

	cr_assert_eq(urn_new(&u, ROOM, sizeof(unsigned), seed), 0);
	return u;
}

/* Of what the kept ones with item % 10 == 0 stand for; with all of them, of everything. */
static double
stands_for(const struct urn *u, bool all)
{
	double sum = 0, weight;

	for (unsigned i = 0; i < urn_n(u); i++) {
		const unsigned *item = urn_item(u, i, &weight);

		if (all || *item % 10 == 0)
			sum += weight;
	}
	return sum;
}

/* One in ten weighs fifty times as much as the others. */
static double
weight_of(unsigned i)
{
	return i % 10 == 0 ? 50 : 1;
}

Test(urn, keeps_everything_while_there_is_room)
{
	struct urn *u = new_urn(1);

	for (unsigned i = 0; i < ROOM; i++)
		urn_offer(u, &i, weight_of(i));
	cr_assert_eq(urn_n(u), ROOM);
	cr_assert_float_eq(stands_for(u, true), 26 * 50 + (ROOM - 26), 1e-9);
	urn_free(u);
}

Test(urn, never_keeps_more_than_it_has_room_for)
{
	struct urn *u = new_urn(1);

	for (unsigned i = 0; i < MANY; i++) {
		urn_offer(u, &i, 1);
		cr_assert_leq(urn_n(u), ROOM);
	}
	cr_assert_eq(urn_n(u), ROOM);
	cr_assert_eq(urn_offered(u), MANY);
	urn_free(u);
}

Test(urn, what_is_kept_stands_for_what_is_not)
{
	double all = 0, heavy = 0, want = 0, want_heavy = 0;
	struct urn *u = new_urn(0);

	for (unsigned i = 0; i < MANY; i++) {
		want += weight_of(i);
		want_heavy += i % 10 == 0 ? weight_of(i) : 0;
	}
	for (uint64_t seed = 1; seed <= 40; seed++) {
		urn_clear(u, seed);
		for (unsigned i = 0; i < MANY; i++)
			urn_offer(u, &i, weight_of(i));
		all += stands_for(u, true) / 40;
		heavy += stands_for(u, false) / 40;
	}
	cr_assert_float_eq(all / want, 1, 0.03, "%f of all", all / want);
	cr_assert_float_eq(heavy / want_heavy, 1, 0.03, "%f of the heavy ones", heavy / want_heavy);
	urn_free(u);
}

Test(urn, one_that_outweighs_all_is_kept_and_stands_for_itself_alone)
{
	struct urn *u = new_urn(7);
	double weight, found = 0;

	for (unsigned i = 0; i < MANY; i++)
		urn_offer(u, &i, i == 500 ? 1e9 : 1);
	for (unsigned i = 0; i < urn_n(u); i++)
		if (*(const unsigned *)urn_item(u, i, &weight) == 500)
			found = weight;
	cr_assert_eq(found, 1e9);
	urn_free(u);
}

Test(urn, the_same_seed_draws_the_same)
{
	struct urn *a = new_urn(3), *b = new_urn(3), *c = new_urn(4);
	unsigned others = 0;
	double wa, wb;

	for (unsigned i = 0; i < MANY; i++) {
		urn_offer(a, &i, weight_of(i));
		urn_offer(b, &i, weight_of(i));
		urn_offer(c, &i, weight_of(i));
	}
	for (unsigned i = 0; i < ROOM; i++) {
		unsigned one = *(const unsigned *)urn_item(a, i, &wa);

		cr_assert_eq(one, *(const unsigned *)urn_item(b, i, &wb));
		cr_assert_eq(wa, wb);
		others += one != *(const unsigned *)urn_item(c, i, &wb);
	}
	cr_assert_gt(others, 0);
	urn_free(a);
	urn_free(b);
	urn_free(c);
}

Test(urn, weights_that_are_none_are_not_offered)
{
	const double none[] = { 0, -1, NAN, INFINITY, -INFINITY };
	struct urn *u = new_urn(1);

	for (unsigned i = 0; i < sizeof(none) / sizeof(*none); i++)
		urn_offer(u, &i, none[i]);
	cr_assert_eq(urn_n(u), 0);
	cr_assert_eq(urn_offered(u), 0);
	urn_free(u);
}
