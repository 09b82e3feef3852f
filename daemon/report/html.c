/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/html.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/jchars.h"
#include "base/lang.h"
#include "report/style.h"

#define REPLACEMENT "\xef\xbf\xbd"	/* U+FFFD */

static const char *
escape_of(unsigned char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	case '\n': case '\t': return " ";
	}
	return c < ' ' || c == 0x7f ? REPLACEMENT : NULL;
}

/*
 * What would show a text otherwise than it is: C1 controls, line separators, marks that turn the
 * direction of writing or take no place (U+200B..200F, 2028..202E, 2060..206F, FEFF), characters
 * that are none.
 */
static bool
misleads(const unsigned char *p, unsigned n)
{
	unsigned c;

	if (n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (n != 3)
		return false;
	c = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c >= 0xfff9;
}

/* One character that is not plain ASCII; returns its bytes. */
static unsigned
add_odd(struct text *to, const unsigned char *p, const unsigned char *end)
{
	unsigned n = *p < 0x80 ? 0 : jchars_utf8(p, end);
	const char *e;

	if (n == 0) {
		e = *p < 0x80 ? escape_of(*p) : REPLACEMENT;
		text_add(to, e);
		return 1;
	}
	if (misleads(p, n))
		text_add(to, REPLACEMENT);
	else
		text_addn(to, (const char *)p, n);
	return n;
}

static const unsigned char *
end_of(const unsigned char *p)
{
	const unsigned char *end = p + strnlen((const char *)p, HTML_TEXT_MAX);

	while (*end != '\0' && end > p && (*end & 0xc0) == 0x80)
		end--;		/* not inside a letter */
	return end;
}

static void
add_escaped(struct text *to, const char *s)
{
	const unsigned char *p = (const unsigned char *)s, *end = end_of(p), *plain;

	while (p < end) {
		for (plain = p; p < end && *p < 0x80 && escape_of(*p) == NULL; p++)
			;
		text_addn(to, (const char *)plain, (size_t)(p - plain));
		if (p < end)
			p += add_odd(to, p, end);
	}
	if (*end != '\0')
		text_add(to, "…");
}

/*
 * Columns are as wide as their longest word: one longer than this may be broken, so that no name
 * makes a table too wide.
 */
#define WORD_MAX 20

static void
add_breakable(struct text *to, const char *s)
{
	const unsigned char *p = (const unsigned char *)s, *end = end_of(p);
	unsigned run = 0;

	for (unsigned n; p < end; p += n) {
		n = 1;
		run = *p == ' ' || *p == '\n' || *p == '-' ? 0 : run + 1;
		if (run > WORD_MAX) {
			text_add(to, "<wbr>");
			run = 1;
		}
		if (*p >= 0x80 || escape_of(*p) != NULL)
			n = add_odd(to, p, end);
		else
			text_addn(to, (const char *)p, 1);
	}
	if (*end != '\0')
		text_add(to, "…");
}

void
html_text(struct html *h, const char *s)
{
	if (h->table.in_cell)
		add_breakable(h->to, s != NULL ? s : "");
	else
		add_escaped(h->to, s != NULL ? s : "");
}

void
html_printf(struct html *h, const char *fmt, ...)
{
	struct text t;
	va_list ap;

	text_init(&t, h->to->limit);
	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	h->to->bad |= !text_ok(&t);
	add_escaped(h->to, text_str(&t));
	text_fini(&t);
}

/* Between these a blank would be seen. */
static bool
is_inline(const char *tag)
{
	static const char *const tags[] = { "a", "span", "strong", "em", "code", "time", "b", "th",
		"td", "tspan" };

	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++)
		if (strcmp(tag, tags[i]) == 0)
			return true;
	return false;
}

