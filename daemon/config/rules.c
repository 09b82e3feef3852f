/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/rules.h"

#include <errno.h>
#include <grp.h>
#include <net/if.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/fill.h"
#include "config/profile.h"
#include "model/observation.h"
#include "model/place.h"
#include "model/target.h"

#define OWN4_SHORTEST 8		/* nobody originates more than that by hand-written configuration */
#define OWN6_SHORTEST 16
#define URL_CHARACTERS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/[]!$&'()*+,;=%"

static void warn(const struct filling *f, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void
warn(const struct filling *f, unsigned line, const char *fmt, ...)
{
	struct settings *s = f->settings;
	char *at = s->warnings[s->warnings_n];
	int n;
	va_list ap;

	if (s->warnings_n == WARNINGS_MAX)
		return;
	n = line > 0 ? snprintf(at, sizeof(s->warnings[0]), "line %u: ", line) : 0;
	va_start(ap, fmt);
	vsnprintf(at + n, sizeof(s->warnings[0]) - (size_t)n, fmt, ap);
	va_end(ap);
	s->warnings_n++;
}

static void
warn_interface(const struct filling *f, const char *name, unsigned line)
{
	if (f->from_file && *name != '\0' && if_nametoindex(name) == 0)
		warn(f, line, "there is no interface %s on this machine", name);
}

int
rule_protected(const struct filling *f, void *object, unsigned line)
{
	const struct protected_prefix *p = object, *all = f->settings->protected;
	char buf[PREFIX_STRLEN];

	for (const struct protected_prefix *other = all; other < p; other++)
		if (prefix_eq(&other->prefix, &p->prefix))
			return fill_refuse(f, -EEXIST, line, "%s is protected already on line %u",
					   prefix_str(&p->prefix, buf), other->line);
	return 0;
}

int
rule_spared(const struct filling *f, void *object, unsigned line)
{
	const struct protected_prefix *p = object, *all = f->settings->spared;
	char buf[PREFIX_STRLEN];

	for (const struct protected_prefix *other = all; other < p; other++)
		if (prefix_eq(&other->prefix, &p->prefix))
			return fill_refuse(f, -EEXIST, line, "%s is spared already on line %u",
					   prefix_str(&p->prefix, buf), other->line);
	return 0;
}

static const struct member *
member_overlapping(const struct settings *s, const struct member *m, const struct prefix *p)
{
	for (const struct member *other = s->members; other < m; other++)
		for (unsigned i = 0; i < other->prefixes_n; i++)
			if (prefix_overlaps(&other->prefixes[i], p))
				return other;
	return NULL;
}

int
rule_member(const struct filling *f, void *object, unsigned line)
{
	const struct member *m = object, *other;
	char buf[PREFIX_STRLEN];

	for (unsigned i = 0; i < m->prefixes_n; i++) {
		other = member_overlapping(f->settings, m, &m->prefixes[i]);
		if (other != NULL)
			return fill_refuse(f, -EEXIST, line,
					   "%s of member \"%s\" overlaps with member \"%s\"",
					   prefix_str(&m->prefixes[i], buf), m->name, other->name);
	}
	return 0;
}

int
rule_link(const struct filling *f, void *object, unsigned line)
{
	warn_interface(f, ((const struct link *)object)->interface, line);
	return 0;
}

/* Both sensors that ask by URL; `value` of the one that has it. */
static int
rule_polled(const struct filling *f, const struct sensor_settings *s, unsigned line)
{
	bool probe = s->type == SENSOR_PROBE;
	struct place place;
	struct target t;
	struct diag why;

	if (target_parse(&t, s->source, &why) != 0)
		return fill_refuse(f, -EINVAL, line, "`url` of sensor \"%s\": %s", s->name,
		    why.say);
	if (!probe && t.scheme == TARGET_TCP)
		return fill_refuse(f, -EINVAL, line,
				   "`url` of sensor \"%s\": tcp:// has no answer to poll", s->name);
	if (!probe && place_parse(&place, s->value, &why) != 0)
		return fill_refuse(f, -EINVAL, line, "`value` of sensor \"%s\": %s", s->name,
				   why.say);
	if (s->ca[0] != '\0' && t.scheme != TARGET_HTTPS)
		return fill_refuse(f, -EINVAL, line,
		    "`ca` of sensor \"%s\" makes sense with https:// alone", s->name);
	if (s->expect != 0 && t.scheme == TARGET_TCP)
		return fill_refuse(f, -EINVAL, line,
				   "`expect` of sensor \"%s\": tcp:// has no status", s->name);
	return 0;
}

/* What a counter of packets and bytes can tell: something a second. */
int
rule_nft_counter(const struct filling *f, void *object, unsigned line)
{
	const struct nft_counter *c = object;
	const char *unit = metric_unit(c->metric);
	size_t len = strlen(unit);

	if (len < 2 || strcmp(unit + len - 2, "/s") != 0)
		return fill_refuse(f, -EINVAL, line,
				   "counter \"%s\" cannot tell %s: a counter gives bits or packets "
				   "a second",
				   c->name, metric_name(c->metric));
	return 0;
}

static int
rule_nftables(const struct filling *f, const struct sensor_settings *s, unsigned line)
{
	uint8_t family;
	const char *name;

	if (!settings_nft_table(s->source, &family, &name))
		return fill_refuse(f, -EINVAL, line,
		    "`table` must be a family (ip, ip6, inet, arp, bridge, netdev) and "
		    "a name, such as \"inet filter\", not \"%.60s\"",
		    s->source);
	return 0;
}

int
rule_sensor(const struct filling *f, void *object, unsigned line)
{
	struct sensor_settings *s = object;
	const struct sensor_settings *all = f->settings->sensors;

	if (s->vantage[0] == '\0')
		snprintf(s->vantage, sizeof(s->vantage), "%s", s->name);
	for (unsigned i = 0; i < s->interfaces_n; i++)
		warn_interface(f, s->interfaces[i], line);
	if (s->type == SENSOR_POLL || s->type == SENSOR_PROBE)
		return rule_polled(f, s, line);
	if (s->type == SENSOR_PACKET && s->workers * s->interfaces_n > SENSOR_WORKERS_MAX)
		return fill_refuse(f, -E2BIG, line,
		    "%u `workers` for each of %u interfaces are more than %u processes", s->workers,
		    s->interfaces_n, SENSOR_WORKERS_MAX);
	for (const struct sensor_settings *other = all; s->type == SENSOR_FLOW && other < s;
	     other++)
		if (other->type == SENSOR_FLOW && other->port == s->port
		    && prefix_eq(&other->listen, &s->listen))
			return fill_refuse(f, -EEXIST, line,
					   "sensor \"%s\" listens already where \"%s\" does",
					   other->name, s->name);
	return s->type == SENSOR_NFTABLES ? rule_nftables(f, s, line) : 0;
}

int
rule_limits(const struct filling *f, void *object, unsigned line)
{
	const struct settings *s = object;

	if (s->limits.auto_rtbh4 < s->limits.hand_rtbh4)
		return fill_refuse(f, -ERANGE, line,
				   "`auto_rtbh4` (%u) lets a policy announce more than a person "
				   "may, "
				   "`hand_rtbh4` (%u)",
				   s->limits.auto_rtbh4, s->limits.hand_rtbh4);
	if (s->limits.auto_rtbh6 < s->limits.hand_rtbh6)
		return fill_refuse(f, -ERANGE, line,
				   "`auto_rtbh6` (%u) lets a policy announce more than a person "
				   "may, "
				   "`hand_rtbh6` (%u)",
				   s->limits.auto_rtbh6, s->limits.hand_rtbh6);
	return 0;
}

/*
 * Nobody's service may be marked as a drill: ours, one address, in nobody's use, and not what must
 * never be announced.
 */
int
rule_drill(const struct filling *f, void *object, unsigned line)
{
	const struct settings *s = object;
	const struct prefix *p = &s->drill.prefix;
	const struct protected_prefix *spared = settings_protected(s, p);
	const struct member *member = settings_member(s, p);
	char text[PREFIX_STRLEN];

	prefix_str(p, text);
	if (!settings_own(s, p))
		return fill_refuse(f, -EINVAL, line,
		    "drills cannot be at %s, which is not inside our own prefixes", text);
	if (spared != NULL)
		return fill_refuse(f, -EINVAL, line,
		    "drills cannot be at %s, which is protected (%s)", text, spared->why);
	if (member != NULL)
		return fill_refuse(f, -EINVAL, line, "drills cannot be at %s, which belongs to %s",
		    text, member->name);
	return 0;
}

/*
 * A directory; who may write there is in the file of `credentials`, which fewer people read than
 * this one.
 */
int
rule_upload(const struct filling *f, void *object, unsigned line)
{
	static const char *const schemes[] = { "https://", "http://", "sftp://", "ftps://" };
	const struct page_upload *u = object;
	size_t len = strlen(u->url), scheme = 0;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (strncmp(u->url, schemes[i], strlen(schemes[i])) == 0)
			scheme = strlen(schemes[i]);
	if (scheme == 0 || len < scheme + 2 || u->url[scheme] == '/')
		return fill_refuse(f, -EINVAL, line,
		    "`url` of upload \"%s\" must begin with https://, sftp://, ftps:// or http:// and a host",
		    u->name);
	if (u->url[len - 1] != '/' || strpbrk(u->url, "?#") != NULL)
		return fill_refuse(f, -EINVAL, line,
		    "`url` of upload \"%s\" must name a directory: end it with /", u->name);
	if (strspn(u->url, URL_CHARACTERS) != len)
		return fill_refuse(f, -EINVAL, line,
		    "`url` of upload \"%s\" has characters that must be written as %%XX, or a user: that is for `credentials`",
		    u->name);
	return 0;
}

int
rule_upstream(const struct filling *f, void *object, unsigned line)
{
	struct upstream *u = object;
	const struct sensor_settings *counter =
	    &f->settings->sensors[u->counter - (u->counter > 0)];
	int err = profile_load(f, &u->profile, line);

	if (err != 0)
		return err;
	if (u->max_prefix == 0)
		u->max_prefix = u->profile.max_prefix;
	if (u->counter > 0 && counter->type != SENSOR_POLL && counter->type != SENSOR_FEED &&
	    counter->type != SENSOR_NFTABLES)
		return fill_refuse(f, -EINVAL, line,
		    "`counter` of upstream \"%s\" must be a poll, feed or nftables sensor; "
		    "\"%s\" is of type %s",
		    u->name, counter->name, sensor_type_name(counter->type));
	if (u->flowspec && !u->profile.flowspec4 && !u->profile.flowspec6)
		return fill_refuse(f, -EINVAL, line,
				   "upstream \"%s\" has `flowspec`, but its profile %s takes none",
				   u->name, u->profile.name);
	return 0;
}

/* Numbers not given continue the order in the router. */
static int
number_upstreams(const struct filling *f, unsigned router)
{
	struct upstream *all = f->settings->upstreams;
	unsigned order = 0;

	for (unsigned i = 0; i < f->settings->upstreams_n; i++) {
		struct upstream *u = &all[i];

		if (u->router != router)
			continue;
		order++;
		if (u->number == 0)
			u->number = order;
		for (unsigned j = 0; j < i; j++) {
			if (all[j].router != router)
				continue;
			if (all[j].number == u->number)
				return fill_refuse(f, -EEXIST, u->line,
						   "upstreams \"%s\" and \"%s\" have the same "
						   "`number` %u",
						   all[j].name, u->name, u->number);
			if (strcmp(all[j].protocol, u->protocol) == 0)
				return fill_refuse(f, -EEXIST, u->line,
						   "upstreams \"%s\" and \"%s\" have the same "
						   "`protocol` %s",
						   all[j].name, u->name, u->protocol);
		}
	}
	return 0;
}

void
rules_fragment(struct router *r)
{
	if (r->fragment[0] == '\0')
		snprintf(r->fragment, sizeof(r->fragment), "/var/lib/seawall/bird/%s.conf",
		    r->name);
}

int
rule_router(const struct filling *f, void *object, unsigned line)
{
	struct router *r = object;
	const struct router *all = f->settings->routers;

	r->sessions_given = r->sessions_n > 0;
	rules_fragment(r);
	for (const struct router *other = all; other < r; other++) {
		if (strcmp(other->fragment, r->fragment) == 0)
			return fill_refuse(f, -EEXIST, line,
					   "routers \"%s\" and \"%s\" have the same `fragment`",
					   other->name, r->name);
		if (strcmp(other->socket, r->socket) == 0)
			return fill_refuse(f, -EEXIST, line,
					   "routers \"%s\" and \"%s\" have the same `socket`",
					   other->name, r->name);
	}
	return number_upstreams(f, (unsigned)(r - all));
}

int
rule_person(const struct filling *f, void *object, unsigned line)
{
	const struct person *p = object, *all = f->settings->people;

	for (const struct person *other = all; other < p; other++)
		if (strcmp(other->user, p->user) == 0)
			return fill_refuse(f, -EEXIST, line,
					   "\"%s\" and \"%s\" have the same `user`", other->name,
					   p->name);
	if (f->from_file && getpwnam(p->user) == NULL)
		warn(f, line, "%s has no account \"%s\" on this machine", p->name, p->user);
	return 0;
}

static int
own_prefixes(const struct filling *f)
{
	const struct settings *s = f->settings;
	char buf[PREFIX_STRLEN];

	for (unsigned i = 0; i < s->prefixes_n; i++) {
		const struct prefix *p = &s->prefixes[i];

		if (p->len < (p->family == 4 ? OWN4_SHORTEST : OWN6_SHORTEST))
			return fill_refuse(f, -ERANGE, s->prefixes_line,
					   "%s in `prefixes` is too large to be our own space",
					   prefix_str(p, buf));
		for (unsigned j = 0; j < i; j++)
			if (prefix_eq(&s->prefixes[j], p))
				return fill_refuse(f, -EEXIST, s->prefixes_line,
						   "%s stands twice in `prefixes`",
						   prefix_str(p, buf));
	}
	return 0;
}

/* A role without an account approves nothing. */
static void
warn_approvals(const struct filling *f, const struct policy *p)
{
	const struct settings *s = f->settings;
	unsigned n = 0;

	for (unsigned i = 0; i < s->people_n; i++)
		n += s->people[i].role >= ROLE_OPERATOR && getpwnam(s->people[i].user) != NULL;
	for (unsigned i = 0; i < p->steps_n; i++)
		if (p->steps[i].needs_approval && p->steps[i].approval.people > n)
			warn(f, 0,
			    "policy \"%s\": step %s asks %u people for approval, and %u of those who "
			    "may give it have an account on this machine",
			    p->name, step_name(p->steps[i].kind), p->steps[i].approval.people, n);
}

int
rule_root(const struct filling *f, void *object, unsigned line)
{
	struct settings *s = object;
	int err = own_prefixes(f);

	(void)line;
	if (err != 0)
		return err;
	profile_templates(f);
	if (!f->from_file)
		return 0;
	if (getpwnam(s->user) == NULL)
		warn(f, 0, "there is no account \"%s\" (`user`) on this machine", s->user);
	for (unsigned i = 0; i < s->operators_n; i++)
		if (getpwnam(s->operators[i]) == NULL && getgrnam(s->operators[i]) == NULL)
			warn(f, 0,
			     "`operators` names \"%s\", which is neither an account nor a group "
			     "here",
			     s->operators[i]);
	for (unsigned i = 0; i < s->policies_n; i++)
		warn_approvals(f, &s->policies[i]);
	return 0;
}
