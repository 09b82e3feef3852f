/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * id - the names of what the daemon numbers: m17 is a mitigation, i4 an incident, a2 a question.
 */
#ifndef SEAWALL_MODEL_ID_H
#define SEAWALL_MODEL_ID_H

#include <stdint.h>

#define ID_LEN 16

/* "m17", 'm' -> 17; 0: no such name, or none of this kind. */
uint64_t id_number(const char *id, char kind);

#endif
