#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `seawall rehearse`: the intents of a capture are those of the golden file, on every run and every build; two policies
# stand side by side; what cannot be read is said.  SEAWALL_UPDATE=1 writes the golden file.
src=$(cd "${srcdir:-.}" && pwd)
build=$(cd "${builddir:-.}" && pwd)
golden=$src/tests/golden/rehearse.jsonl
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0
bad() { echo "$*"; failed=1; }

for p in default milder; do
	cp "$src/tests/rehearse/$p.policy" "$dir"
	sed "s|@policy@|$p.policy|; s|@templates@|$src/bird-templates|" "$src/tests/rehearse/seawall.conf.in" >"$dir/$p.conf"
done
cd "$dir" || exit 1
for kind in exports packets; do
	"$build/tests/rehearse/capture" $kind $kind.pcap || bad "no capture of $kind"
done
# rehearse ARGUMENT...
rehearse() { "$build/seawall" -c default.conf --lang en --json rehearse "$@"; }

rehearse exports.pcap >one || bad "rehearse of exports: exit $?"
rehearse exports.pcap >again
rehearse --seed 2 exports.pcap >other
cmp one again || bad "twice the same is not the same"
cmp -s one other && bad "another seed jitters nothing"
rehearse packets.pcap >packets || bad "rehearse of packets: exit $?"
grep -h '"type":"intent"' one packets | sed 's/,"say":{.*}}$/}/' >intents	# the sentences are test_say's
[ -z "$SEAWALL_UPDATE" ] || cp intents "$golden"
diff -u "$golden" intents || bad "these are not the golden file's intents"

# in order, and the summary last and once
[ "$(sed -n '$s/{"type":"\([a-z]*\)".*/\1/p' one)" = summary ] || bad "the last line is no summary"
[ "$(grep -c '"type":"summary"' one)" = 1 ] || bad "there is not one summary"
sed -n 's/.*"time":"\([^"]*\)".*/\1/p' one >times
sort -c times || bad "the events are not in order"
has() { grep -q "$2" "$1" || bad "$1 lacks $2"; }
has one '"verb":"announce".*"sport":\[\[53,53\]\].*"subject":"192.0.2.80"'
has one '"verb":"withdraw"'
has one '"upstream":"transit-a","result":"exported"'
has one '"sensors_without_capture":\["wire"\]'
has one '"updates":{"transit-a":[1-9][0-9]*,"transit-b":0}'
has packets '"verb":"announce".*"sport":\[\[123,123\]\]'
has packets '"sensors_without_capture":\["edge-a"\]'
covered=$(sed -n 's/.*"covered":0\.\([0-9]\).*/\1/p' one)
[ "${covered:-0}" -ge 9 ] || bad "the rule covered 0.$covered of the flood"
has one '"legitimate_hit":0.0'

# side by side: each as if it were alone
rehearse --against milder.conf exports.pcap >both || bad "rehearse --against: exit $?"
sed -n 's/,"run":"A","config":"default.conf"//p' both | grep -v '"type":"summary"' >a
grep -v '"type":"summary"' one | diff -u - a || bad "A is not what it is alone"
"$build/seawall" -c milder.conf --json rehearse exports.pcap | grep '"type":"intent"' >alone
sed -n 's/,"run":"B","config":"milder.conf"//p' both | grep '"type":"intent"' | diff -u alone - || bad "B is not what it is alone"
has alone '"rate":10000000'
[ "$(grep -c '"type":"summary"' both)" = 2 ] || bad "there are not two summaries"

# the report reads every line of it, and tells what both would have done
if command -v python3 >/dev/null 2>&1; then
	python3 "$src/tests/golden/report/records.py" log || bad "no log to report of"
	"$build/seawall" --json report --directory log --rehearsal both |
		python3 -c 'import json, sys
r = json.load(sys.stdin)["rehearsal"]
assert r["bad"] == 0 and [x["config"] for x in r["runs"]] == ["default.conf", "milder.conf"], r
assert all(x["attacks"] == 1 and x["measures"] >= 1 and x["first"] and x["covered"] > 0.5 for x in r["runs"]), r
assert r["really"]["attacks"] == 0, r' || bad "the report does not read a rehearsal"
fi

# for people; no control characters in a pipe
"$build/seawall" -c default.conf --lang en rehearse --against milder.conf exports.pcap >text || bad "text: exit $?"
has text 'A: default.conf.*B: milder.conf'
has text 'member-minutes limited'
[ -z "$(LC_ALL=C.UTF-8 tr -d '[:print:]\n\342\200\223' <text)" ] || bad "control characters in a pipe"

# what cannot be
refused() {
	want=$1
	shift
	out=$("$build/seawall" -c default.conf --lang en rehearse "$@" 2>&1 >/dev/null)
	got=$?
	[ $got = 2 ] || bad "rehearse $*: exit $got, not 2"
	case $out in *"$want"*) ;; *) bad "rehearse $*: says $out" ;; esac
}
echo "no capture" >text.pcap
head -c 5000 exports.pcap >cut.pcap
head -c 24 exports.pcap >empty.pcap
refused 'text.pcap' text.pcap
refused 'cut.pcap' cut.pcap
refused 'there is no packet' empty.pcap
refused 'No such file' missing.pcap
refused 'directory' .
refused 'names no sensor' --sensor wires exports.pcap
refused 'other.conf' --against other.conf exports.pcap
refused '--seed' --seed -1 exports.pcap
refused '--export' --export soon exports.pcap
exit $failed
