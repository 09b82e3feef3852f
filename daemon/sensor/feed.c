/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "sensor/feed_inside.h"

int
feed_new(struct feed **ret, const struct prefix *ours, unsigned ours_n, feed_sink *sink, void *ctx)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (f != NULL)
		f->alerts = alerts_new();
	if (f == NULL || f->alerts == NULL) {
		feed_free(f);
		return -ENOMEM;
	}
	f->ours = ours;
	f->ours_n = ours_n;
	f->sink = sink;
	f->ctx = ctx;
	*ret = f;
	return 0;
}

void
feed_free(struct feed *f)
{
	if (f != NULL)
		alerts_free(f->alerts);
	free(f);
}

/* ---- what the formats share ---------------------------------------------- */

enum feed_refusal
feed_subject(const struct feed *f, const struct member *m, struct subject *ret)
{
	char text[PREFIX_STRLEN];
	struct prefix p;

	if (!member_text(text, sizeof(text), m))
		return FEED_SUBJECT;
	if (strcmp(text, "all") == 0) {
		*ret = (struct subject){ .kind = SUBJECT_ALL };
		return FEED_ACCEPTED;
	}
	if (prefix_parse(&p, text) != 0)
		return FEED_SUBJECT;
	for (unsigned i = 0; i < f->ours_n; i++)
		if (prefix_covers(&f->ours[i], &p)) {
			*ret = (struct subject){ .kind = prefix_is_host(&p) ? SUBJECT_HOST
									    : SUBJECT_PREFIX,
				.prefix = p };
			return FEED_ACCEPTED;
		}
	return FEED_FOREIGN;
}

void
feed_tell(struct feed *f, const struct subject *s, enum metric m, double value, int64_t valid_ms)
{
	struct reading r = { .metric = (uint8_t)m,
		.link = -1,
		.subject = *s,
		.valid_ms = valid_ms,
		.value = value };

	f->sink(f->ctx, &r);
}

static struct detector *
detector_of(struct feed *f, const char *name)
{
	struct detector *d;

	for (d = f->detectors; d < f->detectors + f->detectors_n; d++)
		if (strcmp(d->name, name) == 0)
			return d;
	if (f->detectors_n == FEED_DETECTORS)
		return NULL;
	f->detectors_n++;
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->alive = false;
	return d;
}

bool
feed_spoke(struct feed *f, const char *name, bool alive, struct now now)
{
	struct detector *d = detector_of(f, name);

	if (d == NULL)
		return false;
	d->spoke = now.mono;
	d->alive = d->alive || alive;
	return true;
}

/* ---- our own format ------------------------------------------------------ */

enum {
	OWN_SUBJECT,
	OWN_METRIC,
	OWN_VALUE,
	OWN_VALID,
	OWN_CLIENT,
	OWN_DETECTOR,
	OWN_ALIVE,
	EVENT_TYPE,
	FNM_ACTION,
	FNM_DETAILS,
	OWN_N
};

static const struct member_name own_names[OWN_N] = {
	[OWN_SUBJECT] = MEMBER_NAME("subject"),
	[OWN_METRIC] = MEMBER_NAME("metric"),
	[OWN_VALUE] = MEMBER_NAME("value"),
	[OWN_VALID] = MEMBER_NAME("valid"),
	[OWN_CLIENT] = MEMBER_NAME("client"),
	[OWN_DETECTOR] = MEMBER_NAME("detector"),
	[OWN_ALIVE] = MEMBER_NAME("alive"),
	[EVENT_TYPE] = MEMBER_NAME("event_type"),
	[FNM_ACTION] = MEMBER_NAME("action"),
	[FNM_DETAILS] = MEMBER_NAME("attack_details"),
};

static bool
name_read(char *buf, const struct member *m)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (m->type == MEMBER_ABSENT) {
		strcpy(buf, "unnamed");
		return true;
	}
	return member_text(buf, FEED_NAME_LEN, m) && buf[0] != '\0' &&
	    buf[strspn(buf, allowed)] == '\0';
}

/* Seconds, or a duration with its unit. */
static bool
valid_read(int64_t *ret, const struct member *m)
{
	char text[32];
	double seconds;

	*ret = FEED_VALID_MS;
	if (m->type == MEMBER_ABSENT)
		return true;
	if (m->type == MEMBER_NUMBER && member_number(&seconds, m)) {
		if (!(seconds > 0 && seconds * 1000 <= READING_VALID_MAX_MS))
			return false;
		*ret = (int64_t)(seconds * 1000);
		return *ret > 0;
	}
	return member_text(text, sizeof(text), m) && units_duration(ret, text) == 0 && *ret > 0 &&
	    *ret <= READING_VALID_MAX_MS;
}

/* Who is so busy, of METRIC_CLIENT_RPS: an address; in IPv6 its /64, as in logs. */
static bool
client_read(struct prefix *ret, const struct member *m, enum metric metric)
{
	char text[PREFIX_STRLEN];
	struct prefix p;

	*ret = (struct prefix){ 0 };
	if (m->type == MEMBER_ABSENT)
		return true;
	if (metric != METRIC_CLIENT_RPS || !member_text(text, sizeof(text), m) ||
	    prefix_parse(&p, text) != 0 || !prefix_is_host(&p))
		return false;
	*ret = prefix_of(p.family, p.addr, p.family == 4 ? 32 : CLIENT6_LEN);
	return true;
}

