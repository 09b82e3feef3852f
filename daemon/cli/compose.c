/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/compose.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"

#define WIDTH 116
#define SENTENCE_MAX 2048

void
compose_comment(struct text *out, const char *mark, const char *fmt, ...)
{
	char say[SENTENCE_MAX], *p = say;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(say, sizeof(say), fmt, ap);
	va_end(ap);
	for (char *c = say; *c != '\0'; c++)
		if (iscntrl((unsigned char)*c))
			*c = ' ';
	while (*p != '\0') {
		size_t room = WIDTH - strlen(mark), n = strlen(p);

		if (n > room)
			for (n = room; n > 0 && p[n] != ' ';)
				n--;
		n = n == 0 ? strcspn(p, " ") : n;
		text_printf(out, "%s%.*s\n", mark, (int)n, p);
		p += n + strspn(p + n, " ");
	}
}

const char *
compose_figure(double value, bool bits, char *buf, size_t size)
{
	const char *unit = bits && value >= 1e9 ? "G"
	    : value >= 1e6			? "M"
	    : value >= 1e3			? "k"
						: "";
	double scale = bits && value >= 1e9 ? 1e9 : value >= 1e6 ? 1e6 : value >= 1e3 ? 1e3 : 1;

	snprintf(buf, size, "%.10g%s%s", value / scale, unit, bits ? "bit" : "");
	return buf;
}

/* ---- what the network is ------------------------------------------------- */

static void
heading(struct text *out, const struct chosen *c, const struct compose_names *names)
{
	char now[WALL_STRLEN];

	compose_comment(out, "# ",
	    _("The first configuration of Seawall on %1$s, written by `seawall init` on %2$s from what %3$s, the "
	      "kernel and the traffic said."),
	    c->machine.host, wall_str(names->now, now), c->bird.version);
	compose_comment(out, "# ",
	    _("It acts on nothing by itself: the daemon starts as a dry run, until you say otherwise. Lines that "
	      "begin with #? ask what only you can know; answer them, take the mark away, and run `seawall check` after each "
	      "change. All settings: seawall.conf(5)."));
	text_printf(out, "\norganization = {\n");
	compose_comment(out, "  #? ", _("who you are, for reports: name = \"...\";"));
	text_printf(out, "  languages = ( \"%s\", \"%s\" );\n", lang_get() == LANG_ES ? "es" : "en",
	    lang_get() == LANG_ES ? "en" : "es");
	if (c->machine.time_zone[0] != '\0')
		text_printf(out, "  time_zone = \"%s\";\n", c->machine.time_zone);
	text_printf(out, "};\n");
}

/* "sent to transit_a and transit_b" as names behind commas. */
static void
receivers(const struct chosen *c, const struct survey_route *r, struct text *out)
{
	for (unsigned i = 0; i < c->bird.sessions_n; i++)
		if (r->sent >> i & 1)
			text_printf(out, "%s%s", out->len > 0 ? ", " : "",
			    c->bird.sessions[i].name);
}

static void
prefix_line(struct text *out, const struct chosen *c, const struct chosen_prefix *p, bool last)
{
	char name[PREFIX_STRLEN];
	struct text to;

	text_init(&to, 1024);
	receivers(c, p->route, &to);
	text_printf(out, "  \"%s\"%s", prefix_str(&p->prefix, name), last ? "" : ",");
	compose_comment(out, "\t# ",
	    to.len > 0 ? _("from %1$s, sent to %2$s") : _("from %1$s, sent to nobody now"),
	    p->route->protocol, text_str(&to));
	text_fini(&to);
}

static void
prefixes(struct text *out, const struct chosen *c)
{
	char name[PREFIX_STRLEN];
	unsigned n = 0;

	text_add(out, "\n");
	compose_comment(out, "# ",
	    _("The address space you originate, as your BIRD announces it. Nothing else is measured, and nothing else "
	      "can ever be announced. Is it all, and all yours?"));
	for (unsigned i = 0; i < c->prefixes_n; i++)
		if (!c->prefixes[i].taken)
			compose_comment(out, "# ", _("Left out: %1$s, from %2$s: %3$s"),
			    prefix_str(&c->prefixes[i].prefix, name),
			    c->prefixes[i].route->protocol, _(c->prefixes[i].why));
	if (c->own_n == 0)
		compose_comment(out, "#? ",
		    _("BIRD announces no prefix that could be yours: which are they?"));
	text_add(out, "prefixes = (\n");
	for (unsigned i = 0; i < c->prefixes_n; i++)
		if (c->prefixes[i].taken)
			prefix_line(out, c, &c->prefixes[i], ++n == c->own_n);
	text_add(out, ");\n");
}

