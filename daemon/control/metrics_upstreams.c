/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of links, routers and upstreams: what is decided for each, and how far it has come. */
#include "control/metrics_put.h"

#include "control/upstreams.h"

/* ---- sessions ------------------------------------------------------------ */

static double session_up(const struct bird_upstream *s) { return s->known && s->established; }
static double
session_since(const struct bird_upstream *s)
{
	return s->known ? seconds(s->since) : UNKNOWN;
}
static double session_read(const struct bird_upstream *s) { return seconds(s->read_back); }

static const struct {
	enum figure figure;
	double (*value)(const struct bird_upstream *s);
} session_rows[] = {
	{ FIGURE_UPSTREAM_UP, session_up },
	{ FIGURE_UPSTREAM_SINCE, session_since },
	{ FIGURE_UPSTREAM_READ, session_read },
};

static void
put_sessions(const struct out *o)
{
	for (size_t row = 0; row < sizeof(session_rows) / sizeof(*session_rows); row++)
		for (unsigned i = 0; i < o->settings->upstreams_n; i++)
			put(o, session_rows[row].figure,
			    session_rows[row].value(upstreams_session(o->engine, i)),
			    o->settings->upstreams[i].name);
}

/* ---- budgets ------------------------------------------------------------- */

static void
put_budgets(const struct out *o)
{
	static const enum figure rows[] = { FIGURE_UPSTREAM_USED, FIGURE_UPSTREAM_LIMIT,
		FIGURE_UPSTREAM_CARRIED };
	struct upstreams_budget b[UPSTREAMS_MAX][UPSTREAMS_BUDGETS];
	unsigned n[UPSTREAMS_MAX];

	for (unsigned i = 0; i < o->settings->upstreams_n; i++)
		n[i] = upstreams_budgets(o->engine, i, b[i]);
	for (size_t row = 0; row < sizeof(rows) / sizeof(*rows); row++)
		for (unsigned i = 0; i < o->settings->upstreams_n; i++)
			for (unsigned k = 0; k < n[i]; k++)
				put(o, rows[row],
				    row == 0	   ? b[i][k].used
					: row == 1 ? b[i][k].limit
						   : b[i][k].carried,
				    o->settings->upstreams[i].name, rule_kind_name(b[i][k].kind));
}

/* ---- how far it has come ------------------------------------------------- */

/* One series a state: what lags is the difference of two. */
static void
put_states(const struct out *o, const struct engine_states *n)
{
	for (unsigned i = 0; i < o->settings->upstreams_n; i++) {
		const struct { const char *name; unsigned n; } states[] = {
			{ "decided", n[i].decided }, { "applied", n[i].applied },
			{ "exported", n[i].exported }, { "effective", n[i].effective },
		};

		for (size_t k = 0; k < sizeof(states) / sizeof(*states); k++)
			put(o, FIGURE_UPSTREAM_STATES, states[k].n, o->settings->upstreams[i].name,
			    states[k].name);
	}
	for (unsigned i = 0; i < o->settings->upstreams_n; i++)
		put(o, FIGURE_UPSTREAM_WAITING, n[i].waiting, o->settings->upstreams[i].name);
	for (unsigned i = 0; i < o->settings->upstreams_n; i++)
		put(o, FIGURE_UPSTREAM_LATENESS, n[i].oldest_s, o->settings->upstreams[i].name);
	for (unsigned i = 0; i < o->settings->upstreams_n; i++)
		put(o, FIGURE_UPSTREAM_LATE, n[i].late, o->settings->upstreams[i].name);
}

/* ---- routers ------------------------------------------------------------- */

static double router_up(const struct bird *b) { return bird_connected(b); }
static double router_generation(const struct bird *b) { return (double)bird_generation(b); }
static double router_copy(const struct bird *b) { return bird_conf(b).in_use; }
static double router_copied(const struct bird *b) { return seconds(bird_conf(b).copied); }

static const struct {
	enum figure figure;
	double (*value)(const struct bird *b);
} router_rows[] = {
	{ FIGURE_ROUTER_UP, router_up },
	{ FIGURE_ROUTER_GENERATION, router_generation },
	{ FIGURE_ROUTER_COPY, router_copy },
	{ FIGURE_ROUTER_COPIED, router_copied },
};

static void
put_routers(const struct out *o)
{
	for (size_t row = 0; row < sizeof(router_rows) / sizeof(*router_rows); row++)
		for (unsigned i = 0; i < o->settings->routers_n; i++) {
			const struct bird *b = engine_router(o->engine, i);

			put(o, router_rows[row].figure, b != NULL ? router_rows[row].value(b) : 0,
			    o->settings->routers[i].name);
		}
}

/* ---- links --------------------------------------------------------------- */

static double
unless_unknown(double value)
{
	return value < 0 ? UNKNOWN : value;
}

static void
put_links(const struct out *o)
{
	const struct settings *s = o->settings;
	struct engine_link is[LINKS_MAX];

	for (unsigned i = 0; i < s->links_n; i++)
		engine_link(o->engine, i, &is[i]);
	for (unsigned i = 0; i < s->links_n; i++)
		put(o, FIGURE_LINK_CAPACITY, s->links[i].capacity_bps / 8, s->links[i].name);
	for (unsigned i = 0; i < s->links_n; i++)
		put(o, FIGURE_LINK_USED, unless_unknown(is[i].fill), s->links[i].name);
	for (unsigned i = 0; i < s->links_n; i++)
		put(o, FIGURE_LINK_DANGER, unless_unknown(is[i].danger), s->links[i].name);
	put(o, FIGURE_STATES_DANGER, unless_unknown(engine_states_danger(o->engine)));
}

void
put_upstreams(const struct out *o)
{
	struct engine_states states[UPSTREAMS_MAX];

	put_links(o);
	for (unsigned i = 0; i < o->settings->upstreams_n; i++) {
		const struct upstream *u = &o->settings->upstreams[i];

		engine_states(o->engine, i, &states[i]);
		put(o, FIGURE_UPSTREAM, 1, u->name, o->settings->routers[u->router].name,
		    u->protocol, u->profile.name);
	}
	put_sessions(o);
	put_budgets(o);
	put_states(o, states);
	put_routers(o);
}
