/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pick - takes the one figure out of an answer, JSON or Prometheus text.
 * Pure; reads bytes of strangers, and takes no more memory for them than PICK_ROOM.
 */
#ifndef SEAWALL_SENSOR_PICK_H
#define SEAWALL_SENSOR_PICK_H

#include <stddef.h>

#include "base/lang.h"
#include "model/place.h"

#define PICK_ROOM (24 << 20)	/* bytes for the tree of a JSON answer */

/* counter, what is said of it */
#define PICKS(X)								\
	X(OK,           "",                      "")				\
	X(EMPTY,        "answer-empty",          N_("the answer is empty"))	\
	X(NOT_JSON,     "answer-not-json",       N_("the answer is not JSON"))	\
	X(TOO_MUCH,     "answer-too-much",       N_("the answer has too much in it to be read")) \
	X(NOT_SAMPLES,  "answer-not-prometheus", \
		N_("the answer is neither JSON nor Prometheus text")) \
	X(OTHER_FORMAT, "answer-other-format",   N_("the answer is of another format than `value`")) \
	X(MISSING,      "value-missing",         N_("the answer does not have the value"))	\
	X(NOT_A_NUMBER, "value-not-a-number",    N_("the value is not a number"))	\
	X(NEGATIVE,     "value-negative",        N_("the value is negative"))

#define PICK_ENUM(id, counter, say) PICK_##id,
enum pick { PICKS(PICK_ENUM) PICK_N };

const char *pick_counter(enum pick why);
const char *pick_say(enum pick why);	/* English, for lang_text() */

/*
 * `type`: the answer's Content-Type, NULL when it has none.  *ret is a finite number from 0 up, and
 * is written on PICK_OK alone.
 */
enum pick pick(double *ret, const struct place *f, const char *type, const char *body, size_t len);

#endif
