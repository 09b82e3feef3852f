/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tally - requests to figures: how many a second, how many by the busiest client, which share
 * fails, how slow.
 *
 * Failing is an answer of 500 or more.  Not 499: the client went; not 408: the client was slow.
 * Both are an attacker's to choose, and neither says that the service is down. Shares and times are
 * of the shortest span of whole seconds, up to TALLY_SECONDS, with TALLY_LEAST requests in it: one
 * failing request of one is no news.
 */
#ifndef SEAWALL_SENSOR_TALLY_H
#define SEAWALL_SENSOR_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/logline.h"

#define TALLY_SECONDS 10
#define TALLY_LEAST 10

struct tally;

struct tally_figures {
	double rps, client_rps;
	struct prefix client;	/* the busiest: an address or a /64; family 0: none */
	double failing;		/* share, 0..1; negative: too few requests */
	/* seconds within which 95 % were answered, to 10 %; negative: not known */
	double latency;
};

int tally_new(struct tally **ret);
void tally_free(struct tally *t);

void tally_add(struct tally *t, const struct log_request *r);

/* A second is over, which took so many ms. */
void tally_second(struct tally *t, int64_t ms, struct tally_figures *ret);

#endif
