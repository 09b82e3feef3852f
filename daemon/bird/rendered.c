/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/rendered.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bird/fragment.h"
#include "bird/line.h"

/* What lines and pieces depend on of an upstream. */
struct basis {
	unsigned router, number;
	bool flowspec;
	struct profile profile;
};

/* One rule of one mitigation, for some of its upstreams. */
struct item {
	struct line_part part;
	struct rule *piece;		/* owned; NULL: the rule is the mitigation's own */
	const struct kept *of;
	bool joined;			/* of one network with the item before it */
	enum section section;
	unsigned parts;			/* of the line that it began in the last text; 0: none */
	size_t at, len;			/* of that line */
};

/* A mitigation as it was rendered. */
struct kept {
	struct rule rule;
	char id[ID_LEN];
	wall_t until;
	uint32_t via;
	bool over;			/* then it has no items */
	uint64_t born, seen;		/* rounds: made in it, and stood in it last */
	unsigned n;
	struct item items[];
};

static void
kept_free(struct kept *k)
{
	for (unsigned i = 0; k != NULL && i < k->n; i++)
		free(k->items[i].piece);
	free(k);
}

void
rendered_init(struct rendered *r)
{
	*r = (struct rendered){ 0 };
	text_init(&r->text, FRAGMENT_MAX);
}

void
rendered_fini(struct rendered *r)
{
	for (unsigned i = 0; i < r->kept_n; i++)
		kept_free(r->kept[i]);
	free(r->kept);
	free(r->items);
	free(r->basis);
	text_fini(&r->text);
	rendered_init(r);
}

/* ---- what lines depend on besides the ledger ----------------------------- */

static bool
basis_same(const struct rendered *r, const struct render_of *of)
{
	const struct upstream *u = of->settings->upstreams;

	if (r->basis == NULL || r->router != of->router ||
	    r->upstreams_n != of->settings->upstreams_n)
		return false;
	for (unsigned i = 0; i < r->upstreams_n; i++) {
		const struct basis *b = &r->basis[i];

		if (b->router != u[i].router || b->number != u[i].number ||
		    b->flowspec != u[i].flowspec ||
		    memcmp(&b->profile, &u[i].profile, sizeof(b->profile)) != 0)
			return false;
	}
	return true;
}

static int
basis_take(struct rendered *r, const struct render_of *of)
{
	unsigned n = of->settings->upstreams_n;

	if (basis_same(r, of))
		return 0;
	rendered_fini(r);
	r->basis = calloc(n + 1, sizeof(*r->basis));
	if (r->basis == NULL)
		return -ENOMEM;
	r->router = of->router;
	r->upstreams_n = n;
	for (unsigned i = 0; i < n; i++) {
		const struct upstream *u = &of->settings->upstreams[i];

		r->basis[i] = (struct basis){
			.router = u->router, .number = u->number, .flowspec = u->flowspec
		};
		memcpy(&r->basis[i].profile, &u->profile, sizeof(u->profile));
	}
	return 0;
}

/* ---- one mitigation ------------------------------------------------------ */

struct gathering {
	unsigned n, room;
	struct item *items;
	const struct mitigation *m;
};

static int
gather(void *ctx, const struct rule *rule, uint32_t tags)
{
	struct gathering *g = ctx;
	struct item *i, *bigger;

	if (g->n == g->room) {
		g->room = g->room != 0 ? g->room * 2 : 4;
		bigger = realloc(g->items, g->room * sizeof(*bigger));
		if (bigger == NULL)
			return -ENOMEM;
		g->items = bigger;
	}
	i = &g->items[g->n];
	*i = (struct item){ .part = { .rule = rule, .tags = tags } };
	if (rule != &g->m->rule) {
		i->part.rule = i->piece = malloc(sizeof(*rule));
		if (i->piece == NULL)
			return -ENOMEM;
		*i->piece = *rule;
	}
	g->n++;
	return 0;
}

