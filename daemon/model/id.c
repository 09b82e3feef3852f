/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/id.h"

#include <stdlib.h>

uint64_t
id_number(const char *id, char kind)
{
	char *end;
	uint64_t n;

	if (id[0] != kind || id[1] < '0' || id[1] > '9')
		return 0;
	n = strtoull(id + 1, &end, 10);
	return *end == '\0' && end - id < ID_LEN ? n : 0;
}
