/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/asked.h"

#include <string.h>

#define WAITING_MAX 32		/* questions that wait, of all incidents: people answer no more */
#define WAITING_OF_ONE 3	/* and of one incident; its end must take them back in one tick */
/* another rule is asked about not before; four times longer each time */
#define AGAIN_MS 5000
#define AGAIN_MOST 6

bool
asked_of(const struct asked *a, const struct watch *w)
{
	return a->used && a->number == w->number;
}

struct asked *
asked_find(const struct decide *d, const struct watch *w, int step)
{
	for (unsigned i = 0; w->asked_n > 0 && i < APPROVALS_MAX; i++)
		if (asked_of(&d->asked[i], w) && d->asked[i].pub.step == step)
			return (struct asked *)&d->asked[i];
	return NULL;
}

struct asked *
asked_add(struct decide *d, struct watch *w)
{
	unsigned waiting = 0, own = 0;
	struct asked *free = NULL;

	for (unsigned i = 0; i < APPROVALS_MAX; i++) {
		struct asked *a = &d->asked[i];

		if (!a->used && free == NULL)
			free = a;
		if (!a->used || a->pub.state != APPROVAL_WAITING)
			continue;
		waiting++;
		own += a->number == w->number;
	}
	if (free == NULL || waiting >= WAITING_MAX || own >= WAITING_OF_ONE)
		return NULL;
	*free = (struct asked){ .used = true, .number = w->number };
	w->asked_n++;
	return free;
}

struct asked *
asked_by_id(const struct decide *d, const char *id)
{
	for (unsigned i = 0; i < APPROVALS_MAX; i++)
		if (d->asked[i].used && strcmp(d->asked[i].pub.id, id) == 0)
			return (struct asked *)&d->asked[i];
	return NULL;
}

void
asked_drop(struct decide *d, const struct watch *w)
{
	for (unsigned i = 0; w->asked_n > 0 && i < APPROVALS_MAX; i++)
		if (asked_of(&d->asked[i], w))
			d->asked[i].used = false;
}

mono_t
asked_again(mono_t now, unsigned times)
{
	int64_t ms = AGAIN_MS;

	for (unsigned i = 1; i < times && i < AGAIN_MOST; i++)
		ms *= 4;
	return mono_add_ms(now, ms);
}

void
asked_keep_denial(struct watch *w, const struct asked *a)
{
	if (w == NULL || a->pub.state != APPROVAL_DENIED || a->pub.until.ms == 0)
		return;
	w->memory->denied_step = a->pub.step;
	w->memory->denied_until = a->deadline;
}
