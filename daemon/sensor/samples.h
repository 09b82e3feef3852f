/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * samples - the text exposition format of Prometheus (0.0.4), read strictly: one line that is none
 * makes the whole of it unusable, as for Prometheus itself.  Pure; reads bytes of strangers.
 */
#ifndef SEAWALL_SENSOR_SAMPLES_H
#define SEAWALL_SENSOR_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/place.h"

/*
 * The sum of all samples of that name which carry at least these labels.
 * 0; -ENOENT: there is none; -EBADMSG: a line is not of the format.
 */
int samples_sum(const struct place *f, const char *text, size_t len, double *ret);

/* A whole number or fraction as there and in strings of JSON; NaN and Inf included. */
bool samples_number(const char *s, size_t len, double *ret);

#endif
