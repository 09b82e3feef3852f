#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `seawall rehearse` goes by what the daemon has learned: a threshold of four times the usual is passed where the file says
# that little is usual, and not where much is, or nothing is known; the file stays as it is, and what cannot be read is said.
src=$(cd "${srcdir:-.}" && pwd)
build=$(cd "${builddir:-.}" && pwd)
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0
bad() { echo "$*"; failed=1; }
T0=1760000000		# of the capture; HOST gets 800 Mbit/s of flood in it
HOST=192.0.2.80

cp "$src/tests/rehearse/relative.policy" "$dir"
sed "s|@policy@|relative.policy|; s|@templates@|$src/bird-templates|" "$src/tests/rehearse/seawall.conf.in" >"$dir/seawall.conf"
cd "$dir" || exit 1
mkdir state
echo "state = \"$dir/state\";" >>seawall.conf
"$build/tests/rehearse/capture" exports exports.pcap || bad "no capture"
for case in "little 0 20" "much 0 600" "later 200000 20"; do
	set -- $case
	"$build/tests/rehearse/usual" seawall.conf "$1" $((T0 + $2)) $HOST "$3" || bad "nothing learned: $1"
done
rehearse() { "$build/seawall" -c seawall.conf --lang en --json rehearse "$@"; }
intents() { grep -c '"type":"intent","time":"[^"]*","id":"[^"]*","verb":"announce"\|"verb":"announce"' "$1"; }
has() { grep -q "$2" "$1" || bad "$1 lacks $2"; }

# by a file that is named, whenever it was learned
for f in little later; do
	rehearse --learned $f exports.pcap >out.$f || bad "--learned $f: exit $?"
	[ "$(intents out.$f)" -ge 1 ] || bad "four times what $f says is usual, and no intent"
	has out.$f '"usual":{"file":"'$f'","why":null}'
	has out.$f '"usual":[12][0-9]*\.[0-9]*'		# in the evidence, 20 Mbit/s within its buckets
done
rehearse --learned much exports.pcap >out.much || bad "--learned much: exit $?"
[ "$(intents out.much)" -eq 0 ] || bad "600 Mbit/s are usual, and 800 made an intent"

# the daemon's own file, only read; and none
rehearse exports.pcap >out.absent || bad "without a file: exit $?"
[ "$(intents out.absent)" -eq 0 ] || bad "nothing is known, the ceiling is 2 Gbit/s, and there is an intent"
has out.absent '"usual":{"file":null,"why":"No such file or directory"}'
cp little state/usual.learned
rehearse exports.pcap >out.state || bad "with the daemon's file: exit $?"
sed '$d' out.little >want
sed '$d' out.state | cmp - want || bad "the daemon's file is not what it is by its name"
cmp little state/usual.learned || bad "a rehearsal wrote to the daemon's file"
[ "$(ls state)" = usual.learned ] || bad "a rehearsal left files in the state directory"
rehearse --learned none exports.pcap >out.none || bad "--learned none: exit $?"
[ "$(intents out.none)" -eq 0 ] || bad "--learned none knows what is usual"

# damaged: the daemon's is said, one that was asked for is an error
head -c 100 little >state/usual.learned
rehearse exports.pcap >out.damaged || bad "with a damaged file: exit $?"
has out.damaged '"usual":{"file":null,"why":"..*"}'
"$build/seawall" -c seawall.conf --lang en rehearse exports.pcap | grep -q 'nothing is known of what is usual' || bad "not said to people"
for f in state/usual.learned missing; do
	rehearse --learned $f exports.pcap >out 2>err
	[ $? = 2 ] || bad "--learned $f: not exit 2"
	grep -q "$f" err || bad "--learned $f: says $(cat err)"
done
exit $failed
