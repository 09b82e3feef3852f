/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settings - seawall.conf and its policies, checked and resolved.
 * Plain data without pointers, so that the parent, which alone parses files, hands it to
 * the engine as it is.  Every array has its limit here; more than that is an error with
 * file and line.  Rates are bit/s, durations ms.
 */
#ifndef SEAWALL_MODEL_SETTINGS_H
#define SEAWALL_MODEL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/prefix.h"
#include "model/policy.h"
#include "model/roa.h"
#include "model/rule.h"
#include "model/signature.h"

#define PATH_MAX_LEN 256
#define PREFIXES_MAX 64
#define PROTECTED_MAX 256
#define SPARED_MAX 64
#define MEMBERS_MAX 256
#define MEMBER_PREFIXES_MAX 16
#define SUMS_MAX 192		/* prefixes of members that are counted besides our own */
#define LINKS_MAX 16
#define SENSORS_MAX 32
#define EXPORTERS_MAX 32
#define INTERFACES_MAX 8
#define NFT_COUNTERS_MAX 32
#define NFT_SETS_MAX 16
#define OUTSIDE_MAX 16
#define SEES_MAX 16
#define ROUTERS_MAX 8
#define SESSIONS_MAX 64
#define UPSTREAMS_MAX 16	/* over all routers; fits the bits of `via` */
#define PEOPLE_MAX 32
#define NOTIFY_MAX 16
#define NOTIFY_TO_MAX 8
#define NOTIFY_ON_MAX 8
#define OPERATORS_MAX 16
#define UPLOADS_MAX 4
#define WARNINGS_MAX 32

struct protected_prefix {
	struct prefix prefix;
	char why[NAME_MAX_LEN];
	unsigned line;
};

enum consent { CONSENT_NEVER, CONSENT_ASK, CONSENT_YES };

struct member {
	char name[NAME_MAX_LEN];
	unsigned prefixes_n;
	struct prefix prefixes[MEMBER_PREFIXES_MAX];
	enum consent blackhole;
	char contact[128];
	char language[8];
	unsigned line;
};

struct link {
	char name[NAME_MAX_LEN];
	char interface[NAME_MAX_LEN];
	double capacity_bps;
	unsigned line;
};

enum sensor_type {
	SENSOR_FLOW, SENSOR_PACKET, SENSOR_INTERFACE, SENSOR_NFTABLES,
	SENSOR_CONNTRACK, SENSOR_LOG, SENSOR_POLL, SENSOR_PROBE, SENSOR_FEED, SENSOR_TYPE_N
};

const char *sensor_type_name(enum sensor_type t);

/*
 * "inet filter": its family as the kernel numbers it, and the name, borrowed; false: it is not so
 * written.
 */
bool settings_nft_table(const char *text, uint8_t *ret_family, const char **ret_name);

/* The interfaces of an exporter that lead out of our network: what comes in there is inbound. */
struct outside {
	struct prefix exporter;
	unsigned interfaces_n;
	uint32_t interfaces[INTERFACES_MAX];	/* SNMP indices, as records name them */
};

/* A named counter of an nftables table, and what its growth means. */
struct nft_counter {
	char name[NAME_MAX_LEN];
	enum metric metric;
	struct prefix subject;		/* the whole network when not given */
	unsigned line;
};

