/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/init.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/units.h"
#include "cli/args.h"
#include "cli/compose.h"
#include "config/installed.h"

#define DIRECTORY SYSCONFDIR "/seawall"
#define CONF "seawall.conf"
#define LINES "bird-lines.conf"
#define DEFAULT_SOCKET "/run/bird/bird.ctl"
#define DEFAULT_OBSERVE "1h"
#define OLD ".before-init"
#define OLD_MAX 99		/* kept of one file */
#define NEW ".new"		/* until all of them are written */
#define FILES 3

struct file {
	char path[PATH_MAX_LEN];
	struct text text;
};

struct init {
	const char *observe, *output, *interfaces, *exporters, *router;
	bool replace, dry_run, replaced;
	int64_t observe_ms;
	char named[INTERFACES_MAX][IF_NAMESIZE];	/* of --interface */
	const char *only[INTERFACES_MAX];
	unsigned only_n, trusted_n;
	struct prefix trusted[EXPORTERS_MAX];		/* of --exporter */
	struct file files[FILES];	/* the configuration, its policies, BIRD's lines */
};

/* ---- what is asked for --------------------------------------------------- */

static int
take_interfaces(struct init *in, struct diag *reterr)
{
	const char *p = in->interfaces != NULL ? in->interfaces : "";

	while (*p != '\0') {
		size_t n = strcspn(p, ",");

		if (n == 0 || n >= IF_NAMESIZE || in->only_n == INTERFACES_MAX)
			return diag_set(reterr, -EINVAL,
			    _("--interface takes names of interfaces, %u at most, with commas between"),
			    INTERFACES_MAX);
		memcpy(in->named[in->only_n], p, n);
		in->only[in->only_n] = in->named[in->only_n];
		if (if_nametoindex(in->named[in->only_n]) == 0)
			return diag_set(reterr, -EINVAL, _("there is no interface %s"),
			    in->named[in->only_n]);
		in->only_n++;
		p += n + (p[n] == ',');
	}
	return 0;
}

static int
take_exporters(struct init *in, struct diag *reterr)
{
	const char *p = in->exporters != NULL ? in->exporters : "";
	char one[PREFIX_STRLEN];

	while (*p != '\0') {
		size_t n = strcspn(p, ",");
		struct prefix *to = &in->trusted[in->trusted_n];

		snprintf(one, sizeof(one), "%.*s", (int)n, p);
		if (in->trusted_n == EXPORTERS_MAX || n >= sizeof(one) ||
		    prefix_parse(to, one) != 0 || !prefix_is_host(to))
			return diag_set(reterr, -EINVAL,
			    _("--exporter takes addresses of routers, %u at most, with commas between"),
			    EXPORTERS_MAX);
		in->trusted_n++;
		p += n + (p[n] == ',');
	}
	return 0;
}

/* Into strings of the configuration, bird.conf and commands: nothing may end these. */
static bool
writable(const char *path)
{
	for (; *path != '\0'; path++)
		if ((unsigned char)*path < ' ' || strchr("\"\\\177", *path) != NULL)
			return false;
	return true;
}

/* A directory, or the name that the configuration is to have; the others lie beside it. */
static int
name_files(struct init *in, struct diag *reterr)
{
	static const char *const others[FILES] = { CONF, COMPOSE_POLICY, LINES };
	const char *to = in->output != NULL ? in->output : DIRECTORY;
	struct stat st;
	bool file = stat(to, &st) == 0
	    ? !S_ISDIR(st.st_mode)
	    : strlen(to) > 5 && strcmp(to + strlen(to) - 5, ".conf") == 0;
	char here[PATH_MAX_LEN] = "", name[PATH_MAX_LEN];
	int base;

	if (to[0] != '/' && getcwd(here, sizeof(here)) == NULL)
		return diag_set(reterr, -errno, "%s: %s", to, strerror(errno));
	/* the names go into bird.conf and commands, wherever these are read */
	if (snprintf(name, sizeof(name), "%s%s%s", here, here[0] != '\0' ? "/" : "", to) >=
	    PATH_MAX_LEN - (int)sizeof("/" COMPOSE_POLICY))
		return diag_set(reterr, -ENAMETOOLONG, "%s: %s", to, strerror(ENAMETOOLONG));
	if (!writable(name) || (in->router != NULL && !writable(in->router)))
		return diag_set(reterr, -EINVAL,
		    _("the names of files may hold no quotes, backslashes and control characters"));
	base = file ? (int)(strrchr(name, '/') - name) : (int)strlen(name);
	for (unsigned i = 0; i < FILES; i++)
		snprintf(in->files[i].path, PATH_MAX_LEN, "%.*s/%s", base, name, others[i]);
	if (file)
		snprintf(in->files[0].path, PATH_MAX_LEN, "%s", name);
	return 0;
}

