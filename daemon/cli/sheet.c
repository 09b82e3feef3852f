/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/sheet.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "cli/table.h"

#define COLUMNS 78
#define BLANK "____________________"
#define BLANK_NUMBER "________"
#define LENGTHS_MAX 24
#define WORD_MAX (4 * PATH_MAX_LEN + 3)	/* each letter a quote, in quotes */
/* BIRD says what stands in all of them at once. */
#define TABLES "table seawall4 table seawall6 table seawall_flow4 table seawall_flow6"

static void
put(struct text *out, const char *lead, const char *sentence)
{
	text_hang(out, lead, sentence, COLUMNS);
}

/* A part that is missing makes the whole sheet bad: nobody would see at night what is not there. */
static const char *
part(struct text *out, const struct text *t)
{
	out->bad |= t->bad;
	return text_str(t);
}

static void __attribute__((format(printf, 3, 4)))
putf(struct text *out, const char *lead, const char *fmt, ...)
{
	struct text t;
	va_list ap;

	text_init(&t, SHEET_MAX);
	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	put(out, lead, part(out, &t));
	text_fini(&t);
}

static void
title(struct text *out, const char *words)
{
	text_printf(out, "\n%s\n", words);
}

/* A command stays on its line, for it is typed as it stands. */
static void __attribute__((format(printf, 2, 3)))
command(struct text *out, const char *fmt, ...)
{
	va_list ap;

	text_add(out, "      ");
	va_start(ap, fmt);
	text_vprintf(out, fmt, ap);
	va_end(ap);
	text_add(out, "\n");
}

/* As a shell reads it: in quotes where it would read something else. */
static const char *
word(const char *path, char buf[static WORD_MAX])
{
	char *to = buf;
	bool plain = *path != '\0';

	for (const char *c = path; *c != '\0'; c++)
		plain &= isalnum((unsigned char)*c) || strchr("/._-+:@%", *c) != NULL;
	if (plain)
		return path;
	*to++ = '\'';
	for (; *path != '\0'; path++) {
		if (*path == '\'')
			to = stpcpy(to, "'\\'");
		*to++ = *path;
	}
	strcpy(to, "'");
	return buf;
}

/* Each router's file gets its own name, for two may be named alike in two directories. */
static void
by_hand(struct text *out, const struct router *r)
{
	char fragment[WORD_MAX], socket[WORD_MAX];

	command(out, "sudo mv %s /root/seawall-%s.conf", word(r->fragment, fragment), r->name);
	command(out, "sudo birdc -s %s configure", word(r->socket, socket));
}

static void
what_is_over(struct text *out, const struct router *r, const char *directory)
{
	char reaper[WORD_MAX], fragment[WORD_MAX], socket[WORD_MAX], audit[WORD_MAX];

	command(out, "sudo %s %s %s %s", word(PKGLIBEXECDIR "/seawall-reaper", reaper),
	    word(r->fragment, fragment), word(r->socket, socket), word(directory, audit));
}

static void
what_stands(struct text *out, const struct router *r)
{
	char socket[WORD_MAX];

	command(out, "sudo birdc -s %s show route " TABLES, word(r->socket, socket));
	command(out, "sudo birdc -s %s show protocols", word(r->socket, socket));
}

static void
take_back(struct text *out, const struct settings *s)
{
	title(out,
	    _("1. TAKE BACK WHAT WE ANNOUNCE: of a, b and c the first that works is enough"));
	put(out, "  a. ", _("With the daemon:"));
	command(out, "sudo seawall withdraw --all --reason night");
	put(out, "  b. ", _("Without it:"));
	command(out, "sudo seawall withdraw --all --offline --reason night");
	put(out, "  c. ", _("By hand, where neither works:"));
	command(out, "sudo systemctl stop seawalld seawall-reaper.timer");
	for (unsigned i = 0; i < s->routers_n; i++)
		by_hand(out, &s->routers[i]);
	put(out, "     ",
	    _("A daemon that is started after c. announces again what its record says: then give a. at once."));
	put(out, "  d. ", _("Only what is over:"));
	for (unsigned i = 0; i < s->routers_n; i++)
		what_is_over(out, &s->routers[i], s->audit_directory);
	put(out, "  e. ", _("What stands, and whether the sessions are up:"));
	for (unsigned i = 0; i < s->routers_n; i++)
		what_stands(out, &s->routers[i]);
}

static const char *
or_blank(const char *known, const char *blank)
{
	return *known != '\0' ? known : blank;
}

static const char *
number(uint32_t asn, char buf[static 16])
{
	if (asn == 0)
		return BLANK_NUMBER;
	snprintf(buf, 16, "%u", asn);
	return buf;
}

/* "/24-/32", "/32", or a dash */
static const char *
lengths(const struct lengths *l, char buf[static LENGTHS_MAX])
{
	if (l->max == 0)
		return "-";
	if (l->min == l->max)
		snprintf(buf, LENGTHS_MAX, "/%u", l->max);
	else
		snprintf(buf, LENGTHS_MAX, "/%u-/%u", l->min, l->max);
	return buf;
}

