/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How full the uplinks are: the kernel's 64-bit counters of interfaces against the
 * declared capacities.
 *
 * What counts is what comes in.  A link is full in one direction, a flood fills the way
 * in, and a way out that is full (a member's backup, an amplifier of our own) is no
 * harm that dropping inbound traffic could end: it is told as out_bps and as a note.
 * Fill is the share of the wire: frames with their gaps.  The sum of all interfaces, as
 * IP packets, is a reading of bps and pps of the whole network: these links are the way
 * in.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "main/kind.h"
#include "main/role.h"
#include "sensor/link_stats.h"
#include "sensor/rate.h"

#define VALID_TURNS 3		/* a reading holds for so many times `every` */
#define FULL 0.9		/* a way out as full as that is worth a note */

enum interface_state {
	INTERFACE_WAITING, INTERFACE_SEEN, INTERFACE_DOWN, INTERFACE_ABSENT, INTERFACE_UNDECLARED
};

struct interface {
	const char *name;		/* borrowed from the settings */
	int link;			/* index; -1: no link names it */
	enum interface_state state;
	int64_t answered_ms;
	struct link_stats last;
	struct rate rx, tx;
	double in_bps, in_pps, out_bps;	/* of the last interval, on IP level */
	double out_fill;
	bool measured;			/* these are of answered_ms */
};

struct interface_sensor {
	unsigned n;
	struct interface interfaces[INTERFACES_MAX];
	double bps, pps, out_bps;	/* the last sum */
	uint64_t answers, lost, malformed, too_full, set_back, another;
	uint64_t rx_dropped, rx_missed;
	_Alignas(NLMSG_ALIGNTO) char buffer[NETLINK_BUFFER];
};

static void
tell(struct process *p, enum metric m, int link, double value, int64_t asked_ms)
{
	int64_t age = mono_ms(p->now.mono) - asked_ms;
	struct reading r = {
		.metric = (uint8_t)m, .link = (int16_t)link, .subject = { .kind = SUBJECT_ALL },
		.at_ms = p->now.wall.ms - age, .value = value,
		.valid_ms = VALID_TURNS * p->spec.settings.every_ms
	};

	if (age < r.valid_ms)
		process_reading(p, &r);
}

/* ---- one interface ------------------------------------------------------- */

static double
bits(const struct rate_growth *g, bool ethernet, int per_packet)
{
	double bytes = (double)g->bytes + (ethernet ? per_packet * (double)g->packets : 0);

	return bytes > 0 ? bytes * 8000 / (double)g->ms : 0;
}

static void
measured_in(struct process *p, struct interface *i, const struct rate_growth *g)
{
	struct interface_sensor *s = p->own;
	bool ethernet = i->last.ethernet;
	double capacity = p->spec.links[i->link].capacity_bps;
	double fill = bits(g, ethernet, LINK_ETHERNET_WIRE) / capacity;

	i->in_bps = bits(g, ethernet, -LINK_ETHERNET_HEADER);
	i->in_pps = rate_per_second(g->packets, g->ms);
	i->measured = true;
	/*
	 * Nothing is fuller than full: then the capacity is declared too small, or
	 * counted without the gaps.
	 */
	if (fill > 1)
		s->too_full++;
	tell(p, METRIC_FILL, i->link, fill < 1 ? fill : 1, i->answered_ms);
}

static void
measured_out(const struct process *p, struct interface *i, const struct rate_growth *g)
{
	bool ethernet = i->last.ethernet;

	i->out_bps = bits(g, ethernet, -LINK_ETHERNET_HEADER);
	i->out_fill =
	    bits(g, ethernet, LINK_ETHERNET_WIRE) / p->spec.links[i->link].capacity_bps;
}

static void
count_drops(struct interface_sensor *s, const struct link_stats *was, const struct link_stats *is)
{
	if (is->rx_dropped > was->rx_dropped)
		s->rx_dropped += is->rx_dropped - was->rx_dropped;
	if (is->rx_missed > was->rx_missed)
		s->rx_missed += is->rx_missed - was->rx_missed;
}

static void
take_stats(struct process *p, struct interface *i, const struct link_stats *stats)
{
	struct interface_sensor *s = p->own;
	struct rate_growth g;
	enum rate_step in;

	if (i->rx.known && stats->index != i->last.index) {
		s->another++;
		i->rx.known = i->tx.known = false;
	}
	if (i->rx.known)
		count_drops(s, &i->last, stats);
	i->last = *stats;
	i->state = i->link < 0 ? INTERFACE_UNDECLARED :
	    stats->up ? INTERFACE_SEEN : INTERFACE_DOWN;
	if (i->state != INTERFACE_SEEN) {
		i->rx.known = i->tx.known = false;
		return;
	}
	in = rate_step(&i->rx, i->answered_ms, stats->rx_bytes, stats->rx_packets, &g);
	s->set_back += in == RATE_FELL;
	if (in == RATE_GREW)
		measured_in(p, i, &g);
	if (rate_step(&i->tx, i->answered_ms, stats->tx_bytes, stats->tx_packets, &g) == RATE_GREW)
		measured_out(p, i, &g);
}

/* ---- all of them --------------------------------------------------------- */

/* Half of the ways in is no sum. */
static void
tell_sum(struct process *p)
{
	struct interface_sensor *s = p->own;
	int64_t at = s->interfaces[0].answered_ms;
	double bps = 0, pps = 0, out_bps = 0;

	for (unsigned n = 0; n < s->n; n++) {
		const struct interface *i = &s->interfaces[n];

		if (!i->measured || i->answered_ms != at)
			return;
		bps += i->in_bps;
		pps += i->in_pps;
		out_bps += i->out_bps;
	}
	s->bps = bps;
	s->pps = pps;
	s->out_bps = out_bps;
	tell(p, METRIC_BPS, -1, bps, at);
	tell(p, METRIC_PPS, -1, pps, at);
}

static void
take_message(void *ctx, const struct nlmsghdr *m)
{
	struct process *p = ctx;
	struct interface_sensor *s = p->own;
	unsigned n = netlink_question(m->nlmsg_seq);
	struct link_stats stats;
	struct interface *i;
	int err = 0;

	if (n >= s->n) {
		s->malformed++;
		return;
	}
	i = &s->interfaces[n];
	i->answered_ms = netlink_asked_ms(m->nlmsg_seq, p->now.mono);
	i->measured = false;
	if (netlink_end(m, &err)) {
		i->state = INTERFACE_ABSENT;
		i->rx.known = i->tx.known = false;
	} else if (link_stats_read(&stats, m) && strcmp(stats.name, i->name) == 0) {
		s->answers++;
		watchdog_record(&p->watchdog, 0, p->now);
		take_stats(p, i, &stats);
	} else {
		s->malformed++;
	}
	if (n == s->n - 1)
		tell_sum(p);
}

static void
interface_read(struct process *p)
{
	struct interface_sensor *s = p->own;
	int got;

	do {
		got = netlink_read(FD_SOURCE, s->buffer, take_message, p);
		s->lost += got == -ENOBUFS;
		s->malformed += got == -EBADMSG;
	} while (got > 0 || got == -ENOBUFS);
}

/* ---- health -------------------------------------------------------------- */

static const char *
reason_of(const struct interface *i, int64_t now_ms, int64_t valid_ms)
{
	switch (i->state) {
	case INTERFACE_ABSENT:
		return N_("there is no such interface");
	case INTERFACE_DOWN:
		return N_("the interface is down or has no carrier");
	case INTERFACE_UNDECLARED:
		return N_("no link names this interface, so its capacity is not known");
	case INTERFACE_SEEN:
		return now_ms - i->answered_ms < valid_ms ? NULL :
		    N_("the kernel no longer answers");
	case INTERFACE_WAITING:
		break;
	}
	return NULL;
}

/* All gone is blindness; of several, the others still tell how full they are. */
static void
judge(const struct process *p, struct health_report *h)
{
	const struct interface_sensor *s = p->own;
	int64_t valid_ms = VALID_TURNS * p->spec.settings.every_ms + 1000;
	unsigned bad = 0;

	for (unsigned n = 0; n < s->n; n++) {
		const struct interface *i = &s->interfaces[n];
		const char *why = reason_of(i, mono_ms(p->now.mono), valid_ms);

		if (why != NULL && bad++ == 0)
			snprintf(h->why, sizeof(h->why), "%s: %s", i->name, why);
		if (i->state == INTERFACE_SEEN && i->out_fill >= FULL)
			snprintf(h->note, sizeof(h->note), "%s: %s", i->name,
			    N_("the way out is full"));
	}
	if (bad > 0)
		h->health = bad == s->n ? HEALTH_BLIND : HEALTH_LATE;
}

static void
interface_health(struct process *p, struct health_report *h)
{
	const struct interface_sensor *s = p->own;

	h->accepted = s->answers;
	h->dropped = h->lost = s->lost;
	h->bps = s->bps;
	h->pps = s->pps;
	h->out_bps = s->out_bps;
	process_refused(p, h, "rx-dropped", s->rx_dropped);
	process_refused(p, h, "rx-missed", s->rx_missed);
	process_refused(p, h, "counter-set-back", s->set_back);
	process_refused(p, h, "interface-made-anew", s->another);
	process_refused(p, h, "above-capacity", s->too_full);
	process_refused(p, h, "malformed", s->malformed);
	judge(p, h);
}

/* ---- start and questions ------------------------------------------------- */

static int
interface_start(struct process *p)
{
	const struct sensor_settings *of = &p->spec.settings;
	struct interface_sensor *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	p->own = s;
	s->n = of->interfaces_n;
	for (unsigned i = 0; i < s->n; i++) {
		s->interfaces[i].name = of->interfaces[i];
		s->interfaces[i].link =
		    settings_link_of(p->spec.links, p->spec.links_n, of->interfaces[i]);
	}
	return 0;
}

static void
interface_ask(const struct sensor_settings *s, int source, unsigned turn)
{
	_Alignas(NLMSG_ALIGNTO) char question[NETLINK_QUESTION_MAX];
	mono_t now = clock_now().mono;

	(void)turn;
	for (unsigned i = 0; i < s->interfaces_n; i++)
		netlink_ask(source,
		    link_stats_question(question, s->interfaces[i], netlink_seq(now, i)));
}

static unsigned
interface_workers(const struct sensor_settings *s)
{
	(void)s;
	return 1;
}

static int
interface_open(const struct sensor_settings *s, unsigned worker, struct diag *reterr)
{
	(void)s;
	(void)worker;
	return netlink_open(NETLINK_ROUTE, reterr);
}

const struct kind kind_interface = {
	.profile = SANDBOX_SENSOR,
	.turn_ms = TURN_MS,
	.workers = interface_workers,
	.open = interface_open,
	.ask = interface_ask,
	.start = interface_start,
	.read = interface_read,
	.health = interface_health,
};
