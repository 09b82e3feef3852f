/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of policies, and of the profiles of upstreams. */
#include "config/schema.h"

#include <stddef.h>

#include "config/rows.h"
#include "config/rules.h"
#include "model/flowspec.h"

#define STEP(id) (1u << STEP_##id)
#define NOT_WATCH (STEP(RATE_LIMIT) | STEP(DROP) | STEP(SOURCE) | STEP(DIVERT) | STEP(SELECTIVE) | \
		   STEP(BLACKHOLE))
#define DAYS(n) ((n) * 86400e3)
#define POINTS_MAX 1000
#define TIMES_MAX 1000

static const char *const subjects[] = { "host", "prefix", "group", "all", NULL };
#define NAME(id, name, what) name,
static const char *const steps[] = { STEPS(NAME) NULL };
static const char *const approvers[] = { "viewer", "operator", "committee", NULL };
static const char *const said[] = { "unknown", "no", "yes", NULL };
static const char *const harms[] = { "none", "link", "state", NULL };

static const struct row signal_rows[] = {
	{ "metric", KIND_METRIC, AT(signal, metric), .flags = SETTING_REQUIRED,
	  .help = "what is measured" },
	{ "vantage", KIND_NAME, AT(signal, vantage), .flags = SETTING_OPTIONAL,
	  .help = "only what this vantage sees" },
	{ "above", KIND_THRESHOLD, AT(signal, above), .flags = SETTING_OPTIONAL,
	  .help = "the threshold" },
	{ "times", KIND_POINTS, AT(signal, times), .lo = 1.1, .hi = TIMES_MAX,
	  .flags = SETTING_OPTIONAL, .help = "the threshold, in what is usual at this hour" },
	{ "rising", KIND_BOOL, AT(signal, rising), .def = "false",
	  .help = "slowly, above what is usual at this hour" },
	{ "floor", KIND_THRESHOLD, AT(signal, floor), .flags = SETTING_OPTIONAL,
	  .help = "what is learned never makes it lower" },
	{ "ceiling", KIND_THRESHOLD, AT(signal, ceiling), .flags = SETTING_OPTIONAL,
	  .help = "what is learned never makes it higher" },
	{ "points", KIND_POINTS, AT(signal, points), .lo = 0, .hi = POINTS_MAX,
	  .flags = SETTING_REQUIRED, .help = "points at the threshold" },
	{ "at_10x", KIND_POINTS, AT(signal, at_10x), .lo = 0, .hi = POINTS_MAX,
	  .flags = SETTING_OPTIONAL, .help = "points at ten times the threshold and beyond" },
};
static const struct section signal = { .what = "signal", ROWS(signal_rows),
	.size = sizeof(struct signal), .line_at = offsetof(struct signal, line),
	.rule = rule_signal };

static const struct row approval_rows[] = {
	{ "people", KIND_UINT, AT(step, approval.people), .lo = 1, .hi = PEOPLE_MAX, .def = "1",
	  .help = "how many must say yes" },
	{ "role", KIND_CHOICE, AT(step, approval.role), .names = approvers, .def = "operator",
	  .help = "who may: operators and the committee, or the committee alone" },
	{ "within", KIND_DURATION, AT(step, approval.within_ms), .lo = 1e3, .hi = DAYS(1),
	  .def = "10m", .help = "how long they have" },
	{ "otherwise", KIND_OTHERWISE, AT(step, approval), .def = "refuse",
	  .help = "what happens when nobody answers" },
};
static const struct section approval = { .what = "approval", ROWS(approval_rows),
	.size = sizeof(struct step), .line_at = NOWHERE };

