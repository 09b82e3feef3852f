/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sensors learned, over a restart. */
#include "leak.h"
#include "seen.h"
#include "sensor/store.h"

TestSuite(sensor_store, .fini = leak_check);

#define SAVED_MAX 8192

/*
 * Template 256 (bytes, sampler), options template 260 (sampler, interval) and a sampler of 1 in
 * 500.
 */
static void
teach(struct seen *s)
{
	static struct wire w;
	size_t set;

	w.n = 0;
	wnf9(&w, 1, 7);
	set = wset(&w, 0);
	w16(&w, 256);
	w16(&w, 2);
	w16(&w, 1);
	w16(&w, 4);
	w16(&w, 48);
	w16(&w, 1);
	wset_end(&w, set);
	set = wset(&w, 1);
	w16(&w, 260);
	w16(&w, 4);
	w16(&w, 8);
	w16(&w, 1);
	w16(&w, 4);
	w16(&w, 48);
	w16(&w, 1);
	w16(&w, 34);
	w16(&w, 4);
	wset_end(&w, set);
	set = wset(&w, 260);
	w32(&w, 1);
	w8(&w, 3);
	w32(&w, 500);
	wset_end(&w, set);
	seen_wire(s, &w);
}

static void
feed_data(struct seen *s)
{
	static struct wire w;
	size_t set;

	w.n = 0;
	wnf9(&w, 2, 7);
	set = wset(&w, 256);
	w32(&w, 1500);
	w8(&w, 3);
	wset_end(&w, set);
	seen_wire(s, &w);
}

static size_t
saved(struct seen *s, uint8_t *buf, size_t size)
{
	size_t n = collector_save(s->c, buf, size, seen_now(s));

	collector_free(s->c);
	return n;
}

Test(sensor_store, what_was_learned_decodes_after_a_restart)
{
	static uint8_t buf[SAVED_MAX];
	static struct seen s;
	struct exporter_report x;
	size_t n;

	seen_init(&s, roomy());
	teach(&s);
	cr_assert_gt(collector_changes(s.c), 0);
	n = saved(&s, buf, sizeof(buf));
	cr_assert_gt(n, 0);
	seen_init(&s, roomy());
	collector_load(s.c, buf, n, seen_now(&s));
	cr_assert_eq(collector_changes(s.c), 0);
	cr_assert_null(collector_note(s.c), "nothing was used of it yet");
	feed_data(&s);
	cr_assert_eq(s.n, 1);
	cr_assert_eq(s.flow[0].bytes, 1500);
	cr_assert_eq(s.flow[0].sampling, 500);
	cr_assert_not_null(strstr(collector_note(s.c), "earlier run"));
	cr_assert(collector_exporter(s.c, 0, &x));
	cr_assert_eq(x.templates, 2);
	teach(&s);
	cr_assert_null(collector_note(s.c), "told again");
	collector_free(s.c);
}

Test(sensor_store, a_template_does_not_live_longer_by_a_restart)
{
	static uint8_t buf[SAVED_MAX];
	static struct seen s;
	size_t n;

	seen_init(&s, roomy());
	teach(&s);
	n = saved(&s, buf, sizeof(buf));
	seen_init(&s, roomy());
	s.now.ms += COLLECTOR_TEMPLATE_MS + 1;
	collector_load(s.c, buf, n, seen_now(&s));
	feed_data(&s);
	cr_assert_eq(s.n, 0);
	cr_assert_eq(seen_totals(&s).waiting, 1);
	collector_free(s.c);
}

Test(sensor_store, what_does_not_fit_is_left_out_whole)
{
	static uint8_t buf[SAVED_MAX];
	static struct seen s;
	size_t n, all;

	seen_init(&s, roomy());
	teach(&s);
	all = collector_save(s.c, buf, sizeof(buf), seen_now(&s));
	for (n = 0; n < all; n++)
		cr_assert_eq(collector_save(s.c, buf, n, seen_now(&s)), 0, "%zu of %zu", n, all);
	cr_assert_eq(saved(&s, buf, all), all);
}

Test(sensor_store, any_part_of_it_may_be_wrong)
{
	static uint8_t buf[SAVED_MAX];
	static struct seen s;
	size_t n;

	seen_init(&s, roomy());
	teach(&s);
	n = saved(&s, buf, sizeof(buf));
	for (size_t i = 0; i < n; i++) {
		uint8_t *cut = malloc(i > 0 ? i : 1), was = buf[i];

		memcpy(cut, buf, i);
		seen_init(&s, roomy());
		collector_load(s.c, cut, i, seen_now(&s));
		feed_data(&s);
		collector_free(s.c);
		free(cut);
		buf[i] ^= 0xff;
		seen_init(&s, roomy());
		collector_load(s.c, buf, n, seen_now(&s));
		feed_data(&s);
		collector_free(s.c);
		buf[i] = was;
	}
}

Test(sensor_store, a_slot_is_whole_or_nothing)
{
	static uint8_t slot[STORE_HEADER + 100];
	uint64_t generation;
	struct rd payload;
	size_t n;

	for (unsigned i = 0; i < 100; i++)
		slot[STORE_HEADER + i] = (uint8_t)i;
	n = store_seal(slot, 100, 42);
	cr_assert_eq(n, sizeof(slot));
	cr_assert(store_open(slot, n, &generation, &payload));
	cr_assert_eq(generation, 42);
	cr_assert_eq(rd_left(&payload), 100);
	for (size_t i = 0; i < n; i++) {
		cr_assert_not(store_open(slot, i, &generation, &payload), "torn at %zu", i);
		slot[i] ^= 1;
		cr_assert_not(store_open(slot, n, &generation, &payload), "byte %zu", i);
		slot[i] ^= 1;
	}
}
