/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seawalld - the daemon's arguments, and which role this process is. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/log.h"
#include "config/load.h"
#include "main/role.h"

#define DEFAULT_CONFIG SYSCONFDIR "/seawall/seawall.conf"

static void
usage(FILE *to)
{
	fprintf(to, _("usage: seawalld [-c FILE] [-f] [-n] [-d]\n"
		      "  -c FILE  configuration (default %s)\n"
		      "  -f       stay in the foreground and log to standard error\n"
		      "  -n       check the configuration, print it, exit\n"
		      "  -d       dry run: everything but BIRD\n"), DEFAULT_CONFIG);
}

/* Findings go to standard error, so that what is printed loads again. */
static void
print_findings(const struct settings *s)
{
	static struct config_finding found[256];
	unsigned n;

	config_check(s, found, 256, &n);
	for (unsigned i = 0; i < n; i++)
		fprintf(stderr, "%s:%u: %s: %s\n", found[i].file, found[i].line,
			found[i].error ? _("error") : _("note"), found[i].say);
}

static int
check_only(const char *path)
{
	struct settings *s;
	struct diag diag;
	struct text out;
	char why[1024];

	if (config_load(&s, path, &diag) != 0) {
		fprintf(stderr, "seawalld: %s\n", diag_str(&diag, why, sizeof(why)));
		return 2;
	}
	text_init(&out, 1 << 22);
	config_print(&out, s);
	fputs(text_str(&out), stdout);
	text_fini(&out);
	for (unsigned i = 0; i < s->warnings_n; i++)
		fprintf(stderr, "%s: %s\n", _("warning"), s->warnings[i]);
	print_findings(s);
	free(s);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *config = DEFAULT_CONFIG;
	bool foreground = false, check = false, dry_run = false;
	int c;

	lang_open(NULL);
	if (argc == 2 && strcmp(argv[1], "--role=engine") == 0)
		return role_engine();
	if (argc == 2 && strcmp(argv[1], "--role=sensor") == 0)
		return role_sensor();
	if (argc == 2 && strcmp(argv[1], "--role=connector") == 0)
		return role_connector();
	if (argc == 2 && strcmp(argv[1], "--role=miner") == 0)
		return role_miner();
	if (argc == 2 && strcmp(argv[1], "--role=messenger") == 0)
		return role_messenger();
	while ((c = getopt(argc, argv, "c:fndhV")) != -1) {
		switch (c) {
		case 'c': config = optarg; break;
		case 'f': foreground = true; break;
		case 'n': check = true; break;
		case 'd': dry_run = true; break;
		case 'h': usage(stdout); return 0;
		case 'V': puts(PACKAGE_STRING); return 0;
		default: usage(stderr); return 2;
		}
	}
	if (optind != argc) {
		usage(stderr);
		return 2;
	}
	return check ? check_only(config) : role_parent(config, foreground, dry_run);
}
