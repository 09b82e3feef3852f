/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fusion/fusion.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/inner.h"

#define TRACKS_PER_SUBJECT 2	/* in the pool; a subject may use as many as there are vantages */

/* Which vantages a signal counts: all, or the one it names. */
static uint32_t
vantages_of(const struct fusion *f, const struct signal *s)
{
	uint32_t set = 0;

	for (unsigned i = 0; i < f->vantages_n; i++)
		if (s->vantage[0] == '\0' || strcmp(s->vantage, f->vantages[i].name) == 0)
			set |= 1u << i;
	return set;
}

static unsigned
lane_get(struct fusion *f, enum metric m)
{
	if (f->lane_of[m] < 0)
		f->lane_of[m] = (int)f->beside++;
	return (unsigned)f->lane_of[m];
}

static void
watch_mark(struct fusion *f, unsigned kind, unsigned i)
{
	const struct watch *w = &f->watches[kind][i];
	uint64_t *by_vantage = w->rising ? f->rising[kind] : f->counted[kind];

	for (unsigned v = 0; v < f->vantages_n; v++)
		by_vantage[v] |= (uint64_t)(w->vantages >> v & 1) << i;
	f->of_policy[w->policy] |= 1ULL << i;
	f->counts[w->policy] |= w->vantages;
}

static int
watch_add(struct fusion *f, unsigned policy, unsigned signal)
{
	const struct policy *p = &f->s->policies[policy];
	const struct signal *s = &p->signals[signal];
	unsigned *n = &f->watches_n[p->subject];

	if (learn_least(s) <= 0)
		return 0;
	if (*n == WATCHES_MAX)
		return -E2BIG;
	f->watches[p->subject][*n] = (struct watch){
		.policy = policy,
		.signal = signal,
		.metric = s->metric,
		.lane = s->metric < METRIC_COUNTED_N ? lane_get(f, s->metric) : 0,
		.above = s->above > 0 && (s->times <= 0 || s->above < s->ceiling) ? s->above
										  : s->ceiling,
		.least = learn_least(s),
		.figure = -1,
		.rising = s->rising,
		.seconds = (double)p->sustained_ms / 1000,
		.vantages = s->metric < METRIC_COUNTED_N ? vantages_of(f, s) : 0,
		.readers = vantages_of(f, s),
	};
	watch_mark(f, p->subject, *n);
	++*n;
	if (*n > f->watches_most)
		f->watches_most = *n;
	return 0;
}

static int
watches_init(struct fusion *f)
{
	int err = 0;

	for (int m = 0; m < METRIC_COUNTED_N; m++)
		f->lane_of[m] = -1;
	f->lane_of[METRIC_BPS] = LANE_BPS;
	f->lane_of[METRIC_PPS] = LANE_PPS;
	f->beside = LANE_FIRST;
	for (unsigned p = 0; p < f->s->policies_n; p++) {
		f->forged_most[p] = policy_forged_most(&f->s->policies[p]);
		for (unsigned i = 0; i < f->s->policies[p].signals_n && err == 0; i++)
			err = watch_add(f, p, i);
	}
	f->lanes_n = (f->beside + BESIDE_N + 3) / 4 * 4;
	if (f->watches_most == 0)
		f->watches_most = 1;
	return err;
}

/* Zeroed and touched: memory is taken now, not when an attack comes. */
static void *
take(size_t n, size_t size)
{
	char *p = calloc(n, size);

	for (size_t i = 0; p != NULL && i < n * size; i += 4096)
		((volatile char *)p)[i] = 0;
	return p;
}

static void
pools_link(struct fusion *f)
{
	size_t row = (size_t)(FINE + COARSE) * f->lanes_n;

	memset(f->heads, 0xff, (f->heads_mask + 1) * sizeof(*f->heads));
	for (unsigned i = 0; i < f->entries_n; i++)
		f->entries[i].next = i + 1 < f->entries_n ? i + 1 : NONE;
	for (unsigned i = 0; i < f->tracks_n; i++) {
		f->tracks[i].next = i + 1 < f->tracks_n ? i + 1 : NONE;
		f->tracks[i].cells = f->cells + row * i;
		f->tracks[i].buckets = f->buckets + (size_t)f->watches_most * 2 * i;
		f->tracks[i].keeps = f->tracks[i].buckets + f->watches_most;
		f->tracks[i].peaks = f->peaks + (size_t)peak_fours(f) * i;
		f->tracks[i].views = f->views + (size_t)f->watches_most * i;
		f->tracks[i].limits = f->limits + (size_t)f->watches_most * i;
	}
}

