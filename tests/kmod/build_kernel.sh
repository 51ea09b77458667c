#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds a kernel for the tests from Debian's source package of Linux 6.12: build_kernel.sh NAME
#
#	debug	KASAN, lockdep, kmemleak and what else finds a module's faults (some 20 minutes of one core)
#	native	user-mode Linux: a process of this machine, at its speed (10 minutes of one core)
#
# Unpacked under build/kernels/NAME and never installed; done once, and again when NAME_kernel.config
# changes.
#
# Leaves what tests/kernels/kernel.sh describes: vmlinuz, version, config, modules/ and headers/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

name=${1:-}
case $name in
debug) image=arch/x86/boot/bzImage target=bzImage architecture=x86 ;;
native) image=linux target=linux architecture=um ;;
*)
	echo "usage: build_kernel.sh debug|native" >&2
	exit 2
	;;
esac
package=linux-source-6.12
directory=build/kernels/$name
options=tests/kmod/${name}_kernel.config
# What the caller's make decided for its own rules is not the kernel's.
unset CC MAKEFLAGS MAKELEVEL MFLAGS

fetch_source()
{
	local work

	work=$(mktemp -d "$directory/.source.XXXXXX")
	if ! (cd "$work" && apt-get download --quiet=2 "$package" 2>/dev/null); then
		apt-get update --quiet=2 >&2
		(cd "$work" && apt-get download --quiet=2 "$package")
	fi
	dpkg-deb --extract "$work"/*.deb "$work"
	rm "$work"/*.deb
	mkdir "$work/source"
	tar --extract --xz --strip-components=1 --directory "$work/source" \
		--file "$work"/usr/src/linux-source-*.tar.xz
	rm -rf "$directory/source"
	mv "$work/source" "$directory/source"
	rm -rf "$work"
}

# kbuild ARGUMENT...: in the source, which then also serves as headers.
kbuild()
{
	nice make --no-print-directory --directory "$directory/source" --jobs "$(nproc)" \
		ARCH="$architecture" KBUILD_BUILD_USER=sekisho KBUILD_BUILD_HOST="$name" "$@"
}

# Kconfig drops what depends on something that is off, without a word.
check_options()
{
	local line missing=0

	while read -r line; do
		case $line in
		CONFIG_*=n) ! grep -q "^${line%=n}=" "$directory/source/.config" ;;
		CONFIG_*) grep -qxF "$line" "$directory/source/.config" ;;
		esac || {
			echo "not in effect: $line" >&2
			missing=1
		}
	done <"$options"
	return $missing
}

keep_results()
{
	local version

	version=$(kbuild --silent kernelrelease)
	rm -rf "$directory/package" "$directory/modules" "$directory/headers"
	kbuild --silent INSTALL_MOD_PATH="$PWD/$directory/package" modules_install
	mv "$directory/package/lib/modules/$version" "$directory/modules"
	rm -rf "$directory/package"
	rm -f "$directory"/modules/{build,source}
	mkdir "$directory/headers"
	ln -s ../source "$directory/headers/build"
	cp "$directory/source/$image" "$directory/vmlinuz"
	cp "$directory/source/.config" "$directory/config"
	rm -f "$directory/initramfs"
	cp "$options" "$directory/options"
	# The last of all: who finds it finds the rest.
	echo "$version" >"$directory/version"
}

mkdir -p "$directory"
exec 9>"build/kernels/.$name.lock"
flock 9
if [[ -e $directory/version ]] && cmp --silent "$options" "$directory/options"; then
	exit 0
fi
rm -f "$directory/version"
[[ -e $directory/source/Makefile ]] || fetch_source
kbuild --silent KCONFIG_ALLCONFIG="$PWD/$options" allnoconfig
check_options
kbuild --silent "$target" modules
keep_results
echo "Linux $(<"$directory/version") is in $directory"
