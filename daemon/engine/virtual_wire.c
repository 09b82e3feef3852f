/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The virtual routers and upstreams: who has been asked what, who answers when, and who carries
 * what.
 */
#include "engine/virtual_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- what upstreams carry ------------------------------------------------ */

static int
grow(void **all, unsigned n, unsigned *room, size_t each)
{
	unsigned more = *room == 0 ? 16 : *room * 2;
	void *grown;

	if (n < *room)
		return 0;
	grown = realloc(*all, more * each);
	if (grown == NULL)
		return -ENOMEM;
	*all = grown;
	*room = more;
	return 0;
}

static struct wire *
wire_find(struct virtual *v, const char *id, const struct rule *r)
{
	for (unsigned i = 0; i < v->wires_n; i++)
		if (strcmp(v->wires[i].id, id) == 0 && rule_eq(&v->wires[i].rule, r))
			return &v->wires[i];
	return NULL;
}

static uint32_t
of_router(const struct virtual *v, unsigned router)
{
	uint32_t all = 0;

	for (unsigned i = 0; i < v->s->upstreams_n; i++)
		if (v->s->upstreams[i].router == router)
			all |= 1u << i;
	return all;
}

static int64_t
due_at(const struct virtual *v, unsigned upstream, wall_t now)
{
	int64_t after = v->start.export_ms[upstream];

	return v->down[upstream] || after < 0 ? NEVER : now.ms + after;
}

/* From now on these upstreams are to have it, and the router's others not. */
static void
wire_want(struct virtual *v, struct wire *w, uint32_t want, uint32_t among, wall_t now)
{
	uint32_t before = w->wanted;

	w->wanted = (w->wanted & ~among) | (want & among);
	for (unsigned i = 0; i < v->s->upstreams_n; i++)
		if ((before ^ w->wanted) & 1u << i)
			w->due[i] = due_at(v, i, now);
}

static bool
takes_place_of(const struct mitigation *m, const char *id)
{
	bool its = strcmp(m->id, id) == 0;

	for (unsigned i = 0; i < m->claims_n; i++)
		its |= m->claims[i].was != 0 && m->claims[i].was == mitigation_number(id);
	return its;
}

static int
wire_put(struct virtual *v, const struct mitigation *m, uint32_t among, wall_t now)
{
	struct wire *w = wire_find(v, m->id, &m->rule);
	int err;

	if (w == NULL) {
		err = grow((void **)&v->wires, v->wires_n, &v->wires_room, sizeof(*v->wires));
		if (err != 0)
			return err;
		w = &v->wires[v->wires_n++];
		*w = (struct wire){ .rule = m->rule };
		memcpy(w->id, m->id, sizeof(w->id));
	}
	for (unsigned i = 0; i < v->wires_n; i++)	/* what it replaces */
		if (&v->wires[i] != w && takes_place_of(m, v->wires[i].id))
			wire_want(v, &v->wires[i], 0, among, now);
	wire_want(v, w, m->via, among, now);
	return 0;
}

static void
wire_end(struct virtual *v, const char *id, uint32_t among, wall_t now)
{
	for (unsigned i = 0; i < v->wires_n; i++)
		if (strcmp(v->wires[i].id, id) == 0)
			wire_want(v, &v->wires[i], 0, among, now);
}

/* ---- read-back ----------------------------------------------------------- */

static void
carried(struct virtual *v, const struct wire *w, unsigned upstream, bool yes, wall_t now)
{
	struct mitigation *m = ledger_find(&v->ledger, w->id);

	if (m != NULL && (m->via & 1u << upstream) && rule_eq(&m->rule, &w->rule)) {
		struct upstream_state *s = &m->upstreams[upstream];

		s->exported.ms = yes ? now.ms : 0;
		s->lost = !yes;
	}
	tell_upstream(v, w->id, upstream, yes ? "exported" : "withdrawn", now);
}

static void
look_at_wire(struct virtual *v, struct wire *w, wall_t now)
{
	for (unsigned i = 0; i < v->s->upstreams_n; i++) {
		bool wants = (w->wanted & 1u << i) != 0, has = (w->carried & 1u << i) != 0;

		if (wants == has || w->due[i] > now.ms)
			continue;
		w->carried ^= 1u << i;
		carried(v, w, i, wants, now);
	}
}

static void
look_at_wires(struct virtual *v, wall_t now)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < v->wires_n; i++) {
		look_at_wire(v, &v->wires[i], now);
		if ((v->wires[i].wanted | v->wires[i].carried) != 0)
			v->wires[kept++] = v->wires[i];
	}
	v->wires_n = kept;
}

static void
lose(struct virtual *v, struct wire *w, unsigned upstream, wall_t now)
{
	struct mitigation *m = ledger_find(&v->ledger, w->id);

	w->due[upstream] = NEVER;
	if ((w->carried & 1u << upstream) == 0)
		return;
	w->carried &= ~(1u << upstream);
	if (m != NULL) {
		m->upstreams[upstream].exported.ms = 0;
		m->upstreams[upstream].lost = true;
	}
	tell_upstream(v, w->id, upstream, "missing", now);
}

/*
 * A neighbour whose session ends forgets what we told it (RFC 4271, 3.2); what stands is told
 * again.
 */
