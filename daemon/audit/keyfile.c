/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"

static const char *
folder(const char *directory, char buf[static KEYFILE_PATH])
{
	size_t len = strlen(directory);

	while (len > 1 && directory[len - 1] == '/')
		len--;
	snprintf(buf, KEYFILE_PATH, "%.*s-key", (int)len, directory);
	return buf;
}

const char *
keyfile_path(const char *directory, enum keyfile which, char buf[static KEYFILE_PATH])
{
	size_t len = strlen(folder(directory, buf));

	snprintf(buf + len, KEYFILE_PATH - len,
	    which == KEYFILE_NEXT ? "/private.next" : "/private");
	return buf;
}

static int
check_rights(int fd, const char *path, struct diag *reterr)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return diag_set(reterr, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0177) != 0)
		return diag_set(reterr, -EPERM,
		    _("%1$s can be read or used by others (mode %2$04o): make it `chmod 0600`, and a new one if somebody may "
		      "have read it (`seawall audit key --new`)"),
		    path, st.st_mode & 07777);
	if (st.st_uid != geteuid())
		return diag_set(reterr, -EPERM,
		    _("%s does not belong to the user that signs with it"), path);
	return 0;
}

static int
read_key(struct note_secret *ret, int fd, const char *path, struct diag *reterr)
{
	struct diag why = { 0 };
	size_t len = 0;
	char *text = NULL;
	int err = file_slurp_fd(&text, &len, fd, NOTE_KEY_TEXT);

	if (err == 0) {
		err = note_secret_parse(ret, text, len - (len > 0 && text[len - 1] == '\n'), &why);
		sodium_memzero(text, len);
	}
	free(text);
	return err == 0
	    ? 0
	    : diag_set(reterr, err, "%s: %s", path, why.say[0] != '\0' ? why.say : strerror(-err));
}

int
keyfile_read(struct note_secret *ret, const char *directory, enum keyfile which,
    struct diag *reterr)
{
	char path[KEYFILE_PATH];
	int fd = open(keyfile_path(directory, which, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW), err;

	if (fd < 0)
		return diag_set(reterr, -errno, "%s: %s", path, strerror(errno));
	err = check_rights(fd, path, reterr);
	if (err == 0)
		err = read_key(ret, fd, path, reterr);
	close(fd);
	return err;
}

/*
 * Root makes it for the user that will sign, who may put something else where its name is: never by
 * name.
 */
static int
own_like(int fd, const char *directory)
{
	struct stat st;

	if (geteuid() != 0 || stat(directory, &st) != 0)
		return 0;
	return fchown(fd, st.st_uid, st.st_gid) != 0 ? -errno : 0;
}

/* The folder, made unless it is there, or -errno. */
static int
open_folder(const char *directory)
{
	char path[KEYFILE_PATH];
	bool made = mkdir(folder(directory, path), 0700) == 0;
	int fd, err;

	if (!made && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	err = made ? own_like(fd, directory) : 0;
	if (err != 0)
		close(fd);
	return err != 0 ? err : fd;
}

static int
write_new(int dir, const char *name, const char *directory, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600), err;

	if (fd < 0)
		return -errno;
	err = file_write_all(fd, text, strlen(text));
	if (err == 0)
		err = file_write_all(fd, "\n", 1);
	if (err == 0)
		err = own_like(fd, directory);
	if (err == 0 && (fsync(fd) != 0 || fsync(dir) != 0))
		err = -errno;
	close(fd);
	if (err != 0)
		unlinkat(dir, name, 0);
	return err;
}

int
keyfile_make(struct note_secret *ret, const char *directory, enum keyfile which, const char *name,
    struct diag *reterr)
{
	char path[KEYFILE_PATH], text[NOTE_KEY_TEXT];
	struct note_secret s = { 0 };
	int err = note_secret_new(&s, name, reterr), dir;

	if (err != 0)
		return err;
	dir = open_folder(directory);
	keyfile_path(directory, which, path);
	err = dir < 0
	    ? dir
	    : write_new(dir, strrchr(path, '/') + 1, directory, note_secret_text(&s, text));
	if (dir >= 0)
		close(dir);
	sodium_memzero(text, sizeof(text));
	if (err == 0)
		*ret = s;
	sodium_memzero(&s, sizeof(s));
	return err == 0 ? 0 : diag_set(reterr, err, "%s: %s", path, strerror(-err));
}

const char *
keyfile_name(char buf[static NOTE_NAME_LEN])
{
	char host[64] = "";

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		strcpy(host, "localhost");
	snprintf(buf, NOTE_NAME_LEN, "%s/seawall", host);
	return buf;
}

int
keyfile_turn(const char *directory, struct diag *reterr)
{
	char from[KEYFILE_PATH], to[KEYFILE_PATH];
	int err = rename(keyfile_path(directory, KEYFILE_NEXT, from),
		      keyfile_path(directory, KEYFILE_NOW, to)) != 0
	    ? -errno
	    : file_sync_directory_of(to);

	return err == 0 ? 0 : diag_set(reterr, err, "%s: %s", from, strerror(-err));
}

int
keyfile_publish(const char *directory, const struct note_key *k, struct diag *reterr)
{
	char path[KEYFILE_PATH], text[NOTE_KEY_TEXT + 1];
	size_t len = strlen(note_key_text(k, text));
	int err;

	text[len] = '\n';
	snprintf(path, sizeof(path), "%s/" KEYFILE_PUBLIC, directory);
	err = file_replace(path, text, len + 1, 0644);
	return err == 0 ? 0 : diag_set(reterr, err, "%s: %s", path, strerror(-err));
}
