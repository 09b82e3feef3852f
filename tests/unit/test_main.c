/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <cap-ng.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/handover.h"
#include "leak.h"
#include "main/books.h"
#include "main/channel.h"
#include "main/privileges.h"
#include "main/sources.h"
#include "main/spawn.h"
#include "main/spec.h"
#include "sensor/watchdog.h"

TestSuite(main_watchdog, .fini = leak_check);
TestSuite(main_channel, .fini = leak_check);
TestSuite(main_books, .fini = leak_check);
TestSuite(main_spawn, .fini = leak_check);
TestSuite(main_sources, .fini = leak_check);
TestSuite(main_privileges, .fini = leak_check);

static struct now
at(int64_t ms)
{
	return (struct now){ .mono = { ms * 1000000 }, .wall = { 1000000000000 + ms } };
}

static enum health
judge(struct watchdog *w, uint64_t accepted, uint64_t waiting, uint64_t lost, struct now now)
{
	struct health_report h = { .accepted = accepted, .waiting = waiting, .lost = lost };

	watchdog_judge(w, &h, now);
	cr_assert_eq(h.why[0] == '\0', h.health == HEALTH_FRESH,
	    "every state but fresh has a reason");
	return h.health;
}

Test(main_watchdog, silence_is_never_quiet)
{
	struct watchdog w;

	watchdog_init(&w, at(0).mono);
	cr_assert_eq(judge(&w, 0, 0, 0, at(1000)), HEALTH_STARTING);
	cr_assert_eq(judge(&w, 0, 0, 0, at(10000)), HEALTH_BLIND, "never anything for ten seconds");
	watchdog_record(&w, 0, at(11000));
	cr_assert_eq(judge(&w, 1, 0, 0, at(12000)), HEALTH_FRESH);
	cr_assert_eq(judge(&w, 1, 0, 0, at(21000)), HEALTH_LATE);
	cr_assert_eq(judge(&w, 1, 0, 0, at(41000)), HEALTH_BLIND);
}

Test(main_watchdog, data_without_templates_is_blindness)
{
	struct watchdog w;

	watchdog_init(&w, at(0).mono);
	watchdog_record(&w, 0, at(10));
	cr_assert_eq(judge(&w, 1, 0, 0, at(1000)), HEALTH_FRESH);
	cr_assert_eq(judge(&w, 1, 500, 0, at(2000)), HEALTH_BLIND);
	watchdog_record(&w, 0, at(2500));
	cr_assert_eq(judge(&w, 400, 500, 0, at(3000)), HEALTH_FRESH, "the templates came");
}

Test(main_watchdog, what_waits_for_templates_has_come)
{
	struct health_report h = { .waiting = 9 };
	struct watchdog w;

	watchdog_init(&w, at(0).mono);
	for (int64_t ms = 1000; ms < 60000; ms += 1000) {	/* no more since the first second */
		watchdog_judge(&w, &h, at(ms));
		cr_assert_eq(h.health, HEALTH_BLIND);
		cr_assert_str_eq(h.why, "records come, but their templates do not", "%d", (int)ms);
		h.health = HEALTH_STARTING;
	}
}

Test(main_watchdog, loss_degrades)
{
	struct watchdog w;

	watchdog_init(&w, at(0).mono);
	watchdog_record(&w, 0, at(10));
	cr_assert_eq(judge(&w, 1000, 0, 10, at(1000)), HEALTH_FRESH, "one in a hundred is noise");
	cr_assert_eq(judge(&w, 1100, 0, 110, at(2000)), HEALTH_LATE);
}

Test(main_watchdog, what_the_sensor_itself_found_is_not_talked_away)
{
	struct health_report h = { .health = HEALTH_LATE,
		.why = "eth1: there is no such interface" };
	struct watchdog w;

	watchdog_init(&w, at(0).mono);
	watchdog_record(&w, 0, at(10));
	watchdog_judge(&w, &h, at(1000));
	cr_assert_eq(h.health, HEALTH_LATE);
	cr_assert_str_eq(h.why, "eth1: there is no such interface");
	watchdog_judge(&w, &h, at(60000));
	cr_assert_eq(h.health, HEALTH_BLIND, "but worse is worse");
	h = (struct health_report){ .health = HEALTH_BLIND, .why = "its own reason" };
	watchdog_judge(&w, &h, at(60000));
	cr_assert_str_eq(h.why, "its own reason");
}

