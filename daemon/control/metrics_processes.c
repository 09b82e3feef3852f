/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Figures of the daemon's processes, as the parent keeps books on them, and of messages, as the
 * messenger does.
 */
#include <stdio.h>
#include <string.h>

#include "base/jget.h"
#include "control/messages.h"
#include "control/metrics_put.h"

static double process_running(const struct engine_process *p) { return p->running; }
static double process_restarts(const struct engine_process *p) { return (double)p->restarts; }
static double
process_resident(const struct engine_process *p)
{
	return p->resident_bytes > 0 ? (double)p->resident_bytes : UNKNOWN;
}
static double process_cpu(const struct engine_process *p) { return (double)p->cpu_ms / 1000; }

static const struct {
	enum figure figure;
	double (*value)(const struct engine_process *p);
} process_rows[] = {
	{ FIGURE_PROCESSES, process_running },
	{ FIGURE_RESTARTS, process_restarts },
	{ FIGURE_RESIDENT, process_resident },
	{ FIGURE_CPU, process_cpu },
};

/* The books outlive sensors that a reload took away. */
void
put_processes(const struct out *o)
{
	const struct settings *s = o->settings;
	struct engine_process p;

	for (size_t row = 0; row < sizeof(process_rows) / sizeof(*process_rows); row++)
		for (unsigned i = 0; engine_process(o->engine, i, &p); i++)
			if (p.role != NULL && p.sensor < (int)s->sensors_n)
				put(o, process_rows[row].figure, process_rows[row].value(&p),
				    p.role, p.sensor < 0 ? "" : s->sensors[p.sensor].name);
}

static double
seconds_of(const json_t *told, const char *key)
{
	return seconds(jget_time(told, key));
}

static double
number_of(const json_t *told, const char *key)
{
	return json_number_value(json_object_get(told, key));
}

static const struct {
	enum figure figure;
	const char *key;
	double (*value)(const json_t *told, const char *key);
} message_rows[] = {
	{ FIGURE_MESSAGES, "waiting", number_of },
	{ FIGURE_MESSAGES_BYTES, "bytes", number_of },
	{ FIGURE_MESSAGES_OLDEST, "oldest", seconds_of },
	{ FIGURE_MESSAGES_FAILURES, "failures", number_of },
	{ FIGURE_MESSAGES_SENT, "sent", number_of },
	{ FIGURE_MESSAGES_SENT_TIME, "sent_at", seconds_of },
	{ FIGURE_MESSAGES_GIVEN_UP, "given_up", number_of },
};

/*
 * Who they are is nobody's business who reads metrics: the first, the second ... of those that one
 * notify tells.
 */
static const char *
recipient(const json_t *all, size_t i, char buf[static 8])
{
	const char *name = jget_text(json_array_get(all, i), "name");
	unsigned n = 1;

	for (size_t k = 0; k < i; k++)
		n += strcmp(jget_text(json_array_get(all, k), "name"), name) == 0;
	snprintf(buf, 8, "%u", n);
	return buf;
}

/* Of each who is told by messages. */
void
put_messages(const struct out *o)
{
	json_t *messages = messages_read(o->settings), *all = json_object_get(messages, "told");
	char buf[8];

	put(o, FIGURE_MESSENGER, messages != NULL ? seconds_of(messages, "at") : UNKNOWN);
	for (size_t row = 0; row < sizeof(message_rows) / sizeof(*message_rows); row++)
		for (size_t i = 0; i < json_array_size(all); i++) {
			const json_t *told = json_array_get(all, i);

			put(o, message_rows[row].figure,
			    message_rows[row].value(told, message_rows[row].key),
			    jget_text(told, "name"), recipient(all, i, buf));
		}
	json_decref(messages);
}
