// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sender's threads: a processor each, frames by BPF_PROG_TEST_RUN, and the time it takes. What
 * a frame causes down to the far end happens in soft interrupts on the processor that sent it.
 */
#include "sender_threads.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OWN_TIMES	  "/proc/thread-self/schedstat"
#define BATCH		  64 /* frames at once, as a device's poll has them */
#define TRIAL		  1024
#define LEAST		  8192 /* frames of a call that counts: a call itself takes a while */
#define TRIAL_SECONDS	  0.03
#define WARM_SECONDS	  0.25
#define STRIDE		  7919 /* prime: all connections, neighbours far apart */
#define SETTLE_ROUNDS	  100
#define SETTLE_NANOSECOND 1000000

struct thread {
	const struct sender_run *run;
	pthread_barrier_t *begin;
	pthread_t handle;
	int processor;
	char soft_times[300]; /* the file that has those of the kernel's thread */
	uint64_t frames;
	double busy;
	double elapsed;
	int error;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Of a file as /proc/self/schedstat: seconds on a processor, and waiting for one. */
static void read_times(const char *path, double *ran, double *waited)
{
	unsigned long long on = 0, waiting = 0;
	FILE *file = fopen(path, "r");
	char line[128];
	char *rest;

	if (file && fgets(line, sizeof(line), file)) {
		on = strtoull(line, &rest, 10);
		waiting = strtoull(rest, NULL, 10);
	}
	if (file)
		fclose(file);
	*ran = (double)on / 1e9;
	*waited = (double)waiting / 1e9;
}

/* The kernel's thread for soft interrupts of a processor; empty where it is not to be seen. */
static void softirq_path(int processor, char *path, size_t size)
{
	DIR *directory = opendir("/proc");
	char want[32], name[64], file[300];
	struct dirent *entry;
	FILE *stream;

	path[0] = '\0';
	snprintf(want, sizeof(want), "ksoftirqd/%d\n", processor);
	while (directory && !path[0] && (entry = readdir(directory))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		snprintf(file, sizeof(file), "/proc/%s/comm", entry->d_name);
		stream = fopen(file, "r");
		if (!stream)
			continue;
		if (fgets(name, sizeof(name), stream) && !strcmp(name, want))
			snprintf(path, size, "/proc/%s/schedstat", entry->d_name);
		fclose(stream);
	}
	if (directory)
		closedir(directory);
}

static int send_some(const struct sender_run *run, uint64_t frames)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = run->frame, .data_size_in = run->bytes,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);
	int error;

	while (frames) {
		options.repeat = frames > INT32_MAX ? INT32_MAX : (int)frames;
		error = bpf_prog_test_run_opts(run->program, &options);
		if (error)
			return -error;
		frames -= (uint64_t)options.repeat;
	}
	return 0;
}

/* Sends, and adds to the thread's times and frames. */
static void send_timed(struct thread *thread, uint64_t frames)
{
	const struct sender_lane *lane = &thread->run->lanes[thread->processor];
	double ran[2], waited[2], soft_ran[2], soft_waited[2], begun = now();
	uint64_t before = lane->sent;

	/* Within the time between the two clock readings, or the rest could come out negative. */
	read_times(thread->soft_times, &soft_ran[0], &soft_waited[0]);
	read_times(OWN_TIMES, &ran[0], &waited[0]);
	thread->error = send_some(thread->run, frames);
	read_times(OWN_TIMES, &ran[1], &waited[1]);
	read_times(thread->soft_times, &soft_ran[1], &soft_waited[1]);
	thread->elapsed = now() - begun;
	thread->frames = lane->sent - before;
	thread->busy = thread->elapsed - (waited[1] - waited[0]) + (soft_ran[1] - soft_ran[0]);
	if (thread->busy <= 0)
		thread->busy = thread->elapsed;
}

/*
 * How many frames fill the time. On the way there every connection is sent once, if time allows;
 * calls grow until what each of them begins with no longer counts.
 */
static uint64_t warm(struct thread *thread)
{
	const struct sender_run *run = thread->run;
	uint64_t trial = TRIAL, sent = 0;
	double spent = 0, frames;

	for (;;) {
		send_timed(thread, trial);
		if (thread->error)
			return 0;
		sent += trial;
		spent += thread->busy;
		if (spent > WARM_SECONDS || (thread->busy > TRIAL_SECONDS && sent >= run->flows))
			break;
		if (thread->busy < TRIAL_SECONDS)
			trial *= thread->busy < TRIAL_SECONDS / 4 ? 4 : 2;
	}
	frames = run->seconds * (double)thread->frames / thread->busy;
	return frames < LEAST ? LEAST : (uint64_t)frames;
}

