/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bird/internal.h"

#define CODE_VERSION 1000
#define CODE_ROUTER_ID 1011
#define CODE_PROTOCOL 1002
#define CODE_DETAILS 1006
#define CODE_ROUTE 1007
#define ROUTER_ID "Router ID is "

/* The first word; false: it is longer than any name that we can use. */
static bool
word(char ret[static NAME_MAX_LEN], const char *text)
{
	size_t n = strcspn(text, " \t");

	if (n == 0 || n >= NAME_MAX_LEN)
		return false;
	memcpy(ret, text, n);
	ret[n] = '\0';
	return true;
}

/* An address or prefix up to a blank; family 0: none. */
static struct prefix
prefix_word(const char *text, size_t n)
{
	char buf[PREFIX_STRLEN];
	struct prefix p;

	if (n == 0 || n >= sizeof(buf))
		return (struct prefix){ 0 };
	memcpy(buf, text, n);
	buf[n] = '\0';
	return prefix_parse(&p, buf) == 0 ? p : (struct prefix){ 0 };
}

void
survey_status(struct survey *s, unsigned code, const char *text)
{
	if (code == CODE_VERSION)
		snprintf(s->version, sizeof(s->version), "%s", text);
	else if (code == CODE_ROUTER_ID && strncmp(text, ROUTER_ID, sizeof(ROUTER_ID) - 1) == 0)
		snprintf(s->router_id, sizeof(s->router_id), "%s", text + sizeof(ROUTER_ID) - 1);
}

/* ---- protocols ----------------------------------------------------------- */

static void
begin_session(struct survey *s, const char *name)
{
	if (s->sessions_n == SURVEY_SESSIONS_MAX) {
		s->left_out++;
		return;
	}
	s->at = &s->sessions[s->sessions_n++];
	*s->at = (struct survey_session){ .state = "down" };
	snprintf(s->at->name, sizeof(s->at->name), "%s", name);
}

static void
begin_static(struct survey *s, const char *name)
{
	if (s->statics_n == SURVEY_STATICS_MAX) {
		s->left_out++;
		return;
	}
	s->at_static = &s->statics[s->statics_n++];
	*s->at_static = (struct survey_static){ 0 };
	snprintf(s->at_static->name, sizeof(s->at_static->name), "%s", name);
}

/* "transit_a  BGP        ---        up     16:50:54.439  Established" */
static void
begin_protocol(struct survey *s, const char *text)
{
	char name[NAME_MAX_LEN], type[NAME_MAX_LEN];

	s->at = NULL;
	s->at_static = NULL;
	s->channel = NULL;
	if (!word(name, text)) {
		s->left_out++;
		return;
	}
	text += strlen(name);
	if (!word(type, text + strspn(text, " ")))
		return;
	if (strcmp(type, "BGP") == 0)
		begin_session(s, name);
	else if (strcmp(type, "Static") == 0 && strncmp(name, "seawall_", 8) != 0)
		begin_static(s, name);
}

static void
begin_channel(struct survey *s, const char *name)
{
	static const char *const names[CHANNEL_N] = { "ipv4", "ipv6", "flow4", "flow6" };

	s->channel = NULL;
	for (unsigned i = 0; i < CHANNEL_N && s->at != NULL; i++)
		if (strcmp(names[i], name) == 0) {
			s->channel = &s->at->channels[i];
			s->channel->there = true;
		}
}

/* "fe80::1%eth0" */
static void
neighbor(struct survey_session *at, const char *v)
{
	size_t n = strcspn(v, " \t%");

	at->neighbor = prefix_word(v, n);
	if (v[n] == '%')
		word(at->device, v + n + 1);
}

static void
session_line(struct survey_session *at, const char *text)
{
	const char *v;

	if ((v = peers_value(text, "BGP state")) != NULL)
		snprintf(at->state, sizeof(at->state), "%s", v);
	else if ((v = peers_value(text, "Neighbor address")) != NULL)
		neighbor(at, v);
	else if ((v = peers_value(text, "Neighbor range")) != NULL)
		at->range = true;
	else if ((v = peers_value(text, "Neighbor AS")) != NULL)
		at->remote_as = (uint32_t)strtoul(v, NULL, 10);
	else if ((v = peers_value(text, "Local AS")) != NULL)
		at->local_as = (uint32_t)strtoul(v, NULL, 10);
	else if ((v = peers_value(text, "Source address")) != NULL)
		at->source = prefix_word(v, strcspn(v, " \t%"));
	at->established = strcmp(at->state, "Established") == 0;
}

