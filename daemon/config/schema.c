/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/schema.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/rows.h"
#include "config/rules.h"
#include "model/live.h"
#include "model/observation.h"

#define DAYS(n) ((n) * 86400e3)
#define SENSOR(id) (1u << SENSOR_##id)

static const char *const consents[] = { "never", "ask", "yes", NULL };
static const char *const sensor_types[] = {
	"flow", "packet", "interface", "nftables", "conntrack", "log", "poll", "probe", "feed", NULL
};
static const char *const log_formats[] = { "combined", "json", NULL };
static const char *const roles[] = { "viewer", "operator", "committee", NULL };
static const char *const ghosts[] = { "withdraw", "keep", NULL };
static const char *const exits[] = { "keep", "withdraw", NULL };
static const char *const styles[] = { "slack", "mattermost", "matrix", NULL };
static const char *const digests[] = { "daily", "weekly", NULL };
static const char *const weekdays[] = {
	"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", NULL
};
static const char *const notify_types[] = { "webhook", "mail", NULL };
static const char *const languages[] = { "en", "es", NULL };
static const char *const notify_events[] = {
	"incident", "approval", "alarm", "digest", "announcement", NULL
};

static const struct row organization_rows[] = {
	{ "name", KIND_TEXT, AT(settings, organization.name), .flags = SETTING_OPTIONAL,
	  .help = "who we are, for reports" },
	{ "languages", KIND_TEXT,
	  LIST(settings, organization.languages, organization.languages_n, 4),
	  .def = "en", .names = languages, .help = "languages of messages and reports" },
	{ "time_zone", KIND_TEXT, AT(settings, organization.time_zone), .def = "UTC",
	  .help = "time zone of reports" },
};

static const struct row protected_rows[] = {
	{ "prefix", KIND_PREFIX, AT(protected_prefix, prefix), .flags = SETTING_REQUIRED,
	  .help = "address or prefix that is never announced" },
	{ "why", KIND_TEXT, AT(protected_prefix, why), .def = "protected",
	  .help = "what it is, for refusals" },
};

static const struct row spared_rows[] = {
	{ "prefix", KIND_PREFIX, AT(protected_prefix, prefix), .flags = SETTING_REQUIRED,
	  .help = "somebody else's address or prefix that is never dropped as a source" },
	{ "why", KIND_TEXT, AT(protected_prefix, why), .def = "spared",
	  .help = "what it is, for refusals" },
};

static const struct row member_rows[] = {
	{ "name", KIND_TEXT, AT(member, name), .flags = SETTING_REQUIRED,
	  .help = "who lives there" },
	{ "prefixes", KIND_PREFIX, LIST(member, prefixes, prefixes_n, MEMBER_PREFIXES_MAX),
	  .flags = SETTING_REQUIRED, .help = "where" },
	{ "blackhole", KIND_CHOICE, AT(member, blackhole), .names = consents, .def = "ask",
	  .help = "may the member's hosts be sacrificed" },
	{ "contact", KIND_TEXT, AT(member, contact), .flags = SETTING_OPTIONAL,
	  .help = "whom to tell" },
	{ "language", KIND_TEXT, AT(member, language), .names = languages, .def = "en",
	  .help = "in which language" },
};

static const struct row link_rows[] = {
	{ "name", KIND_NAME, AT(link, name), .flags = SETTING_REQUIRED,
	  .help = "name of the link" },
	{ "interface", KIND_NAME, AT(link, interface), .lo = 1, .hi = 15, .flags = SETTING_OPTIONAL,
	  .help = "network interface on this machine" },
	{ "capacity", KIND_BITS, AT(link, capacity_bps), .lo = 1e3, .hi = 1e14,
	  .flags = SETTING_REQUIRED, .help = "how much it carries" },
};

static const struct row nft_counter_rows[] = {
	{ "name", KIND_NAME, AT(nft_counter, name), .flags = SETTING_REQUIRED,
	  .help = "name of the counter in the table" },
	{ "metric", KIND_METRIC, AT(nft_counter, metric), .flags = SETTING_REQUIRED,
	  .help = "what its growth in a second is" },
	{ "subject", KIND_PREFIX, AT(nft_counter, subject), .flags = SETTING_OPTIONAL,
	  .help = "what of ours it goes to; the whole network when not given" },
};
static const struct section nft_counter = { .what = "counter", ROWS(nft_counter_rows),
	.size = sizeof(struct nft_counter), .line_at = offsetof(struct nft_counter, line),
	.named = true, .rule = rule_nft_counter };

