/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/render.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bird/action.h"
#include "bird/fragment.h"
#include "model/flowspec.h"
#include "model/scope.h"

/* The sections of the frame, each exactly once in it. */
enum section { RTBH4, RTBH6, FLOWSPEC4, FLOWSPEC6, DIVERT4, DIVERT6, SOURCE4, SOURCE6, SECTION_N };

static const char *const sections[SECTION_N] = {
	"RTBH4", "RTBH6", "FLOWSPEC4", "FLOWSPEC6", "DIVERT4", "DIVERT6", "SOURCE4", "SOURCE6"
};

static unsigned
occurrences(const char *text, const char *name)
{
	char mark[32];
	unsigned n = 0;

	snprintf(mark, sizeof(mark), "\n@%s@\n", name);
	for (const char *p = text; (p = strstr(p, mark)) != NULL; p++)
		n++;
	return n;
}

int
render_frame(char **ret, const char *directory, struct diag *reterr)
{
	static const char last[] = "\ndefine SEAWALL_GEN = @GENERATION@;\n";
	char path[PATH_MAX_LEN + sizeof(RENDER_FRAME) + 1];
	char *text;
	size_t len;
	int err;

	snprintf(path, sizeof(path), "%s/%s", directory, RENDER_FRAME);
	err = file_slurp(&text, &len, path, RENDER_FRAME_MAX);
	if (err != 0)
		return diag_at(reterr, err, path, 0, "cannot read the frame of the fragment: %s",
		    strerror(-err));
	for (unsigned i = 0; i < SECTION_N && err == 0; i++)
		if (occurrences(text, sections[i]) != 1)
			err = diag_at(
			    reterr, -EINVAL, path, 0, "expected one line \"@%s@\"", sections[i]);
	if (err == 0 && (len < sizeof(last) || strcmp(text + len - sizeof(last) + 1, last) != 0))
		err = diag_at(reterr, -EINVAL, path, 0,
		    "its last line must be \"define SEAWALL_GEN = @GENERATION@;\"");
	if (err != 0) {
		free(text);
		return err;
	}
	*ret = text;
	return 0;
}

/* A session without what this needs would be sent nothing, or the wrong thing. */
static bool
can_carry(const struct settings *s, unsigned upstream, const struct rule *r)
{
	const struct upstream *u = &s->upstreams[upstream];

	switch (r->kind) {
	case RULE_RTBH:		/* never everywhere because its scope is not known */
		return scope_at(r->scopes, upstream) <= u->profile.scopes_n;
	case RULE_FLOWSPEC:
		return flowspec_pieces(NULL, r, u, NULL) > 0;
	case RULE_DIVERT:
		return u->profile.scrubs;
	case RULE_SOURCE:
		return settings_takes_route(&u->profile, RULE_SOURCE, &r->dst);
	default:
		return false;
	}
}

uint32_t
render_tags(const struct settings *s, unsigned router, const struct mitigation *m)
{
	uint32_t tags = 0;

	for (unsigned i = 0; i < s->upstreams_n; i++) {
		const struct upstream *u = &s->upstreams[i];

		if ((m->via >> i & 1) == 0 || u->router != router)
			continue;
		if (!can_carry(s, i, &m->rule))
			continue;
		tags |= UINT32_C(1) << i;
	}
	return tags;
}

bool
render_stands(const struct settings *s, unsigned router, const struct mitigation *m, wall_t now)
{
	return m->until.ms > now.ms && render_tags(s, router, m) != 0;
}

/* Pieces of one upstream; who else is sent the same ones makes no difference, lines of one network are joined. */
static int
each_piece(const struct upstream *u, const struct mitigation *m, uint32_t tag, render_see *see, void *ctx)
{
	struct rule *pieces = calloc(FLOWSPEC_PIECES_MAX, sizeof(*pieces));
	int n = pieces != NULL ? flowspec_pieces(pieces, &m->rule, u, NULL) : 0;
	int err = pieces != NULL ? 0 : -ENOMEM;

	for (int i = 0; i < n && err == 0; i++)
		err = see(ctx, &pieces[i], tag);
	free(pieces);
	return err;
}

int
render_each(const struct settings *s, unsigned router, const struct mitigation *m, render_see *see, void *ctx)
{
	uint32_t whole = render_tags(s, router, m), cut = 0;
	int err = 0;

	for (unsigned i = 0; i < s->upstreams_n && m->rule.kind == RULE_FLOWSPEC; i++)
		if ((whole >> i & 1) != 0 && flowspec_pieces(NULL, &m->rule, &s->upstreams[i], NULL) > 1)
			cut |= UINT32_C(1) << i;
	whole &= ~cut;
	if (whole != 0)
		err = see(ctx, &m->rule, whole);
	for (unsigned i = 0; i < s->upstreams_n && err == 0; i++)
		if ((cut >> i & 1) != 0)
			err = each_piece(&s->upstreams[i], m, UINT32_C(1) << i, see, ctx);
	return err;
}

