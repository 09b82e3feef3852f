/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/units.h"
#include "cli/args.h"
#include "cli/audit.h"
#include "cli/report_read.h"
#include "config/load.h"
#include "report/json.h"
#include "report/notice.h"
#include "report/redact.h"
#include "report/report_html.h"
#include "report/text.h"
#include "report/when.h"

#define PRIVATE_MODE 0640
#define PUBLIC_MODE 0644

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML, FORMAT_N };

struct wish {
	const char *since, *until, *format, *delay, *directory, *file, *incident, *member,
	    *rehearsal;
	bool public, notice;
};

struct work {
	struct wish wish;
	struct settings *settings;	/* owned; NULL: a copied log speaks for itself */
	struct report_read read;
	enum format format;
	int64_t delay_ms;
	char directory[PATH_MAX_LEN];
	struct diag d;
};

/* "7d" is as long ago, too. */
static int
parse_time(wall_t *ret, const char *text)
{
	wall_t now = clock_now().wall;
	int64_t ago;

	if (units_duration(&ago, text) != 0)
		return audit_since(ret, text, now);
	*ret = wall_add_ms(now, -ago);
	return 0;
}

static int
parse_format(enum format *ret, const char *text)
{
	static const char *const names[FORMAT_N] = { "text", "json", "html" };

	for (unsigned i = 0; i < FORMAT_N; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum format)i;
			return 0;
		}
	return -EINVAL;
}

static int
parse(struct work *w, int argc, char **argv)
{
	struct wish *x = &w->wish;
	const struct args_option options[] = {
		{ "--since", &x->since, NULL },
		{ "--until", &x->until, NULL },
		{ "--format", &x->format, NULL },
		{ "--incident", &x->incident, NULL },
		{ "--member", &x->member, NULL },
		{ "--delay", &x->delay, NULL },
		{ "--directory", &x->directory, NULL },
		{ "-o", &x->file, NULL },
		{ "--rehearsal", &x->rehearsal, NULL },
		{ "--public", NULL, &x->public },
		{ "--notice", NULL, &x->notice },
		{ 0 },
	};
	struct args_words none = { 0 };
	struct telling *about = &w->read.about;

	if (args_parse(argc, argv, options, &none, &w->d) != 0)
		return -EINVAL;
	if ((x->since != NULL && parse_time(&about->since, x->since) != 0) ||
	    (x->until != NULL && parse_time(&about->until, x->until) != 0))
		return diag_set(&w->d, -EINVAL, "%s",
		    _("--since and --until take a time or how long ago: 2026-11-22T03:00:00Z, 7d, yesterday"));
	if (about->since.ms != 0 && about->until.ms != 0 && about->since.ms >= about->until.ms)
		return diag_set(&w->d, -EINVAL, "%s", _("--since must be before --until"));
	if (x->format != NULL && parse_format(&w->format, x->format) != 0)
		return diag_set(&w->d, -EINVAL, "%s", _("--format is text, html or json"));
	if (x->delay != NULL && units_duration(&w->delay_ms, x->delay) != 0)
		return diag_set(&w->d, -EINVAL, "%s", _("--delay takes a duration: 24h"));
	if (x->public && x->member != NULL)
		return diag_set(&w->d, -EINVAL, "%s",
		    _("--public is for everybody, --member for one of them"));
	if (x->notice && (x->member == NULL || w->format != FORMAT_TEXT))
		return diag_set(&w->d, -EINVAL, "%s",
		    _("--notice is a text, and for a member: --member NAME"));
	if (x->delay != NULL && !x->public && x->member == NULL)
		return diag_set(&w->d, -EINVAL, "%s", _("--delay is for --public and --member"));
	if (x->rehearsal != NULL && x->member != NULL)
		return diag_set(&w->d, -EINVAL, "%s",
		    _("--rehearsal is for the committee and the public: its figures are of all members together"));
	about->incident = x->incident;
	return 0;
}

/*
 * A directory that is named is a copy, which tells of itself who the members are, unless -c says
 * so, too.
 */
