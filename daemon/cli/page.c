/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/page.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "cli/args.h"
#include "cli/serve.h"
#include "config/load.h"
#include "model/target.h"
#include "report/page.h"

/* "127.0.0.1:8080": an address, so that nobody's name server says who may read. */
static int
read_listen(struct serving *ret, const char *text, bool anyone, struct diag *reterr)
{
	static const struct prefix loopback4 = { .family = 4, .len = 8, .addr = { 127 } };
	static const struct prefix loopback6 = { .family = 6, .len = 128, .addr = { [15] = 1 } };
	char url[PATH_MAX_LEN];
	struct target t;

	snprintf(url, sizeof(url), "tcp://%s", text);
	if (target_parse(&t, url, NULL) != 0 || prefix_parse(&ret->address, t.host) != 0 ||
	    !prefix_is_host(&ret->address))
		return diag_set(reterr, -EINVAL,
		    _("--listen takes an address and a port: 127.0.0.1:8080, [::1]:8080; not '%s'"),
		    text);
	if (!anyone && !prefix_covers(&loopback4, &ret->address) &&
	    !prefix_covers(&loopback6, &ret->address))
		return diag_set(reterr, -EPERM,
		    _("%s can be reached from other machines, and nobody is asked for a password; if you mean it, say --anyone"),
		    t.host);
	ret->port = t.port;
	ret->any_host = anyone;
	return 0;
}

static int
read_view(const char *text, enum page_view *ret)
{
	if (text == NULL || strcmp(text, "committee") == 0)
		*ret = VIEW_COMMITTEE;
	else if (strcmp(text, "public") == 0)
		*ret = VIEW_PUBLIC;
	else
		return -EINVAL;
	return 0;
}

static int
find_directory(const struct cli_options *o, const char *named, enum page_view view, char *ret,
    size_t size, struct diag *reterr)
{
	struct settings *s = NULL;
	int err = named != NULL ? 0 : config_load(&s, cli_config_path(o), reterr);

	if (err == 0)
		snprintf(ret, size, "%s/%s", named != NULL ? named : s->page.directory,
		    view == VIEW_PUBLIC ? "public" : "committee");
	free(s);
	return err;
}

static void
on_signal(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(ctx);
}

static void
tell(const struct cli_options *o, const struct serving *how, uint16_t port, const char *directory)
{
	char address[PREFIX_STRLEN], url[PREFIX_STRLEN + 32];

	snprintf(url, sizeof(url), how->address.family == 6 ? "http://[%s]:%u/" : "http://%s:%u/",
	    prefix_addr_str(&how->address, address), port);
	if (o->json)
		printf("{\"type\":\"page\",\"url\":\"%s\"}\n", url);
	else
		printf(_("%s shows %s until this program ends (Ctrl-C)\n"), url, directory);
	fflush(stdout);
}

static int
run(const struct cli_options *o, const struct serving *how, const char *directory,
    struct diag *reterr)
{
	struct event_base *base = event_base_new();
	struct event *stop[2] = { NULL, NULL };
	struct serve *s = NULL;
	int err = base == NULL ? -ENOMEM : serve_new(&s, base, directory, how, reterr);

	for (int i = 0; err == 0 && i < 2; i++) {
		stop[i] = evsignal_new(base, i == 0 ? SIGINT : SIGTERM, on_signal, base);
		err = stop[i] == NULL || event_add(stop[i], NULL) != 0 ? -ENOMEM : 0;
	}
	if (err == 0) {
		signal(SIGPIPE, SIG_IGN);
		tell(o, how, serve_port(s), directory);
		event_base_dispatch(base);
	}
	for (int i = 0; i < 2; i++)
		if (stop[i] != NULL)
			event_free(stop[i]);
	serve_free(s);
	if (base != NULL)
		event_base_free(base);
	return err;
}

int
cli_page(const struct cli_options *o, int argc, char **argv)
{
	const char *listen = NULL, *view_text = NULL, *word[1];
	bool anyone = false;
	const struct args_option options[] = { { "--listen", &listen, NULL },
		{ "--view", &view_text, NULL }, { "--anyone", NULL, &anyone }, { 0 } };
	struct args_words w = { .max = 1, .words = word };
	struct serving how = { 0 };
	char policy[2 * PAGE_POLICY_LEN], inner[PAGE_POLICY_LEN], directory[PATH_MAX_LEN + 16],
	    buf[1024];
	enum page_view view;
	struct diag d = { 0 };

	snprintf(policy, sizeof(policy), "%s; frame-ancestors 'none'", page_policy(inner));
	how.policy = policy;
	if (args_parse(argc, argv, options, &w, &d) != 0)
		return cli_usage("page", "%s", d.say);
	if (listen == NULL)
		return cli_usage("page", "%s", _("where? --listen 127.0.0.1:8080"));
	if (read_view(view_text, &view) != 0)
		return cli_usage("page", _("--view takes committee or public, not '%s'"),
		    view_text);
	if (read_listen(&how, listen, anyone, &d) != 0)
		return cli_usage("page", "%s", d.say);
	if (find_directory(o, w.n > 0 ? word[0] : NULL, view, directory, sizeof(directory), &d) ==
		0 &&
	    run(o, &how, directory, &d) == 0)
		return CLI_DONE;
	return cli_fail(CLI_USAGE, "%s", diag_str(&d, buf, sizeof(buf)));
}
