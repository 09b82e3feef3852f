/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of fusion share, and nobody else includes. */
#ifndef SEAWALL_FUSION_INNER_H
#define SEAWALL_FUSION_INNER_H

#include "fusion/baseline.h"
#include "fusion/fusion.h"

#define SECOND_SLOTS (1000 / SLOT_MS)
#define FUTURE_SLOTS 20		/* sensors' event time may be ahead by so much */
#define FINE 50			/* slots of SLOT_MS: 2 s back at least, FUTURE_SLOTS ahead */
#define COARSE 64		/* seconds before them; a power of two */
#define IDLE_MS 70000		/* nothing seen for so long: the subject is forgotten */
#define SPECIAL_SUBJECTS 512	/* of FUSION_SUBJECTS kept for prefixes and the whole network */
#define LINK_SECONDS 128
#define WATCHES_MAX 64		/* signals of all policies of one subject kind */
#define KINDS (SUBJECT_ALL + 1)
#define GAUGES_MAX 4096		/* metrics read of subjects, by vantage */
/* of them made by one sensor: it cannot take the room of the others */
#define GAUGES_EACH 2048
/* sensors of one vantage that read the same; each link's fill is one */
#define READERS_MAX 8
#define SUSPECTS_MAX 4		/* clients that take turns at being the busiest */
#define HARM_SHARE 0.9
#define HARM_SECONDS 5
#define NONE UINT32_MAX
#define CAMPAIGNS_MAX 16
#define PARTS_MAX 8192		/* a power of two, well above all prefixes of all members */

/*
 * Of a cell: amounts of metrics, those that a policy asks for; behind them, from f->beside on, what
 * they are judged by.
 */
enum { LANE_BPS, LANE_PPS, LANE_FIRST };
enum { BESIDE_SAMPLES, BESIDE_SAMPLED, BESIDE_TOP, BESIDE_N };
	/* SAMPLED: packets counted by sampling; TOP: bits of a prefix's largest host */
#define LANES_MAX 16		/* the lanes of all metrics, in fours */

typedef float four __attribute__((vector_size(16), may_alias));

_Static_assert(METRIC_COUNTED_N + BESIDE_N <= LANES_MAX, "room for every metric");

/* A signal of a policy, as it is watched on each subject of its kind. */
struct watch {
	unsigned policy, signal, lane;
	enum metric metric;
	double above;		/* amount a second, while nothing is learned; see struct limit */
	double least;		/* the lowest it can be */
	int figure;		/* of the baseline, which it follows; -1: none */
	bool rising;
	double seconds;		/* the bucket is so deep at that rate */
	uint32_t vantages;	/* bit set: from which it counts what sensors count */
	uint32_t readers;	/* and what they read */
};

/* The leaky bucket of one watch on one track, up to the track's `done`. */
struct bucket {
	double level;
	/* since it was last empty */
	double seconds, amount, bits, packets, samples, sampled;
	double whole, top;	/* bits, and the largest host's of them, fading */
	int64_t full_slot;	/* when it was last full */
	/* of a prefix: its largest host's share of the bits that filled it then */
	double full_top;
	bool on;		/* from full until empty on complete figures */
};

/*
 * The threshold of a watch where it is watched: the policy's, or so many times what is usual there
 * now.
 */
struct limit {
	float above;		/* amount a second */
	/* what 99 % of the seconds stay below at this hour; 0: not asked, or not learned */
	float usual;
};

/* A part of event time that a bucket runs over. */
struct stretch {
	int64_t from;		/* slot */
	int64_t to_ms;
	/* slot: before it nothing is missing, and empty means that nothing came */
	int64_t complete;
	bool look;		/* only how it looks at the end is asked, not what it holds then */
};

/* What is not judged yet, lane by lane. */
union lanes {
	float f[LANES_MAX];
	four v[LANES_MAX / 4];
};

struct peaks {
	union lanes second;	/* the largest: whole coarse ones, any ten fine slots */
	union lanes slot;	/* the largest fine one */
};

/* Four lanes of them while they are looked for, and the last ten slots. */
struct peak {
	four sum, second, slot;
};

/* How a bucket stands now. */
struct view {
	float rate;		/* largest second of what is not judged yet */
	/* of a prefix: largest host's share of the bits that filled the bucket */
	float top;
	bool on;
};

/*
 * What one vantage sees of one subject.  Most tracks are far below their thresholds at most ticks:
 * what tells so comes first, and spares the buckets.
 */
