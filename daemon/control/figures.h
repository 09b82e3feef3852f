/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * figures - every metric a row: `seawall metrics`, seawall-metrics(7), alert rules and the
 * dashboard are checked against them.  Names are Prometheus' way: base units, counters end in
 * _total.  Besides them the engine's own counters are seawall_engine_NAME_total
 * (engine_counter_name()).
 */
#ifndef SEAWALL_CONTROL_FIGURES_H
#define SEAWALL_CONTROL_FIGURES_H

#include <stdbool.h>

#define FIGURE_PREFIX "seawall_"

/* id, name without it, its labels separated by commas, what it says */
#define FIGURES(X)									\
	X(UP, "up", "", "1 while the engine answers")					\
	X(ANSWERED, "answered_time_seconds", "", \
		"Unix time of the daemon's last answer; in a file alone") \
	X(BUILD, "build_info", "version", "1")						\
	X(CONFIG, "config_info", "hash", "1; the configuration in use")			\
	X(APPROVED, "config_approved", "", "1 when somebody said yes to it")		\
	X(CHANGES, "config_unapproved_changes", "", \
		"settings changed since the configuration that was approved last") \
	X(STARTED, "start_time_seconds", "", "Unix time of the engine's start")		\
	X(HEARTBEAT, "heartbeat_time_seconds", "", \
		"Unix time of the last heartbeat in the record; 0: none since the start") \
	X(DRY_RUN, "dry_run", "", "1 when BIRD is not touched")				\
	X(DRILL, "drill", "", \
		"1 while a drill goes on, and nothing that is an attack is taken for it") \
	X(LIVE, "live_step", "", \
		"step of going live: 1 observe, 2 dry run, 3 manual, 4 rate limits, 5 the whole ladder") \
	X(PAUSED, "paused", "", "1 while new automatic actions are off")		\
	X(PAUSED_UNTIL, "paused_until_time_seconds", "", \
		"Unix time of the pause's end; 0: not paused") \
	X(INCIDENTS, "incidents", "state", "incidents by state")			\
	X(POINTS, "incident_points_max", "", "points of the open incident that has most")	\
	X(INCIDENT_POINTS, "incident_points", "subject,policy", "points of an incident now")	\
	X(INCIDENT_BYTES, "incident_bytes_per_second", "subject,policy", \
		"traffic towards its subject, estimated") \
	X(INCIDENT_PACKETS, "incident_packets_per_second", "subject,policy", \
		"traffic towards its subject, estimated") \
	X(INCIDENT_OPENED, "incident_start_time_seconds", "subject,policy", \
		"Unix time at which it was opened") \
	X(INCIDENT_COVERAGE, "incident_rule_coverage_ratio", "subject,policy", \
		"share of the attack that mined rules take") \
	X(INCIDENT_COLLATERAL, "incident_rule_collateral_ratio", "subject,policy",	\
	  "share of legitimate traffic that they take at most")				\
	X(INCIDENTS_LEFT, "incidents_not_shown", "", "open incidents without series of their own") \
	X(APPROVALS, "approvals_waiting", "", "questions that wait for a person")	\
	X(DEADLINE, "approval_deadline_time_seconds", "", \
		"Unix time at which the first of them ends; 0: none waits") \
	X(ANNOUNCEMENTS, "announcements", "kind,origin", "mitigations that stand")	\
	X(NEXT_END, "announcements_next_end_time_seconds", "", \
		"Unix time at which the first of them ends; 0: none stands") \
	X(ANNOUNCED, "announced_total", "", "announcements since the start")		\
	X(WITHDRAWN, "withdrawn_total", "", "withdrawals since the start")		\
	X(REFUSED, "refused_total", "", "acts refused by the guard or by BIRD since the start")	\
	X(TO_EXPORT, "decide_to_export_seconds", "", "from the last decision to its read-back")	\
	X(GHOSTS, "ghosts", "", "networks in BIRD that the log does not know")		\
	X(LINK_CAPACITY, "link_capacity_bytes_per_second", "link", "as the configuration says")	\
	X(LINK_USED, "link_used_ratio", "link", "how full it is, as sensors read it")	\
	X(LINK_DANGER, "link_in_danger", "link", \
		"1 while it is full enough that people are harmed") \
	X(STATES_DANGER, "state_table_in_danger", "", "1 while a state table is")	\
	X(UPSTREAM, "upstream_info", "upstream,router,protocol,profile", "1")		\
	X(UPSTREAM_UP, "upstream_up", "upstream", "1 when BIRD says the session is established") \
	X(UPSTREAM_SINCE, "upstream_state_time_seconds", "upstream", \
		"Unix time since which the session is as it is") \
	X(UPSTREAM_READ, "upstream_read_back_time_seconds", "upstream", \
		"Unix time of the last read-back; 0: none yet") \
	X(UPSTREAM_USED, "upstream_budget_used", "upstream,kind", "decided for the upstream")	\
	X(UPSTREAM_LIMIT, "upstream_budget_limit", "upstream,kind", "what the upstream takes")	\
	X(UPSTREAM_CARRIED, "upstream_carried", "upstream,kind", \
		"read back from what BIRD sends the upstream") \
	X(UPSTREAM_STATES, "upstream_mitigations", "upstream,state", \
		"mitigations for the upstream, by how far they have come") \
	X(UPSTREAM_WAITING, "upstream_waiting", "upstream", "decided and not announced")	\
	X(UPSTREAM_LATENESS, "upstream_waiting_seconds", "upstream", \
		"how long the oldest of them waits") \
	X(UPSTREAM_LATE, "upstream_late", "upstream", "1 while that is too long")	\
	X(ROUTER_UP, "router_connected", "router", "1 when BIRD's socket answers")	\
	X(ROUTER_GENERATION, "router_generation", "router", \
		"that BIRD is known to run; 0: not known") \
	X(ROUTER_COPY, "router_config_copy_in_use", "router", \
		"1 while BIRD runs our copy, as its own configuration does not parse") \
	X(ROUTER_COPIED, "router_config_copied_time_seconds", "router", \
		"Unix time at which the copy was last as good; 0: there is none") \
	X(SENSOR, "sensor_info", "sensor,type,vantage,link", "1")			\
	X(SENSOR_STATE, "sensor_state", "sensor,state", "1 for the state that the sensor is in") \
	X(SENSOR_FRESH, "sensor_fresh", "sensor", "1 when the sensor's reports are believed")	\
	X(SENSOR_RUNNING, "sensor_running", "sensor", "1 when any of its processes runs")	\
	X(SENSOR_PROCESSES, "sensor_processes", "sensor", "processes of the sensor that run")	\
	X(SENSOR_RESTARTS, "sensor_restarts_total", "sensor", \
		"restarts of its processes since the engine's start") \
	X(SENSOR_COMPLETE, "sensor_complete_time_seconds", "sensor", \
		"Unix time up to which every record has come; 0: none yet") \
	X(SENSOR_ACCEPTED, "sensor_accepted_total", "sensor", "records taken")		\
	X(SENSOR_WAITING, "sensor_waiting", "sensor", "records waiting for a template")	\
	X(SENSOR_LOST, "sensor_lost_total", "sensor", \
		"sequence gaps, kernel drops and full queues") \
	X(SENSOR_GAPS, "sensor_gaps_total", "sensor", "of the lost: missing by sequence numbers") \
	X(SENSOR_DROPPED, "sensor_dropped_total", "sensor", "of the lost: dropped by the kernel") \
	X(SENSOR_LOSS, "sensor_loss_ratio", "sensor", "estimated share lost in the last minutes") \
	X(SENSOR_READINGS, "sensor_readings_total", "sensor", "readings taken")		\
	X(SENSOR_BYTES, "sensor_bytes_per_second", "sensor", \
		"towards our prefixes, last full second") \
	X(SENSOR_PACKETS, "sensor_packets_per_second", "sensor", \
		"towards our prefixes, last full second") \
	X(SENSOR_OUT, "sensor_outbound_bytes_per_second", "sensor", \
		"from our prefixes to others, last full second") \
	X(SENSOR_INTERNAL, "sensor_internal_bytes_per_second", "sensor", \
		"between our prefixes, last full second") \
	X(SENSOR_REFUSED, "sensor_refused_total", "sensor,reason", "input refused, by reason")	\
	X(READING, "sensor_reading", "sensor,metric,subject,link",			\
	  "what the sensor reads of what the configuration names, while it holds")	\
	X(EXPORTER_FRESH, "exporter_fresh", "sensor,exporter,domain,protocol,process", \
		"1 when the exporter is believed") \
	X(EXPORTER_LAST, "exporter_last_time_seconds", \
		"sensor,exporter,domain,protocol,process", "Unix time of its last datagram") \
	X(EXPORTER_RECORDS, "exporter_records_total", \
		"sensor,exporter,domain,protocol,process", "records taken") \
	X(EXPORTER_REFUSED, "exporter_refused_total", \
		"sensor,exporter,domain,protocol,process", "input refused") \
	X(EXPORTER_GAPS, "exporter_gaps_total", "sensor,exporter,domain,protocol,process", \
		"missing by sequence numbers") \
	X(EXPORTER_WAITING, "exporter_waiting", "sensor,exporter,domain,protocol,process", \
		"records waiting for a template") \
	X(EXPORTER_SAMPLING, "exporter_sampling", "sensor,exporter,domain,protocol,process", \
		"one in so many; 0: not known") \
	X(EXPORTER_CLOCK, "exporter_clock_ahead_seconds", \
		"sensor,exporter,domain,protocol,process", \
	  "how far its clock is ahead of ours")						\
	X(EXPORTERS_LEFT, "exporters_not_shown", "", "exporters without series of their own")	\
	X(RECORDS, "audit_records", "", "records in the audit log")			\
	X(DISK_FULL, "audit_disk_full", "", "1 while the audit log cannot be written")	\
	X(SYNCED, "audit_sync_time_seconds", "", \
		"Unix time of the log's last sync to the disk; 0: none since the start") \
	X(SYNCS, "audit_syncs_total", "", "syncs of the log to the disk")		\
	X(SYNC_SECONDS, "audit_sync_seconds_total", "", "time that they took")		\
	X(SYNC_LONGEST, "audit_sync_max_seconds", "", "the longest of them")		\
	X(CHECKPOINT, "audit_checkpoint_time_seconds", "", \
		"Unix time of the last checkpoint signed; 0: none since the start") \
	X(DISK_FREE, "disk_free_bytes", "directory", "free where we write")		\
	X(DISK_SIZE, "disk_size_bytes", "directory", "size of that file system")	\
	X(REFERENCE, "reference_samples", "", \
		"samples of what comes in peace, which rules are checked against") \
	X(MINING, "mining_up", "", "1 when there is a process that mines rules")	\
	X(MINING_BUSY, "mining_busy", "", "1 while it mines")				\
	X(PROCESSES, "processes", "process,sensor", "processes that run")		\
	X(RESTARTS, "process_restarts_total", "process,sensor", \
		"times that one ended by itself and was started again") \
	X(RESIDENT, "process_resident_memory_bytes", "process,sensor", "memory that they hold")	\
	X(CPU, "process_cpu_seconds_total", "process,sensor", "processor time of those that run") \
	X(MESSENGER, "messages_status_time_seconds", "", \
		"Unix time at which the messenger last said how it stands") \
	X(MESSAGES, "messages_waiting", "notify,recipient", "messages that wait to be sent")	\
	X(MESSAGES_BYTES, "messages_waiting_bytes", "notify,recipient", "their size")		\
	X(MESSAGES_OLDEST, "messages_oldest_time_seconds", "notify,recipient", \
		"Unix time of the oldest that waits; 0: none") \
	X(MESSAGES_FAILURES, "messages_failures", "notify,recipient", "failures in a row")	\
	X(MESSAGES_SENT, "messages_sent_total", "notify,recipient", \
		"messages that the other side took") \
	X(MESSAGES_SENT_TIME, "messages_sent_time_seconds", "notify,recipient", \
		"Unix time of the last of them; 0: none") \
	X(MESSAGES_GIVEN_UP, "messages_given_up_total", "notify,recipient", "messages that were given up")

#define FIGURE_ENUM(id, name, labels, help) FIGURE_##id,
enum figure { FIGURES(FIGURE_ENUM) FIGURE_N };

struct figure_row {
	const char *name;	/* whole */
	const char *labels;	/* "a,b", or "" */
	const char *help;
};
extern const struct figure_row figures[FIGURE_N];

/* "counter" or "gauge": its name tells. */
const char *figure_kind(const char *name);

#define FIGURE_NAME_LEN 96
/* The engine's counter of this name: letters and digits, everything else an underscore. */
void figure_counter(char ret[static FIGURE_NAME_LEN], const char *counter);

#endif
