/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What rules are mined from: attacks while they last, and what comes in peace, hour by hour of the
 * week.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leak.h"
#include "samples/samples.h"

TestSuite(samples, .fini = leak_check, .timeout = 120);

#define HOUR INT64_C(3600000)
#define WEEK (168 * HOUR)
#define T0 (INT64_C(1800000000000) / HOUR * HOUR)	/* an hour begins */
#define MINUTE INT64_C(60000)
#define TCP 6
#define UDP 17
#define ACK 0x10
#define SYN 0x02

struct scene {
	struct settings *s;
	struct samples *p;
	int64_t ms;
	struct incident incidents[SAMPLES_INCIDENTS + 1];
	unsigned incidents_n;
};

static void
begin(struct scene *w)
{
	memset(w, 0, sizeof(*w));
	w->ms = T0;
	w->s = calloc(1, sizeof(*w->s));
	cr_assert_not_null(w->s);
	cr_assert_eq(prefix_parse(&w->s->prefixes[w->s->prefixes_n++], "192.0.2.0/24"), 0);
	cr_assert_eq(prefix_parse(&w->s->prefixes[w->s->prefixes_n++], "2001:db8::/32"), 0);
	strcpy(w->s->members[0].name, "radio");
	w->s->members[0].prefixes_n = 1;
	w->s->members_n = 1;
	cr_assert_eq(prefix_parse(&w->s->members[0].prefixes[0], "192.0.2.0/28"), 0);
	cr_assert_eq(samples_new(&w->p, w->s, 7), 0);
}

static void
end(struct scene *w)
{
	samples_free(w->p);
	free(w->s);
}

static struct now
now_of(const struct scene *w)
{
	return (struct now){ .mono = { w->ms * 1000000 }, .wall = { w->ms } };
}

/* UDP from 198.51.NET.HOST port 53, 100 bytes each, to 192.0.2.DST. */
static struct sample
datagram(uint8_t dst, uint8_t net, uint8_t host, uint64_t packets)
{
	return (struct sample){
		.src = { 198, 51, net, host },
		.dst = { 192, 0, 2, dst },
		.packets = packets,
		.bytes = 100 * packets,
		.of = 1,
		.has = SAMPLE_SRC | SAMPLE_PROTO | SAMPLE_PORTS | SAMPLE_LENGTH,
		.length = 100,
		.sport = 53,
		.dport = 4000,
		.family = 4,
		.proto = UDP,
	};
}

static struct sample
segment(uint8_t dst, uint8_t net, uint8_t host, uint16_t flags)
{
	struct sample s = datagram(dst, net, host, 1);

	s.proto = TCP;
	s.has |= SAMPLE_TCP_FLAGS;
	s.tcp_flags = flags;
	return s;
}

static void
give(struct scene *w, struct sample s, unsigned times)
{
	struct sample_report r = { .n = 1, .samples = { s } };

	for (unsigned i = 0; i < times; i++)
		samples_take(w->p, &r, now_of(w));
}

/* Time goes on, a step a second. */
static void
wait_ms(struct scene *w, int64_t ms)
{
	for (int64_t until = w->ms + ms; w->ms < until;) {
		w->ms += ms < 1000 ? ms : 1000;
		samples_begin(w->p);
		for (unsigned i = 0; i < w->incidents_n; i++)
			samples_incident(w->p, &w->incidents[i]);
		samples_end(w->p, now_of(w));
	}
}

static struct subject
host(const char *address)
{
	struct subject s = { .kind = SUBJECT_HOST };

	cr_assert_eq(prefix_parse(&s.prefix, address), 0);
	if (!prefix_is_host(&s.prefix))
		s.kind = SUBJECT_PREFIX;
	return s;
}

static void
open_incident(struct scene *w, const char *address)
{
	struct incident *i = &w->incidents[w->incidents_n++];

	snprintf(i->id, sizeof(i->id), "i-%u", w->incidents_n);
	i->subject = host(address);
	wait_ms(w, 1);
}

struct got {
	struct sample all[SAMPLES_REFERENCE + 64];
	unsigned n, borrowed;
	double packets, bytes;
};

