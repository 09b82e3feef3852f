/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/measured.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what comes in ------------------------------------------------------- */

void
measured_begin(struct measured *m, mono_t now)
{
	m->since = m->stepped = now;
	m->attacks_n = 0;
	for (unsigned i = 0; i < SENSORS_MAX; i++) {
		m->sensors[i].saw = false;
		m->sensors[i].sum = (struct amount){ 0 };
		memset(m->sensors[i].prefixes, 0, sizeof(m->sensors[i].prefixes));
	}
	memset(m->links, 0, sizeof(m->links));
}

void
measured_see(struct measured *m, const struct settings *s, const struct observation *o)
{
	struct amount *to = NULL;

	if (o->subject.kind != SUBJECT_PREFIX)
		return;
	for (unsigned i = 0; i < s->prefixes_n && to == NULL; i++)
		if (prefix_eq(&s->prefixes[i], &o->subject.prefix))
			to = &m->sensors[o->sensor].prefixes[i];
	if (to == NULL)
		return;
	to->bits += o->amount[METRIC_BPS];
	to->packets += o->amount[METRIC_PPS];
}

/* Counters go up; when a process began anew what it counted meanwhile is not known. */
void
measured_counted(struct measured *m, const struct health_report *was,
    const struct health_report *is)
{
	struct amount *to = &m->sensors[is->sensor].sum;

	if (is->bytes < was->bytes || is->packets < was->packets)
		return;
	to->bits += 8 * (is->bytes - was->bytes);
	to->packets += is->packets - was->packets;
}

void
measured_health(struct measured *m, const struct health_report *h)
{
	if (h->health == HEALTH_FRESH || h->health == HEALTH_LATE)
		m->sensors[h->sensor].saw = true;
}

void
measured_read(struct measured *m, const struct reading *r)
{
	typeof(m->links[0]) *l;

	if (r->metric != METRIC_FILL || r->link < 0 || r->link >= LINKS_MAX)
		return;
	l = &m->links[r->link];
	l->sum += r->value;
	l->peak = fmax(l->peak, r->value);
	l->n++;
}

static struct measured_attack *
attack_of(struct measured *m, const struct incident *i, unsigned likely)
{
	struct measured_attack *a;

	if (likely < m->attacks_n && strcmp(m->attacks[likely].id, i->id) == 0)
		return &m->attacks[likely];
	for (unsigned k = 0; k < m->attacks_n; k++)
		if (strcmp(m->attacks[k].id, i->id) == 0)
			return &m->attacks[k];
	if (m->attacks_n == INCIDENTS_MAX)
		return NULL;
	a = &m->attacks[m->attacks_n++];
	*a = (struct measured_attack){ .subject = i->subject };
	memcpy(a->id, i->id, sizeof(a->id));
	return a;
}

void
measured_step(struct measured *m, const struct decide *d, mono_t now)
{
	double ms = (double)mono_since_ms(now, m->stepped);
	const struct incident *i;

	m->stepped = now;
	for (unsigned k = 0; (i = decide_incident(d, k)) != NULL && i->state != INCIDENT_CLOSED;
	     k++) {
		struct measured_attack *a = attack_of(m, i, k);

		if (a == NULL)
			continue;
		a->points = i->points;
		a->ms += ms;
		a->sum.bits += i->bps * ms;
		a->sum.packets += i->pps * ms;
		a->peak.bits = fmax(a->peak.bits, i->bps);
		a->peak.packets = fmax(a->peak.packets, i->pps);
	}
}

bool
measured_due(const struct measured *m, mono_t now)
{
	return m->attacks_n > 0 && mono_since_ms(now, m->since) >= MEASURED_MS;
}

/* ---- what is said of it -------------------------------------------------- */

/* Below 0: nobody knows. */
static const struct amount unknown = { -1, -1 };

static struct amount
per(struct amount sum, double ms, double scale)
{
	return ms > 0 ? (struct amount){ sum.bits * scale / ms, sum.packets * scale / ms }
		      : (struct amount){ 0 };
}

static bool
counts(const struct settings *s, unsigned sensor)
{
	enum sensor_type type = s->sensors[sensor].type;

	return type == SENSOR_FLOW || type == SENSOR_PACKET;
}

/* Its sensors see disjoint traffic: their figures add. */
static struct amount
vantage_rate(const struct measured *m, const struct settings *s, const char *vantage, double ms)
{
	struct amount sum = { 0 };
	bool saw = false;

	for (unsigned i = 0; i < s->sensors_n; i++) {
		if (!counts(s, i) || !m->sensors[i].saw ||
		    strcmp(s->sensors[i].vantage, vantage) != 0)
			continue;
		saw = true;
		sum.bits += m->sensors[i].sum.bits;
		sum.packets += m->sensors[i].sum.packets;
	}
	return saw ? per(sum, ms, 1000) : unknown;
}

