/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/full_line.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lang.h"
#include "cli/way_out.h"

#define SAY_LEN 512

struct looking {
	const struct settings *s;
	full_line_tell *tell;
	void *ctx;
};

/* The link of ours that leads to `p`, or NULL. */
static const struct link *
link_to(const struct looking *l, const struct prefix *p)
{
	char interface[IF_NAMESIZE];

	if (!way_out(p, interface))
		return NULL;
	for (unsigned i = 0; i < l->s->links_n; i++)
		if (strcmp(l->s->links[i].interface, interface) == 0)
			return &l->s->links[i];
	return NULL;
}

/* `sentence` takes what it is about, and the link's name and interface. */
static void
tell_shared(const struct looking *l, const struct prefix *p, bool warning, const char *sentence)
{
	const struct link *link = link_to(l, p);
	char address[PREFIX_STRLEN], say[SAY_LEN];

	if (link == NULL)
		return;
	snprintf(say, sizeof(say), sentence, prefix_addr_str(p, address), link->name,
	    link->interface);
	l->tell(l->ctx, warning, say);
}

static void
look_at_exports(const struct looking *l)
{
	for (unsigned i = 0; i < l->s->sensors_n; i++)
		for (unsigned k = 0; k < l->s->sensors[i].exporters_n; k++)
			tell_shared(l, &l->s->sensors[i].exporters[k], true,
			    _("the exports of %1$s come over link %2$s (%3$s): when an attack fills it they are lost. "
			      "Give them a path of their own, or mark them CS6 (seawall-cs6.nft) and ask the "
			      "upstream to let that pass first"));
}

static void
look_at_sessions(const struct looking *l)
{
	for (unsigned i = 0; i < l->s->routers_n; i++)
		for (unsigned k = 0; k < l->s->routers[i].sessions_n; k++)
			tell_shared(l, &l->s->routers[i].sessions[k], false,
			    _("BGP with %1$s goes over link %2$s (%3$s): ask the upstream to let CS6 pass first, for "
			      "BIRD marks it so"));
}

/* "192.0.2.7 51234 192.0.2.1 22" */
static void
look_at_control(const struct looking *l, const char *ssh)
{
	char from[PREFIX_STRLEN];
	struct prefix p;

	if (ssh == NULL ||
	    snprintf(from, sizeof(from), "%.*s", (int)strcspn(ssh, " "), ssh) >=
		(int)sizeof(from) ||
	    prefix_parse(&p, from) != 0)
		return;
	tell_shared(l, &p, true,
	    _("you come from %1$s over link %2$s (%3$s): when an attack fills it you cannot. Have another way in"));
}

static void
look_at_calls(const struct looking *l)
{
	char say[SAY_LEN];

	for (unsigned i = 0; i < l->s->upstreams_n; i++) {
		if (l->s->upstreams[i].noc[0] != '\0')
			continue;
		snprintf(say, sizeof(say),
		    _("upstream %s: `noc` does not say whom to call when its session drops in an attack"),
		    l->s->upstreams[i].name);
		l->tell(l->ctx, true, say);
	}
}

void
full_line_check(const struct settings *s, const char *ssh, full_line_tell *tell, void *ctx)
{
	const struct looking l = { s, tell, ctx };
	unsigned known = 0;

	look_at_calls(&l);
	for (unsigned i = 0; i < s->links_n; i++)
		known += s->links[i].interface[0] != '\0';
	if (known == 0)
		tell(ctx, false,
		    _("no link names its interface here, so it cannot be told whether exports, BGP and you have "
		      "a path of their own when an attack fills the line"));
	look_at_exports(&l);
	look_at_sessions(&l);
	look_at_control(&l, ssh);
}
