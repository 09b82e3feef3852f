/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "config/quantity.h"
#include "config/words.h"
#include "model/scope.h"

#define SOCKET_MAX 107		/* sun_path with its terminating zero is 108 */

static int
refuse(int err, char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, VALUE_WHY, fmt, ap);
	va_end(ap);
	return err;
}

static int
read_text(const struct slot *slot, const char *text, char *why)
{
	const struct row *r = slot->row;
	size_t most = r->hi > 0 ? (size_t)r->hi : r->size - 1;
	int err = 0;

	if (*text == '\0')
		return refuse(-EINVAL, why, "must not be empty");
	if (strlen(text) > most)
		return refuse(-ERANGE, why, "is longer than %zu characters", most);
	if (r->names != NULL && words_index(r->names, text) < 0)
		return words_refuse(r->names, text, why);
	if (!words_plain(text))
		return refuse(-EINVAL, why, "holds a control character or is not UTF-8");
	if (r->kind == KIND_NAME && !words_name(text))
		err = refuse(-EINVAL, why,
			     "may hold letters, digits, '.', '_' and '-' only, not \"%.60s\"",
			     text);
	if (r->kind == KIND_SYMBOL && !words_symbol(text))
		err = refuse(-EINVAL, why,
			     "is no name that bird.conf can have: letters, digits and '_', not "
			     "\"%.60s\"",
			     text);
	if ((r->kind == KIND_PATH || r->kind == KIND_SOCKET) && *text != '/')
		err = refuse(-EINVAL, why, "must be an absolute path, not \"%.60s\"", text);
	if (r->kind == KIND_SOCKET && strlen(text) > SOCKET_MAX)
		err = refuse(-ERANGE, why, "is longer than a socket's path can be (%d)",
			     SOCKET_MAX);
	if (err == 0)
		snprintf(slot->at, r->size, "%s", text);
	return err;
}

static void
print_text(const struct slot *slot, struct text *out)
{
	if (*(const char *)slot->at != '\0')
		words_quote(out, slot->at);
}

static void
store(const struct slot *slot, uint64_t n)
{
	switch (slot->row->size) {
	case 1: *(uint8_t *)slot->at = (uint8_t)n; break;
	case 2: *(uint16_t *)slot->at = (uint16_t)n; break;
	default: *(uint32_t *)slot->at = (uint32_t)n; break;
	}
}

static uint32_t
stored(const struct slot *slot)
{
	switch (slot->row->size) {
	case 1: return *(const uint8_t *)slot->at;
	case 2: return *(const uint16_t *)slot->at;
	}
	return *(const uint32_t *)slot->at;
}

static int
read_choice(const struct slot *slot, const char *text, char *why)
{
	int i = words_index(slot->row->names, text);

	if (i < 0)
		return words_refuse(slot->row->names, text, why);
	store(slot, (uint64_t)i);
	return 0;
}

static void
print_choice(const struct slot *slot, struct text *out)
{
	words_quote(out, slot->row->names[stored(slot)]);
}

static int
read_bool(const struct slot *slot, const char *text, char *why)
{
	(void)why;
	*(bool *)slot->at = strcmp(text, "true") == 0;
	return 0;
}

static void
print_bool(const struct slot *slot, struct text *out)
{
	text_add(out, *(const bool *)slot->at ? "true" : "false");
}

static int
read_uint(const struct slot *slot, const char *text, char *why)
{
	const struct row *r = slot->row;
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 || (double)n < r->lo
	    || (double)n > r->hi)
		return refuse(-ERANGE, why, "must be between %.0f and %.0f, not %.40s", r->lo,
			      r->hi, text);
	store(slot, n);
	return 0;
}

static void
print_uint(const struct slot *slot, struct text *out)
{
	uint32_t n = stored(slot);

	/* What does not fit 31 bits is written with its L. */
	if (n != 0 || !(slot->row->flags & SETTING_OPTIONAL))
		text_printf(out, "%" PRIu32 "%s", n, n > INT32_MAX ? "L" : "");
}

static int
read_points(const struct slot *slot, const char *text, char *why)
{
	double n = strtod(text, NULL);

	if (!(n >= slot->row->lo && n <= slot->row->hi))
		return refuse(-ERANGE, why, "must be between %g and %g, not %.40s", slot->row->lo,
			      slot->row->hi, text);
	*(double *)slot->at = n;
	return 0;
}

static void
print_points(const struct slot *slot, struct text *out)
{
	char buf[QUANTITY_STRLEN];

	if (*(const double *)slot->at >= 0)
		text_add(out, quantity_number(*(const double *)slot->at, buf));
}