/* Has no sensor before it the same? */
static bool
first_of_vantage(const struct settings *s, unsigned sensor)
{
	if (!counts(s, sensor))
		return false;
	for (unsigned i = 0; i < sensor; i++)
		if (counts(s, i) && strcmp(s->sensors[i].vantage, s->sensors[sensor].vantage) == 0)
			return false;
	return true;
}

/* Vantages see the same traffic: the one that sees most. */
static struct amount
most(struct amount a, struct amount b)
{
	return (struct amount){ fmax(a.bits, b.bits), fmax(a.packets, b.packets) };
}

static struct amount
all_of_it(const struct measured *m, const struct settings *s, double ms)
{
	struct amount all = unknown;

	for (unsigned i = 0; i < s->sensors_n; i++)
		if (first_of_vantage(s, i))
			all = most(all, vantage_rate(m, s, s->sensors[i].vantage, ms));
	return all;
}

static struct amount
prefix_rate(const struct measured *m, const struct settings *s, unsigned prefix, double ms)
{
	struct amount all = { 0 };

	for (unsigned i = 0; i < s->sensors_n; i++) {
		struct amount sum = { 0 };

		for (unsigned k = i; first_of_vantage(s, i) && k < s->sensors_n; k++) {
			if (!counts(s, k) ||
			    strcmp(s->sensors[k].vantage, s->sensors[i].vantage) != 0)
				continue;
			sum.bits += m->sensors[k].prefixes[prefix].bits;
			sum.packets += m->sensors[k].prefixes[prefix].packets;
		}
		all = most(all, sum);
	}
	return per(all, ms, 1000);
}

static struct amount
attack_rate(const struct measured_attack *a)
{
	return a->ms > 0 ? per(a->sum, a->ms, 1) : a->peak;
}

/* The largest first; as large ones in the order of their numbers. */
static int
by_size(const void *a, const void *b)
{
	const struct measured_attack *x = a, *y = b;
	int size = (x->sum.bits < y->sum.bits) - (x->sum.bits > y->sum.bits);

	return size != 0 ? size : strverscmp(x->id, y->id);
}

static const struct measured_attack *
largest(const struct measured *m)
{
	const struct measured_attack *top = NULL;

	for (unsigned i = 0; i < m->attacks_n; i++)
		if (top == NULL || by_size(&m->attacks[i], top) < 0)
			top = &m->attacks[i];
	return top;
}

void
measured_summary(const struct measured *m, const struct settings *s, mono_t now,
    struct measured_sum *ret)
{
	double ms = (double)mono_since_ms(now, m->since);

	*ret = (struct measured_sum){
		.rate = all_of_it(m, s, ms), .attacks = m->attacks_n, .largest = largest(m)
	};
	if (ret->largest != NULL)
		ret->largest_rate = attack_rate(ret->largest);
	ret->known = ret->rate.bits >= 0;
}

/* ---- as JSON ------------------------------------------------------------- */

struct writing {
	struct jout *out;
	struct measured *m;
	const struct settings *s;
	double ms;
	measured_dropped *dropped;
	const void *ctx;
};

static void
write_rate(struct jout *out, const char *key, double rate)
{
	if (rate < 0)
		jout_null(out, key);
	else
		jout_int(out, key, llround(rate));
}

static void
write_both(struct jout *out, const char *bps, const char *pps, struct amount rate)
{
	write_rate(out, bps, rate.bits);
	write_rate(out, pps, rate.packets);
}

static void
write_vantages(const struct writing *w)
{
	jout_list(w->out, "vantages");
	for (unsigned i = 0; i < w->s->sensors_n; i++) {
		const char *vantage = w->s->sensors[i].vantage;

		if (!first_of_vantage(w->s, i))
			continue;
		jout_object(w->out, NULL);
		jout_str(w->out, "vantage", vantage);
		write_both(w->out, "bps", "pps", vantage_rate(w->m, w->s, vantage, w->ms));
		jout_close(w->out);
	}
	jout_close(w->out);
}

/* Where its interface is read, by that; else by the sensors that stand at it. */
static double
link_rate(const struct writing *w, unsigned link)
{
	double bits = -1;

	if (w->m->links[link].n > 0)
		return w->m->links[link].sum / w->m->links[link].n * w->s->links[link].capacity_bps;
	for (unsigned i = 0; i < w->s->sensors_n; i++)
		if (counts(w->s, i) && w->m->sensors[i].saw && w->s->sensors[i].link == (int)link)
			bits = fmax(bits, 0) + w->m->sensors[i].sum.bits;
	return bits < 0 ? bits : per((struct amount){ bits, 0 }, w->ms, 1000).bits;
}

