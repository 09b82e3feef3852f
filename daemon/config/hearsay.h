/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hearsay - what networks are said to take as blackhole routes: TEMPLATES/upstreams/hearsay.conf.
 * Starting points for `seawall check`, which tells people to verify them; nothing is decided by it.
 */
#ifndef SEAWALL_CONFIG_HEARSAY_H
#define SEAWALL_CONFIG_HEARSAY_H

#include "base/diag.h"
#include "model/settings.h"

#define HEARSAY_FILE "upstreams/hearsay.conf"
#define HEARSAY_MAX 512

/* Lengths 0: not said. */
struct hearsay_network {
	uint32_t asn;
	char name[NAME_MAX_LEN];
	uint8_t min4, max4, min6, max6;
	char community[COMMUNITY_LEN];
	enum said on_request, irr, takes_invalid, covering, forwards, selective;
	char note[128], doubt[128];
	unsigned line;
};

struct hearsay {
	char source[128], as_of[NAME_MAX_LEN];
	unsigned n;
	struct hearsay_network all[HEARSAY_MAX];
};

/* *ret is a heap object, the caller's to free(); -ENOENT where the templates have no such file. */
int hearsay_load(struct hearsay **ret, const char *templates, struct diag *reterr);

/* Borrowed, or NULL. */
const struct hearsay_network *hearsay_find(const struct hearsay *h, uint32_t asn);

#endif
