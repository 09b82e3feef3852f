#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `seawall audit` against a log that other code wrote, from the format's description alone; and the
# description's own Python against what `seawall audit` says.
set -u
src=${srcdir:-.}
seawall=${builddir:-.}/seawall
command -v python3 >/dev/null 2>&1 || {
	echo "SKIP: python3 is not installed"
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

python3 - "$tmp/log" <<'PYTHON' || exit 1
import base64, hashlib, json, os, sys
os.mkdir(sys.argv[1])
prev = ""
for n in range(100):
    say = {"en": f"Line {n}.", "es": f"Línea {n}. \u001b[31m"}
    r = {"n": n, "prev": prev, "kind": "heartbeat", "t": f"2026-11-{20 + n // 50}T03:00:{n % 50:02}.000Z", "say": say}
    line = json.dumps(r, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    prev = base64.b64encode(hashlib.sha256(line).digest()).decode()
    with open(f"{sys.argv[1]}/{n // 40:08}.jsonl", "ab") as f:
        f.write(line + b"\n")
PYTHON

# the program in the manual page
sed -n '/^import base64/,/^print(/p' "$src/daemon/man/seawall-audit.7" > "$tmp/check.py"
said=$(python3 "$tmp/check.py" "$tmp/log") || fail "the manual's Python refuses the log"

verdict=$("$seawall" --lang en audit verify "$tmp/log" --json 2>"$tmp/err") || fail "verify: status $?"
wanted="{\"checkpoint\":0,\"first_bad\":null,\"ok\":true,\"records\":100,\"root\":\"${said#* }\",\"type\":\"verdict\",\"why\":null}"
[ "$verdict" = "$wanted" ] || fail "verdict: $verdict, not $wanted"
[ -s "$tmp/err" ] && fail "progress or words in a pipe: $(cat "$tmp/err")"
"$seawall" --lang en audit verify "$tmp/log" | grep -q "holds together: 100 lines" || fail "the verdict in words"
"$seawall" --lang en audit verify "$tmp/log" | grep -qF "  $said" || fail "count and root to write down"

"$seawall" --lang en audit log "$tmp/log" --json > "$tmp/lines" || fail "log: status $?"
cat "$tmp"/log/*.jsonl | cmp -s - "$tmp/lines" || fail "log --json prints the lines as they are"
n=$("$seawall" audit log --since 2026-11-21T00:00:00Z "$tmp/log" --json | wc -l)
[ "$n" = 50 ] || fail "--since left $n lines, not 50"
"$seawall" --lang en audit log "$tmp/log" | sed -n 8p | grep -qx "     7  2026-11-20 03:00:07  Line 7\." || fail "a line for people"

mkdir -p "$tmp/locale/es/LC_MESSAGES"
if msgfmt -o "$tmp/locale/es/LC_MESSAGES/seawall.mo" "$src/po/es.po" 2>/dev/null; then
	SEAWALL_LOCALEDIR=$tmp/locale
	export SEAWALL_LOCALEDIR
	"$seawall" --lang es audit log "$tmp/log" > "$tmp/es"
	grep -q "Línea 7\. ?\[31m" "$tmp/es" || fail "Spanish, cleaned of control characters: $(sed -n 8p "$tmp/es")"
	"$seawall" --lang es audit verify "$tmp/log" | grep -q "íntegro: 100 líneas" || fail "the verdict in Spanish"
fi

cp -r "$tmp/log" "$tmp/bad"
sed -i '5s/Line 44/Line 45/' "$tmp/bad/00000001.jsonl"
"$seawall" audit verify "$tmp/bad" --json > "$tmp/out"
[ $? = 1 ] || fail "a changed log has status 1"
grep -q '"first_bad":45,"ok":false,"records":45' "$tmp/out" || fail "where: $(cat "$tmp/out")"
"$seawall" audit log "$tmp/bad" --json > "$tmp/out" 2>"$tmp/err"
[ $? = 1 ] || fail "a log that breaks off has status 1"
[ "$(wc -l < "$tmp/out")" = 45 ] || fail "what is right is printed"
grep -q "record 45" "$tmp/err" || fail "and what is not is told: $(cat "$tmp/err")"
python3 "$tmp/check.py" "$tmp/bad" >/dev/null 2>&1 && fail "the manual's Python finds nothing"

mkdir "$tmp/empty"
for args in "verify $tmp/none" "verify $tmp/empty" "log $tmp/none" "log --since soon $tmp/log" "verify a b" "" "what" \
    "verify --key K $tmp/log"; do
	# shellcheck disable=SC2086
	"$seawall" audit $args >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ $status = 2 ] || fail "audit $args: status $status"
	[ -s "$tmp/err" ] || fail "audit $args: not a word"
	[ -s "$tmp/out" ] && fail "audit $args: $(cat "$tmp/out")"
done
[ "$fails" = 0 ]
