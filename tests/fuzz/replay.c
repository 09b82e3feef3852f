/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay - main() of a fuzz target when it is not linked with libFuzzer: every file of its corpus
 * once. fuzz_NAME takes top_srcdir/tests/fuzz/corpus/NAME, or the files given.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "fuzz.h"

#define INPUT_MAX (1u << 20)

static void
replay(const char *path)
{
	char *buf;
	size_t len;
	int err = file_slurp(&buf, &len, path, INPUT_MAX);
	uint8_t *exact;

	if (err != 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(-err));
		exit(1);
	}
	/* An allocation of exactly its size, so that a sanitizer sees one byte too far. */
	exact = malloc(len > 0 ? len : 1);
	if (exact == NULL)
		abort();
	memcpy(exact, buf, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	free(buf);
}

static int
visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static unsigned
replay_corpus(const char *program)
{
	const char *top = getenv("top_srcdir"), *base = strrchr(program, '/'), *name;
	char dir[2048], path[4096];
	struct dirent **all = NULL;
	int n;

	base = base != NULL ? base + 1 : program;
	name = strncmp(base, "fuzz_", 5) == 0 ? base + 5 : base;
	snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", top != NULL ? top : ".", name);
	n = scandir(dir, &all, visible, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, all[i]->d_name);
		replay(path);
		free(all[i]);
	}
	free(all);
	return n > 0 ? (unsigned)n : 0;
}

int
main(int argc, char **argv)
{
	unsigned n = (unsigned)argc - 1;

	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc == 1)
		n = replay_corpus(argv[0]);
	printf("%u inputs replayed\n", n);
	return n > 0 ? 0 : 1;
}
