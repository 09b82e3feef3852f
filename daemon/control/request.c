/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/request.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/scope.h"

#define FOR_MAX_S 31536000.0	/* a year: more is a slip of the hand */
#define RATE_MAX_BPS 1e15
#define DSCP_MAX 63
#define FIELDS_ACTION (FIELD_RATE | FIELD_REDIRECT | FIELD_MARK | FIELD_SAMPLE | FIELD_TERMINAL)

struct row {
	const char *name;
	bool acts;
	unsigned needs, takes;
};

#define COMMAND_ROW(id, name, acts, needs, takes) { name, acts, needs, takes },
static const struct row rows[COMMAND_N] = { COMMANDS(COMMAND_ROW) };

#define FIELD_KEY(id, key) key,
static const char *const keys[FIELD_N] = { FIELDS(FIELD_KEY) };

const char *
command_name(enum command c)
{
	return rows[c].name;
}

bool
command_acts(enum command c)
{
	return rows[c].acts;
}

static int
command_find(enum command *ret, const char *name)
{
	for (unsigned i = 0; i < COMMAND_N; i++) {
		if (strcmp(rows[i].name, name) == 0) {
			*ret = (enum command)i;
			return 0;
		}
	}
	return -ENOENT;
}

/* No control characters, neither C0 nor C1 (in UTF-8: C2 80..9F): it goes to terminals and logs. */
static bool
printable(const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
			return false;
	return true;
}

static int
take_text(char *ret, size_t size, const json_t *v, const char *key, struct diag *reterr)
{
	const char *s = json_string_value(v);

	if (s == NULL)
		return diag_set(reterr, -EINVAL, _("'%s' must be text"), key);
	if (json_string_length(v) != strlen(s) || !printable(s))
		return diag_set(reterr, -EINVAL, _("'%s' holds a control character"), key);
	if (strlen(s) >= size)
		return diag_set(reterr, -EINVAL, _("'%s' is longer than %zu bytes"), key, size - 1);
	memcpy(ret, s, strlen(s) + 1);
	return 0;
}

static int
take_flag(bool *ret, const json_t *v, const char *key, struct diag *reterr)
{
	if (!json_is_boolean(v))
		return diag_set(reterr, -EINVAL, _("'%s' must be true or false"), key);
	*ret = json_is_true(v);
	return 0;
}

static int
take_number(double *ret, const json_t *v, const char *key, double max, struct diag *reterr)
{
	double n = json_number_value(v);

	if (!json_is_number(v) || !isfinite(n) || n < 0 || n > max)
		return diag_set(reterr, -EINVAL, _("'%s' must be a number from 0 to %.0f"), key,
				max);
	*ret = n;
	return 0;
}

static int
take_redirect(struct redirect *ret, const json_t *v, struct diag *reterr)
{
	char text[REDIRECT_STRLEN];
	int err = take_text(text, sizeof(text), v, "redirect", reterr);

	if (err == 0 && redirect_parse(ret, text) != 0)
		err = diag_set(reterr, -EINVAL,
		    _("'redirect' must be AS:NUMBER, ADDRESS:NUMBER or an IPv4 address"));
	return err;
}

static int
take_via(struct request *q, const json_t *v, struct diag *reterr)
{
	size_t n = json_array_size(v);
	int err = 0;

	if (!json_is_array(v) || n == 0 || n > UPSTREAMS_MAX)
		return diag_set(reterr, -EINVAL, _("'via' must be a list of 1 to %d upstreams"),
				UPSTREAMS_MAX);
	for (size_t i = 0; i < n && err == 0; i++)
		err = take_text(q->via[i], sizeof(q->via[i]), json_array_get(v, i), "via", reterr);
	q->via_n = (unsigned)n;
	return err;
}

static int
take_target(struct request *q, const json_t *v, struct diag *reterr)
{
	char text[PREFIX_STRLEN];
	int err = take_text(text, sizeof(text), v, "target", reterr);

	if (err != 0)
		return err;
	err = prefix_parse(&q->target, text);
	if (err == -EDOM)
		return diag_set(reterr, -EINVAL,
				_("%s has bits set beyond its length: which network is meant?"),
				text);
	if (err != 0)
		return diag_set(reterr, -EINVAL, _("'%s' is neither an address nor a prefix"),
				text);
	return 0;
}

static int
take_for(struct request *q, const json_t *v, struct diag *reterr)
{
	double seconds;
	int err = take_number(&seconds, v, "for", FOR_MAX_S, reterr);

	if (err == 0 && seconds < 1)
		err = diag_set(reterr, -EINVAL, _("'for' must be at least one second"));
	if (err == 0)
		q->for_ms = (int64_t)llround(seconds * 1000);
	return err;
}