Test(main_watchdog, one_that_may_be_silent_says_so)
{
	struct health_report h = { .health = HEALTH_FRESH };
	struct watchdog w;

	watchdog_init(&w, at(0).mono);
	watchdog_judge(&w, &h, at(600000));
	cr_assert_eq(h.health, HEALTH_FRESH);
	h = (struct health_report){ .health = HEALTH_FRESH, .accepted = 10, .lost = 10 };
	watchdog_judge(&w, &h, at(601000));
	cr_assert_eq(h.health, HEALTH_LATE, "loss is judged all the same");
}

Test(main_watchdog, one_that_looks_now_and_then_is_late_by_its_own_clock)
{
	struct watchdog w;

	watchdog_init(&w, at(0).mono);
	w.every_ms = 60000;
	cr_assert_eq(judge(&w, 0, 0, 0, at(100000)), HEALTH_STARTING);
	watchdog_record(&w, 0, at(110000));
	cr_assert_eq(judge(&w, 1, 0, 0, at(280000)), HEALTH_FRESH);
	cr_assert_eq(judge(&w, 1, 0, 0, at(290000)), HEALTH_LATE);
	cr_assert_eq(judge(&w, 1, 0, 0, at(470000)), HEALTH_BLIND);
}

Test(main_watchdog, records_that_all_go_elsewhere_are_no_sight_of_us)
{
	struct watchdog w;
	uint64_t n = 0;

	watchdog_init(&w, at(0).mono);
	w.counts = true;
	w.inbound = 1;
	for (int64_t ms = 0; ms < 61000; ms += 1000) {
		watchdog_record(&w, 0, at(ms));
		cr_assert_eq(judge(&w, ++n, 0, 0, at(ms + 10)),
		    ms < 60000 ? HEALTH_FRESH : HEALTH_BLIND, "%d", (int)ms);
	}
	w.inbound++;
	cr_assert_eq(judge(&w, ++n, 0, 0, at(62000)), HEALTH_FRESH);
	/* once a minute many records come, ours first: no blindness in between */
	for (int64_t ms = 63000; ms < 200000; ms += 1000) {
		bool batch = ms % 61000 < 2000;

		watchdog_record(&w, 0, at(ms));
		w.inbound += ms % 61000 < 1000;
		n += batch;
		cr_assert_eq(judge(&w, n, 0, 0, at(ms)), HEALTH_FRESH, "%d", (int)ms);
	}
}

Test(main_watchdog, completeness_waits_for_the_slowest_records)
{
	struct watchdog w;
	struct health_report h = { 0 };

	watchdog_init(&w, at(0).mono);
	watchdog_record(&w, at(40000).wall.ms - 30000, at(40000));
	watchdog_judge(&w, &h, at(40000));
	cr_assert_leq(h.complete_ms, at(10000).wall.ms);
	watchdog_record(&w, 1, at(41000));
	cr_assert_leq(w.lateness_ms, WATCHDOG_LATENESS_MAX_MS,
	    "one forged record cannot stop every release");
}

Test(main_channel, a_message_carries_its_descriptor)
{
	struct channel_message m = { .kind = CHANNEL_SENSOR, .sensor = 7 }, got;
	int pair[2], pipe_fd[2], fd;
	char c;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	cr_assert_eq(pipe(pipe_fd), 0);
	cr_assert_eq(channel_receive(pair[1], &got, &fd), -EAGAIN);
	cr_assert_eq(channel_send(pair[0], &m, pipe_fd[1]), 0);
	cr_assert_eq(channel_receive(pair[1], &got, &fd), 1);
	cr_assert_eq(got.sensor, 7);
	cr_assert_eq(write(fd, "x", 1), 1);
	cr_assert_eq(read(pipe_fd[0], &c, 1), 1);
	m.kind = CHANNEL_RELOAD;
	cr_assert_eq(channel_send(pair[0], &m, -1), 0);
	cr_assert_eq(channel_receive(pair[1], &got, &fd), 1);
	cr_assert_eq(fd, -1);
	close(pair[0]);
	cr_assert_eq(channel_receive(pair[1], &got, &fd), 0, "the parent is gone");
}

Test(main_channel, a_spec_arrives_whole_and_sealed)
{
	struct sensor_spec in = { .sensor = 3, .prefixes_n = 2 }, out;
	int fd = handover_pack(&in, sizeof(in));

	cr_assert_geq(fd, 0);
	cr_assert_eq(handover_unpack(fd, &out, sizeof(out)), 0);
	cr_assert_eq(memcmp(&in, &out, sizeof(in)), 0);
	cr_assert_eq(handover_unpack(fd, &out, sizeof(out) - 1), -EINVAL, "another build's layout");
	cr_assert_lt(write(fd, "x", 1), 0, "nobody changes it any more");
	close(fd);
}

