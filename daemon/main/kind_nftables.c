/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counters of an nftables table: named ones as readings, those of sets' elements as
 * flows to these addresses.  Questions: the table, its counters, and two a set (what it
 * is, its elements).  Of answers that come in parts the kernel gives one at a time and
 * refuses the others, so the counters and each set have their turn within `every`.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "main/kind.h"
#include "main/role.h"
#include "sensor/meters.h"
#include "sensor/nft.h"
#include "sensor/rate.h"

#define VALID_TURNS 3		/* a reading holds for so many times `every` */
#define METERS_MAX 65536	/* elements of all sets together */
#define ASK_MS_MIN 20
#define PARTS_A_TURN 64		/* a set of any size cannot hold up the reports */

enum { ASK_TABLE, ASK_COUNTERS, ASK_SETS };	/* and so on, one a set */

struct counter {
	struct rate rate;
	int64_t seen_ms;	/* the answer it was last in; 0: never */
};

struct set {
	const char *why;	/* NULL: it can be read */
	struct nft_set is;
	bool defined, in_answer, interrupted;
};

struct nft_sensor {
	const char *table_why;	/* NULL: the table is there */
	bool table_known;
	struct counter counters[NFT_COUNTERS_MAX];
	int64_t counters_ms;	/* the last whole answer; 0: none */
	struct set sets[NFT_SETS_MAX];
	struct meters *meters;
	unsigned set;		/* whose elements are being taken */
	uint64_t grown, counted, foreign, uncounted, set_back, busy, lost, malformed, refused;
	_Alignas(NLMSG_ALIGNTO) char buffer[NETLINK_BUFFER];
};

static int64_t
asked_ms(const struct process *p, const struct nlmsghdr *m)
{
	return netlink_asked_ms(m->nlmsg_seq, p->now.mono);
}

/* ---- named counters ------------------------------------------------------ */

static struct subject
subject_of(const struct prefix *of)
{
	if (of->family == 0)
		return (struct subject){ .kind = SUBJECT_ALL };
	return (struct subject){
		.kind = prefix_is_host(of) ? SUBJECT_HOST : SUBJECT_PREFIX, .prefix = *of
	};
}

static void
tell(struct process *p, const struct nft_counter *c, const struct rate_growth *g, int64_t at_ms)
{
	bool bits = strcmp(metric_unit(c->metric), "bit/s") == 0;
	int64_t age = mono_ms(p->now.mono) - at_ms;
	struct reading r = {
		.metric = (uint8_t)c->metric, .link = -1, .subject = subject_of(&c->subject),
		.at_ms = p->now.wall.ms - age,
		.valid_ms = VALID_TURNS * p->spec.settings.every_ms,
		.value = rate_per_second(bits ? g->bytes * 8 : g->packets, g->ms)
	};

	if (age < r.valid_ms)
		process_reading(p, &r);
}

static void
take_counter(struct process *p, const struct nlmsghdr *m)
{
	const struct sensor_settings *of = &p->spec.settings;
	struct nft_sensor *s = p->own;
	struct nft_counter_value v;
	struct rate_growth g;

	if (!nft_read_counter(&v, m)) {
		s->malformed++;
		return;
	}
	for (unsigned i = 0; i < of->counters_n; i++) {
		struct counter *c = &s->counters[i];
		enum rate_step step;

		if (strcmp(of->counters[i].name, v.name) != 0)
			continue;
		c->seen_ms = asked_ms(p, m);
		s->counted++;
		step = rate_step(&c->rate, c->seen_ms, v.bytes, v.packets, &g);
		s->set_back += step == RATE_FELL;
		if (step == RATE_GREW)
			tell(p, &of->counters[i], &g, c->seen_ms);
	}
}

/* ---- sets ---------------------------------------------------------------- */

static void
take_set(struct nft_sensor *s, unsigned n, const struct nlmsghdr *m)
{
	struct set *set = &s->sets[n];
	struct nft_set is;

	if (!nft_read_set(&is, m)) {
		s->malformed++;
		return;
	}
	if (set->defined && is.handle != set->is.handle)
		meters_forget(s->meters, n);
	set->is = is;
	set->defined = true;
	set->why = is.family != 0 ? NULL : N_("the set does not hold single addresses");
}

static bool
is_ours(const struct process *p, const struct prefix *host)
{
	for (unsigned i = 0; i < p->spec.prefixes_n; i++)
		if (prefix_covers(&p->spec.prefixes[i], host))
			return true;
	return false;
}

static void
take_growth(struct process *p, const struct meter_growth *g)
{
	int64_t wall_minus_mono = p->now.wall.ms - mono_ms(p->now.mono);
	struct flow f = {
		.protocol = FLOW_PACKET, .family = g->family, .sampling = 1,
		.has = FLOW_DST | FLOW_BYTES | FLOW_PACKETS | FLOW_START | FLOW_END,
		.bytes = g->bytes, .packets = g->packets,
		.start_ms = g->from_ms + wall_minus_mono, .end_ms = g->to_ms + wall_minus_mono
	};

	((struct nft_sensor *)p->own)->grown++;
	memcpy(f.dst, g->addr, g->family == 4 ? 4 : 16);
	process_flows(p, &f, 1);
}

