/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BIRD's side: what its configuration includes, and what a person adds to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "cli/compose.h"

/*
 * The macros that the fragment calls, but for our AS: bird-templates/bird.conf says what each is.
 */
static const char macros[] =
	"function sw_bh(int up) { bgp_large_community.add((%1$u, 666, up)); }\n"
	"function sw_bh_in(int up; int part) { bgp_large_community.add((%1$u, 670 + part, up)); }\n"
	"function sw_dv(int up) { bgp_large_community.add((%1$u, 668, up)); }\n"
	"function sw_sr(int up) { bgp_large_community.add((%1$u, 669, up)); }\n"
	"function sw_fs(int up) { bgp_large_community.add((%1$u, 667, up)); }\n"
	"function sw_fs_drop() { bgp_ext_community.add((generic, 0x80060000, 0x00000000)); }\n"
	"function sw_fs_rate(int bits) { bgp_ext_community.add((generic, 0x80060000, bits)); }\n"
	"function seawall_tagged() { return bgp_large_community ~ [(%1$u, 666..685, *)]; }\n";

/* As Seawall knows its tables, and where BIRD has routes of that kind unless told otherwise. */
static const struct {
	const char *name, *table, *pipe, *usual, *functions;
} kinds[CHANNEL_N] = {
	[CHANNEL_IPV4] = { "ipv4", "seawall4", "seawall_pipe4", "master4", "4" },
	[CHANNEL_IPV6] = { "ipv6", "seawall6", "seawall_pipe6", "master6", "6" },
	[CHANNEL_FLOW4] = { "flow4", "seawall_flow4", "seawall_pipe_flow4", NULL, "_flow4" },
	[CHANNEL_FLOW6] = { "flow6", "seawall_flow6", "seawall_pipe_flow6", NULL, "_flow6" },
};

/*
 * The table of a session that is to move to ours: the pipe has to bring what is in it, or all of it
 * is withdrawn.
 */
static const char *
stands_on(const struct chosen_upstream *u, unsigned kind)
{
	const struct survey_channel *ch = &u->session->channels[kind];

	if (!u->taken || !ch->there || ch->table[0] == '\0' ||
	    strncmp(ch->table, "seawall", 7) == 0)
		return NULL;
	return ch->table;
}

/* One table of ours takes from one of theirs: that of the first session; NULL: from none. */
static const char *
source(const struct chosen *c, unsigned kind)
{
	for (unsigned i = 0; i < c->upstreams_n; i++) {
		const char *table = stands_on(&c->upstreams[i], kind);

		if (table != NULL)
			return table;
	}
	return kinds[kind].usual;
}

static bool
stands_apart(const struct chosen *c, const struct chosen_upstream *u, unsigned kind)
{
	const char *table = stands_on(u, kind);

	return table != NULL && strcmp(table, source(c, kind)) != 0;
}

static void
tables(struct text *out, const struct chosen *c)
{
	compose_comment(out, "# ",
	    _("Tables of their own: a blackhole is for the upstream to drop, not for this router. The pipes bring what "
	      "the tables that the sessions stood on have to the upstreams, as before, and what these teach back."));
	for (unsigned k = 0; k < CHANNEL_N; k++)
		text_printf(out, "%s table %s;\n", kinds[k].name, kinds[k].table);
	for (unsigned k = 0; k < CHANNEL_N; k++)
		if (source(c, k) != NULL)
			text_printf(out,
			    "protocol pipe %s { table '%s'; peer table %s; import where source = RTS_BGP; export all; }\n",
			    kinds[k].pipe, source(c, k), kinds[k].table);
}

/* [ 192.0.2.0/24{24,32} ]; false: none of that family. */
static bool
prefix_set(struct text *out, const struct chosen *c, unsigned family, bool hosts)
{
	unsigned n = 0, full = family == 4 ? 32 : 128,
		 shortest = hosts ? full
	    : family == 4	  ? 24
				  : 48;
	char p[PREFIX_STRLEN];

	for (unsigned i = 0; i < c->own_n; i++) {
		if (c->own[i].family != family)
			continue;
		text_printf(out, "%s%s{%u,%u}", n++ > 0 ? ", " : "[ ", prefix_str(&c->own[i], p),
		    shortest > c->own[i].len ? shortest : c->own[i].len, full);
	}
	text_add(out, n > 0 ? " ]" : "");
	return n > 0;
}

/* "3356:666" as a statement, or nothing when it is none that can be written. */
static void
community(struct text *out, const char *said)
{
	unsigned long part[3];
	char *end;
	unsigned n = 0;

	for (; n < 3; n++, said = end + 1) {
		part[n] = strtoul(said, &end, 10);
		if (end == said || part[n] > UINT32_MAX || (*end != ':' && *end != '\0'))
			return;
		if (*end == '\0')
			break;
	}
	if (n == 1 && part[0] <= 65535 && part[1] <= 65535)
		text_printf(out, "\tbgp_community.add((%lu, %lu));\n", part[0], part[1]);
	else if (n == 2)
		text_printf(out, "\tbgp_large_community.add((%lu, %lu, %lu));\n", part[0], part[1],
		    part[2]);
}

