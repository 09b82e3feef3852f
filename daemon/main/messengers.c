/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parent's side of the messenger: it alone may open files of credentials. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/handover.h"
#include "base/lang.h"
#include "base/log.h"
#include "main/children.h"
#include "main/role.h"

bool
messenger_is_wanted(const struct child *c)
{
	const struct settings *s = c->parent->settings;

	return s->notify_n > 0 || s->page.publish;
}

/* Others who could read it could write in our name. */
static int
open_secret(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), err = 0;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0 || st.st_uid != geteuid())
		err = -EPERM;
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

static int
read_secret(const char *path, char ret[static SECRET_LEN])
{
	int fd = open_secret(path), err;
	char *text = NULL;
	size_t len = 0;

	if (fd < 0)
		return fd;
	err = file_slurp_fd(&text, &len, fd, SECRET_LEN - 1);
	close(fd);
	if (err == 0 && strlen(text) != len)
		err = -EINVAL;
	if (err == 0)
		memcpy(ret, text, len + 1);
	if (text != NULL)
		explicit_bzero(text, len);
	free(text);
	return err;
}

/* Who cannot be told with them is tried without: the answer then says what is missing. */
static void
take_secret(const struct settings *s, const char *path, char ret[static SECRET_LEN])
{
	int err = *path == '\0' ? 0 : read_secret(path, ret);

	if (err == -EPERM)
		log_warn(_("%s is not used: it must be a file that its owner, %s, alone can read"),
		    path, geteuid() == 0 ? "root" : s->user);
	else if (err != 0)
		log_warn(_("%s cannot be read: %s"), path, strerror(-err));
}

static void
read_secrets(const struct settings *s, struct messenger_spec *spec)
{
	for (unsigned i = 0; i < s->notify_n; i++)
		take_secret(s, s->notify[i].credentials, spec->secrets[i]);
	for (unsigned i = 0; i < s->page.uploads_n; i++)
		take_secret(s, s->page.uploads[i].credentials, spec->upload_secrets[i]);
}

static int
spec_fd(const struct parent *p)
{
	struct messenger_spec *spec = calloc(1, sizeof(*spec));
	int fd;

	if (spec == NULL)
		return -ENOMEM;
	spec->settings = *p->settings;
	spec->uid = p->uid;
	spec->gid = p->gid;
	spec->to_stderr = p->foreground;
	read_secrets(p->settings, spec);
	fd = handover_pack(spec, sizeof(*spec));
	explicit_bzero(spec, sizeof(*spec));
	free(spec);
	return fd;
}

pid_t
messenger_start(struct child *c)
{
	int spec = spec_fd(c->parent), pid;

	if (spec < 0)
		return spec;
	pid = spawn_role("messenger", "seawalld: messenger",
	    (const int[FD_N]){ -1, spec, -1, -1, -1 });
	close(spec);
	return pid;
}

/* What waits to be sent is on the disk. */
void
messenger_stop(struct child *c)
{
	c->stopped = c->pid != 0;
	if (c->stopped)
		kill(c->pid, SIGKILL);
	event_del(c->again);
}