static void
what_it_takes(struct text *out, const struct upstream *u)
{
	const struct profile *p = &u->profile;
	char four[LENGTHS_MAX], six[LENGTHS_MAX];

	putf(out, "      ",
	    _("By BGP they take blackholes of IPv4 %1$s and IPv6 %2$s, with community %3$s."),
	    lengths(&p->rtbh4, four), lengths(&p->rtbh6, six),
	    or_blank(p->community, BLANK_NUMBER));
}

static void
call(struct text *out, const struct settings *s, const struct upstream *u)
{
	const struct router *r = &s->routers[u->router];
	char ours[16], theirs[16];

	putf(out, "  [ ] ", _("%1$s (AS %2$s): %3$s"), u->name, number(u->asn, theirs),
	    or_blank(u->noc, BLANK));
	putf(out, "      ",
	    _("\"This is %1$s, AS %2$s, your BGP session %3$s. We are under a denial-of-service attack. Please drop, at the "
	      "edge of your network, everything that goes to this ONE address: %4$s until: %5$s Which ticket is it? %5$s\""),
	    or_blank(s->organization.name, BLANK), number(r->asn, ours), u->protocol, BLANK,
	    BLANK_NUMBER);
	what_it_takes(out, u);
}

static void
refuse(struct text *out, const struct settings *s)
{
	char buf[PREFIX_STRLEN];
	struct text t;

	title(out, _("3. DO NOT AGREE TO"));
	text_init(&t, SHEET_MAX);
	for (unsigned i = 0; i < s->prefixes_n; i++)
		text_printf(&t, "%s%s", i > 0 ? ", " : "", prefix_str(&s->prefixes[i], buf));
	putf(out, "  - ",
	    _("a blackhole of a whole network of ours (%s): that is what the attackers want;"),
	    part(out, &t));
	text_clear(&t);
	for (unsigned i = 0; i < s->protected_n; i++)
		text_printf(&t, "%s%s (%s)", i > 0 ? ", " : "",
		    prefix_str(&s->protected[i].prefix, buf), s->protected[i].why);
	if (s->protected_n > 0)
		putf(out, "  - ", _("a blackhole of what all of us need: %s;"), part(out, &t));
	text_fini(&t);
	put(out, "  - ", _("a measure that has no end, or that nobody but they can take back;"));
	put(out, "  - ",
	    _("the session being shut \"to protect you\": then they hear none of our requests any more."));
}

static const char *
consent(enum consent c)
{
	switch (c) {
	case CONSENT_NEVER:
		return _("NEVER taken off the net");
	case CONSENT_YES:
		return _("may be taken off the net");
	default:
		return _("ask them first");
	}
}

static void
members(struct text *out, const struct settings *s)
{
	char buf[PREFIX_STRLEN];
	struct text t;

	title(out, _("4. MEMBERS, as agreed in quiet times"));
	if (s->members_n == 0)
		put(out, "  - ", BLANK);
	text_init(&t, SHEET_MAX);
	for (unsigned i = 0; i < s->members_n; i++) {
		const struct member *m = &s->members[i];

		text_clear(&t);
		for (unsigned k = 0; k < m->prefixes_n; k++)
			text_printf(&t, "%s%s", k > 0 ? ", " : "",
			    prefix_str(&m->prefixes[k], buf));
		putf(out, "  - ", "%s: %s. %s. %s", m->name, consent(m->blackhole), part(out, &t),
		    or_blank(m->contact, BLANK));
	}
	text_fini(&t);
}

static void
people(struct text *out, const struct settings *s)
{
	title(out, _("5. WHO MAY DECIDE"));
	for (unsigned i = 0; i < s->people_n; i++)
		if (s->people[i].role != ROLE_VIEWER)
			putf(out, "  - ", "%s (%s): " BLANK, s->people[i].name,
			     s->people[i].role == ROLE_COMMITTEE ? _("committee") : _("operator"));
	if (s->people_n == 0)
		put(out, "  - ", BLANK);
}

static void
afterwards(struct text *out)
{
	title(out, _("6. TELL MEMBERS"));
	putf(out, "  ",
	    _("\"Since %1$s somebody floods our lines, so that your site may be slow or out of reach. We are at work on it with "
	      "our providers. The next word comes at %1$s also if nothing is new.\""),
	    BLANK_NUMBER);
	title(out, _("7. WRITE DOWN here: when, whom, the ticket, what was agreed, until when"));
	put(out, "  ",
	    _("What a provider does by telephone, Seawall knows nothing of: call again to end it, and cross it out here."));
}

void
sheet_write(struct text *out, const struct settings *s, wall_t printed)
{
	char day[WALL_STRLEN], *whole = realpath(s->file, NULL);

	text_printf(out, _("SHEET FOR THE NIGHT - %s"), or_blank(s->organization.name, BLANK));
	text_add(out, "\n");
	putf(out, "",
	    _("For when nothing else can be read. Keep it on paper and in a telephone; print it anew when something in it "
	      "changes. From %1$s, %2$.10s."),
	    whole != NULL ? whole : s->file, wall_str(printed, day));
	free(whole);
	take_back(out, s);
	title(out, _("2. CALL THE PROVIDERS: the one whose line is full first"));
	for (unsigned i = 0; i < s->upstreams_n; i++)
		call(out, s, &s->upstreams[i]);
	refuse(out, s);
	members(out, s);
	people(out, s);
	afterwards(out);
}
