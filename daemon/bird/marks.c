/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What our routes are sent with.  An export filter may let a blackhole out and leave off the
 * community that starts the dropping; then it is announced, and does nothing.  `exported` says only
 * which routes were sent; `export` runs the filters of now, and its `where` sees what they make of
 * a route.  So BIRD is asked for the few that are not as they should be, and seldom more than those
 * travel.
 */
#include <stdio.h>
#include <string.h>

#include "bird/internal.h"
#include "bird/render.h"
#include "bird/reply.h"
#include "model/nlri.h"
#include "model/scope.h"

#define EXT_COMMUNITY "BGP.ext_community"
#define EXT_STRLEN 48
/*
 * BIRD looks at each route of its tables, a whole Internet perhaps; it is kept busy for so much of
 * the time.
 */
#define OFTEN 50

/*
 * The first asks for the blackholes that do not drop everywhere, then one a part of the world, then
 * FlowSpec, then diversions that start no scrubbing and sources that are not dropped.
 */
enum {
	MARKS_ALL,
	MARKS_SCOPE,
	MARKS_FLOW = MARKS_SCOPE + SCOPES_MAX,
	MARKS_DIVERT,
	MARKS_SOURCE,
	MARKS_N
};

/* ---- the questions ------------------------------------------------------- */

static uint32_t
questions(const struct bird *b, unsigned upstream)
{
	const struct profile *p = &b->settings->upstreams[upstream].profile;
	uint32_t ask = 0;

	for (unsigned i = 0; i < b->ledger->n; i++) {
		const struct mitigation *m = b->ledger->all[i];
		unsigned scope = scope_at(m->rule.scopes, upstream);

		if ((m->via >> upstream & 1) == 0)
			continue;
		if (m->rule.kind == RULE_FLOWSPEC)
			ask |= 1u << MARKS_FLOW;
		if (m->rule.kind == RULE_DIVERT && p->divert_community[0] != '\0')
			ask |= 1u << MARKS_DIVERT;
		if (m->rule.kind == RULE_SOURCE && p->source_community[0] != '\0')
			ask |= 1u << MARKS_SOURCE;
		if (m->rule.kind == RULE_RTBH && p->community[0] != '\0')
			ask |= 1u << MARKS_ALL;
		if (m->rule.kind == RULE_RTBH && scope != SCOPE_EVERYWHERE &&
		    scope <= p->scopes_n && p->scopes[scope - 1].communities_n > 0)
			ask |= 1u << (MARKS_SCOPE + scope - 1);
	}
	return ask;
}

/* "64502:667" is "((64502,667) ~ bgp_community)", three numbers are a large one. */
static void
add_community(struct text *out, const char *community)
{
	unsigned parts = 1;

	text_add(out, "((");
	for (const char *p = community; *p != '\0'; p++) {
		parts += *p == ':';
		text_addn(out, *p == ':' ? "," : p, 1);
	}
	text_add(out, parts == 3 ? ") ~ bgp_large_community)" : ") ~ bgp_community)");
}

/* Those that lack what starts it. */
static void
ask_lacking(struct text *out, const char *dest, const char *community)
{
	text_printf(out, "dest = %s && ! ", dest);
	add_community(out, community);
}

static void
question(struct text *out, const struct bird *b, unsigned upstream, unsigned n)
{
	const struct upstream *u = &b->settings->upstreams[upstream];
	char name[NAME_MAX_LEN + 2];

	readback_symbol(name, sizeof(name), u->protocol);
	text_printf(out, "show route export %s where ", name);
	if (n == MARKS_FLOW) {
		/* RFC 8955 7.1, a rate of 0: what most rules do */
		text_add(out, "(net.type = NET_FLOW4 || net.type = NET_FLOW6) && "
		    "! ((generic, 0x80060000, 0x0) ~ bgp_ext_community) all");
		return;
	}
	if (n == MARKS_ALL)
		ask_lacking(out, "RTD_BLACKHOLE", u->profile.community);
	else if (n == MARKS_DIVERT)
		ask_lacking(out, "RTD_UNREACHABLE", u->profile.divert_community);
	else if (n == MARKS_SOURCE)
		ask_lacking(out, "RTD_PROHIBIT", u->profile.source_community);
	else
		text_add(out, "dest = RTD_BLACKHOLE && ");
	if (n < MARKS_SCOPE || n >= MARKS_FLOW)
		return;
	for (unsigned i = 0; i < u->profile.scopes[n - MARKS_SCOPE].communities_n; i++) {
		if (i > 0)
			text_add(out, " && ");
		add_community(out, u->profile.scopes[n - MARKS_SCOPE].communities[i]);
	}
}

