#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `seawall report` of a small log that other code wrote: golden files in both languages, what others may read has none of
# what they may not, a log that was changed is said to be.  SEAWALL_UPDATE=1 writes the golden files anew.
set -u
src=${srcdir:-.}
seawall=${builddir:-.}/seawall
golden=$src/tests/golden/report
command -v python3 >/dev/null 2>&1 || {
	echo "SKIP: python3 is not installed"
	exit 77
}
[ -e /usr/share/zoneinfo/America/Mexico_City ] || {
	echo "SKIP: no time zones (tzdata) here"
	exit 77
}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
fails=0
fail()
{
	echo "FAIL: $*"
	fails=$((fails + 1))
}

python3 "$golden/records.py" "$tmp/log" || exit 1
mkdir -p "$tmp/locale/es/LC_MESSAGES"
msgfmt -o "$tmp/locale/es/LC_MESSAGES/seawall.mo" "$src/po/es.po" 2>/dev/null || {
	echo "SKIP: gettext's tools are not installed"
	exit 77
}
SEAWALL_LOCALEDIR=$tmp/locale
export SEAWALL_LOCALEDIR

# NAME LANGUAGE ARGUMENTS...
golden()
{
	name=$1 lang=$2
	shift 2
	"$seawall" --lang "$lang" report --directory "$tmp/log" "$@" > "$tmp/out" 2> "$tmp/err" || fail "$name: status $?"
	[ -s "$tmp/err" ] && fail "$name: words or progress in a pipe: $(cat "$tmp/err")"
	sed 's/"made":"[^"]*"/"made":"now"/' "$tmp/out" > "$tmp/$name"
	[ -n "${SEAWALL_UPDATE:-}" ] && cp "$tmp/$name" "$golden/$name"
	diff -u "$golden/$name" "$tmp/$name" > "$tmp/diff" || fail "$name is not what it was: $(cat "$tmp/diff")"
}

for lang in en es; do
	golden "committee.$lang.txt" $lang
	golden "public.$lang.txt" "$lang" --public
	golden "member.$lang.txt" "$lang" --member "Network of Funds"
	golden "notice.$lang.txt" "$lang" --member "Radio Comunitaria" --notice
done
golden committee.json en --format json
golden public.json en --format json --public
golden member.json en --format json --member "Network of Funds"
golden incident.json en --format json --incident i4 --since 2025-11-22T03:02:30Z
# what a rehearsal of the attack came to, beside what was done: 7 minutes of m2 and 3:59 of m3 lie in its time
for lang in en es; do
	golden "rehearsal.$lang.txt" $lang --rehearsal "$golden/rehearsal.jsonl" --since 2025-11-22T02:58:30Z
	golden "rehearsal-public.$lang.txt" $lang --rehearsal "$golden/rehearsal.jsonl" --public
done
golden rehearsal.json en --format json --rehearsal "$golden/rehearsal.jsonl" --incident i4
for secret in milder.conf 87 4.2 03:00:41; do
	grep -qF -- "$secret" "$tmp/rehearsal.en.txt" "$tmp/rehearsal.json" || fail "$secret of the rehearsal is not in the committee's report"
	sed -n '/without it/,/How to check/p' "$tmp/rehearsal-public.en.txt" | grep -qF -- "$secret" && fail "$secret of the rehearsal is told to the public"
done
head -n 2 "$golden/rehearsal.jsonl" > "$tmp/cut"
"$seawall" --lang en report --directory "$tmp/log" --rehearsal "$tmp/cut" | grep -q "no summary" || fail "a rehearsal that was cut short is not said to be"
for name in committee public member incident rehearsal; do
	python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["type"] == "report"' "$tmp/$name.json" ||
		fail "$name.json is not one JSON object"
done

