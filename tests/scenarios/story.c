/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define REQUEST_BITS 8000		/* of packets towards the server */
#define REQUEST_LENGTH 250
#define LINE_MAX_LEN 512
#define TAIL_MS 60000		/* after the last thing that is written down */

struct line {
	const char *file;
	unsigned number, n, at;
	char text[LINE_MAX_LEN];
	char *words[WORDS_MAX];
	const struct settings *s;
	struct story *story;
	bool bad;
};

static void
fail(struct line *l, const char *expected)
{
	if (!l->bad)
		fprintf(stderr, "%s:%u: expected %s%s%s\n", l->file, l->number, expected,
		    l->at < l->n ? ", not " : "", l->at < l->n ? l->words[l->at] : "");
	l->bad = true;
}

/* "quoted words" are one, and 'these "too"'. */
static void
split(struct line *l)
{
	char *p = l->text;

	l->n = l->at = 0;
	while (l->n < WORDS_MAX) {
		p += strspn(p, " \t\n");
		if (*p == '\0' || *p == '#')
			return;
		if (*p == '"' || *p == '\'') {
			const char end[] = { *p, '\n', '\0' };

			l->words[l->n++] = ++p;
			p += strcspn(p, end);
		} else {
			l->words[l->n++] = p;
			p += strcspn(p, " \t\n");
		}
		if (*p != '\0')
			*p++ = '\0';
	}
	fail(l, "a shorter line");
}

static bool
have(struct line *l, const char *word)
{
	if (l->at >= l->n || strcmp(l->words[l->at], word) != 0)
		return false;
	l->at++;
	return true;
}

static void
need(struct line *l, const char *word)
{
	if (!have(l, word))
		fail(l, word);
}

static const char *
next(struct line *l, const char *expected)
{
	if (l->at >= l->n) {
		fail(l, expected);
		return "";
	}
	return l->words[l->at++];
}

static int64_t
duration(struct line *l)
{
	int64_t ms = 0;

	if (l->at >= l->n || units_duration(&ms, l->words[l->at]) != 0)
		fail(l, "a duration such as 90s or 5m");
	l->at++;
	return ms;
}

static double
rate(struct line *l)
{
	double bps = 0;

	if (l->at >= l->n || units_bits(&bps, l->words[l->at]) != 0)
		fail(l, "a rate such as 900Mbit");
	l->at++;
	return bps;
}

static double
percent(struct line *l)
{
	double share = 0;

	if (l->at >= l->n || units_percent(&share, l->words[l->at]) != 0)
		fail(l, "a share such as 95%");
	l->at++;
	return share;
}

static unsigned
number(struct line *l)
{
	char *end;
	unsigned long n = strtoul(next(l, "a number"), &end, 10);

	if (*end != '\0' || n > 100000)
		fail(l, "a number");
	return (unsigned)n;
}

static struct prefix
target(struct line *l)
{
	struct prefix p = { 0 };

	if (l->at >= l->n || prefix_parse(&p, l->words[l->at]) != 0)
		fail(l, "an address or a prefix");
	l->at++;
	return p;
}

/* ---- traffic ------------------------------------------------------------- */

static const struct {
	const char *name;
	uint8_t proto;
	uint16_t flags, dport, length;
} kinds[] = {
	{ "https", 6, 0x18, 443, 1000 }, { "udp", 17, 0, 0, 1200 }, { "syn", 6, 0x02, 443, 60 },
	{ "tcp", 6, 0x10, 443, 600 }, { "icmp", 1, 0, 0, 800 }, { "gre", 47, 0, 0, 1000 },
};

static void
kind(struct line *l, struct stream *s)
{
	const char *word = next(l, "a kind of traffic");

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(word, kinds[i].name) != 0)
			continue;
		s->proto = kinds[i].proto;
		s->tcp_flags = kinds[i].flags;
		s->dport = kinds[i].dport;
		s->length = kinds[i].length;
		return;
	}
	l->at--;
	fail(l, "https, udp, syn, tcp, icmp or gre");
}

static struct stream *
add_stream(struct line *l, int64_t at)
{
	if (l->story->streams_n == STREAMS_MAX) {
		fail(l, "fewer streams");
		return &l->story->streams[0];
	}
	l->story->streams[l->story->streams_n] =
	    (struct stream){ .from_ms = at, .until_ms = INT64_MAX, .hosts = 1 };
	return &l->story->streams[l->story->streams_n++];
}

