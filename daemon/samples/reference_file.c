/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reference as bytes, over a restart: a head, what holds something, group by group (hours of
 * the week, the running one, what waits, until when nothing is believed), an end with their number
 * and a checksum of all.  Samples lie in it as they are in memory, of the machine that wrote them.
 * What is loaded is a stranger's until all of it was looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "samples/inner.h"

#define MAGIC 0x52575353u	/* "SSWR" */
#define VERSION 2
enum {
	SLOT_RUNNING = WEEK_HOURS,	/* the hours of the week come before it */
	SLOT_PENDING,			/* PENDING_N of them */
	SLOT_FROZEN = SLOT_PENDING + PENDING_N,	/* of no samples */
	SLOTS,
};
#define END 0xffffffffu		/* where the others have their slot */
#define NAME_LEN 96
#define SUM_START 14695981039346656037u	/* FNV-1a: against a damaged disk, not against forgery */
#define FUTURE_HOURS 24		/* clocks are set, but not by a day */

struct head {
	uint32_t magic;
	uint16_t version, sample_size;
};

/* Behind it the samples of both strata. */
struct entry {
	uint32_t slot, n[STRATA], none;
	int64_t fed;			/* its hour since 1970; of SLOT_FROZEN the millisecond */
	char group[NAME_LEN];
};

struct tail {
	uint32_t end, n;
	uint64_t sum;
};

#define ENTRY_MAX (sizeof(struct entry) + STRATA * PENDING * sizeof(struct sample))

_Static_assert(SAMPLES_PIECE >= sizeof(struct head) + ENTRY_MAX + sizeof(struct tail),
    "a piece has room for one");
_Static_assert(PENDING >= KEPT, "the larger");
_Static_assert(NAME_LEN > NAME_MAX_LEN + 8 && NAME_LEN > PREFIX_STRLEN + 8, "names fit");

static uint64_t
sum_of(uint64_t h, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h;
}

/* ---- out ----------------------------------------------------------------- */

static uint8_t *
put(uint8_t *to, const void *from, size_t n)
{
	memcpy(to, from, n);
	return to + n;
}

/* What the slot of the group holds, of one stratum; how many. */
static unsigned
held(const struct group *g, unsigned slot, unsigned stratum, struct sample ret[PENDING])
{
	if (slot == SLOT_FROZEN)
		return 0;
	if (slot >= SLOT_PENDING)
		return reference_unload(g->pending[slot - SLOT_PENDING][stratum], ret);
	if (slot == SLOT_RUNNING)
		return reference_unload(g->running[stratum], ret);
	memcpy(ret, g->week[slot].kept[stratum], g->week[slot].n[stratum] * sizeof(*ret));
	return g->week[slot].n[stratum];
}

static int64_t
fed(const struct group *g, unsigned slot)
{
	if (slot == SLOT_FROZEN)
		return g->frozen_ms;
	return slot < SLOT_RUNNING ? g->week[slot].fed : g->hour;
}

/* Nothing when it holds nothing. */
static uint8_t *
put_slot(uint8_t *to, const struct reference *r, unsigned group, unsigned slot)
{
	const struct group *g = &r->groups[group];
	struct entry e = { .slot = slot, .fed = fed(g, slot) };
	uint8_t *at = to + sizeof(e);

	group_name(r->s, group, e.group, sizeof(e.group));
	for (unsigned i = 0; i < STRATA && e.fed != 0; i++) {
		struct sample all[PENDING];

		e.n[i] = held(g, slot, i, all);
		at = put(at, all, e.n[i] * sizeof(*all));
	}
	if (e.n[0] + e.n[1] == 0 && (slot != SLOT_FROZEN || e.fed <= 0))
		return to;
	put(to, &e, sizeof(e));
	return at;
}

size_t
reference_save(struct reference *r, uint64_t *pos, void *buf, size_t size)
{
	const struct head head = { MAGIC, VERSION, sizeof(struct sample) };
	const uint64_t slots = (uint64_t)r->groups_n * SLOTS;
	uint8_t *to = buf, *end = to + size;

	if (*pos == 0) {
		r->saving.n = 0;
		r->saving.sum = SUM_START;
		to = put(to, &head, sizeof(head));
		*pos = 1;
	}
	for (; *pos <= slots && (size_t)(end - to) >= ENTRY_MAX; ++*pos) {
		uint8_t *before = to;

		to =
		    put_slot(to, r, (unsigned)((*pos - 1) / SLOTS), (unsigned)((*pos - 1) % SLOTS));
		r->saving.n += to != before;
	}
	r->saving.sum = sum_of(r->saving.sum, buf, (size_t)(to - (uint8_t *)buf));
	if (*pos > slots && (size_t)(end - to) >= sizeof(struct tail)) {
		const struct tail tail = { END, r->saving.n, r->saving.sum };

		to = put(to, &tail, sizeof(tail));
		*pos = 0;
	}
	return (size_t)(to - (uint8_t *)buf);
}

/* ---- in ------------------------------------------------------------------ */

struct reader {
	const uint8_t *p, *end;
	unsigned n;
	struct diag *why;
};

