/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/fragment.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/prefix.h"
#include "model/scope.h"

#define LOCK_STEP_MS 10
#define NOTE "# Shortened: "

const struct fragment_form fragment_forms[RULE_KINDS] = {
	[RULE_RTBH] = { " blackhole {", "sw_bh", "sw_bh_in" },
	[RULE_FLOWSPEC] = { " {", "sw_fs", NULL },
	[RULE_DIVERT] = { " unreachable {", "sw_dv", NULL },
	[RULE_SOURCE] = { " prohibit {", "sw_sr", NULL },
};

void
fragment_tag(struct text *out, enum rule_kind k, uint32_t number, unsigned scope)
{
	const struct fragment_form *form = &fragment_forms[k];

	if (scope != SCOPE_EVERYWHERE && form->macro_in != NULL)
		text_printf(out, " %s(%u, %u);", form->macro_in, number, scope);
	else
		text_printf(out, " %s(%u);", form->macro, number);
}

/* A reader of one terminated line; the first thing that does not stand there makes it bad. */
struct scan {
	const char *p;
	bool bad;
};

static bool
takes(struct scan *s, const char *what)
{
	size_t n = strlen(what);

	if (s->bad || strncmp(s->p, what, n) != 0)
		return false;
	s->p += n;
	return true;
}

static void
must(struct scan *s, const char *what)
{
	if (!takes(s, what))
		s->bad = true;
}

static uint64_t
number(struct scan *s, uint64_t max)
{
	unsigned long long v;
	char *end;

	if (s->bad || *s->p < '0' || *s->p > '9') {
		s->bad = true;
		return 0;
	}
	errno = 0;
	v = strtoull(s->p, &end, 10);
	s->bad = errno != 0 || v > max;
	s->p = end;
	return v;
}

/* Copies up to one of `stop`, which stays; an empty or too long word is bad. */
static void
word(struct scan *s, char *buf, size_t size, const char *stop)
{
	size_t n = s->bad ? 0 : strcspn(s->p, stop);

	if (n == 0 || n >= size) {
		s->bad = true;
		return;
	}
	memcpy(buf, s->p, n);
	buf[n] = '\0';
	s->p += n;
}

static void
add_tag(struct scan *s, struct fragment_tags *t, uint64_t number, uint64_t scope)
{
	if (t->n == UPSTREAMS_MAX) {
		s->bad = true;
		return;
	}
	t->scope[t->n] = (uint8_t)scope;
	t->number[t->n++] = (uint32_t)number;
}

/* A number above 0: what stands there without one is for everywhere. */
static uint64_t
scope(struct scan *s)
{
	uint64_t n = number(s, SCOPES_MAX);

	s->bad |= n == SCOPE_EVERYWHERE;
	return n;
}

static void
scan_network(struct scan *s, struct fragment_route *ret)
{
	bool flow = strncmp(s->p, "flow4 {", 7) == 0 || strncmp(s->p, "flow6 {", 7) == 0;
	struct prefix p;
	unsigned k = 0;

	word(s, ret->network, sizeof(ret->network) - 1, flow ? "}" : " ");
	if (s->bad)
		return;
	if (flow) {
		must(s, "}");
		strcat(ret->network, "}");
		must(s, fragment_forms[RULE_FLOWSPEC].open);
		ret->kind = RULE_FLOWSPEC;
		return;
	}
	while (k < RULE_KINDS && (k == RULE_FLOWSPEC || !takes(s, fragment_forms[k].open)))
		k++;
	s->bad = k == RULE_KINDS || prefix_parse(&p, ret->network) != 0;
	ret->kind = (enum rule_kind)k;
}

static bool
takes_macro(struct scan *s, const char *macro)
{
	struct scan ahead = *s;

	must(&ahead, macro);
	must(&ahead, "(");
	if (!ahead.bad)
		*s = ahead;
	return !ahead.bad;
}

static void
add_call(struct scan *s, struct fragment_route *ret)
{
	size_t have = strlen(ret->action), n = action_call_len(s->p);

	if (n == 0 || have + n + 2 > sizeof(ret->action)) {
		s->bad = true;
		return;
	}
	snprintf(ret->action + have, sizeof(ret->action) - have, " %.*s", (int)n, s->p);
	s->p += n;
}

static void
add_tag_in(struct scan *s, struct fragment_route *ret)
{
	uint64_t n = number(s, UINT32_MAX);

	must(s, ", ");
	add_tag(s, &ret->tags, n, scope(s));
}

