#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Installs the packages of packages.txt that are missing: packages.sh GROUP...
# Without any missing it calls nothing; SEKISHO_NO_DEPS=1 makes it do nothing at all.
set -euo pipefail

list=$(dirname "${BASH_SOURCE[0]}")/packages.txt

wanted()
{
	local group

	for group in "$@"; do
		awk -v group="$group" '$1 == group { print $2 }' "$list"
	done | sort -u
}

installed()
{
	# A package that dpkg never heard of makes it fail; the others are listed all the same.
	# shellcheck disable=SC2016 # dpkg-query expands these
	dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
		awk '$1 == "installed" { print $2 }' | sort -u
}

[[ ${SEKISHO_NO_DEPS:-} != 1 ]] || exit 0

mapfile -t packages < <(wanted "$@")
if ((${#packages[@]} == 0)); then
	echo "packages.sh: no packages for: $*" >&2
	exit 2
fi
mapfile -t missing < <(comm -23 <(printf '%s\n' "${packages[@]}") <(installed "${packages[@]}"))
((${#missing[@]})) || exit 0

if ((EUID != 0)); then
	echo "Missing packages; as root: apt-get install ${missing[*]}" >&2
	exit 1
fi

echo "Installing: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
install=(apt-get install --yes --no-install-recommends --quiet=2 -o DPkg::Lock::Timeout=300)
# Package lists that are absent or old are the usual cause of a failure, so it is tried again.
"${install[@]}" "${missing[@]}" >&2 || {
	apt-get update --quiet=2 >&2
	"${install[@]}" "${missing[@]}" >&2
}
