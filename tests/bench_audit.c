/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_audit [DIRECTORY] - what the record costs: a synced append against a bare write and
 * fdatasync of as many bytes in the same directory, by turns so that both see the same disk; what a
 * checkpoint costs, which no act waits for; and how fast a signed log is verified.
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/keyfile.h"
#include "audit/notes.h"
#include "audit/succession.h"
#include "audit/verify.h"

#define ROUNDS 2000
#define RECORDS 100000
#define SIGNED_EVERY 10		/* records to a checkpoint */
#define LINE_LEN 1000

static double
now_us(void)
{
	return (double)clock_now().mono.ns / 1000;
}

/* What the processor did for us, whoever else it worked for. */
static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
add(struct audit *a, unsigned i, enum audit_how how)
{
	struct say say = { "We are asking transit-a to drop UDP packets from port 53 going to "
			   "192.0.2.80.",
		"Estamos pidiendo a transit-a descartar los paquetes UDP desde el puerto 53 que "
		"van a 192.0.2.80." };
	json_t *fields = json_pack("{s:s,s:{s:s,s:i,s:s,s:s,s:s,s:[{s:s,s:s,s:n},{s:s,s:s,s:n}]}}",
	    "verb", "announce", "mitigation", "id", "m17", "number", (int)i, "owner", "host-flood",
	    "since", "2026-11-22T03:08:00.000Z", "until", "2026-11-22T03:18:00.000Z", "upstreams",
	    "name", "transit-a", "decided", "2026-11-22T03:08:00.000Z", "applied", "name",
	    "transit-b", "decided", "2026-11-22T03:08:00.000Z", "applied");
	wall_t t = { 1700000000000 + i };

	if (audit_append(a, AUDIT_INTENT, t, say, fields, how, NULL) != 0)
		exit(1);
}

static void
compare_appends(struct audit *a, const char *dir)
{
	static double ours[ROUNDS], bare[ROUNDS], sign[ROUNDS];
	char path[4200], line[LINE_LEN];
	int fd;

	memset(line, 'x', sizeof(line));
	snprintf(path, sizeof(path), "%s/bare", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	for (unsigned i = 0; i < ROUNDS; i++) {
		double t0 = now_us(), t1;

		if (write(fd, line, sizeof(line)) != sizeof(line) || fdatasync(fd) != 0)
			exit(1);
		t1 = now_us();
		add(a, i, AUDIT_SYNC);
		bare[i] = t1 - t0;
		ours[i] = now_us() - t1;
		t1 = now_us();
		if (audit_checkpoint(a) != 0)
			exit(1);
		sign[i] = now_us() - t1;
	}
	close(fd);
	unlink(path);
	qsort(ours, ROUNDS, sizeof(*ours), by_size);
	qsort(bare, ROUNDS, sizeof(*bare), by_size);
	qsort(sign, ROUNDS, sizeof(*sign), by_size);
	printf("append+sync p50 %.1f us, p99 %.1f us\n", ours[ROUNDS / 2], ours[ROUNDS * 99 / 100]);
	printf("write+fdatasync p50 %.1f us, p99 %.1f us\n", bare[ROUNDS / 2],
	    bare[ROUNDS * 99 / 100]);
	printf("ours beyond it p50 %.1f us\n", ours[ROUNDS / 2] - bare[ROUNDS / 2]);
	printf("checkpoint, later p50 %.1f us, p99 %.1f us\n", sign[ROUNDS / 2],
	    sign[ROUNDS * 99 / 100]);
}

static void
sign_with(struct audit *a, const char *dir)
{
	struct note_secret key;
	json_t *fields;

	if (sodium_init() < 0 || note_secret_new(&key, "bench/seawall", NULL) != 0)
		exit(1);
	fields = succession_fields(audit_count(a), NULL, &key);
	if (audit_append(a, AUDIT_KEY, (wall_t){ 0 }, (struct say){ "a", "b" }, fields, AUDIT_SYNC,
		NULL) != 0 ||
	    audit_sign_with(a, &key, NULL) != 0 || keyfile_publish(dir, &key.key, NULL) != 0)
		exit(1);
}

/* Signed so densely that an attack may be: a checkpoint to a few records. */
static void
add_signed(struct audit *a)
{
	for (unsigned i = 0; i < RECORDS; i++) {
		add(a, i, AUDIT_LATER);
		if (i % SIGNED_EVERY == 0 && (audit_flush(a) != 0 || audit_checkpoint(a) != 0))
			exit(1);
	}
}

static void
print_rate(const char *what, uint64_t n, double wall, double cpu)
{
	printf("%s: %.0f records/s, %.1f us of processor each\n", what, (double)n / wall * 1e6,
	    cpu / (double)n);
}

/* With the key that somebody was told, and a checkpoint that they kept. */
static void
verify_given(const char *dir)
{
	char path[4200], text[512];
	struct notes_kept kept;
	struct note_key key;
	struct verify how = { .key = &key, .given = path };
	double t, cpu;
	struct verdict v;
	FILE *f;

	snprintf(path, sizeof(path), "%s/public-key", dir);
	f = fopen(path, "r");
	if (f == NULL || fgets(text, sizeof(text), f) == NULL ||
	    note_key_parse(&key, text, strcspn(text, "\n"), NULL) != 0)
		exit(1);
	fclose(f);
	snprintf(path, sizeof(path), "%s.kept", dir);
	f = fopen(path, "w");
	if (f == NULL || notes_newest(&kept, dir, NULL) != 0 ||
	    fwrite(kept.bytes, 1, kept.len, f) != kept.len || fclose(f) != 0)
		exit(1);
	free(kept.bytes);
	t = now_us(), cpu = cpu_us();
	if (audit_verify(dir, &how, &v, NULL) != 0 || !v.ok || v.checkpoint != v.records)
		exit(1);
	print_rate("verify with a key and a checkpoint kept", v.records, now_us() - t,
	    cpu_us() - cpu);
	unlink(path);
}

int
main(int argc, char **argv)
{
	char dir[4096], command[4200];
	struct verdict v;
	struct audit *a;
	uint64_t torn;
	double t, cpu;

	snprintf(dir, sizeof(dir), "%s/bench-audit-XXXXXX", argc > 1 ? argv[1] : "/var/tmp");
	if (mkdtemp(dir) == NULL || audit_open(&a, dir, &torn, NULL) != 0)
		return 1;
	sign_with(a, dir);
	compare_appends(a, dir);
	t = now_us(), cpu = cpu_us();
	for (unsigned i = 0; i < RECORDS; i++)
		add(a, i, AUDIT_LATER);
	print_rate("append without sync", RECORDS, now_us() - t, cpu_us() - cpu);
	add_signed(a);
	audit_close(a);
	t = now_us(), cpu = cpu_us();
	if (audit_verify(dir, NULL, &v, NULL) != 0 || !v.ok || v.checkpoint != v.records)
		return 1;
	print_rate("verify", v.records, now_us() - t, cpu_us() - cpu);
	verify_given(dir);
	t = now_us(), cpu = cpu_us();
	if (audit_open(&a, dir, &torn, NULL) != 0)
		return 1;
	print_rate("open", audit_count(a), now_us() - t, cpu_us() - cpu);
	audit_close(a);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) == 0 ? 0 : 1;
}
