// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs programs by the kernel's test run. Every subject has a rotating program of its own, whose
 * rows all share. Knows nothing of policies.
 */
#include "verdict_subject.h"

#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../net/craft.h"

#define ROTATE_OBJECT "build/bench/verdict_rotate.bpf.o"
#define WORDS_MAX     64
#define HOLDS_MAX     16

struct rotate_row4 *frame_rows4;
struct rotate_row6 *frame_rows6;

static int rows4_fd = -1, rows6_fd = -1;
static bool held[HOLDS_MAX];

void frame_set_words(struct frame_set *set, const char *words, uint32_t ifindex)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	static struct craft craft;
	char text[1024], *list[WORDS_MAX], *rest = NULL;
	const uint8_t *bytes;
	int count = 0;

	memset(set, 0, sizeof(*set));
	if (strlen(words) >= sizeof(text))
		errx(1, "too many words: %s", words);
	strcpy(text, words);
	for (char *word = strtok_r(text, " ", &rest); word && count < WORDS_MAX;
	     word = strtok_r(NULL, " ", &rest))
		list[count++] = word;
	if (craft_frame(&craft, list, count, mac))
		errx(1, "%s: %s", words, craft.error);
	bytes = craft_bytes(&craft, &set->length);
	if (set->length > sizeof(set->bytes))
		errx(1, "too long: %s", words);
	memcpy(set->bytes, bytes, set->length);
	/* The least that a wire carries, without its checksum. */
	if (set->length < 60 && !strstr(words, "snap="))
		set->length = 60;
	set->ifindex = ifindex;
	set->network = set->bytes[12] == 0x81 ? 18 : 14;
	set->family = set->bytes[set->network] >> 4;
}

static void exchange(void *a, void *b, size_t bytes)
{
	uint8_t kept[sizeof(struct rotate_row6)];

	memcpy(kept, a, bytes);
	memcpy(a, b, bytes);
	memcpy(b, kept, bytes);
}

void frame_rows_shuffle(uint32_t family, uint32_t count)
{
	uint64_t state = 0x9e3779b97f4a7c15ull;

	for (uint32_t i = count; i > 1; i--) {
		uint32_t other;

		state = state * 6364136223846793005ull + 1442695040888963407ull;
		other = (uint32_t)((state >> 32) % i);
		if (family == 4)
			exchange(&frame_rows4[i - 1], &frame_rows4[other], sizeof(*frame_rows4));
		else
			exchange(&frame_rows6[i - 1], &frame_rows6[other], sizeof(*frame_rows6));
	}
}

static struct bpf_map *map_of(const struct bpf_object *object, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	if (!map)
		errx(1, "%s has no map %s", ROTATE_OBJECT, name);
	return map;
}

