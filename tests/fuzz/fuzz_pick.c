/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A path up to the first zero byte, then an answer: no crash; a figure that is taken is a number
 * from 0 up, the same under every reading of it, and refusals leave the result alone.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/place.h"
#include "model/target.h"
#include "sensor/pick.h"

#define REQUIRE(x) do { if (!(x)) { fprintf(stderr, "%s\n", #x); abort(); } } while (0)

static void
judge(const struct place *f, const char *type, const char *body, size_t len)
{
	double value = -7, again = -7;
	enum pick why = pick(&value, f, type, body, len);

	REQUIRE(why < PICK_N && pick_say(why) != NULL && pick_counter(why) != NULL);
	REQUIRE(why == PICK_OK ? isfinite(value) && value >= 0 : value == -7);
	REQUIRE(pick(&again, f, type, body, len) == why && again == value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = memchr(data, '\0', size);
	struct place f;
	struct target t;
	size_t len;
	char *body;

	if (zero == NULL)
		return 0;
	if (target_parse(&t, (const char *)data, NULL) == 0)
		REQUIRE(t.port != 0 && t.host[0] != '\0' && strlen(t.host) < TARGET_HOST_LEN);
	if (place_parse(&f, (const char *)data, NULL) != 0)
		return 0;
	REQUIRE(f.sample || f.steps_n > 0);
	/* of its very size, so that a byte too far is seen */
	len = size - (size_t)(zero - data) - 1;
	body = malloc(len + (len == 0));
	REQUIRE(body != NULL);
	memcpy(body, zero + 1, len);
	judge(&f, NULL, body, len);
	judge(&f, "application/json", body, len);
	free(body);
	return 0;
}