static bool
begin(struct bird *b, unsigned upstream)
{
	struct marks *k = &b->marks;
	mono_t now = clock_now().mono;

	if (k->due[upstream].ns != 0 && mono_before(now, k->due[upstream]))
		return false;
	k->asking = questions(b, upstream);
	k->asked = k->asking;
	k->of = upstream;
	k->began = now;
	k->cut = SIZE_MAX;
	netset_clear(&k->said);
	return k->asking != 0;
}

bool
marks_ask(struct bird *b, unsigned *upstream)
{
	struct marks *k = &b->marks;
	struct text command;

	if (k->asking != 0) {
		*upstream = k->of;
	} else if (k->fresh && k->of == *upstream) {
		k->fresh = false;
		return false;
	} else if (!begin(b, *upstream)) {
		return false;
	}
	k->question = (unsigned)__builtin_ctz(k->asking);
	k->asking &= k->asking - 1;
	k->flow[0] = '\0';
	text_init(&command, COMMAND_MAX);
	question(&command, b, *upstream, k->question);
	bird_send(b, STEP_MARKS, text_str(&command));
	text_fini(&command);
	return true;
}

/* ---- the answers --------------------------------------------------------- */

static void
note(struct marks *k, const char *what, const char *network)
{
	char key[EXT_STRLEN + 1 + NETWORK_STRLEN];

	snprintf(key, sizeof(key), "%s %s", what, network);
	netset_add(&k->said, key, false);
}

static const char *
question_name(unsigned n, char buf[static 8])
{
	snprintf(buf, 8, "%u", n);
	return buf;
}

/* "BGP.ext_community: (generic, 0x80060000, 0x49742400) (rt, 64502, 7)", of the route above it. */
static void
note_communities(struct marks *k, const char *text)
{
	char one[EXT_STRLEN];

	while (k->flow[0] != '\0' && (text = strchr(text, '(')) != NULL) {
		size_t n = strcspn(text, ")");

		if (text[n] == '\0')
			return;
		snprintf(one, sizeof(one), "%.*s", (int)n + 1, text);
		note(k, one, k->flow);
		text += n;
	}
}

void
marks_line(struct bird *b, const char *text)
{
	struct marks *k = &b->marks;
	struct network net;
	char name[8];

	if (network_read(&net, text)) {
		k->flow[0] = '\0';
		/* of one that BIRD cut it is not known which it is */
		if (net.cut && strlen(net.text) < k->cut)
			k->cut = strlen(net.text);
		if (net.cut)
			return;
		note(k, question_name(k->question, name), net.text);
		memcpy(k->flow, net.text, sizeof(k->flow));
	} else if (peers_value(text, EXT_COMMUNITY) != NULL) {
		note_communities(k, text);
	}
}

/* ---- what is otherwise than it was asked for ----------------------------- */

struct judging {
	const struct bird *b;
	struct marks *marks;
	struct netset *wrong;	/* to be filled */
	unsigned upstream;
	bool found;
	struct text net;
};

static bool
was_said(struct judging *j, const char *what)
{
	char key[EXT_STRLEN + 1 + NETWORK_STRLEN];

	snprintf(key, sizeof(key), "%s %s", what, text_str(&j->net));
	return netset_count(&j->marks->said, key) > 0;
}

static bool
was_asked(const struct judging *j, unsigned question)
{
	return (j->marks->asked >> question & 1) != 0;
}

/* As BIRD prints it. */
static void
community_text(char buf[static EXT_STRLEN], const struct community *c)
{
	uint32_t ip = c->high << 16 | c->low >> 16;

	if (c->high >> 24 == 1)
		snprintf(buf, EXT_STRLEN, "(unknown 0x%x, %u.%u.%u.%u, %u)", c->high >> 16,
		    ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255, c->low & UINT16_MAX);
	else
		snprintf(buf, EXT_STRLEN, "(generic, 0x%x, 0x%x)", c->high, c->low);
}

static bool
flow_right(struct judging *j, const struct rule *r)
{
	struct community all[COMMUNITIES_MAX];
	unsigned n = communities_encode(all, r);
	char buf[EXT_STRLEN], name[8];
	bool listed;

	if (!was_asked(j, MARKS_FLOW) || j->net.len >= j->marks->cut)
		return true;
	listed = was_said(j, question_name(MARKS_FLOW, name));
	if (r->rate_bps == 0)
		return !listed;
	for (unsigned i = 0; i < n; i++) {
		community_text(buf, &all[i]);
		if (!was_said(j, buf))
			return false;
	}
	return listed;
}

static bool
blackhole_right(struct judging *j, const struct rule *r)
{
	unsigned scope = scope_at(r->scopes, j->upstream), part = MARKS_SCOPE + scope - 1;
	char name[8];

	if (was_asked(j, MARKS_ALL) &&
	    was_said(j, question_name(MARKS_ALL, name)) != (scope != SCOPE_EVERYWHERE))
		return false;
	return scope == SCOPE_EVERYWHERE || scope > SCOPES_MAX || !was_asked(j, part) ||
	    was_said(j, question_name(part, name));
}

