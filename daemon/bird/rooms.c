/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How full the sessions are, and what RPKI says of us: from `show protocols all`, whose channels
 * say how many routes are exported, what BIRD's own limit is, and which tables hold ROAs; and from
 * those tables.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bird/internal.h"
#include "bird/reply.h"

#define PAIR_STRLEN (2 * PREFIX_STRLEN + 8)

/* "  Channel ipv4" begins one; the lines of it follow. */
static void
channel_begins(struct peer *at, const char *name)
{
	static const char *const names[CHANNEL_N] = { "ipv4", "ipv6", "flow4", "flow6" };

	at->channel = -1;
	at->roa = strcmp(name, "roa4") == 0 ? 4 : strcmp(name, "roa6") == 0 ? 6 : 0;
	for (int i = 0; i < CHANNEL_N; i++)
		if (strcmp(names[i], name) == 0)
			at->channel = i;
}

static bool
have_family(const struct settings *s, uint8_t family)
{
	for (unsigned i = 0; i < s->prefixes_n; i++)
		if (s->prefixes[i].family == family)
			return true;
	return false;
}

static void
add_roa_table(struct bird *b, const char *name, uint8_t family)
{
	struct rooms *r = &b->rooms;

	for (unsigned i = 0; i < r->tables_n; i++)
		if (strcmp(r->tables[i].name, name) == 0)
			return;
	if (r->tables_n == ROA_TABLES_MAX || strlen(name) >= NAME_MAX_LEN ||
	    !have_family(b->settings, family))
		return;
	strcpy(r->tables[r->tables_n].name, name);
	r->tables[r->tables_n++].family = family;
}

void
rooms_begin(struct bird *b)
{
	b->rooms.tables_n = 0;
	memset(b->rooms.tables, 0, sizeof(b->rooms.tables));
	b->rooms.generation = b->running;
}

void
rooms_line(struct bird *b, struct peer *at, const char *text)
{
	const char *v;

	text += strspn(text, " \t");
	if (strncmp(text, "Channel ", 8) == 0) {
		channel_begins(at, text + 8);
		return;
	}
	if ((v = peers_value(text, "Neighbor AS")) != NULL)
		at->remote = (uint32_t)strtoul(v, NULL, 10);
	if (at->roa != 0 && (v = peers_value(text, "Table")) != NULL)
		add_roa_table(b, v, at->roa);
	if (at->channel < 0)
		return;
	/* "Routes:  0 imported, 3 exported, 0 preferred"; with "keep filtered" one word more */
	if ((v = peers_value(text, "Routes")) != NULL && (v = strstr(v, " exported")) != NULL) {
		while (v[-1] >= '0' && v[-1] <= '9')
			v--;
		at->exported[at->channel] = (unsigned)strtoul(v, NULL, 10);
		at->counted[at->channel] = true;
	} else if ((v = peers_value(text, "Export limit")) != NULL) {
		at->limit[at->channel] = (unsigned)strtoul(v, NULL, 10);
	}
}

/* What the protocol's lines said is one of our upstreams'. */
void
rooms_complete(struct bird *b, unsigned upstream, const struct peer *at)
{
	for (unsigned c = 0; c < CHANNEL_N; c++) {
		struct channel_seen *seen = &b->rooms.seen[upstream][c];

		seen->counted = at->counted[c];
		seen->exported = at->exported[c];
		b->upstreams[upstream].rooms[c].limit = at->limit[c];
		/* who only looks knows no ledger: then none of it is ours */
		if (b->looking) {
			b->upstreams[upstream].rooms[c].known = at->counted[c];
			b->upstreams[upstream].rooms[c].others = at->exported[c];
		}
	}
	b->upstreams[upstream].asn = at->remote;
}

/*
 * What an upstream is sent was compared with the ledger: what is left of the count is not ours.
 * Only while BIRD runs what it ran when it counted; what is just coming or going is told by the
 * next round.
 */