static int
by_rule(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return rule_cmp(x->part.rule, y->part.rule);
}

/* Each network once, though two of its upstreams have the same piece. */
static void
join_pieces(struct gathering *g)
{
	unsigned n = 0;

	if (g->n < 2)
		return;
	qsort(g->items, g->n, sizeof(*g->items), by_rule);
	for (unsigned i = 0; i < g->n; i++) {
		if (n > 0 && rule_eq(g->items[n - 1].part.rule, g->items[i].part.rule)) {
			g->items[n - 1].part.tags |= g->items[i].part.tags;
			free(g->items[i].piece);
		} else {
			g->items[n++] = g->items[i];
		}
	}
	g->n = n;
}

static enum section
section_of(const struct rule *r)
{
	static const enum section of[RULE_KINDS][2] = {
		[RULE_RTBH] = { RTBH4, RTBH6 },
		[RULE_FLOWSPEC] = { FLOWSPEC4, FLOWSPEC6 },
		[RULE_DIVERT] = { DIVERT4, DIVERT6 },
		[RULE_SOURCE] = { SOURCE4, SOURCE6 },
	};

	return of[r->kind][r->dst.family == 6];
}

/* The items move into it. */
static struct kept *
kept_new(const struct mitigation *m, struct gathering *g, uint64_t round)
{
	struct kept *k = malloc(sizeof(*k) + g->n * sizeof(k->items[0]));

	if (k == NULL)
		return NULL;
	*k = (struct kept){
		.until = m->until, .via = m->via, .born = round, .seen = round, .n = g->n
	};
	memcpy(&k->rule, &m->rule, sizeof(k->rule));
	memcpy(k->id, m->id, sizeof(k->id));
	for (unsigned i = 0; i < g->n; i++) {
		struct item *to = &k->items[i];

		*to = g->items[i];
		to->of = k;
		to->part.id = k->id;
		to->part.until = k->until;
		if (to->piece == NULL)
			to->part.rule = &k->rule;
		to->section = section_of(to->part.rule);
	}
	g->n = 0;
	return k;
}

static int
make(struct kept **ret, struct rendered *r, const struct render_of *of, const struct mitigation *m,
    struct diag *reterr)
{
	bool over = !render_stands(of->settings, of->router, m, of->now);
	struct gathering g = { .m = m };
	struct kept *k = NULL;
	int err = over ? 0 : line_check(m, reterr);

	if (err != 0)
		return err;
	if (!over)
		err = render_each(of->settings, of->router, m, gather, &g);
	if (err == 0) {
		join_pieces(&g);
		k = kept_new(m, &g, r->round);
	}
	for (unsigned i = 0; i < g.n; i++)
		free(g.items[i].piece);
	free(g.items);
	if (k == NULL)
		return diag_set(reterr, -ENOMEM, "no memory");
	k->over = m->until.ms <= of->now.ms;
	*ret = k;
	return 0;
}

/* ---- the ledger, beside what was rendered -------------------------------- */

static bool
as_it_was(const struct kept *k, const struct mitigation *m, wall_t now)
{
	/*
	 * equal bytes are equal values; what differs beside them is rendered once more than it need
	 * be
	 */
	return k->until.ms == m->until.ms && k->via == m->via &&
	    k->over == (m->until.ms <= now.ms) && memcmp(&k->rule, &m->rule, sizeof(k->rule)) == 0;
}

/* Both are in the order of announcing: who is not behind `at` is new, as are all after him. */
static struct kept *
find(const struct rendered *r, unsigned *at, const struct mitigation *m, wall_t now)
{
	while (*at < r->kept_n) {
		struct kept *k = r->kept[(*at)++];

		if (strcmp(k->id, m->id) == 0)
			return as_it_was(k, m, now) ? k : NULL;
	}
	return NULL;
}

/*
 * In ret, room for the ledger: what stands, and what is new of it; *ret_n of them also when it
 * fails.
 */
