#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `seawall drill sheet` against logs that other code wrote: it says pass of what they show, and of nothing else.
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
cat >"$tmp/quiet.conf" <<END
prefixes = ( "192.0.2.0/24" );
sensors = ( { name = "wire"; type = "packet"; interface = "lo"; } );
routers = ( { name = "edge"; socket = "$tmp/bird.ctl"; fragment = "$tmp/edge.conf";
	upstreams = ( { name = "transit-a"; protocol = "transit_a"; profile = "rfc7999"; },
		      { name = "transit-b"; protocol = "transit_b"; profile = "rfc7999"; } ); } );
drill = { prefix = "192.0.2.254/32"; };
state = "$tmp/state";
audit = { directory = "$tmp/audit"; };
messages = { state = "$tmp"; };
END
cp "$tmp/quiet.conf" "$tmp/told.conf"
cat >>"$tmp/told.conf" <<END
notify = ( { name = "chat"; type = "webhook"; url = "http://127.0.0.1:9/"; on = ( "incident" ); },
	   { name = "mail"; type = "mail"; server = "smtp://127.0.0.1:9"; to = ( "a@b.example", "c@b.example" ); on = ( "announcement" ); },
	   { name = "figures"; type = "webhook"; url = "http://127.0.0.1:9/"; on = ( "digest" ); } );
END

conf=quiet
log() {	# the drill, lines with $1 left out; and more lines on standard input
	rm -rf "$tmp/audit"
	mkdir "$tmp/audit"
	{ echo "$drill" | grep -ve "$1"; cat; } | sort -sn | python3 "$src/tests/write-log" "$tmp/audit/00000000.jsonl"
}
sheet() { "$seawall" --lang en -c "$tmp/$conf.conf" drill sheet "$@" >"$tmp/out" 2>&1; }
fail() {
	echo "FAIL: $*"
	cat "$tmp/out"
	fails=$((fails + 1))
}
says() {	# STATUS VERDICT WORDS WHAT
	sheet
	status=$?
	[ $status = "$1" ] || fail "$4: exit status $status"
	grep -qe "^$2 .*$3" "$tmp/out" || fail "$4: no $2 of '$3'"
}
mitigation() {	# ID UPSTREAM...
	id=$1
	shift
	printf '{"type":"mitigation","id":"%s","kind":"rtbh","rule":{"type":"rule","kind":"rtbh","family":4,"prefix":"192.0.2.254/32"},' "$id"
	printf '"origin":"policy","owner":"flood","reason":"test","since":"2026-11-01T00:00:00.000Z","until":"2026-11-01T00:05:00.000Z",'
	printf '"upstreams":[%s]}' "$(printf '{"name":"%s"},' "$@" | sed 's/,$//')"
}

both=$(mitigation m8 transit-a transit-b)
drill=$(cat <<END
30 drill {"event":"begun","prefix":"192.0.2.254/32","who":"ana","why":"test","by":"feed","until":"2099-01-01T00:00:00.000Z","rate":1e8}
31 incident {"drill":true,"event":"opened","incident":{"subject":"192.0.2.254","peak_bps":5e7,"evidence":[{"vantage":"taps"}]}}
32 intent {"drill":true,"verb":"announce","id":"m8","mitigation":$both}
33 outcome {"drill":true,"id":"m8","verb":"announce","router":"edge","result":"applied"}
34 outcome {"drill":true,"id":"m8","upstream":"transit-a","result":"exported"}
34 outcome {"drill":true,"id":"m8","upstream":"transit-b","result":"exported"}
40 intent {"drill":true,"verb":"withdraw","id":"m8","who":"ana","mitigation":$both}
41 outcome {"drill":true,"id":"m8","verb":"withdraw","router":"edge","result":"applied"}
50 drill {"event":"ended","prefix":"192.0.2.254/32","who":"ana","result":"passed"}
END
)
none='^$'

log "$none" </dev/null
says 0 PASS 'every record of it says' "all is well"
grep -q '^PASSED: each of the 10 stages that were tested' "$tmp/out" || fail "how many were tested"
grep -q 'not tested: 3 more' "$tmp/out" || fail "how many were not: two upstreams' effect, and messages"
says 0 PASS 'none is missing in between' "in the words of verify"
"$seawall" --json -c "$tmp/quiet.conf" drill sheet | grep -q '"failed":0,"noted":3,"passed":true' || fail "the same for scripts"

# what was left behind at its address, as BIRD prints it
for network in '192.0.2.254/32' '192.0.2.254/32 unreachable' 'flow4 { dst 192.0.2.254/32; proto 17; }' 'flow4 { dst 192.0.2.254/32; ...}'; do
	echo "51 reconcile {\"result\":\"ghost\",\"router\":\"edge\",\"network\":\"$network\"}" | log "$none"
	says 1 FAIL 'something of it was found' "a ghost: $network"
done
for network in '192.0.2.25/32' '192.0.2.0/24' 'flow4 { dst 192.0.2.25/32; src 192.0.2.254/32; }' 'flow4 { src 192.0.2.254/32; }' ''; do
	echo "51 reconcile {\"result\":\"ghost\",\"router\":\"edge\",\"network\":\"$network\"}" | log "$none"
	says 0 PASS 'runs without it' "a ghost of something else: $network"
done