static const struct row outside_rows[] = {
	{ "exporter", KIND_ADDRESS, AT(outside, exporter), .flags = SETTING_REQUIRED,
	  .help = "the exporter these interfaces are of" },
	{ "interfaces", KIND_UINT, LIST(outside, interfaces, interfaces_n, INTERFACES_MAX),
	  .lo = 1, .hi = UINT32_MAX, .flags = SETTING_REQUIRED,
	  .help = "its interfaces that lead out of our network" },
};

static const struct section outside_group = { .what = "outside", ROWS(outside_rows),
	.size = sizeof(struct outside), .line_at = NOWHERE };

static const struct row sensor_rows[] = {
	{ "name", KIND_NAME, AT(sensor_settings, name), .flags = SETTING_REQUIRED,
	    .help = "name of the sensor" },
	{ "type", KIND_CHOICE, AT(sensor_settings, type), .names = sensor_types,
	    .flags = SETTING_REQUIRED, .help = "what it reads" },
	{ "vantage", KIND_NAME, AT(sensor_settings, vantage), .flags = SETTING_OPTIONAL,
	    .help = "sensors of one vantage add, vantages corroborate" },
	{ "link", KIND_LINK, AT(sensor_settings, link), .flags = SETTING_OPTIONAL,
	    .help = "the link that it watches" },
	{ "sees", KIND_PREFIX, LIST(sensor_settings, sees, sees_n, SEES_MAX),
	    .flags = SETTING_OPTIONAL, .when = SENSOR(FLOW) | SENSOR(PACKET),
	    .help = "all traffic to these passes it: when it is quiet, it objects" },
	{ "listen", KIND_LISTEN, AT(sensor_settings, listen), .def = "0.0.0.0:2055",
	    .when = SENSOR(FLOW), .help = "address and UDP port for export datagrams" },
	{ "exporters", KIND_ADDRESS, LIST(sensor_settings, exporters, exporters_n, EXPORTERS_MAX),
	    .flags = SETTING_OPTIONAL, .when = SENSOR(FLOW),
	    .help = "who may send; nobody else is read" },
	{ "tcp", KIND_BOOL, AT(sensor_settings, tcp), .def = "false", .when = SENSOR(FLOW),
	    .help = "IPFIX over TCP on the same address and port, too" },
	{ "private", KIND_BOOL, AT(sensor_settings, private_path), .def = "false",
	    .when = SENSOR(FLOW), .help = "nobody else can send where its exports come in" },
	{ "real_clients", KIND_BOOL, AT(sensor_settings, real_clients), .def = "false",
	    .when = SENSOR(LOG) | SENSOR(FEED),
	    .help = "the clients it names had a connection to us, and are no proxies" },
	{ "outside", KIND_GROUPS, LIST(sensor_settings, outside, outside_n, OUTSIDE_MAX),
	    .group = &outside_group, .when = SENSOR(FLOW), .flags = SETTING_OPTIONAL,
	    .help = "which interfaces of which exporter lead out" },
	{ "sampling", KIND_UINT, AT(sensor_settings, sampling), .lo = 1, .hi = 1e6,
	    .flags = SETTING_OPTIONAL, .when = SENSOR(FLOW) | SENSOR(PACKET),
	    .help = "1-in-N: instead of what the exporter says; of the packets captured" },
	{ "workers", KIND_UINT, AT(sensor_settings, workers), .lo = 1, .hi = SENSOR_WORKERS_MAX,
	    .def = "1", .when = SENSOR(FLOW) | SENSOR(PACKET),
	    .help = "processes that share the work" },
	{ "interface", KIND_NAME, LIST(sensor_settings, interfaces, interfaces_n, INTERFACES_MAX),
	    .lo = 1, .hi = 15, .flags = SETTING_REQUIRED, .when = SENSOR(PACKET),
	    .help = "interface to capture on, or several" },
	{ "interfaces", KIND_NAME, LIST(sensor_settings, interfaces, interfaces_n, INTERFACES_MAX),
	    .lo = 1, .hi = 15, .flags = SETTING_REQUIRED, .when = SENSOR(INTERFACE),
	    .help = "interfaces whose counters are read" },
	{ "table", KIND_TEXT, AT(sensor_settings, source), .flags = SETTING_REQUIRED,
	    .when = SENSOR(NFTABLES), .help = "family and name of the nftables table" },
	{ "counters", KIND_GROUPS, LIST(sensor_settings, counters, counters_n, NFT_COUNTERS_MAX),
	    .group = &nft_counter, .flags = SETTING_OPTIONAL, .when = SENSOR(NFTABLES),
	    .help = "named counters of the table, and what they mean" },
	{ "sets", KIND_NAME, LIST(sensor_settings, sets, sets_n, NFT_SETS_MAX),
	    .flags = SETTING_OPTIONAL, .when = SENSOR(NFTABLES),
	    .help = "sets of addresses of ours whose elements count what goes to them" },
	{ "path", KIND_PATH, AT(sensor_settings, source), .flags = SETTING_REQUIRED,
	    .when = SENSOR(LOG), .help = "log file to follow" },
	{ "url", KIND_TEXT, AT(sensor_settings, source), .flags = SETTING_REQUIRED,
	    .when = SENSOR(POLL) | SENSOR(PROBE), .help = "what is fetched" },
	{ "socket", KIND_SOCKET, AT(sensor_settings, source), .def = "/run/seawall/feed.sock",
	    .when = SENSOR(FEED), .help = "Unix socket that detectors write to" },
	{ "group", KIND_NAME, AT(sensor_settings, group), .def = "seawall", .when = SENSOR(FEED),
	    .help = "who may connect to it" },
	{ "format", KIND_TEXT, AT(sensor_settings, format), .names = log_formats, .def = "combined",
	    .when = SENSOR(LOG), .help = "format of the log's lines" },
	{ "value", KIND_TEXT, AT(sensor_settings, value), .flags = SETTING_REQUIRED,
	    .when = SENSOR(POLL), .help = "path of the figure in the answer" },
	{ "metric", KIND_METRIC, AT(sensor_settings, metric), .def = "load", .when = SENSOR(POLL),
	    .help = "what the figure is" },
	{ "subject", KIND_PREFIX, AT(sensor_settings, subject), .flags = SETTING_OPTIONAL,
	    .when = SENSOR(PROBE) | SENSOR(LOG) | SENSOR(POLL),
	    .help = "what of ours it speaks about" },
	{ "every", KIND_DURATION, AT(sensor_settings, every_ms), .lo = 100, .hi = DAYS(1),
	    .def = "10s", .when = SENSOR(POLL) | SENSOR(PROBE), .help = "how often" },
	{ "every", KIND_DURATION, AT(sensor_settings, every_ms), .lo = 100, .hi = 5e3, .def = "1s",
	    .when = SENSOR(INTERFACE) | SENSOR(NFTABLES) | SENSOR(CONNTRACK),
	    .help = "how often the kernel is asked" },
	{ "per_second", KIND_BOOL, AT(sensor_settings, per_second), .def = "false",
	    .when = SENSOR(POLL),
	    .help = "the figure is a counter: what it grows by a second counts" },
	{ "expect", KIND_UINT, AT(sensor_settings, expect), .lo = 100, .hi = 599,
	    .flags = SETTING_OPTIONAL, .when = SENSOR(PROBE),
	    .help = "the only HTTP status that is a success" },
	{ "ca", KIND_PATH, AT(sensor_settings, ca), .flags = SETTING_OPTIONAL,
	    .when = SENSOR(POLL) | SENSOR(PROBE),
	    .help = "certificates to trust instead of the system's" },
};

