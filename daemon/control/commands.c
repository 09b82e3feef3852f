/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that look.  Those that act: act.c */
#include <string.h>

#include "control/client.h"
#include "control/describe.h"
#include "control/metrics.h"

#define STATUS_MITIGATIONS 20	/* on the status screen; `list` has them all */
#define INCIDENTS_SHOWN 256
#define GHOSTS_SHOWN 256

void
cursor_start(struct client *c)
{
	const struct ledger *l = engine_ledger(c->engine);

	c->at = 0;
	c->last = 0;
	c->until = l->n > 0 ? id_number(l->all[l->n - 1]->id, 'm') : 0;
}

/* The ledger is in order of numbers; it may have shrunk since: `at` is only where to look first. */
const struct mitigation *
cursor_next(struct client *c)
{
	const struct ledger *l = engine_ledger(c->engine);
	uint64_t n;

	if (c->at > l->n || (c->at > 0 && id_number(l->all[c->at - 1]->id, 'm') != c->last))
		c->at = 0;
	for (; c->at < l->n; c->at++) {
		n = id_number(l->all[c->at]->id, 'm');
		if (n > c->until)
			return NULL;
		if (n > c->last) {
			c->last = n;
			return l->all[c->at++];
		}
	}
	return NULL;
}

static void
run_ping(struct client *c)
{
	answer_line(c, json_pack("{s:s}", "type", "pong"));
	answer_end(c, 0, NULL);
}

static void
answer_incidents(struct client *c, bool closed_too)
{
	const struct incident *incident;

	for (unsigned i = 0; i < INCIDENTS_SHOWN; i++) {
		incident = engine_incident(c->engine, i);
		if (incident == NULL)
			return;
		if (closed_too || incident->state != INCIDENT_CLOSED)
			answer_line(c, describe_incident(c->engine, incident));
	}
}

static void
answer_links(struct client *c)
{
	for (unsigned i = 0; i < engine_settings(c->engine)->links_n; i++)
		answer_line(c, describe_link(c->engine, i));
}

static void
answer_sensors(struct client *c)
{
	for (unsigned i = 0; i < engine_settings(c->engine)->sensors_n; i++)
		answer_line(c, describe_sensor(c->engine, i));
}

static void
answer_upstreams(struct client *c)
{
	const struct settings *s = engine_settings(c->engine);
	struct engine_ghost ghost;

	for (unsigned i = 0; i < s->routers_n; i++)
		answer_line(c, describe_router(c->engine, i));
	for (unsigned i = 0; i < s->upstreams_n; i++)
		answer_line(c, describe_upstream(c->engine, i));
	for (unsigned i = 0; i < GHOSTS_SHOWN && engine_ghost(c->engine, i, &ghost); i++)
		answer_line(c, describe_ghost(c->engine, &ghost));
}

/* What people can answer now: also, late, what nobody answered. */
static void
answer_pending(struct client *c)
{
	const struct approval *a;

	for (unsigned i = 0; (a = engine_approval(c->engine, i)) != NULL; i++)
		if (a->state != APPROVAL_GIVEN && a->state != APPROVAL_DENIED)
			answer_line(c, describe_approval(c->engine, a));
}

static void
run_pending(struct client *c)
{
	answer_pending(c);
	answer_end(c, 0, NULL);
}

static void
run_config(struct client *c)
{
	answer_line(c, describe_config(c->engine));
	answer_end(c, 0, NULL);
}

/* Who asks, as the record would name them, and whether they may act. */
static json_t *
whose(const struct client *c, json_t *status)
{
	const struct settings *s = engine_settings(c->engine);
	enum role role = peer_role(&c->peer, s);

	json_object_set_new(status, "you", json_string(peer_name(&c->peer, s)));
	json_object_set_new(status, "you_may_act", json_boolean(role >= ROLE_OPERATOR));
	return status;
}

