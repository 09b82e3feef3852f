/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What newer kernels take than the headers know; the ABI says which (landlock(7)). */
#define ACCESS_FS_TRUNCATE (1ULL << 14)
#define ACCESS_FS_IOCTL_DEV (1ULL << 15)
#define ACCESS_NET_BIND_TCP (1ULL << 0)
#define ACCESS_NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)
#define RULE_NET_PORT 2
#define FS_ABI1 ((1ULL << 13) - 1)	/* all rights over files of the first ABI */

struct ruleset {
	uint64_t fs, net, scoped;
};

struct net_rule {
	uint64_t access, port;
};

static int
abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* All that this kernel can take away. */
static int
make_ruleset(int version)
{
	struct ruleset r = { .fs = FS_ABI1 };
	size_t size = offsetof(struct ruleset, net);

	if (version >= 2)
		r.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		r.fs |= ACCESS_FS_TRUNCATE;
	if (version >= 4) {
		r.net = ACCESS_NET_BIND_TCP | ACCESS_NET_CONNECT_TCP;
		size = offsetof(struct ruleset, scoped);
	}
	if (version >= 5)
		r.fs |= ACCESS_FS_IOCTL_DEV;
	if (version >= 6) {
		r.scoped = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL;
		size = sizeof(r);
	}
	return (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
}

static int
allow_reading(int set, const char *path)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = open(path, O_PATH | O_CLOEXEC)
	};
	int err = 0;

	if (rule.parent_fd < 0)
		return 0;
	if (syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		err = -errno;
	close(rule.parent_fd);
	return err;
}

static int
allow_port(int set, uint16_t port)
{
	const struct net_rule rule = { ACCESS_NET_CONNECT_TCP, port };

	return syscall(SYS_landlock_add_rule, set, RULE_NET_PORT, &rule, 0) != 0 ? -errno : 0;
}

int
landlock_enter(const char *const readable[], const uint16_t ports[])
{
	int version = abi(), set, err = 0;

	if (version < 1)
		return -ENOSYS;
	set = make_ruleset(version);
	if (set < 0)
		return -errno;
	for (int i = 0; readable[i] != NULL && err == 0; i++)
		err = allow_reading(set, readable[i]);
	for (int i = 0; version >= 4 && ports[i] != 0 && err == 0; i++)
		err = allow_port(set, ports[i]);
	if (err == 0 && syscall(SYS_landlock_restrict_self, set, 0) != 0)
		err = -errno;
	close(set);
	return err;
}
