/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rules - what must hold between settings, and the defaults that depend on others; one function a
 * group. Called by fill_group() when the object's rows are filled.  What does not exist on this
 * machine is a warning in the settings, everything else an error.
 */
#ifndef SEAWALL_CONFIG_RULES_H
#define SEAWALL_CONFIG_RULES_H

struct filling;
struct router;

int rule_root(const struct filling *f, void *object, unsigned line);
int rule_protected(const struct filling *f, void *object, unsigned line);
int rule_spared(const struct filling *f, void *object, unsigned line);
int rule_member(const struct filling *f, void *object, unsigned line);
int rule_link(const struct filling *f, void *object, unsigned line);
int rule_nft_counter(const struct filling *f, void *object, unsigned line);
int rule_sensor(const struct filling *f, void *object, unsigned line);
int rule_upload(const struct filling *f, void *object, unsigned line);
int rule_drill(const struct filling *f, void *object, unsigned line);
int rule_limits(const struct filling *f, void *object, unsigned line);
int rule_router(const struct filling *f, void *object, unsigned line);
int rule_upstream(const struct filling *f, void *object, unsigned line);
int rule_notify(const struct filling *f, void *object, unsigned line);
int rule_messages(const struct filling *f, void *object, unsigned line);
int rule_person(const struct filling *f, void *object, unsigned line);
int rule_signal(const struct filling *f, void *object, unsigned line);
int rule_step(const struct filling *f, void *object, unsigned line);
int rule_policy(const struct filling *f, void *object, unsigned line);
int rule_scope(const struct filling *f, void *object, unsigned line);
int rule_profile(const struct filling *f, void *object, unsigned line);

/* The fragment of a router that names none. */
void rules_fragment(struct router *r);

#endif
