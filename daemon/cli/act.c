/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/act.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "base/units.h"
#include "cli/args.h"
#include "cli/offline.h"
#include "cli/screen.h"
#include "model/rule.h"

/* arguments to requests */

static int
put_for(json_t *q, const char *text, struct diag *reterr)
{
	int64_t ms;

	if (text == NULL)
		return diag_set(reterr, -EINVAL, _("--for DURATION is needed: everything ends"));
	if (units_duration(&ms, text) != 0 || ms < 1000)
		return diag_set(reterr, -EINVAL,
			_("'%s' is not a duration of a second or more, such as 90s, 10m, 2h"),
			text);
	json_object_set_new(q, "for", json_real((double)ms / 1000));
	return 0;
}

static int
put_reason(json_t *q, const char *text, struct diag *reterr)
{
	if (text == NULL || text[strspn(text, " \t")] == '\0')
		return diag_set(reterr, -EINVAL, _("--reason TEXT is needed: the record says why"));
	if (json_object_set_new(q, "reason", json_string(text)) != 0)
		return diag_set(reterr, -EINVAL, _("the reason is not valid UTF-8"));
	return 0;
}

/* "a,b" */
static int
put_via(json_t *q, const char *text, struct diag *reterr)
{
	json_t *all = json_array();
	const char *end;

	for (const char *p = text; all != NULL; p = end + 1) {
		end = strchrnul(p, ',');
		if (end == p) {
			json_decref(all);
			return diag_set(reterr, -EINVAL,
					_("--via wants names separated by commas, not '%s'"), text);
		}
		json_array_append_new(all, json_stringn(p, (size_t)(end - p)));
		if (*end == '\0')
			break;
	}
	json_object_set_new(q, "via", all);
	return 0;
}

static int
parse_target(struct prefix *ret, const char *text, struct diag *reterr)
{
	char buf[PREFIX_STRLEN];
	struct prefix p = { 0 };
	int err = prefix_parse(&p, text);

	if (err == -EDOM) {
		/* Name the network that was probably meant. */
		char addr[PREFIX_STRLEN];
		const char *slash = strchr(text, '/');

		snprintf(addr, sizeof(addr), "%.*s", (int)(slash - text), text);
		prefix_parse(&p, addr);
		p = prefix_of(p.family, p.addr, (unsigned)strtoul(slash + 1, NULL, 10));
		return diag_set(reterr, -EINVAL,
				_("%s has bits set beyond its length; is %s meant?"), text,
				prefix_str(&p, buf));
	}
	if (err != 0)
		return diag_set(reterr, -EINVAL, _("'%s' is neither an address nor a prefix"),
				text);
	*ret = p;
	return 0;
}

/* What is asked for besides the match, as it was written. */
struct doing {
	const char *rate, *redirect, *mark;
	bool sample, terminal;
};

static int
read_doing(struct rule *r, const struct doing *d, struct diag *reterr)
{
	char *end;
	unsigned long mark;

	if (d->rate == NULL && (d->redirect != NULL || d->mark != NULL || d->sample || d->terminal))
		r->rate_bps = RULE_NO_RATE;
	if (d->rate != NULL && units_bits(&r->rate_bps, d->rate) != 0)
		return diag_set(reterr, -EINVAL,
		    _("'%s' is not a rate in bit/s, such as 10Mbit or 0"), d->rate);
	if (d->redirect != NULL && redirect_parse(&r->redirect, d->redirect) != 0)
		return diag_set(reterr, -EINVAL,
		    _("'%s' is not where packets can be sent: AS:NUMBER, ADDRESS:NUMBER or an "
		      "IPv4 address"),
		    d->redirect);
	r->sample = d->sample;
	r->terminal = d->terminal;
	if (d->mark == NULL)
		return 0;
	mark = strtoul(d->mark, &end, 10);
	if (*end != '\0' || *d->mark < '0' || *d->mark > '9' || mark > 63)
		return diag_set(reterr, -EINVAL, _("'%s' is not a DSCP of 0 to 63"), d->mark);
	r->has_mark = true;
	r->mark = (uint8_t)mark;
	return 0;
}