/* "flowspec" is said by a match alone. */
static int
take_kind(enum rule_kind *ret, const json_t *v, struct diag *reterr)
{
	const char *name = json_string_value(v);
	enum rule_kind k;

	if (name == NULL || !rule_kind_find(&k, name) || k == RULE_FLOWSPEC)
		return diag_set(reterr, -EINVAL, _("'kind' must be rtbh, divert or source-rtbh"));
	*ret = k;
	return 0;
}

static int
take_lang(struct request *q, const json_t *v, struct diag *reterr)
{
	char text[8];
	int err = take_text(text, sizeof(text), v, "lang", reterr);

	if (err != 0)
		return err;
	if (strcmp(text, "en") != 0 && strcmp(text, "es") != 0)
		return diag_set(reterr, -EINVAL, _("'lang' must be en or es"));
	q->lang = text[1] == 's' ? LANG_ES : LANG_EN;
	return 0;
}

static int
take_field(struct request *q, unsigned field, const json_t *v, struct diag *reterr)
{
	switch ((enum field)(1u << field)) {
	case FIELD_LANG: return take_lang(q, v, reterr);
	case FIELD_TARGET: return take_target(q, v, reterr);
	case FIELD_MATCH: return take_text(q->match, sizeof(q->match), v, "match", reterr);
	case FIELD_RATE: return take_number(&q->rate_bps, v, "rate", RATE_MAX_BPS, reterr);
	case FIELD_VIA: return take_via(q, v, reterr);
	case FIELD_FOR: return take_for(q, v, reterr);
	case FIELD_REASON: return take_text(q->reason, sizeof(q->reason), v, "reason", reterr);
	case FIELD_DRY_RUN: return take_flag(&q->dry_run, v, "dry_run", reterr);
	case FIELD_WHAT: return take_text(q->what, sizeof(q->what), v, "what", reterr);
	case FIELD_ALL: return take_flag(&q->all, v, "all", reterr);
	case FIELD_KIND: return take_kind(&q->kind, v, reterr);
	case FIELD_REDIRECT: return take_redirect(&q->redirect, v, reterr);
	case FIELD_MARK: return take_number(&q->mark, v, "mark", DSCP_MAX, reterr);
	case FIELD_SAMPLE: return take_flag(&q->sample, v, "sample", reterr);
	case FIELD_REPLACE: return take_text(q->what, sizeof(q->what), v, "replace", reterr);
	case FIELD_SETTINGS:
		return take_text(q->settings, sizeof(q->settings), v, "settings", reterr);
	case FIELD_TERMINAL: return take_flag(&q->terminal, v, "terminal", reterr);
	}
	return -EINVAL;
}

static int
take_fields(struct request *q, const json_t *j, struct diag *reterr)
{
	unsigned allowed = rows[q->command].needs | rows[q->command].takes | FIELD_LANG, f;
	const char *key;
	const json_t *v;
	int err = 0;

	json_object_foreach((json_t *)j, key, v) {
		if (strcmp(key, "command") == 0)
			continue;
		for (f = 0; f < FIELD_N && strcmp(key, keys[f]) != 0; f++)
			continue;
		if (f == FIELD_N || (allowed & 1u << f) == 0)
			return diag_set(reterr, -EINVAL, _("'%s' is not a field of the command %s"),
					printable(key) && strlen(key) < WHAT_LEN ? key : "?",
					rows[q->command].name);
		err = take_field(q, f, v, reterr);
		if (err != 0)
			return err;
		q->given |= 1u << f;
	}
	return 0;
}

/* What the rows cannot say. */
static int
check_whole(const struct request *q, struct diag *reterr)
{
	unsigned missing = rows[q->command].needs & ~q->given;

	for (unsigned f = 0; f < FIELD_N; f++)
		if (missing & 1u << f)
			return diag_set(reterr, -EINVAL, _("%s needs '%s'"), rows[q->command].name,
					keys[f]);
	if ((rows[q->command].needs & FIELD_REASON) && q->reason[0] == '\0')
		return diag_set(reterr, -EINVAL, _("the reason is empty: the record needs one"));
	if (q->command == COMMAND_WITHDRAW && q->all == ((q->given & FIELD_WHAT) != 0))
		return diag_set(reterr, -EINVAL,
				_("withdraw takes either an id, a target or 'all'"));
	if (q->command == COMMAND_APPROVE &&
	    (strcmp(q->what, "config") == 0) != ((q->given & FIELD_SETTINGS) != 0))
		return diag_set(reterr, -EINVAL,
		    _("only the configuration is approved by its hash ('settings'), and always so"));
	if ((q->given & FIELD_KIND) && (q->given & FIELD_MATCH))
		return diag_set(reterr, -EINVAL,
		    _("a route of a 'kind' takes everything: it has no match"));
	if ((q->given & FIELD_RATE) && !(q->given & FIELD_MATCH))
		return diag_set(reterr, -EINVAL,
				_("a rate needs a match: a blackhole drops everything"));
	if ((q->given & FIELDS_ACTION) && !(q->given & FIELD_MATCH))
		return diag_set(reterr, -EINVAL,
		    _("what happens to packets needs a match: a blackhole drops everything"));
	if ((q->given & FIELD_MARK) && q->mark != floor(q->mark))
		return diag_set(reterr, -EINVAL, _("'mark' must be a whole number"));
	return 0;
}

