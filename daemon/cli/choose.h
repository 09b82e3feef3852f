/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * choose - what `seawall init` makes of what it found: which sessions are upstreams, what is ours,
 * which interface is whose link, which thresholds fit.  Each choice carries why, for people to
 * judge.  Pure but for choose_links().
 */
#ifndef SEAWALL_CLI_CHOOSE_H
#define SEAWALL_CLI_CHOOSE_H

#include "bird/survey.h"
#include "cli/machine.h"
#include "cli/observe.h"
#include "config/hearsay.h"

#define GUESSED_BPS 1e9		/* of a card that does not say how fast it is */
#define MANY_ROUTES 10000	/* who sends or is sent so many carries the Internet */

enum choose_role {
	ROLE_UPSTREAM,		/* gives us a default route, or the Internet */
	ROLE_UNKNOWN,		/* neither way: a peer, an exchange, a session that is down */
	ROLE_CUSTOMER		/* we give them the Internet */
};

struct chosen_upstream {
	const struct survey_session *session;	/* borrowed */
	unsigned index;				/* of it in the survey */
	enum choose_role role;
	bool taken;				/* written out; else as a comment */
	unsigned number;			/* of the tag, 1..; 0: not taken */
	const struct hearsay_network *said;	/* borrowed; NULL: nothing */
	const char *profile;
	bool flowspec;				/* its session carries FlowSpec */
};

struct chosen_prefix {
	struct prefix prefix;
	const struct survey_route *route;	/* borrowed */
	bool taken;
	const char *why;			/* it is not; a sentence for the catalogue */
};

struct chosen_link {
	char name[NAME_MAX_LEN], interface[IF_NAMESIZE];
	double capacity_bps;			/* 0: not known */
};

/* Thresholds; 0: nothing was seen that they could be made of. */
struct chosen_levels {
	const struct levels_seen *seen;		/* borrowed; NULL: nothing was observed */
	bool flows;				/* by exports, not by packets */
	double host[LEVELS_N], prefix[2];	/* of the latter: bit/s, packet/s */
	bool bounded;				/* by what the smallest link carries */
	bool odd;				/* far above the usual was seen: an attack? */
};

/* What to say of `odd`: a sentence for the catalogue. */
extern const char choose_odd[];

struct chosen {
	struct survey bird;
	struct machine machine;
	struct observed observed;
	const struct hearsay *hearsay;		/* borrowed; NULL: there is none */
	unsigned upstreams_n, prefixes_n, links_n;
	struct chosen_upstream upstreams[SURVEY_SESSIONS_MAX];
	struct chosen_prefix prefixes[SURVEY_ROUTES_MAX];
	struct chosen_link links[LINKS_MAX];
	struct chosen_levels levels;
	uint32_t asn;				/* ours; 0: BIRD does not say */
	unsigned own_n;
	struct prefix own[PREFIXES_MAX];	/* the prefixes that are taken */
};

/*
 * It could be an upstream's, but BIRD has its name in quotes, and the names of functions are made
 * of it.
 */
bool choose_misnamed(const struct survey_session *s);

/* From c->bird and c->hearsay. */
void choose_upstreams(struct chosen *c);
void choose_prefixes(struct chosen *c);
/* Asks the kernel which way they are; `only`: instead of that, NULL: nothing. */
void choose_links(struct chosen *c, const char *const *only, unsigned only_n);
/* From c->observed and the links. */
void choose_levels(struct chosen *c);

/* Two digits, upwards: thresholds are for people. */
double choose_round(double value);

#endif