void
wire_session(struct virtual *v, unsigned upstream, bool up, struct now now)
{
	v->down[upstream] = !up;
	for (unsigned i = 0; i < v->wires_n; i++) {
		if (up)
			v->wires[i].due[upstream] = due_at(v, upstream, now.wall);
		else
			lose(v, &v->wires[i], upstream, now.wall);
	}
}

/* ---- routers ------------------------------------------------------------- */

static void
question_fini(struct question *q)
{
	standing_free(q->replaced);
	free(q->before);
	free(q->decision);
}

static struct mitigation *
copy_of(const struct mitigation *m, bool *short_of_memory)
{
	struct mitigation *copy = m != NULL ? malloc(sizeof(*copy)) : NULL;

	if (copy != NULL)
		*copy = *m;
	*short_of_memory |= m != NULL && copy == NULL;
	return copy;
}

static int
ask_router(struct virtual *v, const struct question *q, const struct instead *of)
{
	struct question *new;
	bool failed = grow((void **)&v->questions, v->questions_n, &v->questions_room,
	    sizeof(*v->questions)) != 0;

	if (failed)
		return -ENOMEM;
	new = &v->questions[v->questions_n];
	*new = *q;
	new->before = copy_of(of->before, &failed);
	for (unsigned i = 0; of->replaced != NULL && i < CLAIMS_MAX; i++)
		new->replaced[i] = copy_of(of->replaced[i], &failed);
	new->decision = of->decision != NULL ? malloc(sizeof(*new->decision)) : NULL;
	if (failed || (of->decision != NULL && new->decision == NULL)) {
		question_fini(new);
		return -ENOMEM;
	}
	if (of->decision != NULL)
		*new->decision = *of->decision;
	v->questions_n++;
	return 0;
}

int
wire_ask(struct virtual *v, const struct mitigation *m, bool withdraw, const struct instead *of,
    struct now now)
{
	uint32_t via = m->via | (of->before != NULL ? of->before->via : 0);
	struct question q = { .withdraw = withdraw, .due = now.wall.ms + v->start.answer_ms };
	int err = 0;

	memcpy(q.id, m->id, sizeof(q.id));
	for (unsigned i = 0; of->replaced != NULL && i < CLAIMS_MAX && of->replaced[i] != NULL; i++)
		via |= of->replaced[i]->via;
	for (unsigned i = 0; i < v->s->routers_n && err == 0; i++) {
		if ((of_router(v, i) & via) == 0)
			continue;
		q.router = i;
		err = ask_router(v, &q, of);
	}
	return err;
}

/*
 * What was asked later, about it or to take its place, goes back to what this one would have;
 * false: nothing was.
 */
static bool
pass_on(struct virtual *v, struct question *q)
{
	for (struct question *p = q + 1; p < v->questions + v->questions_n; p++) {
		if (p->router != q->router)
			continue;
		if (strcmp(p->id, q->id) == 0) {
			free(p->before);
			p->before = q->before;
			q->before = NULL;
		} else if (!standing_was(p->replaced, q->id, q->before)) {
			continue;
		}
		standing_add(p->replaced, q->replaced);
		return true;
	}
	return false;
}

/* What stood before stands again, unless something newer has been asked for. */
static void
refuse(struct virtual *v, struct question *q, struct now now)
{
	tell_router(v, q, "refused", now.wall);
	if (!pass_on(v, q)) {
		for (unsigned i = 0; i < CLAIMS_MAX && q->replaced[i] != NULL; i++)
			wire_put(v, q->replaced[i], UINT32_MAX, now.wall);
		if (standing_undo(&v->ledger, q->id, q->before))
			standing_put_back(&v->ledger, q->replaced);
		if (q->before == NULL)
			wire_end(v, q->id, UINT32_MAX, now.wall);
		else
			wire_put(v, q->before, UINT32_MAX, now.wall);
	}
	if (q->decision != NULL)
		decide_refused(core_decide(v->core), q->decision, now);
}

static void
take(struct virtual *v, const struct question *q, wall_t now)
{
	uint32_t among = of_router(v, q->router);
	struct mitigation *m = ledger_find(&v->ledger, q->id);

	tell_router(v, q, "applied", now);
	if (q->withdraw || m == NULL) {
		wire_end(v, q->id, among, now);
		return;
	}
	for (unsigned i = 0; i < v->s->upstreams_n; i++)
		if ((m->via & among & 1u << i) && m->upstreams[i].applied.ms == 0)
			m->upstreams[i].applied = now;
	wire_put(v, m, among, now);
}

static void
answer(struct virtual *v, struct question *q, struct now now)
{
	if (!q->withdraw && v->refuses[q->router])
		refuse(v, q, now);
	else
		take(v, q, now.wall);
}

void
wire_step(struct virtual *v, struct now now)
{
	unsigned done = 0;

	/* in the order of asking, and all wait equally long */
	while (done < v->questions_n && v->questions[done].due <= now.wall.ms) {
		answer(v, &v->questions[done], now);
		question_fini(&v->questions[done++]);
	}
	v->questions_n -= done;
	if (done > 0)
		memmove(v->questions, v->questions + done, v->questions_n * sizeof(*v->questions));
	look_at_wires(v, now.wall);
}

void
wire_fini(struct virtual *v)
{
	for (unsigned i = 0; i < v->questions_n; i++)
		question_fini(&v->questions[i]);
	free(v->questions);
	free(v->wires);
}
