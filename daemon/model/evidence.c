/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/evidence.h"

#include "base/lang.h"
#include "model/figure.h"

/* How the evidence of a metric is put: vantage, figure, limit. */
static const char *
signal_words(enum metric m)
{
	switch (m) {
	case METRIC_FAILING:
		return _("%1$s: %2$s of the checks of the service fail, and %3$s is the limit");
	case METRIC_LATENCY:
		return _("%1$s: the service takes %2$s to answer, and %3$s is the limit");
	case METRIC_FILL:
		return _("%1$s: it is %2$s full, and %3$s is the limit");
	case METRIC_CLIENT_RPS:
		return _("%1$s: one client alone sends %2$s, and %3$s is the limit");
	case METRIC_ALERTS:
		return _("%1$s: another detector tells of %2$s, and %3$s is the limit");
	case METRIC_STATE_DROPS:
		return _("%1$s: the table of connections is full, %2$s, and %3$s is the limit");
	default:
		return _("%1$s measures %2$s where %3$s is the limit");
	}
}

static void
say_seen(struct text *out, const struct evidence *e)
{
	const char *words = e->kind == EVIDENCE_SIGNAL && e->rising
	    ? _("%1$s sees it rise slowly: %2$s where %3$s is usual at this hour")
	    : e->kind == EVIDENCE_SIGNAL
	    ? signal_words(e->metric)
	    : _("%1$s objects: it sees this traffic and measures only %2$s where %3$s is the limit");
	char rate[48], above[48];

	text_printf(out, words, e->vantage, figure_str(e->metric, e->rate, rate, sizeof(rate)),
	    figure_str(e->metric, e->above, above, sizeof(above)));
	if (e->usual > 0 && !e->rising && e->kind == EVIDENCE_SIGNAL)
		text_printf(out, _(" (%.1f times what is usual at this hour)"), e->rate / e->usual);
	if (e->discount > 0)
		text_printf(out, _(" (it is late or loses data: %u %% off)"), e->discount);
	if (e->capped)
		text_add(out, _(" (what can be forged gives no more)"));
}

void
evidence_say(struct text *out, const struct evidence *e)
{
	switch (e->kind) {
	case EVIDENCE_CAUTION:
		text_add(out, _("caution, as the policy says"));
		break;
	case EVIDENCE_OTHERS:
		text_add(out, _("what other vantages say, together"));
		break;
	default:
		say_seen(out, e);
	}
}
