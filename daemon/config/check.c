/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "model/flowspec.h"

static void
add(struct checking *c, bool error, const char *file, unsigned line, const char *fmt, va_list ap)
{
	struct config_finding *f;

	c->errors += error;
	if (c->n == c->max)
		return;
	f = &c->found[c->n++];
	f->error = error;
	f->line = line;
	snprintf(f->file, sizeof(f->file), "%s", file);
	vsnprintf(f->say, sizeof(f->say), lang_text(fmt), ap);
}

void
check_error(struct checking *c, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(c, true, file, line, fmt, ap);
	va_end(ap);
}

void
check_warning(struct checking *c, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(c, false, file, line, fmt, ap);
	va_end(ap);
}

static void
check_prefixes(struct checking *c)
{
	const struct settings *s = c->s;
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];

	for (unsigned i = 0; i < s->prefixes_n; i++)
		for (unsigned j = 0; j < s->prefixes_n; j++)
			if (i != j && prefix_covers(&s->prefixes[i], &s->prefixes[j]))
				check_warning(c, s->file, s->prefixes_line,
					      N_("%s lies inside %s: both are measured"),
					      prefix_str(&s->prefixes[j], a),
					      prefix_str(&s->prefixes[i], b));
	for (unsigned i = 0; i < s->protected_n; i++)
		if (!settings_own(s, &s->protected[i].prefix))
			check_warning(c, s->file, s->protected[i].line,
			    N_("%s (%s) is protected, but lies outside of our own prefixes"),
			    prefix_str(&s->protected[i].prefix, a), s->protected[i].why);
	if (s->protected_n == 0)
		check_warning(c, s->file, 0,
		    N_("`protected` is empty: not even routers and resolvers are spared"));
}

static void
check_sums(struct checking *c)
{
	struct prefix sums[SUMS_MAX];
	unsigned n = settings_sums(c->s, sums);

	if (n > SUMS_MAX)
		check_error(c, c->s->file, c->s->members[c->s->members_n - 1].line,
		    N_("a policy asks for members, and they have %u prefixes to be counted: "
		       "sensors count %u"),
		    n, SUMS_MAX);
}

static void
check_members(struct checking *c)
{
	const struct settings *s = c->s;
	char buf[PREFIX_STRLEN];

	for (unsigned i = 0; i < s->members_n; i++) {
		const struct member *m = &s->members[i];

		for (unsigned j = 0; j < m->prefixes_n; j++) {
			const struct protected_prefix *p = settings_protected(s, &m->prefixes[j]);

			if (!settings_own(s, &m->prefixes[j]))
				check_error(c, s->file, m->line,
				    N_("%s of member \"%s\" lies outside of our own prefixes"),
				    prefix_str(&m->prefixes[j], buf), m->name);
			if (p != NULL && m->blackhole != CONSENT_NEVER)
				check_warning(c, s->file, m->line,
					      N_("member \"%s\" may be blackholed, but %s is "
					      "protected: that wins"),
					      m->name, prefix_str(&p->prefix, buf));
		}
		if (m->blackhole == CONSENT_ASK && settings_people(s, ROLE_OPERATOR) == 0)
			check_warning(c, s->file, m->line,
				      N_("member \"%s\" wants to be asked before a blackhole, and "
				      "`approvals` names nobody who could say yes: no policy "
				      "blackholes it"),
				      m->name);
	}
}

/* Half full of what? */
static void
check_capacities(struct checking *c, const struct sensor_settings *t)
{
	const struct settings *s = c->s;

	for (unsigned i = 0; t->type == SENSOR_INTERFACE && i < t->interfaces_n; i++)
		if (settings_link_of(s->links, s->links_n, t->interfaces[i]) < 0)
			check_error(c, s->file, t->line,
				    N_("sensor \"%s\": no link in `links` names interface %s, so "
				    "its capacity is not known"),
				    t->name, t->interfaces[i]);
}

static void
check_counters(struct checking *c, const struct sensor_settings *t)
{
	const struct settings *s = c->s;
	char buf[PREFIX_STRLEN];

	if (t->type == SENSOR_NFTABLES && t->counters_n == 0 && t->sets_n == 0)
		check_warning(c, s->file, t->line,
			      N_("sensor \"%s\" has neither `counters` nor `sets`: nothing of its "
			      "table is read"),
			      t->name);
	for (unsigned i = 0; i < t->counters_n; i++)
		if (t->counters[i].subject.family != 0 && !settings_own(s, &t->counters[i].subject))
			check_error(c, s->file, t->counters[i].line,
				    N_("counter \"%s\": its subject %s lies outside of our own "
				    "prefixes"),
				    t->counters[i].name,
				    prefix_str(&t->counters[i].subject, buf));
}