static int
damaged(struct reader *in)
{
	return diag_set(in->why, -EINVAL, "%s", N_("it is not as this version writes it"));
}

static bool
get(struct reader *in, void *ret, size_t n)
{
	if ((size_t)(in->end - in->p) < n)
		return false;
	memcpy(ret, in->p, n);
	in->p += n;
	return true;
}

static int
group_named(const struct settings *s, const char *name)
{
	char buf[NAME_LEN];

	for (unsigned i = 0; i < groups_n(s); i++)
		if (strcmp(group_name(s, i, buf, sizeof(buf)), name) == 0)
			return (int)i;
	return -1;
}

static bool
entry_sound(const struct entry *e, int64_t hour)
{
	const unsigned most = e->slot == SLOT_FROZEN ? 0 : e->slot >= SLOT_PENDING ? PENDING : KEPT;
	const int64_t at = e->slot == SLOT_FROZEN ? e->fed / HOUR_MS : e->fed;

	return e->slot < SLOTS && e->n[0] <= most && e->n[1] <= most && e->fed > 0 &&
	    at <= hour + FUTURE_HOURS && memchr(e->group, '\0', sizeof(e->group)) != NULL;
}

static void
offer_all(struct urn *u, const struct sample *all, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		urn_offer(u, &all[i], (double)all[i].packets);
}

/* What waited waits anew: nobody watched while we were away. */
static void
keep(struct reference *r, struct group *g, const struct entry *e,
    struct sample all[STRATA][PENDING])
{
	struct hour *h = &g->week[e->slot < WEEK_HOURS ? e->slot : 0];

	if (e->slot == SLOT_FROZEN) {
		g->frozen_ms = e->fed;		/* reference_load() bounds it */
		return;
	}
	if (e->slot == SLOT_RUNNING || (e->slot >= SLOT_PENDING && g->hour == 0))
		g->hour = e->fed;
	for (unsigned i = 0; i < STRATA; i++) {
		if (e->slot >= SLOT_PENDING) {
			offer_all(g->pending[g->newest][i], all[i], e->n[i]);
		} else if (e->slot == SLOT_RUNNING) {
			offer_all(g->running[i], all[i], e->n[i]);
		} else {
			r->known += e->n[i] - h->n[i];
			h->fed = e->fed;
			h->n[i] = (uint16_t)e->n[i];
			memcpy(h->kept[i], all[i], e->n[i] * sizeof(*all[i]));
		}
	}
}

/* One slot; kept unless r is NULL.  1: it was the end. */
static int
take_slot(struct reader *in, struct reference *r, int64_t hour, const struct settings *s)
{
	struct sample all[STRATA][PENDING];
	struct entry e;
	int group;

	if ((size_t)(in->end - in->p) == sizeof(struct tail))
		return 1;
	if (!get(in, &e, sizeof(e)) || !entry_sound(&e, hour))
		return damaged(in);
	for (unsigned i = 0; i < STRATA; i++) {
		if (!get(in, all[i], e.n[i] * sizeof(struct sample)))
			return damaged(in);
		for (unsigned k = 0; k < e.n[i]; k++)
			if (!sample_plausible(&all[i][k]))
				return damaged(in);
	}
	group = group_named(s, e.group);
	if (r != NULL && group >= 0)
		keep(r, &r->groups[group], &e, all);
	in->n++;
	return 0;
}

static int
take_all(struct reader *in, struct reference *r, int64_t hour, const struct settings *s)
{
	struct head head;
	struct tail tail;
	int got = 0;

	if (!get(in, &head, sizeof(head)) || head.magic != MAGIC || head.version != VERSION ||
	    head.sample_size != sizeof(struct sample))
		return damaged(in);
	while (got == 0)
		got = take_slot(in, r, hour, s);
	if (got < 0)
		return got;
	get(in, &tail, sizeof(tail));
	if (tail.end != END || tail.n != in->n)
		return damaged(in);
	return 0;
}

int
reference_load(struct reference *r, const void *buf, size_t len, struct now now,
    struct diag *reterr)
{
	const int64_t hour = now.wall.ms / HOUR_MS;
	struct reader in = { buf, (const uint8_t *)buf + len, 0, reterr }, again = in;
	struct tail tail;
	int err;

	if (len < sizeof(tail))
		return damaged(&in);
	memcpy(&tail, in.end - sizeof(tail), sizeof(tail));
	if (tail.sum != sum_of(SUM_START, buf, len - sizeof(tail)))
		return diag_set(reterr, -EINVAL, "%s", N_("its checksum is wrong"));
	err = take_all(&in, NULL, hour, r->s);
	if (err != 0)
		return err;
	for (unsigned i = 0; i < r->groups_n; i++)
		r->groups[i].pending_ms = now.wall.ms;
	err = take_all(&again, r, hour, r->s);
	for (unsigned i = 0; i < r->groups_n; i++)
		group_bound_frozen(&r->groups[i], now.wall.ms);
	return err;
}

size_t
reference_file_max(const struct reference *r)
{
	return sizeof(struct head) + (size_t)r->groups_n * SLOTS * ENTRY_MAX + sizeof(struct tail);
}
