/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every setting of the schema: its manual page, its path there, and its default or "-". */
#include <stdio.h>
#include <string.h>

#include "config/schema.h"

static void
list(void *ctx, const char *path, const struct row *r)
{
	const char *root = ctx, *inside = "policies.";
	const char *def = r->def != NULL ? r->def : "-";

	if (strncmp(path, inside, strlen(inside)) == 0)
		printf("seawall-policy.5\t%s\t%s\n", path + strlen(inside), def);
	else
		printf("seawall.conf.5\t%s%s\t%s\n", root, path, def);
}

int
main(void)
{
	schema_each(&schema_root, list, (char[]){ "" });
	schema_each(&schema_profile, list, (char[]){ "profile." });
	return 0;
}