static void
put_doing(json_t *q, const struct rule *r, const struct doing *d)
{
	char buf[REDIRECT_STRLEN];

	if (!isinf(r->rate_bps))
		json_object_set_new(q, "rate", json_real(r->rate_bps));
	if (d->redirect != NULL)
		json_object_set_new(q, "redirect", json_string(redirect_str(&r->redirect, buf)));
	if (d->mark != NULL)
		json_object_set_new(q, "mark", json_integer(r->mark));
	if (d->sample)
		json_object_set_new(q, "sample", json_true());
	if (d->terminal)
		json_object_set_new(q, "terminal", json_true());
}

static int
put_match(json_t *q, const struct prefix *dst, const char *match, const struct doing *d,
	  struct diag *reterr)
{
	struct rule r = { .kind = RULE_FLOWSPEC, .dst = *dst };
	int err;

	if (match == NULL && d->rate != NULL)
		return diag_set(reterr, -EINVAL,
				_("--rate needs --match: a blackhole drops everything"));
	if (match == NULL && (d->redirect != NULL || d->mark != NULL || d->sample || d->terminal))
		return diag_set(reterr, -EINVAL,
		    _("--redirect, --mark, --sample and --terminal need --match: a blackhole drops "
		      "everything"));
	if (match == NULL)
		return 0;
	err = read_doing(&r, d, reterr);
	if (err == 0)
		err = rule_parse_match(&r, match, reterr);
	if (err == 0 && json_object_set_new(q, "match", json_string(match)) != 0)
		err = diag_set(reterr, -EINVAL, _("the match is not valid UTF-8"));
	if (err == 0)
		put_doing(q, &r, d);
	return err;
}

static int
put_kind(json_t *q, bool divert, bool source, const char *match, struct diag *reterr)
{
	if (divert && source)
		return diag_set(reterr, -EINVAL,
		    _("--divert or --source: one announcement is one of them"));
	if ((divert || source) && match != NULL)
		return diag_set(reterr, -EINVAL,
		    _("--match is for FlowSpec rules: %s takes everything"),
		    divert ? "--divert" : "--source");
	if (divert || source)
		json_object_set_new(q, "kind",
		    json_string(rule_kind_name(divert ? RULE_DIVERT : RULE_SOURCE)));
	return 0;
}

static int
finish(json_t **ret, json_t *q, int err)
{
	if (err == 0)
		*ret = q;
	else
		json_decref(q);
	return err != 0 ? -EINVAL : 0;
}

int
act_announce_request(json_t **ret, int argc, char **argv, struct diag *reterr)
{
	const char *target = NULL, *match = NULL, *via = NULL, *lasts = NULL, *reason = NULL,
		   *replace = NULL;
	struct doing doing = { 0 };
	bool dry_run = false, divert = false, source = false;
	struct args_words words = { .max = 1, .words = &target };
	struct args_option options[] = {
		{ "--match", &match, NULL },
		{ "--rate", &doing.rate, NULL },
		{ "--redirect", &doing.redirect, NULL },
		{ "--mark", &doing.mark, NULL },
		{ "--sample", NULL, &doing.sample },
		{ "--terminal", NULL, &doing.terminal },
		{ "--divert", NULL, &divert },
		{ "--source", NULL, &source },
		{ "--via", &via, NULL },
		{ "--for", &lasts, NULL },
		{ "--reason", &reason, NULL },
		{ "--replace", &replace, NULL },
		{ "--dry-run", NULL, &dry_run },
		{ 0 },
	};
	json_t *q = json_pack("{s:s}", "command", "announce");
	struct prefix dst = { 0 };
	int err = args_parse(argc, argv, options, &words, reterr);

	if (err == 0 && words.n == 0)
		err = diag_set(reterr, -EINVAL, _("which address or prefix?"));
	if (err == 0)
		err = parse_target(&dst, target, reterr);
	if (err == 0)
		err = put_kind(q, divert, source, match, reterr);
	if (err == 0)
		err = put_match(q, &dst, match, &doing, reterr);
	if (err == 0 && via != NULL)
		err = put_via(q, via, reterr);
	if (err == 0)
		err = put_for(q, lasts, reterr);
	if (err == 0)
		err = put_reason(q, reason, reterr);
	if (err == 0 && replace != NULL &&
	    json_object_set_new(q, "replace", json_string(replace)) != 0)
		err = diag_set(reterr, -EINVAL, _("the id is not valid UTF-8"));
	if (err == 0)
		json_object_set_new(q, "target", json_string(target));
	if (err == 0 && dry_run)
		json_object_set_new(q, "dry_run", json_true());
	return finish(ret, q, err);
}

