# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws a dashboard as a page of HTML: its own panels, its own queries, asked of a Prometheus that runs.  Not Grafana, which
Debian does not have: enough of it to see what a person at night would see.  Kinds of panels: those that contrib/grafana has."""
import html
import math
import time

from dashboards import panels

COLOURS = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "purple": "#b877d9", "blue": "#5794f2"}
CLASSIC = "#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#8ab8ff", "#b877d9", "#37872d", "#fade2a"
ROW, COLUMN = 33, 41            # pixels
STYLE = """* { box-sizing: border-box } body { margin: 0; width: %dpx; background: #111217; color: #ccccdc; font: 14px "Liberation Sans", sans-serif }
main { position: relative; margin: 8px } footer { padding: 2px 16px 10px; color: #9a9aa8; font-size: 13px }
section { position: absolute; padding: 3px } section > div { height: 100%%; background: #181b1f; border: 1px solid #2c2f35; padding: 4px 10px;
overflow: hidden; display: flex; flex-direction: column } h2 { font-size: 14px; font-weight: bold; margin: 2px 0; line-height: 1.15 }
h3 { font-size: 17px; margin: 8px 4px } .figure { margin: auto; font-weight: bold; text-align: center; line-height: 1.05 } .solid { color: #111217 !important }
table { width: 100%%; border-collapse: collapse; font-size: 14px } th, td { text-align: left; padding: 5px; border-bottom: 1px solid #2c2f35 }
td { white-space: nowrap } th { color: #8fb3ff; font-weight: bold; font-size: 13px; vertical-align: bottom } svg text { fill: #b4b4c0; font-size: 12px }
.legend { font-size: 12px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis } .legend b { display: inline-block; width: 14px; height: 4px; margin: 0 5px 3px 10px }
.bar { display: flex; align-items: center; margin: 5px 0; flex: 1; max-height: 40px } .bar span { width: 38%% } .bar div { flex: 1; height: 70%%; background: #22252b }
.bar i { display: block; height: 100%% } .bar em { width: 66px; text-align: right; font-style: normal; font-weight: bold }"""


# --- what a value is shown as -----------------------------------------------------------------------------------

def scaled(value, unit, base=1000, names=("", "k", "M", "G", "T")):
    for name in names:
        if abs(value) < base or name == names[-1]:
            return f"{value:.3g}".replace("e+03", "000") + f" {name}{unit}".rstrip()
        value /= base


def span(s):
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if abs(s) >= unit:
            return f"{s / unit:.1f} {name}"
    return f"{s:.0f} s" if abs(s) >= 10 else f"{s:.2g} s" if abs(s) >= 1 or not s else f"{1000 * s:.2g} ms"


UNITS = {"s": span, "percentunit": lambda v: f"{100 * v:.3g} %", "bytes": lambda v: scaled(v, "B", 1024),
         "bps": lambda v: scaled(v, "b/s"), "pps": lambda v: scaled(v, "p/s"), "cps": lambda v: scaled(v, "/s"), "none": lambda v: scaled(v, "")}


def mapped(value, field):
    for m in field.get("mappings", ()):
        if str(round(value)) in m["options"]:
            return m["options"][str(round(value))]
    return None


def colour(value, field):
    m = mapped(value, field)
    if m:
        return COLOURS.get(m["color"], m["color"])
    steps = field["thresholds"]["steps"]
    return next(COLOURS.get(s["color"], s["color"]) for s in reversed(steps) if s["value"] is None or value >= s["value"])


def shown(value, field):
    m = mapped(value, field)
    return m["text"] if m else UNITS[field.get("unit", "none")](value)


def named(target, labels):
    """As Grafana fills in a legend."""
    text = target["legendFormat"]
    for key, value in labels.items():
        text = text.replace("{{" + key + "}}", value)
    return " ".join(w for w in text.split() if "{{" not in w)


def ticks(top, least):
    """Round figures from 0 up, six at most, `least` apart or more."""
    step = 10 ** math.floor(math.log10(top))
    step = max(next(step * m for m in (0.2, 0.5, 1, 2) if top / (step * m) < 6), least)
    return [i * step for i in range(int(top / step) + 1)]


# --- kinds of panels --------------------------------------------------------------------------------------------

class Drawing:
    def __init__(self, server, seconds, now=None):
        self.server, self.seconds, self.now = server, seconds, now or time.time()

    def series(self, panel):
        """[(name, [(time, value)])]"""
        step = max(self.seconds // 240, 1)
        return [(named(t, labels), values) for t in panel["targets"]
                for labels, values in self.server.asked(t, self.seconds, step, self.now)]

    def stat(self, panel, size):
        field = panel["fieldConfig"]["defaults"]
        found = self.series(panel)
        value = found[0][1][-1][1] if found else None
        text, c = (shown(value, field), colour(value, field)) if found else (field.get("noValue", "No data"), "#ccccdc")
        solid = panel["options"]["colorMode"].startswith("background")
        wide = len(text) if len(text) <= 9 else max(*map(len, text.split(" ")), 0.65 * len(text))
        letters = min(size[1] - 70, int((size[0] - 30) / (0.62 * wide)), 50)
        return f'<div class="figure{" solid" * solid}" style="font-size:{letters}px;color:{c}">{html.escape(text)}</div>', c if solid else None

    def bargauge(self, panel, _size):
        field = panel["fieldConfig"]["defaults"]
        return "".join(f'<div class="bar"><span>{html.escape(name)}</span><div><i style="width:{min(values[-1][1], 1):.0%};background:'
                       f'{colour(values[-1][1], field)}"></i></div><em style="color:{colour(values[-1][1], field)}">{shown(values[-1][1], field)}</em></div>'
                       for name, values in self.series(panel)), None

    def table(self, panel, _size):
        organized = panel["transformations"][-1]["options"]
        many, rows = len(panel["targets"]) > 1, {}
        for t in panel["targets"]:
            for labels, values in self.server.asked(t, now=self.now):
                key = tuple(sorted(labels.items()))
                rows.setdefault(key, dict(labels))["Value #" + t["refId"] if many else "Value"] = values[-1][1]
        columns = sorted(organized["indexByName"], key=organized["indexByName"].get)
        titles = {c: organized["renameByName"].get(c, c) for c in columns}
        fields = {o["matcher"]["options"]: {p["id"]: p["value"] for p in o["properties"]} for o in panel["fieldConfig"]["overrides"]}
        by = next((c for c, title in titles.items() for s in panel["options"]["sortBy"] if title == s["displayName"]), columns[0])
        out = "<table><tr>" + "".join(f"<th>{html.escape(titles[c])}</th>" for c in columns) + "</tr>"
        for row in sorted(rows.values(), key=lambda r: r.get(by, 0), reverse=by.startswith("Value")):
            out += "<tr>" + "".join(self.cell(row.get(c), fields.get(titles[c], {})) for c in columns) + "</tr>"
        return out + "</table>", None

    @staticmethod
    def cell(value, field):
        if value is None or isinstance(value, str):
            return f"<td>{html.escape(value or '')}</td>"
        c = colour(value, field) if "thresholds" in field else "#ccccdc"
        return f'<td style="color:{c}{";font-weight:bold" if "thresholds" in field else ""}">{html.escape(shown(value, field))}</td>'

    def axis(self, left, width, height):
        """Times under a graph."""
        out, n = "", max(int(width / 130), 1)
        for i in range(n + 1):
            t, anchor = self.now - self.seconds * (n - i) / n, "start" if i == 0 else "end" if i == n else "middle"
            out += f'<text x="{left + width * i / n:.0f}" y="{height - 2}" text-anchor="{anchor}">{time.strftime("%H:%M:%S", time.gmtime(t))}</text>'
        return out

    def timeseries(self, panel, size):
        field, found = panel["fieldConfig"]["defaults"], self.series(panel)
        custom, room = field["custom"], (size[0] - 24, size[1] - 62)
        left, width, height = 62, room[0] - 66, room[1] - 20
        stacked = custom["stacking"]["mode"] == "normal"
        fixed = {o["matcher"]["options"]: COLOURS[p["value"]["fixedColor"]] for o in panel["fieldConfig"]["overrides"] for p in o["properties"]}
        base, drawn = {}, []
        for i, (name, values) in enumerate(found):
            below = [(t, base.get(t, 0)) for t, _v in values]
            if stacked:
                values = [(t, v + base.get(t, 0)) for t, v in values]
                base |= dict(values)
            drawn.append((name, values, below, fixed.get(name, CLASSIC[i % len(CLASSIC)])))
        limits = [s["value"] for s in field["thresholds"]["steps"] if s["value"]] if custom["thresholdsStyle"]["mode"] != "off" else []
        top = max([v for _n, values, _b, _c in drawn for _t, v in values] + limits) * 1.08 or 1

        def at(t, v):
            return f"{left + width * (1 - (self.now - t) / self.seconds):.1f},{6 + (height - 6) * (1 - v / top):.1f}"

        out = f'<svg width="{room[0]}" height="{room[1]}">'
        for v in ticks(top, 1 if field.get("decimals") == 0 else 0):
            y = at(self.now, v).split(",")[1]
            out += f'<path d="M{left},{y}h{width}" stroke="#2c2f35"/><text x="{left - 6}" y="{float(y) + 4}" text-anchor="end">{shown(v, field)}</text>'
        for s in field["thresholds"]["steps"] if limits else ():
            if s["value"]:
                out += f'<path d="M{at(self.now - self.seconds, s["value"])}L{at(self.now, s["value"])}" stroke="{COLOURS[s["color"]]}" stroke-dasharray="6 5"/>'
        for _name, values, below, c in drawn:
            line = " ".join(at(t, v) for t, v in values)
            out += f'<polygon points="{line} {" ".join(at(t, v) for t, v in reversed(below))}" fill="{c}" fill-opacity="{custom["fillOpacity"] / 100}"/>' \
                   f'<polyline points="{line}" fill="none" stroke="{c}" stroke-width="{custom["lineWidth"]}"/>'
        return out + self.axis(left, width, room[1]) + "</svg>" + self.legend(drawn), None

    @staticmethod
    def legend(drawn):
        return '<div class="legend">' + "".join(f'<b style="background:{d[-1]}"></b>{html.escape(d[0])}' for d in drawn) + "</div>"

    def timeline(self, panel, size):
        """Of states."""
        field, found = panel["fieldConfig"]["defaults"], self.series(panel)
        left, width, height = 110, size[0] - 140, size[1] - 70
        each, out = height / max(len(found), 1), f'<svg width="{size[0] - 24}" height="{height + 18}">'
        for i, (name, values) in enumerate(found):
            out += f'<text x="{left - 8}" y="{each * (i + .6):.0f}" text-anchor="end">{html.escape(name)}</text>'
            for (t, v), (end, _v) in zip(values, [*values[1:], (self.now, 0)]):
                x = left + width * (1 - (self.now - t) / self.seconds)
                out += f'<rect x="{x:.1f}" y="{each * i + 2:.1f}" width="{width * (end - t) / self.seconds + .6:.1f}" height="{each * .8:.1f}" fill="{colour(v, field)}"/>'
        means = [(m["text"], COLOURS.get(m["color"], m["color"])) for m in field["mappings"][0]["options"].values()]
        return out + self.axis(left, width, height + 18) + "</svg>" + self.legend(means), None

    def draw(self, panel):
        x, y, w, h = (panel["gridPos"][k] for k in "xywh")
        at = f"left:{x * COLUMN}px;top:{y * ROW}px;width:{w * COLUMN}px;height:{h * ROW}px"
        if panel["type"] == "row":
            return f'<section style="{at}"><h3>{html.escape(panel["title"])}</h3></section>'
        kind = {"state-timeline": self.timeline}.get(panel["type"]) or getattr(self, panel["type"])
        inside, filled = kind(panel, (w * COLUMN, h * ROW))
        fill = f' class="solid" style="background:{filled}"' if filled else ""
        return f'<section style="{at}"><div{fill}><h2>{html.escape(panel["title"])}</h2>{inside}</div></section>'

    def page(self, dashboard, rows, foot):
        """As many rows of it, the first without a title counted."""
        heads = [p["gridPos"]["y"] for p in dashboard["panels"] if p["type"] == "row"]
        tall = heads[rows - 1] if rows <= len(heads) else max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in panels(dashboard))
        drawn = "".join(self.draw(p) for p in dashboard["panels"] if p["gridPos"]["y"] < tall)
        return f'<!DOCTYPE html><meta charset="utf-8"><title>{html.escape(dashboard["title"])}</title><style>{STYLE % (24 * COLUMN + 16)}</style>' \
               f'<body><main style="height:{tall * ROW}px">{drawn}</main><footer>{html.escape(foot)}</footer></body>'
