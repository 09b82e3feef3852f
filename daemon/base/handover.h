/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * handover - plain data and descriptors between processes of ours.
 */
#ifndef SEAWALL_BASE_HANDOVER_H
#define SEAWALL_BASE_HANDOVER_H

#include <stddef.h>

/* A sealed memory file that holds len bytes: its descriptor, or -errno. */
int handover_pack(const void *data, size_t len);
/* Reads it back whole.  0, or -EINVAL when it is not of that length. */
int handover_unpack(int fd, void *ret, size_t len);

/* One message of a SOCK_SEQPACKET, with a descriptor unless fd is -1.  0 or -errno. */
int handover_send(int channel, const void *bytes, size_t len, int fd);
/*
 * 1: one message of this length, *ret_fd its descriptor or -1; 0: the other end is gone; -EAGAIN;
 * other -errno.
 */
int handover_receive(int channel, void *ret, size_t len, int *ret_fd);

#endif
