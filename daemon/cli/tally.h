/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tally - what a rehearsal's announcements would have covered, hit, and cost.
 * Covered: the share of what goes to the subject, from the announcement on, that its rule matches.
 * Hit: the same share of what went there before the attack.  Cost: member-minutes.  Bounded: what
 * does not fit is counted.
 */
#ifndef SEAWALL_CLI_TALLY_H
#define SEAWALL_CLI_TALLY_H

#include <jansson.h>

#include "base/clock.h"
#include "model/flow.h"
#include "model/mitigation.h"

#define TALLY_ROWS 512
#define TALLY_REFERENCE 65536	/* records before an attack that are remembered */
#define TALLY_QUESTIONS 256
#define TALLY_NAMES 256
#define TALLY_ATTACKS 64
#define TALLY_BEFORE_MS 10000	/* so long before it is seen, traffic may be the attack's already */

/* One announcement: a rule from when it was first announced until it is withdrawn or replaced. */
struct tally_row {
	char id[ID_LEN], incident[ID_LEN], step[16], subject[PREFIX_STRLEN];
	struct rule rule;
	wall_t since, until;		/* until.ms 0: it stands */
	double bytes, packets;		/* towards the subject since then */
	double covered_bytes, covered_packets;
	/* packets of the reference towards the subject; of them matched */
	double before, hit;
};

/* A question to people, from when it was asked until something became of it. */
struct tally_question {
	char id[ID_LEN], incident[ID_LEN], subject[PREFIX_STRLEN], step[16];
	/* "given", "denied", "silent", "acting", "withdrawn"; "waiting": nothing yet */
	char end[16];
	char who[TALLY_NAMES];		/* who may answer, by name */
	unsigned people;		/* so many of them must say yes */
	wall_t asked, ended;		/* ended.ms 0: it waits */
	struct rule rule;
};

/* What is attacked: since then what goes there is no reference. */
struct tally_attack {
	char incident[ID_LEN];
	struct prefix subject;		/* family 0: no addresses of its own */
	wall_t opened;
	bool open;
};

struct tally_member {
	int64_t blackholed_ms, limited_ms, filtered_ms;
	/* holes wholly, rules by the share of the traffic before that they hit */
	double lost_ms;
	/* under a rule of which nobody can tell what it hits, and no hole */
	int64_t unknown_ms;
};

struct tally {
	const struct settings *s;	/* borrowed */
	unsigned rows_n, rows_lost, questions_n;
	struct tally_row *rows;		/* owned */
	struct tally_question *questions;	/* owned */
	unsigned attacks_n;
	struct tally_attack attacks[TALLY_ATTACKS];	/* the last ones, round and round */
	unsigned ring_n, ring_at;
	struct tally_seen *ring;	/* owned, shared by nobody */
	struct tally_member members[MEMBERS_MAX + 1];	/* the last: addresses of no member */
	unsigned updates[UPSTREAMS_MAX];
	unsigned announced, withdrawn, incidents, approvals, refused;
	int64_t last_ms;
};

int tally_new(struct tally **ret, const struct settings *s);
void tally_free(struct tally *t);

void tally_event(struct tally *t, const json_t *event, wall_t now);
void tally_flows(struct tally *t, const struct flow *f, unsigned n, wall_t now);
/* Time passes: who is blackholed or limited meanwhile? */
void tally_time(struct tally *t, const struct ledger *l, wall_t now);

/* Of all rows, by packets; -1: there is nothing to compare with. */
struct tally_shares {
	double covered, hit;
};
struct tally_shares tally_shares(const struct tally *t);
/* Of the members together; those addresses that are no member's stand at MEMBERS_MAX. */
struct tally_member tally_all_members(const struct tally *t);
unsigned tally_updates(const struct tally *t);

#endif
