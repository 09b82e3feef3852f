/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When the copy of bird.conf is made, and when BIRD is given it.  It is made of what parses, by
 * BIRD's own word; it is given when BIRD refuses a change because of lines that are not ours.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bird/goodconf.h"
#include "bird/internal.h"

#define NAMED "Reading configuration from "

void
copy_named(struct bird *b, const char *text)
{
	size_t n = strlen(NAMED);

	/* the copy's own name is not the operator's */
	if (!b->tx.copied && strncmp(text, NAMED, n) == 0)
		snprintf(b->copy.conf, sizeof(b->copy.conf), "%s", text + n);
}

static void
say_why(struct bird *b, const struct diag *why)
{
	char say[SAY_LEN];

	diag_str(why, say, sizeof(say));
	if (strcmp(say, b->copy.why) == 0)
		return;
	memcpy(b->copy.why, say, sizeof(b->copy.why));
	b->events->state(b->ctx, b->index);
}

static void
is_good(struct bird *b)
{
	bool news = b->copy.why[0] != '\0' || b->copy.made.ms == 0;

	b->copy.refused = 0;
	b->copy.look = (struct repair){ 0 };
	goodconf_renew(b->router->fragment);
	b->copy.made = clock_now().wall;
	b->copy.why[0] = '\0';
	if (news)
		b->events->state(b->ctx, b->index);
}

/* Whoever may not read bird.conf any more, or is not in it any more, has no use for what it was. */
static void
forget(struct bird *b)
{
	char name[PATH_MAX];

	unlink(goodconf_name(name, b->router->fragment, false));
	b->copy.made.ms = 0;
}

/* FNV-1a: is it the text that BIRD refused before? */
static uint64_t
sum(const struct text *t)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < t->len; i++)
		h = (h ^ (unsigned char)t->s[i]) * UINT64_C(1099511628211);
	return h;
}

/* What it refused it is shown again less and less often, unless it reads otherwise by now. */
static bool
may_look(struct bird *b, const struct text *text)
{
	b->copy.looked = sum(text);
	return b->copy.looked != b->copy.refused || repair_due(&b->copy.look, clock_now().mono);
}

/* BIRD may only look at a text that is already there; it becomes the copy when BIRD likes it. */
static void
look(struct bird *b)
{
	char name[PATH_MAX], command[PATH_MAX + 32];
	const char *fragment = b->router->fragment;
	struct goodconf_access access;
	struct diag why = { 0 };
	struct text text;
	int err;

	text_init(&text, GOODCONF_MAX);
	err = goodconf_flatten(&text, &access, b->copy.conf, fragment, &why);
	if (err == 0 && goodconf_is(fragment, &text, &access)) {
		is_good(b);
	} else if (err == 0 && may_look(b, &text)) {
		err = goodconf_put(fragment, &text, &access, &why);
		snprintf(command, sizeof(command), "configure check \"%s\"",
		    goodconf_name(name, fragment, true));
		if (err == 0)
			bird_send(b, STEP_COPY, command);
	}
	if (err == -EACCES || err == -EPERM)
		forget(b);
	/*
	 * our include stands at its end: half of a bird.conf has none, and that is what the copy is
	 * for
	 */
	if (err == -ENOLINK)
		bird_send(b, STEP_LEFT_OUT, "configure check");
	if (err != 0)
		say_why(b, &why);
	text_fini(&text);
}

/* A bird.conf that is whole, and that we are not in. */
void
copy_left_out(struct bird *b, unsigned code)
{
	if (code == 20)
		forget(b);
}

void
copy_checked(struct bird *b, unsigned code, const char *text)
{
	char try[PATH_MAX], name[PATH_MAX];
	struct diag why;

	goodconf_name(try, b->router->fragment, true);
	goodconf_name(name, b->router->fragment, false);
	if (code == 20 && rename(try, name) == 0) {
		b->copy.give = (struct repair){ 0 };
		is_good(b);
		return;
	}
	if (code == 20) {
		diag_at(&why, -errno, name, 0, "%s", strerror(errno));
	} else {
		diag_set(&why, -EINVAL, "BIRD refuses the copy: %s", text);
		if (b->copy.refused != b->copy.looked)
			b->copy.look = (struct repair){ 0 };
		b->copy.refused = b->copy.looked;
		repair_tried(&b->copy.look, clock_now().mono);
	}
	unlink(try);
	say_why(b, &why);
}

bool
copy_can_help(const struct bird *b)
{
	const struct transaction *t = &b->tx;

	return !t->copied && !b->dry_run && goodconf_fresh(b->router->fragment) &&
	       (t->asked || repair_due(&b->copy.give, clock_now().mono));
}

/* Reconcile tries it again later and later; who asks for something has his try. */
void
copy_refused(struct bird *b)
{
	repair_tried(&b->copy.give, clock_now().mono);
}

void
copy_used(struct bird *b, bool used, const char *words)
{
	bool news = b->copy.in_use != used || !b->copy.known;

	b->copy.in_use = used;
	b->copy.known = true;
	if (used)
		b->copy.give = (struct repair){ 0 };
	if (used)
		goodconf_renew(b->router->fragment);
	snprintf(b->copy.say, sizeof(b->copy.say), "%s", used ? words : "");
	if (news)
		b->events->state(b->ctx, b->index);
}

/*
 * Level-triggered, as all of reconcile: a restart of ours forgets nothing, and an operator who
 * configures by hand is seen.  Then whether bird.conf is whole again; else, whether our copy of it
 * is up to date.
 */
void
copy_ran(struct bird *b, unsigned code)
{
	b->copy.runs = code == 23;
	if (b->copy.conf[0] == '\0' || b->copy.runs) {
		bird_send(b, STEP_MENDED, "configure check");
		return;
	}
	copy_used(b, false, "");
	look(b);
}

void
copy_mended(struct bird *b, unsigned code, const char *text)
{
	if (code == 20 && b->copy.runs)
		b->work |= WORK_APPLY;
	else
		copy_used(b, b->copy.runs, text);
	bird_kick(b);
}

struct bird_conf
bird_conf(const struct bird *b)
{
	return (struct bird_conf){ .path = b->copy.conf,
		.copied = b->copy.made,
		.why = b->copy.why,
		.known = b->copy.known,
		.in_use = b->copy.in_use,
		.say = b->copy.say };
}