static const struct row step_rows[] = {
	{ "step", KIND_CHOICE, AT(step, kind), .names = steps, .flags = SETTING_REQUIRED,
	  .help = "what is done" },
	{ "at", KIND_POINTS, AT(step, at), .lo = 0, .hi = POINTS_MAX, .flags = SETTING_REQUIRED,
	  .help = "points from which" },
	{ "rate", KIND_BITS, AT(step, rate_bps), .lo = 8e3, .hi = 1e13, .flags = SETTING_REQUIRED,
	  .when = STEP(RATE_LIMIT), .help = "what is left of the traffic that matches" },
	{ "for", KIND_DURATION, AT(step, for_ms), .lo = 1e3, .hi = DAYS(366),
	  .flags = SETTING_OPTIONAL, .when = NOT_WATCH,
	  .help = "how long it stands; renewed while the attack goes on" },
	{ "max_collateral", KIND_PERCENT, AT(step, max_collateral), .lo = 0, .hi = 1,
	  .flags = SETTING_OPTIONAL, .when = STEP(RATE_LIMIT) | STEP(DROP),
	  .help = "how much ordinary traffic it may hit" },
	{ "vantages", KIND_UINT, AT(step, vantages), .lo = 1, .hi = SENSORS_MAX, .def = "1",
	  .help = "how many vantages must see it" },
	{ "harm", KIND_HARM, AT(step, harm), .names = harms, .def = "none",
	  .help = "what shared thing must be in danger" },
	{ "via", KIND_VIA, AT(step, via), .flags = SETTING_OPTIONAL, .when = NOT_WATCH,
	  .help = "only at these upstreams; all that can when not given" },
	{ "scope", KIND_NAME, AT(step, scope), .flags = SETTING_OPTIONAL, .when = STEP(SELECTIVE),
	  .help = "the part of the world, at all upstreams that offer it" },
	{ "approval", KIND_GROUP, .n_at = offsetof(struct step, needs_approval), .group = &approval,
	  .flags = SETTING_OPTIONAL, .when = NOT_WATCH, .help = "people must agree first" },
};

static unsigned
step_which(const void *object)
{
	return ((const struct step *)object)->kind;
}

static const char *
step_which_name(unsigned which)
{
	return steps[which];
}

static const struct section step = { .what = "step", ROWS(step_rows), .size = sizeof(struct step),
	.line_at = offsetof(struct step, line), .which = step_which, .which_name = step_which_name,
	.rule = rule_step };

static const struct row release_rows[] = {
	{ "below", KIND_PERCENT, AT(policy, release.below), .lo = 0.001, .hi = 1, .def = "10%",
	  .help = "share of the threshold that counts as over" },
	{ "quiet", KIND_DURATION, AT(policy, release.quiet_ms), .lo = 0, .hi = DAYS(1), .def = "5m",
	  .help = "for how long" },
	{ "jitter", KIND_PERCENT, AT(policy, release.jitter), .lo = 0, .hi = 0.9, .def = "50%",
	  .help = "how much ends are moved at random" },
	{ "canary", KIND_BOOL, AT(policy, release.canary), .def = "true",
	  .help = "lift at one upstream first" },
};
static const struct section release = { .what = "release", ROWS(release_rows),
	.size = sizeof(struct policy), .line_at = NOWHERE };

static const struct row policy_rows[] = {
	{ "name", KIND_NAME, AT(policy, name), .flags = SETTING_REQUIRED,
	  .help = "name of the policy" },
	{ "subject", KIND_CHOICE, AT(policy, subject), .names = subjects, .def = "host",
	  .help = "what is watched" },
	{ "signals", KIND_GROUPS, LIST(policy, signals, signals_n, SIGNALS_MAX), .group = &signal,
	  .flags = SETTING_REQUIRED, .help = "what gives points" },
	{ "caution", KIND_POINTS, AT(policy, caution), .lo = 0, .hi = POINTS_MAX, .def = "0",
	  .help = "points subtracted from the sum" },
	{ "sustained", KIND_DURATION, AT(policy, sustained_ms), .lo = 50, .hi = 3600e3, .def = "1s",
	  .help = "how long at twice the threshold" },
	{ "ladder", KIND_GROUPS, LIST(policy, steps, steps_n, STEPS_MAX), .group = &step,
	  .flags = SETTING_REQUIRED, .help = "what is done, mildest first" },
	{ "release", KIND_GROUP, .n_at = NOWHERE, .group = &release, .help = "when it is over" },
};
const struct section schema_policy = { .what = "policy", ROWS(policy_rows),
	.size = sizeof(struct policy), .line_at = offsetof(struct policy, line), .named = true,
	.rule = rule_policy };