struct sensor_settings {
	char name[NAME_MAX_LEN];
	enum sensor_type type;
	char vantage[NAME_MAX_LEN];	/* the sensor's own name when not given */
	int link;			/* index, -1: none */
	unsigned sees_n;
	/* all traffic to these passes it: when it is quiet, it objects */
	struct prefix sees[SEES_MAX];
	unsigned line;
	/* SENSOR_FLOW */
	struct prefix listen;		/* an address */
	uint16_t port;
	unsigned exporters_n;
	struct prefix exporters[EXPORTERS_MAX];
	/* override; 0: what the exporter says; SENSOR_PACKET: 1-in-N */
	uint32_t sampling;
	bool tcp;			/* IPFIX over TCP on the same address and port, too */
	bool private_path;		/* nobody else can send where its exports come in */
	/* SENSOR_LOG, SENSOR_FEED: clients it names had a connection to us */
	bool real_clients;
	unsigned outside_n;		/* 0: not said which interfaces face outside */
	struct outside outside[OUTSIDE_MAX];
	/* SENSOR_FLOW, SENSOR_PACKET */
	unsigned workers;
	/* SENSOR_PACKET, SENSOR_INTERFACE */
	unsigned interfaces_n;
	char interfaces[INTERFACES_MAX][NAME_MAX_LEN];
	/* SENSOR_NFTABLES */
	unsigned counters_n, sets_n;
	struct nft_counter counters[NFT_COUNTERS_MAX];
	char sets[NFT_SETS_MAX][NAME_MAX_LEN];	/* of addresses of ours that something goes to */
	/* the others */
	char source[PATH_MAX_LEN];	/* path, url, socket or table */
	char format[NAME_MAX_LEN];
	char group[NAME_MAX_LEN];	/* SENSOR_FEED: may connect */
	char value[PATH_MAX_LEN];
	enum metric metric;
	struct prefix subject;
	int64_t every_ms;
	char ca[PATH_MAX_LEN];		/* certificates to trust; empty: the system's */
	bool per_second;		/* SENSOR_POLL: the figure is a counter */
	uint16_t expect;		/* SENSOR_PROBE: status of HTTP; 0: any below 500 */
};

struct lengths {
	uint8_t min, max;		/* of prefixes, both included; max 0: none */
};

#define FLOWSPEC_FIELDS_MAX 12
#define FLOWSPEC_ACTIONS_MAX 6
#define REDIRECTS_MAX 8

/*
 * What of FlowSpec a provider takes (model/flowspec.h); what is not said is as safe as it can be.
 */
struct flowspec_takes {
	unsigned fields_n, actions_n, redirects_n;
	/* as in flowspec_fields; none: all but the flow label */
	unsigned fields[FLOWSPEC_FIELDS_MAX];
	unsigned actions[FLOWSPEC_ACTIONS_MAX];	/* besides dropping, and limiting by rate_limit */
	struct redirect redirects[REDIRECTS_MAX];	/* where it may send packets */
	struct lengths dst4, dst6, src4, src6;	/* max 0: any */
	unsigned label_max;			/* 0: what BIRD can say */
};

/* What a provider said of itself, or did not. */
enum said { SAID_UNKNOWN, SAID_NO, SAID_YES };

#define COMMUNITY_LEN 32

#define SCOPES_MAX 15		/* a nibble, and 0 is everywhere */
#define SCOPE_COMMUNITIES_MAX 4

/*
 * A part of the world in which a provider drops, when it is asked for that alone (model/scope.h).
 */
struct scope {
	char name[NAME_MAX_LEN];
	unsigned communities_n;
	/* that ask for it; bird.conf's filter sets them */
	char communities[SCOPE_COMMUNITIES_MAX][COMMUNITY_LEN];
	/* "outside Mexico", "fuera de México" */
	char where[NAME_MAX_LEN], where_es[NAME_MAX_LEN];
	unsigned line;
};

/* What one provider accepts (bird-templates/upstreams/NAME.profile). */
struct profile {
	char name[NAME_MAX_LEN];
	struct lengths rtbh4, rtbh6;
	unsigned scopes_n;		/* in their order bird.conf's filter knows them: 1, 2 ... */
	struct scope scopes[SCOPES_MAX];
	bool scrubs;			/* takes routes to scrub what goes there */
	struct lengths divert4, divert6;
	bool drops4, drops6;		/* the next two are given */
	struct lengths source4, source6;	/* of sources whose packets it drops (RFC 5635) */
	bool flowspec4, flowspec6;
	bool rate_limit;		/* FlowSpec rates other than 0 */
	/* operator/value pairs a component (BIRD.md 5: FRR resets above 5) */
	unsigned pairs_max;
	unsigned nlri_max;		/* bytes of one FlowSpec NLRI */
	unsigned entries_max;		/* of its routers' tables, that one rule may become */
	struct flowspec_takes flowspec;
	unsigned max_prefix;		/* routes of one family that end the session; 0: not said */
	char community[COMMUNITY_LEN];	/* that starts the dropping; bird.conf's filter sets it */
	/* the scrubbing; the dropping by source */
	char divert_community[COMMUNITY_LEN], source_community[COMMUNITY_LEN];
	enum said irr;			/* looks our space up in a routing registry */
	enum said takes_invalid;	/* also blackholes that are invalid by RPKI */
	enum said forwards;		/* passes blackholes on to its own upstreams */
	char source[128], as_of[NAME_MAX_LEN];	/* who said so, and when */
};