struct track {
	bool used;
	uint8_t vantage, kind;	/* enum subject_kind */
	/* a bucket was empty and stayed on, as more could come: no longer so when complete */
	bool held;
	uint32_t next;		/* of the same subject, or of the free ones */
	uint32_t owner;		/* its subject's entry */
	uint64_t on;		/* a bit per watch: as in its view */
	uint64_t empty;		/* and: its bucket at `done` is empty, and off */
	uint64_t calm;		/* and: so it stayed when it was judged last */
	/* a bit per watch: its view stays so for the rest of the slot it was judged in */
	uint64_t steady;
	uint64_t ran;		/* a bit per watch: the bucket is kept at `kept` */
	int64_t judged;		/* slot; INT64_MIN: not yet */
	int64_t fresh_from;	/* slot: none before it changed since; INT64_MAX: none at all */
	int64_t fine_from;	/* slot, a whole second */
	int64_t done;		/* slot, a whole second: the buckets hold all before it */
	int64_t last;		/* slot: all behind it are empty; INT64_MIN: all are */
	/*
	 * What was found from `done` to slot `kept`, while nothing changes there: ticks go on from
	 * it.  Kept at where figures came last, for what comes next is of then or later.
	 */
	int64_t kept, peaks_at;	/* INT64_MIN: nothing */
	int64_t came;		/* slot in which figures came last */
	int64_t kept_complete;	/* the vantage's `complete` that was believed */
	int64_t from_slot;
	uint32_t from[2];	/* sensors that told of it: lately, and a while ago; bit sets */
	float bps, pps;
	float *cells;		/* FINE, then COARSE rows of f->lanes_n */
	struct peak *peaks;
	struct view *views;
	struct limit *limits;	/* one a watch, as buckets and views */
	struct bucket *buckets, *keeps;	/* at `done`, at `kept` */
	float top_share;
	float leading;		/* of a member: rate of the prefix that `traits` is of */
	struct traits traits;
	int64_t learned;	/* second: those before it were learned, or never will be */
};

/* One sensor's reading. */
struct held {
	bool used;
	uint8_t sensor;
	int16_t link;		/* of a fill; -1: of a state table, or no fill */
	double value;
	int64_t at_ms, until_ms;
};

/* The bucket of one watch on one gauge. */
struct level {
	double full;
	bool on;
};

/* A client that was the busiest, above a threshold, for so long lately. */
struct suspect {
	struct prefix who;
	int64_t ms;
};

/* What the sensors of one vantage read of one metric of one subject. */
struct gauge {
	uint32_t next;		/* of the same subject, or of the free ones */
	uint8_t vantage, kind, metric;
	uint8_t maker;		/* the sensor that it was made for */
	bool any, whole;	/* a reading holds; all do, and their sensors are fresh */
	double value;		/* of those that hold, together */
	int64_t run_ms;		/* the levels are of then */
	struct suspect suspects[SUSPECTS_MAX];	/* METRIC_CLIENT_RPS */
	int64_t told_ms;	/* of the reading that named one last */
	struct prefix client;	/* suspect beyond doubt, and the busiest now; family 0: none */
	struct held of[READERS_MAX];
	struct level *levels;	/* one a watch */
	struct limit *limits;
};

struct entry {
	uint32_t next, first;	/* in its hash chain, or free; tracks */
	uint32_t gauges;
	bool used, common;	/* common: a host or block, of which there may be thousands */
	uint64_t on;		/* a bit per watch that may be on in a track of it */
	struct subject subject;
	uint64_t hash;
	int64_t put_ms;		/* the last figure; of a reading, when it ends */
};

struct vantage {
	char name[NAME_MAX_LEN];
	uint32_t sensors;	/* bit set */
	bool seeing;		/* a sensor of it can be believed */
	bool whole;		/* all that ever reported do, in time */
	bool prompt;		/* and nothing recent is missing: it may say that there is little */
	int64_t complete;	/* slot before which nothing is missing; 0: nobody knows */
	int64_t learn_from;	/* second: before it something was missing */
	int64_t learned;	/* second: those before it are in the baseline's account */
};

/* How full something is, as read. */
struct fill {
	double value;
	int64_t at_ms, until_ms, high_ms;	/* high: HARM_SHARE or more since then, 0: not */
};

struct sensor {
	uint8_t vantage, health;
	unsigned gauges_n;	/* made for it */
	bool heard, gone;	/* was FRESH once; its process went away */
	int64_t complete_ms;
	uint64_t accepted, lost;	/* as last reported */
	double loss;		/* share, since the report before */
	double weight;		/* of what it says: 0..1 */
	mono_t reported, implausible_until;
	double capacity;	/* bit/s of what it sits on; 0: unknown */
	uint32_t links;		/* all it sees whole; bit set */
	int link;		/* the only one it sees, or -1 */
	/* by link, then the state table; its refusals */
	struct fill fills[LINKS_MAX + 1], drops;
	struct second { int64_t second; double bits, samples; } seconds[LINK_SECONDS];
};

/* A prefix of a member. */
struct part {
	const struct prefix *of;	/* borrowed; NULL: free */
	uint16_t group;
	double bits, packets;	/* lately, as of at_ms */
	int64_t at_ms;		/* event time */
};

