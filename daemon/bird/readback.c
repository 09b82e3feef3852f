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

static void
know_ledger(struct bird *b)
{
	struct text t;

	netset_clear(&b->rb.printed);
	netset_clear(&b->rb.known);
	b->rb.compared = b->rb.round;
	if (!b->rb.compared)
		return;
	text_init(&t, NETWORK_STRLEN * 4);
	for (unsigned i = 0; i < b->ledger->n; i++) {
		text_clear(&t);
		network_text(&t, &b->ledger->all[i]->rule);
		netset_add(&b->rb.known, text_str(&t), false);
	}
	text_fini(&t);
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
	r->upstreams &= r->upstreams - 1;
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
	struct netset *known = &b->rb.known;
	struct text t;

	for (unsigned i = 0; i < known->cuts_n; i++)
		if (known->cuts[i] == len)
			return;
	text_init(&t, NETWORK_STRLEN * 4);
	for (unsigned i = 0; i < b->ledger->n; i++) {
		text_clear(&t);
		network_text(&t, &b->ledger->all[i]->rule);
		if (t.len <= len || !text_ok(&t))
			continue;
		t.s[len] = '\0';
		netset_add(known, t.s, true);
	}
	text_fini(&t);
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

static void
compare_upstream(struct bird *b, bool readable)
{
	struct bird_upstream *up = &b->upstreams[b->rb.upstream];
	struct now now = clock_now();
	struct text t;

	text_init(&t, NETWORK_STRLEN * 4);
	up->rtbh = up->flowspec = up->sources = 0;
	b->rb.lacking &= ~(UINT32_C(1) << b->rb.upstream);
	/* by index: the callback may change the ledger */
	for (unsigned i = 0; i < b->ledger->n; i++) {
		struct mitigation *m = b->ledger->all[i];
		bool carried;

		if ((m->via >> b->rb.upstream & 1) == 0 || m->until.ms <= now.wall.ms)
			continue;
		text_clear(&t);
		network_text(&t, &m->rule);
		carried = readable && netset_find(&b->rb.printed, text_str(&t));
		if (carried)
			*counter(up, m->rule.kind) += 1;
		else if (render_tags(b->settings, b->index, m) >> b->rb.upstream & 1)
			b->rb.lacking |= UINT32_C(1) << b->rb.upstream;
		b->events->carried(b->ctx, b->index, b->rb.upstream, m->id, carried, now.wall);
	}
	text_fini(&t);
	up->read_back = now.wall;
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
