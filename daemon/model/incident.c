/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/incident.h"

const char *
incident_state_name(enum incident_state s)
{
	static const char *const names[] = { "open", "subsiding", "releasing", "closed" };

	return names[s];
}

const char *
evidence_kind_name(enum evidence_kind k)
{
	static const char *const names[] = { "signal", "quiet", "caution", "others" };

	return names[k];
}

const char *
decision_event(enum decision_kind k)
{
	static const char *const names[] = {
		[DECISION_OPENED] = "opened",
		[DECISION_ESCALATED] = "escalated",
		[DECISION_SUBSIDED] = "subsided",
		[DECISION_CLOSED] = "closed",
		[DECISION_NOT_TAKEN] = "not-taken",
		[DECISION_ASKED] = "asked",
		[DECISION_APPROVED] = "approved",
		[DECISION_DENIED] = "denied",
		[DECISION_EXPIRED] = "expired",
		[DECISION_UNASKED] = "withdrawn",
	};

	return names[k];
}

const struct signature *
incident_vector(const struct incident *i, const struct settings *s)
{
	bool prefix = i->subject.kind == SUBJECT_HOST || i->subject.kind == SUBJECT_PREFIX;

	return signature_of_traits(&s->vectors, &i->traits, prefix ? i->subject.prefix.family : 4);
}
