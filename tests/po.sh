#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every sentence that the files of po/POTFILES.in mark for translation has one in Spanish.
set -u
src=$(cd "${srcdir:-.}" && pwd)
command -v xgettext >/dev/null 2>&1 && command -v msgcmp >/dev/null 2>&1 || {
	echo "SKIP: gettext's tools are not installed"
	exit 77
}
pot=$(mktemp) || exit 1
trap 'rm -f "$pot"' EXIT
xgettext --directory="$src" --keyword=_ --keyword=N_ --from-code=UTF-8 --files-from="$src/po/POTFILES.in" \
	--output="$pot" || exit 1
msgfmt --check --output-file=/dev/null "$src/po/es.po" || exit 1
# msgcmp: fails on a missing, an empty and a fuzzy translation; a left-over one is only told.
msgcmp "$src/po/es.po" "$pot" || exit 1

# A file that marks sentences and is not in the list would never be seen by the above.
for f in $(cd "$src" && grep -rlE '(^|[^A-Za-z_])N?_\("' daemon --include='*.c' --include='*.h'); do
	case $f in daemon/base/lang.h) continue ;; esac
	grep -qxF "$f" "$src/po/POTFILES.in" || { echo "$f is missing in po/POTFILES.in"; exit 1; }
done