static unsigned
sensor_which(const void *object)
{
	return ((const struct sensor_settings *)object)->type;
}

static const char *
sensor_which_name(unsigned which)
{
	return sensor_types[which];
}

static const struct row flowspec_rows[] = {
	{ "max_rules", KIND_UINT, AT(upstream, flowspec_max_rules), .lo = 1, .hi = 10000,
	  .def = "20", .help = "FlowSpec rules at once" },
};
static const struct section flowspec = { .what = "flowspec", ROWS(flowspec_rows),
	.size = sizeof(struct upstream), .line_at = NOWHERE };

static const struct row upstream_rows[] = {
	{ "name", KIND_NAME, AT(upstream, name), .flags = SETTING_REQUIRED,
	    .help = "name of the provider" },
	{ "protocol", KIND_SYMBOL, AT(upstream, protocol), .flags = SETTING_REQUIRED,
	    .help = "its BGP session's name in bird.conf" },
	{ "profile", KIND_NAME, AT(upstream, profile.name), .def = "rfc7999",
	    .help = "what it accepts: a file in bird-templates/upstreams" },
	{ "number", KIND_UINT, AT(upstream, number), .lo = 1, .hi = 65535,
	    .flags = SETTING_OPTIONAL,
	    .help = "third part of the tag in bird.conf; the order when not given" },
	{ "asn", KIND_AS, AT(upstream, asn), .flags = SETTING_OPTIONAL, .help = "its AS number" },
	{ "max_prefix", KIND_UINT, AT(upstream, max_prefix), .lo = 1, .hi = 10e6,
	    .flags = SETTING_OPTIONAL,
	    .help = "routes of one family that end its session; the profile's when not given" },
	{ "max_routes", KIND_UINT, AT(upstream, max_routes), .lo = 1, .hi = 100000, .def = "50",
	    .help = "RTBH routes at once" },
	{ "max_sources", KIND_UINT, AT(upstream, max_sources), .lo = 1, .hi = 1000, .def = "10",
	    .help = "sources dropped at once, besides" },
	{ "flowspec", KIND_GROUP, .n_at = offsetof(struct upstream, flowspec), .group = &flowspec,
	    .flags = SETTING_OPTIONAL, .help = "FlowSpec is agreed with this provider" },
	{ "noc", KIND_TEXT, AT(upstream, noc), .flags = SETTING_OPTIONAL,
	    .help = "whom to call when its session drops" },
	{ "counter", KIND_SENSOR, AT(upstream, counter), .flags = SETTING_OPTIONAL,
	    .help = "sensor that reads what it drops for us" },
};
static const struct section upstream = { .what = "upstream", ROWS(upstream_rows),
	.size = sizeof(struct upstream), .line_at = offsetof(struct upstream, line), .named = true,
	.rule = rule_upstream };

