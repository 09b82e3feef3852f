/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What attackers do: one function each, called when it asked to be woken.  README.md says how to
 * add one.
 */
#include <math.h>

#include "attacker.h"
#include "chance.h"

#define MINUTE 60
#define HOUR 3600

static int
someone(const struct attacker *a)
{
	return (int)(chance(a->seed, 11, a->round) * MEMBERS);
}

/* Amplifiers, in no order that could be learned. */
static enum vector
some_vector(const struct attacker *a)
{
	static const enum vector of[] = { DNS, NTP, MEMCACHED, CLDAP, SSDP, SYNS, FRAGMENTS };

	return of[(unsigned)(chance(a->seed, 12, a->round) * (sizeof(of) / sizeof(*of)))];
}

/* On for so long, off for so long, another member and another size each time. */
static void
turns(struct attacker *a, double on, double off)
{
	if (a->on) {
		attacker_cease(a);
		a->round++;
		attacker_wake_in(a, off);
		return;
	}
	attacker_flood(a, some_vector(a), someone(a), attacker_size(a));
	attacker_wake_in(a, on);
}

static void
persistent(struct attacker *a)
{
	turns(a, 6 * HOUR, 9 * HOUR);
}

static void
pulsing(struct attacker *a)
{
	bool was = a->on;

	turns(a, 40, 9 * MINUTE + 20);
	if (was && a->round % 40 != 0)
		a->round--;		/* the same target for hours, as pulses go */
}

static void
touch(struct attacker *a)
{
	turns(a, 20, 2 * HOUR - 20);
}

/* Fires until it sees the hole, and again as soon as it sees that it is gone. */
static void
reactive(struct attacker *a)
{
	struct seen is = attacker_sees(a, a->target);

	if (a->on && is.hole) {
		attacker_cease(a);
	} else if (!a->on && !is.hole &&
	    (a->wake_ms == 0 || a->now_ms - a->since_ms > MINUTE * 1000)) {
		attacker_flood(a, DNS, a->target, attacker_size(a));
		a->since_ms = a->now_ms;
	}
	attacker_wake_in(a, 10);
}

static void
carpet(struct attacker *a)
{
	if (a->on) {
		attacker_cease(a);
		a->round++;
		attacker_wake_in(a, 20 * MINUTE);
		return;
	}
	attacker_carpet(a, some_vector(a), someone(a), attacker_size(a));
	attacker_wake_in(a, 10 * MINUTE);
}

/* Another vector every minute and a half, half an hour long. */
static void
vectors(struct attacker *a)
{
	static const enum vector of[] = { DNS, SYNS, NTP, FRAGMENTS, MEMCACHED, PINGS, CLDAP,
		SSDP };
	unsigned turn = a->round++ % 20;

	attacker_cease(a);
	if (turn == 19) {
		attacker_wake_in(a, HOUR);
		return;
	}
	attacker_flood(a, of[turn % 8], (int)(a->round / 20 % MEMBERS), attacker_size(a));
	attacker_wake_in(a, 90);
}

/* One member after the other. */
static void
targets(struct attacker *a)
{
	unsigned turn = a->round++ % (2 * MEMBERS + 1);

	attacker_cease(a);
	if (turn == 2 * MEMBERS) {
		attacker_wake_in(a, 30 * MINUTE);
		return;
	}
	attacker_flood(a, some_vector(a), (int)(turn % MEMBERS), attacker_size(a));
	attacker_wake_in(a, 2 * MINUTE);
}

/* Connections like everybody's. */
static void
mimicry(struct attacker *a)
{
	if (a->on) {
		attacker_cease(a);
		a->round++;
		attacker_wake_in(a, 2 * HOUR);
		return;
	}
	attacker_flood(a, LOOKALIKE, someone(a), attacker_size(a));
	attacker_wake_in(a, 2 * HOUR);
}

