/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The policies: thresholds from what was seen, and why. */
#include <stdio.h>

#include "base/lang.h"
#include "base/units.h"
#include "cli/compose.h"

/* what is let through of a flood: so small a part of the threshold */
#define TRICKLE 20
#define CARPET_TRICKLE 8

static const char *const names[LEVELS_N] = { "bps", "pps", "syn_pps", "fps" };
static const char *const units[LEVELS_N] = { "bit/s", "packet/s", "packet/s", "flow/s" };
static const unsigned points[LEVELS_N][2] = { { 12, 20 }, { 12, 20 }, { 12, 20 }, { 8, 15 } };

static void
where_from(struct text *out, const struct chosen *c)
{
	const struct levels_seen *seen = c->levels.seen;
	char lasted[32];

	if (seen == NULL) {
		compose_comment(out, "# ",
		    _("No traffic to your prefixes was seen, so these are figures of a small network, not yours: look "
		      "for a day (`seawall init --observe 1d`), or correct them by what `seawall sensors` shows."));
	} else {
		compose_comment(out, "# ",
		    _("The thresholds are made of what was seen in %1$s, %2$s. Ordinary days have busier hours than that: "
		      "leave the dry run on for a week, and raise what was passed by visitors."),
		    units_duration_str((int64_t)seen->seconds * 1000, lasted, sizeof(lasted)),
		    c->levels.flows ? _("by flow exports") : _("by packets on the uplinks"));
		if (seen->no_room > 0)
			compose_comment(out, "# ",
			    _("More addresses were busy at once than were followed: the figures may be too low."));
	}
	if (c->levels.odd)
		compose_comment(out, "#? ", "%s", _(choose_odd));
	if (c->levels.bounded)
		compose_comment(out, "# ",
		    _("Bounded by what the smallest link carries: half of it to one host is an attack on the others, "
		      "whatever is usual."));
}

static void
seen_line(struct text *out, const struct chosen *c, unsigned kind, unsigned metric)
{
	const struct level *l;
	char usual[32], high[32], most[32], who[PREFIX_STRLEN];

	if (c->levels.seen == NULL)
		return;
	l = &c->levels.seen->of[kind][metric];
	if (l->most <= 0)
		return;
	units_rate_str(l->usual, units[metric], usual, sizeof(usual));
	units_rate_str(l->high, units[metric], high, sizeof(high));
	units_rate_str(l->most, units[metric], most, sizeof(most));
	compose_comment(out, "      # ",
	    kind == LEVEL_HOST
		? _("the busiest host had %1$s half of the time, %2$s at its 99th percentile, %3$s at most (%4$s)")
		: _("the busiest prefix had %1$s half of the time, %2$s at its 99th percentile, %3$s at most (%4$s)"),
	    usual, high, most,
	    (kind == LEVEL_HOST ? prefix_addr_str : prefix_str)(&l->busiest, who));
}

/* Before a step that needs FlowSpec: where nobody takes it, it can only be a question. */
static const char *
rules_mark(const struct chosen *c)
{
	for (unsigned i = 0; i < c->upstreams_n; i++)
		if (c->upstreams[i].taken && c->upstreams[i].flowspec)
			return "      , ";
	return "      #? , ";
}

static void
host_flood(struct text *out, const struct chosen *c)
{
	char figure[32];

	compose_comment(out, "  # ",
	    _("One address is flooded: four times what the busiest host has."));
	text_add(out, "  { name = \"host-flood\";\n    subject = \"host\";\n    signals = (\n");
	for (unsigned m = 0; m < LEVELS_N; m++) {
		seen_line(out, c, LEVEL_HOST, m);
		text_printf(out,
		    "%s{ metric = \"%s\"; above = \"%s\"; points = %u; at_10x = %u; }\n",
		    m == LEVEL_BPS	 ? "      "
			: m == LEVEL_FPS ? "      #? , "
					 : "      , ",
		    names[m],
		    compose_figure(c->levels.host[m], m == LEVEL_BPS, figure, sizeof(figure)),
		    points[m][0], points[m][1]);
	}
	text_add(out,
	    "    );\n    caution = 0;\n    sustained = \"1s\";\n    ladder = (\n      { step = \"watch\"; at = 8; }\n");
	text_printf(out, "%s{ step = \"rate-limit\"; at = 12; rate = \"%s\"; for = \"5m\"; }\n",
	    rules_mark(c),
	    compose_figure(choose_round(c->levels.host[LEVEL_BPS] / TRICKLE), true, figure,
		sizeof(figure)));
	text_printf(out,
	    "%s{ step = \"drop\"; at = 18; for = \"10m\"; max_collateral = \"1%%\"; }\n",
	    rules_mark(c));
	compose_comment(out, "      #? ",
	    _("The last resort finishes the attackers' work for this one host, so two vantages must agree, and a "
	      "link that others share be in danger: with the exports of a router as the second vantage, and your members' word:"));
	text_add(out,
	    "      #? , { step = \"blackhole\"; at = 25; vantages = 2; harm = \"link\"; for = \"5m\"; }\n    );\n"
	    "    release = { below = \"10%\"; quiet = \"5m\"; jitter = \"50%\"; canary = true; };\n  },\n\n");
}

static void
carpet(struct text *out, const struct chosen *c)
{
	char figure[32];

	compose_comment(out, "  # ",
	    _("Many hosts at once, none of them much: the sum over one of your prefixes shows it."));
	text_add(out, "  { name = \"carpet\";\n    subject = \"prefix\";\n    signals = (\n");
	for (unsigned m = 0; m < 2; m++) {
		seen_line(out, c, LEVEL_PREFIX, m);
		text_printf(out,
		    "      { metric = \"%s\"; above = \"%s\"; points = 15; at_10x = 22; }%s\n",
		    names[m],
		    compose_figure(c->levels.prefix[m], m == LEVEL_BPS, figure, sizeof(figure)),
		    m == 0 ? "," : "");
	}
	text_printf(out,
	    "    );\n    sustained = \"2s\";\n    ladder = (\n      { step = \"watch\"; at = 10; }\n"
	    "%s{ step = \"rate-limit\"; at = 15; rate = \"%s\"; for = \"5m\"; }\n"
	    "%s{ step = \"drop\"; at = 18; for = \"10m\"; max_collateral = \"1%%\"; }\n    );\n"
	    "    release = { below = \"10%%\"; quiet = \"10m\"; jitter = \"50%%\"; canary = true; };\n  }\n);\n",
	    rules_mark(c),
	    compose_figure(choose_round(c->levels.prefix[LEVEL_BPS] / CARPET_TRICKLE), true, figure,
		sizeof(figure)),
	    rules_mark(c));
}

void
compose_policy(struct text *out, const struct chosen *c)
{
	compose_comment(out, "# ",
	    _("What counts as an attack, and what is done about it. The people who answer for the network should agree "
	      "to it before the first attack: it says what may be sacrificed. Every setting: seawall-policy(5)."));
	where_from(out, c);
	text_add(out, "\npolicies = (\n");
	host_flood(out, c);
	carpet(out, c);
}