/* Private and reserved AS numbers are fine; 0, 23456 and the last ones of RFC 7607 and 7300 are
 * nobody's. */
static int
read_as(const struct slot *slot, const char *text, char *why)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0)
		return refuse(-EINVAL, why, "is no AS number: \"%.40s\"", text);
	if (n == 0 || n >= UINT32_MAX || n == 65535 || n == 23456)
		return refuse(-ERANGE, why, "cannot be AS %.40s", text);
	*(uint32_t *)slot->at = (uint32_t)n;
	return 0;
}

static void
print_as(const struct slot *slot, struct text *out)
{
	if (*(const uint32_t *)slot->at != 0)
		text_printf(out, "\"%" PRIu32 "\"", *(const uint32_t *)slot->at);
}

static int
read_prefix(const struct slot *slot, const char *text, char *why)
{
	struct prefix p, cut;
	char buf[PREFIX_STRLEN], host[PREFIX_STRLEN];
	const char *slash = strchr(text, '/');
	int err = prefix_parse(&p, text);

	if (err == -ERANGE)
		return refuse(err, why, "has an impossible length: \"%.60s\"", text);
	if (err == -EDOM) {
		snprintf(host, sizeof(host), "%.*s", (int)(slash - text), text);
		prefix_parse(&cut, host);
		cut = prefix_of(cut.family, cut.addr, (unsigned)atoi(slash + 1));
		return refuse(err, why,
			      "has bits set beyond its length: \"%.60s\"; the prefix is %s", text,
			      prefix_str(&cut, buf));
	}
	if (err != 0)
		return refuse(err, why, "is no prefix such as \"192.0.2.0/24\": \"%.60s\"", text);
	if (slot->row->kind == KIND_ADDRESS && !prefix_is_host(&p))
		return refuse(-EINVAL, why, "must be a single address, not \"%.60s\"", text);
	*(struct prefix *)slot->at = p;
	return 0;
}

static void
print_prefix(const struct slot *slot, struct text *out)
{
	const struct prefix *p = slot->at;
	char buf[PREFIX_STRLEN];

	if (p->family != 0)
		words_quote(out, slot->row->kind == KIND_ADDRESS ? prefix_addr_str(p, buf)
								 : prefix_str(p, buf));
}

static int
read_redirect(const struct slot *slot, const char *text, char *why)
{
	if (redirect_parse(slot->at, text) != 0)
		return refuse(-EINVAL, why,
		    "must be AS:NUMBER, ADDRESS:NUMBER or an IPv4 address, not \"%.60s\"", text);
	return 0;
}

static void
print_redirect(const struct slot *slot, struct text *out)
{
	char buf[REDIRECT_STRLEN];

	words_quote(out, redirect_str(slot->at, buf));
}

/* "0.0.0.0:2055" or "[2001:db8::1]:2055". */
static int
read_listen(const struct slot *slot, const char *text, char *why)
{
	struct sensor_settings *s = slot->object;
	const char *colon = strrchr(text, ':');
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;
	bool v6 = n > 2 && text[0] == '[' && text[n - 1] == ']';
	char host[PREFIX_STRLEN], *end;
	unsigned long port;
	struct prefix p;

	if (n == 0 || n >= sizeof(host) || !isdigit((unsigned char)colon[1]))
		return refuse(-EINVAL, why, "must be ADDRESS:PORT, not \"%.60s\"", text);
	snprintf(host, sizeof(host), "%.*s", (int)(v6 ? n - 2 : n), text + v6);
	port = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || prefix_parse(&p, host) != 0 || !prefix_is_host(&p)
	    || (p.family == 6) != v6)
		return refuse(-EINVAL, why, "must be ADDRESS:PORT, not \"%.60s\"", text);
	if (port == 0 || port > UINT16_MAX)
		return refuse(-ERANGE, why, "has an impossible port: \"%.60s\"", text);
	s->listen = p;
	s->port = (uint16_t)port;
	return 0;
}

static void
print_listen(const struct slot *slot, struct text *out)
{
	const struct sensor_settings *s = slot->object;
	char buf[PREFIX_STRLEN];

	text_printf(out, s->listen.family == 6 ? "\"[%s]:%u\"" : "\"%s:%u\"",
		    prefix_addr_str(&s->listen, buf), s->port);
}

