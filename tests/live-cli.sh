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

write_log()
{
	rm -rf "$tmp/audit"
	mkdir "$tmp/audit"
	python3 "$src/tests/write-log" "$tmp/audit/00000000.jsonl"
}
live() { "$seawall" --lang en -c "$tmp/seawall.conf" live "$@" 2>&1; }
says() { live | grep -qF -e "$1" || fail "$2: $(live)"; }
mitigation() {	# ID ORIGIN: with its states
	printf '{"type":"mitigation","id":"%s","kind":"rtbh","rule":{"type":"rule","kind":"rtbh","family":4,"prefix":"192.0.2.254/32"},"origin":"%s","owner":"%s","reason":"test","since":"2026-11-01T00:00:00.000Z","until":"2026-11-01T00:05:00.000Z","upstreams":[{"name":"transit-a"}]}' "$1" "$2" "$3"
}

sees='{"sensors":1,"sensors_fresh":1}'
blind='{"sensors":1,"sensors_fresh":0}'

# before the first start
live | grep -q "there is no record in $tmp/audit yet: start seawalld" || fail "no directory: $(live)"
mkdir "$tmp/audit"
live >"$tmp/none.txt"
[ $? = 1 ] || fail "exit status without a record"
grep -q 'start seawalld' "$tmp/none.txt" || fail "an empty directory: $(cat "$tmp/none.txt")"

# observing: a week less an hour, and another in which the sensor was blind
write_log <<END
0 live {"event":"step","step":"observe"}
1x10020 heartbeat $sees
10021x60 heartbeat $blind
10081 heartbeat $sees
2 incident {"event":"opened"}
END
says '> 1. observe' "the step"
says '[ ] days in this step with all sensors seeing: 7.0 (7 are wanted)' "an hour is missing"
says '[x] 1 of 1 sensors see' "the sensor"
says 'attacks seen in this step: 1' "the attack"
says 'seawall.conf says "ladder": a reload' "what is configured is not in use"
live --json | grep -q '"configured":"ladder","live":"observe","live_step":1,"live_steps":5,' || fail "JSON: $(live --json)"
[ "$(live --json | grep -c '"type":"check"')" = 3 ] || fail "three checks as JSON"

# who went before, and a daemon that does not run, are nothing to go by
write_log <<END
0 live {"event":"step","step":"dry-run"}
1 live {"event":"looked","who":"ana"}
2 live {"event":"step","step":"manual"}
3 live {"event":"step","step":"dry-run"}
4x10080 heartbeat $blind
20000 heartbeat $sees
20001 stop {}
END
says '[ ] nobody has said to have looked' "a look at an earlier dry run"
says '[ ] days in this step with all sensors seeing: 0.0' "a week without eyes"
says '[ ] 0 of 1 sensors see' "a daemon that is stopped"

# a dry run: two would have been announced, one of them since somebody looked
write_log <<END
0 live {"event":"step","step":"observe"}
1x60 heartbeat $sees
100 live {"event":"step","step":"dry-run"}
101x10080 heartbeat $sees
10181 heartbeat $blind
201 intent {"verb":"announce","id":"m1","dry_run":true,"mitigation":$(mitigation m1 policy flood)}
202 live {"event":"looked","who":"a\\u001b[31mna\\u009b2J"}
203 intent {"verb":"announce","id":"m2","dry_run":true,"mitigation":$(mitigation m2 policy flood)}
204 intent {"verb":"announce","id":"m2","dry_run":true,"mitigation":$(mitigation m2 policy flood)}
END
says '[x] days in this step with all sensors seeing: 7.0' "what was watched in this step"
says '[ ] 0 of 1 sensors see' "the blind sensor"
says 'announcements that would have been made: 2' "a renewal is none"
says '[ ] a?[31mna?2J looked at a report on' "what moves a cursor"
says 'would have been made since: 1' "one since"
echo 'Attacks, and what was done about them' >"$tmp/old" && touch -d '-31 days' "$tmp/old"
live --looked "$tmp/old" | grep -q 'is older than the newest' || fail "a report of before: $(live --looked "$tmp/old")"
live --looked /dev/null | grep -q '/dev/null is no report' || fail "any file is a report"
for format in text html json; do
	"$seawall" -c "$tmp/seawall.conf" report --format $format -o "$tmp/new" || fail "no report as $format"
	live --socket "$tmp/none.sock" --looked "$tmp/new" | grep -q "no socket $tmp/none.sock" || fail "a report as $format is none"
