/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/goodconf.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

struct flat {
	struct text *out;
	struct goodconf_access *access;
	const char *fragment;
	bool includes_us;
	struct diag *reterr;
};

static int put_file(struct flat *f, const char *path, unsigned depth);

static int
note_access(struct flat *f, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return diag_at(f->reterr, -errno, path, 0, "%s", strerror(errno));
	f->access->mode &= st.st_mode;
	/* what everybody may read says nothing of groups */
	if ((st.st_mode & S_IROTH) != 0)
		return 0;
	/* of two groups nobody is known to be in both */
	if (f->access->any && st.st_gid != f->access->group)
		f->access->mode &= ~(mode_t)S_IRGRP;
	f->access->group = st.st_gid;
	f->access->any = true;
	return 0;
}

/*
 * Is the line an include, as BIRD's lexer takes it?  Its path into buf, what follows into
 * *ret_rest.
 */
static bool
is_include(const char *line, size_t len, char buf[static PATH_MAX], const char **ret_rest)
{
	const char *p = line, *end = line + len, *last = NULL;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if ((size_t)(end - p) < 10 || strncmp(p, "include", 7) != 0)
		return false;
	p += 7;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (p == end || *p++ != '"')
		return false;
	for (const char *q = p; q < end; q++)
		if (*q == '"')
			last = q;
	if (last == NULL || (size_t)(last - p) >= PATH_MAX)
		return false;
	memcpy(buf, p, (size_t)(last - p));
	buf[last - p] = '\0';
	p = last + 1;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	*ret_rest = p + 1;
	return p < end && *p == ';';
}

/* Relative to the file that includes. */
static int
resolve(char ret[static PATH_MAX], const char *from, const char *path)
{
	const char *slash = strrchr(from, '/');
	int dir = path[0] == '/' || slash == NULL ? 0 : (int)(slash - from) + 1;

	return snprintf(ret, PATH_MAX, "%.*s%s", dir, from, path) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* A wildcard that matches our fragment alone, so that BIRD starts when there is none. */
static void
put_fragment(struct flat *f)
{
	size_t n = strlen(f->fragment);

	text_printf(f->out, "\ninclude \"%.*s[%c]\";\n", (int)n - 1, f->fragment,
	    f->fragment[n - 1]);
	f->includes_us = true;
}

static int
put_included(struct flat *f, const char *path, unsigned depth)
{
	if (strcmp(path, f->fragment) != 0)
		return put_file(f, path, depth);
	put_fragment(f);
	return 0;
}

static int
put_matches(struct flat *f, const char *pattern, unsigned depth)
{
	bool ours = false, wild = strpbrk(pattern, "*?[") != NULL;
	glob_t found;
	int got = glob(pattern, 0, NULL, &found), err = 0;

	if (got != 0 && got != GLOB_NOMATCH)
		return diag_at(f->reterr, -EIO, pattern, 0, "cannot be looked up");
	if (got == 0 && found.gl_pathc > GOODCONF_FILES_MAX)
		err = diag_at(f->reterr, -E2BIG, pattern, 0, "matches too many files");
	for (size_t i = 0; got == 0 && err == 0 && i < found.gl_pathc; i++) {
		ours |= strcmp(found.gl_pathv[i], f->fragment) == 0;
		err = put_included(f, found.gl_pathv[i], depth);
	}
	if (got == 0)
		globfree(&found);
	if (err != 0 || ours)
		return err;
	if (fnmatch(pattern, f->fragment, FNM_PATHNAME | FNM_PERIOD) == 0)
		put_fragment(f);
	else if (got != 0 && !wild)
		return diag_at(f->reterr, -ENOENT, pattern, 0, "%s", strerror(ENOENT));
	return 0;
}

static int
put_line(struct flat *f, const char *from, const char *line, size_t len, unsigned depth)
{
	char named[PATH_MAX], path[PATH_MAX];
	const char *rest;
	int err;

	if (!is_include(line, len, named, &rest)) {
		text_addn(f->out, line, len);
		text_add(f->out, "\n");
		return 0;
	}
	err = resolve(path, from, named);
	if (err == 0)
		err = put_matches(f, path, depth + 1);
	text_addn(f->out, rest, (size_t)(line + len - rest));
	text_add(f->out, "\n");
	return err;
}

static int
put_file(struct flat *f, const char *path, unsigned depth)
{
	char *text;
	size_t len;
	int err = depth > GOODCONF_DEPTH ? -ELOOP : file_slurp(&text, &len, path, GOODCONF_MAX);

	if (err != 0)
		return diag_at(f->reterr, err, path, 0, "%s", strerror(-err));
	err = note_access(f, path);
	for (const char *p = text, *end = text + len; err == 0 && p < end;) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((eol != NULL ? eol : end) - p);

		err = put_line(f, path, p, n, depth);
		p += n + (eol != NULL);
	}
	free(text);
	return err;
}

