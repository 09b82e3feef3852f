/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check - where config_check()'s parts put their findings.  For check*.c alone. */
#ifndef SEAWALL_CONFIG_CHECK_H
#define SEAWALL_CONFIG_CHECK_H

#include "config/load.h"

struct checking {
	const struct settings *s;
	struct config_finding *found;
	unsigned n, max, errors;
};

void check_error(struct checking *c, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void check_warning(struct checking *c, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

void check_policies(struct checking *c);
void check_ladder(struct checking *c, const struct policy *p);
void check_source(struct checking *c, const struct policy *p, const struct step *st);
void check_signals(struct checking *c, const struct policy *p);
void check_notify(struct checking *c);
void check_budgets(struct checking *c);
/*
 * The most points that a vantage can give for the policy; 0: it measures nothing that counts there.
 * forged: also by sensors whose datagrams anybody may send.
 */
double check_best_of(const struct settings *s, const struct policy *p, const char *vantage,
    bool forged);

#endif