static int
pools_init(struct fusion *f)
{
	unsigned each = f->vantages_n < TRACKS_PER_SUBJECT ? 1 : TRACKS_PER_SUBJECT;

	f->entries_n = FUSION_SUBJECTS;
	f->tracks_n = FUSION_SUBJECTS * each;
	for (f->heads_mask = 1; f->heads_mask < f->entries_n;)
		f->heads_mask *= 2;
	f->heads = take(f->heads_mask, sizeof(*f->heads));
	f->heads_mask--;
	f->entries = take(f->entries_n, sizeof(*f->entries));
	f->tracks = take(f->tracks_n, sizeof(*f->tracks));
	f->cells = take((size_t)f->tracks_n * (FINE + COARSE), f->lanes_n * sizeof(*f->cells));
	f->buckets = take((size_t)f->tracks_n * f->watches_most, 2 * sizeof(*f->buckets));
	f->peaks = take((size_t)f->tracks_n * peak_fours(f), sizeof(*f->peaks));
	f->views = take((size_t)f->tracks_n * f->watches_most, sizeof(*f->views));
	f->limits =
	    take((size_t)(f->tracks_n + GAUGES_MAX) * f->watches_most, sizeof(*f->limits));
	if (f->heads == NULL || f->entries == NULL || f->tracks == NULL || f->cells == NULL ||
	    f->buckets == NULL || f->peaks == NULL || f->views == NULL || f->limits == NULL)
		return -ENOMEM;
	pools_link(f);
	return gauges_init(f) == 0 ? 0 : -ENOMEM;
}

int
fusion_new(struct fusion **ret, const struct settings *s)
{
	struct fusion *f = calloc(1, sizeof(*f));
	int err = f == NULL ? -ENOMEM : 0;

	if (err != 0)
		return err;
	f->s = s;
	health_init(f);
	err = watches_init(f);
	if (err == 0)
		err = pools_init(f);
	if (err == 0)
		err = groups_init(f);
	if (err == 0)
		err = learn_init(f);
	if (err != 0)
		goto out;
	*ret = f;
	f = NULL;
out:
	fusion_free(f);
	return err;
}

void
fusion_free(struct fusion *f)
{
	if (f == NULL)
		return;
	free(f->parts);
	free(f->heads);
	free(f->entries);
	free(f->tracks);
	free(f->cells);
	free(f->buckets);
	free(f->peaks);
	free(f->views);
	free(f->limits);
	free(f->gauges);
	free(f->levels);
	baseline_free(f->baseline);
	free(f);
}

/* --- subjects ------------------------------------------------------------- */

static struct entry *
entry_find(const struct fusion *f, const struct subject *s, uint64_t hash)
{
	for (uint32_t i = f->heads[hash & f->heads_mask]; i != NONE; i = f->entries[i].next)
		if (f->entries[i].hash == hash && subject_eq(&f->entries[i].subject, s))
			return &f->entries[i];
	return NULL;
}

/*
 * A host, a /24 or a /64: a spray can make any number of them.  The others are as many as are
 * configured.
 */
static bool
is_common(const struct fusion *f, const struct subject *s)
{
	if (s->kind == SUBJECT_HOST)
		return true;
	if (s->kind != SUBJECT_PREFIX || group_of(f, &s->prefix) >= 0)
		return false;
	for (unsigned i = 0; i < f->s->prefixes_n; i++)
		if (prefix_eq(&f->s->prefixes[i], &s->prefix))
			return false;
	return true;
}

static struct entry *
entry_add(struct fusion *f, const struct subject *s, uint64_t hash)
{
	uint32_t i = f->entries_free, *head = &f->heads[hash & f->heads_mask];
	bool common = is_common(f, s);
	struct entry *e;

	if (i == NONE || (common && f->commons_n >= FUSION_SUBJECTS - SPECIAL_SUBJECTS))
		return NULL;
	e = &f->entries[i];
	if (i >= f->entries_top)
		f->entries_top = i + 1;
	f->entries_free = e->next;
	*e = (struct entry){ .used = true,
		.common = common,
		.subject = *s,
		.hash = hash,
		.first = NONE,
		.gauges = NONE,
		.next = *head };
	*head = i;
	f->commons_n += common;
	return e;
}