static void
scan_actions(struct scan *s, struct fragment_route *ret)
{
	const struct fragment_form *form = &fragment_forms[ret->kind];
	bool flow = ret->kind == RULE_FLOWSPEC;

	while (!s->bad && !takes(s, " };")) {
		must(s, " ");
		if (takes_macro(s, form->macro)) {
			add_tag(s, &ret->tags, number(s, UINT32_MAX), SCOPE_EVERYWHERE);
			must(s, ");");
		} else if (form->macro_in != NULL && takes_macro(s, form->macro_in)) {
			add_tag_in(s, ret);
			must(s, ");");
		} else if (flow) {
			add_call(s, ret);
		} else {
			s->bad = true;
		}
	}
	if (ret->tags.n == 0 || flow != (ret->action[0] != '\0'))
		s->bad = true;
}

static void
scan_owner(struct scan *s, struct fragment_owner *o)
{
	char until[WALL_STRLEN] = "";

	o->id[0] = '\0';
	o->until.ms = 0;
	o->via.n = 0;
	word(s, o->id, sizeof(o->id), " ;\n");
	if (strspn(o->id, FRAGMENT_ID_CHARS) != strlen(o->id))
		s->bad = true;
	must(s, " until ");
	word(s, until, sizeof(until), " ;\n");
	if (!s->bad && wall_parse(&o->until, until) != 0)
		s->bad = true;
	if (!takes(s, " via "))
		return;
	do {
		uint64_t n = number(s, UINT32_MAX);

		add_tag(s, &o->via, n, takes(s, ":") ? scope(s) : SCOPE_EVERYWHERE);
	} while (takes(s, ","));
}

static void
scan_owners(struct scan *s, struct fragment_route *ret)
{
	must(s, " # ");
	do {
		if (ret->owners_n == FRAGMENT_OWNERS_MAX) {
			s->bad = true;
			return;
		}
		scan_owner(s, &ret->owners[ret->owners_n++]);
	} while (takes(s, "; "));
	if (*s->p != '\0')
		s->bad = true;
}

static bool
route_parse(struct fragment_route *ret, const char *line)
{
	struct scan s = { .p = line };

	/* not all of it: its lists have room for more than most lines are long */
	ret->kind = RULE_RTBH;
	ret->network[0] = ret->action[0] = '\0';
	ret->tags.n = ret->owners_n = 0;
	must(&s, "\troute ");
	scan_network(&s, ret);
	scan_actions(&s, ret);
	scan_owners(&s, ret);
	return !s.bad;
}

enum kind { FRAME, ROUTE, GENERATION };

static enum kind
kind_of(const char *line)
{
	line += strspn(line, " \t");
	if (strncmp(line, "route", 5) == 0)
		return ROUTE;
	return strncmp(line, "define SEAWALL_GEN", 18) == 0 ? GENERATION : FRAME;
}

static bool
generation_parse(uint64_t *ret, const char *line)
{
	struct scan s = { .p = line };

	must(&s, "define SEAWALL_GEN = ");
	*ret = number(&s, FRAGMENT_GENERATION_MAX);
	must(&s, ";");
	return !s.bad && *s.p == '\0';
}

uint64_t
fragment_generation_said(const char *words)
{
	struct scan s = { .p = words };
	uint64_t generation = number(&s, FRAGMENT_GENERATION_MAX);

	return s.bad || *s.p != '\0' ? 0 : generation;
}

struct lines {
	const char *p, *end;
	unsigned number;
	char line[FRAGMENT_LINE_MAX];
};

/* 1, 0 at the end, -EBADMSG. */
static int
line_next(struct lines *l, struct diag *reterr)
{
	size_t left = (size_t)(l->end - l->p), n;
	const char *end;

	if (left == 0)
		return 0;
	l->number++;
	end = memchr(l->p, '\n', left);
	if (end == NULL)
		return diag_at(reterr, -EBADMSG, "", l->number, "line %u is cut short", l->number);
	n = (size_t)(end - l->p);
	if (n >= sizeof(l->line) || memchr(l->p, '\0', n) != NULL)
		return diag_at(reterr, -EBADMSG, "", l->number, "line %u is too long, or not text",
		    l->number);
	memcpy(l->line, l->p, n);
	l->line[n] = '\0';
	l->p = end + 1;
	return 1;
}

