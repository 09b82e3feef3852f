/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Steps source-blackhole that could never be taken: who would drop, and who would be known well
 * enough.
 */
#include "config/check.h"

#include "base/lang.h"
#include "model/observation.h"

static bool
takes_clients(const struct profile *p)
{
	const struct lengths *six = &p->source6;

	return p->source4.max == 32 || (six->min <= CLIENT6_LEN && six->max >= CLIENT6_LEN);
}

static bool
somebody_takes(const struct settings *s, const struct step *st)
{
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if ((st->via == 0 || (st->via >> i & 1)) && takes_clients(&s->upstreams[i].profile))
			return true;
	return false;
}

/* Is there anybody who names clients that had a connection to us? */
static bool
clients_named(const struct settings *s)
{
	for (unsigned i = 0; i < s->sensors_n; i++)
		if (s->sensors[i].real_clients)
			return true;
	return false;
}

static bool
asks_for_clients(const struct policy *p)
{
	for (unsigned i = 0; i < p->signals_n; i++)
		if (p->signals[i].metric == METRIC_CLIENT_RPS && !p->signals[i].rising)
			return true;
	return false;
}

void
check_source(struct checking *c, const struct policy *p, const struct step *st)
{
	const struct settings *s = c->s;

	if (!somebody_takes(s, st))
		check_error(c, p->file, st->line,
		    N_("policy \"%s\": no upstream%s drops by source what step source-blackhole "
		       "announces (/32, /%u)"),
		    p->name, st->via != 0 ? _(" named in `via`") : "", CLIENT6_LEN);
	if (!clients_named(s))
		check_error(c, p->file, st->line,
		    N_("policy \"%s\": step source-blackhole is never taken: no sensor has "
		       "`real_clients`, so nobody is known by an address that cannot be forged"),
		    p->name);
	if (!asks_for_clients(p))
		check_error(c, p->file, st->line,
		    N_("policy \"%s\": step source-blackhole is never taken: none of its signals "
		       "asks for client_rps"),
		    p->name);
	if (s->limits.sources == 0)
		check_error(c, p->file, st->line,
			    N_("policy \"%s\": step source-blackhole is never taken: `sources` in "
			    "`limits` is 0"),
			    p->name);
}