static const struct row policy_file_rows[] = {
	{ "policies", KIND_POLICIES, LIST(settings, policies, policies_n, POLICIES_MAX),
	  .group = &schema_policy, .flags = SETTING_REQUIRED, .help = "the policies" },
};
const struct section schema_policy_file = { .what = "policy file", ROWS(policy_file_rows),
	.size = sizeof(struct settings), .line_at = NOWHERE };

static const struct row lengths4_rows[] = {
	{ "min", KIND_UINT, AT(profile, rtbh4.min), .lo = 8, .hi = 32, .flags = SETTING_REQUIRED,
	  .help = "shortest length accepted" },
	{ "max", KIND_UINT, AT(profile, rtbh4.max), .lo = 8, .hi = 32, .flags = SETTING_REQUIRED,
	  .help = "longest" },
};
static const struct row lengths6_rows[] = {
	{ "min", KIND_UINT, AT(profile, rtbh6.min), .lo = 16, .hi = 128, .flags = SETTING_REQUIRED,
	  .help = "shortest length accepted" },
	{ "max", KIND_UINT, AT(profile, rtbh6.max), .lo = 16, .hi = 128, .flags = SETTING_REQUIRED,
	  .help = "longest" },
};
static const struct section lengths4 = { .what = "rtbh4", ROWS(lengths4_rows),
	.size = sizeof(struct profile), .line_at = NOWHERE };
static const struct section lengths6 = { .what = "rtbh6", ROWS(lengths6_rows),
	.size = sizeof(struct profile), .line_at = NOWHERE };

static const struct row scope_rows[] = {
	{ "name", KIND_NAME, AT(scope, name), .flags = SETTING_REQUIRED,
	    .help = "how policies and people name it" },
	{ "communities", KIND_TEXT, LIST(scope, communities, communities_n, SCOPE_COMMUNITIES_MAX),
	    .flags = SETTING_REQUIRED, .help = "what asks for it" },
	{ "where", KIND_TEXT, AT(scope, where), .flags = SETTING_OPTIONAL,
	    .help = "from where the address is unreachable then" },
	{ "where_es", KIND_TEXT, AT(scope, where_es), .flags = SETTING_OPTIONAL,
	    .help = "the same in Spanish" },
};
static const struct section scope = { .what = "scope", ROWS(scope_rows),
	.size = sizeof(struct scope), .line_at = offsetof(struct scope, line), .named = true,
	.rule = rule_scope };

static const struct row divert4_rows[] = {
	{ "min", KIND_UINT, AT(profile, divert4.min), .lo = 8, .hi = 32, .def = "24",
	  .help = "shortest length scrubbed" },
	{ "max", KIND_UINT, AT(profile, divert4.max), .lo = 8, .hi = 32, .def = "24",
	  .help = "longest" },
};
static const struct row divert6_rows[] = {
	{ "min", KIND_UINT, AT(profile, divert6.min), .lo = 16, .hi = 128, .def = "48",
	  .help = "shortest length scrubbed" },
	{ "max", KIND_UINT, AT(profile, divert6.max), .lo = 16, .hi = 128, .def = "48",
	  .help = "longest" },
};
static const struct section divert4 = { .what = "divert4", ROWS(divert4_rows),
	.size = sizeof(struct profile), .line_at = NOWHERE };
static const struct section divert6 = { .what = "divert6", ROWS(divert6_rows),
	.size = sizeof(struct profile), .line_at = NOWHERE };

