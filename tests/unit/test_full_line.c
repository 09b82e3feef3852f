/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `check` says of a line that may be full; the loopback stands in for the line. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/lang.h"
#include "cli/full_line.h"
#include "leak.h"

TestSuite(full_line, .fini = leak_check);

static char warnings[4096], notes[4096];

static void
hear(void *ctx, bool warning, const char *say)
{
	char *into = warning ? warnings : notes;

	(void)ctx;
	strcat(into, say);
	strcat(into, "\n");
}

static struct settings *
of(const char *interface, const char *noc)
{
	static struct settings s;

	memset(&s, 0, sizeof(s));
	lang_open("en");
	s.upstreams_n = s.links_n = s.routers_n = s.sensors_n = 1;
	strcpy(s.upstreams[0].name, "transit-a");
	strcpy(s.upstreams[0].noc, noc);
	strcpy(s.links[0].name, "line-a");
	strcpy(s.links[0].interface, interface);
	s.routers[0].sessions_n = s.sensors[0].exporters_n = 1;
	prefix_parse(&s.routers[0].sessions[0], "127.0.0.2");
	prefix_parse(&s.sensors[0].exporters[0], "::1");
	warnings[0] = notes[0] = '\0';
	return &s;
}

Test(full_line, what_shares_the_line_is_named)
{
	full_line_check(of("lo", "+1-555-0100"), "127.0.0.3 40000 127.0.0.1 22", hear, NULL);
	cr_assert_not_null(strstr(warnings, "exports of ::1 come over link line-a (lo)"), "%s",
	    warnings);
	cr_assert_not_null(strstr(warnings, "come from 127.0.0.3 over link line-a"), "%s",
	    warnings);
	cr_assert_not_null(strstr(notes, "BGP with 127.0.0.2 goes over link line-a"), "%s", notes);
	cr_assert_null(strstr(warnings, "noc"), "%s", warnings);
}

Test(full_line, a_path_of_its_own_is_no_finding)
{
	full_line_check(of("eth9", "+1-555-0100"), "127.0.0.3 40000 127.0.0.1 22", hear, NULL);
	cr_assert_str_eq(warnings, "");
	cr_assert_str_eq(notes, "");
}

Test(full_line, nobody_to_call_is_a_warning)
{
	full_line_check(of("eth9", ""), NULL, hear, NULL);
	cr_assert_not_null(strstr(warnings, "upstream transit-a: `noc` does not say whom to call"),
	    "%s", warnings);
}

Test(full_line, links_without_an_interface_tell_nothing_and_it_is_said)
{
	full_line_check(of("", "+1-555-0100"), "nonsense", hear, NULL);
	cr_assert_str_eq(warnings, "");
	cr_assert_not_null(strstr(notes, "no link names its interface"), "%s", notes);
}
