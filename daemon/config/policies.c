/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/policies.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/source.h"

static int
one_policy(const struct filling *f, const struct row *row, const config_setting_t *set)
{
	struct settings *s = f->settings;
	unsigned line = config_setting_source_line(set);
	struct policy *p = &s->policies[s->policies_n];
	int err;

	if (s->policies_n == POLICIES_MAX)
		return fill_refuse(f, -E2BIG, line, "more than %d policies", POLICIES_MAX);
	if (!config_setting_is_group(set))
		return fill_refuse(f, -EINVAL, line,
				   "`policies` must hold names of files and groups: ( \"FILE\", { "
				   "... } )");
	err = fill_group(f, row->group, p, set, line);
	for (unsigned i = 0; err == 0 && i < s->policies_n; i++)
		if (strcmp(s->policies[i].name, p->name) == 0)
			err = fill_refuse(f, -EEXIST, line,
					  "there is another policy named \"%s\": %.180s line %u",
					  p->name, s->policies[i].file, s->policies[i].line);
	if (err == 0)
		s->policies_n++;
	return err;
}

static int
policy_file(const struct filling *f, const config_setting_t *set)
{
	const char *name = config_setting_get_string(set);
	unsigned line = config_setting_source_line(set);
	char path[PATH_MAX_LEN];
	struct filling in = *f;
	struct source src;
	struct diag why;
	int err;

	if (f->nested || !f->from_file)
		return fill_refuse(f, -EINVAL, line,
				   "a policy file cannot be named here: \"%.60s\"", name);
	if (snprintf(path, sizeof(path), "%s%s%s", *name == '/' ? "" : f->directory,
		     *name == '/' ? "" : "/", name)
	    >= (int)sizeof(path))
		return fill_refuse(f, -ENAMETOOLONG, line,
				   "the name of the policy file is too long");
	err = source_read(&src, path, &why);
	if (err != 0 && why.line == 0)
		return fill_refuse(f, err, line, "policy file \"%.200s\" %s", path, why.say);
	if (err != 0) {
		*f->err = why;
		return err;
	}
	in.file = path;
	in.nested = true;
	err = fill_group(&in, &schema_policy_file, f->settings, config_root_setting(&src.parsed),
			 0);
	source_newest(f->settings, path);
	source_fini(&src);
	return err;
}

int
policies_fill(const struct filling *f, const struct row *row, const config_setting_t *set)
{
	int err = 0;

	if (!config_setting_is_list(set) && !config_setting_is_array(set))
		return fill_refuse(f, -EINVAL, config_setting_source_line(set),
				   "`policies` must be a list: ( ... )");
	for (int i = 0; err == 0 && i < config_setting_length(set); i++) {
		const config_setting_t *one = config_setting_get_elem(set, (unsigned)i);

		err = config_setting_type(one) == CONFIG_TYPE_STRING ? policy_file(f, one)
								     : one_policy(f, row, one);
	}
	return err;
}
