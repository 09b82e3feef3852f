/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * campaign - strategies against policies on a virtual clock: `make campaign`, see README.md.
 * The table depends on the seed alone; what the machine needed for it goes to stderr.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sheet.h"

#define HOUR_MS 3600000LL
#define TABLE_MAX (1 << 20)

static const char usage[] =
    "usage: campaign --conf FILE [--seed N] [--hours N] [--only STRATEGY] [--policy NAME]\n"
    "                [--calm SECONDS] [--jobs N] [--mixed] [--list]\n"
    "--hours: of each strategy; 36 make three weeks of all.  --calm: step while nothing happens.\n"
    "--mixed: the second transit takes blackholes only, no FlowSpec.\n"
    "Exit status 1: a target is missed; 2: it could not run.\n";

struct options {
	struct run_settings run;
	int policy;			/* -1: all */
	unsigned jobs;
};

static int
policy_find(const char *name)
{
	for (int i = 0; i < POLICY_KINDS; i++)
		if (strcmp(policy_names[i], name) == 0)
			return i;
	fprintf(stderr, "no policy is called \"%s\"\n", name);
	exit(2);
}

static void
only_check(const char *name)
{
	for (unsigned i = 0; i < strategies_n; i++)
		if (strcmp(strategies[i].name, name) == 0)
			return;
	fprintf(stderr, "no strategy is called \"%s\"; --list names them\n", name);
	exit(2);
}

static long long
number(const char *text, long long least, long long most)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' && n >= least && n <= most)
		return n;
	fprintf(stderr, "\"%s\" is no number from %lld to %lld\n", text, least, most);
	exit(2);
}

static void
list(void)
{
	for (unsigned i = 0; i < strategies_n; i++)
		printf("%-11s %s\n", strategies[i].name, strategies[i].what);
	exit(0);
}

static void
options_read(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "conf", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 's' },
		{ "hours", required_argument, NULL, 'h' },
		{ "only", required_argument, NULL, 'o' },
		{ "policy", required_argument, NULL, 'p' },
		{ "calm", required_argument, NULL, 'q' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "list", no_argument, NULL, 'l' },
		{ "mixed", no_argument, NULL, 'm' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'c': o->run.conf = optarg; break;
		case 's': o->run.seed = (uint64_t)number(optarg, 0, INT64_MAX); break;
		case 'h': o->run.window_ms = number(optarg, 1, 1000) * HOUR_MS; break;
		case 'o': o->run.only = optarg; only_check(optarg); break;
		case 'p': o->policy = policy_find(optarg); break;
		case 'q': o->run.calm_ms = number(optarg, 1, 10) * 1000; break;
		case 'j': o->jobs = (unsigned)number(optarg, 1, POLICY_KINDS); break;
		case 'l': list(); break;
		case 'm': o->run.mixed = true; break;
		default: fputs(usage, stderr); exit(2);
		}
	}
	if (o->run.conf == NULL || optind != argc) {
		fputs(usage, stderr);
		exit(2);
	}
}

static void
child(struct run *run, int kind, const struct run_settings *rs)
{
	struct rusage use;
	int err = run_policy(run, (enum policy_kind)kind, rs);

	getrusage(RUSAGE_SELF, &use);
	fprintf(stderr,
	    "%-10s %8llu steps, %.1f s of processor time, %zu bytes allocated at the start and %zu at the "
	    "end, %ld KiB at most, trail %016llx\n",
	    policy_names[kind], (unsigned long long)run->steps,
	    (double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6, run->bytes_start,
	    run->bytes_end, use.ru_maxrss, (unsigned long long)run->trail);
	_exit(err != 0 ? 2 : 0);
}

/* Each policy in a process of its own, `jobs` at once; the results come back in shared memory. */
static int
run_all(struct run runs[POLICY_KINDS], const struct options *o)
{
	unsigned running = 0;
	int worst = 0, status;

	for (int k = POLICY_KINDS - 1; k >= 0; k--) {
		pid_t pid;

		if (o->policy >= 0 && o->policy != k)
			continue;
		if (running == o->jobs) {
			wait(&status);
			worst |= status;
			running--;
		}
		pid = fork();
		if (pid == 0)
			child(&runs[k], k, &o->run);
		if (pid < 0)
			return -errno;
		running++;
	}
	for (; running > 0; running--) {
		wait(&status);
		worst |= status;
	}
	return worst != 0 ? -EIO : 0;
}

/* Three weeks of attacks may take no more memory than their first hours. */
static unsigned
memory_judge(struct text *out, const struct run runs[POLICY_KINDS])
{
	unsigned missed = 0;

	for (int k = 0; k < POLICY_KINDS; k++) {
		bool grew = runs[k].bytes_end > runs[k].bytes_start + RUN_GROWTH_MAX;

		if (runs[k].bytes_start == 0)
			continue;	/* not run, or this malloc does not say */
		text_printf(out, "%-6s %-11s memory stays as it was after the first hours\n",
		    grew ? "MISSED" : "met", policy_names[k]);
		missed += grew;
	}
	return missed;
}

int
main(int argc, char **argv)
{
	struct options o = { .policy = -1, .jobs = 2,
		.run = { .seed = 1, .window_ms = 36 * HOUR_MS, .calm_ms = 10000 } };
	struct run *runs;
	struct text out;
	unsigned missed = 0;

	options_read(&o, argc, argv);
	runs = mmap(NULL, POLICY_KINDS * sizeof(*runs), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (runs == MAP_FAILED || run_all(runs, &o) != 0)
		return 2;
	text_init(&out, TABLE_MAX);
	text_printf(&out, "seed %llu, %lld hours of each strategy%s\n",
	    (unsigned long long)o.run.seed, (long long)(o.run.window_ms / HOUR_MS),
	    o.run.mixed ? ", one transit without FlowSpec" : "");
	for (int k = 0; k < POLICY_KINDS; k++)
		if (o.policy < 0 || o.policy == k)
			sheet_add(&out, (enum policy_kind)k, &runs[k], o.run.only);
	if (o.policy < 0 || o.policy == POLICY_OURS)
		missed = sheet_targets(&out, runs, o.run.only);
	text_printf(&out, "\n");
	missed += memory_judge(&out, runs);
	fputs(text_str(&out), stdout);
	text_fini(&out);
	return missed > 0;
}