void
rooms_settle(struct bird *b, unsigned upstream)
{
	unsigned ours[CHANNEL_N] = { 0 };

	if (b->tx.running || (b->work & WORK_APPLY) != 0 || b->rooms.generation != b->running)
		return;
	for (unsigned i = 0; i < b->ledger->n; i++) {
		struct mitigation *m = b->ledger->all[i];

		if ((m->via >> upstream & 1) && m->upstreams[upstream].exported.ms != 0)
			ours[settings_channel(m->rule.kind, m->rule.dst.family)] +=
			    mitigation_routes(m, b->settings, upstream);
	}
	for (unsigned c = 0; c < CHANNEL_N; c++) {
		const struct channel_seen *seen = &b->rooms.seen[upstream][c];
		struct channel_room *room = &b->upstreams[upstream].rooms[c];

		if (!seen->counted)
			continue;
		room->others = seen->exported > ours[c] ? seen->exported - ours[c] : 0;
		room->known = true;
	}
}

/* ---- RPKI ---------------------------------------------------------------- */

/* Once in ROA_EVERY_MS, and when other tables turned up. */
void
rooms_roa_due(struct bird *b)
{
	struct rooms *r = &b->rooms;
	mono_t now = clock_now().mono;
	bool same =
	    r->tables_n == r->asked_n && memcmp(r->tables, r->asked, sizeof(r->tables)) == 0;

	if (same && r->read.ns != 0 && mono_since_ms(now, r->read) < ROA_EVERY_MS)
		return;
	if (r->tables_n == 0)
		r->roas.known = false;
	memcpy(r->asked, r->tables, sizeof(r->asked));
	r->asked_n = r->tables_n;
	r->read = now;
	r->reading = (struct roas){ .known = true };
	r->table = r->prefix = 0;
	if (r->tables_n > 0)
		b->work |= WORK_ROA;
}

/* The next of our prefixes that the table is about; prefixes_n: there is no further one. */
static unsigned
next_prefix(const struct settings *s, unsigned from, uint8_t family)
{
	while (from < s->prefixes_n && s->prefixes[from].family != family)
		from++;
	return from;
}

/* The next command: ROAs that cover or lie in as many of our prefixes as a command has room for. */
void
rooms_roa_ask(struct bird *b)
{
	struct rooms *r = &b->rooms;
	const struct roa_table *table = &r->asked[r->table];
	const struct settings *s = b->settings;
	char command[COMMAND_MAX], name[NAME_MAX_LEN + 2], pair[PAIR_STRLEN], prefix[PREFIX_STRLEN];
	size_t n, first;

	readback_symbol(name, sizeof(name), table->name);
	n = first =
	    (size_t)snprintf(command, sizeof(command), "show route table %s where net ~ [", name);
	for (; (r->prefix = next_prefix(s, r->prefix, table->family)) < s->prefixes_n;
	     r->prefix++) {
		prefix_str(&s->prefixes[r->prefix], prefix);
		snprintf(pair, sizeof(pair), "%s %s-, %s+", n > first ? "," : "", prefix, prefix);
		if (n + strlen(pair) + sizeof(" ]") > sizeof(command))
			break;
		n += (size_t)snprintf(command + n, sizeof(command) - n, "%s", pair);
	}
	snprintf(command + n, sizeof(command) - n, " ]");
	if (r->prefix == s->prefixes_n) {
		r->prefix = 0;
		r->table++;
	}
	bird_send(b, STEP_ROA, command);
}

void
rooms_roa_line(struct bird *b, const char *text)
{
	struct roa roa;

	if (roa_read(&roa, text))
		roas_add(&b->rooms.reading, &roa);
}

void
rooms_roa_done(struct bird *b, unsigned code)
{
	struct rooms *r = &b->rooms;

	/* half of them would call valid what is invalid, or the other way round */
	if (!reply_ok(code))
		return;
	if (r->table < r->asked_n)
		b->work |= WORK_ROA;
	else
		r->roas = r->reading;
}

void
bird_fill(const struct bird *b, struct settings *s)
{
	s->routers[b->index].roas = b->rooms.roas;
	for (unsigned i = 0; i < s->upstreams_n; i++) {
		struct upstream *u = &s->upstreams[i];

		if (u->router != b->index)
			continue;
		memcpy(u->rooms, b->upstreams[i].rooms, sizeof(u->rooms));
		if (u->asn == 0)
			u->asn = b->upstreams[i].asn;
	}
}
