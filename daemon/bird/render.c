/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/render.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bird/action.h"
#include "bird/fragment.h"

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
can_carry(const struct upstream *u, const struct rule *r)
{
	switch (r->kind) {
	case RULE_FLOWSPEC:
		return u->flowspec;
	case RULE_DIVERT:
		return u->profile.scrubs;
	case RULE_SOURCE:
		return settings_takes_route(&u->profile, RULE_SOURCE, &r->dst);
	default:
		return true;
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
		if (!can_carry(u, &m->rule))
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

void
render_line(struct text *out, const struct settings *s, const struct rule *r, uint32_t tags)
{
	const struct fragment_form *form = &fragment_forms[r->kind];

	text_add(out, "\troute ");
	rule_bird(out, r);
	text_add(out, form->open);
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (tags >> i & 1)
			text_printf(out, " %s(%u);", form->macro, s->upstreams[i].number);
	if (r->kind == RULE_FLOWSPEC)
		action_text(out, r);
	text_add(out, " };");
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

static int
by_rule(const void *a, const void *b)
{
	const struct mitigation *x = *(struct mitigation *const *)a,
				*y = *(struct mitigation *const *)b;
	int c = rule_cmp(&x->rule, &y->rule);

	return c != 0 ? c : strcmp(x->id, y->id);
}

/* Who asked for what, to when: all that strip needs, in the line itself. */
static void
trailer(struct text *out, const struct render_of *of, struct mitigation *const *m, unsigned n)
{
	char buf[WALL_STRLEN];

	for (unsigned i = 0; i < n; i++) {
		uint32_t tags = render_tags(of->settings, of->router, m[i]);
		const char *before = " via ";

		text_printf(out, "%s%s until %s", i == 0 ? " # " : "; ", m[i]->id,
		    wall_str(m[i]->until, buf));
		for (unsigned u = 0; n > 1 && u < of->settings->upstreams_n; u++) {
			if ((tags >> u & 1) == 0)
				continue;
			text_printf(out, "%s%u", before, of->settings->upstreams[u].number);
			before = ",";
		}
	}
	text_add(out, "\n");
}

/* The mitigations of one network, n >= 1, make one line with all their tags: a second one BIRD
 * would ignore. */
static void
network_line(struct text *out, const struct render_of *of, struct mitigation *const *m, unsigned n)
{
	uint32_t tags = 0;

	for (unsigned i = 0; i < n; i++)
		tags |= render_tags(of->settings, of->router, m[i]);
	/* sorted by rate: the first asks for the least */
	render_line(out, of->settings, &m[0]->rule, tags);
	trailer(out, of, m, n);
}

static void
section_text(struct text *out, const struct render_of *of, struct mitigation *const *all,
    unsigned n, enum section want)
{
	for (unsigned i = 0, j; i < n; i = j) {
		j = i + 1;
		if (section_of(&all[i]->rule) != want)
			continue;
		while (j < n && rule_same_network(&all[i]->rule, &all[j]->rule))
			j++;
		network_line(out, of, all + i, j - i);
	}
}

/* The line of one network has room for FRAGMENT_OWNERS_MAX. */
static int
check_owners(struct mitigation *const *all, unsigned n, struct diag *reterr)
{
	for (unsigned i = FRAGMENT_OWNERS_MAX; i < n; i++)
		if (rule_same_network(&all[i]->rule, &all[i - FRAGMENT_OWNERS_MAX]->rule))
			return diag_set(reterr, -EINVAL,
			    "%s: more than %d mitigations of one network", all[i]->id,
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
static void
fill(struct text *out, const struct render_of *of, struct mitigation *const *all, unsigned n)
{
	const char *p = of->frame;

	for (;;) {
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
			value_text(out, of, open + 1, (size_t)(end - open - 1), n);
			continue;
		}
		section_text(out, of, all, n, (enum section)section);
		p += *p == '\n';
	}
	text_add(out, p);
}

int
render_fragment(struct text *out, const struct render_of *of, struct diag *reterr)
{
	struct mitigation **all = calloc(of->ledger->n + 1, sizeof(struct mitigation *));
	unsigned n = 0;
	int err = all == NULL ? diag_set(reterr, -ENOMEM, "no memory") : 0;

	for (unsigned i = 0; i < of->ledger->n && err == 0; i++) {
		struct mitigation *m = of->ledger->all[i];

		if (!render_stands(of->settings, of->router, m, of->now))
			continue;
		all[n++] = m;
		err = check(m, reterr);
	}
	if (err != 0)
		goto out;

	qsort(all, n, sizeof(*all), by_rule);
	err = check_owners(all, n, reterr);
	if (err != 0)
		goto out;
	fill(out, of, all, n);
	if (!text_ok(out))
		err = diag_set(
		    reterr, -EFBIG, "the fragment would be longer than %zu bytes", out->limit);
out:
	free(all);
	return err;
}
