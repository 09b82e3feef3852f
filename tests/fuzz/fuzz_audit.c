/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a log (0x1e begins the next segment): no crash, and the ways to read it agree:
 * replay hands over as many records as verification finds right; what verifies opens, with that
 * count and root, and can be continued.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/verify.h"
#include "fuzz.h"

#define SEGMENTS 4
#define REQUIRE(x) do { if (!(x)) { fprintf(stderr, "%s\n", #x); abort(); } } while (0)

static const char *
directory(void)
{
	static char dir[] = "/tmp/seawall-fuzz-audit-XXXXXX";
	static bool made;

	if (!made)
		REQUIRE(mkdtemp(dir) != NULL);
	made = true;
	return dir;
}

static void
empty(const char *dir)
{
	char path[128];

	for (unsigned i = 0; i <= SEGMENTS; i++) {
		snprintf(path, sizeof(path), "%s/%08u.jsonl", dir, i);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/reserve", dir);
	unlink(path);
	rmdir(dir);
}

static void
remove_all(void)
{
	empty(directory());
}

static void
write_log(const char *dir, const uint8_t *data, size_t size)
{
	char path[128];

	for (unsigned i = 0; i < SEGMENTS; i++) {
		const uint8_t *end = i + 1 < SEGMENTS ? memchr(data, 0x1e, size) : NULL;
		size_t n = end != NULL ? (size_t)(end - data) : size;
		int fd;

		snprintf(path, sizeof(path), "%s/%08u.jsonl", dir, i);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		REQUIRE(fd >= 0 && write(fd, data, n) == (ssize_t)n);
		close(fd);
		if (end == NULL)
			return;
		data += n + 1;
		size -= n + 1;
	}
}

static int
count(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	uint64_t *seen = ctx;

	(void)line;
	(void)len;
	REQUIRE(n == *seen && json_is_object(record));
	++*seen;
	return 0;
}

static void
continue_log(const char *dir, const struct verdict *v)
{
	struct audit *a;
	struct verdict w;
	uint64_t torn;
	uint8_t root[32];

	REQUIRE(audit_open(&a, dir, &torn, NULL) == 0 && torn == 0);
	audit_root(a, root);
	REQUIRE(audit_count(a) == v->records && memcmp(root, v->root, 32) == 0);
	REQUIRE(audit_append(a, AUDIT_STOP, (wall_t){ 0 }, (struct say){ "a", "b" }, NULL,
		    AUDIT_LATER, NULL) == 0);
	audit_close(a);
	REQUIRE(audit_verify(dir, NULL, &w, NULL) == 0 && w.ok && w.records == v->records + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool asked;
	const char *dir = directory();
	struct verdict v;
	uint64_t seen = 0;
	int err;

	if (!asked)
		atexit(remove_all);
	asked = true;
	write_log(dir, data, size);
	REQUIRE(audit_verify(dir, NULL, &v, NULL) == 0);
	err = audit_replay(dir, count, &seen, NULL);
	REQUIRE(seen >= v.records);
	/* a torn end is not right, and replay stops before it */
	REQUIRE(v.ok ? err == 0 : err == 0 || err < 0);
	if (v.ok)
		continue_log(dir, &v);
	for (unsigned i = 0; i < SEGMENTS; i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%08u.jsonl", dir, i);
		unlink(path);
	}
	return 0;
}
