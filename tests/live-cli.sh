#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `seawall live` against logs that other code wrote: what it draws from them is what they say, step by step.
set -u
src=$(cd "${srcdir:-.}" && pwd)
seawall=${builddir:-.}/seawall
command -v python3 >/dev/null 2>&1 || {
	echo "SKIP: python3 is not installed"
	exit 77
}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
SEAWALL_DATADIR=$src
export SEAWALL_DATADIR
fails=0
fail()
{
	echo "FAIL: $*"
	fails=$((fails + 1))
}
cat >"$tmp/seawall.conf" <<END
prefixes = ( "192.0.2.0/24" );
sensors = ( { name = "wire"; type = "packet"; interface = "lo"; } );
routers = ( { name = "edge"; socket = "$tmp/bird.ctl"; fragment = "$tmp/edge.conf";
	upstreams = ( { name = "transit-a"; protocol = "transit_a"; profile = "rfc7999"; },
		      { name = "transit-b"; protocol = "transit_b"; profile = "rfc7999"; } ); } );
state = "$tmp/state";
audit = { directory = "$tmp/audit"; };
END

# A line each: minutes, kind, and the record's own keys as JSON
write_log()
{
	rm -rf "$tmp/audit"
	mkdir "$tmp/audit"
	python3 -c '
import base64, hashlib, json, sys
from datetime import datetime, timedelta, timezone
prev, n, begin = "", 0, datetime.now(timezone.utc) - timedelta(days=30)
with open(sys.argv[1], "wb") as out:
    for line in sys.stdin:
        minute, kind, keys = line.split(None, 2)
        first, _, times = minute.partition("x")
        for i in range(int(times or 1)):
            t = begin + timedelta(minutes=int(first) + i)
            r = dict(json.loads(keys), n=n, prev=prev, kind=kind, say={"en": "A.", "es": "B."},
                     t=t.strftime("%Y-%m-%dT%H:%M:%S.") + "000Z")
            text = json.dumps(r, sort_keys=True, separators=(",", ":")).encode()
            prev, n = base64.b64encode(hashlib.sha256(text).digest()).decode(), n + 1
            out.write(text + b"\n")
' "$tmp/audit/00000000.jsonl"
}
live() { "$seawall" --lang en -c "$tmp/seawall.conf" live "$@" 2>&1; }
says() { live | grep -qF -e "$1" || fail "$2: $(live)"; }
mitigation() {	# ID ORIGIN: with its states
	printf '{"type":"mitigation","id":"%s","kind":"rtbh","rule":{"type":"rule","kind":"rtbh","family":4,"prefix":"192.0.2.254/32"},"origin":"%s","owner":"%s","reason":"test","since":"2026-11-01T00:00:00.000Z","until":"2026-11-01T00:05:00.000Z","upstreams":[{"name":"transit-a"}]}' "$1" "$2" "$3"
}

# observing: a week less an hour, and a sensor that does not see
write_log <<END
0 live {"event":"step","step":"observe"}
1 sensor {"sensor":"wire","health":"fresh"}
1x10020 heartbeat {}
2 incident {"event":"opened"}
END
says '> 1. observe' "the step"
says '[ ] watched for 7.0 of 7 days' "an hour is missing"
says '[x] 1 of 1 sensors see' "the sensor"
says '1 attacks were seen' "the attack"
live --json | grep -q '"live":"observe","live_step":1,"live_steps":5,' || fail "JSON: $(live --json)"
[ "$(live --json | grep -c '"type":"check"')" = 3 ] || fail "three checks as JSON"