/* The families of a session. */
enum channel { CHANNEL_IPV4, CHANNEL_IPV6, CHANNEL_FLOW4, CHANNEL_FLOW6, CHANNEL_N };

/* What BIRD says of one family of a session; no part of the configuration. */
struct channel_room {
	bool known;
	unsigned others;	/* routes exported that are none of ours: own prefixes, customers */
	unsigned limit;		/* BIRD's own brake, `export limit`; 0: none */
};

struct upstream {
	char name[NAME_MAX_LEN];
	char protocol[NAME_MAX_LEN];	/* its name in bird.conf */
	unsigned router;		/* index */
	/* third part of the tag, 1..; order in the router unless given */
	unsigned number;
	struct profile profile;
	uint32_t asn;			/* 0: not said */
	unsigned max_prefix;		/* the profile's unless given; 0: not said */
	unsigned max_routes;		/* RTBH at once */
	unsigned max_sources;		/* sources dropped at once, besides */
	bool flowspec;			/* configured, and the profile allows it */
	unsigned flowspec_max_rules;
	char noc[128];
	struct channel_room rooms[CHANNEL_N];
	/* 1 + index of the sensor that counts what it drops for us; 0: none */
	unsigned counter;
	unsigned line;
};

enum ghosts { GHOSTS_WITHDRAW, GHOSTS_KEEP };	/* what our file has and the log does not know */

struct router {
	char name[NAME_MAX_LEN];
	char socket[PATH_MAX_LEN];
	char fragment[PATH_MAX_LEN];
	uint32_t asn;			/* 0: to be read from BIRD */
	unsigned sessions_n;
	struct prefix sessions[SESSIONS_MAX];	/* addresses of BGP peers and ours */
	bool sessions_given;
	enum ghosts ghosts;
	int64_t late_ms;		/* decided and not announced for so long: an alarm */
	struct roas roas;		/* as its BIRD has them; no part of the configuration */
	unsigned line;
};

struct person {
	char name[NAME_MAX_LEN];
	char user[NAME_MAX_LEN];
	enum role role;
};

/* What of the record is told; bits of struct notify's `wants`. */
enum tell { TELL_INCIDENT, TELL_APPROVAL, TELL_ALARM, TELL_DIGEST, TELL_ANNOUNCEMENT, TELL_N };

enum notify_style { STYLE_SLACK, STYLE_MATTERMOST, STYLE_MATRIX };
enum digest_every { DIGEST_DAILY, DIGEST_WEEKLY };

/* Who is told. */
struct notify {
	char name[NAME_MAX_LEN];
	char type[16];
	char target[PATH_MAX_LEN];	/* url of a webhook, server of a mail */
	char second[PATH_MAX_LEN];	/* the same, tried when that fails; empty: none */
	char via[PATH_MAX_LEN];		/* a proxy outside, tried when that fails; empty: none */
	char credentials[PATH_MAX_LEN];	/* file that root alone may read; empty: none */
	char ca[PATH_MAX_LEN];		/* certificates to trust; empty: the system's */
	char from[128];			/* of a mail; empty: seawall@ this machine */
	bool tls;			/* mail by smtp:// is encrypted, or not sent */
	enum notify_style style;
	enum digest_every digest;
	unsigned to_n, on_n;
	char to[NOTIFY_TO_MAX][128];
	char on[NOTIFY_ON_MAX][16];
	char language[8];
	unsigned line;
};

