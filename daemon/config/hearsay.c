/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/hearsay.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/fill.h"
#include "config/rows.h"
#include "config/source.h"

static const char *const said[] = { "unknown", "no", "yes", NULL };

#define LENGTH(name, most)							\
	{ #name, KIND_UINT, AT(hearsay_network, name), .lo = 1, .hi = (most),	\
	  .flags = SETTING_OPTIONAL, .help = "a length" }
#define SAID(name, what)							\
	{ #name, KIND_CHOICE, AT(hearsay_network, name), .names = said,		\
	  .def = "unknown", .help = (what) }

static const struct row network_rows[] = {
	{ "asn", KIND_AS, AT(hearsay_network, asn), .flags = SETTING_REQUIRED,
	    .help = "its AS number" },
	{ "name", KIND_TEXT, AT(hearsay_network, name), .flags = SETTING_REQUIRED,
	    .help = "its name" },
	LENGTH(min4, 32),
	LENGTH(max4, 32),
	LENGTH(min6, 128),
	LENGTH(max6, 128),
	{ "community", KIND_TEXT, AT(hearsay_network, community), .flags = SETTING_OPTIONAL,
	    .help = "what starts the dropping" },
	SAID(on_request, "must be agreed first"),
	SAID(irr, "looks our space up in a routing registry"),
	SAID(takes_invalid, "takes what is invalid by RPKI"),
	SAID(covering, "validates the origin of a covering prefix"),
	SAID(forwards, "passes blackholes on"),
	SAID(selective, "drops for some of the world only"),
	{ "note", KIND_TEXT, AT(hearsay_network, note), .flags = SETTING_OPTIONAL,
	    .help = "what else is said" },
	{ "doubt", KIND_TEXT, AT(hearsay_network, doubt), .flags = SETTING_OPTIONAL,
	    .help = "why it may be wrong" },
};
static const struct section network = { .what = "network", ROWS(network_rows),
	.size = sizeof(struct hearsay_network), .line_at = offsetof(struct hearsay_network, line) };

static const struct row hearsay_rows[] = {
	{ "source", KIND_TEXT, AT(hearsay, source), .flags = SETTING_REQUIRED,
	    .help = "who says so" },
	{ "as_of", KIND_TEXT, AT(hearsay, as_of), .flags = SETTING_REQUIRED, .help = "and when" },
	{ "networks", KIND_GROUPS, LIST(hearsay, all, n, HEARSAY_MAX), .group = &network,
	    .flags = SETTING_REQUIRED, .help = "the networks" },
};
static const struct section hearsay_group = { .what = "hearsay", ROWS(hearsay_rows),
	.size = sizeof(struct hearsay), .line_at = NOWHERE };

/* One word on each network, or nobody knows which of them holds. */
static int
check(const struct filling *f, const struct hearsay *h)
{
	for (unsigned i = 0; i < h->n; i++) {
		const struct hearsay_network *n = &h->all[i];

		if (n->min4 > n->max4 && n->max4 != 0)
			return fill_refuse(f, -ERANGE, n->line, "`min4` is greater than `max4`");
		if (n->min6 > n->max6 && n->max6 != 0)
			return fill_refuse(f, -ERANGE, n->line, "`min6` is greater than `max6`");
		if (hearsay_find(h, n->asn) != n)
			return fill_refuse(f, -EEXIST, n->line, "AS%u stands there twice", n->asn);
	}
	return 0;
}

int
hearsay_load(struct hearsay **ret, const char *templates, struct diag *reterr)
{
	char path[PATH_MAX];
	struct hearsay *h;
	struct source src;
	struct filling f = { .file = path, .err = reterr };
	int err;

	snprintf(path, sizeof(path), "%s/%s", templates, HEARSAY_FILE);
	if (access(path, F_OK) != 0)
		return diag_set(reterr, -ENOENT, "there is no %s", path);
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return diag_set(reterr, -ENOMEM, "not enough memory");
	err = source_read(&src, path, reterr);
	if (err == 0) {
		err = fill_group(&f, &hearsay_group, h, config_root_setting(&src.parsed), 0);
		source_fini(&src);
	}
	if (err == 0)
		err = check(&f, h);
	if (err != 0) {
		free(h);
		return err;
	}
	*ret = h;
	return 0;
}

const struct hearsay_network *
hearsay_find(const struct hearsay *h, uint32_t asn)
{
	for (unsigned i = 0; h != NULL && i < h->n; i++)
		if (h->all[i].asn == asn)
			return &h->all[i];
	return NULL;
}
