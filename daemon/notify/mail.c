/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/mail.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "notify/times.h"

/* of a subject in one encoded word: RFC 2047 2, at most 75 with what is around it */
#define WORD_BYTES 42
#define LINE_BYTES 76		/* RFC 2045 6.7 (5) */

/* What came from a configuration or a file may hold nothing that a header gives a meaning. */
static void
add_token(struct text *to, const char *s)
{
	for (; *s != '\0'; s++)
		if (isgraph((unsigned char)*s) && strchr("<>\"(),:;\\", *s) == NULL)
			text_addn(to, s, 1);
}

/* Letters are not cut in two. */
static void
add_subject(struct text *to, const char *s)
{
	char word[WORD_BYTES * 2];
	bool first = true;

	while (*s != '\0') {
		size_t n = strlen(s);

		if (n > WORD_BYTES)
			for (n = WORD_BYTES; n > 1 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
				;
		sodium_bin2base64(word, sizeof(word), (const unsigned char *)s, n,
		    sodium_base64_VARIANT_ORIGINAL);
		text_printf(to, "%s=?UTF-8?B?%s?=", first ? "" : "\r\n ", word);
		first = false;
		s += n;
	}
}

/* RFC 2045 6.7 */
static void
add_body(struct text *to, const char *s)
{
	size_t line = 0;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;
		bool end = s[1] == '\n' || s[1] == '\0';
		bool plain = (c > ' ' && c < 0x7f && c != '=') || ((c == ' ' || c == '\t') && !end);

		if (c == '\n') {
			text_add(to, "\r\n");
			line = 0;
			continue;
		}
		/* one place for the "=" that goes on */
		if (line + (plain ? 1 : 3) > LINE_BYTES - 1) {
			text_add(to, "=\r\n");
			line = 0;
		}
		if (plain)
			text_addn(to, s, 1);
		else
			text_printf(to, "=%02X", c);
		line += plain ? 1 : 3;
	}
}

void
mail_write(struct text *to, const struct mail *m)
{
	const char *host = strchr(m->from, '@');
	char date[TIMES_LEN];

	text_add(to, "From: Seawall <");
	add_token(to, m->from);
	text_add(to, ">\r\nTo: <");
	add_token(to, m->to);
	text_add(to, ">\r\nSubject: ");
	add_subject(to, m->subject);
	text_printf(to, "\r\nDate: %s\r\nMessage-ID: <", times_mail(m->at, date));
	add_token(to, m->id);
	text_add(to, "@");
	add_token(to, host != NULL ? host + 1 : "localhost");
	text_add(to, ">\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		     "Content-Transfer-Encoding: quoted-printable\r\nContent-Language: ");
	add_token(to, m->language);
	/* RFC 3834 5: nobody's machine answers it */
	text_add(to, "\r\nAuto-Submitted: auto-generated\r\n\r\n");
	add_body(to, m->body);
	text_add(to, "\r\n");
}

const char *
mail_sender(const char *configured, char buf[static MAIL_ADDRESS_LEN])
{
	char host[256] = "localhost";

	if (configured[0] != '\0') {
		snprintf(buf, MAIL_ADDRESS_LEN, "%s", configured);
		return buf;
	}
	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		strcpy(host, "localhost");
	snprintf(buf, MAIL_ADDRESS_LEN, "seawall@%s", host);
	return buf;
}