static void
destinations(struct line *l, struct stream *s)
{
	do {
		if (s->places_n == PLACES_MAX)
			fail(l, "fewer targets");
		else
			s->to[s->places_n++] = target(l);
	} while (have(l, "and") && !l->bad);
	if (s->to[0].len != prefix_bits(&s->to[0]))
		s->hosts = s->to[0].family == 4 ? 1u << (32 - s->to[0].len) : 0;
}

static void
note_attack(struct line *l, const struct stream *s)
{
	if (l->story->attack_from_ms == 0 || s->from_ms < l->story->attack_from_ms)
		l->story->attack_from_ms = s->from_ms;
	if (s->until_ms != INT64_MAX && s->until_ms > l->story->attack_until_ms)
		l->story->attack_until_ms = s->until_ms;
}

static void
attack(struct line *l, int64_t at)
{
	struct stream *s = add_stream(l, at);

	s->attack = true;
	kind(l, s);
	s->bps = rate(l);
	need(l, "to");
	destinations(l, s);
	while (l->at < l->n && !l->bad) {
		if (have(l, "from")) {
			need(l, "port");
			s->sport = (uint16_t)number(l);
		} else if (have(l, "on")) {
			need(l, "port");
			s->dport = (uint16_t)number(l);
		} else if (have(l, "for")) {
			s->until_ms = at + duration(l);
		} else if (have(l, "pulsing")) {
			s->on_ms = duration(l);
			need(l, "of");
			s->off_ms = duration(l) - s->on_ms;
		} else if (have(l, "rising")) {
			need(l, "over");
			s->ramp_ms = duration(l);
		} else if (have(l, "in")) {
			need(l, "the");
			need(l, "name");
			need(l, "of");
			s->src = target(l);
		} else {
			fail(l, "from port, on port, for, pulsing, rising or in the name of");
		}
	}
	note_attack(l, s);
}

/* One client whose requests the service answers, and its log tells of. */
static void
client(struct line *l, int64_t at)
{
	struct stream *s = add_stream(l, at);

	*s = (struct stream){ .attack = true,
		.from_ms = at,
		.until_ms = INT64_MAX,
		.hosts = 1,
		.proto = 6,
		.tcp_flags = 0x18,
		.dport = 443,
		.length = REQUEST_LENGTH };
	s->src = target(l);
	need(l, "asks");
	s->rps = number(l);
	s->bps = s->rps * REQUEST_BITS;
	need(l, "times");
	need(l, "a");
	need(l, "second");
	need(l, "of");
	s->to[s->places_n++] = target(l);
	if (have(l, "for"))
		s->until_ms = at + duration(l);
	note_attack(l, s);
}

static void
receives(struct line *l, int64_t at)
{
	const char *name = next(l, "a member");
	struct stream *s = add_stream(l, at);

	for (unsigned i = 0; i < l->s->members_n; i++)
		if (strcmp(l->s->members[i].name, name) == 0)
			s->to[s->places_n++] = l->s->members[i].prefixes[0];
	if (s->places_n != 1) {
		fail(l, "the name of one member");
		return;
	}
	s->to[0].len = (uint8_t)prefix_bits(&s->to[0]);
	need(l, "receives");
	s->bps = rate(l);
	kind(l, s);
	if (have(l, "on")) {
		need(l, "port");
		s->dport = (uint16_t)number(l);
	}
	if (have(l, "for"))
		s->until_ms = at + duration(l);
	if (have(l, "from")) {
		need(l, "a");
		need(l, "crowd");
		s->people = true;
	}
}

/* ---- happenings ---------------------------------------------------------- */

static struct event *
add_event(struct line *l, int64_t at, enum happening what)
{
	struct event *e =
	    &l->story->events[l->story->events_n < HAPPENINGS_MAX ? l->story->events_n++ : 0];

	*e = (struct event){ .at_ms = at, .what = what };
	return e;
}

static unsigned
named(struct line *l, const char *first, size_t each, unsigned n, const char *expected)
{
	const char *word = next(l, expected);

	for (unsigned i = 0; i < n; i++)
		if (strcmp(first + each * i, word) == 0)
			return i;
	l->at--;
	fail(l, expected);
	return 0;
}

