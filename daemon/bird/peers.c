/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `show interfaces` and `show protocols all`: our AS, the addresses of our sessions, and how they
 * are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bird/internal.h"

#define CODE_PROTOCOL 1002
#define CODE_DETAILS 1006

/* The value of "    Neighbor AS:      64502" when the line is about `name`, else NULL. */
const char *
peers_value(const char *text, const char *name)
{
	size_t n = strlen(name);

	text += strspn(text, " \t");
	if (strncmp(text, name, n) != 0 || text[n] != ':')
		return NULL;
	text += n + 1;
	return text + strspn(text, " \t");
}

/* An address, or a prefix, up to a blank, % (link-local) or parenthesis.  Family 0: none. */
static struct prefix
prefix_in(const char *text)
{
	char buf[PREFIX_STRLEN];
	struct prefix p = { 0 };
	size_t n = strcspn(text, " \t%(");

	if (n == 0 || n >= sizeof(buf))
		return p;
	memcpy(buf, text, n);
	buf[n] = '\0';
	if (prefix_parse(&p, buf) != 0)
		p = (struct prefix){ 0 };
	return p;
}

/* "\t192.0.2.2/24 (Preferred, scope univ)" */
void
peers_interface(struct bird *b, const char *text)
{
	struct peers *p = &b->peers;
	char buf[PREFIX_STRLEN];
	size_t n;
	struct local_address l;
	unsigned long len;

	if (text[0] != '\t' || p->locals_n == LOCALS_MAX)
		return;
	n = strcspn(text + 1, "/ ");
	if (text[1 + n] != '/' || n >= sizeof(buf))
		return;
	memcpy(buf, text + 1, n);
	buf[n] = '\0';
	len = strtoul(text + 2 + n, NULL, 10);
	if (prefix_parse(&l.address, buf) != 0 || len > prefix_bits(&l.address))
		return;
	l.net = prefix_of(l.address.family, l.address.addr, (unsigned)len);
	p->locals[p->locals_n++] = l;
}

void
peers_begin(struct bird *b)
{
	b->peers.at = (struct peer){ 0 };
	b->peers.reading = (struct us){ 0 };
	b->peers.seen = 0;
	b->peers.at.channel = -1;
	rooms_begin(b);
}

static int
upstream_of(const struct bird *b, const char *protocol)
{
	for (unsigned i = 0; i < b->settings->upstreams_n; i++)
		if (b->settings->upstreams[i].router == b->index &&
		    strcmp(b->settings->upstreams[i].protocol, protocol) == 0)
			return (int)i;
	return -1;
}

/* Sessions that a rule of ours could touch must be known; of the others, as many as fit. */
static void
add_session(struct bird *b, struct prefix p, bool ours)
{
	struct us *us = &b->peers.reading;

	if (p.family == 0)
		return;
	for (unsigned i = 0; i < us->sessions_n; i++)
		if (prefix_eq(&us->sessions[i], &p))
			return;
	if (us->sessions_n < SESSIONS_MAX)
		us->sessions[us->sessions_n++] = p;
	else if (ours || settings_own(b->settings, &p))
		us->overflow = true;
}

/* A session that is down does not say its own address: it is one on the neighbor's link. */
static void
add_local(struct bird *b, const struct peer *at, bool ours)
{
	if (at->source.family != 0) {
		add_session(b, at->source, ours);
		return;
	}
	for (unsigned i = 0; i < b->peers.locals_n && at->neighbor.family != 0; i++)
		if (prefix_covers(&b->peers.locals[i].net, &at->neighbor))
			add_session(b, b->peers.locals[i].address, ours);
}

static void
set_state(struct bird *b, unsigned upstream, bool established, const char *info)
{
	struct bird_upstream *up = &b->upstreams[upstream];
	bool same = up->known && up->established == established && strcmp(up->info, info) == 0;

	if (same)
		return;
	up->known = true;
	if (up->established != established || up->since.ms == 0)
		up->since = clock_now().wall;
	if (up->established != established)
		b->rb.upstreams |= UINT32_C(1) << upstream;
	up->established = established;
	snprintf(up->info, sizeof(up->info), "%s", info);
	/* while greeting, the connection's own news tells it */
	if (b->connected)
		b->events->state(b->ctx, b->index);
}