Test(main_spawn, respite_doubles_and_is_forgiven)
{
	struct respite r = { 0 };
	int64_t before = 0;

	respite_started(&r, at(0).mono);
	for (int i = 0; i < 20; i++) {
		int64_t ms = respite_failed(&r, at(10).mono);

		cr_assert_geq(ms, before);
		cr_assert_leq(ms, RESPITE_LONGEST_MS);
		before = ms;
	}
	cr_assert_eq(before, RESPITE_LONGEST_MS);
	cr_assert_eq(respite_failed(&r, at(RESPITE_FORGIVEN_MS + 1).mono), RESPITE_FIRST_MS);
}

/* Root opens it in a directory that is the user's: what is somebody else's must not become his. */
Test(main_sources, a_store_is_a_file_of_its_own)
{
	struct settings *s = calloc(1, sizeof(*s));
	char path[sizeof(s->state_directory) + 32], other[sizeof(path)];
	struct stat st;
	int fd;

	strcpy(s->state_directory, "/tmp/test-sources-XXXXXX");
	cr_assert_not_null(mkdtemp(s->state_directory));
	strcpy(s->sensors[0].name, "edge");
	snprintf(path, sizeof(path), "%s/edge-0.learned", s->state_directory);
	snprintf(other, sizeof(other), "%s/shadow", s->state_directory);
	fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);

	cr_assert_eq(link(other, path), 0);
	cr_expect_eq(sources_store(s, 0, 0, 12345, 12345), -EMLINK);
	cr_assert_eq(stat(other, &st), 0);
	cr_expect_eq(st.st_uid, geteuid());
	unlink(path);
	cr_assert_eq(symlink(other, path), 0);
	cr_expect_eq(sources_store(s, 0, 0, 12345, 12345), -ELOOP);
	unlink(path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(sources_store(s, 0, 0, 12345, 12345), -EMLINK);
	unlink(path);

	fd = sources_store(s, 0, 0, geteuid(), getegid());
	cr_assert_geq(fd, 0);
	cr_expect(fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 07777) == 0640);
	close(fd);
	unlink(path);
	unlink(other);
	rmdir(s->state_directory);
	free(s);
}

/* As systemd starts a daemon with an account and AmbientCapabilities. */
Test(main_privileges, what_a_parent_without_root_was_given_ends_with_it)
{
	if (geteuid() != 0)
		cr_skip_test("needs root");
	cr_assert_eq(prctl(PR_SET_KEEPCAPS, 1), 0);
	cr_assert(setresgid(12345, 12345, 12345) == 0 && setresuid(12345, 12345, 12345) == 0);
	capng_clear(CAPNG_SELECT_BOTH);
	capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE, CAP_NET_RAW,
	    -1);
	cr_assert_eq(capng_apply(CAPNG_SELECT_CAPS), 0);
	cr_assert_eq(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0), 0);

	cr_expect_eq(privileges_drop(0, 0, true, SIGTERM), 0);
	cr_assert_eq(capng_get_caps_process(), 0);
	cr_expect_eq(capng_have_capabilities(CAPNG_SELECT_CAPS), CAPNG_NONE);
	cr_expect_eq(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW, 0, 0), 0);
}

Test(main_books, the_engine_reads_what_the_parent_wrote_and_cannot_write)
{
	const unsigned third = BOOKS_SENSOR + 2;
	struct books_sum sum = { 0 };
	struct engine_process p;
	const struct books *read;
	struct books *b;
	int fd;

	cr_assert_eq(books_new(&b, &fd), 0);
	read = books_open(fd);
	cr_assert_not_null(read);
	books_add(&sum, getpid(), 2);
	books_add(&sum, 0, 3);
	books_write(b, BOOKS_SENSOR, 2, &sum);
	cr_assert(books_read(read, third, &p));
	cr_expect_str_eq(p.role, "sensor");
	cr_expect_eq(p.sensor, 2);
	cr_expect_eq(p.running, 1);
	cr_expect_eq(p.restarts, 5);
	cr_expect_gt(p.resident_bytes, 100000);
	cr_assert(books_read(read, BOOKS_ENGINE, &p));
	cr_expect_null(p.role, "nobody has written of it");
	cr_expect_eq(p.sensor, -1);
	cr_expect(!books_read(read, BOOKS_N, &p));
	cr_expect_eq(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED,
	    "sealed");
	cr_expect_eq(write(fd, "x", 1), -1, "sealed");
	close(fd);
}
