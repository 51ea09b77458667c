// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks the module's netlink family from many sides at once, in the namespaces that fuzz.sh made:
 *
 *	fuzz_netlink [-s SEED] [-t SECONDS] [-n MESSAGES] [-w WORKER]
 *
 * -n bounds what each worker sends; -w runs one worker beside the witness, with exactly what it
 * sends otherwise. What each is, is said in fuzz_roles.h. KTAP; the kernel's own detectors are
 * fuzz.sh's matter.
 */
#include "fuzz_roles.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/netlink.h"

#include "fuzz_grammar.h"

/* How long a worker may take to end, on a slow machine under a slow kernel. */
#define GRACE_MS 120000

#define MESSAGES_MANY 20000

struct role {
	const char *name;
	void (*live)(const struct scene *scene, uint64_t number);
};

/* Numbers of workers are places in this list; the witness is the first. */
static const struct role roles[] = {
	{ "witness", watch_the_seal },
	{ "attacker", attack },
	{ "attacker", attack },
	{ "mayfly", attack_and_die },
	{ "comer and goer", come_and_go },
	{ "comer and goer", come_and_go },
	{ "rightless", ask_without_right },
	{ "listener", listen_seldom },
	{ "sender", send_packets },
	{ "answerer", answer_packets },
};

#define WORKERS (sizeof(roles) / sizeof(*roles))

static const char *const namespace_names[FUZZ_NAMESPACES] = {
	[FUZZ_ROUTER] = "fuzz-router", [FUZZ_PLAIN] = "fuzz-plain", [FUZZ_WITNESS] = "fuzz-witness",
	[FUZZ_LEFT] = "fuzz-left",     [FUZZ_RIGHT] = "fuzz-right",
};

static pid_t workers[WORKERS];
static unsigned int tests;
static unsigned int failures;

static void result(bool good, const char *name)
{
	printf("%sok %u %s\n", good ? "" : "not ", ++tests, name);
	failures += !good;
}

static bool open_scene(struct scene *scene)
{
	scene->own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < FUZZ_NAMESPACES; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/run/netns/%s", namespace_names[i]);
		scene->namespaces[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (scene->namespaces[i] < 0) {
			perror(path);
			return false;
		}
		if (i >= FUZZ_ATTACKED || setns(scene->namespaces[i], CLONE_NEWNET))
			continue;
		scene->places[i].left = if_nametoindex("fuzz-l");
		scene->places[i].right = if_nametoindex("fuzz-r");
	}
	if (scene->own < 0 || setns(scene->own, CLONE_NEWNET)) {
		perror("the own namespace");
		return false;
	}
	scene->family = socket_family();
	scene->group = socket_group();
	if (!scene->family || !scene->group)
		fprintf(stderr, "no family " SEKISHO_GENL_NAME "\n");
	return scene->family && scene->group;
}

static void start(const struct scene *scene, size_t number)
{
	fflush(stdout);
	workers[number] = fork();
	if (!workers[number]) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		roles[number].live(scene, number);
		_exit(0);
	}
	if (workers[number] < 0)
		fault("no process: %s", strerror(errno));
}

/* Whether it has ended, and well. */
static bool ended(size_t number, bool *well)
{
	int status = 0;
	pid_t pid = waitpid(workers[number], &status, WNOHANG);

	if (!pid)
		return false;
	*well = pid > 0 && WIFEXITED(status) && !WEXITSTATUS(status);
	workers[number] = 0;
	return true;
}

/* Waits for workers @first to @last. Returns whether all of them ended, and by themselves. */
static bool wait_for(size_t first, size_t last, uint64_t end)
{
	bool all = true, well;

	for (size_t i = first; i <= last; i++) {
		if (workers[i] <= 0)
			continue;
		while (!ended(i, &well)) {
			if (now_ms() > end) {
				printf("# worker %zu (%s) does not end\n", i, roles[i].name);
				kill(workers[i], SIGKILL);
				workers[i] = 0;
				all = well = false;
				break;
			}
			pause_ms(20);
		}
		if (!well) {
			printf("# worker %zu (%s) ended badly\n", i, roles[i].name);
			all = false;
		}
	}
	return all;
}