static bool
is_own(const struct chosen *c, const struct prefix *p)
{
	for (unsigned i = 0; i < c->own_n; i++)
		if (prefix_covers(&c->own[i], p))
			return true;
	return false;
}

/* One entry of a list: what goes between it and the one before, then itself. */
static void
entry(struct text *out, unsigned *n, const char *line)
{
	text_printf(out, "%s  %s", (*n)++ > 0 ? ",\n" : "\n", line);
}

static void
protected_list(struct text *out, const struct chosen *c)
{
	char address[PREFIX_STRLEN], line[128];
	unsigned n = 0;

	text_add(out, "\n");
	compose_comment(out, "# ",
	    _("What the rest of the network needs to live: never blackholed, and no automatic rule touches it. The "
	      "addresses of this machine and of the name servers it asks, where they are yours; BIRD's sessions are known without."));
	compose_comment(out, "#? ",
	    _("name servers, mail, the other routers, the committee's own communication: { prefix = \"...\"; why = "
	      "\"...\"; }"));
	text_add(out, "protected = (");
	for (unsigned i = 0; i < c->machine.addresses_n + c->machine.resolvers_n; i++) {
		bool router = i < c->machine.addresses_n;
		const struct prefix *p = router ? &c->machine.addresses[i]
						: &c->machine.resolvers[i - c->machine.addresses_n];

		if (!is_own(c, p))
			continue;
		snprintf(line, sizeof(line), "{ prefix = \"%s\"; why = \"%s\"; }",
		    prefix_str(p, address), router ? _("router") : _("resolver"));
		entry(out, &n, line);
	}
	text_add(out, "\n);\n");
}

static void
members(struct text *out, const struct chosen *c)
{
	const struct levels_seen *seen = c->levels.seen;
	char host[PREFIX_STRLEN];

	text_add(out, "\n");
	compose_comment(out, "# ",
	    _("Who lives where, for the reports, and who may be taken off the net for a while so that the others stay "
	      "reachable. To be decided in peacetime, with them, in writing; who is not named here is \"ask\"."));
	if (seen != NULL && seen->of[LEVEL_HOST][LEVEL_BPS].busiest.family != 0)
		compose_comment(out, "#? ", _("whose is %s, the busiest address while we looked?"),
		    prefix_str(&seen->of[LEVEL_HOST][LEVEL_BPS].busiest, host));
	compose_comment(out, "#? ",
	    "members = ( { name = \"...\"; prefixes = ( \"...\" ); blackhole = \"never\"; contact = \"mailto:...\"; "
	    "language = \"es\"; } );");
}

static void
links(struct text *out, const struct chosen *c)
{
	char figure[32];

	text_add(out, "\n");
	compose_comment(out, "# ",
	    _("What is shared and can be filled: the interfaces by which your upstreams are reached."));
	if (c->links_n == 0)
		compose_comment(out, "#? ",
		    _("no interface leads to an upstream from here: { name = \"...\"; interface = \"...\"; capacity = "
		      "\"1Gbit\"; }"));
	text_add(out, "links = (\n");
	for (unsigned i = 0; i < c->links_n; i++) {
		const struct chosen_link *l = &c->links[i];
		bool known = l->capacity_bps > 0;

		if (known)
			compose_comment(out, "  # ", _("The card's speed. Do you pay for less?"));
		else
			compose_comment(out, "  #? ",
			    _("the card of %s does not say how fast it is; 1 Gbit/s is a guess"),
			    l->interface);
		text_printf(out, "  { name = \"%s\"; interface = \"%s\"; capacity = \"%s\"; }%s\n",
		    l->name, l->interface,
		    compose_figure(known ? l->capacity_bps : GUESSED_BPS, true, figure,
			sizeof(figure)),
		    i + 1 < c->links_n ? "," : "");
	}
	text_add(out, ");\n");
}

/* ---- what is seen -------------------------------------------------------- */

