/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"

struct core {
	const struct settings *s;	/* borrowed */
	const struct ledger *ledger;	/* borrowed */
	struct fusion *fusion;
	struct decide *decide;
	wall_t paused_until;
	enum live live;
	struct assessment *assessments;	/* owned, FUSION_SUBJECTS of them */
	struct decision *decisions;	/* owned, DECISIONS_MAX */
};

/* ---- 1. reports -> fusion ------------------------------------------------ */

bool
core_report(struct core *c, const struct sensor_report *r, struct now now)
{
	switch (r->kind) {
	case REPORT_OBSERVATION:
		fusion_see(c->fusion, &r->observation, now);
		break;
	case REPORT_HEALTH:
		core_health(c, &r->health, now);
		break;
	case REPORT_READING:
		return fusion_read(c->fusion, &r->reading, now);
	}
	return true;
}

void
core_health(struct core *c, const struct health_report *h, struct now now)
{
	fusion_health(c->fusion, h, now);
}

void
core_gone(struct core *c, unsigned sensor, struct now now)
{
	fusion_gone(c->fusion, sensor, now);
}

/* ---- 2. fusion -> decide ------------------------------------------------- */

static bool
watched(void *ctx, const struct subject *s, unsigned policy)
{
	const struct core *c = ctx;

	return decide_watches(c->decide, s, policy);
}

static unsigned
assess_and_decide(struct core *c, struct now now)
{
	struct decide_world world = {
		.ledger = c->ledger,
		.live = c->live,
		.paused = c->paused_until.ms > now.wall.ms,
		.harm_link = fusion_harm(c->fusion, HARM_LINK, now),
		.harm_state = fusion_harm(c->fusion, HARM_STATE, now),
	};
	unsigned n = fusion_step(c->fusion, now, c->assessments, FUSION_SUBJECTS, watched, c);

	for (unsigned l = 0; l < c->s->links_n; l++)
		world.harm_links[l] = fusion_harm_link(c->fusion, l, now);
	return decide_step(c->decide, now, &world, c->assessments, n, c->decisions, DECISIONS_MAX);
}

/* ---- 3. decide -> what is done about it ---------------------------------- */

static void
act_on(struct core *c, const struct decision *d, struct now now, const struct core_ops *ops,
    void *ctx)
{
	struct mitigation m = d->mitigation;
	struct diag diag;

	if (d->kind == DECISION_WITHDRAW)
		ops->withdraw(ctx, d->mitigation.id, d->mitigation.owner, d->why, now);
	else if (d->kind != DECISION_ANNOUNCE)
		ops->record(ctx, d, now);
	else if (ops->announce(ctx, &m, d, now, &diag) != 0)
		decide_refused(c->decide, d, now);
}

/* Everything ends. */
static void
end_what_is_over(struct core *c, struct now now, const struct core_ops *ops, void *ctx)
{
	char id[ID_LEN];

	for (unsigned i = c->ledger->n; i-- > 0;) {
		if (c->ledger->all[i]->until.ms > now.wall.ms)
			continue;
		memcpy(id, c->ledger->all[i]->id, sizeof(id));
		ops->withdraw(ctx, id, "seawalld", N_("its end came"), now);
		decide_ended(c->decide, id, now);
	}
}

unsigned
core_step(struct core *c, struct now now, const struct core_ops *ops, void *ctx)
{
	unsigned n = assess_and_decide(c, now);

	for (unsigned i = 0; i < n; i++)
		act_on(c, &c->decisions[i], now, ops, ctx);
	end_what_is_over(c, now, ops, ctx);
	return n;
}

/* ---- start and end ------------------------------------------------------- */

int
core_new(struct core **ret, const struct settings *s, const struct ledger *ledger, uint64_t seed,
    uint64_t next_incident)
{
	struct core *c = calloc(1, sizeof(*c));
	int err = c == NULL ? -ENOMEM : 0;

	if (err != 0)
		return err;
	c->s = s;
	c->ledger = ledger;
	c->assessments = calloc(FUSION_SUBJECTS, sizeof(*c->assessments));
	c->decisions = calloc(DECISIONS_MAX, sizeof(*c->decisions));
	if (c->assessments == NULL || c->decisions == NULL)
		err = -ENOMEM;
	if (err == 0)
		err = fusion_new(&c->fusion, s);
	if (err == 0)
		err = decide_new(&c->decide, s, seed, next_incident);
	if (err != 0)
		goto out;
	*ret = c;
	c = NULL;
out:
	core_free(c);
	return err;
}

void
core_free(struct core *c)
{
	if (c == NULL)
		return;
	decide_free(c->decide);
	fusion_free(c->fusion);
	free(c->assessments);
	free(c->decisions);
	free(c);
}

void
core_pause(struct core *c, wall_t until)
{
	c->paused_until = until;
}

void
core_live(struct core *c, enum live live)
{
	c->live = live;
}

struct fusion *
core_fusion(const struct core *c)
{
	return c->fusion;
}

struct decide *
core_decide(const struct core *c)
{
	return c->decide;
}
