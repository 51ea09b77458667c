#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds sekisho.ko: kmod/build.sh KERNEL [ARGUMENT...]
#
#	6.1, 6.12	a kernel that the tests boot; its headers are downloaded
#	debug		the one of `make debug-kernel`
#	native		user-mode Linux, for tests/kmod/native.sh
#	VERSION		a kernel whose /lib/modules/VERSION/build is there
#
# Leaves build/kmod/KERNEL/sekisho.ko. Arguments go to kbuild: W=1, C=2, or single objects such as
# kmod/judge.o. Nothing is written beside the sources: the directory holds links to them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The headers of a kernel that this machine could run.
installed_headers()
{
	local build=/lib/modules/$1/build package=linux-headers-$1

	if [[ ! -e $build/Makefile && $EUID == 0 && ${SEKISHO_NO_DEPS:-} != 1 ]] &&
		apt-cache show "$package" >/dev/null 2>&1; then
		echo "Installing: $package" >&2
		DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
			--quiet=2 -o DPkg::Lock::Timeout=300 "$package" >&2
	fi
	if [[ ! -e $build/Makefile ]]; then
		{
			echo "Linux $1 has no headers here ($build)."
			echo "Install its package $package, or build for another kernel:"
			echo 'make module KERNEL=6.1, KERNEL=6.12 or KERNEL=VERSION'
		} >&2
		return 1
	fi
	echo "$build"
}

# What kbuild sees: links, since it writes its objects beside its sources.
mirror_sources()
{
	local directory=$1 top=$PWD link

	mkdir -p "$directory/kmod"
	ln -sfnT "$top/Kbuild" "$directory/Kbuild"
	ln -sfnT "$top/include" "$directory/include"
	ln -sf -t "$directory/kmod" "$top"/kmod/*.[ch]
	for link in "$directory"/kmod/*.[ch]; do
		[[ -e $link ]] || rm "$link"
	done
}

kernel=${1:?usage: kmod/build.sh KERNEL [ARGUMENT...]}
shift
case $kernel in
6.1 | 6.12 | debug)
	. tests/kernels/kernel.sh
	kernel_headers "$kernel"
	headers=$PWD/build/kernels/$kernel/headers/build
	;;
native)
	headers=$PWD/build/kernels/native/source
	set -- ARCH=um "$@"
	;;
*[!A-Za-z0-9.+_~-]* | .*)
	echo "No version of a kernel: $kernel" >&2
	exit 2
	;;
*)
	headers=$(installed_headers "$kernel")
	;;
esac
directory=$PWD/build/kmod/$kernel
# Two at once would write the same objects.
mkdir -p build/kmod
exec 9>"build/kmod/.$kernel.lock"
flock 9
mirror_sources "$directory"
arguments=("$@")
# Types for tracers need pahole; without it kbuild would fail where the kernel has them.
command -v pahole >/dev/null || arguments+=(CONFIG_DEBUG_INFO_BTF_MODULES=)
# What the make that calls this one decided for its own rules is not kbuild's.
unset CC
exec make --no-print-directory -C "$headers" M="$directory" "${arguments[@]}"
