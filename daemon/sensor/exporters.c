/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/exporters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/resident.h"

int
exporters_init(struct exporters *t, unsigned max, unsigned each)
{
	*t = (struct exporters){ .max = max, .each = each };
	for (t->slots_n = 2; t->slots_n < 2 * max; t->slots_n *= 2)
		;
	t->all = resident_new(max * sizeof(*t->all));
	t->devices = resident_new(max * sizeof(*t->devices));
	t->slots = calloc(t->slots_n, sizeof(*t->slots));
	if (t->all != NULL && t->devices != NULL && t->slots != NULL)
		return 0;
	exporters_fini(t);
	return -ENOMEM;
}

void
exporters_fini(struct exporters *t)
{
	free(t->all);
	free(t->devices);
	free(t->slots);
	*t = (struct exporters){ 0 };
}

static uint32_t
hash(const struct exporter_key *key)
{
	uint32_t h = 2166136261u, word[4];

	memcpy(word, key->addr.addr, sizeof(word));
	for (unsigned i = 0; i < 4; i++) {
		h = (h ^ word[i]) * 16777619u;
		h ^= h >> 15;
	}
	h = (h ^ key->domain) * 16777619u;
	h = (h ^ (uint32_t)(key->protocol << 8 | key->session)) * 16777619u;
	return h ^ h >> 15;
}

static unsigned
home_of(const struct exporters *t, const struct exporter *x)
{
	return hash(&x->key) & (t->slots_n - 1);
}

/* The slot where it stands or would stand.  The table is never more than half full. */
static unsigned
slot_find(const struct exporters *t, const struct exporter_key *key)
{
	unsigned mask = t->slots_n - 1, i = hash(key) & mask;

	while (t->slots[i] != 0 && !exporter_is(&t->all[t->slots[i] - 1], key))
		i = (i + 1) & mask;
	return i;
}

/* Closes the gap, so that what stands behind it is still found. */
static void
slot_clear(struct exporters *t, unsigned gap)
{
	unsigned mask = t->slots_n - 1;

	for (unsigned i = (gap + 1) & mask; t->slots[i] != 0; i = (i + 1) & mask) {
		unsigned home = home_of(t, &t->all[t->slots[i] - 1]);

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		t->slots[gap] = t->slots[i];
		gap = i;
	}
	t->slots[gap] = 0;
}

struct exporter *
exporters_find(struct exporters *t, const struct exporter_key *key)
{
	uint8_t last = key->addr.addr[key->addr.family == 4 ? 3 : 15];
	struct exporter **recent = &t->recent[last % EXPORTERS_RECENT];
	uint32_t at;

	if (*recent != NULL && exporter_is(*recent, key))
		return *recent;
	at = t->slots[slot_find(t, key)];
	if (at == 0)
		return NULL;
	*recent = &t->all[at - 1];
	return *recent;
}

/* Its index, or max. */
static unsigned
device_find(const struct exporters *t, const struct prefix *addr)
{
	unsigned i = 0;

	while (
	    i < t->max && (t->devices[i].exporters_n == 0 || !prefix_eq(&t->devices[i].addr, addr)))
		i++;
	return i;
}

/* Of all of them, or of one device: the one that may go and is silent longest.  NULL: none may. */
static struct exporter *
to_evict(const struct exporters *t, unsigned device, int64_t now_ms)
{
	struct exporter *best = NULL;

	for (unsigned i = 0; i < t->n; i++) {
		struct exporter *x = &t->all[i];
		bool silent = now_ms - x->last_ms > EXPORTERS_SILENT_MS;

		if (device != t->max && x->device != device)
			continue;
		if (((x->records == 0 && !x->known) || silent) &&
		    (best == NULL || x->last_ms < best->last_ms))
			best = x;
	}
	return best;
}

struct exporter *
exporters_room(struct exporters *t, const struct prefix *addr, int64_t now_ms,
    enum refusal *ret_why)
{
	unsigned device = device_find(t, addr);
	bool crowded = device != t->max && t->devices[device].exporters_n >= t->each;
	struct exporter *x;

	if (!crowded && t->n < t->max)
		return &t->all[t->n];
	x = to_evict(t, crowded ? device : t->max, now_ms);
	if (x == NULL)
		*ret_why = crowded ? REFUSED_DOMAINS_FULL : REFUSED_EXPORTERS_FULL;
	return x;
}

static unsigned
device_take(struct exporters *t, const struct prefix *addr)
{
	unsigned i = device_find(t, addr);

	if (i == t->max) {
		for (i = 0; t->devices[i].exporters_n != 0; i++)
			;
		t->devices[i] = (struct device){ .addr = *addr };
	}
	t->devices[i].exporters_n++;
	return i;
}

struct device *
exporters_put(struct exporters *t, struct exporter *x, const struct exporter_key *key,
    int64_t now_ms)
{
	unsigned at = (unsigned)(x - t->all);

	if (at == t->n) {
		t->n++;
	} else {
		t->devices[x->device].exporters_n--;
		slot_clear(t, slot_find(t, &x->key));
	}
	*x = (struct exporter){ .key = *key, .first_ms = now_ms };
	x->device = device_take(t, &key->addr);
	t->slots[slot_find(t, key)] = at + 1;
	return &t->devices[x->device];
}