static void
sum_up(struct got *g)
{
	g->packets = g->bytes = 0;
	for (unsigned i = 0; i < g->n; i++) {
		cr_assert(sample_plausible(&g->all[i]));
		g->packets += (double)g->all[i].packets;
		g->bytes += (double)g->all[i].bytes;
	}
}

static struct got *
attack(const struct scene *w, const char *id, bool by_bytes)
{
	static struct got g;

	g.n = samples_attack(w->p, id, 4, by_bytes, g.all, SAMPLES_REFERENCE);
	sum_up(&g);
	return &g;
}

static struct got *
reference(const struct scene *w, const char *subject)
{
	static struct got g;
	const struct subject s = host(subject);

	g.n = samples_reference(w->p, &s, 4, now_of(w), g.all, SAMPLES_REFERENCE + 64, &g.borrowed);
	sum_up(&g);
	return &g;
}

/* Of all that it stands for, what comes from these networks of sources. */
static double
share(const struct got *g, uint8_t from, uint8_t to)
{
	double part = 0;

	for (unsigned i = 0; i < g->n; i++)
		if (g->all[i].src[2] >= from && g->all[i].src[2] <= to)
			part += (double)g->all[i].packets;
	return g->packets > 0 ? part / g->packets : 0;
}

static struct samples_totals
totals(const struct scene *w)
{
	struct samples_totals t;

	samples_totals(w->p, &t);
	return t;
}

/* ---- attacks ------------------------------------------------------------- */

Test(samples, of_an_incident_stand_for_its_packets_and_its_bytes)
{
	struct scene w;
	struct sample large = datagram(7, 1, 1, 1);
	struct got *g;

	begin(&w);
	open_incident(&w, "192.0.2.7/32");
	large.bytes = large.length = 1400;
	for (unsigned i = 0; i < 20000; i++) {
		give(&w, datagram(7, 2, (uint8_t)i, 3), 1);
		if (i % 10 == 0)
			give(&w, large, 1);
		give(&w, datagram(9, 3, 1, 1000), 1);	/* to somebody else */
	}
	g = attack(&w, "i-1", false);
	cr_assert_float_eq(g->packets / 62000, 1, 0.05, "%f packets", g->packets);
	cr_assert_eq(share(g, 3, 3), 0);
	cr_assert_float_eq(share(g, 1, 1), 2000. / 62000, 0.02, "%f", share(g, 1, 1));
	g = attack(&w, "i-1", true);
	cr_assert_float_eq(g->bytes / (6000000 + 2800000), 1, 0.05, "%f bytes", g->bytes);
	cr_assert_leq(g->n, SAMPLES_ATTACK);
	end(&w);
}

Test(samples, of_the_last_second_are_what_an_incident_begins_with)
{
	struct scene w;
	struct got *g;

	begin(&w);
	give(&w, datagram(7, 1, 1, 1), 50);	/* too long ago */
	w.ms += 1500;
	give(&w, datagram(7, 2, 1, 3), 100);
	give(&w, datagram(9, 3, 1, 1), 100);	/* to somebody else */
	w.ms += 900;
	open_incident(&w, "192.0.2.7/32");
	g = attack(&w, "i-1", false);
	cr_expect_eq(g->packets, 300, "%f packets", g->packets);
	cr_expect_eq(share(g, 2, 2), 1);
	wait_ms(&w, 500);
	g = attack(&w, "i-1", false);
	cr_expect_eq(g->packets, 300, "they come once: %f packets", g->packets);
	end(&w);
}

Test(samples, of_a_vector_that_ended_are_forgotten)
{
	struct scene w;

	begin(&w);
	open_incident(&w, "192.0.2.0/28");
	for (int second = 0; second < 25; second++) {
		give(&w, datagram(7, 1, 1, 1), 300);
		wait_ms(&w, 1000);
	}
	for (int second = 0; second < 2 * SAMPLES_WINDOW_MS / 1000 + 1; second++) {
		give(&w, datagram(8, 2, 1, 1), 300);
		wait_ms(&w, 1000);
	}
	cr_assert_eq(share(attack(&w, "i-1", false), 1, 1), 0);
	cr_assert_gt(attack(&w, "i-1", false)->n, 256);
	end(&w);
}

