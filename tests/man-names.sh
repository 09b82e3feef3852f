#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual pages against the tables in the code: every command and option, exit status, kind of record, reason of the
# guard, refusal of a sensor, figure, counter and key of a JSON line stands where people look for it; and what stands
# there exists.
set -u
src=${srcdir:-.}
man=$src/daemon/man
list=$(mktemp) && said=$(mktemp) || exit 1
trap 'rm -f "$list" "$said"' EXIT
"${builddir:-.}/tests/list-names" >"$list" 2>/dev/null || { echo "list-names fails"; exit 1; }
bad=0
say() { echo "$1"; bad=1; }

names() { awk -F '\t' -v kind="$1" '$1 == kind { print $2 }' "$list" | sort -u; }
# section PAGE TITLE: from this .Sh to the next
section() { awk -v title="$2" '/^\.Sh / { on = $0 == ".Sh " title } on' "$man/$1"; }
# items: what the .It lines name, one a line; everything: also what is named inside of a paragraph
items() { sed -n 's/^\.It \(Ic\|Cm\|Sy\) //p' | tr ',' '\n' | tr -d ' ' | sort -u; }
everything() { sed -n 's/^\.\(It \)\{0,1\}\(Ic\|Cm\|Sy\|Ql\) //p' | sed 's/ \(No\|Pq\|Ic\|Ql\) / /g' | tr ', ' '\n\n' | sed '/^[.;:()]*$/d' | sort -u; }
# both WHAT WANTED GIVEN: the two lists are the same
both() {
	[ -n "$2" ] || say "$1: the code names none"
	for n in $2; do printf '%s\n' "$3" | grep -qxF -e "$n" || say "$1: $n is missing"; done
	for n in $3; do printf '%s\n' "$2" | grep -qxF -e "$n" || say "$1: $n is no more"; done
}

# the commands themselves: tests/cli.sh; here what they take, from what they parse
for c in $(names command); do
	taken=$(awk -F '\t' -v c="$c" '$1 == "option" && $2 == c { print $3 }' "$list" | sort -u)
	head=$(awk -v c="$c" '/^\.It Cm / { on = $3 == c } /^\.It Cm / && on { more = 1 } on && more { print } { more = on && /\\$/ }' "$man/seawall.1")
	told=$(printf '%s\n' "$head" | grep -o 'Fl -\{0,1\}[a-z][a-z-]*' | sed 's/Fl -\{0,1\}/--/; s/^--o$/-o/' | sort -u)
	usage=$("${builddir:-.}/seawall" "$c" --help | head -1 | grep -o -e '-[-a-z]*[a-z]' | sort -u)
	[ -z "$taken$told" ] || both "seawall.1, $c" "$taken" "$told"
	[ "$taken" = "$usage" ] || say "$c takes $(echo $taken), and its usage says $(echo $usage)"
done
both "seawall.1, exit status" "$(names exit)" "$(section seawall.1 'EXIT STATUS' | sed -n 's/^\.It //p')"
both "seawall-policy.5, metrics" "$(names metric)" "$(section seawall-policy.5 METRICS | items)"
for s in $(names step); do grep -q "\"$s\"\|Sy $s\|Ic $s\|Ql $s" "$man/seawall-policy.5" || say "seawall-policy.5: the step $s is missing"; done
for s in $(names state); do grep -qE "(Sy|Ql) .*\b$s\b" "$man/seawall.1" "$man/seawall-names.7" || say "the state $s of a sensor is missing"; done

# of the record: the kinds in the list of keys, and a paragraph each
kinds=$(section seawall-audit.7 FORMAT | awk '/^\.It Ic kind/ { on = 1 } /^\.It Ic n$/ { on = 0 } on' | everything | grep -vx kind)
both "seawall-audit.7, kinds" "$(names kind)" "$kinds"
both "seawall-audit.7, paragraphs of kinds" "$(names kind)" "$(section seawall-audit.7 FORMAT | sed -n 's/^\.It Cm //p' | tr ', ' '\n\n' | sed '/^$/d')"

# of figures and refusals
both "seawall-names.7, the last check" "$(names guard)" "$(section seawall-names.7 'REASONS OF THE LAST CHECK' | items)"
refusals=$({ names refusal; sed -n 's/.*process_refused\(_why\)\{0,1\}(p, h, "\([a-z-]*\)".*/\2/p' "$src"/daemon/main/*.c; } | sort -u)
both "seawall-names.7, refusals" "$refusals" "$(section seawall-names.7 'WHAT SENSORS REFUSE' | items)"
both "seawall-metrics.7, figures" "$({ names counter; names figure; } | sort -u)" "$(section seawall-metrics.7 FIGURES | items)"
both "seawall-metrics.7, labels" "$(awk -F '\t' '$1 == "figure" && $3 != "" { print $2 ":" $3 }' "$list" | sort)" \
	"$(section seawall-metrics.7 FIGURES | awk '/^\.It Ic / { name = $3 } /^Labels: / { $1 = ""; gsub(/^ /, ""); gsub(/ /, ","); print name ":" $0 }')"
for v in $(names verdict) $(names crowd); do
	grep -qE "(Ql|Ic|Sy|Dq) .*\b$v\b" "$man/seawall-names.7" "$man/seawall-policy.5" || say "the word $v is missing"
done

# of the lines: every word in what makes them; comments, included files and what is translated left out
words() {
	cat "$@" | sed 's|/\*.*\*/||; /^#include/d; s/_("[^"]*"//g; /message_name(\|COURIER_LATER/d' | grep -oE '"[a-z][a-z0-9_]*"' | tr -d '"' | sort -u
}
cd "$src/daemon" || exit 1
lines=$(words control/describe.c control/describe_sensor.c control/act.c control/metrics.c control/figures.c model/mitigation_json.c \
	model/incident_json.c model/rule_json.c model/approval.c cli/decode_print.c cli/rehearse_print.c \
	cli/synthesize_print.c cli/check.c cli/audit_proof.c cli/audit_verify.c cli/notify.c)
cd - >/dev/null || exit 1
section seawall-names.7 'JSON LINES' | everything >"$said"
section seawall-names.7 FIGURES | everything >>"$said"
section seawall-names.7 'JSON LINES' | sed -n 's/^\.Ss //p' | tr ', ' '\n\n' >>"$said"
for w in $lines; do grep -qxF -e "$w" "$said" || say "seawall-names.7: $w of a JSON line is missing"; done
for w in $(section seawall-names.7 'JSON LINES' | items); do
	printf '%s\n' "$lines" | grep -qxF -e "$w" || grep -qrF "\"$w\"" "$src"/daemon/model/rule*.c || say "seawall-names.7: $w is in no JSON line"
done

if command -v mandoc >/dev/null 2>&1; then
	mandoc -T lint -W warning "$man/seawall-names.7" "$man/seawall-metrics.7" || bad=1
fi
exit $bad
