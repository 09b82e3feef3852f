/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each upstream is sent, read back from BIRD, and what stands in our tables that the ledger
 * does not know.  `exported` is what was sent, also after an operator's `configure soft`; `export`
 * only says what the filters of now would send.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "bird/internal.h"
#include "bird/render.h"
#include "bird/reply.h"

#define ROUTES "dest = RTD_BLACKHOLE || proto ~ \"seawall_dv*\" || proto ~ \"seawall_sr*\""
#define OURS " where " ROUTES " || net.type = NET_FLOW4 || net.type = NET_FLOW6"

static const char *const tables[TABLES_N] = {
	"show route table seawall4 where " ROUTES,
	"show route table seawall6 where " ROUTES,
	"show route table seawall_flow4",
	"show route table seawall_flow6"
};

void
readback_init(struct readback *r)
{
	netset_init(&r->printed);
	netset_init(&r->known);
	netset_init(&r->held);
}

void
readback_fini(struct readback *r)
{
	netset_fini(&r->printed);
	netset_fini(&r->known);
	netset_fini(&r->held);
}

/*
 * Every rule that a mitigation stands in BIRD as: its own, whether or not an upstream is sent it,
 * and its pieces.
 */
static void
each_network(const struct bird *b, const struct mitigation *m, render_see *see, void *ctx)
{
	see(ctx, &m->rule, 0);
	if (m->rule.kind == RULE_FLOWSPEC)
		render_each(b->settings, b->index, m, see, ctx);
}

struct knowing {
	struct netset *set;
	struct text t;
	size_t cut;		/* only texts longer than this, so far; 0: all, whole */
};

static int
know_network(void *ctx, const struct rule *r, uint32_t tags)
{
	struct knowing *k = ctx;

	(void)tags;
	text_clear(&k->t);
	network_text(&k->t, r);
	if (k->cut == 0)
		return netset_add(k->set, text_str(&k->t), false);
	if (k->t.len <= k->cut || !text_ok(&k->t))
		return 0;
	k->t.s[k->cut] = '\0';
	return netset_add(k->set, k->t.s, true);
}

static void
know_ledger(struct bird *b)
{
	struct knowing k = { .set = &b->rb.known };

	netset_clear(&b->rb.printed);
	b->rb.compared = b->rb.round;
	/* once in a round, unless the ledger changed meanwhile: six answers are compared with it */
	if (!b->rb.compared || (b->rb.knows && !b->rb.disturbed))
		return;
	b->rb.knows = true;
	netset_clear(&b->rb.known);
	text_init(&k.t, NETWORK_STRLEN * 4);
	for (unsigned i = 0; i < b->ledger->n; i++)
		each_network(b, b->ledger->all[i], know_network, &k);
	text_fini(&k.t);
}

/* BIRD's symbols: letters, digits and _, or anything else in quotes. */
void
readback_symbol(char *buf, size_t size, const char *name)
{
	bool plain = !isdigit((unsigned char)name[0]);

	for (const char *p = name; *p != '\0'; p++)
		plain = plain && (isalnum((unsigned char)*p) || *p == '_');
	snprintf(buf, size, plain ? "%s" : "'%s'", name);
}

void
readback_exported(struct bird *b)
{
	struct readback *r = &b->rb;
	char command[256], name[NAME_MAX_LEN + 2];

	r->upstream = (unsigned)__builtin_ctz(r->upstreams);
	if (marks_ask(b, &r->upstream))
		return;
	r->upstreams &= ~(UINT32_C(1) << r->upstream);
	know_ledger(b);
	readback_symbol(name, sizeof(name), b->settings->upstreams[r->upstream].protocol);
	snprintf(command, sizeof(command), "show route exported %s" OURS, name);
	bird_send(b, STEP_EXPORTED, command);
}

void
readback_table(struct bird *b)
{
	struct readback *r = &b->rb;

	r->table = (unsigned)__builtin_ctz(r->tables);
	r->tables &= r->tables - 1;
	know_ledger(b);
	bird_send(b, STEP_TABLE, tables[r->table]);
}

/* The first text cut at this length: the beginnings of all longer ones are known too. */
static void
know_beginnings(struct bird *b, size_t len)
{
	struct knowing k = { .set = &b->rb.known, .cut = len };

	for (unsigned i = 0; i < k.set->cuts_n; i++)
		if (k.set->cuts[i] == len)
			return;
	text_init(&k.t, NETWORK_STRLEN * 4);
	for (unsigned i = 0; i < b->ledger->n; i++)
		each_network(b, b->ledger->all[i], know_network, &k);
	text_fini(&k.t);
}

