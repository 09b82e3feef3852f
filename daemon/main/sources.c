/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "audit/keyfile.h"
#include "base/lang.h"
#include "base/log.h"

#define CLIENTS_WAITING 32
#define SERVED_STEP_MS 50
#define SERVED_MS 5000	/* a killed parent's engine ends within 3 s */

/* The directory is its user's, who could have put another name of somebody's file there. */
static int
take_store(int fd, uid_t uid, gid_t gid)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return -EMLINK;
	return uid != 0 && fchown(fd, uid, gid) != 0 ? -errno : 0;
}

int
sources_store(const struct settings *s, unsigned sensor, unsigned worker, uid_t uid, gid_t gid)
{
	char path[PATH_MAX];
	int fd, err;

	snprintf(path, sizeof(path), "%s/%s-%u.learned", s->state_directory,
	    s->sensors[sensor].name, worker);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	err = take_store(fd, uid, gid);
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

/*
 * The first operator that is a group may open the socket; what each may do is asked of the kernel
 * later.
 */
static gid_t
socket_group(const struct settings *s, gid_t otherwise)
{
	for (unsigned i = 0; i < s->operators_n; i++) {
		struct group *g = getgrnam(s->operators[i]);

		if (g != NULL)
			return g->gr_gid;
	}
	return otherwise;
}

static bool
is_served(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* -EAGAIN: somebody listens, and is busy */
	bool served = fd >= 0 &&
	    (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return served;
}

/* Who took the socket of another daemon that runs would cut people off from it. */
static int
wait_until_free(const struct sockaddr_un *addr)
{
	for (int waited = 0; is_served(addr); waited += SERVED_STEP_MS) {
		if (waited >= SERVED_MS)
			return -EADDRINUSE;
		nanosleep(&(struct timespec){ .tv_nsec = SERVED_STEP_MS * 1000000 }, NULL);
	}
	return 0;
}

/*
 * Who is not root can give a socket to the groups it is in: of others' the members stay outside,
 * and it is said.
 */
static int
give_socket(const char *path, const struct settings *s, uid_t uid, gid_t gid)
{
	if (uid != 0)
		return lchown(path, uid, socket_group(s, gid)) != 0 ? -errno : 0;
	if (geteuid() != 0 && lchown(path, (uid_t)-1, socket_group(s, (gid_t)-1)) != 0)
		log_warn(
		    _("%s: its group stays as it is, for the daemon's account is not in that of the operators"),
		    path);
	return 0;
}

int
sources_control(const struct settings *s, uid_t uid, gid_t gid)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, err;

	if (strlen(s->control_socket) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, s->control_socket);
	err = wait_until_free(&addr);
	if (err != 0)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(addr.sun_path);
	mask = umask(0117);
	/* Its directory is its user's, so what stands at the path may be a link by now. */
	err = bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0
	    ? -errno
	    : give_socket(addr.sun_path, s, uid, gid);
	if (err == 0 && listen(fd, CLIENTS_WAITING) != 0)
		err = -errno;
	umask(mask);
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

/* Like mkdir -p; only directories made here change their owner. */
static int
make_directory(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	char part[PATH_MAX];

	if (access(path, F_OK) == 0)
		return 0;
	snprintf(part, sizeof(part), "%s", path);
	for (char *p = strchr(part + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return -errno;
	return uid != 0 && chown(path, uid, gid) != 0 ? -errno : 0;
}

int
sources_directories(const struct settings *s, uid_t uid, gid_t gid, struct diag *reterr)
{
	char copy[PATH_MAX];
	const char *const dirs[] = { s->audit_directory, s->state_directory,
		s->notify_n > 0 ? s->messages.state : NULL,
		s->page.publish ? s->page.directory : NULL };
	char key[KEYFILE_PATH];
	int err = 0;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		err = dirs[i] == NULL
		    ? 0
		    : make_directory(dirs[i], dirs[i] == s->page.directory ? 0755 : 0750, uid, gid);
		if (err != 0)
			return diag_set(reterr, err, _("%s: cannot be made: %s"), dirs[i],
			    strerror(-err));
	}
	keyfile_path(s->audit_directory, KEYFILE_NOW, key);
	err = make_directory(dirname(key), 0700, uid, gid);
	if (err != 0)
		return diag_set(reterr, err, _("%s: cannot be made: %s"), key, strerror(-err));
	for (unsigned i = 0; i < s->routers_n; i++) {
		snprintf(copy, sizeof(copy), "%s", s->routers[i].fragment);
		err = make_directory(dirname(copy), 0755, uid, gid);
		if (err != 0)
			return diag_set(reterr, err, _("%s: its directory cannot be made: %s"),
					s->routers[i].fragment, strerror(-err));
	}
	snprintf(copy, sizeof(copy), "%s", s->control_socket);
	err = make_directory(dirname(copy), 0755, uid, gid);
	if (err != 0)
		return diag_set(reterr, err, _("%s: its directory cannot be made: %s"),
		    s->control_socket, strerror(-err));
	return 0;
}
