/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands, found by its id: whatever the order in which it came and went, as a plain search
 * finds it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leak.h"
#include "model/mitigation.h"

TestSuite(ledger, .fini = leak_check);

static int
add(struct ledger *l, const char *id)
{
	struct mitigation *m = calloc(1, sizeof(*m));
	int err;

	snprintf(m->id, sizeof(m->id), "%s", id);
	err = ledger_add(l, &m);
	free(m);
	return err;
}

static const struct mitigation *
search(const struct ledger *l, const char *id)
{
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->all[i]->id, id) == 0)
			return l->all[i];
	return NULL;
}

static void
try_all(const struct ledger *l, unsigned max)
{
	static const char *const odd[] = { "", "m", "m0", "m01", "m007", "M7", "m7x", "mm7", "i7",
		"m-1", "m 7", "m18446744073709" };
	char id[ID_LEN];

	for (unsigned i = 0; i <= max; i++) {
		snprintf(id, sizeof(id), "m%u", i);
		cr_assert_eq(ledger_find(l, id), search(l, id), "%s", id);
	}
	for (unsigned i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		cr_assert_eq(ledger_find(l, odd[i]), search(l, odd[i]), "%s", odd[i]);
}

Test(ledger, finds_what_stands_after_any_coming_and_going)
{
	struct ledger l;
	unsigned next = 1;
	char id[ID_LEN];

	ledger_init(&l);
	for (unsigned i = 0; i < 600; i++) {
		if (rand() % 3 != 0) {
			snprintf(id, sizeof(id), "m%u", next);
			next += 1 + (unsigned)rand() % 3;
			cr_assert_eq(add(&l, id), 0, "%s", id);
			cr_assert_eq(add(&l, id), -EEXIST, "%s", id);
		} else if (l.n > 0) {
			snprintf(id, sizeof(id), "%s", l.all[(unsigned)rand() % l.n]->id);
			ledger_del(&l, id);
			cr_assert_null(search(&l, id));
		}
		if (i % 50 == 0)
			try_all(&l, next + 2);
	}
	cr_assert_gt(l.n, 100);
	ledger_fini(&l);
}

Test(ledger, finds_ids_that_are_out_of_order_or_no_numbers)
{
	static const char *const ids[] = { "m5", "m3", "t1", "m9", "m007", "x" };
	struct ledger l;

	ledger_init(&l);
	for (unsigned i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		cr_assert_eq(add(&l, ids[i]), 0, "%s", ids[i]);
		try_all(&l, 12);
		cr_assert_eq(add(&l, ids[i]), -EEXIST, "%s", ids[i]);
	}
	ledger_del(&l, "m3");
	ledger_del(&l, "m4");
	try_all(&l, 12);
	cr_assert_eq(l.n, 5);
	cr_assert_str_eq(l.all[1]->id, "t1", "in the order of announcing");
	ledger_fini(&l);
}

Test(ledger, reads_the_number_of_an_id_and_of_nothing_else)
{
	static const char *const odd[] = { "", "m", "i7", "M7", "7", "m7x", "mm7", "m-1", "m 7",
		"m+7", "m123456789012345", "m99999999999999999999999" };

	cr_assert_eq(id_number("m17", 'm'), 17);
	cr_assert_eq(id_number("i4", 'i'), 4);
	cr_assert_eq(id_number("m12345678901234", 'm'), UINT64_C(12345678901234), "the longest");
	for (unsigned i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		cr_assert_eq(id_number(odd[i], 'm'), 0, "%s", odd[i]);
}
