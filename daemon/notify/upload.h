/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * upload - keeps a few files on a host outside as they are here: PUT over HTTP, or SFTP or FTPS.
 * Of each file only the newest state is kept and sent: what a slow host missed is never sent late,
 * and memory is bounded by what there is.  One transfer at a time; after one that failed the whole
 * host has a respite that doubles.
 */
#ifndef SEAWALL_NOTIFY_UPLOAD_H
#define SEAWALL_NOTIFY_UPLOAD_H

#include "model/settings.h"
#include "notify/multi.h"

#define UPLOAD_FILES_MAX 8
#define UPLOAD_BYTES_MAX (32 << 20)	/* of one file */
#define UPLOAD_RESPITE_MS 2000		/* after the first failure */
#define UPLOAD_RESPITE_MAX_MS 120000
#define UPLOAD_PATIENCE_S 60		/* for one file */
#define UPLOAD_LARGE (64 << 10)		/* files above it go once in UPLOAD_LARGE_EVERY_MS */
#define UPLOAD_LARGE_EVERY_MS 3600000

struct upload_figures {
	unsigned long sent, failed;
	unsigned behind;	/* files that are not there as they are here */
};

/* `why` NULL: it goes again.  Called when that changes or the reason does, not for every try. */
typedef void upload_said(void *ctx, const char *name, const char *why);

struct upload_about {
	const struct page_upload *to;	/* copied */
	const char *secret;		/* text of the file of credentials; NULL: none */
	upload_said *said;
	void *ctx;
};

struct upload;

/*
 * Borrows multi and base.  0, or -errno and a sentence that says what is wrong with the
 * credentials.
 */
int upload_new(struct upload **ret, struct multi *multi, struct event_base *base,
    const struct upload_about *about, struct diag *reterr);
void upload_free(struct upload *u);

/*
 * This is what the file is now (copied); what waited of it is forgotten.  -E2BIG, -ENOSPC (too many
 * files), -ENOMEM.
 */
int upload_put(struct upload *u, const char *name, const void *bytes, size_t len);

struct upload_figures upload_figures(const struct upload *u);

#endif
