/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A log in a directory of its own, for the tests of the audit stage. */
#ifndef SEAWALL_TESTS_AUDIT_LOG_H
#define SEAWALL_TESTS_AUDIT_LOG_H

#include <criterion/criterion.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/keyfile.h"
#include "audit/succession.h"
#include "audit/verify.h"

#define LOG_START { 1700000000000 }

struct log {
	char dir[64];
	struct audit *a;
};

static inline struct log
log_new(void)
{
	struct log l = { .dir = "/tmp/seawall-audit-XXXXXX" };

	cr_assert_not_null(mkdtemp(l.dir));
	return l;
}

static inline uint64_t
log_open(struct log *l)
{
	struct diag d = { 0 };
	uint64_t torn = 99;

	cr_assert_eq(audit_open(&l->a, l->dir, &torn, &d), 0, "%s", d.say);
	return torn;
}

static inline void
log_close(struct log *l)
{
	audit_close(l->a);
	l->a = NULL;
}

static inline void
log_remove(struct log *l)
{
	char command[128];

	log_close(l);
	snprintf(command, sizeof(command), "rm -r %s", l->dir);
	cr_assert_eq(system(command), 0);
}

/* The key of the tests, which is no secret. */
static struct note_secret log_key __attribute__((unused));

static inline void
log_sign(struct log *l, const struct note_secret *key)
{
	struct say say = { "This key signs from here on.",
		"Esta llave firma de aquí en adelante." };
	static const char text[] =
	    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
	wall_t t = LOG_START;

	cr_assert_geq(sodium_init(), 0);
	if (key == &log_key)
		cr_assert_eq(note_secret_parse(&log_key, text, strlen(text), NULL), 0);
	cr_assert_eq(audit_append(l->a, AUDIT_KEY, t, say,
			 succession_fields(audit_count(l->a), NULL, key), AUDIT_SYNC, NULL), 0);
	cr_assert_eq(audit_sign_with(l->a, key, NULL), 0);
	cr_assert_eq(audit_checkpoint(l->a), 0);
	cr_assert_eq(keyfile_publish(l->dir, &key->key, NULL), 0);
}

/* One record that looks like the real ones. */
static inline int
log_add(struct log *l, unsigned i, enum audit_how how)
{
	json_t *fields = json_pack("{s:s,s:i,s:{s:s,s:f}}", "verb", "announce", "i", (int)i, "rule",
	    "kind", "flowspec", "rate", i * 1.5);
	struct say say = { "We are asking transit-a to drop UDP packets.",
		"Estamos pidiendo a transit-a descartar «UDP»." };
	wall_t t = LOG_START;

	return audit_append(l->a, AUDIT_INTENT, wall_add_ms(t, i * 1000), say, fields, how, NULL);
}

static inline void
log_fill(struct log *l, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		cr_assert_eq(log_add(l, i, AUDIT_LATER), 0);
}

static inline struct verdict
log_verdict(const struct log *l)
{
	struct verdict v;

	cr_assert_eq(audit_verify(l->dir, NULL, &v, NULL), 0);
	return v;
}

static inline void
hex(char *to, const uint8_t *from)
{
	for (unsigned i = 0; i < 32; i++)
		sprintf(to + 2 * i, "%02x", from[i]);
}

#endif
