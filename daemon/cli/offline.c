/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/offline.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/clock.h"
#include "base/lang.h"
#include "bird/offline.h"
#include "cli/print.h"
#include "cli/screen.h"
#include "config/load.h"

#define DID_LEN 1024

struct offline {
	const struct cli_options *o;
	const struct settings *s;
	const char *what;	/* an id, a network as the fragment has it, or NULL: all */
	const char *reason;
	char who[2 * NAME_MAX_LEN + 16];
	wall_t now;
	unsigned done;
	int exit;
};

/* Not the kernel's word to a daemon but what this process says of itself; SUDO_USER is only a hint,
 * and said as one. */
static void
name_caller(char *ret, size_t size)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *sudo = getenv("SUDO_USER");

	if (pw != NULL)
		snprintf(ret, size, "%.63s%s%.63s", pw->pw_name, sudo != NULL ? ", sudo by " : "",
			 sudo != NULL ? sudo : "");
	else
		snprintf(ret, size, "uid %lu", (unsigned long)getuid());
}

static void
print_done(const struct offline *f, const struct router *r, const char *id, const char *line)
{
	json_t *j;

	if (!f->o->json) {
		printf("%s\n", line);
		return;
	}
	j = json_pack("{s:s, s:s?, s:s, s:s}", "type", "withdrawn", "id", id[0] != '\0' ? id : NULL,
		      "router", r->name, "did", line);
	print_line(j, JSON_SORT_KEYS);
}

/* What happened already is said and noted whatever else fails. */
static void
note(struct offline *f, const struct router *r, const char *did)
{
	char id[ID_LEN], line[DID_LEN], entry[DID_LEN + REASON_LEN + 8];

	while (offline_next(&did, id, line, sizeof(line))) {
		int err;

		f->done++;
		print_done(f, r, id, line);
		snprintf(entry, sizeof(entry), "%s (%s)", line, f->reason);
		err = audit_journal_add(f->s->audit_directory, f->now, f->who,
					id[0] != '\0' ? id : NULL, entry);
		if (err != 0)
			f->exit = cli_fail(CLI_REFUSED, _("withdrawn, but not noted in %s: %s"),
					   f->s->audit_directory, strerror(-err));
	}
}

static void
on_router(struct offline *f, const struct router *r)
{
	struct diag d = { 0 };
	struct text did;
	char why[1024];
	int err;

	text_init(&did, OFFLINE_DID_MAX);
	err = offline_withdraw(r->fragment, r->socket, f->what, f->now, &did, &d);
	note(f, r, text_str(&did));
	text_fini(&did);
	/* Another router may be the one that has it. */
	if (err != 0 && (err != -ENOENT || f->what == NULL))
		f->exit = cli_fail(CLI_REFUSED, "%s: %s", r->name, diag_str(&d, why, sizeof(why)));
}

/* The fragment writes networks with their length; people may leave it out. */
static const char *
as_in_fragment(const char *what, char buf[static PREFIX_STRLEN])
{
	struct prefix p;

	return what != NULL && prefix_parse(&p, what) == 0 ? prefix_str(&p, buf) : what;
}

/* A slip elsewhere in the file must not keep anything announced.  An exit status. */
static int
find_places(struct settings **ret, const char *path)
{
	struct diag slip = { 0 }, d = { 0 };
	char why[1024];
	int left_out;

	if (config_load(ret, path, &slip) == 0)
		return 0;
	left_out = config_places(ret, path, &d);
	if (left_out < 0) {
		cli_fail(CLI_USAGE, "%s", diag_str(&d, why, sizeof(why)));
		fprintf(stderr, "%s\n", _("A file that has only `routers`, and `audit` if you "
		    "have one, will do here: -c FILE."));
		return CLI_USAGE;
	}
	fprintf(stderr, _("seawall: %s\nOnly what it says of routers and of the record is used.\n"),
	    diag_str(&slip, why, sizeof(why)));
	return left_out == 0 ? 0 : cli_fail(CLI_REFUSED, _("%1$s (left out in all: %2$d)"),
	    diag_str(&d, why, sizeof(why)), left_out);
}

int
cli_withdraw_offline(const struct cli_options *o, const json_t *request)
{
	struct offline f = { .o = o,
			     .reason = line_text(request, "reason"),
			     .now = clock_now().wall };
	char network[PREFIX_STRLEN];
	struct settings *s = NULL;
	int found = find_places(&s, cli_config_path(o));

	if (s == NULL)
		return found;
	f.exit = found;
	f.s = s;
	f.what = as_in_fragment(json_string_value(json_object_get(request, "what")), network);
	name_caller(f.who, sizeof(f.who));
	for (unsigned i = 0; i < s->routers_n; i++)
		on_router(&f, &s->routers[i]);
	if (f.done == 0 && f.exit == found && f.what != NULL)
		f.exit = cli_fail(CLI_REFUSED, _("no router's fragment has %s"), f.what);
	else if (f.done == 0 && f.exit == found && !o->json)
		printf("%s\n", _("Nothing stood there."));
	free(s);
	return f.exit;
}
