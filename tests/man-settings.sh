#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every setting has a paragraph in its manual page that names its default, and the pages name no setting that is none.
set -u
man=${srcdir:-.}/daemon/man
list=$(mktemp) || exit 1
trap 'rm -f "$list"' EXIT
"${builddir:-.}/tests/list-settings" >"$list" || exit 1
bad=0
say() { echo "$1"; bad=1; }

# The text of the paragraph of one setting.
paragraph() {
	awk -v path="$2" '$1 == ".It" || $1 == ".El" || $1 == ".Ss" { on = $1 == ".It" && $2 == "Ic" && $3 == path }
		on { print }' "$man/$1"
}

while IFS="$(printf '\t')" read -r page path def; do
	text=$(paragraph "$page" "$path")
	[ -n "$text" ] || { say "$page: $path is missing"; continue; }
	[ "$def" = - ] || printf '%s\n' "$text" | grep -qF ".Ql $def ." || say "$page: $path: its default $def is not said"
	printf '%s\n' "$text" | grep -q '^Type: ' || say "$page: $path: its type is not said"
done <"$list"

for page in seawall.conf.5 seawall-policy.5 seawall-vectors.5; do
	for path in $(sed -n '/^\.Sh SETTINGS/,/^\.Sh [A-RT-Z]/s/^\.It Ic //p' "$man/$page"); do
		cut -f1,2 "$list" | grep -qxF "$(printf '%s\t%s' "$page" "$path")" || say "$page: $path is no setting"
	done
done

if command -v mandoc >/dev/null 2>&1; then
	mandoc -T lint -W warning "$man/seawall.conf.5" "$man/seawall-policy.5" "$man/seawall-vectors.5" "$man/seawalld.8" || bad=1
else
	echo "mandoc is not installed: the pages' markup is not checked"
fi
exit $bad