static int
parse(struct init *in, int argc, char **argv, struct diag *reterr)
{
	const struct args_option options[] = {
		{ "--observe", &in->observe, NULL }, { "--output", &in->output, NULL },
		{ "--interface", &in->interfaces, NULL }, { "--exporter", &in->exporters, NULL },
		{ "--router", &in->router, NULL },
		{ "--replace", NULL, &in->replace }, { "--dry-run", NULL, &in->dry_run }, { 0 }
	};
	struct args_words words = { 0 };
	int err = args_parse(argc, argv, options, &words, reterr);

	if (err == 0 &&
	    (units_duration(&in->observe_ms, in->observe != NULL ? in->observe : DEFAULT_OBSERVE) !=
		    0 ||
		in->observe_ms < 0 || in->observe_ms > LEVELS_SECONDS_MAX * INT64_C(1000)))
		err = diag_set(reterr, -EINVAL,
		    _("--observe takes a duration up to a day, such as 1h, or 0"));
	if (err == 0)
		err = take_interfaces(in, reterr);
	if (err == 0)
		err = take_exporters(in, reterr);
	return err == 0 ? name_files(in, reterr) : err;
}

/* Before an hour is spent: may all of them be written? */
static int
look_at_files(const struct init *in)
{
	char directory[PATH_MAX_LEN];

	for (unsigned i = 0; i < FILES && !in->dry_run; i++) {
		const char *path = in->files[i].path;

		if (!in->replace && access(path, F_OK) == 0)
			return cli_fail(CLI_REFUSED,
			    _("%s is there already: --replace keeps it as %s%s and writes another, --output "
			      "DIRECTORY writes elsewhere"),
			    path, path, OLD);
		snprintf(directory, sizeof(directory), "%.*s", (int)(strrchr(path, '/') - path),
		    path);
		if (mkdir(directory[0] != '\0' ? directory : "/", 0755) != 0 && errno != EEXIST)
			return cli_fail(CLI_REFUSED, "%s: %s", directory, strerror(errno));
		if (access(directory[0] != '\0' ? directory : "/", W_OK) != 0)
			return cli_fail(CLI_REFUSED, "%s: %s", directory, strerror(errno));
	}
	return CLI_DONE;
}

/* ---- what is found ------------------------------------------------------- */

static void
look_around(struct init *in, struct chosen *c, const struct hearsay *h, bool json)
{
	char lasts[32];
	struct diag why = { 0 };

	c->hearsay = h;
	machine_look(&c->machine);
	choose_upstreams(c);
	choose_prefixes(c);
	choose_links(c, in->only, in->only_n);
	memcpy(c->observed.trusted, in->trusted, sizeof(in->trusted));
	c->observed.trusted_n = in->trusted_n;
	if (in->observe_ms > 0 && c->own_n > 0) {
		fprintf(stderr, _("looking at the traffic for %s\n"),
		    units_duration_str(in->observe_ms, lasts, sizeof(lasts)));
		if (observe(&c->observed, c->own, c->own_n, in->observe_ms, &why) != 0)
			cli_fail(CLI_REFUSED, "%s", why.say);
	}
	choose_levels(c);
	(json ? init_tell_json : init_tell)(c);
}

static struct hearsay *
said_of_networks(void)
{
	char templates[PATH_MAX_LEN];
	struct hearsay *h = NULL;

	installed_find(templates, "bird-templates");
	return hearsay_load(&h, templates, NULL) == 0 ? h : NULL;
}

/* ---- what is written ----------------------------------------------------- */

static void
name_new(const struct file *f, char ret[static PATH_MAX_LEN + sizeof(NEW)])
{
	snprintf(ret, PATH_MAX_LEN + sizeof(NEW), "%s" NEW, f->path);
}

static int
write_new(const struct file *f)
{
	char new[PATH_MAX_LEN + sizeof(NEW)];
	int err = text_ok(&f->text) ? 0 : -ENOMEM;

	name_new(f, new);
	if (err == 0)
		err = file_replace(new, f->text.s, f->text.len, 0644);
	return err == 0 ? CLI_DONE : cli_fail(CLI_REFUSED, "%s: %s", f->path, strerror(-err));
}

/*
 * Under a name that nothing has yet: what people wrote is not lost to a third run.  The file itself
 * stays till it is replaced.
 */