/*
 * Sends for the time of the run. How much that is was found on a machine that may have been busy
 * with something else just then: what is too little is followed by more.
 */
static void send_for(struct thread *thread, uint64_t frames)
{
	const double seconds = thread->run->seconds;
	double busy = 0, elapsed = 0;
	uint64_t sent = 0;

	do {
		send_timed(thread, frames);
		sent += thread->frames;
		busy += thread->busy;
		elapsed += thread->elapsed;
		frames = (uint64_t)((seconds - busy) * (double)sent / busy);
		if (frames < LEAST || busy > seconds)
			frames = LEAST;
	} while (!thread->error && busy < seconds * 0.8);
	thread->frames = sent;
	thread->busy = busy;
	thread->elapsed = elapsed;
}

static int pin(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? errno : 0;
}

static void *thread_main(void *argument)
{
	struct thread *thread = argument;
	uint64_t frames = thread->run->frames / thread->run->cores;

	thread->error = pin(thread->processor);
	softirq_path(thread->processor, thread->soft_times, sizeof(thread->soft_times));
	if (!thread->error && !frames)
		frames = warm(thread);
	/* First for all to be warm, then for the ends to be counted. */
	pthread_barrier_wait(thread->begin);
	pthread_barrier_wait(thread->begin);
	if (!thread->error)
		send_for(thread, frames);
	return NULL;
}

static uint64_t count_received(const struct sender_run *run)
{
	int processors = libbpf_num_possible_cpus();
	uint64_t *counts = calloc((size_t)processors, sizeof(*counts)), sum = 0;
	uint32_t zero = 0;

	if (!counts || bpf_map_lookup_elem(run->received, &zero, counts))
		abort();
	for (int i = 0; i < processors; i++)
		sum += counts[i];
	free(counts);
	return sum;
}

/* What is still on its way arrives, or does not. */
static uint64_t settle(const struct sender_run *run)
{
	const struct timespec moment = { .tv_nsec = SETTLE_NANOSECOND };
	uint64_t count = count_received(run), before;

	for (int i = 0; i < SETTLE_ROUNDS; i++) {
		before = count;
		nanosleep(&moment, NULL);
		count = count_received(run);
		if (count == before)
			break;
	}
	return count;
}

/* Where a core's connections begin and how they follow each other. */
static void lay_lane(const struct sender_run *run, uint32_t core, int processor)
{
	struct sender_lane *lane = &run->lanes[processor];
	uint32_t count = run->flows / run->cores;

	lane->base = run->first + core * count;
	lane->count = count;
	lane->stride = count > STRIDE ? STRIDE : STRIDE % count;
	lane->next = 0;
}

static int add_up(const struct thread *threads, const struct sender_run *run,
		  struct sender_result *result)
{
	double share;

	for (uint32_t i = 0; i < run->cores; i++) {
		if (threads[i].error) {
			errno = threads[i].error;
			return -1;
		}
		result->sent += threads[i].frames;
		result->busy += threads[i].busy;
		result->rate += (double)threads[i].frames / threads[i].busy;
		if (threads[i].elapsed > result->elapsed)
			result->elapsed = threads[i].elapsed;
	}
	if (!result->sent) {
		errno = ENODATA;
		return -1;
	}
	share = (double)result->received / (double)result->sent;
	result->rate *= share;
	return 0;
}

int sender_run(const struct sender_run *run, struct sender_result *result)
{
	int online = (int)sysconf(_SC_NPROCESSORS_ONLN);
	int processors = online < SENDER_PROCESSORS ? online : SENDER_PROCESSORS;
	struct thread threads[SENDER_PROCESSORS] = {};
	pthread_barrier_t begin;
	uint64_t before;

	*result = (struct sender_result){};
	if ((int)run->cores > processors) {
		errno = ERANGE;
		return -1;
	}
	pthread_barrier_init(&begin, NULL, run->cores + 1);
	for (uint32_t i = 0; i < run->cores; i++) {
		threads[i].run = run;
		threads[i].begin = &begin;
		threads[i].processor = processors - 1 - (int)i;
		lay_lane(run, i, threads[i].processor);
		/* Without a thread the others would wait for ever. */
		if (pthread_create(&threads[i].handle, NULL, thread_main, &threads[i]))
			abort();
	}
	pthread_barrier_wait(&begin);
	before = settle(run);
	pthread_barrier_wait(&begin);
	for (uint32_t i = 0; i < run->cores; i++)
		pthread_join(threads[i].handle, NULL);
	pthread_barrier_destroy(&begin);
	result->received = settle(run) - before;
	return add_up(threads, run, result);
}
