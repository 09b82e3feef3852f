#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `seawall check`: exit statuses, where it points, BIRD's own word, and nothing left behind.
set -u
src=$(cd "${srcdir:-.}" && pwd)
golden=$src/tests/golden/config
seawall=${builddir:-.}/seawall
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/t"
export SEAWALL_DATADIR="$src" TMPDIR="$tmp/t" LANGUAGE=en
bad=0

# try STATUS PATTERN ARGUMENT...: exit status, and a line that must be printed
try() {
	status=$1 pattern=$2
	shift 2
	"$seawall" "$@" >"$tmp/out" 2>&1
	got=$?
	[ $got = "$status" ] || { echo "seawall $*: exit status $got, not $status"; cat "$tmp/out"; bad=1; }
	grep -q -- "$pattern" "$tmp/out" || { echo "seawall $*: does not say: $pattern"; cat "$tmp/out"; bad=1; }
}

example=$src/contrib/example/seawall.conf
try 0 '^0 errors' -c "$example" check
try 0 '"ok":true' -c "$example" check --json
try 1 'contradictions.conf:27: error: .*step drop needs FlowSpec' -c "$golden/contradictions.conf" check
try 1 '"severity":"error".*"line":27' -c "$golden/contradictions.conf" check --json
try 2 'syntax.conf:2: error: syntax error' -c "$golden/syntax.conf" check
try 2 'nothing.conf: error: cannot be read' -c "$tmp/nothing.conf" check
try 2 'nonsense' -c "$example" check --nonsense

# What is assumed and said of each upstream, and what each refuses.
mkdir "$tmp/policies"
cp "$src"/contrib/example/policies/* "$tmp/policies"
sed 's/profile = "rfc7999";/profile = "rfc7999"; asn = "2914"; max_prefix = 40;/' "$example" >"$tmp/upstreams.conf"
sed -e 's/profile = "rfc7999";/profile = "selective";/' -e 's/flowspec = {[^}]*};//' "$example" >"$tmp/selective.conf"
cp -r "$src/bird-templates" "$tmp/long"
sed -i 's/^nlri_max.*/nlri_max = 240;/' "$tmp/long/upstreams/rfc7999.profile"
printf 'bird_templates = "%s/long";\n' "$tmp" | cat - "$example" >"$tmp/long.conf"
try 0 'north.*profile rfc7999 assumes.* 65535:666.*ends at 40 routes.*verify it with them' -c "$tmp/upstreams.conf" check
try 0 'note: upstream "north" (session north): AS2914 (NTT) is said to take IPv4 /32, IPv6 /128 by 2914:666.*Remotely Triggered' \
	-c "$tmp/upstreams.conf" check
try 0 'warning: .*profile rfc7999 assumes blackholes from /24 to /32, and AS2914 (NTT) is said to refuse some' -c "$tmp/upstreams.conf" check
try 0 'warning: .*could reach the 40 at which' -c "$tmp/upstreams.conf" check
try 0 'step rate-limit at 12: north takes it, 20 at once; south refuses IPv4 (south takes no IPv4 FlowSpec' -c "$tmp/upstreams.conf" check

try 1 'profile selective assumes .*in parts of the world as well (abroad' -c "$tmp/selective.conf" check
try 0 'warning: upstream "north": `nlri_max` 240 lets rules have their length in two bytes' -c "$tmp/long.conf" check

# Without the frame of the fragment nothing can be rendered.
mkdir -p "$tmp/templates/upstreams"
cp "$src"/bird-templates/upstreams/*.profile "$tmp/templates/upstreams"
printf 'bird_templates = "%s/templates";\n' "$tmp" | cat - "$golden/quiet.conf" >"$tmp/seawall.conf"
try 1 'fragment.conf.in' -c "$tmp/seawall.conf" check

if command -v bird >/dev/null 2>&1 || [ -x /usr/sbin/bird ]; then
	try 0 'bird -p accepts the text of 6 example rules' -c "$example" check
	printf 'router id 1.2.3.4;\nprotocol device { }\n' >"$tmp/bird.conf"
	try 0 'bird.conf: bird -p accepts it' -c "$example" check --bird-conf "$tmp/bird.conf"
	if id seawall >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then	# mktemp's directory is its maker's alone
		try 0 "warning: the account seawall cannot read it ($tmp is in the way)" -c "$example" check --bird-conf "$tmp/bird.conf"
		chmod 755 "$tmp" && chmod 600 "$tmp/bird.conf"
		try 0 "cannot read it (.*/bird.conf is in the way)" -c "$example" check --bird-conf "$tmp/bird.conf"
		chmod 644 "$tmp/bird.conf"
		! "$seawall" -c "$example" check --bird-conf "$tmp/bird.conf" | grep 'cannot read it' || bad=1
	fi
	printf 'router id 1.2.3.4;\nprotocol nonsense { }\n' >"$tmp/bird.conf"
	try 1 'bird.conf:2:.*syntax error' -c "$example" check --bird-conf "$tmp/bird.conf"
	# A frame that BIRD does not take.
	sed 's/^protocol static seawall_bh4/protocol statik seawall_bh4/' "$src/bird-templates/fragment.conf.in" \
		>"$tmp/templates/fragment.conf.in"
	try 1 'router edge: .*syntax error' -c "$tmp/seawall.conf" check
else
	echo "bird is not installed: its part was not tried"
	try 0 'bird is not installed' -c "$example" check
fi
[ -z "$(ls -A "$tmp/t")" ] || { echo "left behind: $(ls "$tmp/t")"; bad=1; }
exit $bad
