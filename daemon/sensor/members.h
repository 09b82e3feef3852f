/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * members - what a line of JSON says under the names that are wanted; the rest is only walked over.
 * For lines that strangers can write into: no memory is taken, nesting is bounded, and a text may
 * hold bytes that are not UTF-8 and nginx's \xNN, because who could make his line unreadable would
 * not be counted. Otherwise the grammar of RFC 8259.
 */
#ifndef SEAWALL_SENSOR_MEMBERS_H
#define SEAWALL_SENSOR_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#define MEMBERS_DEPTH 32

enum member_type {
	MEMBER_ABSENT, MEMBER_NULL, MEMBER_FALSE, MEMBER_TRUE,
	MEMBER_NUMBER, MEMBER_TEXT, MEMBER_OBJECT, MEMBER_ARRAY
};

/* "status", or "request.remote_ip" for one inside an object. */
struct member_name {
	const char *name;
	size_t len;
};

#define MEMBER_NAME(s) { (s), sizeof(s) - 1 }

struct member {
	enum member_type type;
	unsigned times;		/* so often it was given; the last one counts */
	/* borrowed: a number, or a text without its quotes, escapes as they are */
	const char *at;
	size_t len;
};

enum members_verdict { MEMBERS_OK, MEMBERS_BAD, MEMBERS_DEEP };

/* The object that the whole line is; fills n members. */
enum members_verdict members_find(const char *line, size_t len, const struct member_name *names,
    unsigned n, struct member *ret);

/* A number, or a text that is one. */
bool member_number(double *ret, const struct member *m);

/* A text without escapes, terminated; false when it is none or does not fit. */
bool member_text(char *buf, size_t size, const struct member *m);

/* Is it this text? */
bool member_is(const struct member *m, const char *text);

/* The number that is all of the text, as JSON writes it. */
bool number_read(double *ret, const char *at, size_t len);

#endif
