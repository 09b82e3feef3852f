/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place - where in an answer the figure stands that a polled sensor wants: as a path into JSON
 * ("data.result.0.value.1"), as a Prometheus sample (requests_total{code="500"}), or as both
 * ("node_load1"); which one it is tells the answer.  A plain value.
 */
#ifndef SEAWALL_MODEL_PLACE_H
#define SEAWALL_MODEL_PLACE_H

#include <stdbool.h>

#include "base/diag.h"

#define PLACE_STEPS_MAX 16
#define PLACE_LABELS_MAX 8
#define PLACE_TEXT_MAX 256	/* characters that it is written with */

struct place {
	unsigned steps_n;	/* into JSON; 0: it is no such path */
	char steps[PLACE_STEPS_MAX][PLACE_TEXT_MAX];	/* names of members, or indices of arrays */
	bool sample;		/* it names a sample */
	char name[PLACE_TEXT_MAX];
	unsigned labels_n;
	struct { char name[PLACE_TEXT_MAX], value[PLACE_TEXT_MAX]; } labels[PLACE_LABELS_MAX];
};

/*
 * Steps are separated by dots; one that has dots in it stands in '...'.  Label values are written
 * as in the exposition format (\\, \", \n).  0 or -EINVAL with the sentence.
 */
int place_parse(struct place *ret, const char *text, struct diag *reterr);

#endif
