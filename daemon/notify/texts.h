/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * texts - the templates of an organization: DIRECTORY/KIND.en and KIND.es, all of them.
 */
#ifndef SEAWALL_NOTIFY_TEXTS_H
#define SEAWALL_NOTIFY_TEXTS_H

#include "base/lang.h"
#include "notify/template.h"

#define TEXT_KINDS(X)							\
	X(INCIDENT, "incident") X(APPROVAL, "approval") X(ALARM, "alarm")	\
	X(ANNOUNCEMENT, "announcement") X(DIGEST, "digest") X(MANY, "many")	\
	X(MEMBER, "member") X(TEST, "test") X(FOOTER, "footer")

#define TEXT_ENUM(id, name) TEXT_##id,
enum text_kind { TEXT_KINDS(TEXT_ENUM) TEXT_N };

struct texts {
	struct template of[TEXT_N][2];	/* by enum lang */
};

/* The first mistake ends it, with file and line.  0 or -errno. */
int texts_load(struct texts *ret, const char *directory, struct diag *reterr);
/* The bare sentence and where to check it, for who has no templates that can be read. */
int texts_bare(struct texts *ret);
void texts_fini(struct texts *t);

#endif