static int
read_metric(const struct slot *slot, const char *text, char *why)
{
	const char *names[METRIC_N + 1] = { NULL };

	if (metric_find(slot->at, text))
		return 0;
	for (int m = 0; m < METRIC_N; m++)
		names[m] = metric_name((enum metric)m);
	return words_refuse(names, text, why);
}

static void
print_metric(const struct slot *slot, struct text *out)
{
	words_quote(out, metric_name(*(const enum metric *)slot->at));
}

static int
read_link(const struct slot *slot, const char *text, char *why)
{
	const struct settings *s = slot->settings;

	for (unsigned i = 0; i < s->links_n; i++) {
		if (strcmp(s->links[i].name, text) == 0) {
			*(int *)slot->at = (int)i;
			return 0;
		}
	}
	return refuse(-ENOENT, why, "names no link: there is no \"%.60s\" in `links`", text);
}

static void
print_link(const struct slot *slot, struct text *out)
{
	if (*(const int *)slot->at >= 0)
		words_quote(out, slot->settings->links[*(const int *)slot->at].name);
}

static int
read_sensor(const struct slot *slot, const char *text, char *why)
{
	const struct settings *s = slot->settings;

	for (unsigned i = 0; i < s->sensors_n; i++) {
		if (strcmp(s->sensors[i].name, text) == 0) {
			*(unsigned *)slot->at = i + 1;
			return 0;
		}
	}
	return refuse(-ENOENT, why, "names no sensor: there is no \"%.60s\" in `sensors`", text);
}

static void
print_sensor(const struct slot *slot, struct text *out)
{
	if (*(const unsigned *)slot->at > 0)
		words_quote(out, slot->settings->sensors[*(const unsigned *)slot->at - 1].name);
}

static int
read_harm(const struct slot *slot, const char *text, char *why)
{
	const struct settings *s = slot->settings;
	struct step *step = slot->object;
	int i = words_index(slot->row->names, text);
	const char *name = strncmp(text, "link:", 5) == 0 ? text + 5 : NULL;

	if (i < 0 && name == NULL)
		return refuse(-EINVAL, why,
			      "must be \"none\", \"link\", \"link:NAME\" or \"state\", not "
			      "\"%.40s\"", text);
	step->harm = i >= 0 ? (enum harm)i : HARM_LINK;
	step->harm_link = 0;
	if (i >= 0)
		return 0;
	for (unsigned l = 0; l < s->links_n; l++)
		if (strcmp(s->links[l].name, name) == 0)
			step->harm_link = (uint8_t)(l + 1);
	return step->harm_link != 0 ? 0 :
		refuse(-ENOENT, why, "names no link: there is no \"%.60s\" in `links`", name);
}

static void
print_harm(const struct slot *slot, struct text *out)
{
	const struct step *step = slot->object;

	if (step->harm_link == 0)
		words_quote(out, slot->row->names[step->harm]);
	else
		text_printf(out, "\"link:%s\"",
			    slot->settings->links[step->harm_link - 1].name);
}

static int
read_via(const struct slot *slot, const char *text, char *why)
{
	struct step *step = slot->object;
	char name[NAME_MAX_LEN], known[128];
	const char *scope = scope_split(text, name);
	int i = settings_upstream(slot->settings, name);
	const struct profile *f;
	unsigned n;

	if (i < 0)
		return refuse(-ENOENT, why, "names no upstream: there is no \"%.60s\" in `routers`",
			      name);
	if (step->via & 1u << i)
		return refuse(-EEXIST, why, "names \"%.60s\" twice", name);
	f = &slot->settings->upstreams[i].profile;
	n = scope != NULL ? scope_find(f, scope) : SCOPE_EVERYWHERE;
	if (scope != NULL && n == 0)
		return refuse(-ENOENT, why,
		    "names \"%.60s\", and profile %s of \"%.60s\" has no such scope; its "
		    "scopes: %s",
		    text, f->name, name, scope_list(f, known, sizeof(known)));
	step->via |= 1u << i;
	step->scopes = scope_set(step->scopes, (unsigned)i, n);
	return 0;
}

static void
print_via(const struct slot *slot, struct text *out)
{
	const struct step *step = slot->object;
	const char *before = "( ";

	for (unsigned i = 0; i < slot->settings->upstreams_n; i++) {
		const struct upstream *u = &slot->settings->upstreams[i];
		const struct scope *scope = scope_named(&u->profile, scope_at(step->scopes, i));
		char place[2 * NAME_MAX_LEN];

		if (!(step->via & 1u << i))
			continue;
		snprintf(place, sizeof(place), "%s%s%s", u->name, scope != NULL ? ":" : "",
			 scope != NULL ? scope->name : "");
		text_add(out, before);
		words_quote(out, place);
		before = ", ";
	}
	text_add(out, step->via != 0 ? " )" : "");
}