static const struct row router_rows[] = {
	{ "name", KIND_NAME, AT(router, name), .flags = SETTING_REQUIRED,
	  .help = "name of the router" },
	{ "socket", KIND_SOCKET, AT(router, socket), .def = "/run/bird/bird.ctl",
	  .help = "BIRD's control socket" },
	{ "fragment", KIND_PATH, AT(router, fragment), .flags = SETTING_OPTIONAL,
	  .help = "the file that we write and bird.conf includes" },
	{ "asn", KIND_AS, AT(router, asn), .flags = SETTING_OPTIONAL,
	  .help = "our AS number, instead of BIRD's word" },
	{ "sessions", KIND_ADDRESS, LIST(router, sessions, sessions_n, SESSIONS_MAX),
	  .flags = SETTING_OPTIONAL,
	  .help = "addresses of the BGP sessions, instead of BIRD's word" },
	{ "ghosts", KIND_CHOICE, AT(router, ghosts), .names = ghosts, .def = "withdraw",
	  .help = "what our file there has and the log does not know" },
	{ "late", KIND_DURATION, AT(router, late_ms), .lo = 1e3, .hi = DAYS(1), .def = "10s",
	  .help = "decided and not announced for so long: an alarm" },
	{ "upstreams", KIND_UPSTREAMS, .at = 0, .list = UPSTREAMS_MAX, .n_at = NOWHERE,
	  .group = &upstream, .flags = SETTING_OPTIONAL, .help = "who drops for us" },
};

static const struct row person_rows[] = {
	{ "name", KIND_TEXT, AT(person, name), .flags = SETTING_REQUIRED,
	  .help = "name of the person" },
	{ "user", KIND_NAME, AT(person, user), .flags = SETTING_REQUIRED,
	  .help = "account on this machine" },
	{ "role", KIND_CHOICE, AT(person, role), .names = roles, .def = "operator",
	  .help = "what the person may do" },
};
static const struct section person = { .what = "person", ROWS(person_rows),
	.size = sizeof(struct person), .line_at = NOWHERE, .named = true, .rule = rule_person };
static const struct row approvals_rows[] = {
	{ "people", KIND_GROUPS, LIST(settings, people, people_n, PEOPLE_MAX), .group = &person,
	  .flags = SETTING_OPTIONAL, .help = "who may approve and deny" },
};

static const struct row audit_rows[] = {
	{ "directory", KIND_PATH, AT(settings, audit_directory), .def = "/var/lib/seawall/audit",
	  .help = "where the log is kept" },
	{ "checkpoint_every", KIND_DURATION, AT(settings, checkpoint_every_ms), .lo = 1e3,
	  .hi = DAYS(1), .def = "60s", .help = "how often a checkpoint is signed" },
	{ "segment_mib", KIND_UINT, AT(settings, audit_segment_mib), .lo = 1, .hi = 1024,
	  .def = "64", .help = "how long one file of the log grows, in MiB" },
};

