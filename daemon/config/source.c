/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/source.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "config/scan.h"

/*
 * libconfig takes the line of a text in a list only after it has read one token more.  The k-th
 * text of the tree is the k-th text of the file, so the scan knows better.
 */
static void
place_texts(config_setting_t *set, const struct scan *scan, unsigned *k)
{
	if (config_setting_type(set) == CONFIG_TYPE_STRING) {
		if (*k < scan->n)
			set->line = scan->lines[(*k)++];
		return;
	}
	if (!config_setting_is_aggregate(set))
		return;
	for (int i = 0; i < config_setting_length(set); i++)
		place_texts(config_setting_get_elem(set, (unsigned)i), scan, k);
}

int
source_text(struct source *ret, const char *text, size_t len, const char *file, struct diag *reterr)
{
	struct scan scan;
	unsigned k = 0;
	int err = scan_text(&scan, text, len, file, reterr);

	if (err != 0)
		return err;
	config_init(&ret->parsed);
	snprintf(ret->file, sizeof(ret->file), "%s", file);
	if (config_read_string(&ret->parsed, text) != CONFIG_TRUE) {
		err = diag_at(reterr, -EINVAL, file, (unsigned)config_error_line(&ret->parsed),
			      "%s", config_error_text(&ret->parsed));
		config_destroy(&ret->parsed);
	} else {
		place_texts(config_root_setting(&ret->parsed), &scan, &k);
	}
	scan_fini(&scan);
	return err;
}

int
source_read(struct source *ret, const char *path, struct diag *reterr)
{
	char *text;
	size_t len;
	int err = file_slurp(&text, &len, path, SOURCE_MAX);

	if (err == -EFBIG)
		return diag_at(reterr, err, path, 0, "is larger than %u bytes", SOURCE_MAX);
	if (err != 0)
		return diag_at(reterr, err, path, 0, "cannot be read: %s", strerror(-err));
	err = source_text(ret, text, len, path, reterr);
	free(text);
	return err;
}

void
source_newest(struct settings *s, const char *path)
{
	struct passwd pw, *found = NULL;
	char buf[4096];
	struct stat st;
	int64_t ms;

	if (stat(path, &st) != 0)
		return;
	ms = st.st_mtim.tv_sec * (int64_t)1000 + st.st_mtim.tv_nsec / 1000000;
	if (ms <= s->newest.changed_ms)
		return;
	s->newest.changed_ms = ms;
	snprintf(s->newest.path, sizeof(s->newest.path), "%s", path);
	if (getpwuid_r(st.st_uid, &pw, buf, sizeof(buf), &found) == 0 && found != NULL)
		snprintf(s->newest.owner, sizeof(s->newest.owner), "%s", pw.pw_name);
	else
		snprintf(s->newest.owner, sizeof(s->newest.owner), "uid %lu",
		    (unsigned long)st.st_uid);
}

void
source_fini(struct source *src)
{
	config_destroy(&src->parsed);
}