/* The newest announcements, newest first: on a screen the older ones matter less. */
static void
run_status(struct client *c)
{
	const struct ledger *l = engine_ledger(c->engine);

	answer_line(c, whose(c, describe_status(c->engine)));
	answer_pending(c);
	answer_incidents(c, false);
	for (unsigned i = 0; i < l->n && i < STATUS_MITIGATIONS; i++)
		answer_line(c, describe_mitigation(c->engine, l->all[l->n - 1 - i]));
	answer_links(c);
	answer_sensors(c);
	answer_upstreams(c);
	answer_end(c, 0, NULL);
}

static bool
more_list(struct client *c)
{
	for (unsigned i = 0; i < SLICE_LINES; i++) {
		const struct mitigation *m = cursor_next(c);

		if (m == NULL) {
			answer_end(c, 0, NULL);
			return false;
		}
		answer_line(c, describe_mitigation(c->engine, m));
	}
	return true;
}

static void
run_list(struct client *c)
{
	cursor_start(c);
	c->more = more_list;
}

static void
run_incidents(struct client *c)
{
	answer_incidents(c, true);
	answer_end(c, 0, NULL);
}

static const struct incident *
incident_find(const struct engine *e, const char *id)
{
	const struct incident *incident;

	for (unsigned i = 0; (incident = engine_incident(e, i)) != NULL; i++)
		if (strcmp(incident->id, id) == 0)
			return incident;
	return NULL;
}

/* All that stands for it: the rules that fit an attack are several. */
static void
answer_mitigations_of(struct client *c, const char *incident)
{
	const struct ledger *l = engine_ledger(c->engine);

	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->all[i]->incident, incident) == 0)
			answer_line(c, describe_in_pieces(c->engine, l->all[i]));
}

/* One mitigation with the incident it belongs to, or one incident with what stands for it. */
static void
run_show(struct client *c)
{
	const struct mitigation *m = ledger_find(engine_ledger(c->engine), c->request.what);
	const struct incident *incident =
		incident_find(c->engine, m != NULL ? m->incident : c->request.what);

	if (m == NULL && incident == NULL) {
		answer_end(c, 1,
			   _("there is no mitigation and no incident of this id now; the audit log "
			     "has those of the past"));
		return;
	}
	if (m != NULL)
		answer_line(c, describe_in_pieces(c->engine, m));
	else
		answer_mitigations_of(c, incident->id);
	if (incident != NULL)
		answer_line(c, describe_incident(c->engine, incident));
	answer_end(c, 0, NULL);
}

static void
run_sensors(struct client *c)
{
	answer_sensors(c);
	answer_end(c, 0, NULL);
}

static void
run_upstreams(struct client *c)
{
	answer_upstreams(c);
	answer_end(c, 0, NULL);
}

static void
emit_metric(void *ctx, json_t *line)
{
	answer_line(ctx, line);
}

static void
run_metrics(struct client *c)
{
	metrics_all(c->engine, emit_metric, c);
	answer_end(c, 0, NULL);
}

void
command_run(struct client *c)
{
	static void (*const run[COMMAND_N])(struct client *) = {
		[COMMAND_PING] = run_ping,
		[COMMAND_STATUS] = run_status,
		[COMMAND_LIST] = run_list,
		[COMMAND_INCIDENTS] = run_incidents,
		[COMMAND_SHOW] = run_show,
		[COMMAND_SENSORS] = run_sensors,
		[COMMAND_UPSTREAMS] = run_upstreams,
		[COMMAND_METRICS] = run_metrics,
		[COMMAND_ANNOUNCE] = act_announce,
		[COMMAND_WITHDRAW] = act_withdraw,
		[COMMAND_EXTEND] = act_extend,
		[COMMAND_PAUSE] = act_pause,
		[COMMAND_RESUME] = act_resume,
		[COMMAND_LOOKED] = act_looked,
		[COMMAND_DRILL] = act_drill,
		[COMMAND_DRILL_END] = act_drill_end,
		[COMMAND_PENDING] = run_pending,
		[COMMAND_CONFIG] = run_config,
		[COMMAND_APPROVE] = act_approve,
		[COMMAND_DENY] = act_deny,
	};

	run[c->request.command](c);
}
