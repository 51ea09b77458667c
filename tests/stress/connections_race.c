/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connection table under threads that meet in the same few buckets, each a processor of its
 * own. Between any two look-ups another may come, and a timer holds threads up wherever they are.
 * Every row is accounted for: none has two owners, none is lost, none shows another's key, no
 * limit keeps what is gone.
 *
 *	connections_race [STEPS [SEED]]
 *
 * Not for ThreadSanitizer: the packet path reads tags and rows without a lock on purpose and
 * checks the key, as the head of bpf/table.h says, and every such read would be told. What those
 * reads must never lead to is what is asked here instead.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "tracking.h"

#include "../unit/ktap.h"

#define STEPS_DEFAULT 400000ull
#define SEED_DEFAULT  20251126u
#define ROUND_STEPS   2000u /* of a thread; then all wait, and all is counted */
#define WORLD_ROUNDS  8u
#define PAIRS_MOST    256u
#define ROWS_MOST     256u
#define PATIENCE      1000000u /* looks for what must come */
#define HOLD_UP_US    1000 /* from one thread that is held up to the next */
#define HELD_UP_NS    20000

/* What a thread has done. */
struct thread {
	pthread_t id;
	unsigned int processor;
	uint32_t time; /* at its last step */
	struct path_random random;
	unsigned long long opened, passed, full, limited, checked;
};

static struct {
	struct sekisho_engine *engine;
	struct pair pairs[PAIRS_MOST];
	struct connection_key keys[PAIRS_MOST];
	uint32_t pair_count;
	uint32_t ends[PAIRS_MOST]; /* of each pair's connections */
	unsigned long long ended;
	unsigned long long told; /* those that were told of */
	uint32_t owner[ROWS_MOST]; /* thread + 1 that has claimed the row */
	struct thread threads[PATH_PROCESSORS];
	unsigned int thread_count;
} world;

/* What must never be. Each is a result of its own. */
enum wrong {
	WRONG_REASON,
	WRONG_OWNERS,
	WRONG_LOST,
	WRONG_ROW,
	WRONG_EVICTED,
	WRONG_CLAIMED,
	WRONG_BALANCE,
	WRONG_LIMITS,
	WRONGS,
};

static const char *const right[WRONGS] = {
	[WRONG_REASON] = "a frame is counted once, for the reason that decides",
	[WRONG_OWNERS] = "a claimed row has one owner, and nobody else writes it",
	[WRONG_LOST] = "a connection is found until it ends",
	[WRONG_ROW] = "what is found is the pair's own, and whole",
	[WRONG_EVICTED] = "no living connection is taken for an idle one",
	[WRONG_CLAIMED] = "no row stays claimed",
	[WRONG_BALANCE] = "connections opened less those ended are those tracked",
	[WRONG_LIMITS] = "limits count what is tracked, and nothing once all is idle",
};

static unsigned long long wrongs[WRONGS];
static __thread struct thread *self;

static void note(enum wrong what)
{
	__atomic_add_fetch(&wrongs[what], 1, __ATOMIC_SEQ_CST);
}

static uint32_t below(uint32_t bound)
{
	return path_below(&self->random, bound);
}

/* Now and then: where there are more threads than processors, another one goes on. */
static void pause_at_times(void)
{
	if (self && !below(256))
		sched_yield();
}

/* Whoever is hit stands still between any two instructions. */
static void hold_up(int signal)
{
	struct timespec pause = { .tv_nsec = HELD_UP_NS };

	(void)signal;
	nanosleep(&pause, NULL);
}

static void hold_up_mask(int how)
{
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(how, &alarm, NULL);
}

