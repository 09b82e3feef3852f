/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/shown.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/log.h"

/* The committee's is for those in the group alone. */
static const struct { const char *directory; mode_t directories, files; } views[VIEW_N] = {
	[VIEW_COMMITTEE] = { "committee", 0750, 0640 },
	[VIEW_PUBLIC] = { "public", 0755, 0644 },
};

void
shown_path(const struct shown *w, enum page_view view, const char *name,
    char ret[static SHOWN_PATH])
{
	snprintf(ret, SHOWN_PATH, "%s/%s/%s", w->settings->page.directory, views[view].directory,
	    name);
}

static void
make_directories(const struct shown *w)
{
	static const char *const names[] = { "", "es" };
	char path[SHOWN_PATH];

	for (unsigned v = 0; v < VIEW_N; v++)
		for (unsigned i = 0; i < 2; i++) {
			shown_path(w, v, names[i], path);
			if (mkdir(path, views[v].directories) != 0 && errno != EEXIST)
				log_warn("%s: %s", path, strerror(errno));
		}
}

static bool
is_there(const char *path, const char *bytes, size_t len)
{
	char *have;
	size_t n;
	bool same;

	if (file_slurp(&have, &n, path, UPLOAD_BYTES_MAX) != 0)
		return false;
	same = n == len && memcmp(have, bytes, len) == 0;
	free(have);
	return same;
}

static void
send_to_uploads(struct shown *w, enum page_view view, const char *name, const char *bytes,
    size_t len)
{
	for (unsigned i = 0; i < w->settings->page.uploads_n; i++)
		if (w->uploads[i] != NULL && w->settings->page.uploads[i].view == view &&
		    upload_put(w->uploads[i], name, bytes, len) != 0)
			log_warn(_("the page: %s cannot be sent to %s"), name,
			    w->settings->page.uploads[i].name);
}

void
shown_put(struct shown *w, enum page_view view, const char *name, const char *bytes, size_t len)
{
	char path[SHOWN_PATH];
	int err = 0;

	shown_path(w, view, name, path);
	if (is_there(path, bytes, len))
		return;
	err = file_replace(path, bytes, len, views[view].files);
	if (err != 0 && !w->failing)
		log_error(_("the page: %s cannot be written: %s"), path, strerror(-err));
	w->failing = err != 0;
	send_to_uploads(w, view, name, bytes, len);
}

void
shown_send(struct shown *w, enum page_view view, const char *name)
{
	char path[SHOWN_PATH], *bytes;
	size_t len;

	shown_path(w, view, name, path);
	if (file_slurp(&bytes, &len, path, UPLOAD_BYTES_MAX) != 0)
		return;
	send_to_uploads(w, view, name, bytes, len);
	free(bytes);
}

/*
 * What does not change any more is not put again, and a host may be new, or not have got it before.
 */
static void
send_what_is_there(struct shown *w)
{
	static const char *const names[] = { "index.html", "es/index.html", "checkpoint", "history",
		"public-key" };

	for (unsigned v = 0; v < VIEW_N; v++)
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			shown_send(w, v, names[i]);
}

static void
on_said(void *ctx, const char *name, const char *why)
{
	(void)ctx;
	if (why != NULL)
		log_warn(_("the page does not get to %s (%s); it is tried again"), name, why);
	else
		log_info(_("the page gets to %s again"), name);
}

void
shown_begin(struct shown *w, const struct settings *s, const char (*secrets)[SECRET_LEN],
    struct multi *multi, struct event_base *base)
{
	*w = (struct shown){ .settings = s };
	umask(022);	/* what is for everybody is */
	make_directories(w);
	for (unsigned i = 0; i < s->page.uploads_n && multi != NULL; i++) {
		const struct upload_about about = { .to = &s->page.uploads[i], .said = on_said,
			.secret = secrets[i][0] != '\0' ? secrets[i] : NULL };
		struct diag d = { 0 };

		if (upload_new(&w->uploads[i], multi, base, &about, &d) != 0)
			log_error(_("the page cannot be sent to %s: %s"), about.to->name, d.say);
	}
	send_what_is_there(w);
}

void
shown_end(struct shown *w)
{
	for (unsigned i = 0; i < UPLOADS_MAX; i++)
		upload_free(w->uploads[i]);
}
