/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that act: handed to the engine, answered when it knows what became of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "control/client.h"
#include "control/describe.h"
#include "decide/decide.h"

static struct manual
manual_of(struct client *c, struct act *act, engine_done *done)
{
	return (struct manual){
		.who = peer_name(&c->peer, engine_settings(c->engine)),
		.reason = c->request.reason, .done = done, .ctx = act,
		.replaces = c->request.given & FIELD_REPLACE ? c->request.what : NULL,
	};
}

static struct act *
act_take(struct client *c, const char *id)
{
	for (unsigned i = 0; i < ACTS_MAX; i++) {
		struct act *a = &c->acts[i];

		if (a->client != NULL)
			continue;
		a->client = c;
		snprintf(a->id, sizeof(a->id), "%.15s", id);
		c->acts_n++;
		return a;
	}
	return NULL;
}

static void
act_give(struct act *a)
{
	a->client->acts_n--;
	a->client = NULL;
}

void
act_forget(struct client *c)
{
	for (unsigned i = 0; i < ACTS_MAX; i++) {
		if (c->acts[i].client == NULL)
			continue;
		engine_forget(c->engine, &c->acts[i]);
		act_give(&c->acts[i]);
	}
}

static void
refused(struct client *c, const struct diag *d)
{
	log_warn("%s by %s refused: %s", command_name(c->request.command),
		 peer_name(&c->peer, engine_settings(c->engine)), d->say);
	answer_end(c, 1, d->say);
}

/* Announced or extended: the mitigation with its states, and what went wrong if something did. */
static void
standing_done(void *ctx, const struct mitigation *m, const char *problem)
{
	struct act *a = ctx;
	struct client *c = a->client;
	enum lang before = lang_get();

	lang_set(c->request.lang);
	act_give(a);
	if (m != NULL)
		answer_line(c, describe_mitigation(c->engine, m));
	if (m == NULL && problem == NULL)
		problem = _("it was withdrawn before every upstream had answered");
	answer_end(c, problem != NULL, problem);
	lang_set(before);
}

/* Nothing is done: the text BIRD would get, and the guard's word. */
static void
consider(struct client *c, const struct rule *rule, uint32_t via)
{
	struct manual who = manual_of(c, NULL, NULL);
	struct mitigation m = { 0 };
	struct diag d = { 0 };
	int err = engine_consider(c->engine, &who, rule, via, c->request.for_ms, &m, &d);
	json_t *line = json_pack("{s:s, s:b}", "type", "consideration", "allowed", err == 0);
	json_t *mitigation;

	m.rule = *rule;
	mitigation = describe_in_pieces(c->engine, &m);
	if (line != NULL && mitigation != NULL)
		json_object_update_missing(line, mitigation);
	json_decref(mitigation);
	if (line != NULL && err != 0)
		json_object_set_new(line, "guard", json_string(d.say));
	answer_line(c, line);
	answer_end(c, err != 0, NULL);	/* the line has the guard's word */
}

void
act_announce(struct client *c)
{
	struct diag d = { 0 };
	struct manual who;
	struct rule rule;
	uint32_t via;
	struct act *a;
	char id[ID_LEN] = "";

	if (request_rule(&rule, &c->request, &d) != 0 ||
	    request_via(&via, &rule.scopes, &c->request, engine_settings(c->engine), &d) != 0) {
		answer_end(c, 2, d.say);
		return;
	}
	if (c->request.dry_run) {
		consider(c, &rule, via);
		return;
	}
	a = act_take(c, "");
	who = manual_of(c, a, standing_done);
	if (engine_announce(c->engine, &who, &rule, via, c->request.for_ms, id, &d) != 0) {
		act_give(a);
		refused(c, &d);
	}
}

void
act_extend(struct client *c)
{
	struct act *a = act_take(c, c->request.what);
	struct manual who = manual_of(c, a, standing_done);
	struct diag d = { 0 };

	if (engine_extend(c->engine, &who, c->request.what, c->request.for_ms, &d) != 0) {
		act_give(a);
		refused(c, &d);
	}
}

/* withdraw: one, those of a target, or all; ACTS_MAX at a time */

static bool
wanted(const struct client *c, const struct mitigation *m)
{
	return c->request.all || strcmp(m->id, c->request.what) == 0 ||
	       (c->request.target.family != 0 && prefix_eq(&m->rule.dst, &c->request.target));
}

static void
withdraw_end(struct client *c)
{
	if (c->done_n == 0 && c->failed == 0 && !c->request.all)
		answer_end(c, 1, _("nothing that stands has this id or target"));
	else
		answer_end(c, c->failed > 0, c->failed > 0 ? c->problem : NULL);
}

static void
withdraw_failed(struct client *c, const char *id, const char *problem)
{
	c->failed++;
	snprintf(c->problem, sizeof(c->problem), "%.15s: %.490s", id, problem);
}