/* No flood at all: flow records that claim one, shaped like the members' own traffic. */
static void
lies(struct attacker *a)
{
	static const struct { uint8_t proto, flags; int sport, dport; double length; } claims[] = {
		{ UDP, 0, -1, 443, 600 }, { TCP, SYN, -1, 443, SYN }, { UDP, 0, 53, -1, 180 },
		{ TCP, ACK, -1, 443, 420 },
	};
	unsigned turn = a->round++ / 2, i = turn % (sizeof(claims) / sizeof(*claims));
	int member = (int)(turn % MEMBERS);
	struct stream lie = {
		.attack = true,
		.member = member,
		.host = claims[i].dport < 0 ? HOST_SERVICES : HOST_WEB,
		.proto = claims[i].proto,
		.flags = claims[i].flags,
		.sport = claims[i].sport,
		.dport = claims[i].dport,
		.length = claims[i].flags == SYN ? 60 : claims[i].length,
	};

	if (a->lying) {
		attacker_cease(a);
		attacker_wake_in(a, 25 * MINUTE);
		return;
	}
	lie.dst = world_host(a->w->s, (unsigned)member, (enum host)lie.host);
	lie.in[0] = chance_between(a->seed, 13, turn, 2e9, 8e9);
	senses_lie(a->senses, &lie);
	a->lying = true;
	attacker_wake_in(a, 5 * MINUTE);
}

/* The collectors first, then the members. */
static void
blinding(struct attacker *a)
{
	turns(a, 10 * MINUTE, 50 * MINUTE);
	if (a->on)
		senses_blind(a->senses, a->now_ms + 11 * MINUTE * 1000);
}

/*
 * So slow that a baseline that learns would follow: from a tenth of a web server's traffic to a
 * flood in two thirds of the window.
 */
static void
creep(struct attacker *a)
{
	double part = 1.5 * (double)(a->now_ms - a->from_ms) / (double)(a->until_ms - a->from_ms);
	double bps = 5e6 * pow(1000, part);

	world_attack_over(a->w);
	attacker_flood(a, DNS, 2, bps < 5e9 ? bps : 5e9);
	if (bps < 5e8)
		a->score->episode = false;	/* nothing to mitigate yet */
	attacker_wake_in(a, 10 * MINUTE);
}

/* Tries with one machine whether the rule is gone, and floods for half a minute whenever it is. */
static void
release(struct attacker *a)
{
	if (a->on) {
		attacker_cease(a);
		attacker_wake_in(a, 30);
	} else if (a->round % 2 == 0 && attacker_passes(a, NTP, 5)) {
		a->round++;		/* known half a minute to a minute later */
		attacker_wake_in(a, chance_between(a->seed, 14, a->round, 30, 60));
	} else if (a->round % 2 == 1) {
		attacker_flood(a, NTP, 5, attacker_size(a));
		a->round++;
		attacker_wake_in(a, 30);
	} else {
		attacker_wake_in(a, 10);
	}
}

/* Every address of a /64 once. */
static void
spray6(struct attacker *a)
{
	if (a->on) {
		attacker_cease(a);
		a->round++;
		attacker_wake_in(a, 30 * MINUTE);
		return;
	}
	attacker_carpet(a, NOISE6, someone(a), attacker_size(a));
	attacker_wake_in(a, 10 * MINUTE);
}

/* Everybody wants to read something: eight times the visitors within five minutes, for an hour. */
static void
crowd(struct attacker *a)
{
	double minutes = (double)((a->now_ms - a->from_ms) / 1000 % (6 * HOUR)) / MINUTE;

	a->target = (int)((a->now_ms - a->from_ms) / 1000 / (6 * HOUR) % MEMBERS);
	a->crowd_member = minutes < 70 ? (a->target * 3 + 7) % MEMBERS : -1;
	a->crowd = minutes < 5 ? 1 + 7 * minutes / 5
	    : minutes > 60     ? 8 - 7 * (minutes - 60) / 10
			       : 8;
	attacker_wake_in(a, minutes < 70 ? 10 : 5 * MINUTE);
}

const struct strategy strategies[] = {
	{ "persistent", "floods for six hours, twice", persistent, false, false },
	{ "pulsing", "40 s of every ten minutes", pulsing, false, false },
	{ "reactive", "fires until it sees the hole, again when it is gone", reactive, false,
	    false },
	{ "touch", "20 s every two hours, to provoke a hole", touch, false, false },
	{ "carpet", "a whole /24 at once", carpet, false, false },
	{ "vectors", "another vector every 90 s", vectors, false, false },
	{ "targets", "another member every two minutes", targets, false, false },
	{ "mimicry", "connections like the visitors'", mimicry, true, false },
	{ "lies", "forged flow records, no flood", lies, false, false },
	{ "blinding", "floods the collectors, then a member", blinding, false, false },
	{ "creep", "grows a thousandfold, by the hour", creep, false, false },
	{ "release", "half a minute whenever a rule is lifted", release, false, false },
	{ "spray6", "all addresses of an IPv6 /64", spray6, false, false },
	{ "crowd", "eight times the visitors, no attack", crowd, false, true },
};
const unsigned strategies_n = sizeof(strategies) / sizeof(*strategies);
