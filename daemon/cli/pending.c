/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to people: what is asked, and a person's yes or no. */
#include "cli/pending.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "cli/args.h"
#include "cli/screen.h"
#include "cli/table.h"

#define SPAN_LEN 48

static void
line(struct text *out, const char *name, const char *value)
{
	text_printf(out, "  %s ", name);
	text_clean(out, value);
	text_add(out, "\n");
}

static void
names(struct text *out, const char *title, const json_t *all)
{
	text_printf(out, "  %s ", title);
	line_names(out, all);
	text_add(out, json_array_size(all) > 0 ? "\n" : "-\n");
}

/* How the question stands, and what becomes of it without an answer. */
static void
show_state(struct text *out, const json_t *a, wall_t now)
{
	const char *state = line_text(a, "state"), *otherwise = line_text(a, "otherwise");
	char span[SPAN_LEN];

	if (strcmp(state, "silent") == 0) {
		text_printf(out, "  %s\n",
		    _("Nobody answered in time: it is not done. A yes still counts."));
	} else if (strcmp(state, "over") == 0) {
		text_printf(out, "  %s\n",
		    _("Nobody answered; it was done for its time. A yes still counts."));
	} else if (strcmp(state, "acting") == 0) {
		text_printf(out, "  %s\n",
		    _("Nobody answered in time: it is done. A no takes it back."));
	} else if (strcmp(state, "waiting") == 0) {
		text_printf(out, _("  open until %s (another %s); "), line_text(a, "until"),
			    line_span(a, "until", now, span, sizeof(span)));
		if (strcmp(otherwise, "act") == 0)
			text_add(out, _("if nobody answers, it is done\n"));
		else if (strcmp(otherwise, "act-for") == 0)
			text_printf(out, _("if nobody answers, it is done for %s\n"),
				    units_duration_str((int64_t)(line_number(a, "act_for") * 1000),
						       span, sizeof(span)));
		else
			text_add(out, _("if nobody answers, it is not done\n"));
	}
}

static void
show_harm(struct text *out, const json_t *a)
{
	const json_t *on_link = json_object_get(a, "harm_link");
	const json_t *on_state = json_object_get(a, "harm_state");

	if (json_is_true(on_link))
		text_printf(out, "  %s\n",
		    _("A shared link is in danger: others are harmed, too."));
	if (json_is_true(on_state))
		text_printf(out, "  %s\n",
		    _("A shared table of connections is in danger: others are harmed, too."));
	if (json_is_false(on_link) && !json_is_true(on_state))
		text_printf(out, "  %s\n", _("Nothing shared is known to be in danger."));
	else if (!json_is_true(on_link) && !json_is_true(on_state))
		text_printf(out, "  %s\n",
		    _("Nobody can tell whether anything shared is in danger."));
}

static void
show_whose(struct text *out, const json_t *a)
{
	if (line_text(a, "member")[0] != '\0')
		line(out, _("whose service:"), line_text(a, "member"));
	if (line_text(a, "contact")[0] != '\0')
		line(out, _("contact:      "), line_text(a, "contact"));
	if (line_text(a, "member_asks")[0] != '\0') {
		text_add(out, "  ");
		text_clean(out, line_text(a, "member_asks"));
		text_printf(out, " %s\n",
		    _("decided in peacetime to be asked before a blackhole."));
	}
}