static int
see_ledger(struct rendered *r, const struct render_of *of, struct kept **ret, unsigned *ret_n,
    struct diag *reterr)
{
	unsigned at = 0;
	int err;

	for (*ret_n = 0; *ret_n < of->ledger->n; (*ret_n)++) {
		const struct mitigation *m = of->ledger->all[*ret_n];
		struct kept *k = find(r, &at, m, of->now);

		if (k == NULL) {
			err = make(&k, r, of, m, reterr);
			if (err != 0)
				return err;
		}
		k->seen = r->round;
		ret[*ret_n] = k;
	}
	return 0;
}

/* ---- the order of the text ----------------------------------------------- */

static int
in_order(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
	int c = rule_cmp(x->part.rule, y->part.rule);

	return c != 0 ? c : strcmp(x->part.id, y->part.id);
}

struct merging {
	struct item **all;
	unsigned n;
	bool torn;		/* what comes next did not come next before */
};

static void
append(struct merging *m, struct item *i)
{
	if (m->torn)
		i->joined =
		    m->n > 0 && rule_same_network(m->all[m->n - 1]->part.rule, i->part.rule);
	m->all[m->n++] = i;
}

/* Those of before that still stand, up to `to`. */
static void
append_old(struct merging *m, const struct rendered *r, unsigned from, unsigned to)
{
	for (; from < to; from++) {
		if (r->items[from]->of->seen != r->round) {
			m->torn = true;
			continue;
		}
		append(m, r->items[from]);
		m->torn = false;
	}
}

