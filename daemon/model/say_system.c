/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences about Seawall itself, its sensors and its routers. */
#include <stdio.h>

#include "base/lang.h"
#include "base/units.h"
#include "model/say_text.h"

/* The nouns of the short sentences; each writer knows which it uses. */
struct nouns {
	const char *a, *b;
	unsigned n[4];
	uint64_t bytes;
	bool yes;
	wall_t until, t;
};

struct starting {
	const char *version;
	const struct start_said *s;
};

/* "2026-11-23 15:52 UTC" */
static const char *
minute_str(wall_t t, char buf[static WALL_STRLEN])
{
	char whole[WALL_STRLEN];

	wall_str(t, whole);
	snprintf(buf, WALL_STRLEN, "%.10s %.5s UTC", whole, whole + 11);
	return buf;
}

static void
write_before(struct text *out, const struct start_said *s)
{
	char silent[48], last[WALL_STRLEN];

	if (s->died && s->signal != 0)
		text_printf(out,
		    _(" The process before it had ended without being asked to (signal %d)."),
		    s->signal);
	else if (s->died)
		text_printf(out,
		    _(" The process before it had ended without being asked to (status %d)."),
		    s->status);
	if (s->last.ms == 0)
		return;
	units_duration_str(s->silent_ms > 0 ? s->silent_ms : 0, silent, sizeof(silent));
	if (!s->stopped)
		text_printf(out,
		    _(" This record does not say that it stopped: the last line before is of %1$s, and for %2$s nothing was "
		      "written down."),
		    minute_str(s->last, last), silent);
	else if (!s->reload)
		text_printf(out, _(" It had been stopped for %s."), silent);
}

static void
write_start(struct text *out, const void *nouns)
{
	const struct starting *n = nouns;

	text_printf(out,
	    n->s->reload ? _("Seawall %s has read its configuration again and goes on watching.")
			 : _("Seawall %s starts and watches."),
	    n->version);
	write_before(out, n->s);
}

void
say_start(struct words *ret, const char *version, const struct start_said *s)
{
	say_both(ret, write_start, &(struct starting){ version, s });
}

static void
write_stop(struct text *out, const void *nouns)
{
	static const char *const words[] = {
		[STOP_STANDS] = N_("Seawall stops. What it asked for stands until its end."),
		[STOP_WITHDRAWS] = N_("Seawall stops and takes back everything it asked for."),
		[STOP_RELOADS] = N_(
		    "Seawall stops for a moment to take a new configuration. What it asked for goes on standing."),
		[STOP_ALONE] = N_(
		    "Seawall stops, for the process that started it is gone. What it asked for stands until its end."),
	};

	text_add(out, _(words[((const struct nouns *)nouns)->n[0]]));
}

void
say_stop(struct words *ret, enum stop_word how)
{
	say_both(ret, write_stop, &(struct nouns){ .n = { how } });
}

static void
write_heartbeat(struct text *out, const void *nouns)
{
	const unsigned *n = ((const struct nouns *)nouns)->n;

	text_printf(out,
	    _("All is running. Attacks now: %1$u. Requests to providers that stand: %2$u. Sensors "
	      "that see: %3$u of %4$u."),
	    n[1], n[0], n[2], n[3]);
}

void
say_heartbeat(struct words *ret, unsigned standing, unsigned incidents, unsigned sensors_fresh,
    unsigned sensors)
{
	say_both(ret, write_heartbeat,
	    &(struct nouns){ .n = { standing, incidents, sensors_fresh, sensors } });
}

struct configured {
	const struct settings *s;
	const struct config_said *c;
};

static void
write_config(struct text *out, const void *nouns)
{
	const struct settings *s = ((const struct configured *)nouns)->s;
	const struct config_said *c = ((const struct configured *)nouns)->c;
	char changed[WALL_STRLEN];

	text_printf(out,
	    _("Configuration loaded from %1$s. Providers: %2$u. Sensors: %3$u. Policies: %4$u."),
	    s->file, s->upstreams_n, s->sensors_n, s->policies_n);
	if (c->changed > 0)
		text_printf(out, _(" Settings that are others than at the last start: %1$u. %2$s."),
		    c->changed, c->changes);
	if (s->newest.changed_ms != 0)
		text_printf(out,
		    _(" Its newest file, %1$s, was changed last on %2$s and belongs to %3$s."),
		    s->newest.path, minute_str((wall_t){ s->newest.changed_ms }, changed),
		    s->newest.owner);
	if (c->approved != NULL)
		text_printf(out, _(" Approved by: %s."), c->approved);
	else
		text_add(out, _(" Nobody has approved it yet."));
}

