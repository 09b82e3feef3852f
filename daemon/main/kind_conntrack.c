/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How full the kernel's connection tracking table is, and how many states found no room
 * in it: what this machine, as a firewall, shares among all behind it.  Two questions:
 * fill, and the counters of every processor.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "main/kind.h"
#include "main/role.h"
#include "sensor/ct_stats.h"
#include "sensor/rate.h"

#define VALID_TURNS 3		/* a reading holds for so many times `every` */
#define CPUS_MAX 1024
#define NO_GROWTH (UINT32_MAX / 2)	/* a counter of 32 bits that grew by more was set back */

enum { ASK_FILL, ASK_DROPS };

struct cpu {
	bool known;
	struct ct_drops last;
};

struct ct_sensor {
	const char *why;		/* NULL: the kernel answers */
	bool unlimited;
	struct cpu cpus[CPUS_MAX];
	uint64_t insert_failed, drop, early_drop;	/* since the start */
	struct rate drops;
	uint64_t answers, busy, lost, malformed, many_cpus;
	_Alignas(NLMSG_ALIGNTO) char buffer[NETLINK_BUFFER];
};

static void
tell(struct process *p, enum metric m, double value, int64_t asked_ms)
{
	int64_t age = mono_ms(p->now.mono) - asked_ms;
	struct reading r = {
		.metric = (uint8_t)m, .link = -1, .subject = { .kind = SUBJECT_ALL },
		.at_ms = p->now.wall.ms - age, .value = value,
		.valid_ms = VALID_TURNS * p->spec.settings.every_ms
	};

	if (age < r.valid_ms)
		process_reading(p, &r);
}

static void
take_fill(struct process *p, const struct ct_fill *f, int64_t asked_ms)
{
	struct ct_sensor *s = p->own;
	double fill = f->most > 0 ? (double)f->entries / f->most : 0;

	s->answers++;
	s->why = NULL;
	s->unlimited = f->most == 0;
	watchdog_record(&p->watchdog, 0, p->now);
	if (!s->unlimited)
		tell(p, METRIC_FILL, fill < 1 ? fill : 1, asked_ms);
}

static uint32_t
grew(uint32_t is, uint32_t was)
{
	return is - was < NO_GROWTH ? is - was : 0;
}

static void
take_drops(struct ct_sensor *s, const struct ct_drops *d)
{
	struct cpu *c = &s->cpus[d->cpu % CPUS_MAX];

	s->answers++;
	if (d->cpu >= CPUS_MAX) {
		s->many_cpus++;
		return;
	}
	if (c->known) {
		s->insert_failed += grew(d->insert_failed, c->last.insert_failed);
		s->drop += grew(d->drop, c->last.drop);
		s->early_drop += grew(d->early_drop, c->last.early_drop);
	}
	*c = (struct cpu){ .known = true, .last = *d };
}

/* All processors have told. */
static void
tell_drops(struct process *p, int64_t asked_ms)
{
	struct ct_sensor *s = p->own;
	uint64_t all = s->insert_failed + s->drop + s->early_drop;
	struct rate_growth g;

	if (rate_step(&s->drops, asked_ms, 0, all, &g) == RATE_GREW)
		tell(p, METRIC_STATE_DROPS, rate_per_second(g.packets, g.ms), asked_ms);
}

static void
take_end(struct process *p, const struct nlmsghdr *m, int err)
{
	struct ct_sensor *s = p->own;

	if (err == -EBUSY)
		s->busy++;
	else if (err == -EPERM)
		s->why = N_("the kernel does not answer: seawalld lacks CAP_NET_ADMIN");
	else if (err != 0)
		s->why = N_("the kernel has no connection tracking");
	else if (netlink_question(m->nlmsg_seq) == ASK_DROPS)
		tell_drops(p, netlink_asked_ms(m->nlmsg_seq, p->now.mono));
}

static void
take_message(void *ctx, const struct nlmsghdr *m)
{
	struct process *p = ctx;
	struct ct_sensor *s = p->own;
	struct ct_drops d;
	struct ct_fill f;
	int err = 0;

	if (netlink_end(m, &err))
		take_end(p, m, err);
	else if (ct_read_fill(&f, m))
		take_fill(p, &f, netlink_asked_ms(m->nlmsg_seq, p->now.mono));
	else if (ct_read_drops(&d, m))
		take_drops(s, &d);
	else
		s->malformed++;
}

static void
conntrack_read(struct process *p)
{
	struct ct_sensor *s = p->own;
	int got;

	do {
		got = netlink_read(FD_SOURCE, s->buffer, take_message, p);
		s->lost += got == -ENOBUFS;
		s->malformed += got == -EBADMSG;
	} while (got > 0 || got == -ENOBUFS);
}

static void
conntrack_health(struct process *p, struct health_report *h)
{
	const struct ct_sensor *s = p->own;

	h->accepted = s->answers;
	h->dropped = h->lost = s->lost;
	process_refused(p, h, "insert-failed", s->insert_failed);
	process_refused(p, h, "drop", s->drop);
	process_refused(p, h, "early-drop", s->early_drop);
	process_refused(p, h, "asked-too-early", s->busy);
	process_refused(p, h, "processors-full", s->many_cpus);
	process_refused(p, h, "malformed", s->malformed);
	if (s->why != NULL) {
		h->health = HEALTH_BLIND;
		snprintf(h->why, sizeof(h->why), "%s", s->why);
	} else if (s->unlimited) {
		snprintf(h->note, sizeof(h->note), "%s",
		    N_("the table has no limit, so it is never full"));
	}
}

static int
conntrack_start(struct process *p)
{
	p->own = calloc(1, sizeof(struct ct_sensor));
	return p->own != NULL ? 0 : -ENOMEM;
}

static void
conntrack_ask(const struct sensor_settings *s, int source, unsigned turn)
{
	_Alignas(NLMSG_ALIGNTO) char question[NETLINK_QUESTION_MAX];
	mono_t now = clock_now().mono;

	(void)s;
	(void)turn;
	netlink_ask(source, ct_ask_fill(question, netlink_seq(now, ASK_FILL)));
	netlink_ask(source, ct_ask_drops(question, netlink_seq(now, ASK_DROPS)));
}

static unsigned
conntrack_workers(const struct sensor_settings *s)
{
	(void)s;
	return 1;
}

static int
conntrack_open(const struct sensor_settings *s, unsigned worker, struct diag *reterr)
{
	(void)s;
	(void)worker;
	return netlink_open(NETLINK_NETFILTER, reterr);
}

const struct kind kind_conntrack = {
	.profile = SANDBOX_SENSOR,
	.turn_ms = TURN_MS,
	.workers = conntrack_workers,
	.open = conntrack_open,
	.ask = conntrack_ask,
	.start = conntrack_start,
	.read = conntrack_read,
	.health = conntrack_health,
};