static void
exporters(struct text *out, const struct chosen *c)
{
	char address[PREFIX_STRLEN];

	for (unsigned i = 0; i < c->observed.exporters_n; i++) {
		const struct observe_exporter *e = &c->observed.exporters[i];

		compose_comment(out, "#? ",
		    _("%1$s sends %2$s to port %3$u here. Is it your router, and can nobody else send in its name? Then "
		      "this is a sensor, and with `--exporter %1$s` its flows count for the thresholds:"),
		    prefix_addr_str(&e->address, address),
		    flow_protocol_name((enum flow_protocol)e->protocol), e->port);
		compose_comment(out, "#?   ",
		    "{ name = \"router-%u\"; type = \"flow\"; listen = \"%s:%u\"; exporters = ( \"%s\" ); vantage "
		    "= \"routers\"; }",
		    i + 1, e->address.family == 6 ? "[::]" : "0.0.0.0", e->port, address);
	}
	for (unsigned i = 0; i < OBSERVE_PORTS_MAX; i++)
		if (c->observed.taken >> i & 1)
			compose_comment(out, "#? ",
			    _("another program of this machine listens on port %u, where flow exports come: could your "
			      "routers send them here as well?"),
			    observe_ports[i]);
}

static void
counters(struct text *out, const struct chosen *c)
{
	for (unsigned i = 0; i < c->machine.counters_n; i++)
		compose_comment(out, "#? ",
		    _("the firewall counts \"%1$s\" in table \"%2$s\"; does it say how much of something comes? (type "
		      "\"nftables\" in seawall.conf(5))"),
		    c->machine.counters[i].name, c->machine.counters[i].table);
}

static void
interface_list(struct text *out, const struct chosen *c)
{
	for (unsigned i = 0; i < c->links_n; i++)
		text_printf(out, "%s \"%s\"", i > 0 ? "," : "", c->links[i].interface);
}

static void
sensors(struct text *out, const struct chosen *c)
{
	char line[256];
	struct text list;
	unsigned n = 0;

	text_add(out, "\n");
	compose_comment(out, "# ",
	    _("What it sees with. Sensors of one vantage add up, vantages corroborate one another: packets on the "
	      "uplinks, the counters of the interfaces, and, best, the exports of your routers."));
	exporters(out, c);
	counters(out, c);
	text_add(out, "sensors = (");
	for (unsigned i = 0; i < c->links_n; i++) {
		snprintf(line, sizeof(line),
		    "{ name = \"wire-%s\"; type = \"packet\"; interface = \"%s\"; vantage = \"wire\"; link = \"%s\"; }",
		    c->links[i].interface, c->links[i].interface, c->links[i].name);
		entry(out, &n, line);
	}
	text_init(&list, 256);
	interface_list(&list, c);
	snprintf(line, sizeof(line),
	    "{ name = \"links\"; type = \"interface\"; interfaces = (%s ); vantage = \"links\"; }",
	    text_str(&list));
	if (c->links_n > 0)
		entry(out, &n, line);
	text_fini(&list);
	if (c->machine.conntrack)
		entry(out, &n, "{ name = \"states\"; type = \"conntrack\"; vantage = \"hosts\"; }");
	text_add(out, "\n);\n");
}

/* ---- who drops ----------------------------------------------------------- */

static const char *
why_role(const struct chosen_upstream *u)
{
	switch (u->role) {
	case ROLE_UPSTREAM:
		return u->session->gives_default ? _("it gives us the default route")
						 : _("it gives us the Internet's routes");
	case ROLE_CUSTOMER:
		return _("we give it the Internet's routes: a customer?");
	default:
		return u->session->established
		    ? _("it gives us no default route: a peer, or an exchange?")
		    : _("the session is down: nobody can say whether it is an upstream");
	}
}

static void
upstream_questions(struct text *out, const struct chosen_upstream *u)
{
	const struct hearsay_network *said = u->said;

	compose_comment(out, "      # ", "AS%u: %s. BGP: %s.", u->session->remote_as, why_role(u),
	    u->session->state);
	if (said != NULL)
		compose_comment(out, "      #? ",
		    _("%1$s is said to take blackholes by the community %2$s. Ask them, in writing, before you "
		      "trust it: which community, which lengths, how many?"),
		    said->name, said->community[0] != '\0' ? said->community : "?");
	else
		compose_comment(out, "      #? ",
		    _("ask them, in writing: which blackhole community, which lengths, how many at once, is "
		      "FlowSpec taken? \"%s\" is a guess; other profiles are in bird-templates/upstreams"),
		    u->profile);
	compose_comment(out, "      #? ", _("whom do you call there at night? noc = \"tel:...\";"));
}

