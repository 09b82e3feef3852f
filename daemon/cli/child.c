/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/child.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lang.h"
#include "cli/cli.h"

#define OUTPUT_BUFFER 65536
#define SORTED_LARGE 2048

static int
alike(const void *a, const void *b)
{
	(void)a;
	(void)b;
	return 0;
}

/* What libraries open or ask at first use, and could not any more inside the sandbox. */
static void
use_libraries(void)
{
	enum lang was = lang_get();
	char large[SORTED_LARGE] = { 0 };

	qsort(large, sizeof(large), 1, alike);		/* glibc asks how much memory there is */

	json_object_seed(0);				/* /dev/urandom */
	/* the catalogues, ours in both languages and the C library's */
	for (int l = LANG_EN; l <= LANG_ES; l++) {
		lang_set((enum lang)l);
		if (*_("which file?") == '\0' || *strerror(EIO) == '\0')
			abort();
	}
	lang_set(was);
}

int
child_sandbox(const char *command, enum sandbox_profile profile)
{
	static char output[OUTPUT_BUFFER];

	setvbuf(stdout, output, _IOFBF, sizeof(output));
	use_libraries();
	if (sandbox_enter(profile) == 0)
		return 0;
	fprintf(stderr, "seawall %s: %s\n", command, _("cannot set up the sandbox to parse in"));
	return CLI_USAGE;
}

static int
await(const char *command, pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return CLI_USAGE;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, _("seawall %1$s: the parser was stopped by signal %2$d (%3$s)\n"), command,
	    WTERMSIG(status), strsignal(WTERMSIG(status)));
	return CLI_USAGE;
}

int
child_run(const char *command, int (*parse)(void *ctx), void *ctx)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child < 0) {
		fprintf(stderr, "seawall %s: %s\n", command, strerror(errno));
		return CLI_USAGE;
	}
	if (child == 0) {
		int status = parse(ctx);

		_exit(fflush(stdout) != 0 ? CLI_USAGE : status);
	}
	return await(command, child);
}
