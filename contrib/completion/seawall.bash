# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for seawall.  The words below are checked against `seawall help --json` by tests/cli.sh.

_seawall_commands='status watch live announce withdraw extend list incidents show pending approve deny
	pause resume drill sensors upstreams check init decode rehearse synthesize audit page report notify metrics ping'

_seawall_options()
{
	case $1 in
	watch) echo '--every --times' ;;
	live) echo '--looked --reason' ;;
	announce) echo '--match --rate --redirect --replace --mark --sample --terminal --divert --source --via --for --reason --dry-run' ;;
	withdraw) echo '--all --reason --offline' ;;
	extend) echo '--for --reason' ;;
	approve) echo '--reason' ;;
	deny) echo '--reason --for' ;;
	pause) echo '--for --reason' ;;
	resume) echo '--reason' ;;
	drill) echo '--for --reason --by --result --since' ;;
	check) echo '--bird-conf --sheet' ;;
	init) echo '--observe --output --interface --exporter --router --replace --dry-run' ;;
	decode) echo '--payload' ;;
	rehearse) echo '--against --approve-after --deny-after --sensor --export --seed --learned' ;;
	metrics) echo '--output' ;;
	page) echo '--listen --view --anyone' ;;
	notify) echo '--test' ;;
	report) echo '--since --until --incident --member --notice --public --delay --rehearsal --format --directory' ;;
	audit) echo '--since --key --checkpoint --from --new --name' ;;
	synthesize) echo '--attack --reference --max-rules --max-collateral --for --via --by-bytes --vectors --seed' ;;
	esac
}

# Names the daemon knows now; nothing when it does not answer at once.
_seawall_ask()
{
	timeout 1 seawall "${_seawall_global[@]}" "$1" --json 2>/dev/null |
		sed -n "s/.*\"$2\":\"\([A-Za-z0-9_.-]*\)\".*\"type\":\"$3\".*/\1/p"
}

_seawall()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' words='' i
	local -a _seawall_global=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--lang) ((i++)) ;;
		-c | --socket) _seawall_global+=("${COMP_WORDS[i]}" "${COMP_WORDS[i+1]}"); ((i++)) ;;
		-*) ;;
		*) command=${COMP_WORDS[i]}; break ;;
		esac
	done
	case $prev in
	--lang) words='en es' ;;
	--format) words='text html json' ;;
	--for | --every) words='5m 10m 1h 2h 1d' ;;
	--via) words=$(_seawall_ask upstreams name upstream) ;;
	-c | --socket) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	--reason | --match | --rate | --redirect | --replace | --mark | --times) return ;;
	*)
		case $command in
		'') words="$_seawall_commands --json --lang -c --socket --help" ;;
		audit) words='log verify checkpoint prove publish key --since --key --checkpoint --from --new --name' ;;
		drill) words="begin end sheet $(_seawall_options drill)" ;;
		show) words="$(_seawall_ask list id mitigation) $(_seawall_ask incidents id incident)" ;;
		approve) words="$(_seawall_options approve) config $(_seawall_ask pending id approval)" ;;
		deny) words="$(_seawall_options "$command") $(_seawall_ask pending id approval)" ;;
		withdraw | extend) words="$(_seawall_options "$command") $(_seawall_ask list id mitigation)" ;;
		check)
			mapfile -t COMPREPLY < <(compgen -f -W "$(_seawall_options check)" -- "$cur")
			return ;;
		decode | live | rehearse | synthesize | report)
			mapfile -t COMPREPLY < <(compgen -f -W "$(_seawall_options "$command")" -- "$cur")
			return ;;
		*) words="$(_seawall_options "$command") --json" ;;
		esac ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -o filenames -F _seawall seawall
