/* SPDX-License-Identifier: GPL-3.0-or-later */
/* series - figures over time in a bounded number of bins. */
#ifndef SEAWALL_REPORT_SERIES_H
#define SEAWALL_REPORT_SERIES_H

#include "report/parts.h"

/*
 * The mean of the time from `from` to `to`, and its highest second.  What is NAN or no span of time
 * changes nothing.
 */
void series_add(struct series *s, wall_t from, wall_t to, double mean, double most);
/* Some time after it got as old as that. */
void series_forget(struct series *s, wall_t before);
/* NAN: nothing measured. */
double series_most(const struct series *s);
double series_last(const struct series *s);
/* At this time; NAN. */
double series_at(const struct series *s, wall_t t);

#endif