/* Of what kind its lie is, where that is said: else answers of name servers. */
static void
lie(struct line *l, struct event *e)
{
	if (have(l, "of")) {
		kind(l, &e->lie);
	} else if (have(l, "from")) {
		need(l, "port");
		e->lie.sport = (uint16_t)number(l);
	} else {
		need(l, "on");
		need(l, "port");
		e->lie.dport = (uint16_t)number(l);
	}
}

static void
sensor(struct line *l, int64_t at)
{
	unsigned i =
	    named(l, l->s->sensors[0].name, sizeof(l->s->sensors[0]), l->s->sensors_n, "a sensor");
	struct event *e = add_event(l, at, SENSOR_WELL);

	e->index = i;
	e->lie = (struct stream){ .attack = true, .proto = 17, .sport = 53, .length = 1200 };
	if (have(l, "goes")) {
		e->what = have(l, "silent") ? SENSOR_SILENT : SENSOR_BLIND;
		if (e->what == SENSOR_BLIND)
			need(l, "blind");
	} else if (have(l, "lies")) {
		e->what = SENSOR_LIES;
		e->value = rate(l);
		need(l, "to");
		e->target = target(l);
		while (e->what == SENSOR_LIES && l->at < l->n && !l->bad)
			lie(l, e);
	} else {
		need(l, "recovers");
	}
}

static void
upstream(struct line *l, int64_t at)
{
	unsigned i = named(l, l->s->upstreams[0].name, sizeof(l->s->upstreams[0]),
	    l->s->upstreams_n, "an upstream");
	struct event *e = add_event(l, at, UPSTREAM_TAKES);

	e->index = i;
	if (have(l, "goes"))
		e->what = UPSTREAM_DOWN;
	else if (have(l, "comes"))
		e->what = UPSTREAM_UP;
	else if (have(l, "refuses"))
		e->what = UPSTREAM_REFUSES;
	else
		need(l, "takes");
	if (e->what == UPSTREAM_DOWN)
		need(l, "down");
	if (e->what == UPSTREAM_UP)
		need(l, "back");
}

/* To the question about a target; without one to all that wait then. */
static void
answers(struct line *l, struct event *e, enum happening what)
{
	const struct person *p = l->s->people;

	e->what = what;
	e->line = l->number;
	while (e->index < l->s->people_n && strcmp(p[e->index].name, e->who) != 0)
		e->index++;
	if (e->index == l->s->people_n && what != NOBODY_ANSWERS) {
		l->at = 2;
		fail(l, "one of the people");
	}
	if (l->at < l->n)
		e->target = target(l);
}

static void
person(struct line *l, int64_t at)
{
	const char *who = next(l, "what happens");
	struct event *e = add_event(l, at, PERSON_WITHDRAWS);

	snprintf(e->who, sizeof(e->who), "%s", who);
	if (strcmp(who, "nobody") == 0) {
		need(l, "answers");
		answers(l, e, NOBODY_ANSWERS);
		return;
	}
	if (have(l, "approves")) {
		answers(l, e, PERSON_APPROVES);
		return;
	}
	if (have(l, "denies")) {
		answers(l, e, PERSON_DENIES);
		return;
	}
	if (have(l, "withdraws")) {
		need(l, "everything");
	} else if (have(l, "pauses")) {
		e->what = PERSON_PAUSES;
		need(l, "for");
		e->for_ms = duration(l);
	} else if (have(l, "blackholes")) {
		e->what = PERSON_ANNOUNCES;
		e->target = target(l);
		need(l, "for");
		e->for_ms = duration(l);
	} else {
		fail(l, "withdraws, pauses, blackholes, approves or denies");
	}
}

static void
at(struct line *l)
{
	int64_t when = duration(l);

	if (have(l, "attack")) {
		attack(l, when);
	} else if (have(l, "client")) {
		client(l, when);
	} else if (have(l, "member")) {
		receives(l, when);
	} else if (have(l, "sensor")) {
		sensor(l, when);
	} else if (have(l, "upstream")) {
		upstream(l, when);
	} else if (have(l, "link")) {
		unsigned i =
		    named(l, l->s->links[0].name, sizeof(l->s->links[0]), l->s->links_n, "a link");
		struct event *e = add_event(l, when, LINK_FULL);

		e->index = i;
		need(l, "is");
		e->value = percent(l);
		need(l, "full");
	} else if (have(l, "probe")) {
		struct event *e = add_event(l, when, PROBE_FAILS);

		e->index = named(l, l->s->sensors[0].name, sizeof(l->s->sensors[0]),
		    l->s->sensors_n, "a sensor");
		e->value = have(l, "fails") ? 1 : 0;
		if (e->value == 0)
			need(l, "answers");
	} else {
		person(l, when);
	}
	if (when + TAIL_MS > l->story->end_ms)
		l->story->end_ms = when + TAIL_MS;
}