Test(samples, of_an_exporter_that_speaks_once_a_minute_are_kept_until_it_speaks_again)
{
	struct scene w;

	begin(&w);
	open_incident(&w, "192.0.2.7/32");
	for (int minute = 0; minute < 5; minute++) {
		give(&w, datagram(7, 1, 1, 1000), 40);
		for (int i = 0; i < 60; i++) {
			wait_ms(&w, 1000);
			cr_assert_geq(attack(&w, "i-1", false)->n, 40);
		}
	}
	end(&w);
}

Test(samples, are_of_so_many_incidents_at_most_and_of_others_when_these_end)
{
	struct scene w;
	char address[32];

	begin(&w);
	for (unsigned i = 0; i <= SAMPLES_INCIDENTS; i++) {
		snprintf(address, sizeof(address), "192.0.2.%u/32", i);
		open_incident(&w, address);
	}
	cr_assert_gt(totals(&w).unsampled, 0);
	give(&w, datagram(SAMPLES_INCIDENTS, 1, 1, 1), 10);
	cr_assert_eq(attack(&w, w.incidents[SAMPLES_INCIDENTS].id, false)->n, 0);
	w.incidents[3] = w.incidents[SAMPLES_INCIDENTS];
	w.incidents_n--;
	wait_ms(&w, 2000);
	give(&w, datagram(SAMPLES_INCIDENTS, 1, 1, 1), 10);
	cr_assert_eq(attack(&w, w.incidents[3].id, false)->n, 10);
	cr_assert_eq(attack(&w, "i-4", false)->n, 0);
	end(&w);
}

/* ---- the way into the reference ------------------------------------------ */

/* So much from each of some networks, during one hour. */
static void
hour_of(struct scene *w, uint8_t from, uint8_t to, unsigned each, uint64_t packets)
{
	for (int minute = 0; minute < 60; minute++) {
		for (unsigned net = from; net <= to; net++)
			for (unsigned i = 0; i < each; i++)
				give(w, datagram(7, (uint8_t)net, (uint8_t)(minute + i), packets),
				    1);
		wait_ms(w, MINUTE);
	}
}

Test(samples, of_peace_are_believed_after_some_minutes)
{
	struct scene w;

	begin(&w);
	give(&w, datagram(7, 1, 1, 5), 30);
	wait_ms(&w, 2 * MINUTE);
	cr_assert_eq(reference(&w, "192.0.2.7/32")->n, 0);
	wait_ms(&w, 4 * MINUTE);
	cr_assert_gt(reference(&w, "192.0.2.7/32")->n, 0);
	cr_assert_eq(totals(&w).to_reference, 30);
	end(&w);
}

Test(samples, of_the_minutes_before_an_attack_was_found_are_not_believed)
{
	struct scene w;

	begin(&w);
	wait_ms(&w, 10 * MINUTE);
	for (int i = 0; i < 140; i++) {		/* however they lie to the turn of what waits */
		give(&w, datagram(7, 66, 1, 100000), 20);
		wait_ms(&w, 1000);
	}
	open_incident(&w, "192.0.2.7/32");
	give(&w, datagram(7, 66, 1, 100000), 200);
	wait_ms(&w, 20 * MINUTE);
	w.incidents_n = 0;
	give(&w, datagram(7, 66, 1, 100000), 200);
	wait_ms(&w, 20 * MINUTE);
	give(&w, datagram(7, 66, 1, 100000), 200);	/* its tail */
	wait_ms(&w, 2 * HOUR);
	cr_assert_eq(share(reference(&w, "192.0.2.7/32"), 66, 66), 0);
	cr_assert_geq(totals(&w).frozen, 400);
	end(&w);
}