static void
show_question(struct text *out, const json_t *a, wall_t now)
{
	text_printf(out, _("%s: may we "), line_text(a, "id"));
	line_words(out, a);
	text_add(out, "?\n");
	if (json_array_size(json_object_get(a, "also")) > 0)
		names(out, _("the same for: "), json_object_get(a, "also"));
	show_whose(out, a);
	names(out, _("at:           "), json_object_get(a, "via"));
	line(out, _("BIRD:         "), line_text(a, "bird"));
	text_printf(out, _("  attack %s on %s, policy %s, step %s\n"), line_text(a, "incident"),
		    line_text(a, "subject"), line_text(a, "policy"), line_text(a, "step"));
	line_evidence(out, a);
	show_harm(out, a);
	names(out, _("who answers:  "), json_object_get(a, "may_answer"));
	text_printf(out, _("  %.0f of %.0f have said yes"), line_number(a, "said_yes"),
	    line_number(a, "people"));
	text_add(out, "\n");
	show_state(out, a, now);
	if (strcmp(line_text(a, "state"), "given") == 0)
		text_printf(out, "  %s\n", _("It is approved."));
	if (strcmp(line_text(a, "state"), "denied") == 0)
		line(out, _("It is denied:"), line_text(a, "why"));
}

void
screen_pending(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *a;
	unsigned n = 0;
	size_t i;

	json_array_foreach((json_t *)lines, i, a) {
		if (line_is(a, "note")) {
			text_clean(out, line_text(a, "say"));
			text_add(out, "\n");
		}
		if (!line_is(a, "approval"))
			continue;
		text_add(out, n++ > 0 ? "\n" : "");
		show_question(out, a, now);
	}
	if (n == 0)
		text_printf(out, "%s\n", _("Nothing waits for a person."));
}

void
screen_waiting(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *a;
	char span[SPAN_LEN];
	size_t i;

	json_array_foreach((json_t *)lines, i, a) {
		if (!line_is(a, "approval") || strcmp(line_text(a, "state"), "waiting") != 0)
			continue;
		text_printf(out, _("! %s waits for a person, another %s: may we "),
		    line_text(a, "id"), line_span(a, "until", now, span, sizeof(span)));
		line_words(out, a);
		text_add(out, "?");
		names(out, _(" Asked:"), json_object_get(a, "may_answer"));
	}
}

/* ---- the configuration --------------------------------------------------- */

static void
show_change(struct text *out, const json_t *change)
{
	const char *from = json_string_value(json_object_get(change, "from"));
	const char *to = json_string_value(json_object_get(change, "to"));

	text_add(out, "    ");
	text_clean(out, line_text(change, "setting"));
	text_add(out, ": ");
	text_clean(out, from != NULL ? from : "-");
	text_add(out, " > ");
	text_clean(out, to != NULL ? to : "-");
	text_add(out, "\n");
}

static void
show_changes(struct text *out, const json_t *c)
{
	const json_t *changes = json_object_get(c, "changes"), *one;
	double more = line_number(c, "changes_n") - (double)json_array_size(changes);
	size_t i;

	if (json_is_true(json_object_get(c, "since_approved")))
		text_printf(out,
		    _("  settings that are others than in the one that was approved last: %.0f\n"),
		    line_number(c, "changes_n"));
	else
		text_printf(out,
		    _("  settings that changed since the first start that is known: %.0f; nobody approved "
		      "the one before them: `seawalld -n` prints all of it\n"),
		    line_number(c, "changes_n"));
	json_array_foreach((json_t *)changes, i, one)
		show_change(out, one);
	if (more > 0)
		text_printf(out, _("    and %.0f more, which the record tells\n"), more);
}

static void
screen_config(struct text *out, const json_t *lines)
{
	const json_t *c;
	size_t i;

	json_array_foreach((json_t *)lines, i, c) {
		if (!line_is(c, "configuration"))
			continue;
		text_printf(out, _("The configuration that is in use since %s:\n"),
		    line_text(c, "since"));
		names(out, _("approved by:"), json_object_get(c, "approved_by"));
		show_changes(out, c);
		text_add(out, _("Nothing was approved now. To say yes to exactly this one:\n"));
		text_add(out, "  seawall approve config ");
		text_clean(out, line_text(c, "settings"));
		text_add(out, "\n");
	}
}

/* arguments to requests */

static bool
is_config(const json_t *q)
{
	return strcmp(line_text(q, "command"), "approve") == 0 &&
	    strcmp(line_text(q, "what"), "config") == 0;
}