static bool
starts(struct judging *j, unsigned question)
{
	char name[8];

	return !was_asked(j, question) || !was_said(j, question_name(question, name));
}

static int
judge(void *ctx, const struct rule *r, uint32_t tags)
{
	struct judging *j = ctx;
	bool right = true;

	if ((tags >> j->upstream & 1) == 0)
		return 0;
	text_clear(&j->net);
	network_text(&j->net, r);
	if (r->kind == RULE_FLOWSPEC)
		right = flow_right(j, r);
	else if (r->kind == RULE_RTBH)
		right = blackhole_right(j, r);
	else
		right = starts(j, r->kind == RULE_DIVERT ? MARKS_DIVERT : MARKS_SOURCE);
	return right ? 0 : netset_add(j->wrong, text_str(&j->net), false);
}

/* Who else wants a network that is wrong for somebody. */
static int
count_owner(void *ctx, const struct rule *r, uint32_t tags)
{
	struct judging *j = ctx;

	if ((tags >> j->upstream & 1) == 0)
		return 0;
	text_clear(&j->net);
	network_text(&j->net, r);
	if (netset_count(&j->marks->wrong[j->upstream], text_str(&j->net)) == 0)
		return 0;
	return netset_add(&j->marks->owners[j->upstream], text_str(&j->net), false);
}

static void
each_wanted(const struct bird *b, struct judging *j, render_see *see)
{
	wall_t now = clock_now().wall;

	text_init(&j->net, NETWORK_STRLEN * 4);
	for (unsigned i = 0; i < b->ledger->n; i++) {
		const struct mitigation *m = b->ledger->all[i];

		if ((m->via >> j->upstream & 1) != 0 && m->until.ms > now.ms)
			render_each(b->settings, b->index, m, see, j);
	}
	text_fini(&j->net);
}

static void
settle(struct bird *b)
{
	struct marks *k = &b->marks;
	struct netset *wrong = &k->wrong[k->of];
	struct judging j = { .b = b, .marks = k, .upstream = k->of, .wrong = wrong };
	mono_t now = clock_now().mono;
	bool was = wrong->n > 0;

	netset_clear(wrong);
	netset_clear(&k->owners[k->of]);
	each_wanted(b, &j, judge);
	if (wrong->n > 0)
		each_wanted(b, &j, count_owner);
	/* with `configure soft` the filter was mended, and what was sent before it was not */
	if (was && wrong->n == 0 && !b->dry_run)
		b->to_resend |= UINT32_C(1) << k->of;
	k->due[k->of] = mono_add_ms(now, OFTEN * mono_since_ms(now, k->began));
	k->fresh = true;
}

void
marks_done(struct bird *b, unsigned code)
{
	struct marks *k = &b->marks;

	/* so BIRD answers for a session that is down; what it would be sent is not known then */
	if (!reply_ok(code))
		k->asked &= ~(1u << k->question);
	if (k->asking == 0)
		settle(b);
}

static int
look(void *ctx, const struct rule *r, uint32_t tags)
{
	struct judging *j = ctx;
	unsigned wrong;

	if ((tags >> j->upstream & 1) == 0)
		return 0;
	text_clear(&j->net);
	network_text(&j->net, r);
	wrong = netset_count(&j->marks->wrong[j->upstream], text_str(&j->net));
	/* lines of one network are one route: it is as one of those asked who asked for it */
	j->found |=
	    wrong > 0 && wrong >= netset_count(&j->marks->owners[j->upstream], text_str(&j->net));
	return 0;
}

bool
marks_differ(struct bird *b, const struct mitigation *m, unsigned upstream)
{
	struct judging j = { .b = b, .marks = &b->marks, .upstream = upstream };

	if (b->marks.wrong[upstream].n == 0)
		return false;
	text_init(&j.net, NETWORK_STRLEN * 4);
	render_each(b->settings, b->index, m, look, &j);
	text_fini(&j.net);
	return j.found;
}

void
marks_again(struct bird *b)
{
	struct marks *k = &b->marks;

	k->asking = 0;
	k->fresh = false;
	for (unsigned i = 0; i < UPSTREAMS_MAX; i++)
		if (k->wrong[i].n > 0)
			k->due[i].ns = 0;
}

void
marks_closed(struct bird *b)
{
	marks_again(b);
	memset(b->marks.due, 0, sizeof(b->marks.due));
}

void
marks_init(struct marks *k)
{
	netset_init(&k->said);
	for (unsigned i = 0; i < UPSTREAMS_MAX; i++) {
		netset_init(&k->wrong[i]);
		netset_init(&k->owners[i]);
	}
}

void
marks_fini(struct marks *k)
{
	netset_fini(&k->said);
	for (unsigned i = 0; i < UPSTREAMS_MAX; i++) {
		netset_fini(&k->wrong[i]);
		netset_fini(&k->owners[i]);
	}
}
