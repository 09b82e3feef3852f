/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
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

#define READING ((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))
#define WRITING (READING | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR)

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

/* All that this kernel can take away; connecting only where there are ports to allow. */
static int
make_ruleset(int version, bool connecting)
{
	struct ruleset r = { .fs = FS_ABI1 };
	size_t size = offsetof(struct ruleset, net);

	if (version >= 2)
		r.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		r.fs |= ACCESS_FS_TRUNCATE;
	if (version >= 4) {
		r.net = ACCESS_NET_BIND_TCP | (connecting ? ACCESS_NET_CONNECT_TCP : 0);
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
allow_files(int set, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = access,
		.parent_fd = open(path, O_PATH | O_CLOEXEC)
	};
	struct stat st;
	int err = 0;

	if (rule.parent_fd < 0)
		return 0;
	/* a file takes no rights that only folders have */
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
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

static int
allow_all(int set, const char *const paths[], uint64_t access)
{
	int err = 0;

	for (int i = 0; paths[i] != NULL && err == 0; i++)
		err = allow_files(set, paths[i], access);
	return err;
}

static int
restrict_self(int set, int err)
{
	if (err == 0 && syscall(SYS_landlock_restrict_self, set, 0) != 0)
		err = -errno;
	close(set);
	return err;
}

int
landlock_enter(const char *const readable[], const uint16_t ports[])
{
	int version = abi(), set, err;

	if (version < 1)
		return -ENOSYS;
	set = make_ruleset(version, true);
	if (set < 0)
		return -errno;
	err = allow_all(set, readable, READING);
	for (int i = 0; version >= 4 && ports[i] != 0 && err == 0; i++)
		err = allow_port(set, ports[i]);
	return restrict_self(set, err);
}

int
landlock_keep(const char *const readable[], const char *const writable[])
{
	int version = abi(), set, err;

	if (version < 1)
		return -ENOSYS;
	set = make_ruleset(version, false);
	if (set < 0)
		return -errno;
	err = allow_all(set, readable, READING);
	if (err == 0)
		err =
		    allow_all(set, writable, version >= 3 ? WRITING | ACCESS_FS_TRUNCATE : WRITING);
	return restrict_self(set, err);
}
