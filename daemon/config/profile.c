/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/profile.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/installed.h"
#include "config/source.h"

void
profile_templates(const struct filling *f)
{
	char *t = f->settings->templates, path[PATH_MAX], real[PATH_MAX];
	bool given = *t != '\0';

	if (*t == '/')
		return;
	snprintf(path, sizeof(path), "%s/%s", f->directory, given ? t : "bird-templates");
	if (realpath(path, real) != NULL && strlen(real) < PATH_MAX_LEN)
		snprintf(t, PATH_MAX_LEN, "%s", real);
	else if (!given)
		installed_find(t, "bird-templates");
}

int
profile_load(const struct filling *f, struct profile *p, unsigned line)
{
	char path[PATH_MAX];
	struct filling in = *f;
	struct source src;
	struct diag why;
	int err;

	profile_templates(f);
	snprintf(path, sizeof(path), "%s/upstreams/%s.profile", f->settings->templates, p->name);
	err = source_read(&src, path, &why);
	if (err != 0 && why.line == 0)
		return fill_refuse(f, err, line, "`profile` \"%s\": %s %s", p->name, path, why.say);
	if (err != 0) {
		*f->err = why;
		return err;
	}
	in.file = path;
	err = fill_group(&in, &schema_profile, p, config_root_setting(&src.parsed), 0);
	source_fini(&src);
	return err;
}
