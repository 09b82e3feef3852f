# SPDX-License-Identifier: GPL-3.0-or-later
# What quickstart and run-tests share.  Sourced; $TOP is the source tree.

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

step() {
	printf '\n== %s\n' "$*"
}

need_debian_root() {
	[ "$(id -u)" = 0 ] || die "needs root (sudo): it installs packages and makes network namespaces"
	command -v apt-get >/dev/null || die "needs Debian (apt-get); contrib/packages/ lists what else must be there"
}

missing_packages() { # LIST...: those of contrib/packages/LIST that are not installed
	local list p
	for list in "$@"; do
		grep -v '^#' "$TOP/contrib/packages/$list" | while read -r p; do
			dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || echo "$p"
		done
	done
}

# Installs without starting anything: no service of these packages is wanted on this machine, only the programs.
install_packages() { # LIST...
	local missing policy=/usr/sbin/policy-rc.d
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	step "packages:" $missing
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 0755 "$policy"
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	fi
	apt-get update -q </dev/null
	# shellcheck disable=SC2086 # one word a package
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing </dev/null
	if [ "$(trap -p EXIT)" != "" ]; then
		rm -f "$policy"
		trap - EXIT
	fi
}

# The engine's own user; it may speak to BIRD.
make_user() {
	id seawall >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin seawall
	id -nG seawall | grep -qw bird || usermod -aG bird seawall
}

build() { # DIRECTORY CONFIGURE-OPTION...: configured and built in DIRECTORY, log beside it
	local dir=$1
	shift
	mkdir -p "$dir"
	# by the name that distcheck's build has for the sources, too: then ccache knows its files again
	(cd "$dir" && "$(realpath --relative-to=. "$TOP")/configure" -q "$@" && make -s -j"$(nproc)") >"$dir.log" 2>&1 </dev/null ||
		{ tail -30 "$dir.log"; return 1; }
}
