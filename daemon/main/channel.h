/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * channel - the parent's word to its children: a few enumerated messages, some with a descriptor.
 * One way only; nobody ever asks the parent for anything.
 */
#ifndef SEAWALL_MAIN_CHANNEL_H
#define SEAWALL_MAIN_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

enum channel_kind {
	CHANNEL_SENSOR = 1,	/* a sensor's process has started: fd is its report channel */
	CHANNEL_RELOAD,		/* stop without on_exit: the next engine has new settings */
	CHANNEL_MINER,		/* the miner has started: fd is the way to it */
	CHANNEL_SUPPLY,		/* to a sensor: fd is a further descriptor of its source */
	/* a reload found a configuration that is none: say tells why, the old one goes on */
	CHANNEL_REFUSED,
};

struct channel_message {
	uint32_t kind;
	uint16_t sensor, worker;	/* CHANNEL_SENSOR */
	char say[512];			/* CHANNEL_REFUSED */
};

/* fd -1: none is sent.  0 or -errno. */
int channel_send(int channel, const struct channel_message *m, int fd);

/* 1: one message, *ret_fd its descriptor or -1; 0: the other end is gone; -EAGAIN; other -errno. */
int channel_receive(int channel, struct channel_message *ret, int *ret_fd);

#endif