void
say_config(struct words *ret, const struct settings *s, const struct config_said *c)
{
	say_both(ret, write_config, &(struct configured){ s, c });
}

static void
write_config_approved(struct text *out, const void *nouns)
{
	const struct nouns *w = nouns;
	char since[WALL_STRLEN];

	text_printf(out, _("%1$s says yes to the configuration that is in use since %2$s."), w->a,
	    minute_str(w->until, since));
	if (w->b != NULL && *w->b != '\0')
		text_printf(out, " \"%s\"", w->b);
}

void
say_config_approved(struct words *ret, const char *who, const char *reason, wall_t since, wall_t t)
{
	say_both(ret, write_config_approved,
	    &(struct nouns){ .a = who, .b = reason, .until = since, .t = t });
}

static void
write_config_refused(struct text *out, const void *nouns)
{
	text_printf(out,
	    _("A new configuration was to be taken and was refused; the one before goes on. Why: \"%s\"."),
	    ((const struct nouns *)nouns)->a);
}

void
say_config_refused(struct words *ret, const char *why)
{
	say_both(ret, write_config_refused, &(struct nouns){ .a = why });
}

static void
write_key(struct text *out, const void *nouns)
{
	const struct nouns *w = nouns;

	text_printf(out,
	    w->yes
		? _("From here on this record is signed with a new key, %s, which the old one confirms.")
		: w->n[0] > 0
		? _("From here on this record is signed with another key, %s. The old one does NOT confirm it: ask "
		    "who changed it, and why.")
		: _("From here on this record is signed with the key %s. Who knows this key can check that nobody changed it."),
	    w->a);
}

void
say_key(struct words *ret, const char *key, bool confirmed, bool another)
{
	say_both(ret, write_key, &(struct nouns){ .a = key, .yes = confirmed, .n = { another } });
}

static void
write_live(struct text *out, const void *nouns)
{
	const struct live_said *l = nouns;

	if (l->first)
		text_printf(out, _("Going live, step %1$u of %2$u: %3$s."), live_number(l->step),
		    LIVE_N, live_title(l->step));
	else
		text_printf(out,
		    _("Going live, step %1$u of %2$u: %3$s. Before, it was step %4$u: %5$s."),
		    live_number(l->step), LIVE_N, live_title(l->step), live_number(l->before),
		    live_title(l->before));
	if (l->standing)
		text_add(out,
		    _(" What stands already goes on to its end, or until somebody withdraws it."));
	if (l->capped)
		text_add(out,
		    _(" The daemon was started for a dry run, whatever its configuration says."));
	else if (l->approved != NULL)
		text_printf(out, _(" The configuration that says so was approved by %s."),
		    l->approved);
	else
		text_add(out, _(" Nobody has approved the configuration that says so yet."));
}

void
say_live(struct words *ret, const struct live_said *l)
{
	say_both(ret, write_live, l);
}

static void
write_looked(struct text *out, const void *nouns)
{
	const struct nouns *w = nouns;

	text_printf(out,
	    _("%1$s has looked at a report of what Seawall did or would have done (its SHA-256: \"%2$s\")."),
	    w->a, w->b);
}

void
say_looked(struct words *ret, const char *who, const char *report)
{
	say_both(ret, write_looked, &(struct nouns){ .a = who, .b = report });
}

static void
write_pause(struct text *out, const void *nouns)
{
	const struct nouns *w = nouns;
	struct text end;

	text_init(&end, 128);
	say_until(&end, w->until, w->t);
	text_printf(out,
	    _("%1$s paused automatic action %2$s. What people ask for, and every planned end, goes "
	      "on. Why: \"%3$s\"."),
	    w->a, text_str(&end), w->b);
	text_fini(&end);
}

void
say_pause(struct words *ret, const char *who, const char *reason, wall_t until, wall_t t)
{
	say_both(ret, write_pause,
	    &(struct nouns){ .a = who, .b = reason, .until = until, .t = t });
}

static void
write_resume(struct text *out, const void *nouns)
{
	const struct nouns *w = nouns;

	if (w->a != NULL)
		text_printf(out, _("%s ended the pause: automatic action is on again."), w->a);
	else
		text_add(out, _("The pause is over: automatic action is on again."));
}

void
say_resume(struct words *ret, const char *who)
{
	say_both(ret, write_resume, &(struct nouns){ .a = who });
}