static void
check_sensor(struct checking *c, const struct sensor_settings *t)
{
	const struct settings *s = c->s;
	char buf[PREFIX_STRLEN];

	if (t->type == SENSOR_FLOW && t->exporters_n == 0)
		check_error(c, s->file, t->line,
			    N_("sensor \"%s\" has no `exporters`: every datagram would be refused"),
			    t->name);
	if (t->subject.family != 0 && !settings_own(s, &t->subject))
		check_error(c, s->file, t->line,
			    N_("sensor \"%s\": its subject %s lies outside of our own prefixes"),
			    t->name, prefix_str(&t->subject, buf));
	check_capacities(c, t);
	check_counters(c, t);
}

static void
check_sensors(struct checking *c)
{
	const struct settings *s = c->s;

	for (unsigned i = 0; i < s->sensors_n; i++)
		check_sensor(c, &s->sensors[i]);
	if (s->sensors_n == 0)
		check_warning(c, s->file, 0, N_("no sensors: nothing is announced but by hand"));
}

/* One sentence an upstream on what it takes, where that is less than people may ask for. */
static void
check_upstream(struct checking *c, const struct upstream *u)
{
	const struct settings *s = c->s;
	const struct profile *p = &u->profile;

	if (p->rtbh4.min == 32 && p->rtbh6.min == 128
	    && (s->limits.hand_rtbh4 < 32 || s->limits.hand_rtbh6 < 128))
		check_warning(c, s->file, u->line,
			      N_("upstream \"%s\" accepts only exactly /32 and /128: "
			      "anything shorter goes to the others alone"),
			      u->name);
	else if (p->rtbh4.min > s->limits.hand_rtbh4 || p->rtbh6.min > s->limits.hand_rtbh6)
		check_warning(c, s->file, u->line,
		    N_("upstream \"%s\" accepts blackholes from /%u and /%u only"), u->name,
		    p->rtbh4.min, p->rtbh6.min);
	if (u->max_routes > s->limits.announcements)
		check_warning(c, s->file, u->line,
			      N_("upstream \"%s\": `max_routes` %u is more than all "
			      "announcements together may be (%u)"),
			      u->name, u->max_routes, s->limits.announcements);
	if ((p->drops4 || p->drops6) && s->spared_n == 0)
		check_warning(c, s->file, u->line,
		    N_("upstream \"%s\" drops by source, and `spared` names nobody who must "
		       "always be heard"),
		    u->name);
	if (u->flowspec && p->nlri_max > FLOWSPEC_NLRI_SAFE)
		check_warning(c, s->file, u->line,
		    N_("upstream \"%s\": `nlri_max` %u lets rules have their length in two bytes; some "
		       "routers end the session for one of %u or more, others never use it"),
		    u->name, p->nlri_max, FLOWSPEC_NLRI_SAFE + 1);
	if (u->flowspec && !p->rate_limit)
		check_warning(c, s->file, u->line,
		    N_("upstream \"%s\" takes FlowSpec that drops, but no rates"), u->name);
}

static void
check_routers(struct checking *c)
{
	const struct settings *s = c->s;

	for (unsigned i = 0; i < s->upstreams_n; i++)
		check_upstream(c, &s->upstreams[i]);
	for (unsigned i = 0; i < s->routers_n; i++) {
		unsigned n = 0;

		for (unsigned j = 0; j < s->upstreams_n; j++)
			n += s->upstreams[j].router == i;
		if (n == 0)
			check_error(c, s->file, s->routers[i].line,
				    N_("router \"%s\" has no upstream: nobody would drop for us"),
				    s->routers[i].name);
	}
}

static void
check_rest(struct checking *c)
{
	const struct settings *s = c->s;

	check_notify(c);
	for (unsigned i = 0; i < s->page.uploads_n; i++)
		if (strncmp(s->page.uploads[i].url, "http://", 7) == 0)
			check_warning(c, s->file, s->page.uploads[i].line,
			    N_("upload \"%s\": http:// sends password and page so that others on the way can read and change them"),
			    s->page.uploads[i].name);
}

unsigned
config_check(const struct settings *s, struct config_finding *ret, unsigned max, unsigned *ret_n)
{
	struct checking c = { .s = s, .found = ret, .max = max };

	check_prefixes(&c);
	check_members(&c);
	check_sums(&c);
	check_sensors(&c);
	check_routers(&c);
	check_policies(&c);
	check_budgets(&c);
	check_rest(&c);
	*ret_n = c.n;
	return c.errors;
}
