// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the map by its name among those of the program, and the fields by their names in the map's
 * value type.
 */
#include "verdict_place.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define MAPS_MAX 64

static int find_map(int program, struct bpf_map_info *found)
{
	__u32 maps[MAPS_MAX];
	struct bpf_prog_info info = { .map_ids = (uintptr_t)maps, .nr_map_ids = MAPS_MAX };
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(program, &info, &length))
		return -errno;
	for (__u32 i = 0; i < info.nr_map_ids && i < MAPS_MAX; i++) {
		int fd = bpf_map_get_fd_by_id(maps[i]);

		if (fd < 0)
			return -errno;
		memset(found, 0, sizeof(*found));
		length = sizeof(*found);
		if (!bpf_obj_get_info_by_fd(fd, found, &length) &&
		    !strcmp(found->name, "workspaces"))
			return fd;
		close(fd);
	}
	return -ENOENT;
}

/* The member of a struct: its offset in bytes is added, its type returned; 0 without it. */
static __u32 member(const struct btf *btf, __u32 type, const char *name, size_t *offset)
{
	const struct btf_type *record = btf__type_by_id(btf, (__u32)btf__resolve_type(btf, type));
	const struct btf_member *members;

	if (!record || !btf_is_struct(record))
		return 0;
	members = btf_members(record);
	for (__u32 i = 0; i < btf_vlen(record); i++) {
		if (strcmp(btf__name_by_offset(btf, members[i].name_off), name))
			continue;
		*offset += members[i].offset / 8;
		return members[i].type;
	}
	return 0;
}

static int find_fields(const struct btf *btf, __u32 type, struct verdict_place *place)
{
	struct {
		const char *name;
		size_t *offset;
	} fields[] = {
		{ "reason", &place->reason },	    { "counter", &place->counter },
		{ "from", &place->from },	    { "to", &place->to },
		{ "direction", &place->direction },
	};
	size_t begin = 0;

	type = member(btf, type, "judgement", &begin);
	if (type)
		type = member(btf, type, "verdict", &begin);
	for (size_t i = 0; type && i < sizeof(fields) / sizeof(*fields); i++) {
		*fields[i].offset = begin;
		if (!member(btf, type, fields[i].name, fields[i].offset))
			return -EUCLEAN;
	}
	return type ? 0 : -EUCLEAN;
}

int verdict_place_find(int program, struct verdict_place *place)
{
	struct bpf_map_info info = { 0 };
	int fd = find_map(program, &info), processor = sched_getcpu(), error;
	struct btf *btf;

	if (fd < 0)
		return fd;
	*place = (struct verdict_place){ .fd = fd };
	btf = btf__load_from_kernel_by_id(info.btf_id);
	error = btf ? find_fields(btf, info.btf_value_type_id, place) : -errno;
	btf__free(btf);
	place->row_bytes = info.value_size ? (info.value_size + 7) & ~(size_t)7 : 8;
	place->row_offset = place->row_bytes * (size_t)processor;
	place->rows = calloc((size_t)libbpf_num_possible_cpus(), place->row_bytes);
	if (!error && (!place->rows || processor < 0))
		error = -ENOMEM;
	if (error)
		verdict_place_close(place);
	return error;
}

void verdict_place_close(struct verdict_place *place)
{
	close(place->fd);
	free(place->rows);
}

static uint32_t number(const char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

int verdict_place_read(const struct verdict_place *place, struct outcome *outcome)
{
	const char *row = place->rows + place->row_offset;
	uint16_t from, to;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(place->fd, &zero, place->rows))
		return -errno;
	memcpy(&from, row + place->from, sizeof(from));
	memcpy(&to, row + place->to, sizeof(to));
	outcome->reason = (uint8_t)number(row + place->reason);
	outcome->flow = number(row + place->counter);
	outcome->from = from;
	outcome->to = to;
	outcome->reply = row[place->direction] != 0;
	return 0;
}
