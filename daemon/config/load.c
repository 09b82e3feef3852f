/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/load.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Of a group or of one in a list of them; the schema's default when it is not there. */
static bool
place(char *ret, size_t size, const config_setting_t *in, const char *group, const char *name)
{
	const char *value = schema_find(schema_find(&schema_root, group)->group, name)->def;

	if (in != NULL)
		config_setting_lookup_string(in, name, &value);
	return (size_t)snprintf(ret, size, "%s", value != NULL ? value : "") < size;
}

static bool
router_of(struct router *r, const config_setting_t *one)
{
	bool fits = config_setting_is_group(one) &&
	    place(r->name, sizeof(r->name), one, "routers", "name") &&
	    place(r->socket, sizeof(r->socket), one, "routers", "socket") &&
	    place(r->fragment, sizeof(r->fragment), one, "routers", "fragment");

	if (fits)
		rules_fragment(r);
	return fits;
}

/* How many routers are left out; or -EINVAL: there is none. */
static int
places_of(struct settings *s, const config_t *from)
{
	const config_setting_t *all = config_lookup(from, "routers");
	int left_out = 0;

	if (all == NULL || !place(s->audit_directory, sizeof(s->audit_directory),
	    config_lookup(from, "audit"), "audit", "directory"))
		return -EINVAL;
	for (int i = 0; i < config_setting_length(all); i++)
		if (s->routers_n < ROUTERS_MAX && router_of(&s->routers[s->routers_n],
		    config_setting_get_elem(all, (unsigned)i)))
			s->routers_n++;
		else
			left_out++;
	return s->routers_n > 0 ? left_out : -EINVAL;
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
		err = places_of(s, &src.parsed);
		if (err < 0)
			diag_at(reterr, err, src.file, 0, "names no router");
		source_fini(&src);
	}
	if (err >= 0)
		*ret = s;
	else
		free(s);
	return err;
}