/* ---- expectations -------------------------------------------------------- */

static void
expect(struct line *l)
{
	struct expect *e = &l->story->expects[l->story->expects_n < EXPECTATIONS_MAX ?
	    l->story->expects_n++ : 0];

	*e = (struct expect){ .line = l->number, .since_ms = l->story->attack_from_ms };
	if (have(l, "no")) {
		e->what = EXPECT_NO;
		snprintf(e->text, sizeof(e->text), "%s", next(l, "a step"));
		e->within_ms = INT64_MAX;
	} else if (have(l, "released")) {
		e->what = EXPECT_RELEASED;
		need(l, "within");
		e->within_ms = duration(l);
		need(l, "after");
		need(l, "the");
		need(l, "attack");
		if (l->story->attack_until_ms + e->within_ms > l->story->end_ms)
			l->story->end_ms = l->story->attack_until_ms + e->within_ms;
	} else if (have(l, "held") || have(l, "gone")) {
		e->what = strcmp(l->words[l->at - 1], "held") == 0 ? EXPECT_HELD : EXPECT_GONE;
		need(l, "at");
		e->within_ms = duration(l);
	} else if (have(l, "said") || have(l, "unsaid")) {
		e->what = strcmp(l->words[l->at - 1], "said") == 0 ? EXPECT_SAID : EXPECT_NOT_SAID;
		snprintf(e->text, sizeof(e->text), "%s", next(l, "a sentence"));
	} else if (have(l, "at")) {
		need(l, "most");
		e->what = EXPECT_AT_MOST;
		e->value = number(l);
		snprintf(e->text, sizeof(e->text), "%s",
		    next(l, "announcements, incidents or blackholes"));
	} else if (have(l, "legitimate")) {
		e->what = EXPECT_LEGITIMATE;
		e->value = percent(l);
	} else {
		e->what = EXPECT_STEP;
		snprintf(e->text, sizeof(e->text), "%s", next(l, "a step"));
	}
	if (have(l, "on"))
		e->target = target(l);
	if (e->what == EXPECT_NO && have(l, "before"))
		e->within_ms = duration(l);
	if (e->what == EXPECT_STEP && have(l, "within"))
		e->within_ms = duration(l);
	else if (e->what == EXPECT_STEP)
		e->since_ms = 0;
	if (l->at < l->n)
		fail(l, "nothing more");
}

int
story_provider(char *ret, size_t size, const char *path)
{
	struct line l = { .file = path };
	FILE *f = fopen(path, "re");

	if (f == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -errno;
	}
	ret[0] = '\0';
	while (fgets(l.text, sizeof(l.text), f) != NULL) {
		split(&l);
		if (have(&l, "provider"))
			snprintf(ret, size, "%s", next(&l, "a file name"));
	}
	fclose(f);
	return 0;
}

int
story_read(struct story *ret, const char *path, const struct settings *s)
{
	struct line l = { .file = path, .s = s, .story = ret };
	FILE *f = fopen(path, "re");

	if (f == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -errno;
	}
	*ret = (struct story){ .end_ms = TAIL_MS };
	while (!l.bad && fgets(l.text, sizeof(l.text), f) != NULL) {
		l.number++;
		split(&l);
		if (l.n == 0)
			continue;
		if (have(&l, "story"))
			snprintf(ret->name, sizeof(ret->name), "%s",
			    next(&l, "its name in quotes"));
		else if (have(&l, "provider"))
			next(&l, "a file name");
		else if (have(&l, "at"))
			at(&l);
		else if (have(&l, "expect"))
			expect(&l);
		else if (have(&l, "end"))
			ret->end_ms = duration(&l);
		else
			fail(&l, "story, provider, at, expect or end");
	}
	fclose(f);
	if (!l.bad && (ret->name[0] == '\0' || ret->expects_n == 0))
		fail(&l, "a name and something that is expected");
	return l.bad ? -EINVAL : 0;
}
