#!/bin/sh
# No line of C is wider than 100 columns.  Texts in quotes are not counted: a sentence stays in one
# piece, so that whoever reads it on a screen finds it here.  No file of the daemon is longer than
# 600 lines, and no function than 60.
cd "${srcdir:-.}" || exit 99
find daemon tests -name '*.[ch]' -exec awk '
function columns(line,  i, n) {
	for (i = 1; i <= length(line); i++)
		n += substr(line, i, 1) == "\t" ? 8 - n % 8 : 1
	return n
}
{
	line = $0
	gsub(/\\"/, "", line)
	gsub(/"[^"]*"/, "\"\"", line)
	if (columns(line) > 100) {
		print FILENAME ":" FNR ": wider than 100 columns"
		bad = 1
	}
}
FNR == 601 && FILENAME ~ /^daemon\// {
	print FILENAME ": longer than 600 lines"
	bad = 1
}
/^{/ { begins = FNR }
/^}/ && begins && FILENAME ~ /^daemon\// && FNR - begins > 57 {	# and its two lines of head
	print FILENAME ":" begins ": a function of more than 60 lines"
	bad = 1
}
/^}/ { begins = 0 }
END { exit bad }' {} +
