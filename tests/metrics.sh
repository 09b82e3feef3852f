#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What Prometheus is given when the daemon does not answer: a file that is renewed, and says so.
src=${srcdir:-.}
build=${builddir:-.}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0
bad() { echo "$*"; failed=1; }
file=$dir/seawall.prom

# renew STATUS: with a daemon that is not there
renew() {
	said=$("$build/seawall" --socket "$dir/nobody.sock" metrics --output "$file" 2>&1)
	got=$?
	[ $got = "$1" ] || bad "metrics --output without a daemon: exit $got, not $1: $said"
}
"$build/tests/list-names" >"$dir/names" 2>/dev/null || bad "list-names fails"
umask 077
renew 3
grep -qx 'seawall_up 0' "$file" || bad "the file does not say that the daemon is down: $(cat "$file")"
grep -qx 'seawall_answered_time_seconds 0' "$file" || bad "nobody ever answered: $(cat "$file")"
[ "$(stat -c %a "$file")" = 644 ] || bad "node exporter cannot read it"
printf 'seawall_up 1\nseawall_answered_time_seconds 1795000000.25\n' >"$file"
renew 3
grep -qx 'seawall_answered_time_seconds 1795000000.25' "$file" || bad "the last answer is forgotten: $(cat "$file")"
grep -qx 'seawall_up 0' "$file" || bad "an old figure stays: $(cat "$file")"
sed -n 's/^# HELP \([a-z_]*\) \(.*\)/\1\t\2/p' "$file" | while IFS="$(printf '\t')" read -r name help; do
	awk -F '\t' -v n="$name" '$1 == "figure" && $2 == n { print $4 }' "$dir/names" | grep -qxF "$help" || echo "$name: $help"
done >"$dir/other"
[ -s "$dir/other" ] && bad "said otherwise in the table: $(cat "$dir/other")"
printf 'seawall_answered_time_seconds 1e300\n' >"$file"
renew 3
[ "$(ls "$dir" | grep -c 'seawall.prom')" = 1 ] || bad "something is left beside the file: $(ls "$dir")"
file=$dir/none/seawall.prom
renew 3
echo "$said" | grep -q "$file" || bad "the file that cannot be written is not named: $said"
"$build/seawall" --json metrics --output "$dir/x" >/dev/null 2>&1
[ $? = 2 ] || bad "JSON in a file of Prometheus"
[ ! -e "$dir/x" ] || bad "refused, and written"

exit $failed
