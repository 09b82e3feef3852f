/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/render.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bird/fragment.h"
#include "bird/line.h"
#include "bird/rendered.h"
#include "model/flowspec.h"
#include "model/scope.h"

/* Each exactly once in the frame. */
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
			err = diag_at(reterr, -EINVAL, path, 0, "expected one line \"@%s@\"",
			    sections[i]);
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

/*
 * Pieces of one upstream; who else is sent the same ones makes no difference, lines of one network
 * are joined.
 */
static int
each_piece(const struct upstream *u, const struct mitigation *m, uint32_t tag, render_see *see,
    void *ctx)
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
render_each(const struct settings *s, unsigned router, const struct mitigation *m, render_see *see,
    void *ctx)
{
	uint32_t whole = render_tags(s, router, m), cut = 0;
	int err = 0;

	for (unsigned i = 0; i < s->upstreams_n && m->rule.kind == RULE_FLOWSPEC; i++)
		if ((whole >> i & 1) != 0 &&
		    flowspec_pieces(NULL, &m->rule, &s->upstreams[i], NULL) > 1)
			cut |= UINT32_C(1) << i;
	whole &= ~cut;
	if (whole != 0)
		err = see(ctx, &m->rule, whole);
	for (unsigned i = 0; i < s->upstreams_n && err == 0; i++)
		if ((cut >> i & 1) != 0)
			err = each_piece(&s->upstreams[i], m, UINT32_C(1) << i, see, ctx);
	return err;
}

int
render_line(struct text *out, const struct settings *s, const struct rule *r, uint32_t tags)
{
	const struct line_part one = { .rule = r, .tags = tags }, *parts[] = { &one };

	return line_route(out, s, parts, 1);
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
fill(struct text *out, const struct render_of *of, struct rendered *r, struct diag *reterr)
{
	const char *p = of->frame;
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
			value_text(out, of, open + 1, (size_t)(end - open - 1), r->standing);
			continue;
		}
		err = rendered_section(out, r, of, (enum section)section, reterr);
		p += *p == '\n';
	}
	text_add(out, p);
	return err;
}

static int
render_with(struct text *out, const struct render_of *of, struct rendered *r, struct diag *reterr)
{
	int err = rendered_see(r, of, reterr);

	if (err != 0)
		return err;
	r->text_at = out->len;
	err = fill(out, of, r, reterr);
	if (err == 0 && !text_ok(out))
		err = diag_set(reterr, -EFBIG, "the fragment would be longer than %zu bytes",
		    out->limit);
	if (err == 0)
		rendered_done(r, out);
	else
		rendered_fini(r);
	return err;
}

int
render_fragment(struct text *out, const struct render_of *of, struct diag *reterr)
{
	struct rendered none;
	int err;

	if (of->last != NULL)
		return render_with(out, of, of->last, reterr);
	rendered_init(&none);
	err = render_with(out, of, &none, reterr);
	rendered_fini(&none);
	return err;
}
