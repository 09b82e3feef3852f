/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * world - what lies around the provider: traffic, upstreams that drop what they were asked to,
 * links that fill, members' lines and machines.  Traffic is a few dozen streams, each with the
 * header fields that a FlowSpec rule can tell apart; a step works out how much of each arrives
 * where.
 */
#ifndef SEAWALL_TESTS_CAMPAIGN_WORLD_H
#define SEAWALL_TESTS_CAMPAIGN_WORLD_H

#include "model/mitigation.h"
#include "model/settings.h"

#define MEMBERS 8
#define HOSTS_EACH 3		/* web, services, web over IPv6 */
#define VIAS 2
#define STREAMS_MAX 96
#define ROUTES_MAX 512
#define SEEN_MAX 256

enum host { HOST_WEB, HOST_SERVICES, HOST_WEB6, HOST_SPREAD = -1 };
enum { ICMP = 1, TCP = 6, UDP = 17 };
enum { SYN = 0x02, ACK = 0x10 };

struct stream {
	struct prefix dst;		/* a host, or what it is spread over evenly */
	int member, host;		/* enum host; member -1: of nobody or of several */
	uint8_t proto, flags;		/* TCP: its most frequent combination */
	int sport, dport;		/* -1: many */
	bool fragments, attack;
	/* connections that last; else each packet is a flow of its own */
	bool lasting;
	/* connections that begin with a SYN, which a rule may drop */
	bool opens;
	double length;			/* octets a packet */
	double bps, part[VIAS];		/* sent, by upstream */
	/* of the step under way, bit/s */
	double past[VIAS];		/* what the upstream let through */
	double in[VIAS];		/* what came over the link */
	double got;			/* what its destination could take */
};

struct route {
	unsigned upstream;
	char id[ID_LEN];
	struct rule rule;
	int64_t from_ms, until_ms;	/* in force at the upstream */
	double matched, pass;
};

/* What somebody outside could find out of a member, from at_ms on. */
struct seen {
	int64_t at_ms;
	bool hole, out;
};

struct world {
	const struct settings *s;	/* borrowed */
	uint64_t seed;
	int64_t now_ms;			/* the step begins here */
	unsigned legit_n, streams_n;	/* the legitimate ones come first */
	struct stream streams[STREAMS_MAX];
	unsigned routes_n;
	struct route routes[ROUTES_MAX];
	bool match_dirty;
	float match[ROUTES_MAX][STREAMS_MAX];
	double offered[VIAS], load[VIAS];	/* at each link: without and with what is dropped */
	double goodput[MEMBERS];	/* of the step, 0..1 */
	unsigned seen_n[MEMBERS];
	struct seen seen[MEMBERS][SEEN_MAX];
	unsigned updates[UPSTREAMS_MAX];	/* BGP updates since the world began */
	uint64_t routes_lost;		/* beyond ROUTES_MAX: must stay 0 */
	uint64_t trail;			/* of every update: moment, upstream, rule */
};

void world_init(struct world *w, const struct settings *s, uint64_t seed, int64_t now_ms);
/* The address of a member's machine. */
struct prefix world_host(const struct settings *s, unsigned member, enum host host);

/*
 * The legitimate streams, and what they send at this time: hour of the week and noise by the
 * minute.
 */
void world_people(struct world *w);
void world_people_now(struct world *w, double crowd, int crowd_member);

/* Room for one more attack stream, or NULL. */
struct stream *world_attack(struct world *w);
void world_attack_over(struct world *w);

/* An update to one upstream: rule NULL withdraws.  It has its effect after the upstream's delay. */
void world_update(struct world *w, unsigned upstream, const char *id, const struct rule *rule);
/* When the next update has its effect; INT64_MAX: none under way. */
int64_t world_next(const struct world *w);

/* What arrives during [now_ms, now_ms + ms): nothing changes meanwhile. */
void world_step(struct world *w, int64_t ms);

/* What is known outside of a member as of then. */
struct seen world_seen(const struct world *w, unsigned member, int64_t then_ms);
/* Share of the stream that the rule matches, 0..1. */
double world_match(const struct rule *r, const struct stream *s);

#endif
