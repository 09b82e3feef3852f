#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the dashboard as Grafana imports it: `dashboard.py` in English, `dashboard.py es` in Spanish, by po/es.po.  This is the
source; seawall.json and seawall.es.json are what it prints, kept because people import them (tests/dashboard.sh compares)."""
import gettext
import io
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WIDE = 24       # columns that Grafana has
GREEN, ORANGE, RED, PURPLE, BLUE, GREY = "green", "orange", "red", "purple", "blue", "#8e8e8e"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def _(text):
    return CATALOGUE.gettext(text)


def catalogue(lang):
    if lang == "en":
        return gettext.NullTranslations()
    mo = subprocess.run(["msgfmt", "-o", "-", os.path.join(HERE, "../../po", lang + ".po")], capture_output=True, check=True)
    return gettext.GNUTranslations(io.BytesIO(mo.stdout))


# --- what a value means -----------------------------------------------------------------------------------------

def steps(first, *more):
    """A colour, then (from which value on, which colour)."""
    return {"mode": "absolute", "steps": [{"color": first, "value": None}, *({"color": c, "value": v} for v, c in more)]}


def words(*rows):
    """(value, text, colour) each: what is shown instead of a number."""
    return [{"type": "value", "options": {str(v): {"text": t, "color": c, "index": i} for i, (v, t, c) in enumerate(rows)}}]


def field(unit="none", thresholds=None, mappings=(), decimals=None, none=None, **custom):
    out = {"unit": unit, "color": {"mode": "thresholds"}, "thresholds": thresholds or steps(BLUE), "mappings": list(mappings),
           "noValue": none, "decimals": decimals, "custom": custom or None}
    return {k: v for k, v in out.items() if v is not None}


# --- what is asked ----------------------------------------------------------------------------------------------

def mine(expr):
    """Every seawall_ figure, of the machine that is chosen alone."""
    chosen = re.sub(r"(seawall_\w+)(\{)?", lambda m: m[1] + '{instance="$instance"' + ("," if m[2] else "}"), expr)
    return re.sub(r"\s+", " ", chosen).strip()


def asked(i, expr, legend="", now=False, table=False):
    return {"refId": chr(ord("A") + i), "expr": mine(expr), "legendFormat": legend or "__auto", "instant": now, "range": not now,
            "format": "table" if table else "time_series"}


def panel(kind, size, title, targets, fields, options, about=None, **more):
    out = {"type": kind, "title": title, "size": size, "datasource": SOURCE, "targets": targets,
           "fieldConfig": {"defaults": fields, "overrides": []}, "options": options, "description": about, **more}
    return {k: v for k, v in out.items() if v is not None}


REDUCE = {"calcs": ["lastNotNull"], "fields": "", "values": False}
TOOLTIP = {"mode": "multi", "sort": "desc"}
LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}


def stat(size, title, expr, about=None, whole=False, **fields):
    """One figure; `whole`: its colour fills the panel."""
    return panel("stat", size, title, [asked(0, expr, now=True)], field(**fields), {
        "reduceOptions": REDUCE, "orientation": "auto", "colorMode": "background_solid" if whole else "value", "graphMode": "none",
        "justifyMode": "center", "textMode": "value", "wideLayout": True, "showPercentChange": False}, about)


def bars(size, title, expr, legend, about=None, **fields):
    """Shares of a whole."""
    return panel("bargauge", size, title, [asked(0, expr, legend, now=True)], field("percentunit", **fields) | {"min": 0, "max": 1}, {
        "reduceOptions": REDUCE, "orientation": "horizontal", "displayMode": "basic", "valueMode": "color", "namePlacement": "auto",
        "showUnfilled": True, "sizing": "auto", "minVizWidth": 8, "minVizHeight": 16, "maxVizHeight": 60}, about)


def overrides(by_name):
    return [{"matcher": {"id": "byName", "options": name}, "properties": [{"id": k, "value": v} for k, v in properties.items()]}
            for name, properties in by_name.items()]


def lines(size, title, targets, about=None, lines_at=False, stack=False, colours=(), **fields):
    """`lines_at`: thresholds are drawn, and colour nothing else; `colours` (name, colour): of lines that mean something."""
    custom = {"drawStyle": "line", "lineWidth": 0 if stack else 2, "fillOpacity": 60 if stack else 10, "showPoints": "never",
              "spanNulls": False, "stacking": {"mode": "normal" if stack else "none", "group": "A"},
              "thresholdsStyle": {"mode": "dashed" if lines_at else "off"}}
    fields = field(**fields, **custom) | {"color": {"mode": "palette-classic"}, "min": 0}
    out = panel("timeseries", size, title, [asked(i, *t) for i, t in enumerate(targets)], fields, {
        "legend": LEGEND, "tooltip": TOOLTIP}, about)
    out["fieldConfig"]["overrides"] = overrides({name: {"color": {"mode": "fixed", "fixedColor": c}} for name, c in colours})
    return out


def states(size, title, targets, about=None, **fields):
    return panel("state-timeline", size, title, [asked(i, *t) for i, t in enumerate(targets)],
                 field(**fields, fillOpacity=80, lineWidth=0), {
                     "alignValue": "left", "mergeValues": True, "rowHeight": 0.8, "showValue": "never", "legend": LEGEND,
                     "tooltip": TOOLTIP}, about)


def table(size, title, labels, columns, sort=None, about=None):
    """`labels` (name, title): what a row is of; `columns` (title, expr, properties): a query each, joined by the labels."""
    by = ", ".join(name for name, _title in labels)
    targets = [asked(i, f"sum by ({by}) ({expr})", now=True, table=True) for i, (_title, expr, _field) in enumerate(columns)]
    values = [f"Value #{t['refId']}" if len(columns) > 1 else "Value" for t in targets]
    out = panel("table", size, title, targets, field(align="auto", inspect=False, cellOptions={"type": "auto"}), {
        "showHeader": True, "cellHeight": "sm", "frameIndex": 0,
        "sortBy": [{"displayName": sort, "desc": True}] if sort else []}, about)
    order = [name for name, _title in labels] + values
    out["transformations"] = [{"id": "merge", "options": {}}] * (len(columns) > 1) + [{"id": "organize", "options": {
        "excludeByName": {"Time": True}, "indexByName": {name: i for i, name in enumerate(order)},
        "renameByName": dict(labels) | {v: c[0] for v, c in zip(values, columns)}}}]
    out["fieldConfig"]["overrides"] = overrides({name: properties for name, _expr, properties in columns})
    return out


def cell(unit="none", thresholds=None, mappings=(), **more):
    """A column of a table: coloured where a colour says something."""
    out = {"unit": unit, **more}
    if thresholds or mappings:
        out |= {"thresholds": thresholds or steps(GREY), "mappings": list(mappings), "color": {"mode": "thresholds"},
                "custom.cellOptions": {"type": "color-text"}}
    return out


# --- the rows ---------------------------------------------------------------------------------------------------

def row_now():
    attack = (_("UNDER ATTACK"), RED)

    def alarm(severity):
        return f'max by (alertname) (ALERTS{{alertname=~"Seawall.+",alertstate="firing",severity="{severity}"}})'

    return (
        stat((6, 6), _("Now"), """(1 + clamp_max(sum(seawall_incidents{state=~"subsiding|releasing"}), 1)
             + 2 * clamp_max(sum(seawall_incidents{state="open"}), 1)
             unless on() (time() - seawall_answered_time_seconds > 120)) or vector(0)""",
             _("No answer: Seawall is down, or its figures are older than two minutes, and this page shows what was."), whole=True,
             mappings=words((0, _("NO ANSWER"), PURPLE), (1, _("CALM"), GREEN), (2, _("ATTACK ENDING"), ORANGE), (3, *attack),
                            (4, *attack))),
        stat((3, 6), _("Attacked now"), 'sum(seawall_incidents{state="open"})', thresholds=steps(GREEN, (1, RED))),
        stat((3, 6), _("Questions that wait for a person"), "seawall_approvals_waiting",
             _("`seawall pending` shows them; `seawall approve` answers."), thresholds=steps(GREEN, (1, RED))),
        stat((3, 6), _("Time left to answer"), "(seawall_approval_deadline_time_seconds > 0) - time()", unit="s", none="–",
             thresholds=steps(RED, (300, ORANGE), (900, GREEN))),
        stat((3, 6), _("Announced"), "sum(seawall_announcements)", _("Mitigations that stand, by policies and by people.")),
        stat((6, 6), _("Step of going live"), "seawall_live_step * (1 - seawall_paused)", mappings=words(
            (0, _("PAUSED"), ORANGE), (1, _("1 observe"), GREY), (2, _("2 dry run"), ORANGE), (3, _("3 manual"), BLUE),
            (4, _("4 rate limits"), BLUE), (5, _("5 the whole ladder"), GREEN))),
        table((8, 7), _("Alarms"), (("alertname", _("Alarm")),), ((
            _("Who is needed"), f"3 * {alarm('wake')} or 2 * {alarm('workday')} or {alarm('know')} or on() vector(0)",
            cell(mappings=words((0, _("no alarm"), GREEN), (1, _("nobody"), BLUE), (2, _("somebody, by day"), ORANGE),
                                (3, _("somebody, now"), RED)))),),
              sort=_("Who is needed"), about=_("What each means, and what to do: the administrators' guide.")),
        lines((8, 7), _("Attacks"), (("sum by (state) (seawall_incidents)", "{{state}}"),), stack=True, decimals=0,
              colours=(("open", RED), ("subsiding", ORANGE), ("releasing", BLUE))),
        lines((8, 7), _("Points of the attack that has most"), (("seawall_incident_points_max", _("points")),)),
    )


def row_links():
    full = steps(GREEN, (0.7, ORANGE), (0.9, RED))
    danger = words((0, _("no"), GREEN), (1, _("yes"), RED))
    return _("Links: is the line full?"), (
        bars((6, 7), _("How full now"), "seawall_link_used_ratio", "{{link}}", thresholds=full),
        lines((9, 7), _("How full"), (("seawall_link_used_ratio", "{{link}}"),), unit="percentunit", thresholds=full, lines_at=True),
        lines((9, 7), _("Traffic towards us, by sensor"), (("8 * seawall_sensor_bytes_per_second", "{{sensor}}"),), unit="bps"),
        states((24, 5), _("So full that visitors are harmed"), (("seawall_link_in_danger", "{{link}}"),
               ("seawall_state_table_in_danger", _("table of connections"))), mappings=danger),
    )


def row_victims():
    return _("Who is attacked"), (
        table((14, 7), _("Attacks that are open or ending"), (("subject", _("Attacked")), ("policy", _("Policy"))), (
            (_("Points"), "seawall_incident_points", cell(thresholds=steps(GREEN, (8, ORANGE), (12, RED)), decimals=0)),
            (_("Traffic"), "8 * seawall_incident_bytes_per_second", cell("bps")),
            (_("Packets"), "seawall_incident_packets_per_second", cell("pps")),
            (_("For"), "time() - seawall_incident_start_time_seconds", cell("s")),
            (_("Taken by mined rules"), "seawall_incident_rule_coverage_ratio", cell("percentunit")),
            (_("Legitimate traffic they take at most"),
             "seawall_incident_rule_collateral_ratio and seawall_incident_rule_coverage_ratio > 0", cell("percentunit", steps(GREEN, (0.01, ORANGE), (0.05, RED))))), sort=_("Points")),
        lines((5, 7), _("Points"), (("seawall_incident_points", "{{subject}}"),)),
        lines((5, 7), _("Traffic towards them"), (("8 * seawall_incident_bytes_per_second", "{{subject}}"),), unit="bps"),
    )


def row_announced():
    session = words((0, _("down"), RED), (1, _("up"), GREEN))
    columns = [(_("Session"), "seawall_upstream_up", cell(mappings=session))]
    columns += [(title, f'seawall_upstream_mitigations{{state="{state}"}}', cell(decimals=0)) for state, title in (
        ("decided", _("Decided")), ("applied", _("In BIRD")), ("exported", _("Sent")), ("effective", _("Known to work")))]
    columns += [(_("Waits"), "seawall_upstream_waiting", cell(thresholds=steps(GREEN, (1, ORANGE)), decimals=0)),
                (_("Oldest waits"), "seawall_upstream_waiting_seconds", cell("s", steps(GREEN, (5, ORANGE), (30, RED))))]
    return _("What is announced, and how far it has come"), (
        table((14, 6), _("Upstreams"), (("upstream", _("Upstream")),), columns,
              about=_("Decided, taken by BIRD, read back from what the upstream is sent, and measured to work there.")),
        bars((10, 6), _("Used of what each upstream takes"), "seawall_upstream_budget_used / (seawall_upstream_budget_limit > 0)",
             "{{upstream}} {{kind}}", thresholds=steps(GREEN, (0.8, ORANGE), (1, RED))),
        lines((8, 7), _("Announced, by kind"), (("sum by (kind) (seawall_announcements)", "{{kind}}"),), stack=True, decimals=0),
        lines((7, 7), _("Acts"), (("increase(seawall_announced_total[$__rate_interval])", _("announced")),
              ("increase(seawall_withdrawn_total[$__rate_interval])", _("withdrawn")),
              ("increase(seawall_refused_total[$__rate_interval])", _("refused")))),
        stat((3, 7), _("First ends in"), "(seawall_announcements_next_end_time_seconds > 0) - time()", unit="s", none="–"),
        stat((3, 7), _("Decided to sent"), "seawall_decide_to_export_seconds", unit="s", none="–",
             thresholds=steps(GREEN, (2, ORANGE), (10, RED))),
        stat((3, 7), _("Ghosts"), "seawall_ghosts", _("Networks in BIRD that the record does not know."),
             thresholds=steps(GREEN, (1, RED))),
    )


def row_waits():
    return _("What waits, and for whom"), (
        lines((12, 6), _("What waits"), (("seawall_approvals_waiting", _("questions for a person")),
              ("seawall_upstream_waiting", _("announcements for") + " {{upstream}}"),
              ("seawall_messages_waiting", _("messages by") + " {{notify}} {{recipient}}")), decimals=0),
        lines((12, 6), _("How long the oldest waits"), (("seawall_upstream_waiting_seconds", _("announcements for") + " {{upstream}}"),
              ("time() - (seawall_messages_oldest_time_seconds > 0)", _("messages by") + " {{notify}} {{recipient}}")), unit="s"),
    )


def row_sensors():
    believed = words((0, _("not believed"), RED), (1, _("believed"), GREEN))
    return _("Sensors"), (
        table((10, 7), _("Sensors"), (("sensor", _("Sensor")), ("type", _("Type")), ("vantage", _("Vantage")), ("state", _("State"))), (
            (_("Reports"), """(seawall_sensor_state == 1) * on(sensor) group_left(type, vantage) seawall_sensor_info
             * on(sensor) group_left() seawall_sensor_fresh""", cell(mappings=believed)),)),
        states((14, 7), _("Whose reports are believed"), (("seawall_sensor_fresh", "{{sensor}}"),
               ("min by (sensor, exporter) (seawall_exporter_fresh)", "{{sensor}}: {{exporter}}")), mappings=believed),
        lines((8, 6), _("Lost on the way to a sensor"), (("seawall_sensor_loss_ratio", "{{sensor}}"),), unit="percentunit",
              thresholds=steps(GREEN, (0.05, RED)), lines_at=True),
        lines((8, 6), _("Packets towards us, by sensor"), (("seawall_sensor_packets_per_second", "{{sensor}}"),), unit="pps"),
        lines((8, 6), _("Input refused"), (
            ("sum by (sensor) (rate(seawall_sensor_refused_total[$__rate_interval]))", "{{sensor}}"),), unit="cps"),
    )


def row_record():
    return _("The record"), (
        stat((4, 5), _("Last heartbeat"), "time() - (seawall_heartbeat_time_seconds > 0)", unit="s", none="–",
             thresholds=steps(GREEN, (120, ORANGE), (180, RED))),
        stat((4, 5), _("Last signed"), "time() - (seawall_audit_checkpoint_time_seconds > 0)", unit="s", none="–",
             thresholds=steps(GREEN, (3600, RED))),
        stat((4, 5), _("Can it be written?"), "seawall_audit_disk_full", mappings=words((0, _("yes"), GREEN), (1, _("NO"), RED))),
        stat((4, 5), _("Free on its disk"), 'seawall_disk_free_bytes{directory="audit"} / seawall_disk_size_bytes', unit="percentunit",
             thresholds=steps(RED, (0.1, ORANGE), (0.2, GREEN))),
        stat((4, 5), _("Records"), "seawall_audit_records"),
        stat((4, 5), _("Configuration"), "seawall_config_approved", mappings=words(
            (0, _("not approved"), ORANGE), (1, _("approved"), GREEN))),
        lines((12, 6), _("Syncs to the disk"), (("rate(seawall_audit_syncs_total[$__rate_interval])", _("syncs")),), unit="cps"),
        lines((12, 6), _("How long a sync takes"), (("""rate(seawall_audit_sync_seconds_total[$__rate_interval])
              / (rate(seawall_audit_syncs_total[$__rate_interval]) > 0)""", _("on average")),
              ("seawall_audit_sync_max_seconds", _("the longest"))), unit="s"),
    )


def row_processes():
    running = words((0, _("no"), RED), (1, _("yes"), GREEN))
    return _("Processes and messages"), (
        lines((8, 7), _("Memory"), (("seawall_process_resident_memory_bytes", "{{process}} {{sensor}}"),), unit="bytes"),
        lines((8, 7), _("Processor"), (
            ("rate(seawall_process_cpu_seconds_total[$__rate_interval])", "{{process}} {{sensor}}"),), unit="percentunit"),
        lines((8, 7), _("Ended by itself, in an hour"), (("increase(seawall_process_restarts_total[1h])", "{{process}} {{sensor}}"),)),
        table((12, 6), _("Messages"), (("notify", _("By")), ("recipient", _("Recipient"))), (
            (_("Wait"), "seawall_messages_waiting", cell(decimals=0)),
            (_("Sent"), "seawall_messages_sent_total", cell(decimals=0)),
            (_("Failures in a row"), "seawall_messages_failures", cell(thresholds=steps(GREEN, (1, ORANGE), (5, RED)), decimals=0)),
            (_("Given up"), "seawall_messages_given_up_total", cell(decimals=0)))),
        stat((4, 6), _("Are rules mined?"), "seawall_mining_up", mappings=running),
        stat((4, 6), _("Age of these figures"), "time() - seawall_answered_time_seconds", unit="s",
             thresholds=steps(GREEN, (60, ORANGE), (120, RED))),
        stat((4, 6), _("Running for"), "time() - seawall_start_time_seconds", unit="s"),
    )


# --- the page ---------------------------------------------------------------------------------------------------

def laid_out(rows):
    """Panels from left to right and from top to bottom, as Grafana wants them."""
    out, y = [], 0
    for title, panels in rows:
        header = {"type": "row", "title": title, "collapsed": False, "panels": [], "size": (WIDE, 1)}
        x = tall = 0
        for p in ([header] if title else []) + list(panels):
            w, h = p.pop("size")
            if x + w > WIDE:
                x, y = 0, y + tall
            out.append({"id": len(out) + 1, **p, "gridPos": {"x": x, "y": y, "w": w, "h": h}})
            x, tall = x + w, h
        y += tall
    return out


def written(value, before=""):
    """JSON for people: what has room in a line is a line."""
    flat, more = json.dumps(value, ensure_ascii=False), before + "  "
    if len(before + flat) <= 120 or not isinstance(value, (dict, list)):
        return flat
    if isinstance(value, list):
        return "[\n" + ",\n".join(more + written(v, more) for v in value) + "\n" + before + "]"
    return "{\n" + ",\n".join(f"{more}{json.dumps(k)}: {written(v, more)}" for k, v in value.items()) + "\n" + before + "}"


def dashboard(lang):
    rows = ((None, row_now()), row_links(), row_victims(), row_announced(), row_waits(), row_sensors(), row_record(), row_processes())
    return {
        "title": "Seawall", "uid": "seawall-" + lang, "description": _("Attack or calm, and what Seawall does about it."),
        "tags": ["seawall"], "timezone": "browser", "editable": True, "graphTooltip": 1, "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"}, "schemaVersion": 39,
        "templating": {"list": [
            {"type": "datasource", "name": "datasource", "label": "Prometheus", "query": "prometheus", "refresh": 1},
            {"type": "query", "name": "instance", "label": _("Machine"), "datasource": SOURCE, "refresh": 2, "sort": 1,
             "query": {"query": "label_values(seawall_up, instance)", "refId": "instance"}}]},
        "panels": laid_out(rows)}


if __name__ == "__main__":
    LANG = sys.argv[1] if len(sys.argv) > 1 else "en"
    CATALOGUE = catalogue(LANG)
    print(written(dashboard(LANG)))
