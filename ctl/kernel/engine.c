// SPDX-License-Identifier: GPL-2.0-only
/*
 * The BPF object as one thing: loading, opening what is pinned, memory of its maps. Knows nothing
 * of policies, ports or commits.
 */
#include "kernel/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "sekisho.skel.h"

enum map_life {
	HALVES,
	STATE,
	PER_CPU,
	PLAIN
};

struct map_kind {
	size_t row_bytes;
	enum map_life life;
};

static const struct map_kind map_kinds[SEKISHO_MAP_COUNT] = {
#define MAP_KIND(NAME, name, row, how) { sizeof(row), how },
	SEKISHO_MAPS(MAP_KIND)
#undef MAP_KIND
};

const char *const sekisho_map_names[SEKISHO_MAP_COUNT] = {
#define MAP_NAME(NAME, name, row, how) #name,
	SEKISHO_MAPS(MAP_NAME)
#undef MAP_NAME
};

const char *const sekisho_program_names[SEKISHO_PROGRAM_COUNT] = {
	[SEKISHO_PROGRAM_INGRESS] = "ingress",
	[SEKISHO_PROGRAM_EGRESS] = "egress",
	[SEKISHO_PROGRAM_SWEEP_START] = "sweep_start",
	[SEKISHO_PROGRAM_SWEEP_NOW] = "sweep_now",
};

/* libbpf prints through one function of the process; this is where it goes meanwhile. */
static struct {
	char *text;
	size_t bytes;
	size_t used;
} complaints;

__attribute__((format(printf, 2, 0))) static int complain(enum libbpf_print_level level,
							  const char *format, va_list arguments)
{
	int length;

	if (level != LIBBPF_WARN || complaints.used >= complaints.bytes)
		return 0;
	length = vsnprintf(complaints.text + complaints.used, complaints.bytes - complaints.used,
			   format, arguments);
	if (length > 0)
		complaints.used += (size_t)length;
	return 0;
}

static struct sekisho_engine *engine_new(void)
{
	struct sekisho_engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	for (int i = 0; i < SEKISHO_MAP_COUNT; i++)
		engine->maps[i].fd = -1;
	for (int i = 0; i < SEKISHO_PROGRAM_COUNT; i++)
		engine->programs[i] = -1;
	engine->processors = libbpf_num_possible_cpus();
	return engine;
}

static bool map_has_memory(enum sekisho_map map)
{
	return map_kinds[map].life == HALVES || map_kinds[map].life == STATE;
}

/* Take over a descriptor: sizes from the kernel, memory where the map has it. */
static int map_adopt(struct sekisho_engine_map *map, enum sekisho_map which, int fd)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	map->fd = fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return -errno;
	map->rows = info.max_entries;
	map->row_bytes = map_kinds[which].row_bytes;
	map->stride = (map->row_bytes + 7) & ~(size_t)7;
	if (map_kinds[which].life != PLAIN && info.value_size != map->row_bytes)
		return -EUCLEAN;
	if (!map_has_memory(which))
		return 0;
	map->memory_bytes = (map->stride * map->rows + page - 1) & ~(page - 1);
	map->memory = mmap(NULL, map->memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map->memory == MAP_FAILED) {
		map->memory = NULL;
		return -errno;
	}
	return 0;
}

/* Index bits of `pairs_seen`: it has 4 to the power of this rows. */
static uint32_t pair_shift_of(uint32_t rows)
{
	uint32_t shift = 1;

	while (shift < 15 && 1u << (2 * shift) < rows)
		shift++;
	return shift;
}

static int size_maps(struct sekisho__rodata *settings, struct sekisho_engine *engine,
		     const struct sekisho_engine_size *size, const struct sekisho_engine *reuse)
{
	for (int i = 0; i < SEKISHO_MAP_COUNT; i++) {
		struct bpf_map *map =
			bpf_object__find_map_by_name(engine->object, sekisho_map_names[i]);
		uint32_t rows = size->rows[i];
		int error;

		if (!map)
			return -EUCLEAN;
		if (i == SEKISHO_MAP_POLICY)
			rows = 1;
		if (map_kinds[i].life == HALVES)
			rows *= SEKISHO_HALVES;
		if (rows) {
			error = bpf_map__set_max_entries(map, rows);
			if (error)
				return error;
		}
		if (reuse && map_kinds[i].life != HALVES &&
		    reuse->maps[i].rows == bpf_map__max_entries(map)) {
			error = bpf_map__reuse_fd(map, reuse->maps[i].fd);
			if (error)
				return error;
		}
		if (i == SEKISHO_MAP_SLOTS)
			settings->setting_bucket_mask = bpf_map__max_entries(map) - 1;
		if (i == SEKISHO_MAP_PAIRS_SEEN)
			engine->pair_shift = pair_shift_of(bpf_map__max_entries(map));
	}
	settings->setting_pair_shift = engine->pair_shift;
	return 0;
}

