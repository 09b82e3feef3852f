/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "full_disk.h"
#include "leak.h"
#include "notify/heap.h"
#include "notify/hook.h"
#include "notify/mail.h"
#include "notify/news.h"
#include "notify/queue.h"
#include "notify/texts.h"

TestSuite(notify, .fini = leak_check);

/* ---- templates ----------------------------------------------------------- */

static int
parse(struct template *t, const char *text, struct diag *d)
{
	return template_parse(t, "a.en", text, strlen(text), d);
}

static char *
filled(const char *text, const struct values *v, bool subject)
{
	struct template t = { 0 };
	struct text out;
	char *copy;

	cr_assert_eq(parse(&t, text, NULL), 0);
	text_init(&out, 4 * BODY_MAX);
	if (subject)
		template_subject(&t, v, &out);
	else
		template_body(&t, v, &out);
	cr_assert(text_ok(&out));
	copy = strdup(text_str(&out));
	text_fini(&out);
	template_fini(&t);
	return copy;
}

Test(notify, a_mistake_in_a_template_is_named_with_its_line)
{
	static const struct { const char *text; unsigned line; const char *say; } rows[] = {
		{ "Hello\n\nx", 1, "Subject" },
		{ "Subject: x", 1, "Subject" },
		{ "Subject: x\nno empty line\n", 1, "Subject" },
		{ "Subject: x\n\n{say}\n{sey}\n", 4, "{sey}" },
		{ "Subject: {nothing}\n\nx\n", 1, "{nothing}" },
		{ "Subject: x\n\n{", 3, "place" },
		{ "Subject: x\n\na { b\n", 3, "place" },
		{ "Subject: x\n\n{say\n}\n", 3, "place" },
		{ "Subject: x\n\nbell \a\n", 0, "UTF-8" },
		{ "Subject: x\n\n\xff\n", 0, "UTF-8" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct template t = { 0 };
		struct diag d = { 0 };

		cr_assert_eq(parse(&t, rows[i].text, &d), -EINVAL, "%s", rows[i].text);
		cr_expect_str_eq(d.file, "a.en");
		cr_expect_eq(d.line, rows[i].line, "%s: line %u", rows[i].text, d.line);
		cr_expect_not_null(strstr(d.say, rows[i].say), "%s: %s", rows[i].text, d.say);
	}
}

Test(notify, a_template_is_filled_and_empty_lines_of_it_are_left_out)
{
	struct values v = { .of = { [PLACE_SAY] = "It rains {id}.", [PLACE_ID] = "i7" } };
	char *got =
	    filled("Subject: x\n\n{{{say}}\nUntil {until}\n{id}: {until}\nend\n", &v, false);

	cr_expect_str_eq(got, "{It rains {id}.}\ni7: \nend\n");
	free(got);
}

Test(notify, what_is_filled_in_ends_no_line_of_a_subject)
{
	struct values v = { .of = { [PLACE_TITLE] = "a\r\nBcc: x@y\n\tb\x7f\xc2\x85" "c" } };
	char *got = filled("Subject: {title}!\n\nx\n", &v, true);

	cr_expect_str_eq(got, "a  Bcc: x@y  b  c!");
	free(got);
}

Test(notify, what_is_too_long_is_cut_between_letters)
{
	struct values v = { 0 };
	char *much = malloc(BODY_MAX * 2 + 3), *got;

	for (size_t i = 0; i < BODY_MAX; i++)
		memcpy(much + 2 * i, "\xc3\xb1", 2);
	much[2 * BODY_MAX] = '\0';
	v.of[PLACE_SAY] = much;
	got = filled("Subject: {say}\n\nx{say}\n", &v, true);
	cr_expect_leq(strlen(got), SUBJECT_MAX + 3);
	cr_expect_str_eq(got + strlen(got) - 5, "\xc3\xb1...");
	free(got);
	got = filled("Subject: {say}\n\nx{say}\n", &v, false);
	cr_expect_leq(strlen(got), BODY_MAX + 3);
	cr_expect_str_eq(got + strlen(got) - 5, "\xc3\xb1...");
	free(got);
	free(much);
}

Test(notify, the_templates_that_come_along_have_no_mistake)
{
	const char *top = getenv("top_srcdir");
	struct diag d = { 0 };
	struct texts t;
	char dir[512];

	snprintf(dir, sizeof(dir), "%s/policies/messages", top != NULL ? top : ".");
	cr_assert_eq(texts_load(&t, dir, &d), 0, "%s:%u: %s", d.file, d.line, d.say);
	texts_fini(&t);
	cr_assert_eq(texts_bare(&t), 0);
	texts_fini(&t);
	cr_assert_eq(texts_load(&t, "/nonexistent", &d), -ENOENT);
}

/* ---- mail and webhooks --------------------------------------------------- */

static char *
mail_of(const char *from, const char *to, const char *id, const char *subject, const char *body)
{
	struct mail m = { .from = from,
		.to = to,
		.id = id,
		.language = "es",
		.subject = subject,
		.body = body,
		.at = { 1795424400000 } };
	struct text out;
	char *copy;

	text_init(&out, MAIL_MAX);
	mail_write(&out, &m);
	cr_assert(text_ok(&out));
	copy = strdup(text_str(&out));
	text_fini(&out);
	return copy;
}

/*
 * Every line ends with CR LF, is not too long, and before the empty line there are the headers of a
 * mail and no other.
 */
static unsigned
headers_of(const char *mail)
{
	unsigned n = 0;
	bool head = true;

	for (const char *line = mail; *line != '\0';) {
		const char *end = strstr(line, "\r\n");

		cr_assert_not_null(end);
		cr_assert_leq(end - line, 100);
		for (const char *p = line; p < end; p++)
			cr_assert(*p != '\r' && *p != '\n');
		if (end == line)
			head = false;
		n += head && *line != ' ';
		line = end + 2;
	}
	return n;
}

Test(notify, a_mail_has_its_headers_and_reads_back)
{
	char *m = mail_of("seawall@x.example", "ana@y.example", "000000000000007-alarm.mail",
	    "Atención: ñandú", "Línea uno = 1 \nlast");

	cr_expect_eq(headers_of(m), 10);
	cr_expect_not_null(
	    strstr(m, "From: Seawall <seawall@x.example>\r\nTo: <ana@y.example>\r\n"));
	cr_expect_not_null(strstr(m, "Message-ID: <000000000000007-alarm.mail@x.example>\r\n"));
	cr_expect_not_null(strstr(m, "Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n") ,"%s", m);
	cr_expect_not_null(strstr(m, "Subject: =?UTF-8?B?QXRlbmNpw7NuOiDDsWFuZMO6?=\r\n"));
	cr_expect_not_null(strstr(m, "\r\n\r\nL=C3=ADnea uno =3D 1=20\r\nlast\r\n"));
	free(m);
}

Test(notify, nothing_that_stands_in_a_name_forges_a_header)
{
	static const char *const evil[] = { "x\r\nBcc: all@example", "x>\r\n\r\nbody", "x\nX: y",
		"x, <b@c>", "\r\n.\r\nQUIT" };

	for (size_t i = 0; i < sizeof(evil) / sizeof(*evil); i++) {
		char *m = mail_of(evil[i], evil[i], evil[i], evil[i], evil[i]);

		cr_expect_eq(headers_of(m), 10, "%s", m);
		*strstr(m, "\r\n\r\n") = '\0';
		cr_expect_null(strstr(m, "\r\nBcc:"));
		cr_expect_null(strstr(m, "\r\nX:"));
		free(m);
	}
}

Test(notify, long_lines_and_subjects_are_folded)
{
	char body[3000], *m;

	memset(body, 'x', sizeof(body) - 1);
	memcpy(body + 500, "ñ=\t", 4);
	body[sizeof(body) - 1] = '\0';
	m = mail_of("a@b", "a@b", "i", body, body);
	cr_expect_eq(headers_of(m), 10);
	free(m);
}

static json_t *
hook_of(enum notify_style style, const char *subject, const char *body)
{
	struct text out;
	json_t *j;

	text_init(&out, HOOK_MAX);
	hook_write(&out, style, subject, body);
	cr_assert(text_ok(&out));
	j = jout_read(&out);
	cr_assert_not_null(j);
	cr_assert_null(strchr(text_str(&out), '\n'));
	text_fini(&out);
	return j;
}

Test(notify, a_chat_is_called_by_nobody_through_our_texts)
{
	json_t *j = hook_of(STYLE_SLACK, "a \"b\" \\ c", "<!channel> & <http://x|y>\n@here");

	cr_expect_eq(json_object_size(j), 1);
	cr_expect_str_eq(json_string_value(json_object_get(j, "text")),
	    "a \"b\" \\ c\n\n&lt;!channel&gt; &amp; &lt;http://x|y&gt;\n@here");
	json_decref(j);
	j = hook_of(STYLE_MATTERMOST, "s", "@channel");
	cr_expect_str_eq(json_string_value(json_object_get(j, "text")),
	    "s\n\n@\xe2\x80\x8b"
	    "channel");
	json_decref(j);
	j = hook_of(STYLE_MATRIX, "s", "b");
	cr_expect_str_eq(json_string_value(json_object_get(j, "msgtype")), "m.text");
	cr_expect_str_eq(json_string_value(json_object_get(j, "body")), "s\n\nb");
	json_decref(j);
}

/* ---- what is told -------------------------------------------------------- */

static bool
news(struct news *ret, const char *more)
{
	char text[1024];
	json_t *j;
	bool is;

	snprintf(text, sizeof(text),
	    "{\"n\":7,\"prev\":\"\",\"say\":{\"en\":\"It\",\"es\":\"Ello\"},"
	    "\"t\":\"2026-11-23T09:00:00.000Z\",%s}",
	    more);
	j = json_loads(text, 0, NULL);
	cr_assert_not_null(j, "%s", text);
	is = news_of(ret, 7, j);
	json_decref(j);
	return is;
}

/* So the messenger knows which drill somebody heard of, also over a restart. */
Test(notify, a_message_of_a_drill_has_its_name_and_the_number_of_its_record)
{
	struct message m = { 0 };
	struct news n;

	cr_assert(news(&n,
	    "\"kind\":\"incident\",\"event\":\"opened\",\"incident\":{\"id\":\"i4\"}"));
	cr_expect_null(n.name);
	cr_assert(news(&n,
	    "\"kind\":\"incident\",\"event\":\"opened\",\"drill\":true,\"incident\":{\"id\":\"i4\"}"));
	message_name(&m, n.n, n.name);
	cr_expect_eq(message_number(m.name, NEWS_DRILL), 7, "%s", m.name);
	cr_expect_eq(message_number(m.name, "incident"), 0);
	message_name(&m, 7, "1-drill");		/* of a log that was moved */
	cr_expect_eq(message_number(m.name, NEWS_DRILL), 7, "%s", m.name);
	cr_expect_eq(message_number("drill", NEWS_DRILL), 0);
	cr_expect_eq(message_number("", NEWS_DRILL), 0);
}

Test(notify, each_kind_of_record_is_told_as_what_it_is)
{
	static const struct {
		const char *record;
		int tell;
		bool always;
		const char *id;
	} rows[] = {
		{ "\"kind\":\"incident\",\"event\":\"opened\",\"incident\":{\"id\":\"i4\"}",
		    TELL_INCIDENT, false, "i4" },
		{ "\"kind\":\"incident\",\"event\":\"not-taken\"", -1, false, "" },
		{ "\"kind\":\"approval\",\"event\":\"asked\",\"approval\":{\"id\":\"a1\",\"until\":\"2026-11-23T09:10:00.000Z\"}",
		    TELL_APPROVAL, true, "a1" },
		{ "\"kind\":\"approval\",\"event\":\"expired\",\"approval\":{\"id\":\"a1\"}",
		    TELL_APPROVAL, true, "a1" },
		{ "\"kind\":\"approval\",\"event\":\"asked\",\"dry_run\":true,\"approval\":{\"id\":\"a1\"}",
		    -1, false, "" },
		{ "\"kind\":\"incident\",\"event\":\"opened\",\"dry_run\":true,\"incident\":{\"id\":\"i4\"}",
		    TELL_INCIDENT, false, "i4" },
		{ "\"kind\":\"intent\",\"verb\":\"announce\",\"mitigation\":{\"id\":\"m3\"},\"id\":\"m3\"",
		    TELL_ANNOUNCEMENT, false, "m3" },
		{ "\"kind\":\"outcome\",\"result\":\"applied\"", -1, false, "" },
		{ "\"kind\":\"outcome\",\"result\":\"refused\",\"id\":\"m3\"", TELL_ALARM, false,
		    "m3" },
		{ "\"kind\":\"router\",\"answers\":false", TELL_ALARM, false, "" },
		{ "\"kind\":\"router\",\"answers\":true", TELL_ALARM, false, "" },
		{ "\"kind\":\"router\",\"established\":false,\"alarm\":true", TELL_ALARM, false,
		    "" },
		{ "\"kind\":\"reconcile\",\"result\":\"late\",\"alarm\":true", TELL_ALARM, false,
		    "" },
		{ "\"kind\":\"reconcile\",\"result\":\"missing\",\"alarm\":false", -1, false, "" },
		{ "\"kind\":\"sensor\",\"health\":\"blind\"", TELL_ALARM, false, "" },
		{ "\"kind\":\"pause\",\"until\":\"2026-11-23T10:00:00.000Z\"", TELL_ALARM, true,
		    "" },
		{ "\"kind\":\"config\"", TELL_DIGEST, false, "" },
		{ "\"kind\":\"live\",\"event\":\"step\",\"step\":\"dry-run\",\"capped\":false",
		    TELL_ALARM, true, "" },
		{ "\"kind\":\"live\",\"event\":\"step\",\"step\":\"dry-run\",\"capped\":true", -1,
		    false, "" },
		{ "\"kind\":\"heartbeat\"", -1, false, "" },
		{ "\"kind\":\"measured\"", -1, false, "" },
		{ "\"kind\":\"unheard-of\"", -1, false, "" },
		{ "\"kind\":5", -1, false, "" },
		{ "\"kind\":\"incident\",\"event\":[],\"incident\":7", -1, false, "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct news n;
		bool is = news(&n, rows[i].record);

		cr_assert_eq(is, rows[i].tell >= 0, "%s", rows[i].record);
		if (!is)
			continue;
		cr_expect_eq(n.tell, (enum tell)rows[i].tell, "%s", rows[i].record);
		cr_expect_eq(n.always, rows[i].always, "%s", rows[i].record);
		cr_expect_str_eq(n.id, rows[i].id, "%s", rows[i].record);
		cr_expect_str_eq(n.say[LANG_ES], "Ello");
	}
}

Test(notify, what_was_counted_survives_in_a_file)
{
	struct heap h = { 0 }, back;
	struct text out, sums, again;
	struct jout j;
	struct news n;
	json_t *read;

	cr_assert(
	    news(&n, "\"kind\":\"incident\",\"event\":\"opened\",\"incident\":{\"id\":\"i4\"}"));
	for (unsigned i = 0; i < HEAP_LINES + 9; i++)
		heap_add(&h, &n, LANG_EN);
	cr_expect_eq(h.left_out, 9);
	text_init(&out, 1 << 20);
	jout_init(&j, &out);
	jout_object(&j, NULL);
	heap_write(&h, &j, "h");
	jout_close(&j);
	jout_fini(&j);
	read = jout_read(&out);
	heap_read(&back, json_object_get(read, "h"));
	cr_expect_eq(back.n, HEAP_LINES + 9);
	cr_expect_eq(memcmp(&h, &back, sizeof(h)), 0);
	text_init(&sums, 4096);
	text_init(&again, 1 << 20);
	heap_sums(&back, &sums);
	cr_expect_not_null(strstr(text_str(&sums), "33  attacks that began"), "%s",
	    text_str(&sums));
	heap_list(&back, &again);
	cr_expect_not_null(strstr(text_str(&again), "and 9 more"));
	text_fini(&sums);
	text_fini(&again);
	text_fini(&out);
	json_decref(read);
}

/* ---- queues -------------------------------------------------------------- */

struct box {
	char dir[64], path[96];
	struct queue *q;
};

static struct box
box_new(unsigned max)
{
	struct box b = { .dir = "/tmp/seawall-queue-XXXXXX" };
	unsigned damaged;

	cr_assert_not_null(mkdtemp(b.dir));
	snprintf(b.path, sizeof(b.path), "%s/q", b.dir);
	cr_assert_eq(queue_open(&b.q, b.path, max, 0, &damaged), 0);
	return b;
}

static unsigned
box_again(struct box *b, unsigned max, uint64_t state)
{
	unsigned damaged;

	queue_close(b->q);
	cr_assert_eq(queue_open(&b->q, b->path, max, state, &damaged), 0);
	return damaged;
}

static void
box_remove(struct box *b)
{
	char command[128];

	queue_close(b->q);
	snprintf(command, sizeof(command), "rm -r %s", b->dir);
	cr_assert_eq(system(command), 0);
}

static int
add(struct box *b, uint64_t n, bool urgent, uint64_t state)
{
	struct message m = { .urgent = urgent,
		.queued = { 1000 },
		.expires = { 2000 },
		.state = state,
		.subject = (char *)"s\r\n\"",
		.body = (char *)"ñ\n" };
	unsigned evicted;
	int err;

	message_name(&m, n, "alarm");
	err = queue_put(b->q, &m, &evicted);
	return err != 0 ? err : (int)evicted;
}

static uint64_t
taken(struct box *b)
{
	struct queue_item *i = queue_take(b->q, (mono_t){ 1 });

	return i == NULL ? 0 : strtoull(queue_item_name(i), NULL, 10);
}

Test(notify, a_queue_gives_what_was_put_and_urgent_first)
{
	struct box b = box_new(10);
	struct message m = { 0 };

	cr_expect_eq(add(&b, 5, false, 1), 0);
	cr_expect_eq(add(&b, 9, true, 1), 0);
	cr_expect_eq(add(&b, 3, false, 1), 0);
	cr_expect_eq(add(&b, 3, false, 1), 0, "the same again is the same");
	cr_expect_eq(taken(&b), 0, "nothing before it is committed");
	queue_commit(b.q);
	cr_expect_eq(queue_state(b.q).n, 3);
	for (uint64_t want = 9; want != 0; want = want == 9 ? 3 : want == 3 ? 5 : 0) {
		struct queue_item *i = queue_take(b.q, (mono_t){ 1 });

		cr_assert_eq(queue_read(b.q, i, &m), 0);
		cr_expect_eq(strtoull(m.name, NULL, 10), want);
		cr_expect_str_eq(m.subject, "s\r\n\"");
		cr_expect_str_eq(m.body, "ñ\n");
		message_fini(&m);
		queue_done(b.q, i);
	}
	cr_expect_eq(taken(&b), 0);
	box_remove(&b);
}

Test(notify, a_full_queue_keeps_the_old_and_makes_room_for_what_is_urgent)
{
	struct box b = box_new(3);

	for (unsigned i = 1; i <= 3; i++)
		cr_expect_eq(add(&b, i, i == 1, 1), 0);
	cr_expect_eq(add(&b, 4, false, 1), -ENOSPC);
	cr_expect_eq(add(&b, 5, true, 1), 1, "one went");
	cr_expect_eq(add(&b, 6, true, 1), 1);
	cr_expect_eq(add(&b, 7, true, 1), -ENOSPC, "all are urgent");
	queue_commit(b.q);
	cr_expect_eq(taken(&b), 1);
	cr_expect_eq(queue_state(b.q).n, 3);
	box_remove(&b);
}

/*
 * Killed between a file and the state that knows it: the file is made again from the log, so it
 * goes.
 */
Test(notify, a_restart_keeps_what_the_state_on_the_disk_knows)
{
	struct box b = box_new(10);

	cr_expect_eq(add(&b, 1, false, 1), 0);
	cr_expect_eq(add(&b, 2, false, 2), 0);
	cr_expect_eq(box_again(&b, 10, 1), 0);
	cr_expect_eq(queue_state(b.q).n, 1);
	cr_expect_eq(taken(&b), 1);
	cr_expect_eq(box_again(&b, 10, 2), 0);
	cr_expect_eq(queue_state(b.q).n, 1, "the other was removed");
	box_remove(&b);
}

Test(notify, files_that_are_no_messages_are_counted_and_removed)
{
	static const char *const files[][2] = { { "000000000000009-alarm", "" },
		{ "000000000000008-alarm", "[1]" }, { "000000000000007-alarm", "{\"body\":\"x\"" },
		{ "000000000000006-alarm",
		    "{\"body\":\"x\",\"expires\":9,\"queued\":9,\"state\":1,\"subject\":\"s\",\"to\":\"a\\r\\nb\"}" },
		{ "notes.txt", "hello" } };
	struct box b = box_new(10);
	char path[256];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", b.path, files[i][0]);
		f = fopen(path, "w");
		cr_assert_not_null(f);
		fputs(files[i][1], f);
		fclose(f);
	}
	cr_expect_eq(box_again(&b, 10, 5), 5);
	cr_expect_eq(queue_state(b.q).n, 0);
	cr_expect_eq(box_again(&b, 10, 5), 0);
	box_remove(&b);
}

Test(notify, what_the_disk_does_not_take_waits_in_memory)
{
	struct box b = box_new(10000);
	struct message m = { 0 };
	unsigned n = 2;
	int err = 0;

	let_files_be(0);
	cr_expect_eq(add(&b, 1, false, 1), 0);
	cr_expect_eq(add(&b, 2, false, 1), 0);
	queue_commit(b.q);
	cr_assert_eq(taken(&b), 1);
	cr_assert_eq(queue_read(b.q, queue_take(b.q, (mono_t){ 1 }), &m), 0);
	cr_expect_str_eq(m.name, "000000000000001-alarm");
	cr_expect_str_eq(m.body, "ñ\n");
	message_fini(&m);
	queue_done(b.q, queue_take(b.q, (mono_t){ 1 }));
	cr_expect_neq(queue_flush(b.q), 0, "there is no room yet");
	let_files_be(RLIM_INFINITY);
	cr_expect_eq(queue_flush(b.q), 0);
	cr_expect_eq(box_again(&b, 10000, 1), 0);
	cr_expect_eq(queue_state(b.q).n, 1);
	cr_expect_eq(taken(&b), 2);
	let_files_be(0);
	while (err == 0)
		err = add(&b, ++n, false, 1);
	cr_expect_leq(queue_state(b.q).bytes, QUEUE_MEMORY_MAX + QUEUE_FILE_MAX, "not without end");
	let_files_be(RLIM_INFINITY);
	box_remove(&b);
}

Test(notify, what_is_too_old_goes_and_is_counted)
{
	struct box b = box_new(10);

	for (unsigned i = 1; i <= 4; i++)
		cr_expect_eq(add(&b, i, false, 1), 0);
	queue_commit(b.q);
	cr_expect_eq(queue_expire(b.q, (wall_t){ 1999 }), 0);
	cr_expect_eq(queue_expire(b.q, (wall_t){ 2001 }), 4);
	cr_expect_eq(queue_state(b.q).n, 0);
	box_remove(&b);
}
