/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

int
spec_pack(const void *data, size_t len)
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
spec_unpack(int fd, void *ret, size_t len)
{
	struct stat st;
	size_t done = 0;

	if (fstat(fd, &st) != 0)
		return -errno;
	if ((size_t)st.st_size != len)
		return -EINVAL;
	while (done < len) {
		ssize_t n = pread(fd, (char *)ret + done, len - done, (off_t)done);

		if (n <= 0)
			return n < 0 ? -errno : -EINVAL;
		done += (size_t)n;
	}
	return 0;
}
