/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "control/metrics.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "control/metrics_put.h"

static void
emit(const struct out *o, const char *name, const char *help, json_t *labels, double value)
{
	json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:o, s:f}", "type", "metric", "name", name,
	    "kind", figure_kind(name), "help", help, "labels", labels, "value", value);

	if (line != NULL)
		o->emit(o->ctx, line);
}

void
put(const struct out *o, enum figure f, double value, ...)
{
	const char *label = figures[f].labels;
	char key[FIGURE_NAME_LEN];
	json_t *labels;
	va_list ap;

	if (!isfinite(value))
		return;
	labels = json_object();
	va_start(ap, value);
	while (*label != '\0') {
		size_t len = strcspn(label, ",");

		snprintf(key, sizeof(key), "%.*s", (int)len, label);
		json_object_set_new(labels, key, json_string(va_arg(ap, const char *)));
		label += len + (label[len] == ',');
	}
	va_end(ap);
	emit(o, figures[f].name, figures[f].help, labels, value);
}

static void
put_config(const struct out *o)
{
	struct engine_config c;

	engine_config(o->engine, &c);
	put(o, FIGURE_CONFIG, 1, c.hash);
	put(o, FIGURE_APPROVED, json_array_size(c.approved_by) > 0);
	put(o, FIGURE_CHANGES, c.changes_n);
}

static void
put_whole(const struct out *o)
{
	const struct engine_status *st = &o->status;
	struct engine_drill drill;
	bool paused = st->paused_until.ms > st->now.ms;

	engine_drill(o->engine, &drill);
	put(o, FIGURE_UP, 1);
	put(o, FIGURE_BUILD, 1, PACKAGE_VERSION);
	put_config(o);
	put(o, FIGURE_STARTED, seconds(st->started));
	put(o, FIGURE_HEARTBEAT, seconds(st->heartbeat));
	put(o, FIGURE_DRY_RUN, st->dry_run);
	put(o, FIGURE_DRILL, drill.open && !drill.real);
	put(o, FIGURE_LIVE, live_number(st->live));
	put(o, FIGURE_PAUSED, paused);
	put(o, FIGURE_PAUSED_UNTIL, paused ? seconds(st->paused_until) : 0);
}

static void
put_approvals(const struct out *o)
{
	const struct approval *a;
	wall_t first = { 0 };
	unsigned n = 0;

	for (unsigned i = 0; (a = engine_approval(o->engine, i)) != NULL; i++) {
		if (a->state != APPROVAL_WAITING)
			continue;
		n++;
		if (first.ms == 0 || a->until.ms < first.ms)
			first = a->until;
	}
	put(o, FIGURE_APPROVALS, n);
	put(o, FIGURE_DEADLINE, seconds(first));
}

static void
put_announcements(const struct out *o)
{
	static const char *const origins[] = {
		[ORIGIN_POLICY] = "policy", [ORIGIN_PERSON] = "person"
	};
	const struct ledger *l = engine_ledger(o->engine);
	unsigned n[RULE_KINDS][2] = { 0 };
	wall_t first = { 0 };

	for (unsigned i = 0; i < l->n; i++) {
		const struct mitigation *m = l->all[i];

		n[m->rule.kind][m->origin]++;
		if (first.ms == 0 || m->until.ms < first.ms)
			first = m->until;
	}
	for (unsigned k = 0; k < RULE_KINDS; k++)
		for (unsigned i = 0; i < 2; i++)
			put(o, FIGURE_ANNOUNCEMENTS, n[k][i], rule_kind_name((enum rule_kind)k),
			    origins[i]);
	put(o, FIGURE_NEXT_END, seconds(first));
	put(o, FIGURE_ANNOUNCED, (double)o->status.announced);
	put(o, FIGURE_WITHDRAWN, (double)o->status.withdrawn);
	put(o, FIGURE_REFUSED, (double)o->status.refused);
	put(o, FIGURE_TO_EXPORT,
	    o->status.last_decide_to_export_ms < 0 ? UNKNOWN
						   : o->status.last_decide_to_export_ms / 1000);
	put(o, FIGURE_GHOSTS, o->status.ghosts);
}

static void
put_disk(const struct out *o, enum figure f)
{
	const struct { const char *name, *path; } places[] = {
		{ "audit", o->settings->audit_directory },
		{ "state", o->settings->state_directory },
	};
	struct statvfs fs;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (statvfs(places[i].path, &fs) == 0)
			put(o, f,
			    (double)fs.f_frsize *
				(double)(f == FIGURE_DISK_FREE ? fs.f_bavail : fs.f_blocks),
			    places[i].name);
}

static void
put_record(const struct out *o)
{
	const struct engine_status *st = &o->status;

	put(o, FIGURE_RECORDS, (double)st->records);
	put(o, FIGURE_DISK_FULL, st->disk_full);
	put(o, FIGURE_SYNCED, seconds(st->syncs.last));
	put(o, FIGURE_SYNCS, (double)st->syncs.n);
	put(o, FIGURE_SYNC_SECONDS, st->syncs.seconds);
	put(o, FIGURE_SYNC_LONGEST, st->syncs.longest);
	put(o, FIGURE_CHECKPOINT, seconds(st->checkpoint));
	put_disk(o, FIGURE_DISK_FREE);
	put_disk(o, FIGURE_DISK_SIZE);
	put(o, FIGURE_REFERENCE, st->reference_samples);
	put(o, FIGURE_MINING, st->mining);
	put(o, FIGURE_MINING_BUSY, st->mining_busy);
}

static void
put_counters(const struct out *o)
{
	char name[FIGURE_NAME_LEN];
	const char *from;
	uint64_t n;

	for (unsigned i = 0; engine_counter(o->engine, i, &from, &n); i++) {
		figure_counter(name, from);
		emit(o, name, "counted by the engine since its start", json_object(), (double)n);
	}
}

void
metrics_all(const struct engine *e, void (*emit_line)(void *ctx, json_t *line), void *ctx)
{
	struct out o = {
		.engine = e, .settings = engine_settings(e), .emit = emit_line, .ctx = ctx
	};

	engine_status(e, &o.status);
	put_whole(&o);
	put_incidents(&o);
	put_approvals(&o);
	put_announcements(&o);
	put_upstreams(&o);
	put_sensors(&o);
	put_record(&o);
	put_processes(&o);
	put_messages(&o);
	put_counters(&o);
}