Test(samples, of_others_are_believed_while_one_is_attacked)
{
	struct scene w;

	begin(&w);
	open_incident(&w, "192.0.2.7/32");	/* the member's, not the rest of the prefix */
	hour_of(&w, 1, 4, 1, 10);
	for (int i = 0; i < 60; i++) {
		give(&w, datagram(200, 9, 1, 10), 3);
		wait_ms(&w, MINUTE);
	}
	cr_assert_eq(reference(&w, "192.0.2.7/32")->n, 0);
	cr_assert_gt(share(reference(&w, "192.0.2.200/32"), 9, 9), 0);
	end(&w);
}

Test(samples, of_established_connections_have_half_of_the_room)
{
	struct scene w;
	struct sample lasting = datagram(7, 1, 1, 50);
	unsigned n = 0, is = 0;
	double part;

	begin(&w);
	lasting.of = 50;
	for (int minute = 0; minute < 60; minute++) {
		for (unsigned i = 0; i < 400; i++)	/* a storm of questions from everywhere */
			give(&w, segment(7, (uint8_t)(20 + i % 200), (uint8_t)i, SYN), 1);
		give(&w, segment(7, 1, 2, ACK), 3);
		give(&w, lasting, 1);
		wait_ms(&w, MINUTE);
	}
	wait_ms(&w, 10 * MINUTE);
	part = share(reference(&w, "192.0.2.7/32"), 1, 1);
	cr_assert_float_eq(part, 53. / 453, 0.04, "they stand for what they are: %f", part);
	for (const struct got *g = reference(&w, "192.0.2.7/32"); n < g->n; n++)
		is += g->all[n].src[2] == 1;
	cr_assert_geq(3 * is, n, "%u of %u", is, n);
	end(&w);
}

Test(samples, of_this_hour_of_the_week_come_first_and_weigh_most)
{
	struct scene w;
	struct got *g;

	begin(&w);
	hour_of(&w, 1, 10, 1, 10);
	wait_ms(&w, 5 * HOUR);
	hour_of(&w, 101, 110, 1, 10);
	wait_ms(&w, WEEK - 7 * HOUR);		/* the first of them again */
	g = reference(&w, "192.0.2.7/32");
	cr_assert_float_eq(share(g, 1, 10), 0.8, 0.05, "%f", share(g, 1, 10));
	cr_assert_leq(g->all[0].src[2], 10);
	wait_ms(&w, 9 * WEEK);
	cr_assert_eq(reference(&w, "192.0.2.7/32")->n, 0,
	    "who was not heard of for long is forgotten");
	end(&w);
}

Test(samples, of_neighbours_are_taken_where_little_is_known)
{
	struct scene w;
	struct got *g;

	begin(&w);
	hour_of(&w, 1, 10, 1, 10);
	wait_ms(&w, 10 * MINUTE);
	g = reference(&w, "192.0.2.9/32");
	cr_assert_gt(g->n, 0);
	cr_assert_eq(g->borrowed, g->n);
	for (unsigned i = 0; i < g->n; i++)
		cr_assert_eq(g->all[i].dst[3], 9);
	cr_assert_eq(reference(&w, "192.0.2.7/32")->borrowed, 0);
	end(&w);
}

Test(samples, of_nobody_of_ours_are_counted_and_left_out)
{
	struct scene w;
	struct sample s = datagram(7, 1, 1, 1);

	begin(&w);
	s.dst[2] = 3;
	give(&w, s, 25);
	wait_ms(&w, 2 * HOUR);
	cr_assert_eq(totals(&w).foreign, 25);
	cr_assert_eq(totals(&w).reference_n, 0);
	end(&w);
}

/* ---- who wants to be taken for legitimate -------------------------------- */

/* Two weeks of peace from ten networks, every third hour. */
static void
two_weeks(struct scene *w)
{
	for (int i = 0; i < 2 * 168 / 3; i++) {
		hour_of(w, 1, 10, 1, 10);
		wait_ms(w, 2 * HOUR);
	}
}

