#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One table of commands: help, completion and manual page name the same ones with the same options, and the exit
# statuses that need no daemon are those of the contract.
src=${srcdir:-.}
seawall=${builddir:-.}/seawall
failed=0
bad() { echo "$*"; failed=1; }
# check STATUS ARGUMENT...
check() {
	want=$1
	shift
	"$seawall" "$@" >/dev/null 2>&1
	got=$?
	[ $got = "$want" ] || bad "seawall $*: exit $got, not $want"
}

commands=$("$seawall" help --json | sed -n 's/.*"name":"\([a-z]*\)".*/\1/p')
[ "$(echo "$commands" | wc -l)" -ge 14 ] || bad "help --json names too few commands: $commands"
[ "$("$seawall" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p')" = "$commands" ] || bad "--help lists others"
in_completion=$(bash -c ". '$src/contrib/completion/seawall.bash'; printf '%s\n' \$_seawall_commands")
[ "$in_completion" = "$commands" ] || bad "completion knows: $in_completion"
in_page=$(sed -n 's/^\.It Cm \([a-z]*\).*/\1/p' "$src/daemon/man/seawall.1" | uniq)
[ "$in_page" = "$commands" ] || bad "seawall.1 describes: $in_page"

for c in $commands; do
	check 0 "$c" --help
	options=$("$seawall" help --json | sed -n "/\"name\":\"$c\"/s/.*\"args\":\"\([^\"]*\)\".*/\1/p" |
		grep -o -e '--[a-z-]*' | sort)
	completed=$(bash -c ". '$src/contrib/completion/seawall.bash'; printf '%s\n' \$(_seawall_options $c)" | sed '/^$/d' | sort)
	[ "$options" = "$completed" ] || bad "$c: usage says $(echo $options), completion says $(echo $completed)"
	described=$(sed -n "/^\.It Cm $c/,/^\.It Cm/p" "$src/daemon/man/seawall.1")
	for o in $options; do
		echo "$described" | grep -qF -e "Fl -${o#--}" || bad "seawall.1 does not describe $c $o"
	done
done
if command -v mandoc >/dev/null 2>&1; then
	mandoc -T lint -W warning "$src/daemon/man/seawall.1" || bad "mandoc complains"
fi

check 2
check 2 fly
check 2 --lang xx list
check 2 list --socket
check 2 -c /nonexistent/seawall.conf list
for c in ban unban block unblock ls; do
	check 2 $c
	"$seawall" $c 2>&1 | grep -q 'seawall: there is no .* seawall [alw]' || bad "$c does not name the right command"
done
check 2 -c /nonexistent/seawall.conf report
check 2 synthesize
check 2 synthesize --attack /nonexistent.pcap
check 2 synthesize --attack /nonexistent.pcap --reference /nonexistent.pcap
check 2 rehearse
check 2 rehearse --seed x /nonexistent.pcap
check 2 -c /nonexistent/seawall.conf rehearse /nonexistent.pcap
check 3 --socket /nonexistent/control.sock status
check 3 --socket /nonexistent/control.sock --json watch
SEAWALL_DATADIR=$(cd "$src" && pwd)
export SEAWALL_DATADIR
# a slip elsewhere in the configuration, which the daemon goes on without, keeps nobody from the daemon
slip=$(mktemp) || exit 1
echo 'prefixes = ( "192.0.2.0/24" );
routers = ( { name = "edge"; socket = "/nonexistent/bird.ctl"; upstreams = ( { name = "north"; protocol = "north"; } ); } );
live = "dryrun"; control = { socket = "/nonexistent/named.sock"; };' >"$slip"
for c in status 'withdraw m1 --reason why' 'pause --for 1h --reason why'; do
	# shellcheck disable=SC2086
	check 3 -c "$slip" $c
done
"$seawall" -c "$slip" status 2>&1 | tr '\n' ' ' | grep -q 'dryrun.*/nonexistent/named.sock all the same.*reach' || bad "the slip is not said"
echo 'live = ' >"$slip"
check 2 -c "$slip" status
rm -f "$slip"
"$seawall" --socket /nonexistent/control.sock list 2>&1 | grep -q '/nonexistent/control.sock.*seawalld' ||
	bad "the socket and what to do are not named"