# what attackers could use: none of it in any form that others read
for secret in 192.0.2 198.51.100 "217 M" 217Mbit "54 k" 21.3 13.3 anacleta benvenuto transit- edge wire- uplink \
	host-flood "Radio Comunitaria" 03:40:00 03:30:00 flow4 200Mbit 654321; do
	grep -qF -- "$secret" "$tmp/committee.en.txt" "$tmp/committee.json" || fail "$secret is not in the committee's report"
	for file in "$tmp"/public.* "$tmp"/member.*; do
		grep -qF -- "$secret" "$file" && fail "$secret is told in ${file##*/}"
	done
done
# HTML: names and addresses; its pictures are full of figures of their own
for lang in en es; do
	"$seawall" --lang $lang report --directory "$tmp/log" --format html --public > "$tmp/public.$lang.html"
	"$seawall" --lang $lang report --directory "$tmp/log" --format html --member "Network of Funds" > "$tmp/member.$lang.html"
	for file in "$tmp/public.$lang.html" "$tmp/member.$lang.html"; do
		[ "$(wc -c < "$file")" -gt 5000 ] || fail "${file##*/} is hardly a page"
		for secret in 192.0.2 198.51.100 "217 M" 217Mbit "54 k" anacleta benvenuto transit- wire- uplink host-flood \
			"Radio Comunitaria" flow4 200Mbit 654321; do
			grep -qF -- "$secret" "$file" && fail "$secret is told in ${file##*/}"
		done
	done
done
grep -qF "Network of Funds" "$tmp"/public.* && fail "a member's name in what the public reads"
grep -qF "Network of Funds" "$tmp"/notice.* && fail "a member's name in another one's notice"
"$seawall" --lang en report --directory "$tmp/log" --public --delay 100000d > "$tmp/early" 2>/dev/null
grep -q "held back" "$tmp/early" || fail "the delay leaves something: $(cat "$tmp/early")"

SEAWALL_LOCALEDIR=$tmp/none "$seawall" --lang es report --directory "$tmp/log" 2>&1 > /dev/null | grep -q "no Spanish catalogue" ||
	fail "a missing catalogue is not said"

# into a file, as one step
"$seawall" --lang en report --directory "$tmp/log" -o "$tmp/file" || fail "-o: status $?"
cmp -s "$tmp/file" "$tmp/committee.en.txt" || fail "-o writes something else"
[ "$(stat -c %a "$tmp/file")" = 640 ] || fail "a report with names is for all to read"

# a log that somebody changed: told up to there, said at the top, exit status 1
cp -r "$tmp/log" "$tmp/changed"
sed -i '5s/192\.0\.2\.80/192.0.2.81/' "$tmp/changed/00000000.jsonl"
"$seawall" --lang en report --directory "$tmp/changed" > "$tmp/out" 2> "$tmp/err"
[ $? = 1 ] || fail "a changed log has another status than 1"
head -n 8 "$tmp/out" | grep -q "NOT what was" || fail "a changed log is not said to be: $(head -n 8 "$tmp/out")"

# refusals: STATUS ARGUMENTS...
refused()
{
	status=$1
	shift
	"$seawall" --lang en report --directory "$tmp/log" "$@" > "$tmp/out" 2> "$tmp/err"
	[ $? = "$status" ] || fail "report $*: not status $status"
	[ -s "$tmp/out" ] && fail "report $*: something on standard output"
	[ -s "$tmp/err" ] || fail "report $*: no sentence"
}
refused 2 --since tomorrowish
refused 2 --since 1d --until 2d
refused 2 --format pdf
refused 2 --public --member "Network of Funds"
refused 2 --notice
refused 2 --delay 1h
refused 2 --public --delay soon
refused 1 --member Nobody
refused 1 --incident i99
refused 2 -o /nonexistent/report
refused 2 --rehearsal "$tmp/none"
refused 2 --member "Network of Funds" --rehearsal "$golden/rehearsal.jsonl"
"$seawall" report --directory "$tmp/none" > /dev/null 2>&1
[ $? = 2 ] || fail "no log is another status than 2"

[ $fails = 0 ] && echo "report: golden files, redaction, refusals: as they should be"
exit $((fails > 0))