int
request_parse(struct request *ret, const char *line, size_t len, struct diag *reterr)
{
	json_error_t at;
	json_t *j = json_loadb(line, len, JSON_REJECT_DUPLICATES, &at);
	const char *name = json_string_value(json_object_get(j, "command"));
	struct request q = { .lang = LANG_EN };
	enum lang before = lang_get();
	int err = 0;

	if (!json_is_object(j))
		err = diag_set(reterr, -EINVAL, _("the request is not a JSON object on one line"));
	else if (name == NULL)
		err = diag_set(reterr, -EINVAL, _("the request names no command"));
	else if (command_find(&q.command, name) != 0)
		err = diag_set(reterr, -EINVAL, _("the request's command is not known"));
	/* What is wrong with it is said in its own language. */
	if (err == 0 && take_lang(&q, json_object_get(j, "lang"), NULL) == 0)
		lang_set(q.lang);
	if (err == 0)
		err = take_fields(&q, j, reterr);
	if (err == 0)
		err = check_whole(&q, reterr);
	if (err == 0)
		*ret = q;
	lang_set(before);
	json_decref(j);
	return err;
}

int
request_rule(struct rule *ret, const struct request *q, struct diag *reterr)
{
	struct rule r = { .kind = q->kind, .dst = q->target };
	int err = 0;

	if (q->given & FIELD_MATCH) {
		r.kind = RULE_FLOWSPEC;
		r.rate_bps = q->rate_bps;
		/* without a rate, and with something else to do, nothing is dropped */
		if (!(q->given & FIELD_RATE) && (q->given & FIELDS_ACTION))
			r.rate_bps = RULE_NO_RATE;
		r.redirect = q->redirect;
		r.has_mark = (q->given & FIELD_MARK) != 0;
		r.mark = (uint8_t)q->mark;
		r.sample = q->sample;
		r.terminal = q->terminal;
		err = rule_parse_match(&r, q->match, reterr);
	}
	if (err == 0)
		err = rule_canon(&r, reterr);
	if (err == 0)
		*ret = r;
	return err != 0 ? -EINVAL : 0;
}

/* "transit-a:abroad" */
static int
take_place(const char *text, const struct settings *s, unsigned *ret_upstream, unsigned *ret_scope,
	   struct diag *reterr)
{
	char name[NAME_MAX_LEN], known[512];
	const char *scope = scope_split(text, name);
	int u = settings_upstream(s, name);
	unsigned n = u >= 0 && scope != NULL ? scope_find(&s->upstreams[u].profile, scope)
					     : SCOPE_EVERYWHERE;

	if (u < 0)
		return diag_set(reterr, -EINVAL, _("'%s' is not an upstream; there are: %s"), name,
				settings_via_str(s, UINT32_MAX, known, sizeof(known)));
	if (scope != NULL && n == SCOPE_EVERYWHERE)
		return diag_set(reterr, -EINVAL,
		    _("%1$s offers no part of the world called '%2$s'; its profile has: %3$s"),
		    name, scope, scope_list(&s->upstreams[u].profile, known, sizeof(known)));
	*ret_upstream = (unsigned)u;
	*ret_scope = n;
	return 0;
}

int
request_via(uint32_t *ret, uint64_t *ret_scopes, const struct request *q, const struct settings *s,
	    struct diag *reterr)
{
	uint64_t scopes = 0;
	uint32_t via = 0;

	for (unsigned i = 0; i < q->via_n; i++) {
		unsigned u, scope;
		int err = take_place(q->via[i], s, &u, &scope, reterr);

		if (err != 0)
			return err;
		if ((via >> u & 1) && scope_at(scopes, u) != scope)
			return diag_set(reterr, -EINVAL,
			    _("'via' names %s twice, for different parts of the world"),
			    s->upstreams[u].name);
		via |= 1u << u;
		scopes = scope_set(scopes, u, scope);
	}
	*ret = via;
	*ret_scopes = scopes;
	return 0;
}
