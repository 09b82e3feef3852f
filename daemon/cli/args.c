/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/args.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/lang.h"

static const struct args_option *
find(const struct args_option *o, const char *arg, size_t len)
{
	for (; o->name != NULL; o++)
		if (strlen(o->name) == len && strncmp(o->name, arg, len) == 0)
			return o;
	return NULL;
}

/* The option at argv[*at]; moves *at to the last argument it used. */
static int
take_option(int argc, char **argv, int *at, const struct args_option *options, struct diag *reterr)
{
	const char *arg = argv[*at], *equals = strchr(arg, '=');
	size_t len = equals != NULL ? (size_t)(equals - arg) : strlen(arg);
	const struct args_option *o = find(options, arg, len);

	if (o == NULL)
		return diag_set(reterr, -EINVAL, _("unknown option %.*s"), (int)len, arg);
	if (o->flag != NULL) {
		*o->flag = true;
		return equals == NULL ? 0
				      : diag_set(reterr, -EINVAL, _("%s takes no value"), o->name);
	}
	if (*o->value != NULL)
		return diag_set(reterr, -EINVAL, _("%s is given twice"), o->name);
	if (equals != NULL)
		*o->value = equals + 1;
	else if (*at + 1 < argc)
		*o->value = argv[++*at];
	else
		return diag_set(reterr, -EINVAL, _("%s needs a value"), o->name);
	return 0;
}

int
args_parse(int argc, char **argv, const struct args_option *options, struct args_words *words,
	   struct diag *reterr)
{
	bool only_words = false;
	int err = 0;

	for (int i = 1; i < argc && err == 0; i++) {
		if (!only_words && strcmp(argv[i], "--") == 0)
			only_words = true;
		else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0')
			err = take_option(argc, argv, &i, options, reterr);
		else if (words->n < words->max)
			words->words[words->n++] = argv[i];
		else
			err = diag_set(reterr, -EINVAL,
				       _("'%s' is one word too many; quote text with spaces"),
				       argv[i]);
	}
	return err;
}