/* Of the configuration the hash says which. */
static int
which(json_t *q, const char *id, const char *hash, struct diag *reterr)
{
	if (id == NULL || json_object_set_new(q, "what", json_string(id)) != 0)
		return diag_set(reterr, -EINVAL, _("which one? An id of `seawall pending`"));
	if (hash != NULL &&
	    (!is_config(q) || json_object_set_new(q, "settings", json_string(hash)) != 0))
		return diag_set(reterr, -EINVAL,
		    _("'%s' is one word too many; quote text with spaces"), hash);
	return 0;
}

int
pending_answer_request(json_t **ret, int argc, char **argv, struct diag *reterr)
{
	const char *id[2] = { NULL, NULL }, *reason = NULL, *lasts = NULL;
	bool deny = strcmp(argv[0], "deny") == 0;
	struct args_words words = { .max = 2, .words = id };
	struct args_option options[] = { { "--reason", &reason, NULL },
					 { deny ? "--for" : NULL, &lasts, NULL }, { 0 } };
	json_t *q = json_pack("{s:s}", "command", argv[0]);
	int64_t ms = 0;
	int err = args_parse(argc, argv, options, &words, reterr);

	if (err == 0)
		err = which(q, id[0], id[1], reterr);
	if (err == 0 && deny && (reason == NULL || reason[strspn(reason, " \t")] == '\0'))
		err = diag_set(reterr, -EINVAL, _("--reason TEXT is needed: the record says why"));
	if (err == 0 && reason != NULL &&
	    json_object_set_new(q, "reason", json_string(reason)) != 0)
		err = diag_set(reterr, -EINVAL, _("the reason is not valid UTF-8"));
	if (err == 0 && lasts != NULL && (units_duration(&ms, lasts) != 0 || ms < 1000))
		err = diag_set(reterr, -EINVAL,
		    _("'%s' is not a duration of a second or more, such as 90s, 10m, 2h"), lasts);
	if (err == 0 && lasts != NULL)
		json_object_set_new(q, "for", json_real((double)ms / 1000));
	if (err == 0)
		*ret = q;
	else
		json_decref(q);
	return err != 0 ? -EINVAL : 0;
}

/* the commands */

static int
ask_and_print(const struct cli_options *o, json_t *q)
{
	json_t *lines = NULL;
	int status = cli_ask(o, q, &lines);
	struct text t;

	text_init(&t, SCREEN_MAX);
	if (status == CLI_DONE && !o->json)
		screen_pending(&t, lines, clock_now().wall);
	fputs(text_str(&t), stdout);
	text_fini(&t);
	json_decref(lines);
	return status;
}

int
cli_pending(const struct cli_options *o, int argc, char **argv)
{
	static const struct args_option none[] = { { 0 } };
	struct args_words words = { 0 };
	struct diag d = { 0 };

	if (args_parse(argc, argv, none, &words, &d) != 0)
		return cli_usage(argv[0], "%s", d.say);
	return ask_and_print(o, json_pack("{s:s}", "command", "pending"));
}

/*
 * What it is that a yes would approve.  Whoever waits for the yes is to notice that none was given.
 */
static int
show_config(const struct cli_options *o)
{
	json_t *lines = NULL;
	int status = cli_ask(o, json_pack("{s:s}", "command", "config"), &lines);
	struct text t;

	text_init(&t, SCREEN_MAX);
	if (status == CLI_DONE && !o->json)
		screen_config(&t, lines);
	fputs(text_str(&t), stdout);
	text_fini(&t);
	json_decref(lines);
	return status == CLI_DONE ? CLI_REFUSED : status;
}

int
cli_answer(const struct cli_options *o, int argc, char **argv)
{
	struct diag d = { 0 };
	json_t *q = NULL;

	if (pending_answer_request(&q, argc, argv, &d) != 0)
		return cli_usage(argv[0], "%s", d.say);
	if (!is_config(q) || json_object_get(q, "settings") != NULL)
		return ask_and_print(o, q);
	json_decref(q);
	return show_config(o);
}
