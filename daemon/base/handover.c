/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"

int
handover_pack(const void *data, size_t len)
{
	int fd = memfd_create("seawall", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int err;

	if (fd < 0)
		return -errno;
	err = file_write_all(fd, data, len);
	if (err == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
		err = -errno;
	if (err != 0) {
		close(fd);
		return err;
	}
	return fd;
}

int
handover_unpack(int fd, void *ret, size_t len)
{
	off_t size = lseek(fd, 0, SEEK_END);	/* fstat() is none of a sandboxed process's calls */
	size_t done = 0;

	if (size < 0)
		return -errno;
	if ((size_t)size != len)
		return -EINVAL;
	while (done < len) {
		ssize_t n = pread(fd, (char *)ret + done, len - done, (off_t)done);

		if (n <= 0)
			return n < 0 ? -errno : -EINVAL;
		done += (size_t)n;
	}
	return 0;
}

union control_room {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

int
handover_send(int channel, const void *bytes, size_t len, int fd)
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
handover_receive(int channel, void *ret, size_t len, int *ret_fd)
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