static const struct row control_rows[] = {
	{ "socket", KIND_SOCKET, AT(settings, control_socket), .def = "/run/seawall/control.sock",
	  .help = "where the program seawall reaches the daemon" },
	{ "operators", KIND_NAME, LIST(settings, operators, operators_n, OPERATORS_MAX),
	  .flags = SETTING_OPTIONAL, .help = "users and groups who may act" },
};

static const struct row notify_rows[] = {
	{ "name", KIND_NAME, AT(notify, name), .flags = SETTING_REQUIRED,
	  .help = "name of the channel" },
	{ "type", KIND_TEXT, AT(notify, type), .names = notify_types, .flags = SETTING_REQUIRED,
	  .help = "webhook or mail" },
	{ "url", KIND_TEXT, AT(notify, target), .flags = SETTING_REQUIRED, .when = 1u << 0,
	  .help = "where messages are posted" },
	{ "server", KIND_TEXT, AT(notify, target), .flags = SETTING_REQUIRED, .when = 1u << 1,
	  .help = "mail server" },
	{ "to", KIND_TEXT, LIST(notify, to, to_n, NOTIFY_TO_MAX), .flags = SETTING_REQUIRED,
	  .when = 1u << 1, .help = "who gets the mail" },
	{ "from", KIND_TEXT, AT(notify, from), .flags = SETTING_OPTIONAL, .when = 1u << 1,
	  .help = "sender of the mail" },
	{ "tls", KIND_BOOL, AT(notify, tls), .def = "true", .when = 1u << 1,
	  .help = "smtp:// is encrypted, or nothing is sent" },
	{ "style", KIND_CHOICE, AT(notify, style), .names = styles, .def = "slack", .when = 1u << 0,
	  .help = "what is behind the webhook" },
	{ "credentials", KIND_PATH, AT(notify, credentials), .flags = SETTING_OPTIONAL,
	  .help = "file with user and password, or a token, that root alone can read" },
	{ "ca", KIND_PATH, AT(notify, ca), .flags = SETTING_OPTIONAL,
	  .help = "certificates to trust instead of the system's" },
	{ "second", KIND_TEXT, AT(notify, second), .flags = SETTING_OPTIONAL,
	  .help = "url or server that is tried when the first fails" },
	{ "via", KIND_TEXT, AT(notify, via), .flags = SETTING_OPTIONAL,
	  .help = "proxy outside that is tried when the first fails" },
	{ "digest", KIND_CHOICE, AT(notify, digest), .names = digests, .def = "daily",
	  .help = "how often the digest comes" },
	{ "language", KIND_TEXT, AT(notify, language), .names = languages, .def = "en",
	  .help = "language of the messages" },
	{ "on", KIND_TEXT, LIST(notify, on, on_n, NOTIFY_ON_MAX), .names = notify_events,
	  .def = "alarm", .help = "what is told" },
};

static const char *const views[] = { "committee", "public", NULL };
static const struct row upload_rows[] = {
	{ "name", KIND_NAME, AT(page_upload, name), .flags = SETTING_REQUIRED,
	    .help = "name of the host outside" },
	{ "url", KIND_TEXT, AT(page_upload, url), .flags = SETTING_REQUIRED,
	    .help = "directory there that the page is put into" },
	{ "credentials", KIND_PATH, AT(page_upload, credentials), .flags = SETTING_OPTIONAL,
	    .help = "file with user and password, or key, for it" },
	{ "ca", KIND_PATH, AT(page_upload, ca), .flags = SETTING_OPTIONAL,
	    .help = "file of the certificates that are trusted" },
	{ "view", KIND_CHOICE, AT(page_upload, view), .names = views, .def = "public",
	    .help = "which view is put there" },
};
static const struct section upload = { .what = "upload",
	ROWS(upload_rows),
	.size = sizeof(struct page_upload),
	.line_at = offsetof(struct page_upload, line),
	.named = true,
	.rule = rule_upload };

static const struct row page_rows[] = {
	{ "publish", KIND_BOOL, AT(settings, page.publish), .def = "true",
	    .help = "is there a page that people watch?" },
	{ "directory", KIND_PATH, AT(settings, page.directory), .def = "/var/lib/seawall/www",
	    .help = "where it is kept" },
	{ "every", KIND_DURATION, AT(settings, page.every_ms), .lo = 1e3, .hi = 60e3, .def = "5s",
	    .help = "how often it is renewed at most" },
	{ "public_delay", KIND_DURATION, AT(settings, page.public_delay_ms), .lo = 0, .hi = DAYS(1),
	    .def = "15m", .help = "how much later the public learns" },
	{ "upload", KIND_GROUPS, LIST(settings, page.uploads, page.uploads_n, UPLOADS_MAX),
	    .group = &upload, .flags = SETTING_OPTIONAL, .help = "hosts outside that get it, too" },
};

