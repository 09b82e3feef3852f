/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inside - what the files of this folder share: rows, items, candidates.
 * A row is a sample, or several that are alike.  An item is a frequent value of a slot (a field at
 * one width).  A tuple is what items a row has; a candidate is some of these items, and for one
 * slot perhaps several in its place.
 */
#ifndef SEAWALL_SYNTH_INSIDE_H
#define SEAWALL_SYNTH_INSIDE_H

#include "synth/synth.h"

/*
 * Fields at their widths.  In the order in which a combination that would be too much leaves them
 * out, last first.
 */
enum slot {
	SLOT_PROTO,
	SLOT_HOST,
	SLOT_NET,
	SLOT_WIDE,
	SLOT_SCOPE,
	SLOT_SPORT,
	SLOT_DPORT,
	SLOT_FLAGS,
	SLOT_FRAGMENT,
	SLOT_LENGTH,
	SLOT_ICMP,
	SLOT_ICMP_CODE,
	SLOT_SRC_NET,
	SLOT_FLAGS_KIND,
	SLOT_BIN,
	SLOT_SRC_HOST,
	SLOT_SRC_WIDE,
	SLOT_DPORT_KIND,
	SLOT_SPORT_KIND,
	SLOT_SRC_WIDEST,
	SLOT_DSCP,
	SLOTS
};

/* Slots of one field: a pattern has at most one of them. */
enum field {
	FIELD_PROTO,
	FIELD_DST,
	FIELD_SRC,
	FIELD_SPORT,
	FIELD_DPORT,
	FIELD_LENGTH,
	FIELD_FLAGS,
	FIELD_FRAGMENT,
	FIELD_ICMP,
	FIELD_DSCP,
	FIELDS
};

#define SLOT_BIT(s) (1u << (s))
#define DST_SLOTS \
	(SLOT_BIT(SLOT_HOST) | SLOT_BIT(SLOT_NET) | SLOT_BIT(SLOT_WIDE) | SLOT_BIT(SLOT_SCOPE))

#define ITEMS_MAX 48		/* frequent values of one slot */
#define SHARE_MIN 0.01		/* of the attack: what is rarer is no item and no candidate */
#define RECORDS_MIN 3		/* and fewer samples than that are chance, */
#define SHARE_FEW 0.1		/* but that they are much of it */
#define COMBINATIONS_MAX 512	/* of one tuple */
#define PATTERNS_MAX 65536	/* counted at once */
#define BASE_MAX 1536		/* closed patterns that go on */
#define CANDIDATES_MAX 3072	/* with those that join several of them */
#define VALUES_MAX 16		/* values that one candidate has in one slot */
#define COVERS 3		/* the best, that of this start, and one being tried */
#define NUMBERS 65536		/* values of a slot that is no address */
#define PIECES_MAX 256		/* prefixes that the scope comes to without what is spared */
#define BIN 100			/* bytes of length, as the published rules have */
/* a rule brings so much more of the attack than it may take of the rest */
#define LIFT_MIN 4

enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58 };
enum { FIN = 1, SYN = 2, RST = 4, ACK = 16, SYN_ACK = 18, SIX = 0x3f };

struct value {
	uint64_t high, low;
};

#define ROW_VARIES (1 << 15)	/* beside SAMPLE_*: its packets are not all as long */

/* One cache line. */
struct row {
	/* addresses as numbers, IPv4 in the upper 32 bits of `high` */
	struct value dst, src;
	double weight;
	uint32_t records;		/* samples that are alike */
	uint32_t mask;			/* bit per rule that takes it, while rules are refined */
	uint16_t has, length, sport, dport, tcp_flags;
	/* of: packets of the record itself */
	uint8_t proto, fragment, icmp_type, icmp_code, dscp, of;
};

struct rows {
	struct row *r;			/* owned; by value, those of the family mined */
	unsigned n, max;
	/* weight of all samples, also of those that no rule may take */
	double total;
	double effective;		/* so many samples of equal weight say as much (Kish) */
	unsigned samples;
	uint64_t seen;			/* packets that they tell of themselves */
	/* a mean is no length: nobody knows whether a packet has it */
	bool certain;
};

struct item {
	struct value v;
	double weight;
};

struct items {
	unsigned n;
	struct item i[ITEMS_MAX];	/* by value */
};

struct tuple {
	uint8_t item[SLOTS];		/* 1 + index; 0: no frequent value */
	uint8_t pad[3];
	uint32_t unknown;		/* bit per slot: it may be anything */
	uint32_t records;
	double weight;
};

struct tuples {
	unsigned n, max;
	struct tuple *t;		/* owned */
	struct tuple *scratch;		/* owned; while they are made */
	uint64_t *items;		/* owned; [SLOTS][ITEMS_MAX] bit sets over the tuples */
};

struct pattern {
	uint32_t slots;			/* which it asks for */
	uint8_t item[SLOTS];
	bool closed;
	uint32_t records, first;	/* first: a tuple that has it */
	double weight;
};