Test(samples, of_one_network_are_an_eighth_of_what_an_hour_adds)
{
	struct scene w;
	double part;

	begin(&w);
	for (int minute = 0; minute < 60; minute++) {
		for (unsigned net = 1; net <= 20; net++)
			give(&w, datagram(7, (uint8_t)net, 1, 10), 1);
		/* five times as much as all others */
		give(&w, datagram(7, 66, (uint8_t)minute, 1000), 1);
		wait_ms(&w, MINUTE);
	}
	wait_ms(&w, HOUR);
	part = share(reference(&w, "192.0.2.7/32"), 66, 66);
	cr_assert_leq(part, 0.5, "%f, not five sixths", part);
	end(&w);
}

Test(samples, of_a_loud_hour_weigh_little_beside_two_weeks_of_peace)
{
	struct scene w;
	double part;

	begin(&w);
	two_weeks(&w);
	/* A thousand times as much as ever, from forty networks, below every threshold there is. */
	hour_of(&w, 60, 99, 1, 1000);
	wait_ms(&w, HOUR);
	part = share(reference(&w, "192.0.2.7/32"), 60, 99);
	cr_assert_leq(part, 0.06, "%f", part);
	cr_assert_gt(part, 0);
	wait_ms(&w, WEEK - 2 * HOUR);
	hour_of(&w, 1, 10, 1, 10);
	wait_ms(&w, 4 * WEEK);
	part = share(reference(&w, "192.0.2.7/32"), 60, 99);
	cr_assert_leq(part, 0.04, "it fades: %f", part);
	end(&w);
}

/* ---- over a restart ------------------------------------------------------ */

static uint8_t *
saved(const struct scene *w, size_t *ret_n)
{
	uint8_t *all = NULL;
	uint64_t pos = 0;

	*ret_n = 0;
	do {
		all = realloc(all, *ret_n + SAMPLES_PIECE);
		cr_assert_not_null(all);
		*ret_n += samples_save(w->p, &pos, all + *ret_n, SAMPLES_PIECE);
	} while (pos != 0);
	cr_assert_leq(*ret_n, samples_file_max(w->p));
	return all;
}

static void
some_history(struct scene *w)
{
	for (int i = 0; i < 30; i++)
		hour_of(w, 1, 10, 1, 10);
	for (int i = 0; i < 20; i++) {		/* the hour that runs, and what waits */
		give(w, datagram(7, (uint8_t)i, 1, 10), 2);
		give(w, segment(7, (uint8_t)i, 1, ACK), 2);
		wait_ms(w, MINUTE);
	}
}

Test(samples, of_peace_outlive_a_restart_to_the_last)
{
	struct scene w, v;
	struct diag why = { 0 };
	uint8_t *all;
	unsigned n;
	size_t len;

	begin(&w);
	begin(&v);
	some_history(&w);
	v.ms = w.ms;
	all = saved(&w, &len);
	cr_assert_eq(samples_load(v.p, all, len, now_of(&v), &why), 0, "%s", why.say);
	cr_assert_gt(totals(&w).reference_n, 500);
	cr_assert_eq(totals(&v).reference_n, totals(&w).reference_n);
	n = reference(&w, "192.0.2.7/32")->n;
	cr_assert_eq(reference(&v, "192.0.2.7/32")->n, n);
	wait_ms(&v, 2 * MINUTE);
	cr_assert_eq(reference(&v, "192.0.2.7/32")->n, n, "what waited waits anew");
	wait_ms(&v, 2 * HOUR);
	cr_assert_gt(reference(&v, "192.0.2.7/32")->n, 500);
	free(all);
	end(&w);
	end(&v);
}

Test(samples, after_an_attack_are_not_believed_although_there_was_a_restart)
{
	struct scene w, v;
	struct diag why = { 0 };
	uint8_t *all;
	size_t len;

	begin(&w);
	begin(&v);
	open_incident(&w, "192.0.2.7/32");
	wait_ms(&w, MINUTE);
	all = saved(&w, &len);
	v.ms = w.ms + MINUTE;
	cr_assert_eq(samples_load(v.p, all, len, now_of(&v), &why), 0, "%s", why.say);
	give(&v, datagram(7, 66, 1, 10), 30);
	cr_expect_eq(totals(&v).frozen, 30, "its tail");
	give(&v, datagram(200, 1, 1, 10), 5);
	cr_expect_eq(totals(&v).frozen, 30, "of others nothing was found");
	wait_ms(&v, 30 * MINUTE);
	give(&v, datagram(7, 1, 1, 10), 1);
	cr_expect_eq(totals(&v).frozen, 30);
	free(all);
	end(&w);
	end(&v);
}