static void *memory_of(int fd, size_t row_bytes)
{
	void *memory =
		mmap(NULL, row_bytes * ROTATE_ROWS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		err(1, "rows");
	return memory;
}

/* The first object's rows are everyone's. */
static void keep_rows(const struct bpf_object *object)
{
	rows4_fd = fcntl(bpf_map__fd(map_of(object, "rows4")), F_DUPFD_CLOEXEC, 3);
	rows6_fd = fcntl(bpf_map__fd(map_of(object, "rows6")), F_DUPFD_CLOEXEC, 3);
	frame_rows4 = memory_of(rows4_fd, sizeof(*frame_rows4));
	frame_rows6 = memory_of(rows6_fd, sizeof(*frame_rows6));
}

static struct bpf_object *load_rotate(bool fragments)
{
	struct bpf_object *object = bpf_object__open_file(ROTATE_OBJECT, NULL);
	struct bpf_program *program;

	if (!object)
		err(1, "%s", ROTATE_OBJECT);
	if (rows4_fd >= 0 && (bpf_map__reuse_fd(map_of(object, "rows4"), rows4_fd) ||
			      bpf_map__reuse_fd(map_of(object, "rows6"), rows6_fd)))
		err(1, "rows");
	program = bpf_object__find_program_by_name(object, "rotate");
	if (fragments)
		bpf_program__set_flags(program, BPF_F_XDP_HAS_FRAGS);
	if (bpf_object__load(object))
		errx(1, "%s does not load", ROTATE_OBJECT);
	if (rows4_fd < 0)
		keep_rows(object);
	return object;
}

static bool put_subject(const struct bpf_object *object, int program)
{
	__u32 zero = 0;

	return !bpf_map_update_elem(bpf_map__fd(map_of(object, "subject")), &zero, &program,
				    BPF_ANY);
}

static void take_hold(struct hold *hold, int program)
{
	char name[IF_NAMESIZE];

	hold->place = 0;
	while (hold->place < HOLDS_MAX && held[hold->place])
		hold->place++;
	snprintf(name, sizeof(name), "h%u", hold->place);
	hold->link = hold->place == HOLDS_MAX
			     ? -1
			     : bpf_link_create(program, (int)if_nametoindex(name), BPF_XDP, NULL);
	if (hold->link < 0)
		err(1, "cannot attach to %s", name);
	held[hold->place] = true;
}

static void let_go(struct hold *hold)
{
	close(hold->link);
	held[hold->place] = false;
}

void subject_open(struct subject *subject, const char *name, int program)
{
	*subject = (struct subject){ .name = name, .program = program };
	take_hold(&subject->holds[0], program);
	/* A tail call leads only between programs that agree on frames in pieces. */
	for (int fragments = 0; fragments < 2; fragments++) {
		struct bpf_object *object = load_rotate(fragments);

		if (put_subject(object, program)) {
			subject->rotate = object;
			break;
		}
		bpf_object__close(object);
	}
	if (!subject->rotate) {
		warnx("%s takes no tail call: single frames only", name);
		return;
	}
	subject->rotate_program =
		bpf_program__fd(bpf_object__find_program_by_name(subject->rotate, "rotate"));
	take_hold(&subject->holds[1], subject->rotate_program);
	subject->control = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
				MAP_SHARED, bpf_map__fd(map_of(subject->rotate, ".bss")), 0);
	if (subject->control == MAP_FAILED)
		err(1, "control");
}

void subject_open_output(struct subject *subject, const char *name, int program)
{
	*subject = (struct subject){ .name = name, .program = program, .output = true };
}

void subject_close(struct subject *subject)
{
	if (subject->output)
		return;
	let_go(&subject->holds[0]);
	if (!subject->rotate)
		return;
	let_go(&subject->holds[1]);
	munmap(subject->control, (size_t)sysconf(_SC_PAGESIZE));
	bpf_object__close(subject->rotate);
	subject->rotate = NULL;
}

static double thread_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

double subject_run_on(const struct subject *subject, const struct frame_set *set, uint32_t repeat,
		      uint32_t *verdict)
{
	struct xdp_md input = { .data_end = (__u32)set->length, .ingress_ifindex = set->ifindex };
	struct __sk_buff output = { .ifindex = set->ifindex, .ingress_ifindex = set->came_by };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = set->bytes,
		    .data_size_in = (__u32)set->length, .ctx_in = &input,
		    .ctx_size_in = sizeof(input), .repeat = (int)repeat);
	int program = set->rows ? subject->rotate_program : subject->program;
	double start;

	if (subject->output) {
		options.ctx_in = &output;
		options.ctx_size_in = sizeof(output);
	}
	start = thread_ns();
	if (bpf_prog_test_run_opts(program, &options))
		err(1, "%s", subject->name);
	if (verdict)
		*verdict = options.retval;
	return thread_ns() - start;
}

double subject_run(const struct subject *subject, const struct frame_set *set, uint32_t repeat,
		   uint32_t *verdict)
{
	if (set->rows) {
		subject->control->count = set->rows;
		subject->control->next = set->first;
		subject->control->family = set->family;
		subject->control->network = set->network;
		subject->control->swap = set->swap;
	}
	return subject_run_on(subject, set, repeat, verdict);
}
