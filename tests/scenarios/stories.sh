#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every story of tests/scenarios holds (SEAWALL_STORIES=3: one in three); a story that cannot be read, or expects what is
# not so, fails.
src=$(cd "${srcdir:-.}" && pwd)
scenario=${builddir:-.}/tests/scenarios/scenario
SEAWALL_DATADIR=$src
export SEAWALL_DATADIR
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0
# shellcheck disable=SC2046 # no blanks in their names
"$scenario" "$src/tests/scenarios/seawall.conf" \
	$(printf '%s\n' "$src"/tests/scenarios/*.story | awk -v of="${SEAWALL_STORIES:-1}" 'NR % of == 0') || failed=1
"$scenario" "$src/tests/scenarios/rtbh-only/seawall.conf" "$src"/tests/scenarios/rtbh-only/*.story || failed=1

# refuses WORDS...: such a story is told to be wrong
refuses() {
	printf '%s\n' 'story "wrong"' "$@" >"$dir/wrong.story"
	"$scenario" "$src/tests/scenarios/seawall.conf" "$dir/wrong.story" >"$dir/out" 2>&1 && {
		echo "passes: $*"
		failed=1
	}
}
refuses 'expect drop on 192.0.2.80/32'
refuses 'at 10s attack udp much to 192.0.2.80' 'expect no blackhole'
refuses 'at 10s sensor nobody goes blind' 'expect no blackhole'
refuses 'at 10s attack udp 1Gbit to 192.0.2.80 from port 53 for 1m' 'expect no announcement'
grep -q 'it is not so' "$dir/out" || { echo "the failing line is not named"; failed=1; }
refuses 'at 10s probe web fails'
exit $failed