# a dry run: two would have been announced, one of them since somebody looked
write_log <<END
0 live {"event":"step","step":"observe"}
1x60 heartbeat {}
100 live {"event":"step","step":"dry-run"}
101x10080 heartbeat {}
200 sensor {"sensor":"wire","health":"blind"}
201 intent {"verb":"announce","id":"m1","dry_run":true,"mitigation":$(mitigation m1 policy flood)}
202 live {"event":"looked","who":"ana"}
203 intent {"verb":"announce","id":"m2","dry_run":true,"mitigation":$(mitigation m2 policy flood)}
204 intent {"verb":"announce","id":"m2","dry_run":true,"mitigation":$(mitigation m2 policy flood)}
END
says '[x] watched for 7.0 of 7 days' "what was watched in this step"
says '[ ] 0 of 1 sensors see' "the blind sensor"
says '2 announcements would have been made' "a renewal is none"
says '[ ] ana looked at a report on' "one nobody looked at"
says '; 1 announcements would have been made since' "one since"

# by hand: at one upstream all of it, at the other it was never read back; who looks by mistake at another id is not fooled
write_log <<END
0 live {"event":"step","step":"manual"}
10 intent {"verb":"announce","id":"m3","mitigation":$(mitigation m3 person ana)}
11 outcome {"id":"m3","upstream":"transit-b","result":"exported"}
11 outcome {"id":"m9","upstream":"transit-a","result":"exported"}
END
says '[ ] transit-a: no announcement by hand was read back' "not read back"
write_log <<END
0 live {"event":"step","step":"manual"}
10 intent {"verb":"announce","id":"m3","mitigation":$(mitigation m3 person ana)}
11 outcome {"id":"m3","upstream":"transit-a","result":"exported"}
END
says '[ ] transit-a: m3 was read back there, and is not withdrawn yet' "not withdrawn"
write_log <<END
0 live {"event":"step","step":"manual"}
10 intent {"verb":"announce","id":"m3","mitigation":$(mitigation m3 person ana)}
11 outcome {"id":"m3","upstream":"transit-a","result":"exported"}
12 intent {"verb":"withdraw","id":"m3","who":"ana","mitigation":$(mitigation m3 person ana)}
12 outcome {"id":"m3","verb":"withdraw","router":"edge","result":"applied","ref":3}
END
says '[x] transit-a: 192.0.2.254/32 of' "the whole test"
says 'whether it was effective nobody measured' "silence proves nothing"
says '[ ] transit-b: no announcement by hand' "the other upstream"

# alone: what people took back starts the days anew
acts="0 live {\"event\":\"step\",\"step\":\"rate-limit\"}
10 intent {\"verb\":\"announce\",\"id\":\"m4\",\"mitigation\":$(mitigation m4 policy flood)}
20 intent {\"verb\":\"withdraw\",\"id\":\"m4\",\"who\":\"seawalld\",\"mitigation\":$(mitigation m4 policy flood)}"
echo "$acts" | write_log
says '[x] 1 announcements without a person' "nothing was taken back"
says '[ ] no drill was passed yet' "the drill"
{ echo "$acts"; echo "43000 intent {\"verb\":\"withdraw\",\"id\":\"m4\",\"who\":\"ana\",\"mitigation\":$(mitigation m4 policy flood)}"; } | write_log
says '[ ] 1 announcements without a person in this step; people took back 1 before their end' "taken back"

# a log that nobody can read is no empty one
printf 'x' >"$tmp/audit/00000000.jsonl"
printf '{"n":0}\n' >"$tmp/audit/00000000.jsonl"
live >/dev/null && fail "a log that is not what was written"
live --reason why >/dev/null && fail "a reason without a report"
live --looked "$tmp/none" >/dev/null && fail "a report that is not there"

mkdir -p "$tmp/locale/es/LC_MESSAGES"
if msgfmt -o "$tmp/locale/es/LC_MESSAGES/seawall.mo" "$src/po/es.po" 2>/dev/null; then
	echo "0 live {\"event\":\"step\",\"step\":\"manual\"}" | write_log
	SEAWALL_LOCALEDIR=$tmp/locale "$seawall" --lang es -c "$tmp/seawall.conf" live | grep -q 'Deciden las personas' || fail "Spanish"
fi
[ "$fails" = 0 ] || exit 1
