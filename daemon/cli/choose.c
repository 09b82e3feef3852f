/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/choose.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "cli/way_out.h"
#include "config/words.h"

#define LONGEST4 24		/* what the Internet takes */
#define LONGEST6 48
#define SHORTEST4 8
#define SHORTEST6 16
#define HOST_TIMES 4		/* the busiest host's 99th percentile */
#define PREFIX_TIMES 3
#define LEAST_SECONDS 30	/* what was seen for less says nothing */
/* of the smallest link: what fills it is an attack whatever is usual */
#define HOST_SHARE 0.5
#define PREFIX_SHARE 0.8
/* of a frame on the wire: so many packets can come at most */
#define SMALLEST_BITS 672
/* of them may begin something: visitors send more than that */
#define BEGINNING_SHARE 0.1
#define ODD_TIMES 10

/* Of the first policies, for a network of which nothing is known. */
static const double host_default[LEVELS_N] = { 200e6, 60e3, 20e3, 5e3 };
static const double host_least[LEVELS_N] = { 20e6, 5e3, 1e3, 1e3 };
static const double prefix_default[2] = { 400e6, 120e3 };

const char choose_odd[] = N_(
    "what was seen is far above the usual, or what the link carries: you may have looked at an attack. "
    "Look again in a quiet hour, or lower the thresholds");

/* ---- sessions ------------------------------------------------------------ */

static unsigned
most(const struct survey_session *s, bool imported)
{
	unsigned n = 0;

	for (unsigned c = 0; c < CHANNEL_N; c++) {
		unsigned routes = imported ? s->channels[c].imported : s->channels[c].exported;

		n = routes > n ? routes : n;
	}
	return n;
}

static enum choose_role
role_of(const struct survey_session *s)
{
	if (s->gives_default || most(s, true) >= MANY_ROUTES)
		return ROLE_UPSTREAM;
	return most(s, false) >= MANY_ROUTES ? ROLE_CUSTOMER : ROLE_UNKNOWN;
}

/* Hosts alone, unless it is said to take more, or carries FlowSpec. */
static const char *
profile_of(const struct chosen_upstream *u)
{
	const struct hearsay_network *said = u->said;

	if (u->flowspec)
		return "rfc7999";
	return said != NULL && strcmp(said->community, "65535:666") == 0 && said->min4 > 0 &&
		said->min4 <= LONGEST4 && said->max4 == 32
	    ? "rfc7999"
	    : "exact-host";
}

static bool
candidate(const struct survey_session *s)
{
	return survey_external(s) &&
	    (s->channels[CHANNEL_IPV4].there || s->channels[CHANNEL_IPV6].there);
}

bool
choose_misnamed(const struct survey_session *s)
{
	return candidate(s) && !words_symbol(s->name);
}

static void
add_upstream(struct chosen *c, unsigned index)
{
	const struct survey_session *s = &c->bird.sessions[index];
	struct chosen_upstream *u = &c->upstreams[c->upstreams_n++];

	*u = (struct chosen_upstream){ .session = s, .index = index, .role = role_of(s),
		.flowspec = s->channels[CHANNEL_FLOW4].up || s->channels[CHANNEL_FLOW6].up };
	u->said = c->hearsay != NULL ? hearsay_find(c->hearsay, s->remote_as) : NULL;
	u->profile = profile_of(u);
	if (c->asn == 0)
		c->asn = s->local_as;
}

void
choose_upstreams(struct chosen *c)
{
	unsigned sure = 0, number = 0;

	for (unsigned i = 0; i < c->bird.sessions_n; i++)
		if (candidate(&c->bird.sessions[i]) && words_symbol(c->bird.sessions[i].name))
			add_upstream(c, i);
	for (unsigned i = 0; i < c->upstreams_n; i++)
		sure += c->upstreams[i].role == ROLE_UPSTREAM;
	for (unsigned i = 0; i < c->upstreams_n; i++) {
		struct chosen_upstream *u = &c->upstreams[i];

		u->taken =
		    number < UPSTREAMS_MAX && u->role == (sure > 0 ? ROLE_UPSTREAM : ROLE_UNKNOWN);
		if (u->taken)
			u->number = ++number;
	}
}

/* ---- prefixes ------------------------------------------------------------ */

/* Sent to one of the upstreams that are taken. */
static bool
sent(const struct chosen *c, const struct survey_route *r)
{
	for (unsigned i = 0; i < c->upstreams_n; i++)
		if (c->upstreams[i].taken && (r->sent >> c->upstreams[i].index & 1))
			return true;
	return false;
}

static const char *
why_not(const struct prefix *p)
{
	if (p->len > (p->family == 4 ? LONGEST4 : LONGEST6))
		return N_("longer than what the Internet takes: a blackhole, or a host of ours");
	if (p->len < (p->family == 4 ? SHORTEST4 : SHORTEST6))
		return N_("shorter than any network of ours can be");
	return NULL;
}

static const char *
inside(const struct chosen *c, const struct chosen_prefix *p)
{
	for (unsigned i = 0; i < c->prefixes_n; i++)
		if (&c->prefixes[i] != p && c->prefixes[i].taken &&
		    prefix_covers(&c->prefixes[i].prefix, &p->prefix))
			return N_("it lies within another one of these, and is measured with it");
	return NULL;
}

