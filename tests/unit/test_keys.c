/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What pressed keys lead to: never to a request without its page, its letter and the thing it was
 * about.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "cli/keys.h"
#include "cli_main.h"
#include "leak.h"
#include "watch_world.h"

TestSuite(keys, .fini = leak_check);

struct desk {
	struct keys k;
	struct keys_world w;
	json_t *lines;
};

static struct desk
desk_new(const char *world)
{
	struct desk d = { .lines = world_lines(world) };

	keys_init(&d.k);
	d.w = (struct keys_world){
		.lines = d.lines, .current = true, .now = world_now(), .ms = 5000, .rows = 24
	};
	keys_lines(&d.k, d.lines);
	return d;
}

static void
desk_free(struct desk *d)
{
	keys_fini(&d->k);
	json_decref(d->lines);
}

static void
press(struct desk *d, int key)
{
	keys_press(&d->k, &d->w, key);
}

static void
type(struct desk *d, const char *s)
{
	for (; *s != '\0'; s++)
		press(d, (unsigned char)*s);
}

static void
choose(struct desk *d, const char *id)
{
	press(d, KEYS_FIRST);
	for (unsigned i = 0; i < 100 && strcmp(d->k.selected, id) != 0; i++)
		press(d, 'j');
	cr_assert_str_eq(d->k.selected, id);
}

/* To the page that asks for the letter. */
static void
come_to_confirm(struct desk *d, const char *id, int key, const char *reason)
{
	choose(d, id);
	press(d, key);
	cr_assert_eq(d->k.mode, KEYS_FIELD, "%s", d->k.note);
	if (d->k.field == DEED_FOR)
		press(d, KEYS_ENTER);
	type(d, reason);
	press(d, KEYS_ENTER);
	cr_assert_eq(d->k.mode, KEYS_CONFIRM);
	d->w.ms += KEYS_SEEN_MS;
}

static void
asked(struct desk *d, const char *want)
{
	json_t *q = keys_take(&d->k);
	char *got = json_dumps(q, JSON_COMPACT | JSON_SORT_KEYS);

	cr_expect_str_eq(got != NULL ? got : "nothing", want);
	free(got);
	json_decref(q);
}

static void
shows(const struct desk *d, const char *what)
{
	struct view_page page;
	struct text buf;

	text_init(&buf, 1 << 16);
	cr_assert(keys_page(&d->k, &d->w, &page, &buf));
	cr_expect(strstr(page.title, what) != NULL || strstr(page.text, what) != NULL ||
		strstr(page.foot, what) != NULL,
	    "“%s” is not in: %s | %s | %s", what, page.title, page.text, page.foot);
	text_fini(&buf);
}

static void
title_is(const struct desk *d, const char *want)
{
	struct view_page page;
	struct text buf;

	text_init(&buf, 1 << 16);
	cr_assert(keys_page(&d->k, &d->w, &page, &buf));
	cr_expect_str_eq(page.title, want);
	text_fini(&buf);
}

Test(keys, what_is_asked_for_is_what_was_confirmed)
{
	static const struct { const char *id; int key; const char *reason, *want;
	} rows[] = {
		{ "m31", 'w', "it moved",
		    "{\"command\":\"withdraw\",\"reason\":\"it moved\",\"what\":\"m31\"}" },
		{ "m30", 'e', "goes on",
		    "{\"command\":\"extend\",\"for\":1800.0,\"reason\":\"goes on\",\"what\":\"m30\"}" },
		{ "a3", 'a', "", "{\"command\":\"approve\",\"what\":\"a3\"}" },
		{ "a4", 'd', "no", "{\"command\":\"deny\",\"reason\":\"no\",\"what\":\"a4\"}" },
		{ "a3", 'p', "", "{\"command\":\"resume\"}" }, /* it is paused */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct desk d = desk_new("attack");

		come_to_confirm(&d, rows[i].id, rows[i].key, rows[i].reason);
		press(&d, 'Y');
		cr_expect_eq(d.k.mode, KEYS_ASKING);
		asked(&d, rows[i].want);
		desk_free(&d);
	}
}