static void
entry_del(struct fusion *f, struct entry *e)
{
	uint32_t *link = &f->heads[e->hash & f->heads_mask], i = (uint32_t)(e - f->entries);

	while (*link != i)
		link = &f->entries[*link].next;
	*link = e->next;
	while (e->first != NONE) {
		struct track *t = &f->tracks[e->first];
		uint32_t next = t->next;

		f->tracks_used--;
		t->used = false;
		t->next = f->tracks_free;
		f->tracks_free = e->first;
		e->first = next;
	}
	gauges_free(f, e->gauges);
	f->commons_n -= e->common;
	e->used = false;
	e->next = f->entries_free;
	f->entries_free = i;
}

static struct track *
track_get(struct fusion *f, struct entry *e, uint8_t vantage, int64_t slot)
{
	uint32_t i;

	for (i = e->first; i != NONE; i = f->tracks[i].next)
		if (f->tracks[i].vantage == vantage)
			return &f->tracks[i];
	i = f->tracks_free;
	if (i == NONE || (e->common && f->tracks_used >= f->tracks_n - SPECIAL_SUBJECTS))
		return NULL;
	if (i >= f->tracks_top)
		f->tracks_top = i + 1;
	f->tracks_used++;
	f->tracks_free = f->tracks[i].next;
	f->tracks[i].used = true;
	f->tracks[i].owner = (uint32_t)(e - f->entries);
	f->tracks[i].next = e->first;
	f->tracks[i].vantage = vantage;
	f->tracks[i].kind = e->subject.kind;
	e->first = i;
	track_start(f, &f->tracks[i], slot);
	learn_limits(f, e, &f->tracks[i], slot / SECOND_SLOTS);
	return &f->tracks[i];
}

/* What a sensor said that reports the impossible is not believed for the past either. */
static void
mistrust(struct fusion *f, unsigned sensor, struct now now)
{
	health_mistrust(f, sensor, now);
	for (unsigned i = 0; i < f->entries_top; i++) {
		if (!f->entries[i].used)
			continue;
		for (uint32_t j = f->entries[i].first; j != NONE; j = f->tracks[j].next)
			if (f->tracks[j].vantage == f->sensors[sensor].vantage)
				track_wipe(f, &f->tracks[j]);
	}
}

/* Of the subject, or of the member that it is a prefix of. */
static void
count(struct fusion *f, const struct subject *s, const struct observation *o, struct now now)
{
	uint64_t hash = subject_hash(s);
	int64_t slot = now.wall.ms / SLOT_MS;
	struct observation of_group;
	struct entry *e;
	struct track *t = NULL;

	if (f->watches_n[s->kind] == 0)
		return;		/* no policy asks */
	e = entry_find(f, s, hash);
	if (e == NULL)
		e = entry_add(f, s, hash);
	if (e != NULL)
		t = track_get(f, e, f->sensors[o->sensor].vantage, slot);
	if (t == NULL) {
		f->totals.no_room++;
		return;
	}
	e->put_ms = now.wall.ms;
	if (s->kind == SUBJECT_GROUP) {
		of_group = group_observation(t, o);
		o = &of_group;
	}
	track_put(f, t, o, slot);
}

void
fusion_see(struct fusion *f, const struct observation *o, struct now now)
{
	struct subject member = { .kind = SUBJECT_GROUP };
	int group;

	if (o->sensor >= f->s->sensors_n || o->slots == 0 || o->subject.kind == SUBJECT_GROUP)
		return;
	if (!health_sees(f, o->sensor, now.mono)) {
		f->totals.unseeing++;
		return;
	}
	f->totals.seen++;
	if (o->subject.kind == SUBJECT_ALL && !health_link_see(f, o, now)) {
		mistrust(f, o->sensor, now);
		return;
	}
	count(f, &o->subject, o, now);
	group = o->subject.kind != SUBJECT_ALL ? group_of(f, &o->subject.prefix) : -1;
	if (group >= 0) {
		group_see(f, o);
		member.group = (uint16_t)group;
		count(f, &member, o, now);
	}
}

