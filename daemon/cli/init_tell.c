/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `seawall init` found, on the screen. */
#include <stdio.h>

#include "base/lang.h"
#include "base/units.h"
#include "cli/compose.h"
#include "cli/init.h"
#include "cli/print.h"

static const char *
role_name(const struct chosen_upstream *u)
{
	static const char *const names[] = { "upstream", "unknown", "customer" };

	return names[u->role];
}

static void
tell_bird(const struct chosen *c)
{
	char p[PREFIX_STRLEN];

	printf(_("%1$s, router %2$s, AS%3$u\n"), c->bird.version, c->bird.router_id, c->asn);
	for (unsigned i = 0; i < c->upstreams_n; i++) {
		const struct chosen_upstream *u = &c->upstreams[i];

		printf(_("  session %1$s to AS%2$u (%3$s): %4$s\n"), u->session->name,
		    u->session->remote_as, u->session->state,
		    u->taken ? _("taken as an upstream") : _("left as a question"));
	}
	for (unsigned i = 0; i < c->bird.sessions_n; i++)
		if (choose_misnamed(&c->bird.sessions[i]))
			printf(
			    _("  session '%1$s' to AS%2$u is left out for its name: letters, digits and _ alone can be used, no digit first\n"),
			    c->bird.sessions[i].name, c->bird.sessions[i].remote_as);
	if (c->upstreams_n == 0)
		puts(_("  no session that could be an upstream's"));
	for (unsigned i = 0; i < c->prefixes_n; i++)
		if (c->prefixes[i].taken)
			printf(_("  prefix %1$s from %2$s\n"),
			    prefix_str(&c->prefixes[i].prefix, p), c->prefixes[i].route->protocol);
	if (c->own_n == 0)
		puts(_(
		    "  no prefix that could be yours: the configuration asks for them, and does not load before"));
	if (c->bird.left_out > 0)
		printf(_("  %u more than are looked at were left out\n"), c->bird.left_out);
}

static void
tell_observed(const struct chosen *c)
{
	const struct observed *o = &c->observed;
	char rate[32], high[32], p[PREFIX_STRLEN], above[32];

	for (unsigned i = 0; i < o->interfaces_n; i++)
		if (o->interfaces[i].why[0] != '\0')
			printf("  %s: %s\n", o->interfaces[i].name, o->interfaces[i].why);
	for (unsigned i = 0; i < o->exporters_n; i++)
		printf(_("  %1$s sends %2$s to port %3$u\n"),
		    prefix_addr_str(&o->exporters[i].address, p),
		    flow_protocol_name((enum flow_protocol)o->exporters[i].protocol),
		    o->exporters[i].port);
	if (o->failed)
		puts(_("  looking at the traffic ended before its time"));
	units_rate_str(c->levels.host[LEVEL_BPS], "bit/s", above, sizeof(above));
	if (c->levels.seen == NULL) {
		printf(
		    _("  no traffic to these prefixes was seen: the threshold of a host, %s, is a guess\n"),
		    above);
		return;
	}
	units_rate_str(c->levels.seen->of[LEVEL_ALL][LEVEL_BPS].usual, "bit/s", rate, sizeof(rate));
	if (c->levels.odd)
		printf("! %s\n", _(choose_odd));
	units_rate_str(c->levels.seen->of[LEVEL_HOST][LEVEL_BPS].high, "bit/s", high, sizeof(high));
	printf(
	    _("  seen: %1$s altogether, %2$s to the busiest host at its 99th percentile; its threshold: %3$s\n"),
	    rate, high, above);
}

void
init_tell(const struct chosen *c)
{
	char rate[32];

	tell_bird(c);
	for (unsigned i = 0; i < c->links_n; i++)
		printf(_("  link %1$s: %2$s\n"), c->links[i].interface,
		    c->links[i].capacity_bps > 0
			? units_rate_str(c->links[i].capacity_bps, "bit/s", rate, sizeof(rate))
			: _("how fast is not known"));
	tell_observed(c);
}

/* ---- for scripts --------------------------------------------------------- */

void
init_tell_json(const struct chosen *c)
{
	char p[PREFIX_STRLEN];

	for (unsigned i = 0; i < c->upstreams_n; i++) {
		const struct chosen_upstream *u = &c->upstreams[i];

		print_line(json_pack("{s:s, s:s, s:I, s:b, s:s, s:b, s:s}", "type", "session", "name",
		    u->session->name, "asn", (json_int_t)u->session->remote_as, "established",
		    u->session->established, "role", role_name(u), "taken", u->taken, "profile",
		    u->profile), 0);
	}
	for (unsigned i = 0; i < c->prefixes_n; i++)
		print_line(json_pack("{s:s, s:s, s:s, s:b}", "type", "prefix", "prefix",
		    prefix_str(&c->prefixes[i].prefix, p), "from", c->prefixes[i].route->protocol,
		    "taken", c->prefixes[i].taken), 0);
	for (unsigned i = 0; i < c->links_n; i++)
		print_line(json_pack("{s:s, s:s, s:f}", "type", "link", "interface", c->links[i].interface,
		    "capacity", c->links[i].capacity_bps), 0);
	for (unsigned i = 0; i < c->observed.exporters_n; i++)
		print_line(json_pack("{s:s, s:s, s:i, s:s}", "type", "exporter", "address",
		    prefix_addr_str(&c->observed.exporters[i].address, p), "port",
		    c->observed.exporters[i].port, "protocol",
		    flow_protocol_name((enum flow_protocol)c->observed.exporters[i].protocol)), 0);
	print_line(json_pack("{s:s, s:b, s:I, s:f, s:f, s:f, s:f}", "type", "thresholds", "odd",
	    c->levels.odd, "seconds",
	    (json_int_t)(c->levels.seen != NULL ? c->levels.seen->seconds : 0), "host_bps",
	    c->levels.host[LEVEL_BPS], "host_pps", c->levels.host[LEVEL_PPS], "prefix_bps",
	    c->levels.prefix[0], "prefix_pps", c->levels.prefix[1]), 0);
}

/* A name that is no UTF-8 has no JSON. */
void
init_tell_file(const char *path)
{
	json_t *name = json_string(path);

	print_line(json_pack("{s:s, s:o}", "type", "file", "path",
	    name != NULL ? name : json_string("?")), 0);
}
