/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A directory of a unit test's own, which is gone when the program ends, whatever it ends with. Knows
 * nothing of what is tested.
 *
 *	static char root[] = "/tmp/sekisho-index-XXXXXX";
 *	scratch(root);
 *
 * A process that it forks must end with _exit().
 */
#ifndef SEKISHO_TESTS_UNIT_SCRATCH_H
#define SEKISHO_TESTS_UNIT_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

static const char *scratch_root;

static inline int scratch_remove_one(const char *path, const struct stat *status, int kind,
				     struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static inline void scratch_remove(void)
{
	nftw(scratch_root, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Makes it; @root ends with XXXXXX, which are replaced. A test without one cannot begin. */
static inline void scratch(char *root)
{
	if (!mkdtemp(root))
		exit(1);
	scratch_root = root;
	if (atexit(scratch_remove))
		exit(1);
}

#endif