static void
peer_complete(struct bird *b)
{
	struct peer *at = &b->peers.at;
	int upstream = upstream_of(b, at->name);
	bool established = strcmp(at->info, "Established") == 0;
	char info[sizeof(at->info) + sizeof(at->error) + 4];

	if (!at->bgp)
		return;
	if (upstream >= 0)
		b->peers.seen |= UINT32_C(1) << upstream;
	if (at->asn != 0 && (upstream >= 0 || b->peers.reading.asn == 0))
		b->peers.reading.asn = at->asn;
	add_session(b, at->neighbor, upstream >= 0);
	add_local(b, at, upstream >= 0);
	if (upstream < 0)
		return;
	snprintf(info, sizeof(info), established || at->error[0] == '\0' ? "%s" : "%s (%s)",
	    at->info, at->error);
	rooms_complete(b, (unsigned)upstream, at);
	set_state(b, (unsigned)upstream, established, info);
}

/* "transit_a  BGP        ---        up     16:50:54.439  Established" begins a protocol. */
static void
protocol_begins(struct bird *b, const char *text)
{
	struct peer *at = &b->peers.at;
	size_t n = strcspn(text, " ");

	peer_complete(b);
	*at = (struct peer){ .channel = -1 };
	if (n >= sizeof(at->name))
		return;
	memcpy(at->name, text, n);
	text += n + strspn(text + n, " ");
	at->bgp = strncmp(text, "BGP ", 4) == 0;
	/* a protocol that is disabled says no BGP state */
	snprintf(at->info, sizeof(at->info), "down");
}

static void
detail(struct peer *at, const char *text)
{
	const char *v;

	if ((v = peers_value(text, "BGP state")) != NULL)
		snprintf(at->info, sizeof(at->info), "%s", v);
	else if ((v = peers_value(text, "Last error")) != NULL)
		snprintf(at->error, sizeof(at->error), "%s", v);
	else if ((v = peers_value(text, "Local AS")) != NULL)
		at->asn = (uint32_t)strtoul(v, NULL, 10);
	else if ((v = peers_value(text, "Source address")) != NULL)
		at->source = prefix_in(v);
	else if ((v = peers_value(text, "Neighbor address")) != NULL ||
	    (v = peers_value(text, "Neighbor range")) != NULL)
		at->neighbor = prefix_in(v);
}

void
peers_line(struct bird *b, unsigned code, const char *text)
{
	if (code == CODE_PROTOCOL) {
		protocol_begins(b, text);
	} else if (code == CODE_DETAILS) {
		detail(&b->peers.at, text);
		rooms_line(b, &b->peers.at, text);
	}
}

static bool
us_differ(const struct us *a, const struct us *b)
{
	if (a->asn != b->asn || a->sessions_n != b->sessions_n || a->overflow != b->overflow)
		return true;
	for (unsigned i = 0; i < a->sessions_n; i++)
		if (!prefix_eq(&a->sessions[i], &b->sessions[i]))
			return true;
	return false;
}

void
peers_done(struct bird *b)
{
	uint32_t missing = bird_own_upstreams(b);
	bool news;

	peer_complete(b);
	b->peers.at = (struct peer){ 0 };
	missing &= ~b->peers.seen;
	for (unsigned i = 0; missing >> i != 0; i++)
		if (missing >> i & 1)
			set_state(b, i, false, "BIRD has no such protocol");
	news = b->connected && us_differ(&b->us, &b->peers.reading);
	b->us = b->peers.reading;
	rooms_roa_due(b);
	/* a router without BGP tells nothing of us */
	b->us_known = b->us.asn != 0;
	if (news)
		b->events->state(b->ctx, b->index);
}