/* The threads unblock it for themselves: it is for none else. */
static void start_holding_up(void)
{
	struct itimerval timer = { { 0, HOLD_UP_US }, { 0, HOLD_UP_US } };
	struct sigaction action = { .sa_handler = hold_up, .sa_flags = SA_RESTART };

	hold_up_mask(SIG_BLOCK);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static uint32_t ends_of(uint32_t pair)
{
	return __atomic_load_n(&world.ends[pair], __ATOMIC_SEQ_CST);
}

/*
 * Whose connection a row holds: the address of side 1 is the pair's own. PAIRS_MOST: nobody's.
 */
static uint32_t row_pair(const struct sekisho_connection *connection)
{
	const __be32 *own = connection->responder;
	uint32_t pair;

	if (connection->segments[SEKISHO_INITIATOR] == side_segment(1))
		own = connection->initiator;
	pair = bpf_ntohl(own[3]) & 0xffff;
	if (pair < world.pair_count && !memcmp(own, world.pairs[pair].address[1], 16) &&
	    connection->protocol == world.pairs[pair].protocol)
		return pair;
	return PAIRS_MOST;
}

/* What the row says, beside its key. */
static bool row_is_whole(const struct sekisho_connection *connection, uint32_t pair)
{
	const volatile struct sekisho_connection *row = connection;
	uint32_t side = row->segments[SEKISHO_INITIATOR] == side_segment(1);

	return row->segments[SEKISHO_INITIATOR] == side_segment(side) &&
	       row->segments[SEKISHO_RESPONDER] == side_segment(side ^ 1) &&
	       row->counter == pair_counter(&world.pairs[pair], side) && row->epoch == 1 &&
	       row->created && row->last_seen >= START_TIME && row->packets[0];
}

/* Called by whoever ended it, while the row is claimed. */
static void see_end(const struct sekisho_connection *connection, __u32 cause, __u64 wall_ns)
{
	uint32_t age = (uint32_t)(wall_ns / NANOSECONDS) - connection->created;
	uint32_t pair = row_pair(connection);

	__atomic_add_fetch(&world.ended, 1, __ATOMIC_SEQ_CST);
	if (pair >= world.pair_count) {
		note(WRONG_ROW);
		return;
	}
	if (cause == SEKISHO_END_IDLE && (int32_t)age < SHORTEST_IDLE / 2)
		note(WRONG_EVICTED);
	__atomic_add_fetch(&world.ends[pair], 1, __ATOMIC_SEQ_CST);
}

static void hear(const void *event)
{
	if (((const struct sekisho_event *)event)->type == SEKISHO_EVENT_FLOW_END)
		__atomic_add_fetch(&world.told, 1, __ATOMIC_SEQ_CST);
}

/* Finds a pair's connection and looks at it. @must: it was there when @ends were so many. */
static void look(uint32_t pair, bool must, uint32_t ends)
{
	struct frame frame = { .pair = &world.pairs[pair], .side = below(2) };
	struct found found = { 0 };
	bool whole;

	for (uint32_t i = 0; !frame_search(&frame, &found); i++) {
		/* Whoever ends it claims the row first and counts then. */
		if (!must || ends_of(pair) != ends)
			return;
		if (i == PATIENCE) {
			note(WRONG_LOST);
			return;
		}
		sched_yield();
	}
	whole = row_is_whole(found.connection, pair);
	self->checked++;
	if (ends_of(pair) == ends && !whole)
		note(WRONG_ROW);
}

static uint32_t random_pair(void)
{
	return below(below(4) ? world.pair_count : 4);
}

static void step_frame(void)
{
	static const uint8_t flags[] = { TCP_SYN, TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK,
					 TCP_ACK, TCP_RST, TCP_FIN | TCP_ACK };
	uint32_t pair = random_pair(), ends = ends_of(pair), reason;
	struct frame frame = { .pair = &world.pairs[pair], .side = below(2) };

	/* The same numbers for ever, so that any thread's segment is in place. */
	frame.tcp_flags = flags[below(sizeof(flags))];
	frame.tcp_seq = 1000 + !(frame.tcp_flags & TCP_SYN);
	frame.tcp_ack = 1001;
	if (frame.tcp_flags == TCP_RST && below(2))
		frame.tcp_flags |= TCP_ACK;
	reason = frame_judge(&frame);
	self->opened += reason == SEKISHO_REASON_PERMIT_NEW;
	self->passed += reason == SEKISHO_REASON_PERMIT_ESTABLISHED;
	self->full += reason == SEKISHO_REASON_STATE_FULL;
	self->limited += reason == SEKISHO_REASON_LIMIT;
	if (!reason)
		note(WRONG_REASON);
	/* An idle one may have had to end before: then the first look sees nothing it can hold to. */
	if (reason == SEKISHO_REASON_PERMIT_NEW)
		look(pair, true, ends);
}

/* A row of one's own for a while: written full of one's number, which must stay. */
static void step_claim(void)
{
	uint32_t pair = random_pair(), row, none = 0, me = self->processor + 1;
	uint64_t wall_ns = world_wall_ns(world.engine);
	volatile struct sekisho_connection *connection;

	if (!connection_claim(&world.keys[pair], HALF, world_time(world.engine), wall_ns, &row))
		return;
	if (!__atomic_compare_exchange_n(&world.owner[row], &none, me, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		note(WRONG_OWNERS);
	connection = world_row(world.engine, SEKISHO_MAP_CONNECTIONS, row);
	/* Neither of which a frame of an older connection in this row would write. */
	connection->created = me;
	connection->counter = me;
	for (uint32_t i = below(3); i; i--)
		sched_yield();
	if (connection->created != me || connection->counter != me ||
	    world_tag(world.engine, row) != SEKISHO_TAG_CLAIMED)
		note(WRONG_OWNERS);
	__atomic_store_n(&world.owner[row], 0, __ATOMIC_SEQ_CST);
	connection_publish(row, SEKISHO_TAG_FREE);
}

/*
 * A frame takes less than a second: the clock goes on only when no thread works by an older time.
 */
static void step_time(void)
{
	for (unsigned int i = 0; i < world.thread_count; i++)
		if (__atomic_load_n(&world.threads[i].time, __ATOMIC_SEQ_CST) <
		    world_time(world.engine))
			return;
	world_advance(world.engine, 1);
}

static void step(void)
{
	uint32_t choice = below(1000), pair;
	uint64_t wall_ns = world_wall_ns(world.engine);

	if (choice < 700) {
		step_frame();
	} else if (choice < 740) {
		pair = random_pair();
		look(pair, false, ends_of(pair));
	} else if (choice < 800) {
		step_claim();
	} else if (choice < 920) {
		connection_end(below(world_connections(world.engine)), SEKISHO_END_REVOKED, wall_ns,
			       SEKISHO_TAG_FREE);
	} else if (choice < 940) {
		sweep_part(below(world_buckets(world.engine)), 1);
	} else if (!self->processor) {
		step_time();
	}
	__atomic_store_n(&self->time, world_time(world.engine), __ATOMIC_SEQ_CST);
}

static void *run(void *thread)
{
	self = thread;
	path_processor = self->processor;
	hold_up_mask(SIG_UNBLOCK);
	for (uint32_t i = 0; i < ROUND_STEPS; i++)
		step();
	hold_up_mask(SIG_BLOCK);
	/* It holds the clock up no longer. */
	__atomic_store_n(&self->time, UINT32_MAX, __ATOMIC_SEQ_CST);
	self = NULL;
	return NULL;
}

/* Whether a connection still counts in its flow's limit. */
static bool row_counts(const struct sekisho_connection *connection, uint32_t pair)
{
	return limit_counts(world.pairs[pair].limit) &&
	       (connection->protocol != IPPROTO_TCP || !tcp_over(connection));
}

/* All stand still: who is tracked, and does everything add up? */
static void count_all(unsigned long long opened)
{
	uint32_t counted[LIMITS] = { 0 };
	unsigned long long tracked = 0;

	for (uint32_t row = 0; row < world_connections(world.engine); row++) {
		const struct sekisho_connection *connection =
			world_row(world.engine, SEKISHO_MAP_CONNECTIONS, row);
		uint32_t tag = world_tag(world.engine, row), pair = row_pair(connection);
		uint32_t bucket = row / SEKISHO_BUCKET_WAYS;

		if (tag == SEKISHO_TAG_CLAIMED)
			note(WRONG_CLAIMED);
		if (tag < SEKISHO_TAG_LOWEST)
			continue;
		tracked++;
		if (pair >= world.pair_count || tag != world.keys[pair].tag ||
		    (bucket != world.keys[pair].bucket && bucket != world.keys[pair].second) ||
		    !row_is_whole(connection, pair)) {
			note(WRONG_ROW);
			continue;
		}
		counted[world.pairs[pair].limit] += row_counts(connection, pair);
	}
	if (opened - world.ended != tracked)
		note(WRONG_BALANCE);
	for (uint32_t i = 0; i < LIMITS; i++) {
		const struct sekisho_limit_row *limit =
			world_row(world.engine, SEKISHO_MAP_LIMITS, i);

		if (limit->concurrent != counted[i])
			note(WRONG_LIMITS);
	}
}

static unsigned long long opened_by_all(void)
{
	unsigned long long opened = 0;

	for (unsigned int i = 0; i < PATH_PROCESSORS; i++)
		opened += world.threads[i].opened;
	return opened;
}

/* Two pairs of the same tag in the same bucket would hide each other: not what is tested here. */
static bool keys_differ(void)
{
	for (uint32_t i = 0; i < world.pair_count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (world.keys[i].tag == world.keys[j].tag)
				return false;
	return true;
}

static void world_begin(struct path_random *random)
{
	uint32_t buckets = 1u << path_below(random, 4);

	world.thread_count = 2 + path_below(random, PATH_PROCESSORS - 1);
	world.pair_count = 8 + path_below(random, buckets * 24);
	if (world.pair_count > PAIRS_MOST)
		world.pair_count = PAIRS_MOST;
	world.engine = world_new(buckets, 1 + path_below(random, 8), 1 + path_below(random, 50));
	memset(world.ends, 0, sizeof(world.ends));
	world.ended = world.told = 0;
	for (uint32_t i = 0; i < world.pair_count; i++)
		world.pairs[i] = pair_new(random, i);
	do {
		setting_hash_seed = (uint64_t)path_below(random, UINT32_MAX) << 32;
		for (uint32_t i = 0; i < world.pair_count; i++)
			pair_key(&world.pairs[i], &world.keys[i]);
	} while (!keys_differ());
}

static void play_round(void)
{
	for (unsigned int i = 0; i < world.thread_count; i++) {
		struct thread *thread = &world.threads[i];

		thread->processor = i;
		thread->time = world_time(world.engine);
		if (pthread_create(&thread->id, NULL, run, thread)) {
			fprintf(stderr, "no thread\n");
			exit(1);
		}
	}
	for (unsigned int i = 0; i < world.thread_count; i++)
		pthread_join(world.threads[i].id, NULL);
}

/* Returns the steps taken. */
static unsigned long long play_world(struct path_random *random)
{
	unsigned long long before = opened_by_all();

	world_begin(random);
	for (unsigned int i = 0; i < WORLD_ROUNDS; i++) {
		play_round();
		count_all(opened_by_all() - before);
	}
	world_advance(world.engine, 100);
	sweep_part(0, world_buckets(world.engine));
	count_all(opened_by_all() - before);
	path_engine_free(world.engine);
	return (unsigned long long)WORLD_ROUNDS * ROUND_STEPS * world.thread_count;
}

int main(int argc, char **argv)
{
	unsigned long long steps = argc > 1 ? strtoull(argv[1], NULL, 10) : STEPS_DEFAULT;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : SEED_DEFAULT;
	struct path_random random = { seed ? seed : 1 };
	struct thread sum = { 0 };
	unsigned long long done = 0;

	plan(WRONGS + 1);
	frame_place();
	path_event = hear;
	path_ended = see_end;
	path_pause = pause_at_times;
	start_holding_up();
	for (unsigned int i = 0; i < PATH_PROCESSORS; i++)
		world.threads[i].random.state = random.state + (i + 1) * 0x9e3779b97f4a7c15ull;
	while (done < steps)
		done += play_world(&random);
	for (unsigned int i = 0; i < PATH_PROCESSORS; i++) {
		sum.opened += world.threads[i].opened;
		sum.passed += world.threads[i].passed;
		sum.full += world.threads[i].full;
		sum.limited += world.threads[i].limited;
		sum.checked += world.threads[i].checked;
	}
	printf("# seed %llu: %llu steps: %llu opened, %llu passed, %llu without room, %llu over a"
	       " limit, %llu looked at\n",
	       (unsigned long long)seed, done, sum.opened, sum.passed, sum.full, sum.limited,
	       sum.checked);
	for (int i = 0; i < WRONGS; i++) {
		if (wrongs[i])
			printf("# %llu times not\n", wrongs[i]);
		ok(!wrongs[i], "%s", right[i]);
	}
	ok(sum.opened > done / 100 && sum.full && sum.limited,
	   "tables were filled and limits reached");
	return finish();
}