static const struct row messages_rows[] = {
	{ "state", KIND_PATH, AT(settings, messages.state), .def = "/var/lib/seawall/messenger",
	    .help = "where messages wait" },
	{ "templates", KIND_FILE, AT(settings, messages.templates), .flags = SETTING_OPTIONAL,
	    .help = "directory of the texts" },
	{ "members", KIND_NAME, AT(settings, messages.members), .flags = SETTING_OPTIONAL,
	    .help = "the mail by which members are told what happened to them" },
	{ "many", KIND_UINT, AT(settings, messages.many), .lo = 1, .hi = 1000, .def = "6",
	    .help = "more than so many become one message" },
	{ "many_within", KIND_DURATION, AT(settings, messages.many_ms), .lo = 1e3, .hi = DAYS(1),
	    .def = "10m", .help = "the time in which they are counted" },
	{ "expire", KIND_DURATION, AT(settings, messages.expire_ms), .lo = 60e3, .hi = DAYS(30),
	    .def = "2d", .help = "how long a message is tried" },
	{ "queue", KIND_UINT, AT(settings, messages.queue), .lo = 10, .hi = 1000, .def = "200",
	    .help = "messages that wait for one who is told" },
	{ "hour", KIND_UINT, AT(settings, messages.hour), .lo = 0, .hi = 23, .def = "7",
	    .help = "when the digest is sent" },
	{ "day", KIND_CHOICE, AT(settings, messages.day), .names = weekdays, .def = "monday",
	    .help = "when the weekly digest is sent" },
};

static unsigned
notify_which(const void *object)
{
	return strcmp(((const struct notify *)object)->type, "mail") == 0;
}

static const char *
notify_which_name(unsigned which)
{
	return notify_types[which];
}

static const struct row limits_rows[] = {
	{ "announcements", KIND_UINT, AT(settings, limits.announcements), .lo = 1, .hi = 100000,
	  .def = "1000", .help = "announcements at once, everything together" },
	{ "holes", KIND_UINT, AT(settings, limits.holes), .lo = 0, .hi = 100000, .def = "32",
	  .help = "RTBH routes at once by policy" },
	{ "sources", KIND_UINT, AT(settings, limits.sources), .lo = 0, .hi = 1000, .def = "8",
	  .help = "sources dropped at once by policy" },
	{ "auto_rtbh4", KIND_UINT, AT(settings, limits.auto_rtbh4), .lo = 16, .hi = 32, .def = "32",
	  .help = "shortest IPv4 RTBH by policy" },
	{ "auto_rtbh6", KIND_UINT, AT(settings, limits.auto_rtbh6), .lo = 32, .hi = 128,
	  .def = "128", .help = "shortest IPv6 RTBH by policy" },
	{ "hand_rtbh4", KIND_UINT, AT(settings, limits.hand_rtbh4), .lo = 16, .hi = 32, .def = "24",
	  .help = "shortest IPv4 RTBH by hand" },
	{ "hand_rtbh6", KIND_UINT, AT(settings, limits.hand_rtbh6), .lo = 32, .hi = 128,
	  .def = "48", .help = "shortest IPv6 RTBH by hand" },
	{ "longest", KIND_DURATION, AT(settings, limits.longest_ms), .lo = 1e3, .hi = DAYS(366),
	  .def = "7d", .help = "longest time that anything is announced for" },
};