check 2 announce 192.0.2.1 --for 5m
check 2 show
if command -v msgfmt >/dev/null 2>&1; then
	dir=$(mktemp -d) && mkdir -p "$dir/es/LC_MESSAGES"
	msgfmt -o "$dir/es/LC_MESSAGES/seawall.mo" "$src/po/es.po"
	SEAWALL_LOCALEDIR=$dir "$seawall" --lang es list --socket /nonexistent/s 2>&1 | grep -q 'no se puede llegar' ||
		bad "--lang es is not Spanish"
	SEAWALL_LOCALEDIR=$dir LC_ALL=es_MX.UTF-8 "$seawall" --help | grep -q 'retirar anuncios' || bad "the locale is not followed"
	SEAWALL_LOCALEDIR=$dir LC_ALL=es_MX.UTF-8 "$seawall" --lang en --help | grep -q 'take announcements back' ||
		bad "--lang does not win over the locale"
	rm -r "$dir"
fi
[ -z "$("$seawall" --help | tr -d '[:print:]\n')" ] || bad "--help in a pipe has control characters"

# Without the daemon, and with BIRD away: the file is shortened, the journal says who and why, the exit says it is not done.
dir=$(mktemp -d)
mkdir "$dir/audit"
sed 's/until 2026/until 2126/' "$src/tests/golden/fragment.conf" >"$dir/edge.conf"
cat >"$dir/seawall.conf" <<END
prefixes = ( "192.0.2.0/24", "2001:db8:40::/44" );
routers = ( { name = "edge"; socket = "$dir/bird.ctl"; fragment = "$dir/edge.conf";
	upstreams = ( { name = "transit-a"; protocol = "transit_a"; profile = "rfc7999"; max_routes = 5; } ); } );
state = "$dir/state";
audit = { directory = "$dir/audit"; };
END
offline() { "$seawall" -c "$dir/seawall.conf" withdraw --offline --reason 'why not' "$@" 2>&1; }
offline m18 | grep -q '^m18: taken out' || bad "offline by id: $(offline m18)"
grep -q m18 "$dir/edge.conf" && bad "m18 still stands"
sed -i 's/max_routes/max_rutes/' "$dir/seawall.conf"
offline 192.0.2.10 >"$dir/said"
grep -q '^m17: taken out' "$dir/said" || bad "offline by target, with a slip in the configuration: $(cat "$dir/said")"
grep -q 'max_rutes' "$dir/said" || bad "the slip is not told"
sed -i 's/max_rutes/max_routes/' "$dir/seawall.conf"
echo 'prefixes = (' >"$dir/broken.conf"
"$seawall" -c "$dir/broken.conf" withdraw --all --offline --reason x >"$dir/said" 2>&1
[ $? = 2 ] && grep -q 'broken.conf:' "$dir/said" && grep -q '^A file that has only `routers`' "$dir/said" || bad "a file without syntax: $(cat "$dir/said")"
# One router of two has no name by which it is found: it alone is left out, and its line is told
for other in '"edge"' '{ name = "other"; fragmnt = "/x"; socket = "/x"; }' '{ name = "other"; fragment = ( "/x" ); socket = "/x"; }' \
	'{ name = "other"; fragment = "/x"; socket = 5; }'; do
	printf 'prefixes = ();\nrouters = ( %s, %s' "$other" "$(sed -n '/^routers/,$p' "$dir/seawall.conf" | sed 's/^routers = (//')" >"$dir/broken.conf"
	"$seawall" -c "$dir/broken.conf" withdraw m99 --offline --reason x >"$dir/said" 2>&1
	[ $? = 1 ] && grep -q 'broken.conf:2: this router is left out: .*(left out in all: 1)' "$dir/said" && grep -q 'has m99' "$dir/said" ||
		bad "a router $other: $(cat "$dir/said")"
done
"$seawall" -c "$dir/broken.conf" withdraw m19 --offline --reason x 2>&1 | grep -q '^m19: taken out' || bad "nor is the other one used"
echo 'prefixes = ( "192.0.2.0/24" );' >"$dir/broken.conf"
"$seawall" -c "$dir/broken.conf" withdraw --all --offline --reason x 2>&1 | grep -q 'names no router' || bad "a file without routers"
offline m99 | grep -q 'm99' || bad "offline does not say that m99 is not there"
[ "$(grep -c '# m[0-9]* until' "$dir/edge.conf")" = 2 ] || bad "offline took others too"
offline --all --json | grep -q '^{"did":"m20: taken out of .*"router":"edge","type":"withdrawn"}' || bad "offline --all --json"
grep -q '# m[0-9]* until' "$dir/edge.conf" && bad "something still stands"
offline --all >/dev/null && bad "BIRD is away, and offline says all is well"
[ "$(grep -c '"did":"m[0-9]*: taken out of .*(why not)".*"who":"' "$dir/audit/journal")" = 4 ] ||
	bad "the journal says: $(cat "$dir/audit/journal")"
rm -r "$dir"
exit $failed
