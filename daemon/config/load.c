/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/load.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "config/fill.h"
#include "config/rules.h"
#include "config/schema.h"
#include "config/source.h"
#include "config/vectors.h"

/* The file that is named must be there, the installed one may be missing. */
static int
load_vectors(const struct filling *f, const config_setting_t *set)
{
	struct settings *s = f->settings;
	char path[PATH_MAX_LEN], named[2 * PATH_MAX_LEN], real[PATH_MAX];
	struct diag why = { 0 };
	int err;
	bool absolute = s->vectors_file[0] == '/';

	if (s->vectors_file[0] == '\0')
		return vectors_find(path, f->directory) ? vectors_load(&s->vectors, path, f->err)
							: 0;
	snprintf(named, sizeof(named), "%s%s%s", absolute ? "" : f->directory, absolute ? "" : "/",
	    s->vectors_file);
	if (realpath(named, real) != NULL && strlen(real) < PATH_MAX_LEN)
		snprintf(s->vectors_file, sizeof(s->vectors_file), "%s", real);
	err = vectors_load(&s->vectors, named, &why);
	if (err != 0 && why.line == 0)
		return fill_refuse(f, err, config_setting_source_line(set), "`vectors`: %s",
		    why.say);
	if (err != 0)
		*f->err = why;
	return err;
}

/* The settings of one parsed seawall.conf. */
static int
settings_of(struct settings **ret, const struct source *src, bool from_file, struct diag *reterr)
{
	char copy[sizeof(src->file)];
	struct settings *s = calloc(1, sizeof(*s));
	const config_setting_t *prefixes = config_lookup(&src->parsed, "prefixes");
	struct filling f = {
		.settings = s, .file = src->file, .from_file = from_file, .err = reterr
	};
	int err;

	if (s == NULL)
		return diag_set(reterr, -ENOMEM, "not enough memory");
	snprintf(copy, sizeof(copy), "%s", src->file);
	f.directory = dirname(copy);
	snprintf(s->file, sizeof(s->file), "%s", src->file);
	s->prefixes_line = prefixes != NULL ? config_setting_source_line(prefixes) : 0;
	err = fill_group(&f, &schema_root, s, config_root_setting(&src->parsed), 0);
	if (from_file)
		source_newest(s, src->file);
	if (err == 0 && from_file)
		err = load_vectors(&f, config_lookup(&src->parsed, "vectors"));
	if (err == 0)
		*ret = s;
	else
		free(s);
	return err;
}

int
config_load(struct settings **ret, const char *path, struct diag *reterr)
{
	struct diag unwanted;
	struct source src;
	int err;

	if (reterr == NULL)
		reterr = &unwanted;
	if (strlen(path) >= PATH_MAX_LEN)
		return diag_set(reterr, -ENAMETOOLONG,
				"the name of the configuration file is longer than %d characters",
				PATH_MAX_LEN - 1);
	err = source_read(&src, path, reterr);
	if (err != 0)
		return err;
	err = settings_of(ret, &src, true, reterr);
	source_fini(&src);
	return err;
}

int
config_load_text(struct settings **ret, const char *text, size_t len, const char *file,
		 struct diag *reterr)
{
	struct diag unwanted;
	struct source src;
	int err;

	if (reterr == NULL)
		reterr = &unwanted;
	if (len > SOURCE_MAX)
		return diag_at(reterr, -EFBIG, file, 0, "is larger than %u bytes", SOURCE_MAX);
	err = source_text(&src, text, len, file, reterr);
	if (err != 0)
		return err;
	err = settings_of(ret, &src, false, reterr);
	source_fini(&src);
	return err;
}

int
config_socket(char *ret, size_t size, const char *path)
{
	const char *named = NULL;
	struct diag unwanted;
	struct source src;
	int err;

	if (strlen(path) >= PATH_MAX_LEN)
		return -ENAMETOOLONG;
	err = source_read(&src, path, &unwanted);
	if (err != 0)
		return err;
	if (config_lookup_string(&src.parsed, "control.socket", &named) && strlen(named) >= size)
		err = -ENAMETOOLONG;
	else if (named != NULL)
		snprintf(ret, size, "%s", named);
	source_fini(&src);
	return err;
}

static const struct row *
key_of(const char *group, const char *name)
{
	return schema_find(schema_find(&schema_root, group)->group, name);
}

/* Of a group or of one in a list of them; the schema's default when it is not there. */
static bool
place(char *ret, size_t size, const config_setting_t *in, const char *group, const char *name)
{
	const config_setting_t *there = in != NULL ? config_setting_get_member(in, name) : NULL;
	const char *value = key_of(group, name)->def;

	if (there != NULL)
		value = config_setting_get_string(there);
	else if (value == NULL)
		value = "";
	return value != NULL && (size_t)snprintf(ret, size, "%s", value) < size;
}

/* A key that nobody knows may be the one that is missing: then the default is another place. */
static bool
may_be_misspelt(const config_setting_t *one)
{
	bool unknown = false;

	for (int i = 0; i < config_setting_length(one); i++)
		unknown |= key_of("routers",
		    config_setting_name(config_setting_get_elem(one, (unsigned)i))) == NULL;
	return unknown && (config_setting_get_member(one, "socket") == NULL ||
	    config_setting_get_member(one, "fragment") == NULL);
}

static bool
router_of(struct router *r, const config_setting_t *one)
{
	bool known = config_setting_is_group(one) && !may_be_misspelt(one) &&
	    place(r->name, sizeof(r->name), one, "routers", "name") &&
	    place(r->socket, sizeof(r->socket), one, "routers", "socket") &&
	    place(r->fragment, sizeof(r->fragment), one, "routers", "fragment");

	if (known)
		rules_fragment(r);
	return known;
}

/* How many routers are left out, the first of them as *reterr; or -EINVAL: there is none. */
static int
places_of(struct settings *s, const struct source *src, struct diag *reterr)
{
	const config_setting_t *all = config_lookup(&src->parsed, "routers");
	int left_out = 0;

	/* without it there is nowhere to note it, which is said then */
	place(s->audit_directory, sizeof(s->audit_directory), config_lookup(&src->parsed, "audit"),
	    "audit", "directory");
	for (int i = 0; all != NULL && i < config_setting_length(all); i++) {
		const config_setting_t *one = config_setting_get_elem(all, (unsigned)i);

		if (s->routers_n < ROUTERS_MAX && router_of(&s->routers[s->routers_n], one))
			s->routers_n++;
		else if (left_out++ == 0)
			diag_at(reterr, 0, src->file, (int)config_setting_source_line(one),
			    _("this router is left out: where it is cannot be read"));
	}
	return s->routers_n > 0 ? left_out
				: diag_at(reterr, -EINVAL, src->file, 0, _("names no router"));
}

int
config_places(struct settings **ret, const char *path, struct diag *reterr)
{
	struct settings *s = calloc(1, sizeof(*s));
	struct source src;
	int err = s == NULL ? diag_set(reterr, -ENOMEM, "not enough memory") : 0;

	if (err == 0)
		err = source_read(&src, path, reterr);
	if (err == 0) {
		err = places_of(s, &src, reterr);
		source_fini(&src);
	}
	if (err >= 0)
		*ret = s;
	else
		free(s);
	return err;
}