void
choose_prefixes(struct chosen *c)
{
	bool any = false;

	for (unsigned i = 0; i < c->bird.routes_n; i++)
		any = any ||
		    (sent(c, &c->bird.routes[i]) && why_not(&c->bird.routes[i].prefix) == NULL);
	for (unsigned i = 0; i < c->bird.routes_n; i++) {
		const struct survey_route *r = &c->bird.routes[i];
		struct chosen_prefix *p = &c->prefixes[c->prefixes_n++];

		*p = (struct chosen_prefix){
			.prefix = r->prefix, .route = r, .why = why_not(&r->prefix)
		};
		if (p->why == NULL && any && !sent(c, r))
			p->why = N_("no upstream is sent it");
		p->taken = p->why == NULL;
	}
	for (unsigned i = 0; i < c->prefixes_n; i++) {
		struct chosen_prefix *p = &c->prefixes[i];

		if (p->taken)
			p->why = inside(c, p);
		if (p->taken && p->why == NULL && c->own_n == PREFIXES_MAX)
			p->why = N_("there is no room for more prefixes");
		p->taken = p->why == NULL;
		if (p->taken)
			c->own[c->own_n++] = p->prefix;
	}
}

/* ---- links --------------------------------------------------------------- */

static void
add_link(struct chosen *c, const char *interface, const char *name)
{
	struct chosen_link *l = c->links;

	while (l < c->links + c->links_n && strcmp(l->interface, interface) != 0)
		l++;
	if (l == c->links + c->links_n) {
		if (c->links_n == LINKS_MAX || c->links_n == INTERFACES_MAX)
			return;
		*l = (struct chosen_link){ .capacity_bps = machine_speed(interface) };
		snprintf(l->interface, sizeof(l->interface), "%s", interface);
		snprintf(l->name, sizeof(l->name), "%s", name);
		c->links_n++;
	} else {
		/* it has several upstreams */
		snprintf(l->name, sizeof(l->name), "%s", interface);
	}
}

void
choose_links(struct chosen *c, const char *const *only, unsigned only_n)
{
	char interface[IF_NAMESIZE];

	for (unsigned i = 0; i < only_n; i++)
		add_link(c, only[i], only[i]);
	for (unsigned i = 0; i < c->upstreams_n && only_n == 0; i++) {
		struct chosen_upstream *u = &c->upstreams[i];
		const struct survey_session *s = u->session;

		if (!u->taken)
			continue;
		if (s->device[0] != '\0')
			snprintf(interface, sizeof(interface), "%.*s", IF_NAMESIZE - 1, s->device);
		else if (s->neighbor.family == 0 || !way_out(&s->neighbor, interface))
			continue;
		add_link(c, interface, s->name);
	}
	for (unsigned i = 0; i < c->links_n; i++)
		memcpy(c->observed.interfaces[i].name, c->links[i].interface,
		    sizeof(c->links[i].interface));
	c->observed.interfaces_n = c->links_n;
}

/* ---- thresholds ---------------------------------------------------------- */

double
choose_round(double value)
{
	double unit = value > 0 ? pow(10, floor(log10(value)) - 1) : 1;

	/* a hair below, so that 20 stays 20 */
	return ceil(value / unit - 1e-9) * unit;
}

static double
smallest_link(const struct chosen *c)
{
	double least = 0;

	for (unsigned i = 0; i < c->links_n; i++) {
		double bps = c->links[i].capacity_bps > 0 ? c->links[i].capacity_bps : GUESSED_BPS;

		least = least == 0 || bps < least ? bps : least;
	}
	return least;
}

static double
bound(struct chosen_levels *l, double value, double most)
{
	if (most <= 0 || value <= most)
		return value;
	l->bounded = true;
	return most;
}

/* What a link can bring of it. */
static double
brings(double link, unsigned metric)
{
	static const double of_a_bit[LEVELS_N] = { 1, 1.0 / SMALLEST_BITS,
		BEGINNING_SHARE / SMALLEST_BITS, BEGINNING_SHARE / SMALLEST_BITS };

	return choose_round(link * of_a_bit[metric]);
}

/* More to one host than a small network's threshold, and not as it mostly is. */
static bool
odd(const struct levels_seen *seen)
{
	for (unsigned m = 0; seen != NULL && m < LEVELS_N; m++) {
		const struct level *l = &seen->of[LEVEL_HOST][m];

		if (l->most >= host_default[m] && l->most >= ODD_TIMES * l->usual)
			return true;
	}
	return false;
}

void
choose_levels(struct chosen *c)
{
	const struct levels_seen *p = &c->observed.packets, *f = &c->observed.flows;
	struct chosen_levels *l = &c->levels;
	double link = smallest_link(c);

	*l = (struct chosen_levels){ .seen = p };
	l->flows = f->of[LEVEL_ALL][LEVEL_BPS].most > p->of[LEVEL_ALL][LEVEL_BPS].most;
	if (l->flows)
		l->seen = f;
	if (l->seen->seconds < LEAST_SECONDS || l->seen->of[LEVEL_ALL][LEVEL_BPS].most <= 0)
		l->seen = NULL;
	for (unsigned m = 0; m < LEVELS_N; m++) {
		double high = l->seen != NULL ? l->seen->of[LEVEL_HOST][m].high : 0;

		/* of packets a flow is no measure */
		l->host[m] = l->seen == NULL || (m == LEVEL_FPS && !l->flows) ? host_default[m]
		    : fmax(host_least[m], choose_round(high * HOST_TIMES));
		l->host[m] = bound(l, l->host[m], brings(link * HOST_SHARE, m));
	}
	for (unsigned m = 0; m < 2; m++) {
		l->prefix[m] = l->seen == NULL
		    ? prefix_default[m]
		    : fmax(2 * l->host[m],
			  choose_round(l->seen->of[LEVEL_PREFIX][m].high * PREFIX_TIMES));
		l->prefix[m] = bound(l, l->prefix[m], brings(link * PREFIX_SHARE, m));
	}
	l->odd = l->seen != NULL && (l->bounded || odd(l->seen));
}