/* What people watch: for those who may know all of it, and for everybody else. */
enum page_view { VIEW_COMMITTEE, VIEW_PUBLIC, VIEW_N };

/* A host outside that gets the page, too. */
struct page_upload {
	char name[NAME_MAX_LEN];
	char url[PATH_MAX_LEN];		/* of a directory there: https, http, sftp or ftps */
	char credentials[PATH_MAX_LEN];	/* file; empty: none */
	char ca[PATH_MAX_LEN];		/* certificates to trust; empty: the system's */
	enum page_view view;
	unsigned line;
};

struct settings {
	struct {
		char name[NAME_MAX_LEN];
		char languages[4][8];
		unsigned languages_n;
		char time_zone[NAME_MAX_LEN];
	} organization;
	unsigned prefixes_n, protected_n, spared_n, members_n, links_n, sensors_n, routers_n,
	    upstreams_n;
	unsigned policies_n, people_n, notify_n, operators_n, warnings_n;
	struct prefix prefixes[PREFIXES_MAX];
	struct protected_prefix protected[PROTECTED_MAX];
	struct protected_prefix spared[SPARED_MAX];	/* others', never dropped as sources */
	struct member members[MEMBERS_MAX];
	struct link links[LINKS_MAX];
	struct sensor_settings sensors[SENSORS_MAX];
	struct router routers[ROUTERS_MAX];
	struct upstream upstreams[UPSTREAMS_MAX];
	struct policy policies[POLICIES_MAX];
	struct person people[PEOPLE_MAX];
	struct notify notify[NOTIFY_MAX];
	char operators[OPERATORS_MAX][NAME_MAX_LEN];	/* users and groups who may act */
	char user[NAME_MAX_LEN];	/* whom the engine and the sensors run as */
	char audit_directory[PATH_MAX_LEN];
	int64_t checkpoint_every_ms;
	unsigned audit_segment_mib;
	struct {
		bool publish;
		char directory[PATH_MAX_LEN];
		int64_t every_ms, public_delay_ms;
		unsigned uploads_n;
		struct page_upload uploads[UPLOADS_MAX];
	} page;
	/* what all messages have in common */
	struct {
		char state[PATH_MAX_LEN];	/* cursor and queues */
		char templates[PATH_MAX_LEN];	/* directory; as loaded: absolute */
		/* the mail by which members are told; empty: they are not */
		char members[NAME_MAX_LEN];
		unsigned many;			/* more than so many within many_ms become one */
		int64_t many_ms, expire_ms;
		unsigned queue;			/* messages that wait for one who is told */
		/* of the digest, in the organisation's time; 0: Sunday */
		unsigned hour, day;
	} messages;
	char control_socket[PATH_MAX_LEN];
	char state_directory[PATH_MAX_LEN];	/* what sensors learned: templates, sampling */
	char templates[PATH_MAX_LEN];	/* directory bird-templates */
	char vectors_file[PATH_MAX_LEN];	/* empty: the installed one */
	struct signatures vectors;
	bool withdraw_on_exit;
	struct {
		bool given;
		struct prefix prefix;		/* one address; family 0: no drills */
		double rate_bps;
		int64_t longest_ms;
	} drill;
	uint8_t live;			/* enum live (model/live.h) */
	/* limits a policy or a person cannot exceed; see seawall.conf(5), group `limits` */
	struct {
		unsigned announcements;		/* at once, everything together */
		unsigned holes;			/* RTBH at once by policy */
		unsigned sources;		/* sources dropped at once by policy */
		uint8_t auto_rtbh4, auto_rtbh6;	/* shortest length of an automatic RTBH: 32, 128 */
		uint8_t hand_rtbh4, hand_rtbh6;	/* by hand: 24, 48 */
		int64_t longest_ms;		/* longest `for` */
	} limits;
	/* what the attackers could make us do too much of; see seawall.conf(5), group `budgets` */
	struct {
		/* an attack must have lasted so long before a hole */
		int64_t hole_after_ms;
		double holes;			/* share of our addresses at once */
		int64_t hole_time_ms;		/* of a member within 24 hours */
		unsigned cycles;		/* of a route within 15 minutes */
		unsigned announcements;		/* to one upstream within an hour */
		unsigned updates_wanted, updates;	/* to all together, within an hour */
		/* new ones within mass_within_ms, before only rates are limited */
		unsigned mass_actions;
		int64_t mass_within_ms, mass_for_ms;
	} budgets;
	char warnings[WARNINGS_MAX][192];	/* found while loading; printed by -n and check */
	char file[PATH_MAX_LEN];
	/* of file and the policies' files; no part of the configuration */
	struct {
		char path[PATH_MAX_LEN], owner[NAME_MAX_LEN];
		int64_t changed_ms;
	} newest;
	unsigned prefixes_line, budgets_line;	/* 0: not given */
};

