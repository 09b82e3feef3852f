/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A template, filled with its own text in every place, sent as mail and to chats; the same bytes as
 * a file of a queue.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "notify/hook.h"
#include "notify/mail.h"
#include "notify/queue.h"
#include "notify/template.h"

/* In the headers no line begins but with one of ours or a blank: nothing was forged. */
static void
check_mail(const char *mail)
{
	static const char *const ours[] = { "From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ",
		"MIME-Version: ", "Content-", "Auto-Submitted: ", " " };

	for (const char *line = mail; strncmp(line, "\r\n", 2) != 0;
	     line = strstr(line, "\r\n") + 2) {
		bool known = false;

		for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
			known |= strncmp(line, ours[i], strlen(ours[i])) == 0;
		if (!known || strstr(line, "\r\n") == NULL)
			abort();
	}
}

static void
send(const char *subject, const char *body)
{
	struct mail m = { .from = subject,
		.to = body,
		.id = subject,
		.language = "en",
		.subject = subject,
		.body = body };
	struct text out;

	text_init(&out, MAIL_MAX);
	mail_write(&out, &m);
	if (text_ok(&out))
		check_mail(text_str(&out));
	text_clear(&out);
	for (enum notify_style style = STYLE_SLACK; style <= STYLE_MATRIX; style++) {
		hook_write(&out, style, subject, body);
		text_clear(&out);
	}
	text_fini(&out);
}

static void
fill(const struct template *t, const char *with)
{
	struct values v;
	struct text subject, body;

	for (int i = 0; i < PLACE_N; i++)
		v.of[i] = with;
	text_init(&subject, 4 * BODY_MAX);
	text_init(&body, 4 * BODY_MAX);
	template_subject(t, &v, &subject);
	template_body(t, &v, &body);
	if (subject.len > SUBJECT_MAX + 3 || body.len > BODY_MAX + 3 ||
	    strpbrk(text_str(&subject), "\r\n") != NULL)
		abort();
	send(text_str(&subject), text_str(&body));
	text_fini(&subject);
	text_fini(&body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	struct template t = { 0 };
	struct message m = { 0 };

	if (text == NULL)
		return 0;
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	if (template_parse(&t, "x", text, len, NULL) == 0) {
		fill(&t, text);
		template_fini(&t);
	}
	if (message_parse(&m, text, len) == 0) {
		send(m.subject, m.body);
		message_fini(&m);
	}
	free(text);
	return 0;
}