int
act_withdraw_request(json_t **ret, bool *ret_offline, int argc, char **argv, struct diag *reterr)
{
	const char *what = NULL, *reason = NULL;
	bool all = false, offline = false;
	struct args_words words = { .max = 1, .words = &what };
	struct args_option options[] = {
		{ "--all", NULL, &all },
		{ "--offline", NULL, &offline },
		{ "--reason", &reason, NULL },
		{ 0 },
	};
	json_t *q = json_pack("{s:s}", "command", "withdraw");
	int err = args_parse(argc, argv, options, &words, reterr);

	if (err == 0 && (what == NULL) != all)
		err = diag_set(reterr, -EINVAL, _("which one: an id, a target, or --all?"));
	if (err == 0)
		err = put_reason(q, reason, reterr);
	if (err == 0 && all)
		json_object_set_new(q, "all", json_true());
	if (err == 0 && what != NULL && json_object_set_new(q, "what", json_string(what)) != 0)
		err = diag_set(reterr, -EINVAL, _("the id is not valid UTF-8"));
	if (err == 0)
		*ret_offline = offline;
	return finish(ret, q, err);
}

int
act_extend_request(json_t **ret, int argc, char **argv, struct diag *reterr)
{
	const char *id = NULL, *lasts = NULL, *reason = NULL;
	struct args_words words = { .max = 1, .words = &id };
	struct args_option options[] = { { "--for", &lasts, NULL },
					 { "--reason", &reason, NULL },
					 { 0 } };
	json_t *q = json_pack("{s:s}", "command", "extend");
	int err = args_parse(argc, argv, options, &words, reterr);

	if (err == 0 && (id == NULL || json_object_set_new(q, "what", json_string(id)) != 0))
		err = diag_set(reterr, -EINVAL, _("which one? An id of `seawall list`"));
	if (err == 0)
		err = put_for(q, lasts, reterr);
	if (err == 0)
		err = put_reason(q, reason, reterr);
	return finish(ret, q, err);
}

int
act_pause_request(json_t **ret, int argc, char **argv, struct diag *reterr)
{
	const char *lasts = NULL, *reason = NULL;
	struct args_words words = { 0 };
	struct args_option options[] = { { "--for", &lasts, NULL },
					 { "--reason", &reason, NULL },
					 { 0 } };
	json_t *q = json_pack("{s:s}", "command", "pause");
	int err = args_parse(argc, argv, options, &words, reterr);

	if (err == 0)
		err = put_for(q, lasts, reterr);
	if (err == 0)
		err = put_reason(q, reason, reterr);
	return finish(ret, q, err);
}

int
act_resume_request(json_t **ret, int argc, char **argv, struct diag *reterr)
{
	const char *reason = NULL;
	struct args_words words = { 0 };
	struct args_option options[] = { { "--reason", &reason, NULL }, { 0 } };
	json_t *q = json_pack("{s:s}", "command", "resume");
	int err = args_parse(argc, argv, options, &words, reterr);

	if (err == 0 && reason != NULL)
		err = put_reason(q, reason, reterr);
	return finish(ret, q, err);
}

