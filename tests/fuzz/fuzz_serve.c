/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page's server: whatever is asked, and however much of it, names only what is in its table and
 * hands out only what is published; the connection ends.
 */
#include <assert.h>

#include "../unit/served.h"
#include "base/clock.h"
#include "fuzz.h"

#define URI_MAX 512

static void
find(const uint8_t *data, size_t size)
{
	char uri[URI_MAX];
	const struct serve_file *f;
	size_t len = size < sizeof(uri) - 1 ? size : sizeof(uri) - 1;

	memcpy(uri, data, len);
	uri[len] = '\0';
	f = serve_find(uri);
	assert(f == NULL ||
	    (f->name[0] != '/' && strstr(f->name, "..") == NULL &&
		strncmp(f->path, uri, strlen(f->path)) == 0));
	serve_known_host(uri, 80);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char answer[65536];
	static struct served s;
	int fd;

	find(data, size);
	if (s.serve == NULL)
		served_start(&s, 0);
	fd = served_connect(&s);
	if (size > 0 && send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		abort();
	shutdown(fd, SHUT_WR);
	assert(served_rest(&s, fd, answer, sizeof(answer)));
	assert(strstr(answer, "nobody may read") == NULL);
	return 0;
}
