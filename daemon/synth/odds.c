/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a rule may cost that no sample shows: the upper end of what the reference can mean, and what
 * is usual in traffic that the reference happens not to hold (a prior, as if PRIOR_SAMPLES had been
 * seen); and how easily the attacker could change what the rule asks for.
 */
#include <math.h>

#include "synth/inside.h"

#define PRIOR_SAMPLES 100
#define COST 10			/* a share of the reference is worth ten of the attack */
/* 99.75 %: twice the rule of three, since the best of many is chosen */
#define Z_CAP 2.807
#define SIGMA_CAP 4		/* and another sample of the same traffic stays within it, too */

/*
 * Of a Poisson count, by Wilson and Hilferty: within 1.5 % of Clopper and Pearson where shares are
 * small, above them where they are not.  0 hits at 95 %: 3 / n.
 */
double
odds_upper(double hits, double effective, double z)
{
	double k = hits + 1, root = 1 - 1 / (9 * k) + z / (3 * sqrt(k)), upper;

	if (effective <= 0)
		return 1;
	upper = k * root * root * root / effective;
	return upper < 1 ? upper : 1;
}

double
odds_for_cap(double hits, double effective)
{
	double share = effective > 0 ? hits / effective : 1;
	double drawn = share + SIGMA_CAP * sqrt(share * (1 - fmin(share, 1)) / fmax(effective, 1));
	double upper = odds_upper(hits, effective, Z_CAP);

	return drawn > upper ? drawn : upper;
}

bool
odds_within(const struct synth *s, double reference, double prior)
{
	double hits = reference * s->reference.effective + PRIOR_SAMPLES * prior;

	/* and what is promised, by the samples alone */
	return odds_for_cap(hits, s->reference.effective + PRIOR_SAMPLES) <= s->collateral_max &&
	    odds_upper(reference * s->reference.effective, s->reference.effective, Z_95) <=
	    s->collateral_max;
}

double
odds_worth(const struct synth *s, double attack, double reference, double prior, double charge)
{
	double n = s->reference.effective + PRIOR_SAMPLES;
	double hits = reference * s->reference.effective + PRIOR_SAMPLES * prior;

	return attack - COST * odds_upper(hits, n, Z_95) - charge;
}

/* ---- what is usual ------------------------------------------------------- */

/*
 * Shares of ordinary traffic towards a network, in orders of magnitude; only what cannot be seen
 * there counts on them.
 */
static double
usual_protocol(unsigned proto)
{
	switch (proto) {
	case TCP:
		return 0.7;
	case UDP:
		return 0.3;
	case ICMP:
	case ICMP6:
		return 0.01;
	case 47:	/* GRE */
	case 50:	/* ESP */
		return 0.005;
	default:
		return 0.0005;
	}
}

static double
usual_port(unsigned port)
{
	switch (port) {
	case 80:
	case 443:
		return 0.3;
	case 22:
	case 25:
	case 53:
	case 123:
	case 143:
	case 465:
	case 587:
	case 993:
		return 0.03;
	default:
		return port < 1024 ? 0.002 : 0.001;
	}
}

static double
usual_ports(const struct ranges *l)
{
	double sum = 0;

	if (l->n == 0)
		return 1;
	for (unsigned i = 0; i < l->n; i++)
		sum += l->r[i].from == l->r[i].to
		    ? usual_port(l->r[i].from)
		    : 0.01 + 0.7 * (l->r[i].to - l->r[i].from) / 65535.0;
	return fmin(sum, 1);
}

static double
usual_lengths(const struct ranges *l)
{
	double sum = 0;

	if (l->n == 0)
		return 1;
	for (unsigned i = 0; i < l->n; i++)
		sum += (l->r[i].from <= 60 || l->r[i].to >= 1400 ? 0.2 : 0.01) +
		    0.6 * fmin(l->r[i].to - l->r[i].from, 1500) / 1500.0;
	return fmin(sum, 1);
}

static double
usual_source(const struct prefix *p)
{
	if (p->family == 0 || p->len == 0)
		return 1;
	return p->family == 4 ? pow(2, -0.6 * p->len) : pow(2, -0.3 * p->len);
}

static double
usual_flags(const struct bits *b)
{
	double sum = 0;

	if (b->n == 0)
		return 1;
	for (unsigned i = 0; i < b->n; i++) {
		uint16_t set = b->t[i].value & 0x3f;

		if (set == 0x02 || set == 0x12)
			sum += 0.05;
		else
			sum += (set & 0x10) != 0 ? 0.4 : 0.01;
	}
	return fmin(sum, 1);
}

double
odds_prior(const struct rule *r, const struct signatures *known)
{
	double p = 0;
	const struct signature *sig = known != NULL ? signature_find(known, r) : NULL;

	for (unsigned i = 0; i < r->proto.n; i++)
		for (unsigned proto = r->proto.r[i].from; proto <= r->proto.r[i].to; proto++)
			p += usual_protocol(proto);
	p = r->proto.n == 0 ? 1 : fmin(p, 1);
	p *= usual_ports(&r->sport) * usual_ports(&r->dport) * usual_lengths(&r->length) *
	    usual_source(&r->src) * usual_flags(&r->tcp_flags);
	if (r->fragment.n != 0)
		p *= 0.003;
	if (r->icmp_type.n != 0)
		p *= 0.3;
	if (r->dscp.n != 0)
		p *= 0.5;
	/* a known vector has a figure of its own */
	return sig != NULL && sig->usual != 0 ? fmin(p, sig->usual / 1e6) : p;
}

/* ---- how easily it is changed -------------------------------------------- */

/*
 * Does it come from others' machines, who answer from the port of their service?  Whatever is
 * known, or a low port.
 */
static bool
reflected_by(const struct rule *r, const struct signatures *known)
{
	const struct signature *parts[RANGES_MAX];
	unsigned n = known != NULL ? signature_parts(known, r, parts) : 0;

	for (unsigned i = 0; i < n; i++)
		if (parts[i]->kind == SIGNATURE_FLOOD)
			n = 0;
	for (unsigned i = 0; n == 0 && i < r->sport.n; i++)
		if (r->sport.r[i].to >= 1024 &&
		    (known != NULL || r->sport.r[i].from != r->sport.r[i].to))
			return false;
	return r->sport.n != 0;
}

/*
 * In shares of the attack: so much less it may take and still be preferred.  A reflector's port and
 * fragments are what makes the attack; a port of ours, a length, a source that may be forged, and
 * DSCP are the attacker's to choose.
 */
double
odds_cheap(const struct rule *r, const struct signatures *known)
{
	bool reflected = reflected_by(r, known);
	double cheap = 0;

	if (r->sport.n != 0 && !reflected)
		cheap += 0.003;
	if (r->dport.n != 0)
		cheap += reflected ? 0.003 : 0.001;
	if (r->length.n != 0)
		cheap += 0.001;
	if (r->src.family != 0)
		cheap += 0.005;
	if (r->dscp.n != 0)
		cheap += 0.005;
	return cheap;
}