done

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
11 outcome {\"id\":\"m4\",\"upstream\":\"transit-a\",\"result\":\"exported\"}
20 intent {\"verb\":\"withdraw\",\"id\":\"m4\",\"who\":\"seawalld\",\"mitigation\":$(mitigation m4 policy flood)}"
echo "$acts" | write_log
says '[x] announcements without a person in this step: 1; people took back none' "nothing was taken back"
says '[ ] no drill was passed yet' "the drill"

# a drill is passed when its stages are and nobody said no to it; and what it did counts for nothing else
drill=$(cat <<END
30 drill {"event":"begun","prefix":"192.0.2.254/32","who":"ana","why":"test","by":"feed","until":"2099-01-01T00:00:00.000Z","rate":1e8}
31 incident {"drill":true,"event":"opened","incident":{"peak_bps":5e7,"evidence":[{"vantage":"taps"}]}}
32 intent {"drill":true,"verb":"announce","id":"m8","mitigation":$(mitigation m8 policy flood)}
33 outcome {"drill":true,"id":"m8","verb":"announce","router":"edge","result":"applied"}
34 outcome {"drill":true,"id":"m8","upstream":"transit-a","result":"exported"}
35 intent {"drill":true,"verb":"withdraw","id":"m8","who":"ana","mitigation":$(mitigation m8 policy flood)}
36 outcome {"drill":true,"id":"m8","verb":"withdraw","router":"edge","result":"applied"}
END
)
{ echo "$acts"; echo "$drill"; echo '37 drill {"event":"ended","who":"ana"}'; } | write_log
says '[x] the last drill was passed on' "each stage of it was"
live | grep -q 'took back [1-9]' && fail "a drill's end is no mistake that people took back"
{ echo "$acts"; echo "$drill"; echo '37 drill {"event":"ended","who":"ana","result":"failed"}'; } | write_log
says '[ ] no drill was passed yet' "who ended it says that it failed"
{ echo "$acts"; echo "$drill" | grep -v exported; echo '37 drill {"event":"ended","who":"ana","result":"passed"}'; } | write_log
says '[ ] no drill was passed yet' "somebody says so, and no upstream had it"
{ echo "$acts"; echo "$drill"; } | write_log
says '[ ] no drill was passed yet' "it has not ended"
{ echo "$acts"; echo "43000 intent {\"verb\":\"withdraw\",\"id\":\"m4\",\"who\":\"ana\",\"mitigation\":$(mitigation m4 policy flood)}"; } | write_log
says '[ ] announcements without a person in this step: 1; of them people took back, before their end: 1' "taken back"
for how in "journal {\"entry\":{\"t\":\"2026-11-01T00:00:00Z\",\"who\":\"root\",\"id\":\"m4\",\"did\":\"m4: taken out\"}}" \
	"intent {\"verb\":\"withdraw\",\"id\":\"m4\",\"who\":\"flood\",\"why\":\"a person has said no to it\",\"mitigation\":$(mitigation m4 policy flood)}" \
	"intent {\"verb\":\"withdraw\",\"id\":\"m4\",\"who\":\"ana\",\"mitigation\":$(mitigation m4 person ana)}"; do
	{ echo "$acts" | head -n -1; echo "11 intent {\"verb\":\"announce\",\"id\":\"m4\",\"mitigation\":$(mitigation m4 person ana)}"; echo "12 $how"; } | write_log
	says 'before their end: 1,' "taken back by ${how%%:*}"
done
{ echo "$acts" | head -n -1; echo '13 journal {"entry":{"t":"2026-11-01T00:00:00Z","who":"seawall-reaper","id":"m4"}}'; } | write_log
says 'people took back none' "the reaper is nobody"

# what was approved is nobody's alone, and what never got out was not done
write_log <<END
0 live {"event":"step","step":"rate-limit"}
10 intent {"verb":"announce","id":"m4","mitigation":$(mitigation m4 policy flood | sed 's/"reason"/"approved_by":["ana"],"reason"/')}
11 outcome {"id":"m4","upstream":"transit-a","result":"exported"}
12 intent {"verb":"announce","id":"m5","mitigation":$(mitigation m5 policy flood)}
13 outcome {"id":"m5","verb":"announce","router":"edge","result":"refused"}
END
says '[ ] announcements without a person in this step: 0;' "neither was done alone"

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