static const struct row budgets_rows[] = {
	{ "hole_after", KIND_DURATION, AT(settings, budgets.hole_after_ms), .lo = 0, .hi = 3600e3,
	  .def = "30s", .help = "how long an attack must last before a blackhole" },
	{ "holes", KIND_PERCENT, AT(settings, budgets.holes), .lo = 0.001, .hi = 1, .def = "5%",
	  .help = "share of our addresses that policies may blackhole at once" },
	{ "hole_time", KIND_DURATION, AT(settings, budgets.hole_time_ms), .lo = 60e3, .hi = DAYS(1),
	  .def = "1h", .help = "how long policies may blackhole a member within 24 hours" },
	{ "cycles", KIND_UINT, AT(settings, budgets.cycles), .lo = 1, .hi = 100, .def = "2",
	  .help = "how often a route may come within 15 minutes" },
	{ "announcements", KIND_UINT, AT(settings, budgets.announcements), .lo = 1, .hi = 100000,
	  .def = "300", .help = "what one upstream may be sent within an hour" },
	{ "updates_wanted", KIND_UINT, AT(settings, budgets.updates_wanted), .lo = 1, .hi = 100000,
	  .def = "30", .help = "updates an hour above which holds are longer" },
	{ "updates", KIND_UINT, AT(settings, budgets.updates), .lo = 1, .hi = 100000, .def = "1000",
	  .help = "updates an hour above which nothing new is announced" },
	{ "mass_actions", KIND_UINT, AT(settings, budgets.mass_actions), .lo = 1, .hi = 100000,
	  .def = "30", .help = "new actions at once above which only rates are limited" },
	{ "mass_within", KIND_DURATION, AT(settings, budgets.mass_within_ms), .lo = 1e3,
	  .hi = 3600e3, .def = "1m", .help = "what counts as at once" },
	{ "mass_for", KIND_DURATION, AT(settings, budgets.mass_for_ms), .lo = 1e3, .hi = DAYS(1),
	  .def = "10m", .help = "for how long only rates are limited then" },
};

static const struct row drill_rows[] = {
	{ "prefix", KIND_ADDRESS, AT(settings, drill.prefix), .flags = SETTING_REQUIRED,
	    .help = "an address of ours that nobody uses: drills are there and nowhere else" },
	{ "rate", KIND_BITS, AT(settings, drill.rate_bps), .lo = 1e3, .hi = 1e12, .def = "1Gbit",
	    .help = "what comes there during a drill and is more is an attack" },
	{ "longest", KIND_DURATION, AT(settings, drill.longest_ms), .lo = 1e3, .hi = DAYS(1),
	    .def = "1h", .help = "how long a drill may last" },
};