/* The first of before that sorts behind it. */
static unsigned
place_of(const struct rendered *r, unsigned from, struct item *i)
{
	unsigned to = r->items_n;

	while (from < to) {
		unsigned middle = from + (to - from) / 2;

		if (in_order(&r->items[middle], &i) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static unsigned
fresh_items(const struct rendered *r, struct kept *const *kept, unsigned kept_n, struct item **ret)
{
	unsigned n = 0;

	for (unsigned i = 0; i < kept_n; i++)
		for (unsigned k = 0; kept[i]->born == r->round && k < kept[i]->n; k++)
			ret[n++] = &kept[i]->items[k];
	if (n > 1)
		qsort(ret, n, sizeof(struct item *), in_order);
	return n;
}

static int
merge(struct rendered *r, struct kept *const *kept, unsigned kept_n)
{
	struct merging m = { .torn = true };
	struct item **fresh;
	unsigned n = 0, at = 0;

	for (unsigned i = 0; i < kept_n; i++)
		n += kept[i]->n;
	m.all = calloc((size_t)n + 1, sizeof(struct item *));
	fresh = calloc((size_t)n + 1, sizeof(struct item *));
	if (m.all == NULL || fresh == NULL) {
		free(m.all);
		free(fresh);
		return -ENOMEM;
	}
	n = fresh_items(r, kept, kept_n, fresh);
	for (unsigned i = 0; i < n; i++) {
		unsigned to = place_of(r, at, fresh[i]);

		append_old(&m, r, at, to);
		at = to;
		m.torn = true;
		append(&m, fresh[i]);
	}
	append_old(&m, r, at, r->items_n);
	free(fresh);
	free(r->items);
	r->items = m.all;
	r->items_n = m.n;
	return 0;
}

/* The line of one network has room for FRAGMENT_OWNERS_MAX. */
static int
count(struct rendered *r, struct diag *reterr)
{
	unsigned parts = 0;

	memset(r->ends, 0, sizeof(r->ends));
	for (unsigned i = 0; i < r->items_n; i++) {
		parts = r->items[i]->joined ? parts + 1 : 1;
		if (parts > FRAGMENT_OWNERS_MAX)
			return diag_set(reterr, -EINVAL,
			    "%s: more than %d mitigations of one network", r->items[i]->part.id,
			    FRAGMENT_OWNERS_MAX);
		r->ends[r->items[i]->section] = i + 1;
	}
	for (unsigned i = 1; i < SECTION_N; i++)
		r->ends[i] = r->ends[i] != 0 ? r->ends[i] : r->ends[i - 1];
	return 0;
}

static void
take_over(struct rendered *r, struct kept **kept, unsigned n)
{
	for (unsigned i = 0; i < r->kept_n; i++)
		if (r->kept[i]->seen != r->round)
			kept_free(r->kept[i]);
	free(r->kept);
	r->kept = kept;
	r->kept_n = n;
	r->standing = 0;
	for (unsigned i = 0; i < n; i++)
		r->standing += kept[i]->n > 0;
}

int
rendered_see(struct rendered *r, const struct render_of *of, struct diag *reterr)
{
	struct kept **kept = calloc((size_t)of->ledger->n + 1, sizeof(struct kept *));
	unsigned n = 0;
	int err = kept == NULL ? -ENOMEM : basis_take(r, of);

	r->round++;
	if (err == 0)
		err = see_ledger(r, of, kept, &n, reterr);
	else
		diag_set(reterr, err, "no memory");
	if (err == 0 && merge(r, kept, n) != 0)
		err = diag_set(reterr, -ENOMEM, "no memory");
	if (err == 0) {
		take_over(r, kept, n);
		err = count(r, reterr);
	} else {
		for (unsigned i = 0; i < n; i++)
			if (kept[i]->born == r->round)
				kept_free(kept[i]);
		free(kept);
	}
	if (err != 0)
		rendered_fini(r);
	return err;
}

/* ---- the text ------------------------------------------------------------ */

/* What is copied in one go. */
struct run {
	size_t at, len;
};

static void
flush(struct text *out, const struct rendered *r, struct run *run)
{
	if (run->len > 0)
		text_addn(out, r->text.s + run->at, run->len);
	run->len = 0;
}

/* Of the n parts of a line: was it written of these, and nothing else? */
static bool
stands_written(const struct rendered *r, struct item *const *line, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (line[i]->of->born == r->round)
			return false;
	/* what was of this network stood in one line, so n of them are all of it */
	return line[0]->parts == n;
}

static int
write_anew(struct text *out, const struct render_of *of, struct item *const *line, unsigned n,
    struct diag *reterr)
{
	const struct line_part *parts[FRAGMENT_OWNERS_MAX];
	size_t before = out->len;
	int err;

	for (unsigned i = 0; i < n; i++) {
		parts[i] = &line[i]->part;
		line[i]->parts = 0;
	}
	err = line_write(out, of->settings, parts, n, reterr);
	line[0]->parts = n;
	line[0]->len = out->len - before;
	return err;
}

int
rendered_section(struct text *out, struct rendered *r, const struct render_of *of,
    enum section section, struct diag *reterr)
{
	struct run run = { 0 };
	int err = 0;

	for (unsigned i = section > 0 ? r->ends[section - 1] : 0, n;
	     i < r->ends[section] && err == 0; i += n) {
		struct item **line = &r->items[i];
		size_t at;

		for (n = 1; i + n < r->ends[section] && line[n]->joined; n++)
			;
		if (stands_written(r, line, n)) {
			if (line[0]->at != run.at + run.len)
				flush(out, r, &run);
			if (run.len == 0)
				run.at = line[0]->at;
			at = out->len + run.len;
			run.len += line[0]->len;
		} else {
			flush(out, r, &run);
			at = out->len;
			err = write_anew(out, of, line, n, reterr);
		}
		line[0]->at = at - r->text_at;
	}
	flush(out, r, &run);
	return err;
}

void
rendered_done(struct rendered *r, const struct text *out)
{
	text_clear(&r->text);
	text_addn(&r->text, out->s + r->text_at, out->len - r->text_at);
	if (!text_ok(&r->text))
		rendered_fini(r);
}
