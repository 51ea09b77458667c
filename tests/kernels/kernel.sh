# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian's kernels, unpacked under build/kernels and never installed. Sourced.
#
# And one that tests/kmod/build_kernel.sh builds there: debug.
#
#	kernel_prepare 6.1	build/kernels/6.1 then holds
#		vmlinuz, version	the kernel, and what it calls itself
#		modules/		to be seen as /lib/modules/VERSION
#		initramfs		busybox, init.sh and the modules that reach this machine's files
#
#	kernel_headers 6.1	build/kernels/6.1/headers then holds what modules for it are built with;
#				build/ in it is what /lib/modules/VERSION/build is elsewhere

# Those that are tested: of Debian 12, and the one that its security archive offers beside it.
# shellcheck disable=SC2034 # for whoever sources this
kernels=(6.1 6.12)

kernel_meta_package()
{
	case $1 in
	6.1) echo linux-image-cloud-amd64 ;;
	6.12) echo linux-image-6.12-cloud-amd64 ;;
	debug) ;; # built, not downloaded
	*)
		echo "unknown kernel $1" >&2
		return 1
		;;
	esac
}

# The meta package depends on the newest image. Nothing, where apt does not know it (yet).
kernel_package()
{
	{ apt-cache depends "$1" 2>/dev/null || true; } |
		awk '/Depends: linux-image-/ { print $2 }'
}

# kernel_download META DIRECTORY
kernel_download()
{
	local package

	package=$(kernel_package "$1")
	# Without a list of packages, or with an old one whose files are gone, once more.
	if [[ -n $package ]] && (cd "$2" && apt-get download --quiet=2 "$package" 2>/dev/null); then
		return
	fi
	apt-get update --quiet=2 >&2
	package=$(kernel_package "$1")
	(cd "$2" && apt-get download --quiet=2 "$package")
}

# kernel_unpack DEB DIRECTORY
kernel_unpack()
{
	local version

	dpkg-deb --extract "$1" "$2/package"
	version=$(basename "$2"/package/boot/vmlinuz-*)
	version=${version#vmlinuz-}
	echo "$version" >"$2/version"
	mv "$2/package/boot/vmlinuz-$version" "$2/vmlinuz"
	mv "$2/package/boot/config-$version" "$2/config"
	depmod --basedir "$2/package" "$version"
	mv "$2/package/lib/modules/$version" "$2/modules"
	rm -rf "$2/package"
}

# Names the modules that reach the files of this machine, in the order of loading. A kernel may
# have some of them built in.
kernel_boot_modules()
{
	local directory=$1 version base module

	version=$(<"$directory/version")
	base=$(mktemp -d)
	mkdir -p "$base/lib/modules"
	ln -s "$(realpath "$directory/modules")" "$base/lib/modules/$version"
	for module in virtio_pci virtiofs overlay; do
		modprobe --dirname "$base" --set-version "$version" --show-depends "$module"
	done | awk -v prefix="$base/lib/modules/$version/" '$1 == "insmod" && !seen[$2]++ {
		print substr($2, length(prefix) + 1)
	}'
	rm -rf "$base"
}

# kernel_initramfs DIRECTORY
kernel_initramfs()
{
	local directory=$1 root module name

	root=$(mktemp -d)
	mkdir -p "$root"/{bin,modules,proc,sys,dev,host,writable,root}
	cp "$(command -v busybox)" "$root/bin/busybox"
	cp build/tests/guest-exit "$root/bin/guest-exit"
	install -m 0755 tests/kernels/init.sh "$root/init"
	while read -r module; do
		name=$(basename "${module%.xz}")
		case $module in
		*.xz) xz --decompress --stdout "$directory/modules/$module" >"$root/modules/$name" ;;
		*) cp "$directory/modules/$module" "$root/modules/$name" ;;
		esac
		echo "$name" >>"$root/modules/order"
	done < <(kernel_boot_modules "$directory")
	(cd "$root" && find . -print0 | cpio --quiet --null --create --format=newc) |
		gzip -1 >"$directory/initramfs.new"
	mv "$directory/initramfs.new" "$directory/initramfs"
	rm -rf "$root"
}

kernel_prepare()
{
	local kernel=$1 directory=build/kernels/$1 meta work part

	meta=$(kernel_meta_package "$kernel")
	mkdir -p build/kernels
	(
		# Two boots at once share one download.
		flock 9
		if [[ ! -e $directory/version && $kernel == debug ]]; then
			echo 'There is no debug kernel yet: make debug-kernel' >&2
			exit 1
		fi
		if [[ ! -e $directory/version ]]; then
			work=$(mktemp -d "build/kernels/.$kernel.XXXXXX")
			kernel_download "$meta" "$work"
			kernel_unpack "$work"/*.deb "$work"
			rm -f "$work"/*.deb
			rm -rf "$directory"
			chmod 0755 "$work"
			mv "$work" "$directory"
		fi
		for part in tests/kernels/init.sh tests/kernels/kernel.sh build/tests/guest-exit; do
			if [[ $part -nt $directory/initramfs ]]; then
				kernel_initramfs "$directory"
				break
			fi
		done
	) 9>"build/kernels/.$kernel.lock"
}

# kernel_headers_download VERSION DIRECTORY: of exactly that kernel. Its own part, the part that all
# flavours share, and the programs of kbuild.
kernel_headers_download()
{
	local headers=linux-headers-$1 packages

	mapfile -t packages < <(apt-cache depends "$headers" 2>/dev/null |
		awk '$2 ~ /^linux-(headers-.*-common|kbuild-.*)$/ { print $2 }')
	((${#packages[@]} == 2)) &&
		(cd "$2" && apt-get download --quiet=2 "$headers" "${packages[@]}")
}

# kernel_headers_unpack DIRECTORY VERSION: what its packages hold, and what they miss when they are
# not installed: the flavour's Makefile includes the common one by an absolute path.
kernel_headers_unpack()
{
	local directory=$1 flavour=$1/usr/src/linux-headers-$2 deb common

	for deb in "$directory"/*.deb; do
		dpkg-deb --extract "$deb" "$directory"
		rm "$deb"
	done
	common=$(basename "$directory"/usr/src/linux-headers-*-common)
	# shellcheck disable=SC2016 # for make
	printf 'include $(dir $(realpath $(lastword $(MAKEFILE_LIST))))../%s/Makefile\n' \
		"$common" >"$flavour/Makefile"
	ln -s "usr/src/linux-headers-$2" "$directory/build"
}

kernel_headers()
{
	local kernel=$1 directory=build/kernels/$1 version work

	kernel_prepare "$kernel"
	version=$(<"$directory/version")
	(
		flock 9
		[[ ! -e $directory/headers/build ]] || exit 0
		work=$(mktemp -d "$directory/.headers.XXXXXX")
		if ! kernel_headers_download "$version" "$work" 2>/dev/null; then
			apt-get update --quiet=2 >&2
			kernel_headers_download "$version" "$work" || {
				rm -rf "$work"
				echo "No headers of Linux $version in the archive any more: remove" \
					"$directory, and the newest kernel takes its place" >&2
				exit 1
			}
		fi
		kernel_headers_unpack "$work" "$version"
		chmod 0755 "$work"
		rm -rf "$directory/headers"
		mv "$work" "$directory/headers"
	) 9>"build/kernels/.$kernel.lock"
}
