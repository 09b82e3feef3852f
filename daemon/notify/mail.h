/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mail - a message as RFC 5322 wants it: UTF-8 as quoted-printable (RFC 2045), the subject in
 * encoded words (RFC 2047). Whatever stands in a text, it ends no header.
 */
#ifndef SEAWALL_NOTIFY_MAIL_H
#define SEAWALL_NOTIFY_MAIL_H

#include "base/clock.h"
#include "base/text.h"

#define MAIL_MAX (256 * 1024)

struct mail {
	const char *from, *to;
	const char *id;		/* what stands before the @ of the Message-ID */
	const char *language;	/* "en", "es" */
	const char *subject, *body;
	wall_t at;
};

void mail_write(struct text *to, const struct mail *m);

/* "seawall@HOST"; the host of a mail address. */
#define MAIL_ADDRESS_LEN 300
const char *mail_sender(const char *configured, char buf[static MAIL_ADDRESS_LEN]);

#endif
