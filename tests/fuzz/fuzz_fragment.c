/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fragment read back: no crash; what is strict is also strippable, and stripping nothing
 * changes no route.
 */
#include <stdlib.h>
#include <string.h>

#include "bird/fragment.h"
#include "fuzz.h"

static bool
all_stay(void *ctx, const struct fragment_owner *o, const char *network)
{
	(void)ctx, (void)o, (void)network;
	return true;
}

static bool
some_stay(void *ctx, const struct fragment_owner *o, const char *network)
{
	(void)ctx, (void)network;
	return strlen(o->id) % 2 == 0;
}

static void
strip(const char *text, size_t size, fragment_keep *keep, bool strict)
{
	struct fragment_stripped done;
	struct text out;
	uint64_t generation;

	text_init(&out, FRAGMENT_MAX);
	if (fragment_strip(&out, text, size, 7, "fuzz", keep, NULL, &done, NULL) == 0) {
		if (fragment_parse(out.s, out.len, &generation, NULL, NULL, NULL) != 0 ||
		    generation != 7)
			abort();
		if (strict && keep == all_stay && !fragment_same(text, size, out.s, out.len))
			abort();
	} else if (strict) {
		abort();
	}
	text_fini(&done.ids);
	text_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t generation;
	bool strict = fragment_parse((const char *)data, size, &generation, NULL, NULL, NULL) == 0;

	strip((const char *)data, size, all_stay, strict);
	strip((const char *)data, size, some_stay, strict);
	return 0;
}
