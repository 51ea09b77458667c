// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps are shared where one is pinned under the same name. Settings are found by name in the type
 * information of the running program's read-only data, so that neither's layout is known here.
 */
#include "verdict_quiet.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define QUIET_OBJECT "build/bench/verdict_quiet.bpf.o"
#define MAPS_MAX     64

/* Read-only data with its type: variables by name. */
struct settings {
	struct btf *btf;
	__u32 section;
	uint8_t *bytes;
};

static int is_read_only_data(const char *name)
{
	size_t length = strlen(name);

	return length >= 7 && !strcmp(name + length - 7, ".rodata");
}

/* The map of the running program that holds its settings. */
static int find_settings(int running, struct bpf_map_info *found)
{
	__u32 maps[MAPS_MAX];
	struct bpf_prog_info info = { .map_ids = (uintptr_t)maps, .nr_map_ids = MAPS_MAX };
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(running, &info, &length))
		err(1, "the running program");
	for (__u32 i = 0; i < info.nr_map_ids && i < MAPS_MAX; i++) {
		int fd = bpf_map_get_fd_by_id(maps[i]);

		memset(found, 0, sizeof(*found));
		length = sizeof(*found);
		if (fd < 0 || bpf_obj_get_info_by_fd(fd, found, &length))
			err(1, "map %u", maps[i]);
		if (is_read_only_data(found->name))
			return fd;
		close(fd);
	}
	errx(1, "the running program has no settings");
}

static void read_settings(int running, struct settings *settings)
{
	struct bpf_map_info info;
	int fd = find_settings(running, &info);
	__u32 zero = 0;

	settings->btf = btf__load_from_kernel_by_id(info.btf_id);
	settings->section = info.btf_value_type_id;
	settings->bytes = calloc(1, info.value_size);
	if (!settings->btf || !settings->bytes || bpf_map_lookup_elem(fd, &zero, settings->bytes))
		err(1, "settings of the running program");
	close(fd);
}

/* The place of a variable of a data section, or NULL. */
static const struct btf_var_secinfo *find_variable(const struct btf *btf, __u32 section,
						   const char *name)
{
	const struct btf_type *type = btf__type_by_id(btf, section);
	const struct btf_var_secinfo *variables;

	if (!type || !btf_is_datasec(type))
		errx(1, "settings without type information");
	variables = btf_var_secinfos(type);
	for (__u32 i = 0; i < btf_vlen(type); i++) {
		const struct btf_type *variable = btf__type_by_id(btf, variables[i].type);

		if (!strcmp(btf__name_by_offset(btf, variable->name_off), name))
			return &variables[i];
	}
	return NULL;
}

static void copy_settings(const struct settings *from, const struct btf *btf, __u32 section,
			  uint8_t *bytes)
{
	const struct btf_type *type = btf__type_by_id(btf, section);
	const struct btf_var_secinfo *variables = btf_var_secinfos(type);

	for (__u32 i = 0; i < btf_vlen(type); i++) {
		const struct btf_type *variable = btf__type_by_id(btf, variables[i].type);
		const char *name = btf__name_by_offset(btf, variable->name_off);
		const struct btf_var_secinfo *place = find_variable(from->btf, from->section, name);

		if (strncmp(name, "setting_", 8))
			continue;
		if (!place || place->size != variables[i].size)
			errx(1, "the running program has no %s", name);
		memcpy(bytes + variables[i].offset, from->bytes + place->offset, place->size);
	}
}

static void fix_settings(struct bpf_object *object, int running)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	const struct btf *btf = bpf_object__btf(object);
	struct settings settings;
	const void *initial;
	uint8_t *bytes;
	size_t count;

	if (!map)
		errx(1, "%s has no settings", QUIET_OBJECT);
	initial = bpf_map__initial_value(map, &count);
	bytes = initial ? malloc(count) : NULL;
	if (!bytes)
		errx(1, "%s has no settings", QUIET_OBJECT);
	memcpy(bytes, initial, count);
	read_settings(running, &settings);
	copy_settings(&settings, btf, bpf_map__btf_value_type_id(map), bytes);
	if (bpf_map__set_initial_value(map, bytes, count))
		err(1, "settings of %s", QUIET_OBJECT);
	btf__free(settings.btf);
	free(settings.bytes);
	free(bytes);
}

static void share_maps(const struct bpf_object *object, const char *directory)
{
	struct bpf_map *map;
	char path[4096];

	bpf_object__for_each_map(map, object)
	{
		int fd;

		if (snprintf(path, sizeof(path), "%s/%s", directory, bpf_map__name(map)) >=
		    (int)sizeof(path))
			errx(1, "%s is too long", directory);
		fd = bpf_obj_get(path);
		if (fd < 0)
			continue;
		if (bpf_map__reuse_fd(map, fd))
			err(1, "%s", path);
		close(fd);
	}
}

int verdict_quiet_load(const char *directory, int running, struct bpf_object **object)
{
	struct bpf_program *program;

	*object = bpf_object__open_file(QUIET_OBJECT, NULL);
	if (!*object)
		err(1, "%s", QUIET_OBJECT);
	share_maps(*object, directory);
	fix_settings(*object, running);
	if (bpf_object__load(*object))
		errx(1, "%s does not load", QUIET_OBJECT);
	program = bpf_object__find_program_by_name(*object, "ingress");
	if (!program)
		errx(1, "%s has no program", QUIET_OBJECT);
	return bpf_program__fd(program);
}