static void
write_links(const struct writing *w)
{
	jout_list(w->out, "links");
	for (unsigned i = 0; i < w->s->links_n; i++) {
		const struct link *l = &w->s->links[i];
		double read = w->m->links[i].n > 0 ? w->m->links[i].peak * l->capacity_bps : -1;

		jout_object(w->out, NULL);
		jout_str(w->out, "link", l->name);
		write_rate(w->out, "capacity", l->capacity_bps);
		write_rate(w->out, "bps", link_rate(w, i));
		write_rate(w->out, "peak_bps", read);
		jout_close(w->out);
	}
	jout_close(w->out);
}

static void
write_prefixes(const struct writing *w)
{
	char buf[PREFIX_STRLEN];

	jout_list(w->out, "prefixes");
	for (unsigned i = 0; i < w->s->prefixes_n; i++) {
		struct amount rate = prefix_rate(w->m, w->s, i, w->ms);

		if (rate.bits <= 0 && rate.packets <= 0)
			continue;
		jout_object(w->out, NULL);
		jout_str(w->out, "prefix", prefix_str(&w->s->prefixes[i], buf));
		write_both(w->out, "bps", "pps", rate);
		jout_close(w->out);
	}
	jout_close(w->out);
}

static void
write_upstreams(const struct writing *w)
{
	jout_list(w->out, "upstreams");
	for (unsigned i = 0; i < w->s->upstreams_n; i++) {
		if (w->s->upstreams[i].counter == 0)
			continue;
		jout_object(w->out, NULL);
		jout_str(w->out, "upstream", w->s->upstreams[i].name);
		write_both(w->out, "dropped_bps", "dropped_pps", w->dropped(w->ctx, i, NULL));
		jout_close(w->out);
	}
	jout_close(w->out);
}

static struct amount
add_known(struct amount a, struct amount b)
{
	return (struct amount){ b.bits < 0 ? a.bits : fmax(a.bits, 0) + b.bits,
		b.packets < 0 ? a.packets : fmax(a.packets, 0) + b.packets };
}

static bool
anybody_saw(const struct writing *w)
{
	for (unsigned i = 0; i < w->s->sensors_n; i++)
		if (w->m->sensors[i].saw)
			return true;
	return false;
}

static void
write_attack(const struct writing *w, const struct measured_attack *a, bool saw)
{
	char buf[PREFIX_STRLEN];
	struct amount dropped = unknown;

	for (unsigned i = 0; i < w->s->upstreams_n; i++)
		if (w->s->upstreams[i].counter != 0)
			dropped = add_known(dropped, w->dropped(w->ctx, i, &a->subject));
	jout_object(w->out, NULL);
	jout_str(w->out, "incident", a->id);
	jout_str(w->out, "subject", incident_subject(&a->subject, w->s, buf));
	jout_real(w->out, "points", a->points);
	write_both(w->out, "bps", "pps", saw ? attack_rate(a) : unknown);
	write_both(w->out, "peak_bps", "peak_pps", saw ? a->peak : unknown);
	write_both(w->out, "dropped_bps", "dropped_pps", dropped);
	jout_close(w->out);
}

static void
write_attacks(const struct writing *w)
{
	bool saw = anybody_saw(w);
	struct amount others = { 0 };
	unsigned i;

	jout_list(w->out, "attacks");
	for (i = 0; i < w->m->attacks_n && i < MEASURED_ATTACKS; i++)
		write_attack(w, &w->m->attacks[i], saw);
	jout_close(w->out);
	for (; i < w->m->attacks_n; i++)
		others = add_known(others, attack_rate(&w->m->attacks[i]));
	jout_int(w->out, "attacks_n", w->m->attacks_n);
	write_both(w->out, "others_bps", "others_pps", saw ? others : unknown);
}

void
measured_write(struct jout *out, struct measured *m, const struct settings *s, mono_t now,
    measured_dropped *dropped, const void *ctx)
{
	struct writing w = { .out = out, .m = m, .s = s, .ms = (double)mono_since_ms(now, m->since),
		.dropped = dropped, .ctx = ctx };

	qsort(m->attacks, m->attacks_n, sizeof(*m->attacks), by_size);
	jout_object(out, "measured");
	jout_int(out, "ms", (int64_t)w.ms);
	write_both(out, "bps", "pps", all_of_it(m, s, w.ms));
	write_vantages(&w);
	write_links(&w);
	write_prefixes(&w);
	write_upstreams(&w);
	write_attacks(&w);
	jout_close(out);
}
