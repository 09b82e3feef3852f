/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cusum - does a rate stay above what is usual, though never far (ALGORITHMS 2.3 D3)?
 * Means of ten seconds; what they are above the usual by, as logarithms and in standard deviations,
 * adds up, less an allowance.  The variance of traffic grows with its rate, by a factor that is
 * learned of each subject (Muenz and Carle); that of sampling is added.  A mean that 99 % of this
 * hour's seconds stay below is no rise: what bursts every day at this hour does so today.  Plain
 * values; no memory of their own.
 */
#ifndef SEAWALL_FUSION_CUSUM_H
#define SEAWALL_FUSION_CUSUM_H

#include <stdbool.h>
#include <stdint.h>

#define CUSUM_SECONDS 10	/* of one mean */
#define CUSUM_LEAST 8		/* seconds of them that must be known */
#define SPREAD_DAYS 7

/* How traffic scatters: variance over rate, of means of CUSUM_SECONDS. */
struct spread {
	double sum;
	uint32_t n;
	int64_t day;
	uint8_t days, at;		/* how many stand in `of`; where the next one goes */
	float of[SPREAD_DAYS];
	float usual;		/* their median, its rise limited; 0: not learned */
};

struct cusum {
	int64_t window;		/* second / CUSUM_SECONDS */
	double rates, samples;	/* sums over its seconds */
	uint8_t seconds;
	bool on, spent;		/* it lasts; it lasted so long that people know */
	int64_t since;		/* second at which it began to be on */
	float sum;
	float rate;		/* the last mean */
};

/* What a mean is compared with. */
struct reference {
	double usual;		/* rate; 0: not learned */
	double high;		/* what 99 % of the seconds of this hour stay below */
	double spread;
};

/*
 * Takes a second; true when a window is over whose mean *ret_rate, of *ret_samples counted samples,
 * is worth using.
 */
bool cusum_second(struct cusum *c, int64_t second, double rate, double samples, double *ret_rate,
    double *ret_samples);
void cusum_step(struct cusum *c, int64_t second, double rate, double samples,
    const struct reference *r);
void spread_see(struct spread *s, int64_t second, double rate, double samples, double usual);

#endif
