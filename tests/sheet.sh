#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The sheet for the night, in both languages, as it was agreed on; one page of paper; and what is not known is a blank.
set -u
src=$(cd "${srcdir:-.}" && pwd)
seawall=${builddir:-.}/seawall
golden=$src/tests/golden/sheet
bin=$(cd "$(dirname "$seawall")" && pwd)/seawall
comma=
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/locale/es/LC_MESSAGES" "$tmp/policies"
export SEAWALL_DATADIR="$src" SEAWALL_LOCALEDIR="$tmp/locale" LANGUAGE=
bad=0
say() { echo "$1"; bad=1; }

if command -v msgfmt >/dev/null 2>&1; then
	msgfmt -o "$tmp/locale/es/LC_MESSAGES/seawall.mo" "$src/po/es.po" || exit 1
	languages='en es'
else
	languages=en
fi
cp "$src"/contrib/example/policies/* "$tmp/policies"
sed -e 's|socket = "/run/bird/bird.ctl";|& asn = "64500";|' -e 's|profile = "rfc7999";|& asn = "64501";|' \
	-e 's|^policies = .*|&\napprovals = { people = ( { name = "Ana"; user = "ana"; role = "committee"; }, { name = "Ben"; user = "ben"; } ); };|' \
	"$src/contrib/example/seawall.conf" >"$tmp/seawall.conf"

for l in $languages; do
	"$seawall" --lang $l -c "$tmp/seawall.conf" check --sheet >"$tmp/$l" || say "exit status $?"
	sed -i -e "s|$tmp|/etc/seawall|; s|20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]|2026-11-23|" \
		-e 's|sudo .*/seawall-reaper|sudo /usr/libexec/seawall/seawall-reaper|' "$tmp/$l"
	[ -z "${SEAWALL_UPDATE:-}" ] || cp "$tmp/$l" "$golden.$l.txt"
	diff -u "$golden.$l.txt" "$tmp/$l" || bad=1
	[ "$(wc -l <"$tmp/$l")" -le 72 ] || say "$l: more than a page"
	[ "$(grep -v '^      sudo' "$tmp/$l" | LC_ALL=C.UTF-8 wc -L)" -le 78 ] || say "$l: a line is too long"
done
[ "$languages" = en ] || ! grep -qE 'CALL|TAKE|the ' "$tmp/es" || say "English in the Spanish sheet"

# What stands nowhere is left to be filled in, and BIRD, which is not there, not waited for.
cat >"$tmp/bare.conf" <<'END'
prefixes = ( "192.0.2.0/24" );
routers = ( { name = "edge"; socket = "/nonexistent/bird.ctl"; upstreams = ( { name = "north"; protocol = "north"; } ); } );
END
"$seawall" -c "$tmp/bare.conf" check --sheet >"$tmp/bare" || say "the smallest configuration has no sheet"
for what in '^SHEET FOR THE NIGHT - ____' 'This is ____.*, AS ________' '^  \[ \] .* (AS ________): ____' '^4\. MEMBERS' '^  - ____'; do
	grep -q "$what" "$tmp/bare" || { say "no blank: $what"; cat "$tmp/bare"; }
done
"$seawall" --json -c "$tmp/seawall.conf" check --sheet | grep -q '^{"type":"sheet","say":"SHEET FOR THE NIGHT - .*\\n' || say "no JSON"

# All that a configuration may name stands on it, or it is none; and a shell reads each path as one.
{
	prefixes=$(seq -f '"2001:db8:%g::/48"' -s ', ' 1000 1063)
	protected=$(for i in $(seq 1 256); do
		printf '%s{ prefix = "2001:db8:1000::%x/128"; why = "what all of us need, number %03d"; }' "$comma" "$i" "$i"
		comma=', '
	done)
	echo "prefixes = ( $prefixes ); protected = ( $protected );"
	for r in east west; do
		echo "$r { name = \"$r\"; socket = \"$tmp/$r's ctl\"; fragment = \"$tmp/$r/edge.conf\";"
		echo "upstreams = ( { name = \"up-$r\"; protocol = \"up_$r\"; } ); }"
	done | sed '1s/^east/routers = (/; s/^west/,/; $s/$/ );/'
} >"$tmp/most.conf"
(cd "$tmp" && "$bin" -c most.conf check --sheet) >"$tmp/most" || say "the largest configuration has no sheet"
for what in 'what all of us need, number 001' 'number 256' '2001:db8:1063::/48' "From $tmp/most.conf," \
	"mv $tmp/east/edge.conf /root/seawall-east.conf" "mv $tmp/west/edge.conf /root/seawall-west.conf" \
	"birdc -s '$tmp/east'\''s ctl' configure"; do
	tr -s ' \n' '  ' <"$tmp/most" | grep -qF -e "$what" || say "the largest sheet lacks: $what"
done
exit $bad
