/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * describe - what the engine knows, as the JSON lines of INTERFACE.
 * Each returns a new reference, or NULL without memory.  Words are in the language of lang_set().
 */
#ifndef SEAWALL_CONTROL_DESCRIBE_H
#define SEAWALL_CONTROL_DESCRIBE_H

#include <jansson.h>

#include "engine/engine.h"

json_t *describe_status(const struct engine *e);
json_t *describe_sensor(const struct engine *e, unsigned sensor);
json_t *describe_router(const struct engine *e, unsigned router);
json_t *describe_upstream(const struct engine *e, unsigned upstream);
json_t *describe_ghost(const struct engine *e, const struct engine_ghost *g);
/* mitigation_json() with the rule in words and in BIRD's syntax beside it. */
json_t *describe_mitigation(const struct engine *e, const struct mitigation *m);
/* And of a FlowSpec rule what each upstream is told, which may be several in its place. */
json_t *describe_in_pieces(const struct engine *e, const struct mitigation *m);
/* approval_json() with what a person must know who answers: in words, whose service, the column. */
json_t *describe_approval(const struct engine *e, const struct approval *a);
/* The configuration in use and what of it nobody has approved. */
json_t *describe_config(const struct engine *e);
/* A link with what it can carry and what it carries: null where nobody can tell. */
json_t *describe_link(const struct engine *e, unsigned link);
/* its attack is no attack */
bool describe_is_drill(const struct engine *e, const struct incident *i);
json_t *describe_incident(const struct engine *e, const struct incident *i);

json_t *describe_time(wall_t t);	/* null for ms 0 */

#endif