static int
configure(struct work *w, const struct cli_options *o)
{
	int err = 0;

	if (w->wish.directory == NULL || o->config != NULL)
		err = config_load(&w->settings, cli_config_path(o), &w->d);
	if (err != 0)
		return err;
	snprintf(w->directory, sizeof(w->directory), "%s",
	    w->wish.directory != NULL ? w->wish.directory : w->settings->audit_directory);
	w->read.directory = w->directory;
	w->read.about.settings = w->settings;
	w->read.watched = isatty(STDERR_FILENO) != 0;
	if (w->wish.delay == NULL && w->wish.public)
		w->delay_ms =
		    w->settings != NULL ? w->settings->page.public_delay_ms : REDACT_DELAY_MS;
	return 0;
}

/* A member reads it in their language, unless another is asked for. */
static void
speak(const struct work *w, const struct cli_options *o)
{
	for (unsigned i = 0; w->wish.member != NULL && o->lang == NULL && w->settings != NULL &&
	     i < w->settings->members_n;
	     i++)
		if (strcmp(w->settings->members[i].name, w->wish.member) == 0 &&
		    w->settings->members[i].language[0] != '\0')
			lang_set(strcmp(w->settings->members[i].language, "es") == 0 ? LANG_ES
										     : LANG_EN);
}

/*
 * Somebody who asked for Spanish is to know why it is not: in both languages, for there is no
 * catalogue to look it up in.
 */
static void
warn_english(void)
{
	if (lang_get() == LANG_ES && strcmp(_("What happened?"), "What happened?") == 0)
		fputs("seawall: no Spanish catalogue is installed, so this is in English "
		      "(no hay catálogo en español; por eso sale en inglés)\n", stderr);
}

static int
redact(struct work *w, struct story **s)
{
	struct story *less;

	if (!w->wish.public && w->wish.member == NULL)
		return 0;
	less = story_redacted(*s, w->wish.public ? STORY_PUBLIC : STORY_MEMBER, w->wish.member,
	    w->delay_ms);
	if (less == NULL)
		return diag_set(&w->d, -ESRCH, _("there is no member %s"),
		    w->wish.member != NULL ? w->wish.member : "");
	story_free(*s);
	*s = less;
	return 0;
}

static void
render(const struct work *w, struct text *out, const struct story *s)
{
	when_zone(s->time_zone[0] != '\0' ? s->time_zone : "UTC");
	if (w->wish.notice) {
		if (!notice_write(out, s)) {
			text_printf(out, _("Nothing touched %s in this time."), s->member);
			text_add(out, "\n");
		}
		return;
	}
	if (w->format == FORMAT_JSON)
		report_json(out, s);
	else if (w->format == FORMAT_HTML)
		report_html(out, s);
	else
		report_text(out, s);
}

static int
put(struct work *w, const struct text *out)
{
	bool secret = !w->wish.public && w->wish.member == NULL;
	int err;

	if (!text_ok(out))
		return diag_set(&w->d, -ENOMEM, "%s",
		    _("the report is too large: ask for a shorter time"));
	if (w->wish.file == NULL) {
		fwrite(text_str(out), 1, out->len, stdout);
		return fflush(stdout) == 0 ? 0 : diag_set(&w->d, -EIO, "%s", strerror(errno));
	}
	err = file_replace(w->wish.file, text_str(out), out->len,
	    secret ? PRIVATE_MODE : PUBLIC_MODE);
	return err == 0 ? 0 : diag_set(&w->d, err, "%s: %s", w->wish.file, strerror(-err));
}

int
cli_report(const struct cli_options *o, int argc, char **argv)
{
	struct work w = { .format = o->json ? FORMAT_JSON : FORMAT_TEXT };
	struct story *s = NULL;
	bool right = true;
	struct text out;
	char buf[1024];
	int err;

	if (parse(&w, argc, argv) != 0)
		return cli_usage("report", "%s", w.d.say);
	text_init(&out, REPORT_MAX);
	err = configure(&w, o);
	if (err == 0) {
		speak(&w, o);
		warn_english();
		err = report_read(&s, &w.read, &w.d);
	}
	if (err == 0 && w.wish.rehearsal != NULL)
		err = report_rehearsal(s, w.wish.rehearsal, &w.d);
	if (err == 0)
		err = redact(&w, &s);
	if (err == 0) {
		right = s->log.ok;
		render(&w, &out, s);
		err = put(&w, &out);
	}
	story_free(s);
	free(w.settings);
	text_fini(&out);
	if (err != 0)
		return cli_fail(err == -ESRCH ? CLI_REFUSED : CLI_USAGE, "%s",
		    diag_str(&w.d, buf, sizeof(buf)));
	return right ? CLI_DONE : CLI_REFUSED;
}
