/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "bird/render.h"
#include "model/scope.h"

#define FRAGMENT_LIMIT (1u << 20)
#define ANSWER_MAX 4096
#define EXIT_NO_BIRD 127
#define SPREAD_BITS 5		/* one address an upstream, where the prefix has so many */
#define EXAMPLE_RATE 10e6
#define EXAMPLE_MS 60000

/* What bird.conf must define for our fragment; the export filters play no part here. */
static const char around[] =
    "router id 192.0.2.1;\n"
    "define OUR_AS = %u;\n"
    "ipv4 table seawall4;\nipv6 table seawall6;\n"
    "flow4 table seawall_flow4;\nflow6 table seawall_flow6;\n"
    "function sw_bh(int up) { bgp_large_community.add((OUR_AS, 666, up)); }\n"
    "function sw_bh_in(int up; int part) { bgp_large_community.add((OUR_AS, 670 + part, up)); }\n"
    "function sw_dv(int up) { bgp_large_community.add((OUR_AS, 668, up)); }\n"
    "function sw_sr(int up) { bgp_large_community.add((OUR_AS, 669, up)); }\n"
    "function sw_fs(int up) { bgp_large_community.add((OUR_AS, 667, up)); }\n"
    "function sw_fs_drop() { bgp_ext_community.add((generic, 0x80060000, 0x00000000)); }\n"
    "function sw_fs_rate(int bits) { bgp_ext_community.add((generic, 0x80060000, bits)); }\n";

static void
run_bird(const char *conf, int out)
{
	static const char *const places[] = { "bird", "/usr/sbin/bird", "/usr/local/sbin/bird" };

	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(EXIT_NO_BIRD);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		execlp(places[i], "bird", "-p", "-c", conf, (char *)NULL);
	_exit(EXIT_NO_BIRD);
}

/* Everything it says, of which the first line is kept. */
static void
read_answer(int fd, char *answer, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, answer + len, size - 1 - len)) > 0)
		len += len + (size_t)n < size - 1 ? (size_t)n : 0;
	answer[len] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
}

int
preflight_file(const char *path, struct diag *reterr)
{
	char answer[ANSWER_MAX] = "";
	int fd[2], status = 0;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) != 0)
		return diag_set(reterr, -errno, "cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		run_bird(path, fd[1]);
	close(fd[1]);
	if (pid > 0) {
		read_answer(fd[0], answer, sizeof(answer));
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(fd[0]);
	if (pid < 0)
		return diag_set(reterr, -EAGAIN, "cannot start bird");
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_BIRD)
		return diag_set(reterr, -ENOPKG, "bird is not installed");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return diag_set(reterr, -EINVAL, "%s",
				answer[0] != '\0' ? answer : "bird -p refused it");
	return 0;
}

/* An address of ours for the i-th upstream; family 0: we have none of that family. */
static struct prefix
example_host(const struct settings *s, uint8_t family, unsigned i)
{
	struct prefix host = { 0 };

	for (unsigned k = 0; k < s->prefixes_n && host.family == 0; k++) {
		const struct prefix *own = &s->prefixes[k];
		uint8_t addr[16];

		if (own->family != family)
			continue;
		memcpy(addr, own->addr, sizeof(addr));
		if (own->len <= prefix_bits(own) - SPREAD_BITS)
			addr[prefix_bits(own) / 8 - 1] |= (uint8_t)i;
		host = prefix_of(family, addr, prefix_bits(own));
	}
	return host;
}

static int
add_example(struct ledger *l, const struct rule *rule, unsigned upstream, wall_t now)
{
	struct mitigation *m = calloc(1, sizeof(*m));
	int err;

	if (m == NULL)
		return -ENOMEM;
	snprintf(m->id, sizeof(m->id), "m%llu", (unsigned long long)l->next_id++);
	m->rule = *rule;
	m->origin = ORIGIN_PERSON;
	m->since = now;
	m->until = wall_add_ms(now, EXAMPLE_MS);
	m->via = UINT32_C(1) << upstream;
	err = ledger_add(l, &m);
	free(m);
	return err;
}

static int
add_flowspec(struct ledger *l, const struct settings *s, const struct prefix *host,
	     unsigned upstream, wall_t now)
{
	const struct profile *p = &s->upstreams[upstream].profile;
	struct rule r = { .kind = RULE_FLOWSPEC,
			  .dst = *host,
			  .rate_bps = p->rate_limit ? EXAMPLE_RATE : 0 };
	int err = rule_parse_match(&r,
		host->family == 4 ? "proto = 17; sport = 53;" : "next header = 17; sport = 53;",
		NULL);

	return err != 0 ? err : add_example(l, &r, upstream, now);
}

/*
 * The first of the lengths that this upstream scrubs, of the host; what it drops by source is not
 * ours.
 */
