/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * netlink - questions to the kernel and its answers, over a socket that two processes hold.
 * The parent opens it and asks, because the kernel answers only those who have the
 * rights; the sensor, which has none, reads (netlink_read).  A question's number
 * carries when it was asked, so that a rate is reckoned over the time between two
 * questions, however late the answers are read.
 */
#ifndef SEAWALL_SENSOR_NETLINK_H
#define SEAWALL_SENSOR_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"

#define NETLINK_BUFFER 65536		/* bytes of one datagram; the kernel fills at most 32 KiB */
#define NETLINK_QUESTION_MAX 1024	/* bytes of one question */
#define NETLINK_QUESTIONS 255		/* kinds of question on one socket */

/* A non-blocking socket of that protocol, or -errno and the sentence. */
int netlink_open(int protocol, struct diag *reterr);

/* ---- asking -------------------------------------------------------------- */

/* The number of a question: what is asked (0..NETLINK_QUESTIONS), and when. */
uint32_t netlink_seq(mono_t now, unsigned question);
unsigned netlink_question(uint32_t seq);
/* When it was asked, in monotonic ms; a question is answered or forgotten within hours. */
int64_t netlink_asked_ms(uint32_t seq, mono_t now);

/* Sends what mnl_* built.  What the kernel does not take is lost: the next turn asks again. */
void netlink_ask(int fd, const struct nlmsghdr *question);

/* ---- reading ------------------------------------------------------------- */

typedef void netlink_sink(void *ctx, const struct nlmsghdr *m);

/* Every message of a datagram, 4-byte aligned.  False: its end is no whole message.  Pure. */
bool netlink_each(const void *buf, size_t len, netlink_sink *sink, void *ctx);

/*
 * One datagram of the kernel's into buf (NETLINK_BUFFER bytes), its messages to the
 * sink.  1, 0 when nothing is there, or -errno: -ENOBUFS when the kernel had to drop
 * answers, -EBADMSG when one was cut or not the kernel's.
 */
int netlink_read(int fd, void *buf, netlink_sink *sink, void *ctx);

/* Is it the end of an answer?  *ret_err: 0 or the kernel's -errno. */
bool netlink_end(const struct nlmsghdr *m, int *ret_err);

/* libmnl's own loop rounds the message's length up and may look at three bytes behind it. */
#define netlink_for_each(a, m, offset)						\
	for ((a) = mnl_nlmsg_get_payload_offset((m), (offset));			\
	    mnl_attr_ok((a),							\
	    (int)((const char *)(m) + (m)->nlmsg_len - (const char *)(a)));	\
	    (a) = mnl_attr_next(a))

/* A number in network byte order of the attribute's size; false when it is not of that size. */
bool netlink_be32(const struct nlattr *a, uint32_t *ret);
bool netlink_be64(const struct nlattr *a, uint64_t *ret);

#endif
