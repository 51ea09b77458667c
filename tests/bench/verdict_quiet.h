/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads the program without events onto the maps and settings of the one that is in force.
 */
#ifndef SEKISHO_BENCH_VERDICT_QUIET_H
#define SEKISHO_BENCH_VERDICT_QUIET_H

struct bpf_object;

/**
 * verdict_quiet_load - load build/bench/verdict_quiet.bpf.o
 * @directory: where the maps of the program in force are pinned by name
 * @running: that program's descriptor, whose settings are taken
 * @object: set to what was loaded
 *
 * What does not load ends the program. Return: the descriptor of its program.
 */
int verdict_quiet_load(const char *directory, int running, struct bpf_object **object);

#endif
