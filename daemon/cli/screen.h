/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * screen - the daemon's JSON lines as text for people.  Pure: lines in, text out; `now` is the
 * reader's clock.
 */
#ifndef SEAWALL_CLI_SCREEN_H
#define SEAWALL_CLI_SCREEN_H

#include <jansson.h>

#include "base/clock.h"
#include "base/text.h"

#define SCREEN_MAX (8 << 20)

void screen_status(struct text *out, const json_t *lines, wall_t now);
/*
 * What is wrong, a sentence a line with "! " before it; whom to call, and what to say, of sessions
 * that are down.
 */
void screen_alarms(struct text *out, const json_t *lines, wall_t now);
void screen_calls(struct text *out, const json_t *lines);
void screen_withdrawn(struct text *out, const json_t *lines, wall_t now);
void screen_mitigations(struct text *out, const json_t *lines, wall_t now);
void screen_incidents(struct text *out, const json_t *lines, wall_t now);
void screen_sensors(struct text *out, const json_t *lines, wall_t now);
void screen_sensor_lines(struct text *out, const json_t *lines, wall_t now);	/* one each */
void screen_sensor_reasons(struct text *out, const json_t *lines);	/* of those that have one */
void screen_upstreams(struct text *out, const json_t *lines, wall_t now);
void screen_show(struct text *out, const json_t *lines, wall_t now);
/* A mitigation and, upstream by upstream, how far it got: the answer to announce and extend. */
void screen_announced(struct text *out, const json_t *lines, wall_t now);
/* Prometheus' exposition format 0.0.4. */
void screen_metrics(struct text *out, const json_t *lines);

/* The rule in plain words of the reader's language, whatever the daemon's is. */
void line_words(struct text *out, const json_t *mitigation);
/* Is it a drill's, and no attack? */
bool line_is_drill(const json_t *line);
/* Of the status line: one goes on, and what comes with it is none. */
bool line_has_drill(const json_t *status);
void line_pieces(struct text *out, const json_t *mitigation);
void line_left_out(struct text *out, const json_t *mitigation);

/* The column of points that a committee can add up, of a line with `evidence`. */
void line_evidence(struct text *out, const json_t *line);

/* What all of them read with: "" and 0 where there is nothing. */
const char *line_text(const json_t *line, const char *key);
double line_number(const json_t *line, const char *key);
wall_t line_time(const json_t *line, const char *key);
bool line_is(const json_t *line, const char *type);
/* The first of the lines that is of this type, borrowed; NULL: none. */
const json_t *line_first(const json_t *lines, const char *type);
/* "north, south", of names or of what has a "name". */
void line_names(struct text *out, const json_t *all);
/* "4 min" from now on, or back; "-" where there is no time. */
const char *line_span(const json_t *line, const char *key, wall_t now, char *buf, size_t size);

#endif
