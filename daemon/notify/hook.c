/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/hook.h"

#include "base/jout.h"

#define ZERO_WIDTH "\xe2\x80\x8b"	/* U+200B: "@channel" is nobody then */

/* Slack reads &, < and > (its "Formatting text"); the others read @ as a call. */
static void
add_text(struct text *to, enum notify_style style, const char *s)
{
	for (; *s != '\0'; s++)
		if (style == STYLE_SLACK && *s == '&')
			text_add(to, "&amp;");
		else if (style == STYLE_SLACK && *s == '<')
			text_add(to, "&lt;");
		else if (style == STYLE_SLACK && *s == '>')
			text_add(to, "&gt;");
		else if (style != STYLE_SLACK && *s == '@')
			text_add(to, "@" ZERO_WIDTH);
		else
			text_addn(to, s, 1);
}

void
hook_write(struct text *to, enum notify_style style, const char *subject, const char *body)
{
	struct text all;
	struct jout out;

	text_init(&all, HOOK_MAX / 2);
	add_text(&all, style, subject);
	text_add(&all, "\n\n");
	add_text(&all, style, body);
	jout_init(&out, to);
	jout_object(&out, NULL);
	if (style == STYLE_MATRIX) {
		jout_str(&out, "body", text_str(&all));
		jout_str(&out, "msgtype", "m.text");
	} else {
		jout_str(&out, "text", text_str(&all));
	}
	jout_close(&out);
	jout_fini(&out);
	if (!text_ok(&all))
		to->bad = true;
	text_fini(&all);
}
