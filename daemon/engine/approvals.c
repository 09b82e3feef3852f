/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people answer when they are asked: written down first, then it counts. */
#include "engine/state.h"

#include <errno.h>
#include <string.h>

#include "base/lang.h"

const struct approval *
engine_approval(const struct engine *e, unsigned i)
{
	return decide_approval(core_decide(e->core), i);
}

int
engine_answer(struct engine *e, const struct answer *answer, struct diag *reterr)
{
	struct decide *decide = core_decide(e->core);
	struct now now = clock_now();
	struct decision d;
	int err;

	if (!answer->yes && (answer->why == NULL || answer->why[0] == '\0'))
		return diag_set(reterr, -EINVAL, "%s",
				_("a reason is needed: the committee reads it"));
	err = decide_consider(decide, answer, now, &d, reterr);
	if (err != 0)
		return err;
	err = record_approval(e, &d);
	if (err == 0)
		err = intent_settle(e);
	if (err != 0)
		return diag_set(reterr, err,
		    _("the audit log cannot be written (%s), so the answer does not count"),
		    strerror(-err));
	decide_answer(decide, &d, now);
	pipeline_soon(e);
	return 0;
}
