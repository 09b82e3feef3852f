#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the program can say to whoever is woken stands in the guide, with what to do about it: each line of `seawall status`
# that begins with "!", each reason of the last check, each reason why a step is not taken, each alert; and each kind of
# fault that is tried.  In Spanish likewise, in the words of the catalogue.
set -u
src=${srcdir:-.}
guide=$src/contrib/guide
list=$(mktemp) && text=$(mktemp) || exit 1
trap 'rm -f "$list" "$text"' EXIT
"${builddir:-.}/tests/list-names" >"$list" 2>/dev/null || { echo "list-names fails"; exit 1; }
bad=0
say() { echo "$1"; bad=1; }

# A guide as one line, without its markup.
flat() { tr -s '\n ' '  ' <"$guide/$1" | tr -d '`*\\' >"$text"; }
# has PAGE WORDS: the longest piece of it between what is filled in
has() {
	piece=$(printf '%s\n' "$2" | sed 's/%[0-9.$]*[a-z]/\n/g; s/\\n//g; s/`//g' | sed 's/^[ :;!,]*//; s/[ :;.,]*$//' |
		awk '{ if (length($0) > length(best)) best = $0 } END { print best }')
	[ "${#piece}" -ge 8 ] || say "too short to be looked for: $2"
	grep -qF -e "$piece" "$text" || say "$1: $piece"
}

# The sentences themselves, from their catalogue: English and Spanish in one row.
sentences() {
	awk '/^msgid "/ { id = substr($0, 8, length($0) - 8) } /^msgstr "/ { print id "\t" substr($0, 9, length($0) - 9) }' "$src/po/es.po"
}
alarms() {
	sentences | grep -E '^(! |Dry run: BIRD is not touched|The audit log cannot be written|: BIRD DOES NOT ANSWER|; TOO LATE|The record (was changed|is silent)	|What stands from before)'
}
[ "$(alarms | wc -l)" -ge 14 ] || say "only $(alarms | wc -l) alarms are found: the test tests little"
# every "!" line of the code is in the catalogue (tests/po.sh), so none is missed
flat administrator.md
alarms | cut -f1 | { while read -r s; do has administrator.md "$s"; done; exit $bad; } || bad=1
for r in $(awk -F '\t' '$1 == "guard" { print $2 }' "$list"); do grep -q "^| \`$r\`" "$guide/administrator.md" || say "administrator.md: reason $r"; done
whynots() {
	sed -n '/^#define WHY_NOTS/,/^$/p' "$src/daemon/decide/ladder.h" | tr -d '\\\n\t' | sed 's/" *"//g' | grep -o 'N_("[^"]*")' | cut -d'"' -f2
}
[ "$(whynots | wc -l)" -ge 30 ] || say "only $(whynots | wc -l) reasons for a step not taken are found"
whynots | { while read -r s; do has administrator.md "$s"; done; exit $bad; } || bad=1
awk -F '|' '/^\| [a-z]/ && $3 ~ /[0-9]/ { print $2 }' "$src/tests/system/faults-of-bird.md" | sed 's/^ *//; s/ *$//' | grep -v '^fault$' |
	{ while read -r s; do grep -qF -e "$s" "$text" || say "administrator.md: fault $s"; done; exit $bad; } || bad=1
for f in "$src"/contrib/prometheus/*.rules.yml; do
	[ -e "$f" ] || continue
	for h in $(sed -n 's/.*administrator\.md#\([a-z0-9-]*\).*/\1/p' "$f" | sort -u); do
		grep '^##' "$guide/administrator.md" | sed 's/^#* //' | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n-' | grep -qx -e "$h" ||
			say "administrator.md has no section $h, which an alert sends people to"
	done
done
flat administrador.md
alarms | cut -f2 | { while read -r s; do has administrador.md "$s"; done; exit $bad; } || bad=1
for r in $(awk -F '\t' '$1 == "guard" { print $2 }' "$list"); do grep -q "^| .*\`$r\`" "$guide/administrador.md" || say "administrador.md: razón $r"; done

# the sheet in the guide is the one that is printed
for l in en:night-sheet es:hoja-de-la-noche; do
	sed -n '/^```$/,/^```$/p' "$guide/${l#*:}.md" | sed '/^```$/d' | diff - "$src/tests/golden/sheet.${l%:*}.txt" >/dev/null ||
		say "${l#*:}.md shows another sheet than is printed"
done
exit $bad