/* "  blackhole [seawall_bh4 10:01:02.345] * (200)": the word behind the bracket. */
static void
protocol_of(char *buf, size_t size, const char *line)
{
	const char *open = strchr(line, '[');
	size_t n = open != NULL ? strcspn(open + 1, " ]") : 0;

	snprintf(buf, size, "%.*s", (int)n, open != NULL ? open + 1 : "");
}

static void
note_ghost(struct bird *b, const struct network *net, const char *line)
{
	struct seen_ghost g = { 0 };

	snprintf(g.network, sizeof(g.network), "%s", net->text);
	protocol_of(g.protocol, sizeof(g.protocol), line);
	if (b->step == STEP_EXPORTED)
		g.exported = UINT32_C(1) << b->rb.upstream;
	reconcile_ghost(b, &g);
}

void
readback_line(struct bird *b, const char *text)
{
	struct readback *r = &b->rb;
	struct network net;

	if (!network_read(&net, text))
		return;
	netset_add(b->step == STEP_TABLE ? &r->held : &r->printed, net.text, net.cut);
	if (!r->compared)
		return;
	if (net.cut)
		know_beginnings(b, strlen(net.text));
	if (net.cut ? !netset_has_cut(&r->known, net.text) : !netset_find(&r->known, net.text))
		note_ghost(b, &net, text);
}

static unsigned *
counter(struct bird_upstream *up, enum rule_kind k)
{
	return k == RULE_FLOWSPEC ? &up->flowspec : k == RULE_SOURCE ? &up->sources : &up->rtbh;
}

struct finding {
	struct netset *in;
	uint32_t upstreams;	/* of which all are looked for */
	unsigned wanted, found;
	struct text t;
};

static int
find_network(void *ctx, const struct rule *r, uint32_t tags)
{
	struct finding *f = ctx;

	if ((tags & f->upstreams) == 0)
		return 0;
	text_clear(&f->t);
	network_text(&f->t, r);
	f->wanted++;
	f->found += netset_find(f->in, text_str(&f->t));
	return 0;
}

unsigned
readback_find(const struct bird *b, const struct mitigation *m, struct netset *in,
    uint32_t upstreams)
{
	struct finding f = { .in = in, .upstreams = upstreams };

	text_init(&f.t, NETWORK_STRLEN * 4);
	render_each(b->settings, b->index, m, find_network, &f);
	text_fini(&f.t);
	return f.found == f.wanted ? f.found : 0;
}

static enum bird_carried
carried(struct bird *b, const struct mitigation *m, unsigned rules)
{
	if (rules == 0)
		return BIRD_NOT_SENT;
	return marks_differ(b, m, b->rb.upstream) ? BIRD_SENT_OTHERWISE : BIRD_SENT;
}

static void
compare_upstream(struct bird *b, bool readable)
{
	struct bird_upstream *up = &b->upstreams[b->rb.upstream];
	uint32_t tag = UINT32_C(1) << b->rb.upstream;
	struct now now = clock_now();

	up->rtbh = up->flowspec = up->sources = 0;
	b->rb.lacking &= ~tag;
	/* by index: the callback may change the ledger */
	for (unsigned i = 0; i < b->ledger->n; i++) {
		struct mitigation *m = b->ledger->all[i];
		unsigned rules;

		if ((m->via & tag) == 0 || m->until.ms <= now.wall.ms)
			continue;
		rules = readable ? readback_find(b, m, &b->rb.printed, tag) : 0;
		*counter(up, m->rule.kind) += rules;
		if (rules == 0 && (render_tags(b->settings, b->index, m) & tag) != 0)
			b->rb.lacking |= tag;
		b->events->carried(b->ctx, b->index, b->rb.upstream, m->id, carried(b, m, rules),
		    now.wall);
	}
	up->read_back = now.wall;
	if (readable)
		rooms_settle(b, b->rb.upstream);
}

void
readback_done(struct bird *b, enum asking step, unsigned code)
{
	struct readback *r = &b->rb;

	/* an error is what BIRD says of a session that is down, or of a protocol it has not:
	 * nothing is sent */
	if (step == STEP_EXPORTED)
		compare_upstream(b, reply_ok(code));
	else
		r->unread |= !reply_ok(code);
	if (r->round && r->upstreams == 0 && r->tables == 0)
		reconcile_end(b);
}