#define IN_SETTINGS(id)							\
	{ .what = #id, ROWS(id##_rows), .size = sizeof(struct settings), .line_at = NOWHERE }
static const struct section organization = IN_SETTINGS(organization);
static const struct section control = IN_SETTINGS(control);
static const struct section approvals = IN_SETTINGS(approvals);
static const struct section audit = IN_SETTINGS(audit);
static const struct section page = IN_SETTINGS(page);
static const struct section messages = { .what = "messages", ROWS(messages_rows),
	.size = sizeof(struct settings), .line_at = NOWHERE, .rule = rule_messages };
static const struct section budgets = { .what = "budgets", ROWS(budgets_rows),
	.size = sizeof(struct settings), .line_at = offsetof(struct settings, budgets_line) };
static const struct section limits = { .what = "limits", ROWS(limits_rows),
	.size = sizeof(struct settings), .line_at = NOWHERE, .rule = rule_limits };
static const struct section drill = { .what = "drill", ROWS(drill_rows),
	.size = sizeof(struct settings), .line_at = NOWHERE, .rule = rule_drill };
static const struct section protected_prefix = { .what = "protected", ROWS(protected_rows),
	.size = sizeof(struct protected_prefix), .line_at = offsetof(struct protected_prefix, line),
	.rule = rule_protected };
static const struct section spared = { .what = "spared", ROWS(spared_rows),
	.size = sizeof(struct protected_prefix), .line_at = offsetof(struct protected_prefix, line),
	.rule = rule_spared };
static const struct section member = { .what = "member", ROWS(member_rows),
	.size = sizeof(struct member), .line_at = offsetof(struct member, line), .named = true,
	.rule = rule_member };
static const struct section links_group = { .what = "link", ROWS(link_rows),
	.size = sizeof(struct link), .line_at = offsetof(struct link, line), .named = true,
	.rule = rule_link };
static const struct section sensor = { .what = "sensor", ROWS(sensor_rows),
	.size = sizeof(struct sensor_settings), .line_at = offsetof(struct sensor_settings, line),
	.named = true, .which = sensor_which, .which_name = sensor_which_name,
	.rule = rule_sensor };
static const struct section router = { .what = "router", ROWS(router_rows),
	.size = sizeof(struct router), .line_at = offsetof(struct router, line), .named = true,
	.rule = rule_router };
static const struct section notify = { .what = "notify", ROWS(notify_rows),
	.size = sizeof(struct notify), .line_at = offsetof(struct notify, line), .named = true,
	.which = notify_which, .which_name = notify_which_name, .rule = rule_notify };

/* In this order they are read: what is referred to comes before what refers to it. */
static const struct row root_rows[] = {
	{ "organization", KIND_GROUP, .n_at = NOWHERE, .group = &organization,
	    .help = "who we are" },
	{ "bird_templates", KIND_FILE, AT(settings, templates), .flags = SETTING_OPTIONAL,
	    .help = "directory of bird.conf's template and the upstreams' profiles" },
	{ "vectors", KIND_FILE, AT(settings, vectors_file), .flags = SETTING_OPTIONAL,
	    .help = "file of the attack vectors that have a name" },
	{ "user", KIND_NAME, AT(settings, user), .def = "seawall",
	    .help = "whom engine and sensors run as" },
	{ "state", KIND_PATH, AT(settings, state_directory), .def = "/var/lib/seawall/state",
	    .help = "where sensors keep what they learned" },
	{ "prefixes", KIND_PREFIX, LIST(settings, prefixes, prefixes_n, PREFIXES_MAX),
	    .flags = SETTING_REQUIRED, .help = "the address space we originate" },
	{ "protected", KIND_GROUPS, LIST(settings, protected, protected_n, PROTECTED_MAX),
	    .group = &protected_prefix, .flags = SETTING_OPTIONAL,
	    .help = "what is never announced" },
	{ "spared", KIND_GROUPS, LIST(settings, spared, spared_n, SPARED_MAX), .group = &spared,
	    .flags = SETTING_OPTIONAL,
	    .help = "others' addresses that are never dropped as sources" },
	{ "members", KIND_GROUPS, LIST(settings, members, members_n, MEMBERS_MAX), .group = &member,
	    .flags = SETTING_OPTIONAL, .help = "who lives where" },
	{ "links", KIND_GROUPS, LIST(settings, links, links_n, LINKS_MAX), .group = &links_group,
	    .flags = SETTING_OPTIONAL, .help = "what is shared and can be harmed" },
	{ "sensors", KIND_GROUPS, LIST(settings, sensors, sensors_n, SENSORS_MAX), .group = &sensor,
	    .flags = SETTING_OPTIONAL, .help = "what we see with" },
	{ "limits", KIND_GROUP, .n_at = NOWHERE, .group = &limits,
	    .help = "what nobody can exceed" },
	{ "budgets", KIND_GROUP, .n_at = NOWHERE, .group = &budgets,
	    .help = "what attackers cannot make us do too often" },
	{ "routers", KIND_GROUPS, LIST(settings, routers, routers_n, ROUTERS_MAX), .group = &router,
	    .flags = SETTING_REQUIRED, .help = "the BIRDs we drive" },
	{ "approvals", KIND_GROUP, .n_at = NOWHERE, .group = &approvals,
	    .help = "who may approve" },
	{ "policies", KIND_POLICIES, LIST(settings, policies, policies_n, POLICIES_MAX),
	    .group = &schema_policy, .flags = SETTING_OPTIONAL,
	    .help = "what counts as an attack, and what is done" },
	{ "audit", KIND_GROUP, .n_at = NOWHERE, .group = &audit, .help = "the log" },
	{ "page", KIND_GROUP, .n_at = NOWHERE, .group = &page,
	    .help = "what people watch during an attack" },
	{ "control", KIND_GROUP, .n_at = NOWHERE, .group = &control, .help = "the control socket" },
	{ "notify", KIND_GROUPS, LIST(settings, notify, notify_n, NOTIFY_MAX), .group = &notify,
	    .flags = SETTING_OPTIONAL, .help = "who is told" },
	{ "messages", KIND_GROUP, .n_at = NOWHERE, .group = &messages,
	    .help = "what all messages have in common" },
	{ "drill", KIND_GROUP, .n_at = offsetof(struct settings, drill.given), .group = &drill,
	    .flags = SETTING_OPTIONAL, .help = "where drills are, and how large they may be" },
	{ "live", KIND_CHOICE, AT(settings, live), .names = live_names, .def = "ladder",
	    .help = "how much it may do, and how much alone: the step of going live" },
	{ "on_exit", KIND_CHOICE, AT(settings, withdraw_on_exit), .names = exits, .def = "keep",
	    .help = "what happens to announcements when the daemon is stopped" },
};
const struct section schema_root = { .what = "configuration", ROWS(root_rows),
	.size = sizeof(struct settings), .line_at = NOWHERE, .rule = rule_root };

const struct row *
schema_find(const struct section *g, const char *name)
{
	for (unsigned i = 0; i < g->n; i++)
		if (strcmp(g->rows[i].name, name) == 0)
			return &g->rows[i];
	return NULL;
}
