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
wanted="{\"checkpoint\":0,\"first_bad\":null,\"key\":null,\"last_bad\":null,\"ok\":true,\"records\":100,\"root\":\"${said#* }\",\"type\":\"verdict\",\"why\":null}"
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

# ---- signed, by other code: openssl, from the descriptions of notes and checkpoints alone
if command -v openssl >/dev/null 2>&1; then
python3 - "$tmp/log" "$tmp" <<'PYTHON' || exit 1
import base64, glob, hashlib, json, os, subprocess, sys
log, tmp = sys.argv[1:]
def h(b): return hashlib.sha256(b).digest()
def root(x):
    if len(x) < 2:
        return h(b"\0" + x[0]) if x else h(b"")
    k = 1 << (len(x) - 1).bit_length() - 1
    return h(b"\1" + root(x[:k]) + root(x[k:]))
def openssl(*a, data=b""): return subprocess.run(("openssl",) + a, input=data, capture_output=True, check=True).stdout
def b64(b): return base64.b64encode(b).decode()
openssl("genpkey", "-algorithm", "ed25519", "-out", tmp + "/private.pem")
public = openssl("pkey", "-in", tmp + "/private.pem", "-pubout", "-outform", "DER")[-32:]
name = "example.com/a"
ident = h(name.encode() + b"\n\1" + public)[:4]
key = f"{name}+{ident.hex()}+{b64(bytes([1]) + public)}"
def signed(text):
    open(tmp + "/t", "wb").write(text.encode())
    s = openssl("pkeyutl", "-sign", "-rawin", "-inkey", tmp + "/private.pem", "-in", tmp + "/t")
    return f"{text}\n\u2014 {name} {b64(ident + s)}\n"
lines = []
for f in sorted(glob.glob(log + "/*.jsonl")):
    lines += open(f, "rb").read().split(b"\n")[:-1]
say = {"en": "A key.", "es": "Una llave."}
r = {"n": 100, "prev": b64(h(lines[-1])), "kind": "key", "t": "2026-11-22T00:00:00.000Z", "say": say, "key": key,
     "note": signed(f"seawall-audit-key/v1\n{name}\n100\n{key}\n")}