/* The generation stands in the last line and nowhere else. */
int
fragment_generation(const char *text, size_t len, uint64_t *ret, struct diag *reterr)
{
	struct lines l = { .p = text, .end = text + len };
	uint64_t generation = 0;
	bool last = false;
	int more;

	while ((more = line_next(&l, reterr)) > 0) {
		if (last)
			break;
		if (kind_of(l.line) != GENERATION)
			continue;
		last = true;
		if (!generation_parse(&generation, l.line))
			return diag_set(reterr, -EBADMSG,
			    "line %u: expected \"define SEAWALL_GEN = N;\"", l.number);
	}
	if (more < 0)
		return more;
	if (!last)
		return diag_set(reterr, -EBADMSG,
		    "cut short: its last line, \"define SEAWALL_GEN = N;\", is missing");
	if (more > 0)
		return diag_set(reterr, -EBADMSG, "line %u: expected nothing after the generation",
		    l.number);
	*ret = generation;
	return 0;
}

int
fragment_parse(const char *text, size_t len, uint64_t *ret_generation, fragment_each *each,
    void *ctx, struct diag *reterr)
{
	struct lines l = { .p = text, .end = text + len };
	struct fragment_route route;
	uint64_t generation;
	int err = fragment_generation(text, len, &generation, reterr), more;

	while (err == 0 && (more = line_next(&l, reterr)) != 0) {
		if (more < 0)
			return more;
		if (kind_of(l.line) != ROUTE)
			continue;
		if (!route_parse(&route, l.line))
			err = diag_set(reterr, -EBADMSG, "line %u: not a route that Seawall writes",
			    l.number);
		else if (each != NULL)
			err = each(ctx, &route);
	}
	if (err == 0)
		*ret_generation = generation;
	return err;
}

bool
fragment_keep_current(void *ctx, const struct fragment_owner *o, const char *network)
{
	const wall_t *now = ctx;

	(void)network;
	return o->until.ms > now->ms;
}

/* The next line that is a route; false at the end and where it cannot be read. */
static bool
route_next(struct lines *l)
{
	while (line_next(l, NULL) > 0)
		if (kind_of(l->line) == ROUTE)
			return true;
	return false;
}

bool
fragment_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct lines x = { .p = a, .end = a + a_len }, y = { .p = b, .end = b + b_len };

	for (;;) {
		bool more = route_next(&x);

		if (route_next(&y) != more)
			return false;
		if (!more)
			return true;
		if (strcmp(x.line, y.line) != 0)
			return false;
	}
}

bool
fragment_holds(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct lines x = { .p = a, .end = a + a_len }, y = { .p = b, .end = b + b_len };

	while (route_next(&y))
		do {
			if (!route_next(&x))
				return false;
		} while (strcmp(x.line, y.line) != 0);
	return true;
}

/*
 * Does an owner who stays ask for this upstream, and where does it drop then?  Everywhere, if one
 * of them says so.
 */
static bool
still_wanted(const struct fragment_route *r, unsigned tag, uint8_t *ret_scope)
{
	bool wanted = false;

	for (unsigned o = 0; o < r->owners_n; o++) {
		const struct fragment_tags *via = &r->owners[o].via;

		if (via->n == 0) {	/* the whole line is its own */
			*ret_scope = r->tags.scope[tag];
			return true;
		}
		for (unsigned i = 0; i < via->n; i++) {
			if (via->number[i] != r->tags.number[tag])
				continue;
			if (!wanted || via->scope[i] == SCOPE_EVERYWHERE)
				*ret_scope = via->scope[i];
			wanted = true;
		}
	}
	return wanted;
}

/* Only the tags that an owner who stays asked for. */
static void
drop_tags(struct fragment_route *r)
{
	struct fragment_tags left = { 0 };

	for (unsigned i = 0; i < r->tags.n; i++)
		if (still_wanted(r, i, &left.scope[left.n]))
			left.number[left.n++] = r->tags.number[i];
	r->tags = left;
}