/* Nothing is kept of strangers. */
static void
take_element(void *ctx, const struct nft_element *e)
{
	struct process *p = ctx;
	struct nft_sensor *s = p->own;
	uint8_t family = s->sets[s->set].is.family;
	struct meter_growth g;
	struct prefix host;

	if (e->length != (family == 4 ? 4 : 16)) {
		s->uncounted++;
		return;
	}
	host = prefix_of(family, e->key, family == 4 ? 32 : 128);
	if (!is_ours(p, &host)) {
		s->foreign++;
		return;
	}
	if (meters_take(s->meters, s->set, family, e, &g))
		take_growth(p, &g);
}

static void
begin_elements(struct nft_sensor *s, unsigned n, int64_t at_ms, uint16_t generation)
{
	struct set *set = &s->sets[n];

	set->in_answer = true;
	set->interrupted = false;
	meters_begin(s->meters, n, at_ms, generation);
}

static void
take_elements(struct process *p, unsigned n, const struct nlmsghdr *m)
{
	struct nft_sensor *s = p->own;
	struct set *set = &s->sets[n];
	struct nft_elements part;

	/* The generation stands in front of the elements. */
	if (!nft_read_elements(&part, m, NULL, NULL)) {
		s->malformed++;
		return;
	}
	if (!set->defined || set->why != NULL)
		return;
	if (!set->in_answer)
		begin_elements(s, n, asked_ms(p, m), part.generation);
	set->interrupted |= part.interrupted;
	s->set = n;
	nft_read_elements(&part, m, take_element, p);
	s->uncounted += part.uncounted;
}

/*
 * A set without elements answers with its end alone: then the generation is that of its
 * definition, asked for just before.
 */
static void
end_elements(struct process *p, unsigned n, const struct nlmsghdr *m)
{
	struct nft_sensor *s = p->own;
	struct set *set = &s->sets[n];

	if (!set->defined || set->why != NULL)
		return;
	if (!set->in_answer)
		begin_elements(s, n, asked_ms(p, m), set->is.generation);
	meters_end(s->meters, n, !set->interrupted && (m->nlmsg_flags & NLM_F_DUMP_INTR) == 0);
	set->in_answer = false;
}

/* ---- answers ------------------------------------------------------------- */

static const char *
refusal(int err, const char *missing)
{
	if (err == -EPERM)
		return N_("the kernel does not answer: seawalld lacks CAP_NET_ADMIN");
	if (err == -ENOENT)
		return missing;
	return N_("the kernel refuses to answer");
}

static void
take_refusal(struct process *p, unsigned question, int err)
{
	struct nft_sensor *s = p->own;
	struct set *set;

	if (err == -EBUSY) {
		s->busy++;
		return;
	}
	s->refused++;
	if (question == ASK_TABLE || question == ASK_COUNTERS) {
		s->table_why = refusal(err, N_("there is no such table"));
		s->table_known = true;
		s->counters_ms = 0;
		return;
	}
	set = &s->sets[question - ASK_SETS];
	set->why = refusal(err, N_("there is no such set"));
	set->in_answer = false;
	meters_forget(s->meters, question - ASK_SETS);
}

static void
take_end(struct process *p, unsigned question, const struct nlmsghdr *m)
{
	struct nft_sensor *s = p->own;

	watchdog_record(&p->watchdog, 0, p->now);
	if (question == ASK_COUNTERS && s->table_why == NULL)
		s->counters_ms = asked_ms(p, m);
	else if (question >= ASK_SETS)
		end_elements(p, question - ASK_SETS, m);
}

static void
take_message(void *ctx, const struct nlmsghdr *m)
{
	struct process *p = ctx;
	struct nft_sensor *s = p->own;
	unsigned question = netlink_question(m->nlmsg_seq);
	struct nft_set is;
	int err = 0;

	if (question >= ASK_SETS + p->spec.settings.sets_n) {
		s->malformed++;
	} else if (netlink_end(m, &err)) {
		if (err != 0)
			take_refusal(p, question, err);
		else
			take_end(p, question, m);
	} else if (question == ASK_TABLE) {
		s->table_known = true;
		s->table_why = NULL;
		watchdog_record(&p->watchdog, 0, p->now);
	} else if (question == ASK_COUNTERS) {
		take_counter(p, m);
	} else if (nft_read_set(&is, m)) {
		take_set(s, question - ASK_SETS, m);
	} else {
		take_elements(p, question - ASK_SETS, m);
	}
}

