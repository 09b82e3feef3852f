/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/action.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_MAX 1e15		/* bit/s; more is no limit, and must not become infinity */
#define CALL "sw_fs_"
#define NUMBERS_MAX 2

/* RFC 8955 7.3: the two lowest bits of the traffic-action community. */
enum { ACT_TERMINAL = 1, ACT_SAMPLE = 2 };

enum call {
	DROP,
	RATE,
	REDIRECT_AS_2,
	REDIRECT_IP_4,
	REDIRECT_AS_4,
	REDIRECT_TO_IP,
	MARK,
	ACT,
	CALLS
};

static const struct {
	const char *name;
	unsigned numbers;
} calls[CALLS] = {
	[DROP] = { CALL "drop", 0 },
	[RATE] = { CALL "rate", 1 },
	[REDIRECT_AS_2] = { CALL "redirect_as", 2 },
	[REDIRECT_IP_4] = { CALL "redirect_ip", 2 },
	[REDIRECT_AS_4] = { CALL "redirect_as4", 2 },
	[REDIRECT_TO_IP] = { CALL "redirect_to", 2 },
	[MARK] = { CALL "mark", 1 },
	[ACT] = { CALL "act", 1 },
};

/* IEEE-754 bits of bytes per second: RFC 8955 7.1. */
static uint32_t
rate_bits(double rate_bps)
{
	float bytes = (float)(rate_bps < RATE_MAX ? rate_bps / 8 : RATE_MAX / 8);
	uint32_t bits;

	memcpy(&bits, &bytes, sizeof(bits));
	return bits;
}

static enum call
redirect_call(const struct redirect *r)
{
	return (enum call)(REDIRECT_AS_2 + (r->form - REDIRECT_AS2));
}

/* Behind the type, which the macro says. */
static void
redirect_numbers(const struct redirect *r, uint32_t ret[NUMBERS_MAX])
{
	redirect_words(r, &ret[0], &ret[1]);
	ret[0] &= UINT16_MAX;
}

static uint32_t
act_bits(const struct rule *r)
{
	return (r->terminal ? ACT_TERMINAL : 0) | (r->sample ? ACT_SAMPLE : 0);
}

void
action_text(struct text *out, const struct rule *r)
{
	uint32_t to[NUMBERS_MAX];

	if (r->rate_bps == 0)
		text_printf(out, " %s();", calls[DROP].name);
	else if (!isinf(r->rate_bps))
		text_printf(out, " %s(0x%08x);", calls[RATE].name, rate_bits(r->rate_bps));
	if (r->redirect.form != REDIRECT_NONE) {
		redirect_numbers(&r->redirect, to);
		text_printf(out, " %s(0x%04x,0x%08x);", calls[redirect_call(&r->redirect)].name,
		    to[0], to[1]);
	}
	if (r->has_mark)
		text_printf(out, " %s(%u);", calls[MARK].name, r->mark);
	if (act_bits(r) != 0)
		text_printf(out, " %s(%u);", calls[ACT].name, act_bits(r));
}

struct said {
	enum call call;
	uint32_t numbers[NUMBERS_MAX];
};

/* One number as action_text() writes them; returns where it ends, or NULL. */
static const char *
number(const char *p, uint32_t *ret)
{
	bool hex = strncmp(p, "0x", 2) == 0;
	unsigned long long n;
	char *end;

	if (!hex && (*p < '0' || *p > '9'))
		return NULL;
	n = strtoull(p, &end, hex ? 16 : 10);
	if (n > UINT32_MAX || end == p)
		return NULL;
	*ret = (uint32_t)n;
	return end;
}

/* Returns where it ends, or NULL. */
static const char *
read_call(const char *p, struct said *ret)
{
	size_t n = strcspn(p, "(");
	unsigned k = 0;

	while (k < CALLS && !(strlen(calls[k].name) == n && memcmp(calls[k].name, p, n) == 0))
		k++;
	if (k == CALLS || p[n] != '(')
		return NULL;
	*ret = (struct said){ .call = (enum call)k };
	p += n + 1;
	for (unsigned i = 0; i < calls[k].numbers; i++) {
		if (i > 0 && *p++ != ',')
			return NULL;
		p = number(p, &ret->numbers[i]);
		if (p == NULL)
			return NULL;
	}
	return strncmp(p, ");", 2) == 0 ? p + 2 : NULL;
}

unsigned
action_call_len(const char *text)
{
	struct said said;
	const char *end = read_call(text, &said);

	return end != NULL ? (unsigned)(end - text) : 0;
}

/* What the macro puts before the number. */
static uint32_t
redirect_type(enum call c)
{
	struct redirect r = { .form = (enum redirect_form)(REDIRECT_AS2 + (c - REDIRECT_AS_2)) };
	uint32_t high, low;

	redirect_words(&r, &high, &low);
	return high;
}

/* Into what a rule would say; false where it says a thing twice, or what no rule does. */
static bool
take(struct rule *r, uint32_t *ret_rate, const struct said *s)
{
	uint32_t n = s->numbers[0];
	float rate;

	switch (s->call) {
	case DROP:
	case RATE:
		memcpy(&rate, &n, sizeof(rate));
		if (!isinf(r->rate_bps) || !isfinite(rate) || rate < 0)
			return false;
		r->rate_bps = rate;
		*ret_rate = n;
		return true;
	case REDIRECT_AS_2:
	case REDIRECT_IP_4:
	case REDIRECT_AS_4:
	case REDIRECT_TO_IP:
		return r->redirect.form == REDIRECT_NONE && n <= UINT16_MAX &&
		    redirect_from_words(&r->redirect, redirect_type(s->call) | n, s->numbers[1]);
	case MARK:
		if (r->has_mark || n > 63)
			return false;
		r->has_mark = true;
		r->mark = (uint8_t)n;
		return true;
	case ACT:
		if (r->sample || r->terminal || n == 0 || n > (ACT_TERMINAL | ACT_SAMPLE))
			return false;
		r->sample = (n & ACT_SAMPLE) != 0;
		r->terminal = (n & ACT_TERMINAL) != 0;
		return true;
	case CALLS:
		break;
	}
	return false;
}

bool
action_says(const char *text, const struct rule *r)
{
	struct rule said = { .rate_bps = RULE_NO_RATE };
	uint32_t rate = 0;

	while (*text == ' ') {
		struct said s;

		text = read_call(text + 1, &s);
		if (text == NULL || !take(&said, &rate, &s))
			return false;
	}
	return *text == '\0' && isinf(said.rate_bps) == isinf(r->rate_bps) &&
	    (isinf(r->rate_bps) || rate == rate_bits(r->rate_bps)) &&
	    redirect_cmp(&said.redirect, &r->redirect) == 0 && said.has_mark == r->has_mark &&
	    said.mark == r->mark && act_bits(&said) == act_bits(r);
}