static void
withdraw_done(void *ctx, const struct mitigation *m, const char *problem)
{
	struct act *a = ctx;
	struct client *c = a->client;
	enum lang before = lang_get();

	lang_set(c->request.lang);
	c->done_n++;
	if (problem != NULL)
		withdraw_failed(c, a->id, problem);
	answer_line(c, json_pack("{s:s, s:s, s:b, s:s*}", "type", "withdrawn", "id", a->id,
				 "complete", m == NULL && problem == NULL, "problem", problem));
	act_give(a);
	if (c->more == NULL && c->acts_n == 0)
		withdraw_end(c);
	else if (c->more != NULL)
		event_active(c->turn, 0, 0);
	lang_set(before);
}

static void
withdraw_one(struct client *c, const char *id)
{
	struct act *a = act_take(c, id);
	struct manual who = manual_of(c, a, withdraw_done);
	char copy[ID_LEN];
	struct diag d = { 0 };

	/* The engine may free the mitigation, and with it the id. */
	snprintf(copy, sizeof(copy), "%s", id);
	if (engine_withdraw(c->engine, &who, copy, &d) != 0) {
		act_give(a);
		withdraw_failed(c, copy, d.say);
	}
}

static bool
more_withdraw(struct client *c)
{
	for (unsigned i = 0; i < SLICE_LINES && c->acts_n < ACTS_MAX; i++) {
		const struct mitigation *m = cursor_next(c);

		if (m == NULL) {
			c->more = NULL;
			if (c->acts_n == 0)
				withdraw_end(c);
			return false;
		}
		if (wanted(c, m))
			withdraw_one(c, m->id);
	}
	return true;
}

void
act_withdraw(struct client *c)
{
	if (!c->request.all && prefix_parse(&c->request.target, c->request.what) != 0)
		c->request.target = (struct prefix){ 0 };
	cursor_start(c);
	c->done_n = c->failed = 0;
	c->more = more_withdraw;
}

/* pause, resume */

static void
told(struct client *c, int err, const struct diag *d)
{
	if (err != 0) {
		refused(c, d);
		return;
	}
	answer_line(c, describe_status(c->engine));
	answer_end(c, 0, NULL);
}

void
act_pause(struct client *c)
{
	struct manual who = manual_of(c, NULL, NULL);
	struct diag d = { 0 };

	told(c, engine_pause(c->engine, &who, c->request.for_ms, &d), &d);
}

void
act_resume(struct client *c)
{
	struct manual who = manual_of(c, NULL, NULL);
	struct diag d = { 0 };

	told(c, engine_resume(c->engine, &who, &d), &d);
}

void
act_looked(struct client *c)
{
	struct manual who = manual_of(c, NULL, NULL);
	struct diag d = { 0 };

	told(c, engine_looked(c->engine, &who, c->request.what, &d), &d);
}

/* drill, drill-end: the status line says whether one goes on */

void
act_drill(struct client *c)
{
	const struct drill_wish wish = {
		.target = c->request.given & FIELD_TARGET ? &c->request.target : NULL,
		.for_ms = c->request.for_ms, .by = c->request.what,
	};
	struct manual who = manual_of(c, NULL, NULL);
	struct diag d = { 0 };

	told(c, engine_drill_begin(c->engine, &who, &wish, &d), &d);
}

void
act_drill_end(struct client *c)
{
	struct manual who = manual_of(c, NULL, NULL);
	struct diag d = { 0 };

	told(c, engine_drill_end(c->engine, &who, c->request.what, &d), &d);
}

/* approve, deny: by a person whom the configuration names, whoever else may act */

/* 0 and what there is to answer now; what changes nothing is no error. */
static void
answered(struct client *c, int err, const struct diag *d)
{
	const struct approval *a;

	if (err != 0 && err != -EALREADY) {
		refused(c, d);
		return;
	}
	for (unsigned i = 0; (a = engine_approval(c->engine, i)) != NULL; i++)
		if (strcmp(a->id, c->request.what) == 0)
			answer_line(c, describe_approval(c->engine, a));
	if (err == -EALREADY)
		answer_line(c, json_pack("{s:s, s:s}", "type", "note", "say", d->say));
	answer_end(c, 0, NULL);
}

static int
approve_settings(struct client *c, unsigned person, struct diag *d)
{
	int err =
	    engine_approve_settings(c->engine, person, c->request.settings, c->request.reason, d);

	if (err == 0)
		answer_line(c, json_pack("{s:s, s:s}", "type", "note", "say",
		    _("The record says that you approved the configuration in use.")));
	return err;
}

static void
give_answer(struct client *c, bool yes)
{
	const struct settings *s = engine_settings(c->engine);
	int person = peer_person(&c->peer, s);
	struct answer a = { .id = c->request.what, .person = (unsigned)person, .yes = yes,
			    .why = c->request.reason, .for_ms = c->request.for_ms };
	struct diag d = { 0 };
	int err;

	if (person < 0)
		err = diag_set(&d, -EPERM,
		    _("%s is not one of the people who answer ('approvals.people' in the "
		      "configuration); root answers for nobody"),
		    peer_name(&c->peer, s));
	else if (yes && strcmp(c->request.what, "config") == 0)
		err = approve_settings(c, (unsigned)person, &d);
	else
		err = engine_answer(c->engine, &a, &d);
	answered(c, err, &d);
}

void
act_approve(struct client *c)
{
	give_answer(c, true);
}

void
act_deny(struct client *c)
{
	give_answer(c, false);
}
