/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/keep.h"

void
story_free(struct story *s)
{
	if (s == NULL)
		return;
	keep_fini(s->keep);
	free(s->keep);
	free(s);
}

void
story_believe(struct story *s, const struct provenance *found)
{
	struct provenance *p = &s->log;

	p->checked = true;
	p->ok = found->ok;
	p->records = found->records;
	p->signed_n = found->signed_n;
	p->first_bad = found->first_bad;
	memcpy(p->root, found->root, sizeof(p->root));
	memcpy(p->key, found->key, sizeof(p->key));
	memcpy(p->why, found->why, sizeof(p->why));
	p->note = keep_str(s->keep, found->note);
}

bool
story_unwatched(const struct story *s)
{
	if (s->last.ms == 0 || s->view != STORY_COMMITTEE)
		return s->last.ms == 0 || s->unwatched;
	return s->made.ms - s->last.ms > STORY_UNWATCHED_MS;
}

unsigned
story_kind_count(const struct story *s, enum measure_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->measures_n; i++)
		n += s->measures[i].kind == kind;
	return n;
}

const struct attack *
story_attack(const struct story *s, const char *id)
{
	for (unsigned i = 0; i < s->attacks_n; i++)
		if (strcmp(s->attacks[i].id, id) == 0)
			return &s->attacks[i];
	return NULL;
}

const struct measure *
story_measure(const struct story *s, const char *id)
{
	for (unsigned i = 0; i < s->measures_n; i++)
		if (strcmp(s->measures[i].id, id) == 0)
			return &s->measures[i];
	return NULL;
}

const char *
story_upstream(const struct story *s, unsigned upstream, char buf[static NAME_MAX_LEN])
{
	if (upstream >= UPSTREAMS_MAX)
		buf[0] = '\0';
	else if (upstream < s->upstreams_n && s->upstreams[upstream].name[0] != '\0')
		snprintf(buf, NAME_MAX_LEN, "%s", s->upstreams[upstream].name);
	else
		snprintf(buf, NAME_MAX_LEN, _("provider %u"), upstream + 1);
	return buf;
}

const char *
both_in(struct both b)
{
	return lang_get() == LANG_ES && b.es[0] != '\0' ? b.es : b.en;
}

const char *
measure_words(enum measure_kind k)
{
	static const char *const words[MEASURE_KINDS] = {
		[MEASURE_LIMIT] = N_("limit a part of the traffic"),
		[MEASURE_DROP] = N_("drop a part of the traffic"),
		[MEASURE_SOURCE] = N_("drop what one sender sends"),
		[MEASURE_DIVERT] = N_("send the traffic through cleaning"),
		[MEASURE_OTHER] = N_("mark or look at traffic"),
		[MEASURE_PARTLY] = N_("take the address off the net in a part of the world"),
		[MEASURE_HOLE] = N_("take the address off the net"),
	};

	return _(words[k]);
}

const char *
affect_words(enum affect how)
{
	static const char *const words[AFFECT_KINDS] = {
		[AFFECT_CUT] = N_("could not be reached"),
		[AFFECT_FILTERED] = N_("a part of its traffic was dropped or limited"),
		[AFFECT_DIVERTED] = N_("its traffic took the way through cleaning"),
	};

	return _(words[how]);
}

const char *
wrong_words(enum wrong w)
{
	static const char *const words[WRONG_KINDS] = {
		[WRONG_ALARM] = N_("taken for an attack, and it was none"),
		[WRONG_RULE] =
		    N_("a rule that did not take what it was to take, and was withdrawn"),
		[WRONG_RELEASE] = N_("lifted too early: the attack came back"),
		[WRONG_OVERRULED] = N_("a person said no, or took it back"),
		[WRONG_UNNEEDED] = N_("not needed as long as it stood"),
		[WRONG_REFUSED] = N_("asked for, and our own router did not take it"),
	};

	return _(words[w]);
}