/* Attacks that look alike. */
struct campaign {
	uint64_t vector;
	uint32_t number;	/* 0: one victim so far */
	unsigned victims;	/* at this tick */
	int64_t last_ms;	/* when it last had one; 0: free */
};

struct fusion {
	const struct settings *s;	/* borrowed */
	struct part *parts;		/* by hash; NULL: no policy asks for members.  Owned */
	struct campaign campaigns[CAMPAIGNS_MAX];
	uint32_t campaign_last;
	unsigned lanes_n, beside;	/* of all; of metrics */
	int lane_of[METRIC_COUNTED_N];	/* -1: nobody asks */
	unsigned watches_n[KINDS], watches_most;
	/* bit sets of the watches of a kind */
	uint64_t counted[KINDS][SENSORS_MAX];	/* by vantage: those with buckets on its tracks */
	uint64_t rising[KINDS][SENSORS_MAX];	/* and those that follow a baseline instead */
	uint64_t of_policy[POLICIES_MAX];
	/* vantages that count anything the policy asks for; bit set */
	uint32_t counts[POLICIES_MAX];
	double forged_most[POLICIES_MAX];	/* policy_forged_most() */
	/* vantages, one of whose sensors is said to see all of something; bit set */
	uint32_t declaring;
	struct watch watches[KINDS][WATCHES_MAX];
	unsigned vantages_n;
	struct vantage vantages[SENSORS_MAX];
	struct sensor sensors[SENSORS_MAX];
	/* of them, those that believe datagrams anybody could send; bit set */
	uint32_t forgeable;
	uint32_t *heads;		/* hash chains */
	uint32_t heads_mask, entries_free, tracks_free;
	unsigned commons_n, tracks_used;
	unsigned entries_n, tracks_n;
	/* behind the last that was ever used: freed ones are used first */
	unsigned entries_top, tracks_top;
	struct entry *entries;		/* owned, as all of these */
	struct track *tracks;
	float *cells;
	struct bucket *buckets;		/* two a watch: at `done`, at `kept` */
	struct peak *peaks;
	struct view *views;
	struct limit *limits;		/* of the tracks, then of the gauges */
	struct gauge *gauges;
	struct level *levels;
	uint32_t gauges_free;		/* the first one */
	struct baseline *baseline;	/* owned; NULL: no policy asks what is usual */
	int figure_of[KINDS][METRIC_N];	/* -1: nobody asks */
	int64_t learn_ms;		/* how far the entries were looked at in this turn */
	uint64_t saving;		/* see baseline_save() */
	struct fusion_totals totals;
};

/* track.c */
void limits_start(const struct fusion *f, struct limit *limits, unsigned kind);
/* one that the ring holds */
float *track_cell(const struct fusion *f, const struct track *t, int64_t slot);
void track_start(struct fusion *f, struct track *t, int64_t slot);
void track_put(struct fusion *f, struct track *t, const struct observation *o, int64_t slot);
void tracks_judge(struct fusion *f, int64_t now_ms);	/* all of them */
/* Its limits changed, or its views: what the last judgement found tells nothing any more. */
void track_forget(struct track *t);
void track_wipe(struct fusion *f, struct track *t);

/* bucket.c */
enum ran {
	RAN_HELD = 1,		/* it was empty and stayed on, for want of completeness */
	RAN_TOLD = 2		/* asked for looks: time alone changes nothing any more */
};
enum ran bucket_run(const struct fusion *f, const struct track *t, unsigned watch, struct bucket *b,
		    const struct stretch *over);
/* It is on, and no figure that comes can change that before slot `to`. */
bool bucket_lasts(const struct track *t, unsigned watch, const struct bucket *b, int64_t from,
    int64_t to);

/* peaks.c: of all up to `slot`; what they are before slot `keep` is kept */
void peaks_find(const struct fusion *f, struct track *t, int64_t keep, int64_t slot,
    struct peaks *ret);

static inline unsigned
peak_fours(const struct fusion *f)
{
	return (f->beside + 3) / 4;
}

/* health.c */
void health_init(struct fusion *f);
bool health_sees(const struct fusion *f, unsigned sensor, mono_t now);
void health_step(struct fusion *f, struct now now);
/* Is the vantage said, by `sees` of a sensor that reports, to see all traffic to it? */
bool health_declared(const struct fusion *f, unsigned vantage, const struct subject *s);
/* The sums on a sensor's link; false: it reports more than fits. */
bool health_link_see(struct fusion *f, const struct observation *o, struct now now);
void health_mistrust(struct fusion *f, unsigned sensor, struct now now);

/* reading.c */
int gauges_init(struct fusion *f);
void gauges_free(struct fusion *f, uint32_t first);
bool gauge_watched(const struct watch *w, const struct gauge *g);
bool gauge_wanted(const struct fusion *f, const struct entry *e, const struct reading *r,
    uint8_t kind);
