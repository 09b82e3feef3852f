/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/live.h"

#include <errno.h>

#include "base/clock.h"
#include "bird/bird.h"
#include "model/mitigation.h"

#define TURN_MS 20

static void
on_ended(void *ctx, unsigned router, uint64_t generation, enum bird_result r, const char *say)
{
	(void)ctx, (void)router, (void)generation, (void)r, (void)say;
}

static void
on_carried(void *ctx, unsigned router, unsigned upstream, const char *id, enum bird_carried carried,
    wall_t when)
{
	(void)ctx, (void)router, (void)upstream, (void)id, (void)carried, (void)when;
}

static void
on_ghost(void *ctx, unsigned router, const struct bird_ghost *g)
{
	(void)ctx, (void)router, (void)g;
}

static void
on_held(void *ctx, unsigned router, const char *id, bool held, wall_t when)
{
	(void)ctx, (void)router, (void)id, (void)held, (void)when;
}

static void
on_state(void *ctx, unsigned router)
{
	(void)router;
	*(bool *)ctx = true;
}

static const struct bird_events events = {
	.ended = on_ended,
	.carried = on_carried,
	.ghost = on_ghost,
	.held = on_held,
	.state = on_state,
};

/* Until all is read, BIRD turns out to be away, or the time is over. */
static int
look(struct event_base *base, struct bird *b, const bool *told, struct diag *reterr)
{
	const struct timeval turn = { 0, TURN_MS * 1000 };
	mono_t from = clock_now().mono;

	bird_look(b);
	while (!bird_looked(b)) {
		if (*told && !bird_connected(b))
			return diag_set(reterr, -ENOTCONN, "%s", bird_why(b));
		if (mono_since_ms(clock_now().mono, from) > LIVE_MS)
			return diag_set(reterr, -ETIMEDOUT, "%s", bird_why(b));
		event_base_loopexit(base, &turn);
		event_base_dispatch(base);
	}
	return 0;
}

int
live_look(struct settings *s, unsigned router, struct diag *reterr)
{
	struct event_base *base = event_base_new();
	struct ledger nothing;
	struct bird *b = NULL;
	struct router us = { 0 };
	bool told = false;
	int err;

	if (base == NULL)
		return diag_set(reterr, -ENOMEM, "no memory");
	ledger_init(&nothing);
	err = bird_new(&b, base, s, router, &nothing, &events, &told, true);
	if (err != 0)
		diag_set(reterr, err, "no memory");
	else
		err = look(base, b, &told, reterr);
	if (err == 0) {
		bird_fill(b, s);
		bird_knows_us(b, &us);
		if (s->routers[router].asn == 0)
			s->routers[router].asn = us.asn;
	}
	bird_free(b);
	ledger_fini(&nothing);
	event_base_free(base);
	return err;
}
