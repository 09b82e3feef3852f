/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shown - the files of the page: in the directory, and with the uploads. */
#ifndef SEAWALL_MAIN_SHOWN_H
#define SEAWALL_MAIN_SHOWN_H

#include "main/role.h"
#include "model/settings.h"
#include "notify/upload.h"

#define SHOWN_PATH (PATH_MAX_LEN + 64)

struct shown {
	const struct settings *settings;	/* borrowed */
	struct upload *uploads[UPLOADS_MAX];	/* owned; NULL: none, or it cannot be */
	bool failing;				/* and said */
};

void shown_begin(struct shown *w, const struct settings *s, const char (*secrets)[SECRET_LEN],
    struct multi *multi, struct event_base *base);
void shown_end(struct shown *w);

/* "/var/lib/seawall/www/public/history" */
void shown_path(const struct shown *w, enum page_view view, const char *name,
    char ret[static SHOWN_PATH]);

/* Replaces the file as a whole if it is another; whoever gets this view is sent it. */
void shown_put(struct shown *w, enum page_view view, const char *name, const char *bytes,
    size_t len);
/* A file that is there already. */
void shown_send(struct shown *w, enum page_view view, const char *name);

#endif