bool gauge_put(struct fusion *f, struct entry *e, const struct reading *r, struct now now);
void gauge_step(struct fusion *f, struct gauge *g, struct now now);
void harm_put(struct fusion *f, const struct reading *r, struct now now);
int reading_harm(const struct fusion *f, int link, struct now now);	/* link -1: state tables */
/*
 * How full a link was in the last seconds by those who count its traffic and say that it is in
 * danger; 0: nobody does.
 */
double health_link_share(const struct fusion *f, unsigned link, struct now now);
/* The same in the last second that they know whole, in danger or not; below 0: nobody can tell. */
double health_link_fill(const struct fusion *f, unsigned link, struct now now);

/* suspect.c: whom the readings of METRIC_CLIENT_RPS name */
void suspect_see(const struct fusion *f, struct gauge *g, const struct reading *r);
/* Who alone is above the threshold; family 0: nobody. */
struct prefix suspect_named(const struct gauge *g, const struct limit *l);

/* loud.c: the hosts of a prefix that carry so much of it that their attacks are not its own */
#define LOUD_MAX 10

struct loud {
	float top;		/* share of the loudest */
	bool any, all;		/* all: nothing can be told of what is left */
	unsigned n;
	uint32_t hosts[LOUD_MAX];	/* entries */
};

/*
 * Without any for what is no prefix.  `finds`: how often it looked through all subjects in this
 * tick.
 */
void loud_find(const struct fusion *f, const struct entry *e, unsigned *finds, struct loud *ret);
/* How much of such a rate is theirs, at most. */
double loud_rate(const struct fusion *f, const struct loud *l, const struct track *t,
    const struct watch *w, float rate);
/* Takes theirs out of the shape; sampled 0: what is left has none that could be told. */
void loud_traits(const struct fusion *f, const struct loud *l, const struct track *t,
    struct traits *ret);

/* column.c: what one vantage says of one subject under one policy */
struct figure_seen {		/* of it a line is made */
	double rate, above, points, usual;
	enum metric metric;
	bool rising;
};

struct vote {
	struct figure_seen best;	/* its best signal; points 0: none */
	/* of what it counts, that which is nearest to its threshold */
	struct figure_seen near;
	double ratio;		/* how near */
	uint32_t from;		/* the sensors behind it; bit set */
	bool counts;		/* it can count what this policy asks for */
	bool sees;		/* and demonstrably sees this subject's traffic */
	bool sees_all;		/* all of it passes there, as is declared */
};

/*
 * Of all vantages the lines of the column, and their sum; and to whom all of it must show
 * (sees_all).
 */
void column_make(const struct fusion *f, struct assessment *a, struct vote votes[]);
bool vote_objects(const struct vantage *v, const struct vote *vote);

/* witness.c: the shape, by those who are believed; none when they contradict each other */
void witness_traits(const struct fusion *f, struct assessment *a, const struct entry *e,
		    const struct vote votes[], const struct loud *loud);

/* learn.c */
int learn_init(struct fusion *f);
void learn_limits(const struct fusion *f, struct entry *e, struct track *t, int64_t second);
void learn_gauge_limits(const struct fusion *f, const struct entry *e, struct gauge *g,
    int64_t second);
void learn_step(struct fusion *f, struct now now, fusion_watched *watched, void *ctx);
/* The lowest that the threshold can be. */
double learn_least(const struct signal *s);

/* group.c */
int groups_init(struct fusion *f);
/* whose it is exactly; -1: nobody's */
int group_of(const struct fusion *f, const struct prefix *p);
struct observation group_observation(struct track *t, const struct observation *o);
void group_see(struct fusion *f, const struct observation *o);	/* of a prefix of a member */
void group_carriers(const struct fusion *f, struct assessment *a);

/* shape.c */
void shape_of(const struct fusion *f, struct assessment *a, const struct entry *e);
void shape_breadth(const struct fusion *f, struct assessment *all, unsigned n);
/*
 * Many hosts of a prefix that is attacked as a whole are one attack: adds those whose own part is
 * small.
 */
void shape_fold(const struct assessment *all, unsigned n, bool drop[]);
void shape_campaigns(struct fusion *f, struct assessment *all, unsigned n, int64_t now_ms);

/* assess.c: who is asked whether an incident is open, and where what was found goes */
struct asked {
	fusion_watched *watched;
	void *ctx;
	struct assessment *ret;
	unsigned max;
};

unsigned assess_all(struct fusion *f, const struct asked *by, struct now now);

static inline int64_t
second_of(int64_t slot)
{
	return slot - slot % SECOND_SLOTS;
}

/* Lower bound of the expectation behind c counted samples (Anscombe, z = 3.09), as a share of c. */
double fusion_lower(double c);

#endif