static void print_seen(void)
{
	printf("# %lu messages, %lu looks, %lu callers turned away, %lu namespaces, %lu packets\n",
	       seen->messages, seen->looks, seen->turned_away, seen->lives, seen->packets);
	printf("# %lu messages told\n", seen->told);
	for (int i = 0; i < FUZZ_ERRNOS; i++) {
		if (seen->refused[i])
			printf("# answered %s: %lu\n", i ? strerrorname_np(i) : "done",
			       seen->refused[i]);
	}
	for (int i = 0; i < SEKISHO_CMD_COUNT; i++) {
		if (seen->done[i])
			printf("# taken, command %d: %lu\n", i, seen->done[i]);
	}
}

/* An attack that never gets in tells nothing of what is behind the door. */
static bool commands_were_taken(void)
{
	static const uint8_t commands[] = {
		SEKISHO_CMD_GET_STATUS, SEKISHO_CMD_BEGIN,   SEKISHO_CMD_ADD,
		SEKISHO_CMD_PREPARE,	SEKISHO_CMD_COMMIT,  SEKISHO_CMD_ISOLATE,
		SEKISHO_CMD_SEAL,	SEKISHO_CMD_UNSEAL,  SEKISHO_CMD_REPORT,
		SEKISHO_CMD_ABORT,	SEKISHO_CMD_CONFIRM, SEKISHO_CMD_REVERT,
		SEKISHO_CMD_CLEAR,	SEKISHO_CMD_RELEASE, SEKISHO_CMD_SUSPEND,
	};
	/* The latter are seldom possible; a short attack by a slow machine may do without. */
	size_t wanted = seen->messages < MESSAGES_MANY ? 9 : sizeof(commands);
	bool all = true;

	for (size_t i = 0; i < wanted; i++) {
		if (!seen->done[commands[i]]) {
			printf("# command %u was never taken\n", commands[i]);
			all = false;
		}
	}
	return all;
}

static void report(bool all_ended, bool everybody)
{
	unsigned int faults = seen->faults;

	print_seen();
	for (unsigned int i = 0; i < faults && i < FUZZ_FAULTS; i++)
		printf("# %s\n", seen->fault[i]);
	printf("1..%d\n", everybody ? 5 : 3);
	result(!faults, "no answer is wrong, nobody without the right is obeyed");
	result(seen->looks > 1, "the sealed policy was watched");
	result(all_ended, "every worker came to its end");
	if (!everybody)
		return;
	result(seen->turned_away > 0, "callers without the right were turned away");
	result(commands_were_taken(), "every command was taken from those with the right");
}

static bool run(struct scene *scene, unsigned long seconds, long only)
{
	uint64_t grace = now_ms() + GRACE_MS;
	bool all_ended;

	start(scene, 0);
	while (!seen->ready && now_ms() < grace)
		pause_ms(10);
	scene->end = now_ms() + seconds * 1000;
	for (size_t i = 1; i < WORKERS; i++) {
		if (only < 0 || only == (long)i)
			start(scene, i);
	}
	all_ended = wait_for(1, WORKERS - 1, scene->end + GRACE_MS);
	/* The witness looks until all the others are gone. */
	atomic_store(&seen->stop, true);
	return wait_for(0, 0, now_ms() + GRACE_MS) && all_ended;
}

int main(int argc, char **argv)
{
	struct scene scene = { .seed = (uint64_t)time(NULL) };
	unsigned long seconds = 20;
	long only = -1;
	int option;

	while ((option = getopt(argc, argv, "s:t:n:w:")) != -1) {
		switch (option) {
		case 's':
			scene.seed = strtoull(optarg, NULL, 0);
			break;
		case 't':
			seconds = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			scene.messages = strtoul(optarg, NULL, 0);
			break;
		case 'w':
			only = strtol(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED || !open_scene(&scene))
		return 1;
	grammar_prepare();
	printf("TAP version 13\n# seed %llu\n", (unsigned long long)scene.seed);
	report(run(&scene, seconds, only), only < 0);
	return failures ? 1 : 0;
}