static bool
is_share(enum metric m)
{
	return m == METRIC_FAILING || m == METRIC_FILL;
}

static enum feed_refusal
own_reading(struct feed *f, const struct member *m)
{
	struct subject subject;
	struct prefix client;
	enum feed_refusal refusal;
	enum metric metric;
	int64_t valid_ms;
	char name[32];
	double value;

	refusal = feed_subject(f, &m[OWN_SUBJECT], &subject);
	if (refusal != FEED_ACCEPTED)
		return refusal;
	if (!member_text(name, sizeof(name), &m[OWN_METRIC]) || !metric_find(&metric, name))
		return FEED_METRIC;
	if (m[OWN_VALUE].type != MEMBER_NUMBER || !member_number(&value, &m[OWN_VALUE]) ||
	    value < 0 || value > (is_share(metric) ? 1 : FEED_VALUE_MAX))
		return FEED_VALUE;
	if (!valid_read(&valid_ms, &m[OWN_VALID]))
		return FEED_VALID;
	if (!client_read(&client, &m[OWN_CLIENT], metric))
		return FEED_CLIENT;
	f->sink(f->ctx,
	    &(struct reading){ .metric = (uint8_t)metric,
		.link = -1,
		.subject = subject,
		.client = client,
		.valid_ms = valid_ms,
		.value = value });
	return FEED_ACCEPTED;
}

static enum feed_refusal
own(struct feed *f, const struct member *m, struct now now)
{
	char name[FEED_NAME_LEN];

	if (!name_read(name, &m[OWN_DETECTOR]))
		return FEED_DETECTOR;
	if (!feed_spoke(f, name, m[OWN_ALIVE].type == MEMBER_TRUE, now))
		return FEED_ROOM;
	if (m[OWN_METRIC].type == MEMBER_ABSENT && m[OWN_VALUE].type == MEMBER_ABSENT)
		return m[OWN_ALIVE].type == MEMBER_TRUE ? FEED_ACCEPTED : FEED_KIND;
	return own_reading(f, m);
}

/* Whoever says it twice may have told two readers two things. */
static bool
any_twice(const struct member *m)
{
	for (unsigned i = 0; i < OWN_N; i++)
		if (m[i].times > 1)
			return true;
	return false;
}

static enum feed_refusal
take(struct feed *f, const char *line, size_t len, struct now now)
{
	struct member m[OWN_N];
	enum members_verdict verdict = members_find(line, len, own_names, OWN_N, m);

	if (verdict != MEMBERS_OK)
		return verdict == MEMBERS_DEEP ? FEED_DEEP : FEED_NOT_JSON;
	if (any_twice(m))
		return FEED_TWICE;
	if (m[EVENT_TYPE].type == MEMBER_TEXT)
		return feed_eve(f, line, len, now);
	if (m[FNM_ACTION].type == MEMBER_TEXT || m[FNM_DETAILS].type == MEMBER_OBJECT)
		return feed_fastnetmon(f, line, len, now);
	if (m[OWN_METRIC].type != MEMBER_ABSENT || m[OWN_ALIVE].type != MEMBER_ABSENT)
		return own(f, m, now);
	return FEED_KIND;
}

void
feed_line(struct feed *f, const char *line, size_t len, struct now now)
{
	f->counts[take(f, line, len, now)]++;
}

void
feed_second(struct feed *f, struct now now)
{
	alerts_second(f, now);
}

/* ---- what it knows about itself ------------------------------------------ */

uint64_t
feed_accepted(const struct feed *f)
{
	return f->counts[FEED_ACCEPTED];
}

bool
feed_refused(const struct feed *f, unsigned i, const char **ret_name, const char **ret_say,
    uint64_t *ret_n)
{
#define ROW(id, name, say) { name, say },
	static const struct { const char *name, *say; } rows[] = { FEED_REFUSALS(ROW) };
#undef ROW

	if (i >= FEED_REFUSALS_N)
		return false;
	*ret_name = rows[i].name;
	*ret_say = rows[i].say;
	*ret_n = f->counts[i];
	return true;
}

unsigned
feed_silent(const struct feed *f, mono_t now, bool promised, char *buf, size_t size)
{
	unsigned n = 0;
	size_t at = 0;

	buf[0] = '\0';
	for (const struct detector *d = f->detectors; d < f->detectors + f->detectors_n; d++) {
		if (mono_since_ms(now, d->spoke) <= FEED_SILENT_MS || (promised && !d->alive))
			continue;
		if (at + strlen(d->name) + 2 < size)
			at += (size_t)snprintf(buf + at, size - at, "%s%s", n > 0 ? ", " : "",
			    d->name);
		n++;
	}
	return n;
}

unsigned
feed_detectors(const struct feed *f)
{
	return f->detectors_n;
}