struct candidate {
	struct pattern p;
	uint8_t several;		/* slot with `values` in place of its item; SLOTS: none */
	uint8_t values_n, values[VALUES_MAX];
	double attack, reference;	/* shares it takes */
	/* of the reference, what it may take besides, once `judged` */
	double beside;
	double prior, cheap;		/* odds.h */
	double bound;			/* no more of the attack is left for it to take */
	uint64_t *a, *l;		/* borrowed from bits: which tuples of each side */
	bool judged;
};

/* One that may become a member of a list. */
struct valued {
	const struct candidate *c;
	struct pattern key;		/* without the value */
	uint8_t value;
};

/* What some candidates take together, and what that is worth. */
struct cover {
	unsigned n;
	struct candidate *c[SYNTH_RULES_MAX];
	uint64_t *a, *l;		/* borrowed: taken of each side */
	double attack, reference, beside, prior, charge;
	double worth;
};

struct synth {
	struct rows attack, reference;
	struct tuples at, lt;
	struct items items[SLOTS];
	struct item *values;		/* owned; scratch, one per row */
	double *numbers;		/* owned; scratch of items.c, all 0 between uses */
	/* owned; the table they are counted in, all empty between runs */
	struct pattern *patterns;
	struct pattern **used;		/* owned; its places that are not */
	struct pattern *closed;		/* owned; those that go on */
	struct valued *valued;		/* owned; scratch of candidates.c */
	struct candidate *candidates;	/* owned */
	unsigned candidates_n;
	uint64_t *bits;			/* owned; of candidates and of covers */
	unsigned a_words, l_words;	/* of this run */
	size_t memory;

	/* of the run: */
	const struct synth_task *task;
	uint8_t family;
	uint32_t slots;			/* that the upstreams take */
	bool lacking;			/* they do not take all */
	unsigned pairs_max, rules_max;
	/* in a cover: more than rules_max when several may become one */
	unsigned places;
	double collateral_max;
	unsigned pieces_n;
	struct prefix pieces[PIECES_MAX];	/* SLOT_SCOPE's values */
};

/* rows.c */
int rows_new(struct rows *r, unsigned max);
void rows_read(struct rows *r, const struct sample *s, unsigned n, uint8_t family,
    enum synth_by by);
/* Are the flags of each of its packets known?  And does each match? */
bool row_flags_known(const struct row *row);
bool row_flags(const struct bits *b, const struct row *row);
/* Whether each packet of the row meets the rule; maybe: what is not known may meet it. */
bool row_takes(const struct rule *r, const struct row *row, bool maybe);
/*
 * The share of the row's packets, and of those that may come as well as these, that meet it;
 * others: without lengths and flags.
 */
double row_share(const struct rule *others, const struct rule *r, const struct row *row);
struct prefix value_prefix(uint8_t family, struct value v, unsigned len);

/* items.c */
enum field slot_field(enum slot s);
unsigned slot_length(enum slot s, uint8_t family);	/* of a prefix */
void items_find(struct synth *s);
void tuples_make(struct synth *s, struct rows *rows, struct tuples *t, bool maybe);
struct bits flags_kind(unsigned kind);

/* patterns.c: how many go on, in s->closed, the heaviest first */
unsigned patterns_count(struct synth *s);

/* candidates.c */
void candidates_make(struct synth *s, unsigned patterns);

/* odds.c: `effective` samples of which `hits` were hit; upper ends of what that can mean */
double odds_upper(double hits, double effective, double z);
double odds_for_cap(double hits, double effective);
#define Z_95 1.645
double odds_worth(const struct synth *s, double attack, double reference, double prior,
    double charge);
bool odds_within(const struct synth *s, double reference, double prior);
double odds_prior(const struct rule *r, const struct signatures *known);
double odds_cheap(const struct rule *r, const struct signatures *known);

/* shape.c */
bool shape_rule(const struct synth *s, const struct candidate *c, struct rule *ret);
int shape_routes(const struct synth *s, const struct rule *r);

/* cover.c: the best cover of candidates into *ret */
void cover_find(struct synth *s, struct cover *ret);

/* refine.c: rules, and what they take together of both sides' rows */
struct refined {
	unsigned n, routes;
	struct rule r[SYNTH_RULES_MAX];
	/* of the reference, what each may take besides what it was seen to take; and all */
	double beside[SYNTH_RULES_MAX], aside;
	double attack, reference, prior, charge, worth;
};
bool refine_within(const struct synth *s, const struct refined *set);	/* below the cap */

double refine_beside(const struct synth *s, const struct rule *r);
void refine(struct synth *s, struct refined *set);
/* Measures rules from elsewhere; true: they are as new ones must be. */
bool refine_judge(struct synth *s, struct refined *set);
/* Marks in each row which rules take it. */
void refine_mark(struct synth *s, const struct refined *set);

/* lint.c: NULL, or why the rule must not be */
const char *lint(const struct synth_task *t, const struct rule *r);
/* and whether p has nothing in it that rules leave alone */
bool lint_spares(const struct synth_task *t, const struct prefix *p);

#endif
