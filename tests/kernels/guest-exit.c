// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends a test guest at once, with a status that QEMU hands on: writes to the port of its
 * isa-debug-exit device. Debian's cloud kernels have no /dev/port, hence a program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>

#define DEBUG_EXIT_PORT 0xf4

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: guest-exit STATUS\n");
		return 2;
	}
	if (ioperm(DEBUG_EXIT_PORT, 1, 1)) {
		perror("ioperm");
		return 1;
	}
	outb((unsigned char)strtoul(argv[1], NULL, 0), DEBUG_EXIT_PORT);
	return 1;
}
