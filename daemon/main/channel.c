/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control_room {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

int
channel_send_bytes(int channel, const void *bytes, size_t len, int fd)
{
	union control_room control = { 0 };
	struct iovec iov = { .iov_base = (void *)bytes, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(channel, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int
channel_receive_bytes(int channel, void *ret, size_t len, int *ret_fd)
{
	union control_room control;
	struct iovec iov = { .iov_base = ret, .iov_len = len };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	ssize_t n = recvmsg(channel, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n <= 0)
		return n < 0 ? -errno : 0;
	*ret_fd = -1;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	if ((size_t)n == len)
		return 1;
	if (*ret_fd >= 0)
		close(*ret_fd);
	return -EINVAL;
}

int
channel_send(int channel, const struct channel_message *m, int fd)
{
	return channel_send_bytes(channel, m, sizeof(*m), fd);
}

int
channel_receive(int channel, struct channel_message *ret, int *ret_fd)
{
	return channel_receive_bytes(channel, ret, sizeof(*ret), ret_fd);
}
