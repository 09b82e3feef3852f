/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/netlink.h"

#include <endian.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLOCK_BITS 24	/* of a question's number: ms, which come round in 4.6 hours */
#define CLOCK_MASK ((1u << CLOCK_BITS) - 1)

int
netlink_open(int protocol, struct diag *reterr)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&any, sizeof(any)) != 0) {
		int err = -errno;

		close(fd);
		return diag_set(reterr, err, "cannot bind a netlink socket: %s", strerror(-err));
	}
	if (fd < 0)
		return diag_set(
		    reterr, -errno, "cannot open a netlink socket: %s", strerror(errno));
	return fd;
}

uint32_t
netlink_seq(mono_t now, unsigned question)
{
	return (uint32_t)(now.ns / 1000000) << 8 | (question & NETLINK_QUESTIONS);
}

unsigned
netlink_question(uint32_t seq)
{
	return seq & NETLINK_QUESTIONS;
}

int64_t
netlink_asked_ms(uint32_t seq, mono_t now)
{
	int64_t now_ms = mono_ms(now);
	uint32_t age = ((uint32_t)now_ms - (seq >> 8)) & CLOCK_MASK;

	return now_ms - age;
}

void
netlink_ask(int fd, const struct nlmsghdr *question)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	/* Whatever goes wrong shows at the sensor: no answer. */
	(void)!sendto(fd, question, question->nlmsg_len, MSG_DONTWAIT,
	    (const struct sockaddr *)&kernel, sizeof(kernel));
}

/* libmnl takes a length of 2^31 and more for a negative one, and that for a small one. */
static bool
is_whole(const struct nlmsghdr *m, int left)
{
	return mnl_nlmsg_ok(m, left) && m->nlmsg_len <= (uint32_t)left;
}

bool
netlink_each(const void *buf, size_t len, netlink_sink *sink, void *ctx)
{
	const struct nlmsghdr *m = buf;
	int left = len > NETLINK_BUFFER ? NETLINK_BUFFER : (int)len;

	for (; is_whole(m, left); m = mnl_nlmsg_next(m, &left))
		sink(ctx, m);
	return left <= 0;
}

int
netlink_read(int fd, void *buf, netlink_sink *sink, void *ctx)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = buf, .iov_len = NETLINK_BUFFER };
	struct msghdr h = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1
	};
	ssize_t n = recvmsg(fd, &h, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if ((h.msg_flags & MSG_TRUNC) != 0 || from.nl_pid != 0)
		return -EBADMSG;
	return netlink_each(buf, (size_t)n, sink, ctx) ? 1 : -EBADMSG;
}

bool
netlink_end(const struct nlmsghdr *m, int *ret_err)
{
	int err = 0;

	if (m->nlmsg_type != NLMSG_ERROR && m->nlmsg_type != NLMSG_DONE)
		return false;
	if (mnl_nlmsg_get_payload_len(m) >= sizeof(err))
		memcpy(&err, mnl_nlmsg_get_payload(m), sizeof(err));
	*ret_err = err > 0 ? 0 : err;
	return true;
}

bool
netlink_be32(const struct nlattr *a, uint32_t *ret)
{
	uint32_t v;

	if (mnl_attr_get_payload_len(a) != sizeof(v))
		return false;
	memcpy(&v, mnl_attr_get_payload(a), sizeof(v));
	*ret = be32toh(v);
	return true;
}

bool
netlink_be64(const struct nlattr *a, uint64_t *ret)
{
	uint64_t v;

	if (mnl_attr_get_payload_len(a) != sizeof(v))
		return false;
	memcpy(&v, mnl_attr_get_payload(a), sizeof(v));
	*ret = be64toh(v);
	return true;
}