/* Does the text from `at` on say this rule, to somebody who knows nothing else? */
static bool
says(const struct text *out, size_t at, const struct rule *r)
{
	struct rule said;

	if (!text_ok(out))
		return true;	/* told at the end */
	if (rule_parse(&said, out->s + at, NULL) != 0)
		return false;
	if (r->kind != RULE_FLOWSPEC)
		return prefix_eq(&said.dst, &r->dst);
	return rule_same_network(&said, r);
}

/* FRAGMENT_ID_CHARS, without the table that strspn(3) makes of them each time. */
static bool
id_ok(const char *id)
{
	const char *p = id;

	while ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9'))
		p++;
	return p != id && (*p == '\0' || strspn(p, FRAGMENT_ID_CHARS) == strlen(p));
}

/* What canonical rules already promise, asked again: one line BIRD refuses would hold up all
 * others. */
static int
check(const struct mitigation *m, struct diag *reterr)
{
	struct rule r = m->rule;
	struct diag why;

	if (!id_ok(m->id))
		return diag_set(reterr, -EINVAL, "the id \"%s\" cannot be written", m->id);
	if (rule_canon(&r, &why) != 0)
		return diag_set(reterr, -EINVAL, "%s: %s", m->id, why.say);
	if (!rule_eq(&r, &m->rule))
		return diag_set(reterr, -EINVAL, "%s: the rule is not canonical", m->id);
	if (r.kind == RULE_FLOWSPEC && r.dst.len == 0)
		return diag_set(reterr, -EINVAL, "%s: a FlowSpec rule needs a destination", m->id);
	return 0;
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

/* One rule of one mitigation, for some of its upstreams. */
struct item {
	const struct rule *rule;
	struct rule *piece;		/* owned; NULL: the rule is the mitigation's own */
	const struct mitigation *m;
	uint32_t tags;
};

struct items {
	const struct render_of *of;
	const struct mitigation *m;	/* whose are being added */
	unsigned n, room, mitigations;
	struct item *all;
};

static int
add_item(void *ctx, const struct rule *r, uint32_t tags)
{
	struct items *l = ctx;
	struct item *i, *bigger;

	if (l->n == l->room) {
		l->room = l->room != 0 ? l->room * 2 : l->of->ledger->n + 64;
		bigger = realloc(l->all, l->room * sizeof(*bigger));
		if (bigger == NULL)
			return -ENOMEM;
		l->all = bigger;
	}
	i = &l->all[l->n];
	*i = (struct item){ .rule = r, .m = l->m, .tags = tags };
	if (r != &l->m->rule) {
		i->rule = i->piece = malloc(sizeof(*r));
		if (i->piece == NULL)
			return -ENOMEM;
		*i->piece = *r;
	}
	l->n++;
	return 0;
}

static void
items_free(struct items *l)
{
	for (unsigned i = 0; i < l->n; i++)
		free(l->all[i].piece);
	free(l->all);
}

static int
by_rule(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c = rule_cmp(x->rule, y->rule);

	return c != 0 ? c : strcmp(x->m->id, y->m->id);
}

/* Everywhere, when one of the owners asks for that; 0 of them: the upstream is not meant. */
static bool
scope_there(const struct item *m, unsigned n, unsigned upstream, unsigned *ret)
{
	bool meant = false;

	for (unsigned i = 0; i < n; i++) {
		unsigned scope = scope_at(m[i].rule->scopes, upstream);

		if ((m[i].tags >> upstream & 1) == 0)
			continue;
		if (!meant || scope == SCOPE_EVERYWHERE)
			*ret = scope;
		meant = true;
	}
	return meant;
}

/* Sorted by action: the first asks for the least. */
static int
line_text(struct text *out, const struct settings *s, const struct item *m, unsigned n)
{
	const struct rule *r = m[0].rule;
	unsigned scope;
	bool same;
	size_t at;

	text_add(out, "\troute ");
	at = out->len;
	rule_bird(out, r);
	same = says(out, at, r);
	text_add(out, fragment_forms[r->kind].open);
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (scope_there(m, n, i, &scope))
			fragment_tag(out, r->kind, s->upstreams[i].number, scope);
	at = out->len;
	if (r->kind == RULE_FLOWSPEC) {
		action_text(out, r);
		same &= !text_ok(out) || action_says(out->s + at, r);
	}
	text_add(out, " };");
	return same ? 0 : -EBADMSG;
}

int
render_line(struct text *out, const struct settings *s, const struct rule *r, uint32_t tags)
{
	const struct item one = { .rule = r, .tags = tags };

	return line_text(out, s, &one, 1);
}

/* Who asked for what, to when: all that strip needs, in the line itself. */
static void
trailer(struct text *out, const struct settings *s, const struct item *m, unsigned n)
{
	char buf[WALL_STRLEN];

	for (unsigned i = 0; i < n; i++) {
		const char *before = " via ";

		text_printf(out, "%s%s until %s", i == 0 ? " # " : "; ", m[i].m->id,
		    wall_str(m[i].m->until, buf));
		for (unsigned u = 0; n > 1 && u < s->upstreams_n; u++) {
			if ((m[i].tags >> u & 1) == 0)
				continue;
			text_printf(out, "%s%u", before, s->upstreams[u].number);
			if (scope_at(m[i].rule->scopes, u) != SCOPE_EVERYWHERE)
				text_printf(out, ":%u", scope_at(m[i].rule->scopes, u));
			before = ",";
		}
	}
	text_add(out, "\n");
}

/* The rules of one network, n >= 1, make one line with all their tags: a second one BIRD would ignore. */
static int
network_line(struct text *out, const struct render_of *of, const struct item *m, unsigned n,
    struct diag *reterr)
{
	if (line_text(out, of->settings, m, n) != 0)
		return diag_set(reterr, -EINVAL, "%s: what would be written does not say the rule", m[0].m->id);
	trailer(out, of->settings, m, n);
	return 0;
}

static int
section_text(struct text *out, const struct items *l, enum section want, struct diag *reterr)
{
	int err = 0;

	for (unsigned i = 0, j; i < l->n && err == 0; i = j) {
		j = i + 1;
		if (section_of(l->all[i].rule) != want)
			continue;
		while (j < l->n && rule_same_network(l->all[i].rule, l->all[j].rule))
			j++;
		err = network_line(out, l->of, l->all + i, j - i, reterr);
	}
	return err;
}

/* Sorted, and each mitigation once in a network, though two of its upstreams have the same piece. */
static void
items_sort(struct items *l)
{
	unsigned n = 0;

	if (l->n > 1)
		qsort(l->all, l->n, sizeof(*l->all), by_rule);
	for (unsigned i = 0; i < l->n; i++) {
		struct item *last = n > 0 ? &l->all[n - 1] : NULL;

		if (last != NULL && last->m == l->all[i].m && rule_eq(last->rule, l->all[i].rule)) {
			last->tags |= l->all[i].tags;
			free(l->all[i].piece);
		} else {
			l->all[n++] = l->all[i];
		}
	}
	l->n = n;
}

/* The line of one network has room for FRAGMENT_OWNERS_MAX. */
static int
check_owners(const struct items *l, struct diag *reterr)
{
	for (unsigned i = FRAGMENT_OWNERS_MAX; i < l->n; i++)
		if (rule_same_network(l->all[i].rule, l->all[i - FRAGMENT_OWNERS_MAX].rule))
			return diag_set(reterr, -EINVAL,
			    "%s: more than %d mitigations of one network", l->all[i].m->id,
			    FRAGMENT_OWNERS_MAX);
	return 0;
}

static void
value_text(struct text *out, const struct render_of *of, const char *name, size_t len, unsigned n)
{
	char buf[WALL_STRLEN];

	if (len == 6 && memcmp(name, "ROUTER", len) == 0)
		text_add(out, of->settings->routers[of->router].name);
	else if (len == 10 && memcmp(name, "GENERATION", len) == 0)
		text_printf(out, "%llu", (unsigned long long)of->generation);
	else if (len == 4 && memcmp(name, "TIME", len) == 0)
		text_add(out, wall_str(of->now, buf));
	else if (len == 5 && memcmp(name, "COUNT", len) == 0)
		text_printf(out, "%u", n);
	else
		text_addn(out, name - 1, len + 2);	/* not ours: as it stands */
}

static int
section_named(const char *name, size_t len)
{
	for (int i = 0; i < SECTION_N; i++)
		if (strlen(sections[i]) == len && memcmp(sections[i], name, len) == 0)
			return i;
	return -1;
}

/* Copies the frame, putting in what stands between two @. */
static int
fill(struct text *out, const struct items *l, struct diag *reterr)
{
	const char *p = l->of->frame;
	int err = 0;

	while (err == 0) {
		const char *open = strchr(p, '@'), *end;
		int section;

		if (open == NULL)
			break;
		text_addn(out, p, (size_t)(open - p));
		end = open + 1 + strspn(open + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
		if (*end != '@') {
			text_addn(out, open, (size_t)(end - open));
			p = end;
			continue;
		}
		section = section_named(open + 1, (size_t)(end - open - 1));
		p = end + 1;
		if (section < 0) {
			value_text(out, l->of, open + 1, (size_t)(end - open - 1), l->mitigations);
			continue;
		}
		err = section_text(out, l, (enum section)section, reterr);
		p += *p == '\n';
	}
	text_add(out, p);
	return err;
}

int
render_fragment(struct text *out, const struct render_of *of, struct diag *reterr)
{
	struct items l = { .of = of };
	int err = 0;

	for (unsigned i = 0; i < of->ledger->n && err == 0; i++) {
		l.m = of->ledger->all[i];
		if (!render_stands(of->settings, of->router, l.m, of->now))
			continue;
		l.mitigations++;
		err = check(l.m, reterr);
		if (err == 0 && render_each(of->settings, of->router, l.m, add_item, &l) != 0)
			err = diag_set(reterr, -ENOMEM, "no memory");
	}
	if (err != 0)
		goto out;

	items_sort(&l);
	err = check_owners(&l, reterr);
	if (err == 0)
		err = fill(out, &l, reterr);
	if (err == 0 && !text_ok(out))
		err = diag_set(
		    reterr, -EFBIG, "the fragment would be longer than %zu bytes", out->limit);
out:
	items_free(&l);
	return err;
}
