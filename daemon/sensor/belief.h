/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * belief - a sampling rate as far as an exporter is believed.
 * Each claim multiplies what is counted, so a forged one would make an attack out of nothing, or
 * nothing out of an attack: a higher rate is believed when it was claimed for BELIEF_MS without a
 * break, a lower one at once, but with doubt until it is claimed again after so long.
 */
#ifndef SEAWALL_SENSOR_BELIEF_H
#define SEAWALL_SENSOR_BELIEF_H

#include <stdbool.h>
#include <stdint.h>

#define BELIEF_MS 60000

struct belief {
	uint32_t rate;		/* 1 in so many; 0: nothing was claimed yet */
	uint32_t claimed;	/* higher, and not believed yet; 0: no such claim */
	int64_t since_ms;
	/* lower than before, and not claimed again: too little may be counted */
	bool fell;
	int64_t fell_ms;
};

/* A claim that stands for all.  True: it is a jump, told once. */
bool belief_hear(struct belief *b, uint32_t claim, int64_t now_ms);

/*
 * A claim beside lower ones that are as true (each record has its own): the rate to use.
 * *ret_jump is set when it is a jump, and else left alone.
 */
uint32_t belief_bound(struct belief *b, uint32_t claim, int64_t now_ms, bool *ret_jump);

#endif
