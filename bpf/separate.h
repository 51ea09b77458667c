/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is written for the verifier's sake. SEPARATE marks a global function: the verifier looks at
 * it once, with arguments it knows nothing of, instead of once for every way that leads to it.
 * Pointers it gets may be NULL to it, so each asks. Weak, because programs that are compiled apart
 * share the text and are linked to one object.
 */
#ifndef SEKISHO_BPF_SEPARATE_H
#define SEKISHO_BPF_SEPARATE_H

#define SEPARATE __weak __attribute__((noinline))

/*
 * Hides from the compiler what it knows of a number: it would turn arithmetic back into branches
 * that the verifier has to follow, or leave out a bound that the verifier wants to see.
 */
#define opaque(value) asm volatile("" : "+r"(value))

#endif
