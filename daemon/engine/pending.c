/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intents whose outcome is not known yet, in the order in which they were asked. */
#include "engine/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
pending_init(struct engine *e)
{
	TAILQ_INIT(&e->pending);
	for (unsigned i = 0; i < PENDING_BUCKETS; i++)
		TAILQ_INIT(&e->pending_by_id[i]);
}

/* Ids are given out in order: the number's last digits spread them evenly. */
static struct pendings *
bucket_of(const struct engine *e, const char *id)
{
	unsigned h = 0;

	for (const char *p = id; *p != '\0'; p++)
		h = h * 10 + (unsigned char)*p;
	return (struct pendings *)&e->pending_by_id[h % PENDING_BUCKETS];
}

void
pending_drop(struct engine *e, struct pending *p)
{
	TAILQ_REMOVE(&e->pending, p, entry);
	TAILQ_REMOVE(bucket_of(e, p->id), p, alike);
	e->pending_n--;
	standing_free(p->replaced);
	free(p->before);
	free(p->decision);
	free(p);
}

struct pending *
pending_later(const struct engine *e, const struct pending *p)
{
	struct pending *q = TAILQ_NEXT(p, alike);

	(void)e;
	while (q != NULL && strcmp(q->id, p->id) != 0)
		q = TAILQ_NEXT(q, alike);
	return q;
}

/* Some router took its later end, others refused it: what its successor replaced is what stands. */
static bool
taken_somewhere(const struct engine *e, const struct pending *p)
{
	return p->refused != 0 && p->before != NULL &&
	    (routers_of(e, p->before->via) & ~p->routers) != 0;
}

/*
 * Everybody asked has been silent, and this is said: one about the same mitigation is enough.  What
 * it replaced goes to its successor, so that a late refusal finds what BIRD last took.
 */
static void
fold_silent(struct engine *e, struct pending *into)
{
	struct pending *p, *next;

	for (p = TAILQ_FIRST(bucket_of(e, into->id)); p != into; p = next) {
		next = TAILQ_NEXT(p, alike);
		if (p->verb != VERB_ANNOUNCE || (p->routers & ~p->told) != 0 ||
		    pending_later(e, p) != into)
			continue;
		into->routers |= p->routers;
		if (!taken_somewhere(e, p)) {
			free(into->before);
			into->before = p->before;
			p->before = NULL;
			standing_add(into->replaced, p->replaced);
		}
		pending_drop(e, p);
	}
}

/*
 * Withdrawals are brought about by every reconcile; only the record of their outcome is lost here.
 */
static void
make_room(struct engine *e)
{
	struct pending *p;

	TAILQ_FOREACH(p, &e->pending, entry) {
		if (p->verb != VERB_WITHDRAW || p->told == 0)
			continue;
		e->counters[COUNTER_RECORDS_LOST]++;
		pending_drop(e, p);
		return;
	}
}

struct pending *
pending_add(struct engine *e, enum verb verb, const char *id, uint64_t ref,
    struct mitigation *before)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		free(before);
		return NULL;
	}
	if (e->pending_n >= PENDING_MAX)
		make_room(e);
	p->verb = verb;
	p->ref = ref;
	p->serial = ++e->serial;
	snprintf(p->id, sizeof(p->id), "%s", id);
	p->before = before;
	TAILQ_INSERT_TAIL(&e->pending, p, entry);
	TAILQ_INSERT_TAIL(bucket_of(e, id), p, alike);
	e->pending_n++;
	fold_silent(e, p);
	return p;
}

bool
pending_asks_on(const struct engine *e, const struct pending *p)
{
	const struct mitigation *m = ledger_find(&e->ledger, p->id);

	return p->verb == VERB_ANNOUNCE && m != NULL && p->before != NULL &&
	    pending_later(e, p) == NULL && p->before->via == m->via &&
	    rule_eq(&p->before->rule, &m->rule) && (routers_of(e, m->via) & ~p->refused) != 0;
}

/* A merged one took its place, and that is not answered yet; NULL: none did. */
static struct pending *
in_whose_place(const struct engine *e, const struct pending *p)
{
	struct pending *q;

	TAILQ_FOREACH(q, &e->pending, entry)
		if (standing_was(q->replaced, p->id, p->before))
			return q;
	return NULL;
}

struct mitigation *
pending_stands(const struct engine *e, const char *id)
{
	struct mitigation *m = ledger_find(&e->ledger, id);
	const struct pending *p;

	TAILQ_FOREACH(p, &e->pending, entry)
		if (m == NULL)
			m = standing_among(p->replaced, id);
	return m;
}

bool
pending_pass_on(struct engine *e, struct pending *p)
{
	struct pending *next = pending_later(e, p);

	if (next != NULL) {
		free(next->before);
		next->before = p->before;
		p->before = NULL;
	} else {
		next = in_whose_place(e, p);
		if (next == NULL)
			return false;
	}
	standing_add(next->replaced, p->replaced);
	return true;
}

bool
pending_undo(struct engine *e, struct pending *p)
{
	if (pending_pass_on(e, p) || !standing_undo(&e->ledger, p->id, p->before))
		return false;
	standing_put_back(&e->ledger, p->replaced);
	/* a policy's that a person was about to take over is the policy's again */
	if (p->before != NULL && p->before->incident[0] != '\0')
		decide_back(core_decide(e->core), p->id);
	return true;
}

struct pending *
pending_by_ref(const struct engine *e, uint64_t ref)
{
	struct pending *p;

	TAILQ_FOREACH(p, &e->pending, entry)
		if (p->ref == ref)
			return p;
	return NULL;
}

bool
pending_for(const struct engine *e, const char *id, uint64_t serial)
{
	const struct pending *p;

	TAILQ_FOREACH(p, bucket_of(e, id), alike)
		if (p->serial <= serial && strcmp(p->id, id) == 0)
			return true;
	return false;
}

void
pending_fini(struct engine *e)
{
	while (!TAILQ_EMPTY(&e->pending))
		pending_drop(e, TAILQ_FIRST(&e->pending));
}