Test(keys, a_policy_renews_what_is_its_own)
{
	static const struct { const char *id, *say; } rows[] = {
		{ "m31", "announced by host-flood, which renews it as long as the attack lasts" },
		{ "m30", "announced by Ana; without you it ends in" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct desk d = desk_new("attack");

		come_to_confirm(&d, rows[i].id, 'w', "r");
		shows(&d, rows[i].say);
		desk_free(&d);
	}
}

Test(keys, a_pause_has_an_end_and_a_reason)
{
	struct desk d = desk_new("calm");

	press(&d, 'p');
	shows(&d, "PAUSE AUTOMATIC ACTIONS?");
	press(&d, KEYS_CLEAR);
	type(&d, "soon");
	press(&d, KEYS_ENTER);
	cr_expect_eq(d.k.field, DEED_FOR);
	shows(&d, "'soon' is not a duration");
	press(&d, KEYS_CLEAR);
	type(&d, "45m");
	press(&d, KEYS_ENTER);
	press(&d, KEYS_ENTER);
	shows(&d, "a reason is needed");
	type(&d, "  ");
	press(&d, KEYS_ENTER);
	cr_expect_eq(d.k.mode, KEYS_FIELD, "spaces are no reason");
	type(&d, "maintenancx");
	press(&d, KEYS_RUBOUT);
	press(&d, 'e');
	press(&d, KEYS_ENTER);
	shows(&d, "For 45 min nothing new is announced by itself");
	shows(&d, "The record will say that Ana did it.");
	d.w.ms += KEYS_SEEN_MS;
	press(&d, 'Y');
	asked(&d, "{\"command\":\"pause\",\"for\":2700.0,\"reason\":\"  maintenance\"}");
	keys_answer(&d.k, CLI_DONE, d.lines, "", d.w.now);
	shows(&d, "Paused: nothing new is announced by itself.");
	desk_free(&d);
}

/* After all of Latin only those that end in the letter's byte, then the keys that have names. */
static int
next_key(int key)
{
	if (key < 0x180 || key >= KEYS_NONE - 2)
		return key + 1;
	return key < 0x10000 ? (key & ~0xff) + 0x100 + 'Y' : KEYS_NONE - 2;
}

/* Every key but one, on every page there is. */
Test(keys, no_other_key_confirms)
{
	for (int key = 0; key < KEYS_CLEAR + 2; key = next_key(key)) {
		struct desk d;

		if (key == 'Y')
			continue;
		d = desk_new("attack");
		come_to_confirm(&d, "m31", 'w', "r");
		press(&d, key);
		cr_assert_null(d.k.ask, "key %x did it", (unsigned)key);
		cr_assert_neq(d.k.mode, KEYS_ASKING);
		desk_free(&d);
	}
}

Test(keys, what_was_typed_ahead_confirms_nothing)
{
	struct desk d = desk_new("attack");

	choose(&d, "m31");
	type(&d, "wYYYY");
	press(&d, KEYS_ENTER);
	type(&d, "YYYY");	/* pasted, or typed before the page was there */
	cr_expect_null(d.k.ask);
	cr_expect_eq(d.k.mode, KEYS_CONFIRM);
	cr_expect_str_eq(d.k.deed.field[DEED_REASON], "YYYY");
	d.w.ms += KEYS_SEEN_MS - 1;
	press(&d, 'Y');
	cr_expect_null(d.k.ask);
	d.w.ms += 1;
	press(&d, 'Y');
	cr_expect_not_null(d.k.ask);
	press(&d, 'Y');		/* and once */
	json_decref(keys_take(&d.k));
	press(&d, 'Y');
	cr_expect_null(d.k.ask);
	desk_free(&d);
}

static json_t *
line_of(const struct desk *d, const char *id)
{
	return (json_t *)view_item(d->lines, id);
}

Test(keys, what_was_chosen_stays_it_when_others_come)
{
	struct desk d = desk_new("attack");
	json_t *other = json_deep_copy(line_of(&d, "m31"));

	come_to_confirm(&d, "m30", 'w', "r");
	json_object_set_new(other, "id", json_string("m32"));
	json_array_insert_new(d.lines, 0, other);
	keys_lines(&d.k, d.lines);
	press(&d, 'Y');
	asked(&d, "{\"command\":\"withdraw\",\"reason\":\"r\",\"what\":\"m30\"}");
	desk_free(&d);
}

Test(keys, what_has_ended_or_changed_is_left_alone)
{
	static const struct { const char *id, *key; int press; const char *say; } rows[] = {
		{ "m30", NULL, 'w', "m30 has ended or is no longer on the screen" },
		{ "m30", "rule", 'w', "m30 has changed since you pressed the key" },
		{ "m30", "owner", 'e', "m30 has changed" },
		{ "m30", "upstreams", 'w', "m30 has changed" },
		{ "a3", "state", 'a', "a3 has changed" },
		{ "a3", "via", 'a', "a3 has changed" },
		{ "a3", "rule", 'd', "a3 has changed" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct desk d = desk_new("attack");
		json_t *was, *lines;
		size_t at = 0;

		come_to_confirm(&d, rows[i].id, rows[i].press, "r");
		was = line_of(&d, rows[i].id);
		lines = json_copy(d.lines);	/* the daemon's next answer */
		while (json_array_get(lines, at) != was)
			at++;
		if (rows[i].key == NULL) {
			json_array_remove(lines, at);
		} else {
			json_t *is = json_deep_copy(was);

			json_object_set_new(is, rows[i].key, json_array());
			json_array_set_new(lines, at, is);
		}
		json_decref(d.lines);
		d.w.lines = d.lines = lines;
		keys_lines(&d.k, lines);
		shows(&d, rows[i].say);
		press(&d, 'Y');
		cr_expect_null(d.k.ask, "row %zu", i);
		cr_expect_eq(d.k.mode, KEYS_LIST);
		cr_expect_not_null(strstr(d.k.note, "Nothing was done"));
		desk_free(&d);
	}
}

Test(keys, an_end_that_moves_is_no_change)
{
	struct desk d = desk_new("attack");

	come_to_confirm(&d, "m31", 'w', "r");
	d.lines = json_deep_copy(d.w.lines);
	json_object_set_new(line_of(&d, "m31"), "until", json_string("2026-11-23T04:00:00.000Z"));
	json_decref((json_t *)d.w.lines);
	d.w.lines = d.lines;
	press(&d, 'Y');
	cr_expect_not_null(d.k.ask);
	desk_free(&d);
}

Test(keys, nothing_is_done_while_nobody_answers)
{
	struct desk d = desk_new("attack");

	come_to_confirm(&d, "m31", 'w', "r");
	d.w.current = false;
	shows(&d, "the daemon does not answer");
	press(&d, 'Y');
	cr_expect_null(d.k.ask);
	press(&d, 'w');
	cr_expect_eq(d.k.mode, KEYS_LIST);
	cr_expect_not_null(strstr(d.k.note, "does not answer"));
	for (unsigned i = 0; i < 10; i++)	/* it is back */
		keys_lines(&d.k, d.lines);
	cr_expect_str_eq(d.k.note, "");
	desk_free(&d);
}

Test(keys, keys_are_about_what_they_fit)
{
	struct desk d = desk_new("attack");

	choose(&d, "i4");
	press(&d, 'w');		/* of an attack: what answers it */
	shows(&d, "WITHDRAW m17?");
	press(&d, KEYS_ESC);
	cr_expect_str_eq(d.k.note, "Nothing was done.");
	choose(&d, "i5");
	press(&d, 'w');		/* and nothing does */
	cr_expect_eq(d.k.mode, KEYS_LIST);
	cr_expect_not_null(strstr(d.k.note, "first choose an announcement"));
	choose(&d, "m31");
	press(&d, 'a');
	cr_expect_not_null(strstr(d.k.note, "first choose a question"));
	press(&d, 'z');
	cr_expect_not_null(strstr(d.k.note, "this key does nothing"));
	choose(&d, "!1");
	press(&d, 'w');
	cr_expect_eq(d.k.mode, KEYS_LIST);
	press(&d, KEYS_ENTER);
	shows(&d, "This is Example Collective, AS 64500");
	press(&d, KEYS_ESC);
	cr_expect_eq(d.k.mode, KEYS_LIST);
	press(&d, '?');
	shows(&d, "capital Y");
	shows(&d, "'seawall list' has them all");
	press(&d, 'q');
	cr_expect_eq(d.k.mode, KEYS_LIST, "q leaves a page first");
	press(&d, 'q');
	cr_expect_eq(d.k.mode, KEYS_QUIT);
	desk_free(&d);
}

Test(keys, show_asks_and_can_be_left)
{
	struct desk d = desk_new("attack");
	json_t *answer;

	choose(&d, "i4");
	press(&d, KEYS_ENTER);
	asked(&d, "{\"command\":\"show\",\"what\":\"i4\"}");
	press(&d, KEYS_ESC);
	cr_expect_eq(d.k.mode, KEYS_LIST);
	keys_answer(&d.k, CLI_DONE, d.lines, "", d.w.now);
	cr_expect_eq(d.k.mode, KEYS_LIST, "an answer that nobody waits for changes nothing");
	press(&d, KEYS_ENTER);
	json_decref(keys_take(&d.k));
	answer = json_pack("[O]", line_of(&d, "i4"));
	keys_answer(&d.k, CLI_DONE, answer, "", d.w.now);
	json_decref(answer);
	shows(&d, "i4: attack on 192.0.2.80");
	d.w.scroll_most = 3;
	press(&d, ' ');
	cr_expect_eq(d.k.scroll, 3);
	press(&d, 'k');
	cr_expect_eq(d.k.scroll, 2);
	desk_free(&d);
}

/* Nobody chose by hand: what is selected follows what is most important. */
Test(keys, a_page_bears_the_name_of_what_was_asked)
{
	struct desk d = desk_new("ending");
	json_t *more;

	json_object_set_new(json_array_get(d.lines, 0), "dry_run", json_false());
	keys_lines(&d.k, d.lines);
	cr_assert_str_eq(d.k.selected, "i2");
	press(&d, KEYS_ENTER);
	asked(&d, "{\"command\":\"show\",\"what\":\"i2\"}");
	more = json_pack("{s:s, s:s, s:s}", "type", "approval", "id", "a1", "state", "waiting");
	json_array_insert_new(d.lines, 1, more);
	keys_lines(&d.k, d.lines);
	cr_expect_str_eq(d.k.selected, "a1");
	title_is(&d, "ASKING THE DAEMON");
	shows(&d, "i2");
	keys_answer(&d.k, CLI_DONE, d.lines, "", d.w.now);
	title_is(&d, "i2");
	desk_free(&d);
}

Test(keys, outcomes_say_what_became_of_it)
{
	struct desk d = desk_new("attack");

	come_to_confirm(&d, "m31", 'w', "r");
	press(&d, 'Y');
	json_decref(keys_take(&d.k));
	press(&d, KEYS_ESC);
	cr_expect_eq(d.k.mode, KEYS_ASKING, "its outcome is waited for");
	keys_answer(&d.k, CLI_REFUSED, NULL, "Vera is a viewer", d.w.now);
	shows(&d, "NOT DONE");
	shows(&d, "Vera is a viewer");
	press(&d, KEYS_ENTER);
	come_to_confirm(&d, "m31", 'w', "r");
	press(&d, 'Y');
	json_decref(keys_take(&d.k));
	keys_answer(&d.k, CLI_UNREACHABLE, NULL, "the daemon did not answer for 30 seconds",
	    d.w.now);
	shows(&d, "It is not known whether it was done");
	desk_free(&d);
}

Test(keys, letters_of_all_kinds_can_be_typed)
{
	static const int word[] = { 'D', 0xed, 'a', ' ', 0x20ac, 0x1f4fb, 0x7f, 0x9b, 0xd800, 27 };
	struct desk d = desk_new("attack");

	choose(&d, "m31");
	press(&d, 'w');
	for (size_t i = 0; i < sizeof(word) / sizeof(*word); i++)
		press(&d, word[i]);
	cr_expect_str_eq(d.k.deed.field[DEED_REASON], "Día €📻");
	press(&d, KEYS_RUBOUT);
	press(&d, KEYS_RUBOUT);
	cr_expect_str_eq(d.k.deed.field[DEED_REASON], "Día ");
	for (unsigned i = 0; i < 1000; i++)
		press(&d, 0xed);
	cr_expect_lt(strlen(d.k.deed.field[DEED_REASON]), REASON_LEN);
	desk_free(&d);
}

Test(keys, what_goes_gives_way_to_its_neighbour)
{
	struct desk d = desk_new("attack");
	json_t *line;

	choose(&d, "i6");
	for (size_t i = json_array_size(d.lines); i > 0; i--) {
		line = json_array_get(d.lines, i - 1);
		if (json_object_get(line, "id") != NULL &&
		    strcmp(json_string_value(json_object_get(line, "id")), "i6") == 0)
			json_array_remove(d.lines, i - 1);
	}
	keys_lines(&d.k, d.lines);
	cr_expect_str_eq(d.k.selected, "i7");
	desk_free(&d);
	d = desk_new("calm");
	cr_expect_str_eq(d.k.selected, "");
	press(&d, 'j');
	press(&d, KEYS_ENTER);
	press(&d, 'w');
	cr_expect_eq(d.k.mode, KEYS_LIST);
	desk_free(&d);
}