static void
nft_read(struct process *p)
{
	struct nft_sensor *s = p->own;

	for (unsigned i = 0; i < PARTS_A_TURN; i++) {
		int got = netlink_read(FD_SOURCE, s->buffer, take_message, p);

		s->lost += got == -ENOBUFS;
		s->malformed += got == -EBADMSG;
		if (got <= 0 && got != -ENOBUFS)
			return;
	}
}

/* ---- health -------------------------------------------------------------- */

static void
missing(struct health_report *h, unsigned *n, const char *name, const char *why)
{
	if ((*n)++ == 0)
		snprintf(h->why, sizeof(h->why), "%.40s: %s", name, why);
}

/* Nothing left to read is blindness; of several, the others still count. */
static void
judge(const struct process *p, struct health_report *h)
{
	const struct sensor_settings *of = &p->spec.settings;
	const struct nft_sensor *s = p->own;
	unsigned bad = 0;

	if (s->table_known && s->table_why != NULL) {
		missing(h, &bad, of->source, s->table_why);
		h->health = HEALTH_BLIND;
		return;
	}
	for (unsigned i = 0; i < of->counters_n; i++)
		if (s->counters_ms != 0 && s->counters[i].seen_ms < s->counters_ms)
			missing(h, &bad, of->counters[i].name, N_("there is no such counter"));
	for (unsigned i = 0; i < of->sets_n; i++)
		if (s->sets[i].why != NULL)
			missing(h, &bad, of->sets[i], s->sets[i].why);
	if (bad > 0)
		h->health = bad == of->counters_n + of->sets_n ? HEALTH_BLIND : HEALTH_LATE;
	if (of->counters_n + of->sets_n == 0) {
		h->health = HEALTH_BLIND;
		missing(h, &bad, of->source, N_("neither counters nor sets of it are named"));
	}
}

static void
nft_health(struct process *p, struct health_report *h)
{
	const struct nft_sensor *s = p->own;
	struct meters_totals m = { 0 };

	if (s->meters != NULL)
		meters_totals(s->meters, &m);
	h->accepted = p->traffic != NULL ? s->grown : s->counted;
	h->dropped = h->lost = s->lost;
	process_refused(p, h, "foreign-address", s->foreign);
	process_refused(p, h, "without-counter", s->uncounted);
	process_refused(p, h, "counter-set-back", s->set_back + m.set_back);
	process_refused(p, h, "elements-full", m.no_room);
	process_refused(p, h, "asked-too-early", s->busy);
	process_refused(p, h, "not-answered", s->refused);
	process_refused(p, h, "malformed", s->malformed);
	judge(p, h);
}

/* ---- start and questions ------------------------------------------------- */

static int
nft_start(struct process *p)
{
	struct nft_sensor *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	p->own = s;
	if (p->spec.settings.sets_n == 0) {	/* then nothing is counted here */
		traffic_free(p->traffic);
		p->traffic = NULL;
		return 0;
	}
	return meters_new(&s->meters, METERS_MAX);
}

/* What comes in parts, one part at a time. */
static unsigned
questions(const struct sensor_settings *s)
{
	unsigned n = (s->counters_n > 0) + s->sets_n;

	return n > 0 ? n : 1;
}

static unsigned
nft_ask_ms(const struct sensor_settings *s)
{
	unsigned ms = (unsigned)s->every_ms / questions(s);

	return ms < ASK_MS_MIN ? ASK_MS_MIN : ms;
}

static void
nft_ask(const struct sensor_settings *s, int source, unsigned turn)
{
	_Alignas(NLMSG_ALIGNTO) char question[NETLINK_QUESTION_MAX];
	mono_t now = clock_now().mono;
	unsigned n = turn % questions(s);
	struct nft_place at;
	uint32_t seq;

	if (!settings_nft_table(s->source, &at.family, &at.table))
		return;
	if (n == 0)
		netlink_ask(source, nft_ask_table(question, at, netlink_seq(now, ASK_TABLE)));
	if (n < s->sets_n) {
		seq = netlink_seq(now, ASK_SETS + n);
		netlink_ask(source, nft_ask_set(question, at, s->sets[n], seq));
		netlink_ask(source, nft_ask_elements(question, at, s->sets[n], seq));
	} else if (s->counters_n > 0) {
		netlink_ask(source, nft_ask_counters(question, at, netlink_seq(now, ASK_COUNTERS)));
	}
}

static unsigned
nft_workers(const struct sensor_settings *s)
{
	(void)s;
	return 1;
}

static int
nft_open(const struct sensor_settings *s, unsigned worker, struct diag *reterr)
{
	(void)s;
	(void)worker;
	return netlink_open(NETLINK_NETFILTER, reterr);
}

const struct kind kind_nftables = {
	.counts = true,
	.profile = SANDBOX_SENSOR,
	.turn_ms = TURN_MS,
	.workers = nft_workers,
	.open = nft_open,
	.ask = nft_ask,
	.ask_ms = nft_ask_ms,
	.start = nft_start,
	.read = nft_read,
	.health = nft_health,
};
