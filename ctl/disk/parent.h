/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where something that does not exist yet is to be: the directory it will lie in, and its name
 * there. Knows nothing of what is put there.
 */
#ifndef SEKISHO_DISK_PARENT_H
#define SEKISHO_DISK_PARENT_H

#include <limits.h>

/**
 * sekisho_parent_open - open the directory that a path's last part lies in
 * @path: without a slash at its end
 * @name: gets the last part
 *
 * Return: a descriptor; -EISDIR where the last part is no name, -ENAMETOOLONG, -ENOMEM, or why the
 * directory cannot be opened.
 */
int sekisho_parent_open(const char *path, char name[NAME_MAX + 1]);

#endif
