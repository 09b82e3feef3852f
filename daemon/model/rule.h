/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rule - what we ask an upstream for: an RTBH route, a FlowSpec rule, a route to one that scrubs,
 * or a route of a source whose packets it drops (RFC 5635). Canonical once rule_canon() said 0:
 * ranges sorted, merged and inside their field, so that equal rules are equal values.  Two rules
 * with the same match are the same network to BIRD, whatever their action (BIRD.md 6), and
 * rule_same_network() says so. Sources: RFC 7999, RFC 8955 section 4 (components 1-12), RFC 8956.
 */
#ifndef SEAWALL_MODEL_RULE_H
#define SEAWALL_MODEL_RULE_H

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/jout.h"
#include "base/prefix.h"
#include "base/text.h"
#include "model/bits.h"
#include "model/flow.h"
#include "model/redirect.h"

#define RANGES_MAX 16

struct range {
	uint16_t from, to;	/* both included */
};

struct ranges {
	uint8_t n;		/* 0: the component is absent */
	struct range r[RANGES_MAX];
};

/* RFC 8955 4.2.2.12 */
enum { FRAGMENT_DONT = 1, FRAGMENT_IS = 2, FRAGMENT_FIRST = 4, FRAGMENT_LAST = 8 };

#define RULE_NO_RATE INFINITY	/* as much as comes: the rule does something else */

enum rule_kind { RULE_RTBH, RULE_FLOWSPEC, RULE_DIVERT, RULE_SOURCE, RULE_KINDS };

struct rule {
	enum rule_kind kind;
	/* routes: the prefix, of RULE_SOURCE somebody else's; FlowSpec: obligatory */
	struct prefix dst;
	struct prefix src;	/* family 0: absent */
	struct ranges proto, port, sport, dport, length, icmp_type, icmp_code, dscp, label;
	struct bits tcp_flags, fragment;
	/* RULE_RTBH: where its upstreams drop (model/scope.h); 0: everywhere */
	uint64_t scopes;
	/* what happens to them; FlowSpec alone */
	double rate_bps;	/* 0 drops; RULE_NO_RATE */
	struct redirect redirect;
	bool has_mark;
	uint8_t mark;		/* DSCP they get */
	bool sample;		/* the upstream looks at some of them */
	bool terminal;		/* RFC 8955 7.3: the rules after it are asked, too */
};

/* "rtbh", "flowspec", "divert", "source-rtbh". */
const char *rule_kind_name(enum rule_kind k);
bool rule_kind_find(enum rule_kind *ret, const char *name);

#define RULE_JSON_FLAGS (JSON_COMPACT | JSON_SORT_KEYS)

/* Sorts and merges; -EINVAL with a sentence for an impossible value (port 70000, length 99999,
 * empty range) or an action that contradicts another. */
int rule_canon(struct rule *r, struct diag *reterr);

/*
 * Does a match every packet that b does?  Of both the match alone; yes is certain, component by
 * component.
 */
bool rule_covers(const struct rule *a, const struct rule *b);

bool rule_same_network(const struct rule *a, const struct rule *b);
bool rule_eq(const struct rule *a, const struct rule *b);
int rule_cmp(const struct rule *a, const struct rule *b); /* total order for files and lists */

/*
 * One rule that matches whatever either of two FlowSpec rules does, which do the same; the rates of
 * two limits are added.  *ret_exact: and nothing else.  false: there is none without leaving out a
 * component that one of them has.
 */
bool rule_join(struct rule *ret, const struct rule *a, const struct rule *b, bool *ret_exact);

/*
 * How much it matches, to compare: addresses, times the share of its component's values that each
 * list has.
 */
double rule_volume(const struct rule *r);

/*
 * Would it meet the traffic of this record, of all of it the mean?  What a record does not say is
 * not met.
 */
bool rule_takes(const struct rule *r, const struct flow *f);

/*
 * Bytes of the FlowSpec NLRI without its length (RFC 8955 4.1) as BIRD encodes it, and the most
 * pairs any component has.
 */
unsigned rule_nlri_size(const struct rule *r);
unsigned rule_pairs_max(const struct rule *r);
/* Pairs and bytes of one entry of a list. */
unsigned rule_range_pairs(struct range r);
unsigned rule_range_size(struct range r);
unsigned rule_flags_pairs(struct bits_term t);		/* "all of these" and "none of those" */
unsigned rule_flags_size(struct bits_term t);
unsigned rule_fragment_pairs(struct bits_term t);	/* each bit */

/* "192.0.2.1/32" for RTBH, "flow4 { dst ...; proto = 17; ... }" for FlowSpec: BIRD's syntax. */
void rule_bird(struct text *out, const struct rule *r);

/*
 * The body of BIRD's flow block without dst ("proto = 17; sport = 53;") into r; its dst is set, its
 * action stays.
 */
int rule_parse_match(struct rule *r, const char *text, struct diag *reterr);
/* What rule_bird() wrote: the network alone, without an action; a prefix becomes RULE_RTBH. */
int rule_parse(struct rule *ret, const char *text, struct diag *reterr);

/* INTERFACE: {"type":"rule","kind":...}. */
#define RULE_JSON_MAX 65536
void rule_json_write(struct jout *out, const char *key, const struct rule *r);
/* The same as a tree: new reference, or NULL without memory. */
json_t *rule_json(const struct rule *r);
int rule_from_json(struct rule *ret, const json_t *j, struct diag *reterr);

/* For people, in the language of lang_set(): "drop UDP from port 53 to 192.0.2.80". */
void rule_words(struct text *out, const struct rule *r);
/* What is known besides; NULL where nothing is. */
struct signatures;
struct rule_names {
	const char *member;			/* whose address it is */
	const struct signatures *known;		/* what attacks are called */
};
/*
 * "drop DNS answers larger than 512 bytes going to 192.0.2.80 (Network of Funds)"; names may be
 * NULL.
 */
void rule_words_for(struct text *out, const struct rule *r, const struct rule_names *names);

#endif