/* the commands */

static void
print(void (*render)(struct text *, const json_t *, wall_t), const json_t *lines)
{
	struct text t;

	text_init(&t, SCREEN_MAX);
	render(&t, lines, clock_now().wall);
	fputs(text_str(&t), stdout);
	text_fini(&t);
}

static void
screen_considered(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *line = json_array_get(lines, 0);

	(void)now;
	if (line == NULL)
		return;
	line_words(out, line);
	text_printf(out, "\n  BIRD: %s\n", line_text(line, "bird"));
	line_pieces(out, line);
	if (line_text(line, "warning")[0] != '\0')
		text_printf(out, _("  Warning: %s\n"), line_text(line, "warning"));
	line_left_out(out, line);
	if (json_is_true(json_object_get(line, "allowed")))
		text_printf(out, "  %s\n", _("The guard allows it. Nothing was announced."));
	else
		text_printf(out, _("  The guard refuses it: %s\n"), line_text(line, "guard"));
}

int
cli_announce(const struct cli_options *o, int argc, char **argv)
{
	json_t *q = NULL, *lines = NULL;
	struct diag d = { 0 };
	bool dry_run;
	int status;

	if (act_announce_request(&q, argc, argv, &d) != 0)
		return cli_usage(argv[0], "%s", d.say);
	dry_run = json_object_get(q, "dry_run") != NULL;
	status = cli_ask(o, q, &lines);
	if (!o->json && lines != NULL)
		print(dry_run ? screen_considered : screen_announced, lines);
	json_decref(lines);
	return status;
}

int
cli_extend(const struct cli_options *o, int argc, char **argv)
{
	json_t *q = NULL, *lines = NULL;
	struct diag d = { 0 };
	int status;

	if (act_extend_request(&q, argc, argv, &d) != 0)
		return cli_usage(argv[0], "%s", d.say);
	status = cli_ask(o, q, &lines);
	if (!o->json && lines != NULL)
		print(screen_announced, lines);
	json_decref(lines);
	return status;
}

void
screen_withdrawn(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *line;
	size_t i;

	(void)now;
	json_array_foreach((json_t *)lines, i, line)
		if (line_is(line, "withdrawn") && line_text(line, "problem")[0] == '\0')
			text_printf(out, _("%s is withdrawn everywhere\n"), line_text(line, "id"));
}

int
cli_withdraw(const struct cli_options *o, int argc, char **argv)
{
	json_t *q = NULL, *lines = NULL;
	struct diag d = { 0 };
	bool offline = false;
	int status;

	if (act_withdraw_request(&q, &offline, argc, argv, &d) != 0)
		return cli_usage(argv[0], "%s", d.say);
	if (offline) {
		status = cli_withdraw_offline(o, q);
		json_decref(q);
		return status;
	}
	status = cli_ask(o, q, &lines);
	if (!o->json && lines != NULL)
		print(screen_withdrawn, lines);
	json_decref(lines);
	return status;
}

static int
ask_silently(const struct cli_options *o, json_t *q, const char *done)
{
	int status = cli_ask(o, q, NULL);

	if (!o->json && status == CLI_DONE)
		printf("%s\n", done);
	return status;
}

int
cli_pause(const struct cli_options *o, int argc, char **argv)
{
	struct diag d = { 0 };
	json_t *q = NULL;

	if (act_pause_request(&q, argc, argv, &d) != 0)
		return cli_usage(argv[0], "%s", d.say);
	return ask_silently(o, q,
		_("Paused: nothing new is announced by itself. Ends and releases go on."));
}

int
cli_resume(const struct cli_options *o, int argc, char **argv)
{
	struct diag d = { 0 };
	json_t *q = NULL;

	if (act_resume_request(&q, argc, argv, &d) != 0)
		return cli_usage(argv[0], "%s", d.say);
	return ask_silently(o, q, _("Resumed: policies act again."));
}
