#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The dashboards that people import are what their script prints, and ask the same in both languages.
set -u
src=${srcdir:-.}/contrib/grafana
for t in python3 msgfmt; do
	command -v $t >/dev/null 2>&1 || { echo "SKIP: $t is not installed"; exit 77; }
done
bad=0
for l in en:seawall.json es:seawall.es.json; do
	python3 "$src/dashboard.py" "${l%:*}" | cmp - "$src/${l#*:}" || { echo "again: dashboard.py ${l%:*} >${l#*:}"; bad=1; }
done
python3 - "$src/seawall.json" "$src/seawall.es.json" <<'PYTHON' || bad=1
import json, sys

SAID = {"title", "description", "label", "text", "legendFormat", "uid", "displayName", "renameByName"}

def asks(v):
    """Without what is said in a language."""
    if isinstance(v, dict):
        by_name = v.get("id") == "byName"
        return {k: asks(w) for k, w in v.items() if k not in SAID and not (by_name and k == "options")}
    return [asks(w) for w in v] if isinstance(v, list) else v

one, other = (asks(json.load(open(path, encoding="utf-8"))) for path in sys.argv[1:])
if json.dumps(one).count('"expr"') < 40:
    sys.exit("hardly anything is asked")
if one != other:
    sys.exit("the two languages ask or draw differently")
PYTHON
grep -q 'CALM' "$src/seawall.json" && grep -q 'EN CALMA' "$src/seawall.es.json" && ! grep -q 'CALM"' "$src/seawall.es.json" ||
	{ echo "one of them speaks the other language"; bad=1; }
exit $bad