void
html_open(struct html *h, const char *tag, ...)
{
	const char *name, *value;
	va_list ap;

	assert(h->depth < HTML_DEPTH);
	text_add(h->to, "<");
	text_add(h->to, tag);
	va_start(ap, tag);
	while ((name = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (value == NULL)
			continue;
		text_add(h->to, " ");
		text_add(h->to, name);
		text_add(h->to, "=\"");
		add_escaped(h->to, value);
		text_add(h->to, "\"");
	}
	va_end(ap);
	text_add(h->to, ">");
	h->open[h->depth++] = tag;
}

void
html_close(struct html *h)
{
	const char *tag;

	assert(h->depth > 0);
	tag = h->open[--h->depth];
	text_add(h->to, "</");
	text_add(h->to, tag);
	text_add(h->to, is_inline(tag) ? ">" : ">\n");
}

void
html_el(struct html *h, const char *tag, const char *class, const char *s)
{
	html_open(h, tag, "class", class, NULL);
	html_text(h, s);
	html_close(h);
}

void
html_heading(struct html *h, unsigned level, const char *id, const char *s)
{
	static const char *const tags[] = { "h1", "h2", "h3", "h4" };

	assert(level >= 1 && level <= 4);
	html_open(h, tags[level - 1], "id", id, NULL);
	html_text(h, s);
	html_close(h);
}

/* A scheme ends at the first ':' before any '/', '?' or '#' (RFC 3986 3). */
static bool
is_safe_link(const char *href)
{
	size_t n = strcspn(href, ":/?#");

	if (strncmp(href, "https://", 8) == 0 || strncmp(href, "http://", 7) == 0 ||
	    strncmp(href, "mailto:", 7) == 0)
		return true;
	return href[n] != ':' && strncmp(href, "//", 2) != 0 && (unsigned char)*href > ' ';
}

void
html_link(struct html *h, const char *href, const char *s)
{
	if (href == NULL || !is_safe_link(href)) {
		html_text(h, s);
		return;
	}
	html_open(h, "a", "href", href, NULL);
	html_text(h, s);
	html_close(h);
}

void
html_fact(struct html *h, const char *question, const char *answer)
{
	html_open(h, "div", NULL);
	html_el(h, "dt", NULL, question);
	html_el(h, "dd", NULL, answer);
	html_close(h);
}

void
html_part(struct html *h, struct text *to)
{
	*h = (struct html){ .to = to };
}

#define POLICY \
	"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

static void
head(struct html *h, const struct html_page *page)
{
	html_open(h, "head", NULL);
	text_add(h->to, "\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<meta name=\"generator\" content=\"seawall\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"");
	add_escaped(h->to, page->policy != NULL ? page->policy : POLICY);
	text_add(h->to, "\">\n");
	if (page->about != NULL) {
		text_add(h->to, "<meta name=\"description\" content=\"");
		add_escaped(h->to, page->about);
		text_add(h->to, "\">\n");
	}
	if (page->refresh_s > 0)
		text_printf(h->to,
		    page->script == NULL
			? "<meta http-equiv=\"refresh\" content=\"%u\">\n"
			: "<noscript><meta http-equiv=\"refresh\" content=\"%u\"></noscript>\n",
		    page->refresh_s);
	html_el(h, "title", NULL, page->title);
	text_add(h->to, "<style>\n");
	text_add(h->to, report_style);
	text_add(h->to, "</style>\n");
	if (page->script != NULL) {
		text_add(h->to, "<script>");
		text_add(h->to, page->script);
		text_add(h->to, "</script>\n");
	}
	html_close(h);
}

void
html_begin(struct html *h, struct text *to, const struct html_page *page)
{
	html_part(h, to);
	text_add(to, "<!DOCTYPE html>\n");
	html_open(h, "html", "lang", lang_get() == LANG_ES ? "es" : "en", NULL);
	text_add(to, "\n");
	head(h, page);
	html_open(h, "body", "class", page->kind, NULL);
	text_add(to, "\n");
	html_open(h, "a", "class", "skip", "href", "#main", NULL);
	html_text(h, _("Skip to the content"));
	html_close(h);
	text_add(to, "\n");
}

void
html_end(struct html *h)
{
	while (h->depth > 0)
		html_close(h);
}

void
html_table(struct html *h, const char *caption, const struct html_column *columns, unsigned n)
{
	assert(n > 0 && n <= HTML_COLUMNS && h->table.n == 0);
	html_open(h, "table", "role", "table", "class", n > 2 ? "cards" : NULL, NULL);
	html_el(h, "caption", NULL, caption);
	html_open(h, "thead", "role", "rowgroup", NULL);
	html_open(h, "tr", "role", "row", NULL);
	for (unsigned i = 0; i < n; i++) {
		html_open(h, "th", "scope", "col", "role", "columnheader", "class",
		    columns[i].figure ? "figure" : NULL, NULL);
		html_text(h, columns[i].name);
		html_close(h);
	}
	html_close(h);
	html_close(h);
	html_open(h, "tbody", "role", "rowgroup", NULL);
	text_add(h->to, "\n");
	h->table.columns = columns;
	h->table.n = n;
	h->table.in_row = h->table.in_cell = false;
}

static void
end_cell(struct html *h)
{
	if (h->table.in_cell)
		html_close(h);
	h->table.in_cell = false;
}

static void
end_row(struct html *h)
{
	end_cell(h);
	if (h->table.in_row)
		html_close(h);
	h->table.in_row = false;
}

void
html_row(struct html *h, const char *class)
{
	end_row(h);
	html_open(h, "tr", "role", "row", "class", class, NULL);
	h->table.in_row = true;
	h->table.at = 0;
}

void
html_cell_open(struct html *h)
{
	const struct html_column *column = &h->table.columns[h->table.at];
	bool first = h->table.at == 0;

	assert(h->table.in_row && h->table.at < h->table.n);
	end_cell(h);
	html_open(h, first ? "th" : "td", "role", first ? "rowheader" : "cell", "scope",
	    first ? "row" : NULL, "class", column->figure ? "figure" : NULL, "data-name",
	    first ? NULL : column->name, NULL);
	h->table.in_cell = true;
	h->table.at++;
}

void
html_cell(struct html *h, const char *s)
{
	html_cell_open(h);
	html_text(h, s);
	end_cell(h);
}

void
html_table_end(struct html *h)
{
	end_row(h);
	html_close(h);
	html_close(h);
	h->table.n = 0;
}