/* in the state directory: what is usual, by hour of the week */
#define STATE_USUAL "usual.learned"
/* in the messenger's directory: what waits, and what was sent */
#define MESSAGES_STATUS "status.json"
#define STATE_REFERENCE "reference.samples"	/* there, too: samples of what comes in peace */

/* Is the address or prefix wholly inside what we originate? */
bool settings_own(const struct settings *s, const struct prefix *p);
/* The protected entry that shares an address with p, or NULL.  Borrowed. */
const struct protected_prefix *settings_protected(const struct settings *s, const struct prefix *p);
/* In which family of a session such a rule goes. */
enum channel settings_channel(enum rule_kind k, uint8_t family);
/*
 * How many of our own such a session may bear in this family, what else is on it counted: one less
 * than ends it. UINT_MAX without a limit.  *ret_others: that else; where BIRD has not said yet, our
 * own prefixes.
 */
unsigned settings_session_room(const struct settings *s, const struct upstream *u, enum channel c,
			       unsigned *ret_others);
/* Index of the link that names the interface, or -1. */
int settings_link_of(const struct link *links, unsigned n, const char *interface);
/* The same of those that are spared.  Borrowed. */
const struct protected_prefix *settings_spared(const struct settings *s, const struct prefix *p);
/* Does the provider take a route of this kind to (or, RULE_SOURCE, from) p? */
bool settings_takes_route(const struct profile *f, enum rule_kind k, const struct prefix *p);
/* How many people have this role or a higher one: who may give an approval that asks for it. */
unsigned settings_people(const struct settings *s, enum role role);
/* The member whose prefix covers p, or NULL.  Borrowed. */
const struct member *settings_member(const struct settings *s, const struct prefix *p);
/*
 * The BGP session of ours, by its address, that the rule could cut, or NULL; *ret is the router.
 * Borrowed.
 */
const struct prefix *settings_cuts(const struct settings *s, const struct rule *r,
    const struct router **ret);
/* The sensor whose reports the rule could keep from us, or NULL.  Borrowed. */
const struct sensor_settings *settings_blinds(const struct settings *s, const struct rule *r);
/* What a rule to p is said with.  Borrowed. */
struct rule_names settings_names(const struct settings *s, const struct prefix *p);
/*
 * The prefixes of members that sensors count besides our own, because a policy asks for members:
 * shorter than one address and inside our space.  Writes at most SUMS_MAX, returns how many there
 * are.
 */
unsigned settings_sums(const struct settings *s, struct prefix ret[SUMS_MAX]);
/* By name: index, or -1. */
int settings_upstream(const struct settings *s, const char *name);
int settings_router(const struct settings *s, const char *name);
int settings_policy(const struct settings *s, const char *name);
int settings_member_named(const struct settings *s, const char *name);
/* The upstreams of a bit set as "transit-a, transit-b"; returns buf. */
const char *settings_via_str(const struct settings *s, uint32_t via, char *buf, unsigned size);

#endif
