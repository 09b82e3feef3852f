/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Suricata's EVE log: alerts a second on each host of ours. */
#include <stdlib.h>

#include "sensor/feed_inside.h"

#define NAME "suricata"
#define HOSTS 1024
#define SLOTS (2 * HOSTS)	/* a power of two */
#define ALERTS_VALID_MS 5000

struct alerted {
	struct prefix host;
	uint32_t n;		/* in the second that runs */
};

struct alerts {
	unsigned hosts_n;
	int64_t second_ns;	/* when the last one ended; 0: never */
	uint16_t slots[SLOTS];	/* index of a host plus one; 0: free */
	struct alerted hosts[HOSTS];
};

struct alerts *
alerts_new(void)
{
	return calloc(1, sizeof(struct alerts));
}

void
alerts_free(struct alerts *a)
{
	free(a);
}

/* They are hosts of ours, so nobody outside chooses which ones collide. */
static unsigned
slot_of(const struct alerts *a, const struct prefix *host)
{
	struct subject s = { .kind = SUBJECT_HOST, .prefix = *host };
	unsigned slot = (unsigned)subject_hash(&s) & (SLOTS - 1);

	while (a->slots[slot] != 0 && !prefix_eq(&a->hosts[a->slots[slot] - 1].host, host))
		slot = (slot + 1) & (SLOTS - 1);
	return slot;
}

static struct alerted *
insert(struct alerts *a, const struct prefix *host, unsigned slot)
{
	struct alerted *h = &a->hosts[a->hosts_n++];

	a->slots[slot] = (uint16_t)a->hosts_n;
	*h = (struct alerted){ .host = *host };
	return h;
}

bool
alerts_add(struct alerts *a, const struct prefix *host)
{
	unsigned slot = slot_of(a, host);

	if (a->slots[slot] != 0) {
		a->hosts[a->slots[slot] - 1].n++;
		return true;
	}
	if (a->hosts_n == HOSTS)
		return false;
	insert(a, host, slot)->n = 1;
	return true;
}

/* Tells every host's rate; who had none this second is told so once and forgotten. */
void
alerts_second(struct feed *f, struct now now)
{
	struct alerts *a = f->alerts;
	double seconds = a->second_ns == 0 ? 1 : (double)(now.mono.ns - a->second_ns) / 1e9;
	unsigned n = a->hosts_n;

	a->second_ns = now.mono.ns;
	for (unsigned i = 0; i < SLOTS; i++)
		a->slots[i] = 0;
	a->hosts_n = 0;
	for (unsigned i = 0; i < n; i++) {
		struct alerted h = a->hosts[i];
		struct subject s = { .kind = SUBJECT_HOST, .prefix = h.host };

		feed_tell(f, &s, METRIC_ALERTS, seconds > 0 ? h.n / seconds : h.n, ALERTS_VALID_MS);
		if (h.n > 0)
			insert(a, &h.host, slot_of(a, &h.host));
	}
}

enum { EVENT, SOURCE, TARGET, MEMBERS_N };

static const struct member_name names[MEMBERS_N] = {
	[EVENT] = MEMBER_NAME("event_type"),
	[SOURCE] = MEMBER_NAME("src_ip"),
	[TARGET] = MEMBER_NAME("dest_ip"),
};

enum feed_refusal
feed_eve(struct feed *f, const char *line, size_t len, struct now now)
{
	struct member m[MEMBERS_N];
	struct subject subject;
	enum feed_refusal refusal;

	if (!feed_spoke(f, NAME, false, now))
		return FEED_ROOM;
	members_find(line, len, names, MEMBERS_N, m);
	if (m[SOURCE].times > 1 || m[TARGET].times > 1)
		return FEED_TWICE;
	if (!member_is(&m[EVENT], "alert"))
		return FEED_NOT_ALERT;
	refusal = feed_subject(f, &m[TARGET], &subject);
	if (refusal == FEED_ACCEPTED && subject.kind != SUBJECT_HOST)
		refusal = FEED_SUBJECT;
	if (refusal != FEED_ACCEPTED)
		return refusal;
	return alerts_add(f->alerts, &subject.prefix) ? FEED_ACCEPTED : FEED_ROOM;
}