static const struct row source4_rows[] = {
	{ "min", KIND_UINT, AT(profile, source4.min), .lo = 8, .hi = 32, .def = "32",
	  .help = "shortest length accepted" },
	{ "max", KIND_UINT, AT(profile, source4.max), .lo = 8, .hi = 32, .def = "32",
	  .help = "longest" },
};
static const struct row source6_rows[] = {
	{ "min", KIND_UINT, AT(profile, source6.min), .lo = 16, .hi = 128, .def = "64",
	  .help = "shortest length accepted" },
	{ "max", KIND_UINT, AT(profile, source6.max), .lo = 16, .hi = 128, .def = "128",
	  .help = "longest" },
};
static const struct section source4 = { .what = "source4", ROWS(source4_rows),
	.size = sizeof(struct profile), .line_at = NOWHERE };
static const struct section source6 = { .what = "source6", ROWS(source6_rows),
	.size = sizeof(struct profile), .line_at = NOWHERE };

/* FlowSpec destinations and sources; without the group any length. */
#define ANY_LENGTH(name, field, bits) \
static const struct row name##_rows[] = { \
	{ "min", KIND_UINT, AT(profile, flowspec.field.min), .lo = 0, .hi = (bits), .def = "0", \
	  .help = "shortest length accepted" }, \
	{ "max", KIND_UINT, AT(profile, flowspec.field.max), .lo = 1, .hi = (bits), .def = #bits, \
	  .help = "longest" }, \
}; \
static const struct section name = { .what = #name, ROWS(name##_rows), \
	.size = sizeof(struct profile), .line_at = NOWHERE };
ANY_LENGTH(flowspec_dst4, dst4, 32)
ANY_LENGTH(flowspec_dst6, dst6, 128)
ANY_LENGTH(flowspec_src4, src4, 32)
ANY_LENGTH(flowspec_src6, src6, 128)

