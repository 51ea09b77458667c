#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The first program of a test guest. Makes a root of the host's files, read-only, under a layer of
# memory that takes what is written, and goes on there with guest.sh.
set -e

/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev

# A guest that cannot go on ends at once, without the mark of success.
give_up()
{
	echo "init: $*" >/dev/console
	guest-exit 1
}

[ ! -e /modules/order ] || while read -r module; do
	insmod "/modules/$module" || give_up "cannot load $module"
done </modules/order

# From the kernel's command line: where guest.sh and this boot's files lie.
# shellcheck disable=SC2013 # words it is
for word in $(cat /proc/cmdline); do
	case $word in
	sekisho.source=*) source=${word#*=} ;;
	sekisho.work=*) work=${word#*=} ;;
	sekisho.modules=*) modules=${word#*=} ;;
	esac
done

mount -t virtiofs -o ro host /host || give_up 'cannot mount the host'
mount -t tmpfs -o size=75% writable /writable
mkdir /writable/upper /writable/work
mount -t overlay -o lowerdir=/host,upperdir=/writable/upper,workdir=/writable/work root /root ||
	give_up 'cannot lay the writable root'

mkdir -p "/root/lib/modules/$(uname -r)"
mount --bind "/host$modules" "/root/lib/modules/$(uname -r)"
mkdir -p /root/run /root/proc /root/sys /root/dev
mount -t tmpfs run /root/run
mkdir /root/run/guest
cp /bin/guest-exit /root/run/guest/exit
mount --move /proc /root/proc
mount --move /sys /root/sys
mount --move /dev /root/dev

exec switch_root /root /bin/bash "$source/tests/kernels/guest.sh" "$source" "$work"