Test(samples, wait_no_longer_after_an_attack_when_the_clock_is_set_back)
{
	struct scene w, v;
	struct diag why = { 0 };
	uint8_t *all;
	size_t len;

	begin(&w);
	begin(&v);
	open_incident(&w, "192.0.2.7/32");
	all = saved(&w, &len);
	v.ms = w.ms - 10 * HOUR;
	cr_assert_eq(samples_load(v.p, all, len, now_of(&v), &why), 0, "%s", why.say);
	v.ms += 31 * MINUTE;
	give(&v, datagram(7, 1, 1, 10), 1);
	cr_expect_eq(totals(&v).frozen, 0, "loaded from a time to come");
	w.incidents_n = 0;
	w.ms -= 10 * HOUR;
	wait_ms(&w, 31 * MINUTE);
	give(&w, datagram(7, 1, 1, 10), 1);
	cr_expect_eq(totals(&w).frozen, 0);
	free(all);
	end(&w);
	end(&v);
}

Test(samples, are_the_same_from_the_same_reports)
{
	struct scene w, v;
	uint8_t *first, *second;
	size_t n, m;

	begin(&w);
	begin(&v);
	some_history(&w);
	some_history(&v);
	first = saved(&w, &n);
	second = saved(&v, &m);
	cr_assert_eq(n, m);
	cr_assert_arr_eq(first, second, n);
	free(first);
	free(second);
	end(&w);
	end(&v);
}

Test(samples, of_a_damaged_file_are_not_taken)
{
	struct scene w, v;
	uint8_t *all, *cut;
	struct diag why;
	size_t n;

	begin(&w);
	begin(&v);
	for (int i = 0; i < 3; i++)
		hour_of(&w, 1, 10, 1, 10);
	v.ms = w.ms;
	all = saved(&w, &n);
	for (size_t i = 0; i < n; i += 11) {
		all[i] ^= 0x20;
		cr_assert_eq(samples_load(v.p, all, n, now_of(&v), &why), -EINVAL, "byte %zu", i);
		all[i] ^= 0x20;
	}
	for (size_t i = 0; i < n; i += 97) {
		cut = malloc(i != 0 ? i : 1);
		memcpy(cut, all, i);
		cr_assert_eq(samples_load(v.p, cut, i, now_of(&v), &why), -EINVAL, "%zu bytes", i);
		free(cut);
	}
	cr_assert_eq(totals(&v).reference_n, 0);
	cr_assert_eq(samples_load(v.p, all, n, now_of(&v), &why), 0);
	free(all);
	end(&w);
	end(&v);
}

Test(samples, of_a_time_to_come_or_of_members_that_left_are_not_taken)
{
	struct scene w, v;
	struct diag why = { 0 };
	uint8_t *all;
	size_t n;

	begin(&w);
	begin(&v);
	hour_of(&w, 1, 10, 1, 10);
	wait_ms(&w, HOUR);
	all = saved(&w, &n);
	v.ms = w.ms - 48 * HOUR;
	cr_assert_eq(samples_load(v.p, all, n, now_of(&v), &why), -EINVAL);
	v.ms = w.ms;
	strcpy(v.s->members[0].name, "theatre");
	cr_assert_eq(samples_load(v.p, all, n, now_of(&v), &why), 0, "%s", why.say);
	cr_assert_eq(totals(&v).reference_n, 0);
	free(all);
	end(&w);
	end(&v);
}

Test(samples, take_no_more_memory_than_is_said)
{
	struct scene w;
	struct samples_totals t;

	begin(&w);
	t = totals(&w);
	cr_assert_leq(t.memory, (26u << 20) + 3 * 650000,
	    "README.md says 26 MB and 0.65 a group: %zu", t.memory);
	end(&w);
}