/* `mark`: before each line, "" or "#? ". */
static void
upstream(struct text *out, const struct chosen_upstream *u, const char *mark, const char *end)
{
	text_printf(out, "%s      { name = \"%s\"; protocol = \"%s\"; profile = \"%s\"; ", mark,
	    u->session->name, u->session->name, u->profile);
	if (u->number > 0)
		text_printf(out, "number = %u; ", u->number);
	text_printf(out, "max_routes = 20;%s }%s\n",
	    u->flowspec ? " flowspec = { max_rules = 20; };" : "", end);
}

static void
routers(struct text *out, const struct chosen *c, const struct compose_names *names)
{
	unsigned left = 0;

	for (unsigned i = 0; i < c->upstreams_n; i++)
		left += c->upstreams[i].taken;
	text_add(out, "\n");
	compose_comment(out, "# ",
	    _("The BIRD that is driven, and who drops for you: its sessions."));
	text_printf(out,
	    "routers = (\n  { name = \"edge\";\n    socket = \"%s\";\n    fragment = \"%s/edge.conf\";\n    upstreams = (\n",
	    names->socket, COMPOSE_FRAGMENT_DIRECTORY);
	if (left == 0)
		compose_comment(out, "      #? ",
		    _("BIRD has no session that could be an upstream's: who drops for you?"));
	for (unsigned i = 0; i < c->upstreams_n; i++) {
		const struct chosen_upstream *u = &c->upstreams[i];

		if (!u->taken)
			continue;
		upstream_questions(out, u);
		upstream(out, u, "", --left > 0 ? "," : "");
	}
	for (unsigned i = 0; i < c->upstreams_n; i++) {
		if (c->upstreams[i].taken)
			continue;
		compose_comment(out, "      #? ", "AS%u: %s", c->upstreams[i].session->remote_as,
		    why_role(&c->upstreams[i]));
		upstream(out, &c->upstreams[i], "#?", "");
	}
	for (unsigned i = 0; i < c->bird.sessions_n; i++)
		if (choose_misnamed(&c->bird.sessions[i]))
			compose_comment(out, "      #? ",
			    _("AS%1$u, session '%2$s', is left out for its name: is it an upstream? Call it in "
			      "bird.conf by letters, digits and _ alone, no digit first, and look again"),
			    c->bird.sessions[i].remote_as, c->bird.sessions[i].name);
	text_add(out, "    );\n  }\n);\n");
}

static void
people(struct text *out)
{
	text_add(out, "\n");
	compose_comment(out, "# ",
	    _("How much it may do: everything is decided and written down, and BIRD left alone. The other steps of going "
	      "live: \"observe\", \"manual\", \"rate-limit\", \"ladder\"; `seawall live` says what stands against the next one."));
	text_printf(out, "live = \"dry-run\";\n\npolicies = ( \"%s\" );\n\n", COMPOSE_POLICY);
	compose_comment(out, "# ",
	    _("Who may use the program seawall to announce and withdraw: accounts and groups of this machine."));
	text_add(out, "control = { operators = ( \"seawall\" ); };\n");
	compose_comment(out, "#? ", _("who may say yes and no, by their accounts here:"));
	compose_comment(out, "#?   ",
	    "approvals = { people = ( { name = \"...\"; user = \"...\"; role = \"committee\"; } ); };");
	compose_comment(out, "#? ", _("who is told:"));
	compose_comment(out, "#?   ",
	    "notify = ( { name = \"chat\"; type = \"webhook\"; url = \"https://...\"; on = ( \"incident\", "
	    "\"approval\", \"alarm\" ); } );");
	text_add(out, "\n");
	compose_comment(out, "# ",
	    _("When the daemon is stopped, announcements stay until their end."));
	text_add(out, "on_exit = \"keep\";\n");
}

void
compose_conf(struct text *out, const struct chosen *c, const struct compose_names *names)
{
	heading(out, c, names);
	prefixes(out, c);
	protected_list(out, c);
	members(out, c);
	links(out, c);
	sensors(out, c);
	routers(out, c, names);
	people(out);
}