static void
write_sensor(struct text *out, const void *nouns)
{
	static const char *const states[HEALTH_N] = {
		[HEALTH_STARTING] = N_("has not reported yet"),
		[HEALTH_FRESH] = N_("sees and reports in time"),
		[HEALTH_LATE] = N_("reports late"),
		[HEALTH_BLIND] = N_("sees nothing it could tell; it counts neither for an attack "
				    "nor against one"),
		[HEALTH_IMPLAUSIBLE] = N_("reports figures that cannot be; we do not count them"),
		[HEALTH_QUARANTINED] = N_("is not believed for now"),
	};
	const struct nouns *w = nouns;
	char why[256];

	text_printf(out, _("Sensor %1$s %2$s."), w->a, _(states[w->n[0]]));
	if (w->b == NULL || *w->b == '\0')
		return;
	text_add(out, " ");
	text_printf(out, _("Why: %s"), lang_why(w->b, why, sizeof(why)));
}

void
say_sensor(struct words *ret, const char *sensor, enum health h, const char *why)
{
	say_both(ret, write_sensor, &(struct nouns){ .a = sensor, .b = why, .n = { h } });
}

static void
write_router(struct text *out, const void *nouns)
{
	const struct nouns *w = nouns;

	text_printf(out,
	    w->yes ? _("Router %s answers again.")
		   : _("Router %s does not answer: we can neither ask for protection nor see what "
		       "stands there."),
	    w->a);
}

void
say_router(struct words *ret, const char *router, bool answers)
{
	say_both(ret, write_router, &(struct nouns){ .a = router, .yes = answers });
}

struct call {
	const struct settings *s;
	const struct upstream *u;
	const struct session_down *down;
};

/* "03:14 UTC" */
static const char *
clock_str(wall_t t, char buf[static WALL_STRLEN])
{
	char whole[WALL_STRLEN];

	wall_str(t, whole);
	snprintf(buf, WALL_STRLEN, "%.5s UTC", whole + 11);
	return buf;
}

/* Word for word: who calls has an attack to see to. */
static void
write_what_to_say(struct text *out, const struct call *c)
{
	char since[WALL_STRLEN];

	text_printf(out,
	    _("\"This is %1$s, AS %2$u. Our BGP session with you (%3$s) is down since %4$s."),
	    c->s->organization.name, c->s->routers[c->u->router].asn, c->u->protocol,
	    clock_str(c->down->since, since));
	text_add(out, " ");
	if (c->down->attacked[0] != '\0')
		text_printf(out,
		    _("We are under attack at %s: please drop what goes there, and bring the session "
		      "up again.\""),
		    c->down->attacked);
	else
		text_add(out, _("Please bring it up again.\""));
}

static void
write_session(struct text *out, const void *nouns)
{
	const struct call *c = nouns;

	if (c->down == NULL) {
		text_printf(out,
		    _("The connection to provider %s that carries our requests is up again."),
		    c->u->name);
		return;
	}
	text_printf(out,
	    _("The connection to provider %s that carries our requests is down: it does not hear "
	      "them now."),
	    c->u->name);
	text_add(out, " ");
	if (c->u->noc[0] != '\0')
		text_printf(out, _("Call its operations centre, %s, and say:"), c->u->noc);
	else
		text_add(out,
		    _("Call its operations centre (`noc` in the configuration does not say where), "
		      "and say:"));
	text_add(out, " ");
	write_what_to_say(out, c);
}

void
say_session(struct words *ret, const struct settings *s, const struct upstream *u,
    const struct session_down *down)
{
	say_both(ret, write_session, &(struct call){ s, u, down });
}

static void
write_recovery(struct text *out, const void *nouns)
{
	const struct nouns *w = nouns;

	text_printf(out,
	    _("After the start, this log says: requests that still stand: %1$u; that ended "
	      "meanwhile: %2$u."),
	    w->n[0], w->n[1]);
	if (w->bytes == 0)
		return;
	text_add(out, " ");
	text_printf(out,
	    _("The last line had been cut off while it was written; its %llu bytes were removed."),
	    (unsigned long long)w->bytes);
}

void
say_recovery(struct words *ret, unsigned standing, unsigned over, uint64_t torn)
{
	say_both(ret, write_recovery, &(struct nouns){ .n = { standing, over }, .bytes = torn });
}

static void
write_restored(struct text *out, const void *nouns)
{
	(void)nouns;
	text_add(out,
	    _("Somebody or something deleted, moved or replaced the newest file of this record. All its lines were put back; "
	      "what had been put in its place is kept beside it. Find out who can write there."));
}

void
say_restored(struct words *ret)
{
	say_both(ret, write_restored, NULL);
}

static void
write_journal(struct text *out, const void *nouns)
{
	const struct nouns *w = nouns;

	text_printf(out, _("While the engine was not asked, %1$s did this: %2$s"), w->a, w->b);
}

void
say_journal(struct words *ret, const char *who, const char *did)
{
	say_both(ret, write_journal, &(struct nouns){ .a = who, .b = did });
}