static int
add_routes(struct ledger *l, const struct profile *p, const struct prefix *host, unsigned upstream,
    wall_t now)
{
	static const uint8_t stranger[2][16] = { { 203, 0, 113, 9 },
		{ 0x20, 1, 0xd, 0xb8, 0xba, 0xd } };
	bool four = host->family == 4;
	const struct lengths *scrubbed = four ? &p->divert4 : &p->divert6;
	const struct lengths *source = four ? &p->source4 : &p->source6;
	struct rule divert = { .kind = RULE_DIVERT,
		.dst = prefix_of(host->family, host->addr, scrubbed->min) };
	struct rule drop = { .kind = RULE_SOURCE,
		.dst = prefix_of(host->family, stranger[!four], source->max) };
	int err = p->scrubs ? add_example(l, &divert, upstream, now) : 0;

	return err == 0 && source->max != 0 ? add_example(l, &drop, upstream, now) : err;
}

/* An address of its own for each: one network is one line. */
static int
add_scope(struct ledger *l, const struct rule *hole, unsigned upstream, unsigned scope, wall_t now)
{
	struct rule r = *hole;

	r.dst.addr[prefix_bits(&r.dst) / 8 - 1] ^= (uint8_t)(scope << 4);
	r.scopes = scope_set(0, upstream, scope);
	return add_example(l, &r, upstream, now);
}

static int
add_family(struct ledger *l, const struct settings *s, unsigned upstream, uint8_t family,
	   wall_t now)
{
	const struct upstream *u = &s->upstreams[upstream];
	const struct prefix host = example_host(s, family, upstream);
	const struct rule hole = { .kind = RULE_RTBH, .dst = host };
	int err;

	if (host.family == 0)
		return 0;
	err = add_example(l, &hole, upstream, now);
	for (unsigned i = 1; i <= u->profile.scopes_n && err == 0; i++)
		err = add_scope(l, &hole, upstream, i, now);
	if (err == 0 && u->flowspec && (family == 4 ? u->profile.flowspec4 : u->profile.flowspec6))
		err = add_flowspec(l, s, &host, upstream, now);
	return err == 0 ? add_routes(l, &u->profile, &host, upstream, now) : err;
}

/* The fragment of a ledger with one of everything. */
static int
render_examples(struct text *out, const struct settings *s, unsigned router, unsigned *ret_n,
		struct diag *reterr)
{
	const wall_t now = clock_now().wall;
	struct ledger l;
	struct render_of of = {
		.settings = s, .router = router, .ledger = &l, .generation = 1, .now = now
	};
	char *frame = NULL;
	int err;

	ledger_init(&l);
	err = render_frame(&frame, s->templates, reterr);
	for (unsigned i = 0; i < s->upstreams_n && err == 0; i++) {
		if (s->upstreams[i].router != router)
			continue;
		err = add_family(&l, s, i, 4, now);
		if (err == 0)
			err = add_family(&l, s, i, 6, now);
		if (err != 0)
			diag_set(reterr, err, "no example rules: %s", strerror(-err));
	}
	of.frame = frame;
	if (err == 0)
		err = render_fragment(out, &of, reterr);
	if (err == 0)
		*ret_n = l.n;
	free(frame);
	ledger_fini(&l);
	return err;
}

static int
ask_bird(const char *text, size_t len, struct diag *reterr)
{
	const char *tmp = getenv("TMPDIR");
	char dir[PATH_MAX], path[PATH_MAX + 16];
	int err;

	if (snprintf(dir, sizeof(dir), "%s/seawall-check.XXXXXX", tmp != NULL ? tmp : "/tmp")
		    >= (int)sizeof(dir)
	    || mkdtemp(dir) == NULL)
		return diag_set(reterr, -EIO, "cannot make a directory below TMPDIR: %s",
				strerror(errno));
	snprintf(path, sizeof(path), "%s/bird.conf", dir);
	err = file_replace(path, text, len, 0600);
	if (err != 0)
		diag_set(reterr, err, "cannot write %s: %s", path, strerror(-err));
	else
		err = preflight_file(path, reterr);
	unlink(path);
	rmdir(dir);
	return err;
}

int
preflight_router(const struct settings *s, unsigned router, unsigned *ret_n, struct diag *reterr)
{
	const struct router *r = &s->routers[router];
	struct text whole, fragment;
	unsigned n = 0;
	int err;

	text_init(&whole, FRAGMENT_LIMIT);
	text_init(&fragment, FRAGMENT_LIMIT);
	err = render_examples(&fragment, s, router, &n, reterr);
	if (err == 0) {
		text_printf(&whole, around, r->asn != 0 ? r->asn : 64500);
		text_add(&whole, text_str(&fragment));
		err = text_ok(&whole) ? ask_bird(text_str(&whole), whole.len, reterr) : -ENOMEM;
	}
	if (err == 0)
		*ret_n = n;
	text_fini(&whole);
	text_fini(&fragment);
	return err;
}