static void
route_print(struct text *out, const struct fragment_route *r)
{
	const struct fragment_form *form = &fragment_forms[r->kind];
	char buf[WALL_STRLEN];

	text_printf(out, "\troute %s%s", r->network, form->open);
	for (unsigned i = 0; i < r->tags.n; i++)
		fragment_tag(out, r->kind, r->tags.number[i], r->tags.scope[i]);
	if (r->kind == RULE_FLOWSPEC)
		text_add(out, r->action);
	text_add(out, " };");
	for (unsigned i = 0; i < r->owners_n; i++) {
		const struct fragment_owner *o = &r->owners[i];

		text_printf(out, "%s%s until %s", i == 0 ? " # " : "; ", o->id,
		    wall_str(o->until, buf));
		for (unsigned v = 0; v < o->via.n; v++) {
			text_printf(out, "%s%u", v == 0 ? " via " : ",", o->via.number[v]);
			if (o->via.scope[v] != SCOPE_EVERYWHERE)
				text_printf(out, ":%u", o->via.scope[v]);
		}
	}
	text_add(out, "\n");
}

static void
strip_route(struct text *out, const char *line, fragment_keep *keep, void *ctx,
    struct fragment_stripped *ret)
{
	struct fragment_route r;
	unsigned n = 0, before;

	if (!route_parse(&r, line)) {
		ret->unreadable++;
		return;
	}
	before = r.owners_n;
	for (unsigned i = 0; i < before; i++) {
		if (keep(ctx, &r.owners[i], r.network)) {
			r.owners[n++] = r.owners[i];
			continue;
		}
		ret->removed++;
		text_printf(&ret->ids, "%s%s", ret->ids.len > 0 ? " " : "", r.owners[i].id);
	}
	r.owners_n = n;
	ret->kept += n;
	if (n == before) {
		text_printf(out, "%s\n", line);
		return;
	}
	drop_tags(&r);
	/* without a tag no upstream is meant */
	if (n > 0 && r.tags.n > 0)
		route_print(out, &r);
}

int
fragment_strip(struct text *out, const char *text, size_t len, uint64_t generation,
    const char *note, fragment_keep *keep, void *ctx, struct fragment_stripped *ret,
    struct diag *reterr)
{
	struct lines l = { .p = text, .end = text + len };
	uint64_t before;
	int err = fragment_generation(text, len, &before, reterr), more = 0;

	*ret = (struct fragment_stripped){ 0 };
	text_init(&ret->ids, FRAGMENT_MAX);
	if (err != 0)
		return err;
	text_printf(out, NOTE "%s\n", note);
	while ((more = line_next(&l, reterr)) > 0) {
		enum kind k = kind_of(l.line);

		if (k == ROUTE)
			strip_route(out, l.line, keep, ctx, ret);
		else if (k == GENERATION)
			text_printf(out, "define SEAWALL_GEN = %llu;\n",
			    (unsigned long long)generation);
		else if (strncmp(l.line, NOTE, strlen(NOTE)) != 0)
			text_printf(out, "%s\n", l.line);
	}
	if (more < 0)
		return more;
	return text_ok(out) ? 0 : diag_set(reterr, -ENOMEM, "no memory");
}

int
fragment_lock(int *ret_fd, const char *path, int wait_ms, struct diag *reterr)
{
	char name[PATH_MAX];
	int fd, err;

	if (snprintf(name, sizeof(name), "%s.lock", path) >= (int)sizeof(name))
		return diag_set(reterr, -ENAMETOOLONG, "%s: the name is too long", path);
	/* readable is enough for a lock, whoever made the file */
	fd = open(name, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		err = -errno;
		return diag_at(reterr, err, name, 0, "%s", strerror(-err));
	}
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		err = -errno;
		if (err == -EINTR)
			continue;
		if (err != -EWOULDBLOCK || wait_ms <= 0) {
			close(fd);
			return diag_at(reterr, err, name, 0, err == -EWOULDBLOCK ?
			    "another program is changing the fragment" : "%s", strerror(-err));
		}
		nanosleep(&(struct timespec){ .tv_nsec = LOCK_STEP_MS * 1000000 }, NULL);
		wait_ms -= LOCK_STEP_MS;
	}
	*ret_fd = fd;
	return 0;
}

int
fragment_put(const char *path, const char *text, size_t len, bool ends)
{
	char spare[PATH_MAX];
	int err = file_put(path, text, len, FRAGMENT_MODE);

	if (err != -ENOSPC && err != -EDQUOT)
		return err;
	if (!ends || snprintf(spare, sizeof(spare), "%s.good", path) >= (int)sizeof(spare) ||
	    unlink(spare) != 0)
		return err;
	return file_put(path, text, len, FRAGMENT_MODE);
}
