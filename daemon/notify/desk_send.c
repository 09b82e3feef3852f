/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the queues to those who are told: one message at a time for each, and none waits for
 * another's.
 */
#include "notify/desk_inside.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_S 2
#define LONGEST_S 600
#define OTHER_WAYS_AFTER 2	/* failures */
#define FIRST_WAY_AGAIN_MS 600000
#define REFUSED_MS 1000

void
desk_lost(struct told *t, unsigned n)
{
	t->lost += n;
	t->given_up += n;
	if (n > 0)
		t->desk->dirty = true;
}

/* Twice as long each time, give or take a quarter, so that not all come at once when it is back. */
static int64_t
respite_ms(unsigned failures)
{
	int64_t s = FIRST_S;

	for (unsigned i = 1; i < failures && s < LONGEST_S; i++)
		s *= 2;
	if (s > LONGEST_S)
		s = LONGEST_S;
	return s * 750 + randombytes_uniform((uint32_t)s * 500 + 1);
}

/*
 * The way that worked last, and the next one after it failed some times; the first is tried again
 * now and then.
 */
static enum courier_way
way_of(struct told *t, mono_t now)
{
	if (t->way != WAY_DIRECT && mono_since_ms(now, t->way_since) >= FIRST_WAY_AGAIN_MS) {
		t->way = WAY_DIRECT;
		t->way_failures = 0;
	}
	if (t->way_failures < OTHER_WAYS_AFTER)
		return t->way;
	do
		t->way = (t->way + 1) % WAY_N;
	while (!courier_has(t->by, t->way));
	t->way_since = now;
	t->way_failures = 0;
	return t->way;
}

/* For the sheet of a drill, which shows that they heard of that one. */
static void
note_drill(struct told *t, const char *name)
{
	uint64_t n = message_number(name, NEWS_DRILL);

	if (n > t->drill)
		t->drill = n;
}

static void
on_done(void *ctx, const struct courier_result *r)
{
	struct told *t = ctx;
	struct queue_item *i = queue_find(t->queue, t->sending);
	mono_t now = clock_now().mono;

	t->sending[0] = '\0';
	t->desk->dirty = true;
	snprintf(t->why, sizeof(t->why), "%s", r->why);
	if (r->end == COURIER_SENT) {
		t->failures = t->way_failures = 0;
		t->next = now;
		t->sent++;
		t->sent_at = clock_now().wall;
		t->lost -= t->lost_told < t->lost ? t->lost_told : t->lost;
		if (i != NULL) {
			note_drill(t, queue_item_name(i));
			queue_done(t->queue, i);
		}
		desk_send(t);
		return;
	}
	if (r->end == COURIER_REFUSED && i != NULL && queue_refused(i) >= REFUSALS_MAX) {
		queue_done(t->queue, i);
		desk_lost(t, 1);
	} else if (r->end == COURIER_REFUSED && i != NULL) {
		queue_later(i, mono_add_ms(now, respite_ms(REFUSALS_MAX)));
	}
	/* what one receiver's mailbox has no room for holds up nothing else */
	if (r->end == COURIER_PUT_OFF && i != NULL)
		queue_later(i, mono_add_ms(now, respite_ms(queue_put_off(i))));
	if (r->end == COURIER_LATER || r->end == COURIER_PUT_OFF) {
		t->failures++;
		t->way_failures++;
	}
	t->next = mono_add_ms(now, r->retry_s > 0 ? (int64_t)r->retry_s * 1000 :
	    r->end == COURIER_LATER ? respite_ms(t->failures) : REFUSED_MS);
}

void
desk_footer(const struct told *t, const char *language, struct text *to)
{
	enum lang was = lang_get(), lang = strcmp(language, "es") == 0 ? LANG_ES : LANG_EN;
	struct values v = { 0 };
	struct text lost;

	lang_set(lang);
	text_init(&lost, 512);
	if (t->lost > 0)
		text_printf(&lost,
		    _("%u earlier messages could not be delivered; what they said is in the record."),
		    t->lost);
	v.of[PLACE_ORGANIZATION] = t->desk->settings->organization.name;
	v.of[PLACE_CHECKPOINT] = t->desk->checkpoint;
	v.of[PLACE_LOST] = text_str(&lost);
	template_body(&t->desk->texts.of[TEXT_FOOTER][lang], &v, to);
	text_fini(&lost);
	lang_set(was);
}

/* With what is said below each: the newest checkpoint, and what could not be told. */
static int
send_message(struct told *t, struct message *m)
{
	struct text whole;
	char *body = m->body;
	int err;

	text_init(&whole, (size_t)3 * BODY_MAX);
	text_add(&whole, m->body);
	desk_footer(t, m->language[0] != '\0' ? m->language : t->by->language, &whole);
	if (text_ok(&whole))
		m->body = whole.s;
	t->lost_told = t->lost;
	snprintf(t->sending, sizeof(t->sending), "%s", m->name);
	err = courier_send(t->courier, m, way_of(t, clock_now().mono), on_done, t);
	if (err != 0)
		t->sending[0] = '\0';
	m->body = body;
	text_fini(&whole);
	return err;
}

void
desk_send(struct told *t)
{
	mono_t now = clock_now().mono;
	struct queue_item *i;
	struct message m = { 0 };
	int err;

	if (t->sending[0] != '\0' || mono_before(now, t->next))
		return;
	i = queue_take(t->queue, now);
	if (i == NULL)
		return;
	err = queue_read(t->queue, i, &m);
	if (err == 0)
		err = send_message(t, &m);
	message_fini(&m);
	if (err == -EBADMSG || err == -ENOENT) {
		queue_done(t->queue, i);
		desk_lost(t, 1);
	} else if (err != 0) {
		t->next = mono_add_ms(now, err == -EBUSY ? REFUSED_MS : respite_ms(REFUSALS_MAX));
	}
}