int
goodconf_flatten(struct text *out, struct goodconf_access *ret, const char *conf,
    const char *fragment, struct diag *reterr)
{
	struct flat f = { .out = out, .access = ret, .fragment = fragment, .reterr = reterr };
	int err;

	*ret = (struct goodconf_access){ .mode = S_IRUSR | S_IRGRP | S_IROTH };
	text_printf(out,
	    "# Seawall's copy of %s, for when that is being edited.  It is replaced; edit that one.\n",
	    conf);
	text_add(out, "define " GOODCONF_MARK " = 1;\n");
	err = put_file(&f, conf, 0);
	if (err == 0 && !f.includes_us)
		err = diag_at(reterr, -ENOLINK, conf, 0, "does not include %s", fragment);
	if (err == 0 && !text_ok(out))
		err = diag_at(reterr, -EFBIG, conf, 0, "is too long, with what it includes");
	return err;
}

const char *
goodconf_name(char buf[static PATH_MAX], const char *fragment, bool try)
{
	snprintf(buf, PATH_MAX, "%s.bird%s", fragment, try ? ".try" : "");
	return buf;
}

bool
goodconf_fresh(const char *fragment)
{
	char name[PATH_MAX];
	struct stat st;

	return stat(goodconf_name(name, fragment, false), &st) == 0 &&
	       st.st_mtime > clock_now().wall.ms / 1000 - GOODCONF_AGE_S;
}

void
goodconf_renew(const char *fragment)
{
	char name[PATH_MAX];

	utimensat(AT_FDCWD, goodconf_name(name, fragment, false), NULL, 0);
}

bool
goodconf_is(const char *fragment, const struct text *text, const struct goodconf_access *access)
{
	bool group = (access->mode & (S_IRGRP | S_IROTH)) == S_IRGRP, same;
	char name[PATH_MAX], *now;
	struct stat st;
	size_t len;

	if (stat(goodconf_name(name, fragment, false), &st) != 0 ||
	    file_slurp(&now, &len, name, GOODCONF_MAX) != 0)
		return false;
	same = len == text->len && memcmp(now, text->s, len) == 0;
	free(now);
	return same && ((st.st_mode ^ access->mode) & (S_IRWXG | S_IRWXO)) == 0 &&
	       (!group || st.st_gid == access->group);
}

int
goodconf_put(const char *fragment, const struct text *text, const struct goodconf_access *access,
    struct diag *reterr)
{
	char name[PATH_MAX];
	int err =
	    file_put(goodconf_name(name, fragment, true), text->s, text->len, S_IRUSR | S_IWUSR);

	if (err != 0)
		return diag_at(reterr, err, name, 0, "%s", strerror(-err));
	/*
	 * before anybody else may read it; an account that is not in the group may not give it away
	 */
	if ((access->mode & S_IROTH) == 0 && chown(name, (uid_t)-1, access->group) != 0)
		err = -errno;
	if (err == 0 && chmod(name, access->mode | S_IWUSR | S_IRUSR) != 0)
		err = -errno;
	if (err != 0) {
		unlink(name);
		return diag_at(reterr, err, name, 0,
		    "cannot be given to those who may read bird.conf: %s", strerror(-err));
	}
	return 0;
}

bool
goodconf_blames_us(const char *fragment, const char *words)
{
	size_t n = strlen(fragment);

	return strncmp(words, fragment, n) == 0 && words[n] == ':';
}
