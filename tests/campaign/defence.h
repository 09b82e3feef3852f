/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * defence - who answers an attack: nobody, a fixed ban, or Seawall's own fusion, decide, guard and
 * ledger. It is told what the sensors say and updates the world's routes.
 */
#ifndef SEAWALL_TESTS_CAMPAIGN_DEFENCE_H
#define SEAWALL_TESTS_CAMPAIGN_DEFENCE_H

#include "model/observation.h"
#include "score.h"
#include "world.h"

struct defence {
	void *self;
	/* NULL: asks no sensor */
	void (*report)(void *self, const struct sensor_report *r, struct now now);
	void (*step)(void *self, struct world *w, struct score *score, struct now now);
	/* Something is open: steps stay fine. */
	bool (*busy)(const void *self);
	void (*free)(void *self);
};

enum policy_kind { POLICY_NONE, POLICY_BAN, POLICY_RTBH, POLICY_OURS, POLICY_KINDS };

extern const char *const policy_names[POLICY_KINDS];

/* `s` is borrowed, and changed for POLICY_RTBH. */
int defence_new(struct defence *ret, enum policy_kind kind, struct settings *s, uint64_t seed);
void defence_free(struct defence *d);

int ours_new(struct defence *ret, const struct settings *s, uint64_t seed);
int ban_new(struct defence *ret, const struct settings *s);

#endif
