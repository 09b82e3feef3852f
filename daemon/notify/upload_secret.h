/* SPDX-License-Identifier: GPL-3.0-or-later */
/* upload_secret - what a file of credentials says. */
#ifndef SEAWALL_NOTIFY_UPLOAD_SECRET_H
#define SEAWALL_NOTIFY_UPLOAD_SECRET_H

#include "base/diag.h"

#define SECRET_WORD_LEN 256

struct upload_secret {
	char user[SECRET_WORD_LEN], password[SECRET_WORD_LEN];
	char key[SECRET_WORD_LEN];		/* file */
	char host_key[SECRET_WORD_LEN];		/* base64 of its SHA-256 */
};

/*
 * Lines "user X", "password X", "key X", "host-key X"; empty ones and comments are passed over.  0
 * or -EINVAL; no sentence repeats what stands in the file.
 */
int upload_secret_parse(struct upload_secret *ret, const char *text, struct diag *reterr);

#endif