static int adopt_object(struct sekisho_engine *engine)
{
	for (int i = 0; i < SEKISHO_MAP_COUNT; i++) {
		int fd = bpf_object__find_map_fd_by_name(engine->object, sekisho_map_names[i]);
		int error;

		if (fd >= 0)
			fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return -errno;
		error = map_adopt(&engine->maps[i], (enum sekisho_map)i, fd);
		if (error)
			return error;
	}
	for (int i = 0; i < SEKISHO_PROGRAM_COUNT; i++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(engine->object, sekisho_program_names[i]);
		int fd = program ? fcntl(bpf_program__fd(program), F_DUPFD_CLOEXEC, 3) : -1;

		if (fd < 0)
			return -EUCLEAN;
		engine->programs[i] = fd;
	}
	return 0;
}

/* What is fixed when the programs are verified: at the head of their read-only data. */
static int fix_settings(struct sekisho_engine *engine, const struct sekisho_engine_size *size,
			const struct sekisho_engine_options *options)
{
	struct bpf_map *map = bpf_object__find_map_by_name(engine->object, ".rodata");
	struct sekisho__rodata *settings;
	size_t bytes = 0;
	const void *initial = map ? bpf_map__initial_value(map, &bytes) : NULL;
	int error;

	if (!initial || bytes < offsetof(struct sekisho__rodata, setting_test_clock) + 1)
		return -EUCLEAN;
	settings = calloc(1, bytes + sizeof(*settings));
	if (!settings)
		return -ENOMEM;
	memcpy(settings, initial, bytes);
	error = size_maps(settings, engine, size, options->reuse);
	settings->setting_hash_seed = engine->hash_seed;
	settings->setting_test_clock = options->test_clock;
	settings->setting_processors = (uint32_t)engine->processors;
	if (!error)
		error = bpf_map__set_initial_value(map, settings, bytes);
	free(settings);
	return error;
}

static int load_object(struct sekisho_engine *engine, const struct sekisho_engine_size *size,
		       const struct sekisho_engine_options *options)
{
	LIBBPF_OPTS(bpf_object_open_opts, open, .object_name = "sekisho");
	size_t length;
	const void *bytes = sekisho__elf_bytes(&length);
	int error;

	engine->object = bpf_object__open_mem(bytes, length, &open);
	if (!engine->object)
		return -errno;
	engine->hash_seed = options->hash_seed;
	if (!engine->hash_seed && options->reuse)
		engine->hash_seed = options->reuse->hash_seed;
	if (!engine->hash_seed && getrandom(&engine->hash_seed, sizeof(engine->hash_seed), 0) < 0)
		return -errno;
	error = fix_settings(engine, size, options);
	if (!error)
		error = bpf_object__load(engine->object);
	if (!error)
		error = adopt_object(engine);
	if (!error)
		sekisho_engine_control(engine)->hash_seed = engine->hash_seed;
	if (!error && !options->reuse)
		sekisho_engine_control(engine)->object = sekisho_engine_object();
	return error;
}

int sekisho_engine_load(const struct sekisho_engine_size *size,
			const struct sekisho_engine_options *options, struct sekisho_engine **out,
			char *log, size_t log_bytes)
{
	struct sekisho_engine *engine = engine_new();
	libbpf_print_fn_t before;
	int error;

	if (!engine)
		return -ENOMEM;
	if (log && log_bytes)
		log[0] = '\0';
	complaints.text = log;
	complaints.bytes = log ? log_bytes : 0;
	complaints.used = 0;
	before = libbpf_set_print(complain);
	error = load_object(engine, size, options);
	libbpf_set_print(before);
	if (error) {
		sekisho_engine_close(engine);
		return error;
	}
	*out = engine;
	return 0;
}