/* "2 imported, 1 exported, 0 preferred"; with "keep filtered" one word more. */
static unsigned
routes_of(const char *v, const char *what)
{
	const char *at = strstr(v, what);

	while (at != NULL && at > v && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return at != NULL ? (unsigned)strtoul(at, NULL, 10) : 0;
}

static void
channel_line(struct survey *s, const char *text)
{
	struct survey_channel *c = s->channel;
	const char *v;

	if ((v = peers_value(text, "State")) != NULL) {
		c->up = strcmp(v, "UP") == 0;
	} else if ((v = peers_value(text, "Table")) != NULL) {
		word(c->table, v);
		s->ours = s->ours || strncmp(c->table, "seawall", 7) == 0;
	} else if ((v = peers_value(text, "Routes")) != NULL) {
		c->imported = routes_of(v, " imported");
		c->exported = routes_of(v, " exported");
	} else if ((v = peers_value(text, "Output filter")) != NULL && v[0] != '(') {
		word(c->filter, v);
	}
}

void
survey_protocol(struct survey *s, unsigned code, const char *text)
{
	const char *v, *start = text + strspn(text, " \t");

	if (code == CODE_PROTOCOL)
		begin_protocol(s, text);
	if (code != CODE_DETAILS)
		return;
	if (strncmp(start, "Channel ", 8) == 0)
		begin_channel(s, start + 8);
	else if (s->channel != NULL)
		channel_line(s, text);
	else if (s->at != NULL)
		session_line(s->at, text);
	else if (s->at_static != NULL && (v = peers_value(text, "Routes")) != NULL)
		s->at_static->routes += routes_of(v, " imported");
}

bool
survey_external(const struct survey_session *s)
{
	return s->remote_as != 0 && s->remote_as != s->local_as && !s->range;
}

/* ---- routes -------------------------------------------------------------- */

/* The protocol of "  unreachable [own4 12:00:01.123 from 192.0.2.9] * (200)". */
static bool
route_protocol(char ret[static NAME_MAX_LEN], const char *text)
{
	const char *open = strchr(text, '[');

	return open != NULL && word(ret, open + 1) && strchr(ret, ']') == NULL;
}

void
survey_default(struct survey *s, unsigned code, const char *text)
{
	char name[NAME_MAX_LEN];

	if (code != CODE_ROUTE || !route_protocol(name, text))
		return;
	for (unsigned i = 0; i < s->sessions_n; i++)
		if (strcmp(s->sessions[i].name, name) == 0)
			s->sessions[i].gives_default = true;
}

static struct survey_route *
the_route(struct survey *s, const struct prefix *p)
{
	for (unsigned i = 0; i < s->routes_n; i++)
		if (prefix_eq(&s->routes[i].prefix, p))
			return &s->routes[i];
	if (s->routes_n == SURVEY_ROUTES_MAX) {
		s->left_out++;
		return NULL;
	}
	s->routes[s->routes_n] = (struct survey_route){ .prefix = *p };
	return &s->routes[s->routes_n++];
}

void
survey_route(struct survey *s, unsigned session, unsigned code, const char *text)
{
	char protocol[NAME_MAX_LEN];
	struct survey_route *r;
	struct prefix p;

	/* a continuation, a second route of the same, a heading, a rule */
	if (code != CODE_ROUTE || text[0] == ' ' || text[0] == '\t' ||
	    !route_protocol(protocol, text))
		return;
	p = prefix_word(text, strcspn(text, " \t"));
	if (p.family == 0 || p.len == 0 || strncmp(protocol, "seawall_", 8) == 0)
		return;
	r = the_route(s, &p);
	if (r == NULL)
		return;
	if (r->protocol[0] == '\0')
		memcpy(r->protocol, protocol, sizeof(r->protocol));
	if (session < SURVEY_SESSIONS_MAX)
		r->sent |= UINT32_C(1) << session;
}