/* Of no time before now, none to come, and no share above the whole. */
static bool
reading_counts(const struct fusion *f, const struct reading *r, struct now now)
{
	const struct subject *s = &r->subject;

	if (r->sensor >= f->s->sensors_n || r->at_ms > now.wall.ms + FUTURE_SLOTS * SLOT_MS ||
	    r->at_ms + r->valid_ms <= now.wall.ms)
		return false;
	if (r->metric == METRIC_FAILING && r->value > 1)
		return false;
	if (s->kind == SUBJECT_GROUP)
		return s->group < f->s->members_n;
	return s->kind == SUBJECT_ALL || settings_own(f->s, &s->prefix);
}

static bool
reading_put(struct fusion *f, const struct reading *r, struct now now)
{
	struct subject s = r->subject;
	struct entry *e;
	uint64_t hash;
	bool taken;

	if (s.kind == SUBJECT_PREFIX && s.prefix.len == prefix_bits(&s.prefix))
		s.kind = SUBJECT_HOST;
	harm_put(f, r, now);
	hash = subject_hash(&s);
	e = entry_find(f, &s, hash);
	if (!gauge_wanted(f, e, r, s.kind))
		return true;		/* no policy asks, or it is far below all thresholds */
	if (e == NULL)
		e = entry_add(f, &s, hash);
	if (e == NULL) {
		f->totals.no_room++;
		return false;
	}
	taken = gauge_put(f, e, r, now);
	if (e->first == NONE && e->gauges == NONE)
		entry_del(f, e);	/* it keeps no room that it does not use */
	return taken;
}

bool
fusion_read(struct fusion *f, const struct reading *r, struct now now)
{
	bool taken = reading_counts(f, r, now) && reading_put(f, r, now);

	f->totals.read += taken;
	f->totals.misread += !taken;
	return taken;
}

static bool
any_watches(const struct fusion *f, const struct entry *e, fusion_watched *watched, void *ctx)
{
	for (unsigned p = 0; p < f->s->policies_n; p++)
		if (f->s->policies[p].subject == e->subject.kind && watched != NULL &&
		    watched(ctx, &e->subject, p))
			return true;
	return false;
}

unsigned
fusion_step(struct fusion *f, struct now now, struct assessment *ret, unsigned max,
	    fusion_watched *watched, void *ctx)
{
	health_step(f, now);
	for (unsigned i = 0; i < f->entries_top; i++) {
		struct entry *e = &f->entries[i];

		if (!e->used)
			continue;
		if (e->put_ms > now.wall.ms + READING_VALID_MAX_MS)	/* the clock was set back */
			e->put_ms = now.wall.ms;
		if (now.wall.ms - e->put_ms > IDLE_MS && !any_watches(f, e, watched, ctx)) {
			entry_del(f, e);
			continue;
		}
		for (uint32_t j = e->gauges; j != NONE; j = f->gauges[j].next)
			gauge_step(f, &f->gauges[j], now);
		e->on = 0;
	}
	tracks_judge(f, now.wall.ms);
	learn_step(f, now, watched, ctx);
	return assess_all(f,
	    &(struct asked){ .watched = watched, .ctx = ctx, .ret = ret, .max = max }, now);
}

/* A member's sum misses nothing when each of its prefixes may miss its part of it. */
static double
parts_of(const struct settings *s, enum subject_kind kind)
{
	unsigned most = 1;

	for (unsigned i = 0; i < s->members_n && kind == SUBJECT_GROUP; i++)
		if (s->members[i].prefixes_n > most)
			most = s->members[i].prefixes_n;
	return most;
}

void
fusion_floors(const struct settings *s, float ret_floor[METRIC_COUNTED_N])
{
	memset(ret_floor, 0, METRIC_COUNTED_N * sizeof(*ret_floor));
	for (unsigned p = 0; p < s->policies_n; p++) {
		for (unsigned i = 0; i < s->policies[p].signals_n; i++) {
			const struct signal *g = &s->policies[p].signals[i];
			double least = g->times > 10 ? g->floor * 10 / g->times : learn_least(g);
			float floor = (float)(least / 10 / parts_of(s, s->policies[p].subject));

			if (g->metric < METRIC_COUNTED_N && least > 0 &&
			    (ret_floor[g->metric] == 0 || floor < ret_floor[g->metric]))
				ret_floor[g->metric] = floor;
		}
	}
}

void
fusion_totals(const struct fusion *f, struct fusion_totals *ret)
{
	*ret = f->totals;
}