lines.append(json.dumps(r, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
open(log + "/00000002.jsonl", "ab").write(lines[-1] + b"\n")
os.mkdir(log + "/checkpoints")
open(log + "/checkpoints/00000002.notes", "w").write(signed(f"{name}\n101\n{b64(root(lines))}\n"))
open(log + "/public-key", "w").write(key + "\n")
PYTHON
"$seawall" audit verify "$tmp/log" --key "$tmp/log/public-key" --json | grep -q '"checkpoint":101,.*"ok":true,"records":101' ||
	fail "signed by openssl: $("$seawall" audit verify "$tmp/log" --json)"
"$seawall" --lang en audit verify "$tmp/log" --key "$(cat "$tmp/log/public-key")" | grep -q "^The first 101 of them are signed" ||
	fail "the verdict on signatures in words"
[ "$("$seawall" audit key "$tmp/log")" = "$(cat "$tmp/log/public-key")" ] || fail "audit key"

# the shell in the manual page, as it stands there, and its Python for so many lines
"$seawall" audit checkpoint "$tmp/log" > "$tmp/checkpoint" || fail "audit checkpoint: status $?"
cp "$tmp/log/public-key" "$tmp/key"
sed -n '/^{ printf/,/^  -rawin/p' "$src/daemon/man/seawall-audit.7" | sed 's/\\e/\\/g; s/\\(em/\xe2\x80\x94/' > "$tmp/check.sh"
(cd "$tmp" && sh ./check.sh) > "$tmp/out" 2>&1 || fail "the manual's shell: $(cat "$tmp/out")"
grep -q "Verified Successfully" "$tmp/out" || fail "the manual's shell says: $(cat "$tmp/out")"
sed -i 2s/101/100/ "$tmp/checkpoint"
(cd "$tmp" && sh ./check.sh) > /dev/null 2>&1 && fail "the manual's shell takes any signature"
[ "$(python3 "$tmp/check.py" "$tmp/log" 101)" = "101 $(sed -n 3p "$tmp"/log/checkpoints/*.notes)" ] || fail "the manual's root"

# proofs, judged by the RFC's own way to judge them; and what cannot be proved is not
"$seawall" audit prove 44 "$tmp/log" > "$tmp/proof" || fail "prove: status $?"
"$seawall" audit prove --from 77 "$tmp/log" > "$tmp/growth" || fail "prove --from: status $?"
PYTHONDONTWRITEBYTECODE=1 python3 - "$src/tests/unit" "$tmp" <<'PYTHON' || fail "a proof that is none"
import base64, hashlib, subprocess, sys
sys.path.insert(0, sys.argv[1])
import audit_proof
tmp = sys.argv[2]
d = base64.b64decode
head, _, note = open(tmp + "/proof", encoding="utf-8").read().partition("\n\n")
magic, index, *path = head.split("\n")
origin, size, root = note.split("\n")[:3]
leaf = hashlib.sha256(b"\0" + open(tmp + "/log/00000001.jsonl", "rb").read().split(b"\n")[4]).digest()
assert magic == "c2sp.org/tlog-proof@v1" and index == "index 44"
assert audit_proof.inclusion(44, int(size), leaf, d(root), [d(p) for p in path])
head, _, note = open(tmp + "/growth", encoding="utf-8").read().partition("\n\n")
old, *path = head.split("\n")
was = subprocess.run(("python3", tmp + "/check.py", tmp + "/log", "77"), capture_output=True, check=True).stdout.split()[1]
assert old == "old 77" and audit_proof.consistency(77, int(size), d(was), d(root), [d(p) for p in path])
PYTHON
"$seawall" audit prove 44 --json "$tmp/log" | grep -q '"index":44,.*"path":\[.*"size":101,.*"type":"inclusion"' || fail "prove --json"
"$seawall" audit prove --from 77 --json "$tmp/log" | grep -q '"old":77,.*"type":"consistency"' || fail "prove --from --json"
for args in "prove 101" "prove --from 102" "prove --from $tmp/checkpoint"; do
	# shellcheck disable=SC2086
	"$seawall" audit $args "$tmp/log" > "$tmp/out" 2>&1
	[ $? = 1 ] || fail "audit $args is not refused: $(cat "$tmp/out")"
done

# what is published for witnesses: each continues the one before, and a log that does not is refused
mkdir "$tmp/www"
"$seawall" audit publish "$tmp/www" "$tmp/log" && "$seawall" audit publish "$tmp/www" "$tmp/log" || fail "publish: status $?"
cmp -s "$tmp/www/checkpoint" "$tmp"/log/checkpoints/00000002.notes || fail "published is the newest"
[ "$(grep -c '^old 0$' "$tmp/www/history")" = 1 ] || fail "nothing new is not published again"

# whatever stopped it, the next run leaves the one history that there would have been
cp "$tmp/www/history" "$tmp/whole"
published_again()
{
	"$seawall" audit publish "$tmp/www" "$tmp/log" || fail "publish, $1: status $?"
	cmp -s "$tmp/www/history" "$tmp/whole" || fail "the history, $1: $(cat "$tmp/www/history")"
	cmp -s "$tmp/www/checkpoint" "$tmp"/log/checkpoints/00000002.notes || fail "the checkpoint, $1"
}
rm "$tmp/www/checkpoint"
published_again "after a crash before the checkpoint"
size=$(wc -c < "$tmp/whole")
for cut in 0 1 3 60 $((size - 2)) $((size - 1)); do
	head -c "$cut" "$tmp/whole" > "$tmp/www/history"
	published_again "after a crash in its first entry, at $cut"
	head -c "$cut" "$tmp/whole" >> "$tmp/www/history"
	published_again "after a crash in its second entry, at $cut"
done
rm -r "$tmp/www" && mkdir "$tmp/www"
(trap '' XFSZ && ulimit -f 0 && "$seawall" audit publish "$tmp/www" "$tmp/log" 2>/dev/null) && fail "published without room"
[ ! -s "$tmp/www/history" ] || fail "half an entry is left: $(cat "$tmp/www/history")"
for _ in 1 2 3 4 5 6 7 8; do
	"$seawall" audit publish "$tmp/www" "$tmp/log" &
done
wait
published_again "after eight at once"
echo "Not a history." > "$tmp/www/history"
"$seawall" audit publish "$tmp/www" "$tmp/log" 2>/dev/null && fail "published into something else"
[ "$(cat "$tmp/www/history")" = "Not a history." ] || fail "and that was changed"
sed s/^101$/100/ "$tmp/whole" > "$tmp/www/history"
"$seawall" audit publish "$tmp/www" "$tmp/log" 2>/dev/null && fail "published what contradicts"

mkdir -p "$tmp/new/log" && "$seawall" audit key --new --name example.com/b "$tmp/new/log" 2>/dev/null | grep -q '^example.com/b+' ||
	fail "audit key --new"
[ "$(stat -c %a "$tmp/new/log-key/private")" = 600 ] || fail "the private key is for its owner alone"
else
	echo "openssl is not installed: nothing was signed by other code"
fi

cp -r "$tmp/log" "$tmp/bad"
sed -i '5s/Line 44/Line 45/' "$tmp/bad/00000001.jsonl"
"$seawall" audit verify "$tmp/bad" --json > "$tmp/out"
[ $? = 1 ] || fail "a changed log has status 1"
grep -q '"first_bad":44,.*"last_bad":45,"ok":false,"records":44' "$tmp/out" || fail "where: $(cat "$tmp/out")"
"$seawall" audit log "$tmp/bad" --json > "$tmp/out" 2>"$tmp/err"
[ $? = 1 ] || fail "a log that breaks off has status 1"
[ "$(wc -l < "$tmp/out")" = 45 ] || fail "what is right is printed"
grep -q "record 45" "$tmp/err" || fail "and what is not is told: $(cat "$tmp/err")"
python3 "$tmp/check.py" "$tmp/bad" >/dev/null 2>&1 && fail "the manual's Python finds nothing"

mkdir "$tmp/empty"
for args in "verify $tmp/none" "verify $tmp/empty" "log $tmp/none" "log --since soon $tmp/log" "verify a b" "" "what" \
    "verify --key K $tmp/log" "verify --key a+b+c $tmp/log" "verify --checkpoint $tmp/none $tmp/log" "prove x $tmp/log" \
    "prove $tmp/log" "checkpoint $tmp/none" "key --name a $tmp/log" "publish"; do
	# shellcheck disable=SC2086
	"$seawall" audit $args >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ $status = 2 ] || fail "audit $args: status $status"
	[ -s "$tmp/err" ] || fail "audit $args: not a word"
	[ -s "$tmp/out" ] && fail "audit $args: $(cat "$tmp/out")"
done
[ "$fails" = 0 ]
