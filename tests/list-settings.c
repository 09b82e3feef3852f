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

	if (strcmp(root, "vectors") == 0)
		printf("seawall-vectors.5\t%s\t%s\n", path, def);
	else if (strncmp(path, inside, strlen(inside)) == 0)
		printf("seawall-policy.5\t%s\t%s\n", path + strlen(inside), def);
	else
		printf("seawall.conf.5\t%s%s\t%s\n", root, path, def);
}

int
main(void)
{
	schema_each(&schema_root, list, (char[]){ "" });
	schema_each(&schema_profile, list, (char[]){ "profile." });
	schema_each(&schema_vectors, list, (char[]){ "vectors" });
	return 0;
}