# why nothing was announced, and that who objects has recognised nothing
points='"peak_points":8.05,"evidence":[{"kind":"signal","vantage":"drills"},{"kind":"quiet","vantage":"routers-2"},{"kind":"quiet","vantage":"routers"}]'
echo "32 incident {\"drill\":true,\"event\":\"opened\",\"incident\":{\"subject\":\"192.0.2.254\",$points}}" | log '"opened"\|m8'
says 1 FAIL 'nothing was announced: it had 8.1 points at most. .* what routers-2, routers sees' "objections"
grep -q 'PASS .*from: drills; ' "$tmp/out" || fail "who saw it"
printf '32 %s\n33 %s\n' 'approval {"drill":true,"event":"asked","say":{"en":"We ask.","es":"Preguntamos."}}' \
	'approval {"drill":true,"event":"denied","say":{"en":"Ana says no.","es":"Ana dice que no."}}' | log m8
says 1 FAIL 'nothing was announced. The record says: Ana says no' "a question that was denied"
log m8 </dev/null
says 1 FAIL 'does not say why: it had 0.0 points' "no reason"

# while it goes on its end is not shown
log '"ended"' </dev/null
says 0 note 'it goes on' "no end yet"
echo '35 incident {"event":"opened","incident":{"subject":"192.0.2.254"}}' | log "$none"
says 1 FAIL 'does not call a drill' "an attack there without the mark"
{ echo '35 drill {"event":"real","prefix":"192.0.2.254/32","alarm":true}'
  echo '36 incident {"event":"opened","incident":{"subject":"192.0.2.254"}}'; } | log "$none"
says 1 FAIL 'it was treated as an attack' "it was none"
grep -q 'other attacks' "$tmp/out" && fail "its own attack is no other one"
echo '35 incident {"event":"opened","incident":{"subject":"192.0.2.80"}}' | log "$none"
says 0 note '1 other attacks' "an attack elsewhere"

# at each upstream the last word counts, about each announcement
echo '35 outcome {"drill":true,"id":"m8","upstream":"transit-b","result":"differs"}' | log "$none"
says 1 FAIL 'transit-b: sent, but without' "it was right at first"
grep -q 'PASS .*transit-a: read back' "$tmp/out" || fail "the other upstream"
echo '35 reconcile {"drill":true,"id":"m8","upstream":"transit-b","result":"missing"}' | log "$none"
says 1 FAIL 'transit-b: it was sent there, and then' "it was lost"
{ echo '35 reconcile {"drill":true,"id":"m8","upstream":"transit-b","result":"missing"}'
  echo '36 outcome {"drill":true,"id":"m8","upstream":"transit-b","result":"exported"}'; } | log "$none"
says 0 PASS 'transit-b: read back' "it came back"
{ echo "33 intent {\"drill\":true,\"verb\":\"announce\",\"id\":\"m9\",\"mitigation\":$(mitigation m9 transit-b)}"
  echo '34 outcome {"drill":true,"id":"m9","upstream":"transit-b","result":"differs"}'
  echo '35 outcome {"drill":true,"id":"m8","upstream":"transit-b","result":"exported"}'
  echo "40 intent {\"drill\":true,\"verb\":\"withdraw\",\"id\":\"m9\",\"mitigation\":$(mitigation m9 transit-b)}"; } | log "$none"
says 1 FAIL 'transit-b: sent, but without' "another announcement was right"
{ echo "35 intent {\"drill\":true,\"verb\":\"announce\",\"id\":\"m8\",\"mitigation\":$(mitigation m8 transit-a transit-b | sed 's,254/32,0/24,')}"
  echo '36 outcome {"drill":true,"id":"m8","upstream":"transit-a","result":"exported"}'; } | log "$none"
says 1 FAIL 'transit-b: not all of it was read back' "another rule under its id"

# who is to be told: a chat and two addresses; not who gets figures alone
conf=told
log "$none" </dev/null
told() {	# RECORD WAITING DRILL-OF-THE-LAST
	late=2099-01-01T00:00:00.000Z
	printf '{"record":%s,"told":[{"name":"chat","to":"","waiting":0,"drill":4,"sent_at":"%s"},' "$1" $late
	printf '{"name":"mail","to":"a@b.example","waiting":%s,"drill":%s,"sent_at":"%s"},' "$2" $((1 - $2)) $late
	printf '{"name":"figures","to":"","waiting":9,"drill":0,"sent_at":null},'
	printf '{"name":"mail","to":"c@b.example","waiting":0,"drill":%s,"sent_at":%s}]}' "$3" "$4"
} >"$tmp/status.json"
rm -f "$tmp/status.json"
says 0 note 'state cannot be read' "nobody knows"
told 9 0 2 '"2099-01-01T00:00:00.000Z"'
says 0 PASS 'to all 3 who are to be told' "all of them"
told 9 1 2 '"2099-01-01T00:00:00.000Z"'
says 1 FAIL 'messages wait yet' "one waits"
told 9 0 0 null
says 1 FAIL 'of 3 who are to be told of attacks 1 got no message' "one got none"
told 9 0 0 '"2099-01-01T00:00:00.000Z"'
says 0 note 'whether 1 of the 3 who are to be told' "one got another"
told 9 0 0 'null,"together":7'
says 0 note 'whether 1 of the 3 who are to be told' "one will get many things as one message"
told 1 0 2 '"2099-01-01T00:00:00.000Z"'
says 1 FAIL 'of 3 who are to be told of attacks 3 got no message' "nobody has read yet that it was seen"
conf=quiet

# times as everywhere
log "$none" </dev/null
sheet --since -3w && fail "it was before"
sheet --since -5w || fail "it was not before"
sheet --since yesterday && fail "it was before yesterday"
sheet --since tomorrow
[ $? = 2 ] || fail "no time"
exit $((fails > 0))