static int open_pin(const char *directory, const char *name)
{
	char path[4096];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

int sekisho_engine_open(const char *directory, struct sekisho_engine **out)
{
	struct sekisho_engine *engine = engine_new();
	int error = 0;

	if (!engine)
		return -ENOMEM;
	for (int i = 0; i < SEKISHO_MAP_COUNT && !error; i++) {
		int fd = open_pin(directory, sekisho_map_names[i]);

		error = fd < 0 ? fd : map_adopt(&engine->maps[i], (enum sekisho_map)i, fd);
	}
	for (int i = 0; i < SEKISHO_PROGRAM_COUNT && !error; i++) {
		engine->programs[i] = open_pin(directory, sekisho_program_names[i]);
		if (engine->programs[i] < 0)
			error = engine->programs[i];
	}
	if (error) {
		sekisho_engine_close(engine);
		return error;
	}
	engine->hash_seed = sekisho_engine_control(engine)->hash_seed;
	engine->pair_shift = pair_shift_of(engine->maps[SEKISHO_MAP_PAIRS_SEEN].rows);
	*out = engine;
	return 0;
}

ino_t sekisho_engine_pin_of(const char *directory)
{
	char path[4096];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", directory, sekisho_map_names[SEKISHO_MAP_CONTROL]);
	return stat(path, &status) ? 0 : status.st_ino;
}

static int pin(int fd, const char *directory, const char *name)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

int sekisho_engine_pin(const struct sekisho_engine *engine, const char *directory)
{
	int error = 0;

	for (int i = 0; i < SEKISHO_MAP_COUNT && !error; i++)
		error = pin(engine->maps[i].fd, directory, sekisho_map_names[i]);
	for (int i = 0; i < SEKISHO_PROGRAM_COUNT && !error; i++)
		error = pin(engine->programs[i], directory, sekisho_program_names[i]);
	return error;
}

void sekisho_engine_close(struct sekisho_engine *engine)
{
	if (!engine)
		return;
	for (int i = 0; i < SEKISHO_MAP_COUNT; i++) {
		if (engine->maps[i].memory)
			munmap(engine->maps[i].memory, engine->maps[i].memory_bytes);
		if (engine->maps[i].fd >= 0)
			close(engine->maps[i].fd);
	}
	for (int i = 0; i < SEKISHO_PROGRAM_COUNT; i++) {
		if (engine->programs[i] >= 0)
			close(engine->programs[i]);
	}
	bpf_object__close(engine->object);
	free(engine);
}

int sekisho_engine_run(const struct sekisho_engine *engine, enum sekisho_program program)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	if (bpf_prog_test_run_opts(engine->programs[program], &options))
		return -errno;
	return (int)options.retval;
}

void *sekisho_engine_row(const struct sekisho_engine *engine, enum sekisho_map map, uint32_t index)
{
	const struct sekisho_engine_map *rows = &engine->maps[map];

	if (!rows->memory || index >= rows->rows)
		return NULL;
	return (char *)rows->memory + rows->stride * index;
}

uint64_t sekisho_engine_object(void)
{
	uint64_t hash = 0xcbf29ce484222325ull; /* FNV-1a */
	size_t length;
	const unsigned char *bytes = sekisho__elf_bytes(&length);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ull;
	return hash;
}

uint32_t sekisho_engine_half_rows(const struct sekisho_engine *engine, enum sekisho_map map)
{
	return map_kinds[map].life == HALVES ? engine->maps[map].rows / SEKISHO_HALVES
					     : engine->maps[map].rows;
}

int sekisho_engine_half(const struct sekisho_engine *engine)
{
	const volatile uint64_t *state = (void *)&sekisho_engine_control(engine)->state;

	return (int)(*state >> SEKISHO_STATE_HALF_SHIFT) - 1;
}

const struct sekisho_policy_row *sekisho_engine_policy(const struct sekisho_engine *engine)
{
	int half = sekisho_engine_half(engine);

	return half < 0 ? NULL : sekisho_engine_row(engine, SEKISHO_MAP_POLICY, (uint32_t)half);
}
