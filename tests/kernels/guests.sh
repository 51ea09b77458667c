# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Tests of a program in a guest of each kernel, all at a time: a guest has one processor. Sourced,
# after ktap.sh, by what is run as run.sh [KERNEL...]: without any, by those that are tested. Knows
# nothing of what the guests do.
#
#	guests_results=build/kmod/check
#	defer end_guests
#	in_guests 'objects load' tests/kernels/boot.sh KERNEL tests/kernels/load.sh

. tests/kernels/kernel.sh

# The arguments of whoever sources this.
guests=("$@")
((${#guests[@]})) || guests=("${kernels[@]}")
guests_results=build/check
declare -A guest

# A process that is told to stop does not leave its guests.
end_guests()
{
	local process

	for process in "${guest[@]}"; do
		kill "$process" 2>/dev/null || :
	done
}

why()
{
	case $1 in
	123) echo "the kernel's log has an alarm" ;;
	124) echo 'something was left behind' ;;
	125) echo 'the guest did not come to an end' ;;
	*) echo "exited with status $1" ;;
	esac
}

# in_guests NAME COMMAND...: a test a kernel, the word KERNEL in the command being its name; what the
# guest says is nested below its line.
in_guests()
{
	local name=$1 kernel status

	shift
	mkdir -p "$guests_results"
	for kernel in "${guests[@]}"; do
		"${@//KERNEL/$kernel}" >"$guests_results/$kernel.ktap" 2>&1 &
		guest[$kernel]=$!
	done
	for kernel in "${guests[@]}"; do
		status=0
		wait "${guest[$kernel]}" || status=$?
		unset "guest[$kernel]"
		sed 's/^/    /' "$guests_results/$kernel.ktap"
		case $status in
		0) ok "$name on Linux $kernel" ;;
		4) skip "$name on Linux $kernel" 'nothing could run' ;;
		*) not_ok "$name on Linux $kernel" "$(why "$status")" ;;
		esac
	done
}