static const struct row profile_rows[] = {
	{ "rtbh4", KIND_GROUP, .n_at = NOWHERE, .group = &lengths4,
	    .help = "IPv4 blackhole lengths accepted" },
	{ "rtbh6", KIND_GROUP, .n_at = NOWHERE, .group = &lengths6,
	    .help = "IPv6 blackhole lengths accepted" },
	{ "scopes", KIND_GROUPS, LIST(profile, scopes, scopes_n, SCOPES_MAX), .group = &scope,
	    .flags = SETTING_OPTIONAL, .help = "parts of the world in which it drops alone" },
	{ "scrubs", KIND_BOOL, AT(profile, scrubs), .def = "false",
	    .help = "takes routes to scrub what goes there" },
	{ "divert4", KIND_GROUP, .n_at = NOWHERE, .group = &divert4,
	    .help = "IPv4 lengths that it scrubs" },
	{ "divert6", KIND_GROUP, .n_at = NOWHERE, .group = &divert6,
	    .help = "IPv6 lengths that it scrubs" },
	{ "source4", KIND_GROUP, .n_at = offsetof(struct profile, drops4), .group = &source4,
	    .flags = SETTING_OPTIONAL, .help = "IPv4 lengths of sources that it drops" },
	{ "source6", KIND_GROUP, .n_at = offsetof(struct profile, drops6), .group = &source6,
	    .flags = SETTING_OPTIONAL, .help = "IPv6 lengths of sources that it drops" },
	{ "flowspec4", KIND_BOOL, AT(profile, flowspec4), .def = "false",
	    .help = "takes IPv4 FlowSpec" },
	{ "flowspec6", KIND_BOOL, AT(profile, flowspec6), .def = "false",
	    .help = "takes IPv6 FlowSpec" },
	{ "rate_limit", KIND_BOOL, AT(profile, rate_limit), .def = "false",
	    .help = "takes FlowSpec rates other than 0" },
	{ "pairs_max", KIND_UINT, AT(profile, pairs_max), .lo = 1, .hi = 1000, .def = "5",
	    .help = "operator and value pairs in one component" },
	{ "nlri_max", KIND_UINT, AT(profile, nlri_max), .lo = 16, .hi = 4095, .def = "239",
	    .help = "bytes of one rule on the wire" },
	{ "entries_max", KIND_UINT, AT(profile, entries_max), .lo = 1, .hi = UINT32_MAX,
	    .def = "4096", .help = "entries of its routers' tables that one rule may become" },
	{ "flowspec_fields", KIND_CHOICE,
	    LIST(profile, flowspec.fields, flowspec.fields_n, FLOWSPEC_FIELDS_MAX),
	    .names = flowspec_fields, .flags = SETTING_OPTIONAL,
	    .help = "what a rule may match besides its destination" },
	{ "flowspec_actions", KIND_CHOICE,
	    LIST(profile, flowspec.actions, flowspec.actions_n, FLOWSPEC_ACTIONS_MAX),
	    .names = flowspec_actions, .flags = SETTING_OPTIONAL,
	    .help = "what a rule may do besides dropping and limiting" },
	{ "redirect_to", KIND_REDIRECT,
	    LIST(profile, flowspec.redirects, flowspec.redirects_n, REDIRECTS_MAX),
	    .flags = SETTING_OPTIONAL, .help = "where a rule may send packets" },
	{ "label_max", KIND_UINT, AT(profile, flowspec.label_max), .lo = 1, .hi = 65535,
	    .def = "65535", .help = "highest flow label" },
	{ "flowspec_dst4", KIND_GROUP, .n_at = NOWHERE, .group = &flowspec_dst4,
	    .help = "IPv4 lengths of FlowSpec destinations" },
	{ "flowspec_dst6", KIND_GROUP, .n_at = NOWHERE, .group = &flowspec_dst6,
	    .help = "IPv6 lengths of FlowSpec destinations" },
	{ "flowspec_src4", KIND_GROUP, .n_at = NOWHERE, .group = &flowspec_src4,
	    .help = "IPv4 lengths of FlowSpec sources" },
	{ "flowspec_src6", KIND_GROUP, .n_at = NOWHERE, .group = &flowspec_src6,
	    .help = "IPv6 lengths of FlowSpec sources" },
	{ "max_prefix", KIND_UINT, AT(profile, max_prefix), .lo = 1, .hi = 10e6,
	    .flags = SETTING_OPTIONAL, .help = "routes of one family that end the session" },
	{ "community", KIND_TEXT, AT(profile, community), .flags = SETTING_OPTIONAL,
	    .help = "what starts the dropping, as bird.conf sets it" },
	{ "divert_community", KIND_TEXT, AT(profile, divert_community), .flags = SETTING_OPTIONAL,
	    .help = "what starts the scrubbing, as bird.conf sets it" },
	{ "source_community", KIND_TEXT, AT(profile, source_community), .flags = SETTING_OPTIONAL,
	    .help = "what starts the dropping of a source, as bird.conf sets it" },
	{ "irr", KIND_CHOICE, AT(profile, irr), .names = said, .def = "unknown",
	    .help = "looks our space up in a routing registry" },
	{ "takes_invalid", KIND_CHOICE, AT(profile, takes_invalid), .names = said, .def = "unknown",
	    .help = "takes blackholes that are invalid by RPKI" },
	{ "forwards", KIND_CHOICE, AT(profile, forwards), .names = said, .def = "unknown",
	    .help = "passes blackholes on" },
	{ "source", KIND_TEXT, AT(profile, source), .flags = SETTING_OPTIONAL,
	    .help = "who said all this" },
	{ "as_of", KIND_TEXT, AT(profile, as_of), .flags = SETTING_OPTIONAL, .help = "and when" },
};
const struct section schema_profile = { .what = "profile", ROWS(profile_rows),
	.size = sizeof(struct profile), .line_at = NOWHERE, .rule = rule_profile };