static int
keep_old(const char *path)
{
	char old[PATH_MAX_LEN + sizeof(OLD) + 8];

	snprintf(old, sizeof(old), "%s" OLD, path);
	for (unsigned n = 2; link(path, old) != 0; n++) {
		if (errno != EEXIST || n > OLD_MAX)
			return -errno;
		snprintf(old, sizeof(old), "%s" OLD "-%u", path, n);
	}
	return 0;
}

static int
put_in_place(struct init *in, const struct file *f, bool json)
{
	char new[PATH_MAX_LEN + sizeof(NEW)];
	bool there = access(f->path, F_OK) == 0;
	int err = there ? keep_old(f->path) : 0;

	name_new(f, new);
	if (err == 0 && rename(new, f->path) != 0)
		err = -errno;
	if (err != 0)
		return cli_fail(CLI_REFUSED, "%s: %s", f->path, strerror(-err));
	in->replaced |= there;
	if (json)
		init_tell_file(f->path);
	else
		printf(_("written: %s\n"), f->path);
	return CLI_DONE;
}

/* All or, for want of room, none; the configuration last: nothing reads the others without it. */
static int
write_files(struct init *in, bool json)
{
	char new[PATH_MAX_LEN + sizeof(NEW)];
	int status = CLI_DONE;

	for (unsigned i = FILES; i-- > 0 && status == CLI_DONE;)
		status = write_new(&in->files[i]);
	for (unsigned i = FILES; i-- > 0 && status == CLI_DONE;)
		status = put_in_place(in, &in->files[i], json);
	for (unsigned i = 0; i < FILES && status != CLI_DONE; i++) {
		name_new(&in->files[i], new);
		unlink(new);
	}
	return status;
}

static int
show_files(const struct init *in, bool json)
{
	for (unsigned i = FILES; i-- > 0;) {
		if (!text_ok(&in->files[i].text))
			return cli_fail(CLI_REFUSED, "%s: %s", in->files[i].path, strerror(ENOMEM));
		if (!json)
			printf("\n--- %s\n%s", in->files[i].path, text_str(&in->files[i].text));
	}
	return CLI_DONE;
}

static void
say_next(const struct init *in, const struct chosen *c)
{
	const char *conf = in->files[0].path;
	bool usual = strcmp(conf, DIRECTORY "/" CONF) == 0;
	struct text steps;

	text_init(&steps, COMPOSE_MAX);
	compose_bird_steps(&steps, c, in->files[2].path);
	if (c->bird.ours)
		puts(_(
		    "\nBIRD's sessions stand on Seawall's tables already; compare its export filters with the file above."));
	else if (c->asn != 0)
		printf("\n%s\n%s",
		    _("For bird.conf, by your own hand and not before something is to be announced (the dry run needs none of it):"),
		    text_str(&steps));
	text_fini(&steps);
	printf("\n%s\n", _("Next:"));
	if (usual)
		printf("  seawall check\n  systemctl enable --now seawalld\n%s  seawall status\n",
		    in->replaced ? "  systemctl reload seawalld\n" : "");
	else
		printf("  seawall -c %s check\n  seawalld -d -f -c %s\n  seawall -c %s status\n",
		    conf, conf, conf);
}

static int
write_all(struct init *in, const struct chosen *c, bool json)
{
	const struct compose_names names = { .socket = in->router, .now = clock_now().wall };
	int status;

	for (unsigned i = 0; i < FILES; i++)
		text_init(&in->files[i].text, COMPOSE_MAX);
	compose_conf(&in->files[0].text, c, &names);
	compose_policy(&in->files[1].text, c);
	compose_bird(&in->files[2].text, c);
	status = in->dry_run ? show_files(in, json) : write_files(in, json);
	for (unsigned i = 0; i < FILES; i++)
		text_fini(&in->files[i].text);
	if (status == CLI_DONE && !json)
		say_next(in, c);
	return status;
}

int
cli_init(const struct cli_options *o, int argc, char **argv)
{
	struct init in = { 0 };
	struct chosen *c;
	struct hearsay *h;
	struct diag why = { 0 };
	int status;

	if (parse(&in, argc, argv, &why) != 0)
		return cli_usage("init", "%s", why.say);
	if (in.router == NULL)
		in.router = DEFAULT_SOCKET;
	status = look_at_files(&in);
	if (status != CLI_DONE)
		return status;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return cli_fail(CLI_REFUSED, "%s", strerror(ENOMEM));
	if (survey_ask(&c->bird, in.router, &why) != 0) {
		free(c);
		return cli_fail(CLI_UNREACHABLE,
		    _("%s. Does it run, and may this account read its socket? --router names another"),
		    why.say);
	}
	h = said_of_networks();
	look_around(&in, c, h, o->json);
	status = write_all(&in, c, o->json);
	free(h);
	free(c);
	return status;
}