static int
read_quantity(const struct slot *slot, const char *text, char *why)
{
	return quantity_read(slot->row, slot->object, slot->at, text, why);
}

static void
print_quantity(const struct slot *slot, struct text *out)
{
	quantity_print(slot->row, slot->object, slot->at, out);
}

static const struct {
	unsigned written_as;
	const char *example;
	int (*read)(const struct slot *slot, const char *text, char *why);
	void (*print)(const struct slot *slot, struct text *out);
} kinds[KIND_SCALARS] = {
	[KIND_TEXT] = { VALUE_STRING, "a text in quotation marks", read_text, print_text },
	[KIND_NAME] = { VALUE_STRING, "a name in quotation marks", read_text, print_text },
	[KIND_SYMBOL] = { VALUE_STRING, "a name in quotation marks", read_text, print_text },
	[KIND_PATH] = { VALUE_STRING, "a path in quotation marks", read_text, print_text },
	[KIND_FILE] = { VALUE_STRING, "a path in quotation marks", read_text, print_text },
	[KIND_SOCKET] = { VALUE_STRING, "a path in quotation marks", read_text, print_text },
	[KIND_CHOICE] = { VALUE_STRING, "a word in quotation marks", read_choice, print_choice },
	[KIND_BOOL] = { VALUE_BOOL, "true or false", read_bool, print_bool },
	[KIND_UINT] = { VALUE_INTEGER, "a whole number", read_uint, print_uint },
	[KIND_POINTS] = { VALUE_INTEGER | VALUE_REAL, "a number", read_points, print_points },
	[KIND_BITS] = { VALUE_STRING, "a rate such as \"200Mbit\"", read_quantity, print_quantity },
	[KIND_DURATION] = { VALUE_STRING, "a duration such as \"5m\"", read_quantity,
	    print_quantity },
	[KIND_PERCENT] = { VALUE_STRING, "a share such as \"10%\"", read_quantity, print_quantity },
	[KIND_AS] = { VALUE_STRING | VALUE_INTEGER, "an AS number such as \"64500\"", read_as,
	    print_as },
	[KIND_PREFIX] = { VALUE_STRING, "a prefix such as \"192.0.2.0/24\"", read_prefix,
	    print_prefix },
	[KIND_ADDRESS] = { VALUE_STRING, "an address such as \"192.0.2.1\"", read_prefix,
	    print_prefix },
	[KIND_LISTEN] = { VALUE_STRING, "an address and port such as \"0.0.0.0:2055\"", read_listen,
	    print_listen },
	[KIND_METRIC] = { VALUE_STRING, "a metric such as \"bps\"", read_metric, print_metric },
	[KIND_THRESHOLD] = { VALUE_STRING, "a threshold such as \"200Mbit\" or \"50%\"",
	    read_quantity, print_quantity },
	[KIND_LINK] = { VALUE_STRING, "the name of a link", read_link, print_link },
	[KIND_SENSOR] = { VALUE_STRING, "the name of a sensor", read_sensor, print_sensor },
	[KIND_VIA] = { VALUE_STRING, "the name of an upstream", read_via, print_via },
	[KIND_HARM] = { VALUE_STRING, "\"none\", \"state\", \"link\" or \"link:NAME\"", read_harm,
	    print_harm },
	[KIND_REDIRECT] = { VALUE_STRING,
	    "a route target such as \"64500:666\", or an IPv4 address", read_redirect,
	    print_redirect },
	[KIND_OTHERWISE] = { VALUE_STRING, "\"act\", \"refuse\" or \"act-for(5m)\"", read_quantity,
	    print_quantity },
};

unsigned
value_written_as(enum kind kind)
{
	return kinds[kind].written_as;
}

const char *
value_example(enum kind kind)
{
	return kinds[kind].example;
}

int
value_read(const struct slot *slot, const char *text, char why[static VALUE_WHY])
{
	return kinds[slot->row->kind].read(slot, text, why);
}

void
value_print(const struct slot *slot, struct text *out)
{
	kinds[slot->row->kind].print(slot, out);
}

void
value_unset(const struct slot *slot)
{
	if (slot->row->kind == KIND_LINK)
		*(int *)slot->at = -1;
	else if (slot->row->kind == KIND_PERCENT || slot->row->kind == KIND_POINTS)
		*(double *)slot->at = -1;
	else
		memset(slot->at, 0, slot->row->size);
}
