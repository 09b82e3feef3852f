/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * story - a scenario as it is written: what happens when, and what is expected of it.  README.md
 * has the language.
 */
#ifndef SEAWALL_TESTS_SCENARIOS_STORY_H
#define SEAWALL_TESTS_SCENARIOS_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/prefix.h"
#include "model/settings.h"

#define STREAMS_MAX 24
#define HAPPENINGS_MAX 48
#define EXPECTATIONS_MAX 32
#define PLACES_MAX 8
#define WORDS_MAX 24

/* Traffic towards one or several of our addresses. */
struct stream {
	/* people: a crowd of clients that finish their connections */
	bool attack, people;
	int64_t from_ms, until_ms;
	double bps;
	/* hosts: addresses of a prefix that it is spread over; 0: random ones (IPv6) */
	unsigned places_n, hosts;
	struct prefix to[PLACES_MAX];
	uint8_t proto;
	uint16_t tcp_flags, sport, dport, length;	/* port 0: any */
	int64_t on_ms, off_ms;		/* pulses; on_ms 0: steady */
	int64_t ramp_ms;		/* until it has its full rate */
	struct prefix src;		/* whom it comes from, or who it says so; family 0: many */
	double rps;			/* of one client whose requests are answered */
};

enum happening {
	SENSOR_BLIND,
	SENSOR_SILENT,
	SENSOR_LIES,
	SENSOR_WELL,
	UPSTREAM_DOWN,
	UPSTREAM_UP,
	UPSTREAM_REFUSES,
	UPSTREAM_TAKES,
	LINK_FULL,
	PROBE_FAILS,
	PERSON_WITHDRAWS,
	PERSON_ANNOUNCES,
	PERSON_PAUSES,
	PERSON_APPROVES,
	PERSON_DENIES,
	NOBODY_ANSWERS
};

struct event {
	int64_t at_ms, for_ms;
	enum happening what;
	unsigned index;			/* of the sensor, upstream, link or person */
	unsigned line;
	double value;
	struct prefix target;		/* family 0: all */
	struct stream lie;		/* of what kind */
	char who[NAME_MAX_LEN];
};

enum expectation { EXPECT_STEP, EXPECT_NO, EXPECT_RELEASED, EXPECT_HELD, EXPECT_GONE, EXPECT_SAID,
	EXPECT_NOT_SAID, EXPECT_AT_MOST, EXPECT_LEGITIMATE };

struct expect {
	enum expectation what;
	char text[160];			/* of a step, or a sentence */
	struct prefix target;		/* family 0: any */
	int64_t since_ms, within_ms;	/* within_ms 0: whenever */
	double value;
	unsigned line;
};

struct story {
	char name[160];
	unsigned streams_n, events_n, expects_n;
	struct stream streams[STREAMS_MAX];
	struct event events[HAPPENINGS_MAX];
	struct expect expects[EXPECTATIONS_MAX];
	int64_t end_ms, attack_from_ms, attack_until_ms;
};

/* The configuration that a story names by `provider`, or "" for the usual one; 0 or -errno. */
int story_provider(char *ret, size_t size, const char *path);
/* 0, or -EINVAL with "file:line: what was expected" on standard error. */
int story_read(struct story *ret, const char *path, const struct settings *s);

#endif
