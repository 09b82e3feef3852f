/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * subject - what is attacked: one host, one of our prefixes, a named group of them, all.
 * A plain value.
 */
#ifndef SEAWALL_MODEL_SUBJECT_H
#define SEAWALL_MODEL_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/prefix.h"

enum subject_kind { SUBJECT_HOST, SUBJECT_PREFIX, SUBJECT_GROUP, SUBJECT_ALL };

struct subject {
	uint8_t kind;		/* enum subject_kind */
	uint16_t group;		/* SUBJECT_GROUP: index of the member in the settings */
	struct prefix prefix;	/* SUBJECT_HOST, SUBJECT_PREFIX */
};

#define SUBJECT_STRLEN 64

bool subject_eq(const struct subject *a, const struct subject *b);
/* not keyed: only for tables of subjects of our own space */
uint64_t subject_hash(const struct subject *s);

/* "192.0.2.80", "192.0.2.0/24", "member 3", "the whole network"; returns buf. */
const char *subject_str(const struct subject *s, char buf[static SUBJECT_STRLEN]);

#endif