static void
blackholes(struct text *out, const struct chosen *c, const struct chosen_upstream *u,
    unsigned family)
{
	struct text set;

	text_init(&set, COMPOSE_MAX);
	text_printf(out, "function seawall_%s%u()\n{\n", u->session->name, family);
	if (prefix_set(&set, c, family, strcmp(u->profile, "exact-host") == 0)) {
		text_printf(out,
		    "\tif ! (source = RTS_STATIC && dest = RTD_BLACKHOLE && (%u, 666, %u) ~ bgp_large_community) then return false;\n"
		    "\tif ! (net ~ %s) then return false;\n\tbgp_large_community.delete([(%u, *, *)]);\n\tbgp_community = -empty-;\n",
		    c->asn, u->number, text_str(&set), c->asn);
		community(out,
		    u->said != NULL && u->said->community[0] != '\0' ? u->said->community
								     : "65535:666");
		text_add(out, "\treturn true;\n}\n");
	} else {
		text_add(out, "\treturn false;\n}\n");
	}
	text_fini(&set);
}

static void
rules(struct text *out, const struct chosen *c, const struct chosen_upstream *u, unsigned family)
{
	struct text set;
	char p[PREFIX_STRLEN];
	unsigned n = 0;

	text_init(&set, COMPOSE_MAX);
	for (unsigned i = 0; i < c->own_n; i++)
		if (c->own[i].family == family)
			text_printf(&set, "%s%s+", n++ > 0 ? ", " : "", prefix_str(&c->own[i], p));
	text_printf(out, "function seawall_%s_flow%u()\n{\n", u->session->name, family);
	if (n > 0)
		text_printf(out,
		    "\tif ! (source = RTS_STATIC && (%u, 667, %u) ~ bgp_large_community) then return false;\n"
		    "\tif ! (net.dst ~ [ %s ]) then return false;\n\tbgp_large_community.delete([(%u, *, *)]);\n\treturn true;\n}\n",
		    c->asn, u->number, text_str(&set), c->asn);
	else
		text_add(out, "\treturn false;\n}\n");
	text_fini(&set);
}

void
compose_bird(struct text *out, const struct chosen *c)
{
	compose_comment(out, "# ",
	    _("BIRD's side of Seawall, written by `seawall init` for AS%u; bird.conf includes it before its sessions. "
	      "Nothing of it sends anything: what leaves is decided by your export filters, which may ask the functions below."),
	    c->asn);
	text_add(out, "\n");
	tables(out, c);
	text_add(out, "\n");
	compose_comment(out, "# ",
	    _("The tags that Seawall's routes carry, by the upstream's number in seawall.conf."));
	text_printf(out, macros, c->asn);
	for (unsigned i = 0; i < c->upstreams_n; i++) {
		const struct chosen_upstream *u = &c->upstreams[i];

		if (!u->taken)
			continue;
		text_add(out, "\n");
		compose_comment(out, "# ",
		    _("%1$s, number %2$u: may this route of Seawall's leave to it, with the community that makes it drop? "
		      "The community is what is said of AS%3$u, or that of RFC 7999: ask them."),
		    u->session->name, u->number, u->session->remote_as);
		blackholes(out, c, u, 4);
		blackholes(out, c, u, 6);
		if (u->flowspec) {
			rules(out, c, u, 4);
			rules(out, c, u, 6);
		}
	}
}

static void
channel_step(struct text *out, const struct chosen *c, const struct chosen_upstream *u,
    unsigned kind)
{
	const struct survey_channel *ch = &u->session->channels[kind];

	if (!ch->there)
		return;
	if (stands_apart(c, u, kind)) {
		text_printf(out,
		    _("     #? %1$s stands on table %2$s, and %3$s is filled from %4$s: leave it, or think of a pipe by hand; moved as "
		      "it is, it would withdraw what it announces\n"),
		    kinds[kind].name, ch->table, kinds[kind].table, source(c, kind));
		return;
	}
	text_printf(out, "     %s: table %s;  ", kinds[kind].name, kinds[kind].table);
	if (ch->filter[0] != '\0' && strcmp(ch->filter, "ACCEPT") != 0 &&
	    strcmp(ch->filter, "REJECT") != 0)
		text_printf(out, _("first line of filter %s:"), ch->filter);
	else
		text_add(out, _("first line of its export filter:"));
	text_printf(out, "  if seawall_%s%s() then accept; if seawall_tagged() then reject;\n",
	    u->session->name, kinds[kind].functions);
}

void
compose_bird_steps(struct text *out, const struct chosen *c, const char *file)
{
	text_printf(out, "  1. %s\n     include \"%s\";\n", _("above its sessions:"), file);
	for (unsigned i = 0; i < c->upstreams_n; i++) {
		const struct chosen_upstream *u = &c->upstreams[i];

		if (!u->taken)
			continue;
		text_printf(out, _("  2. in protocol %s (its session restarts once):\n"),
		    u->session->name);
		for (unsigned k = 0; k < CHANNEL_N; k++)
			if (u->flowspec || (k != CHANNEL_FLOW4 && k != CHANNEL_FLOW6))
				channel_step(out, c, u, k);
	}
	text_printf(out, "  3. %s\n     include \"%s/*.conf\";\n", _("as its last line:"),
	    COMPOSE_FRAGMENT_DIRECTORY);
}
