/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connection table (bpf/table.h and what stands on it) against a naive twin: one state a pair
 * of endpoints, searched by number. After every step both must say the same of the frame, of the
 * ends that were told, and of who holds which row; now and then all of it is compared.
 *
 *	connections_twin [STEPS [SEED]]
 */
#include "tracking.h"

#include "../unit/ktap.h"

#define STEPS_DEFAULT 1000000ull
#define SEED_DEFAULT  20251126u
#define WORLD_STEPS   40000ull /* then another world */
#define COMPARE_STEPS 8192ull
#define PAIRS_MOST    (2 * ROWS_MOST + 16)
#define ROWS_MOST     1024u
#define ENDS_MOST     (ROWS_MOST + 1)

#define EXPECT(condition)                                                        \
	do {                                                                     \
		if (!(condition)) {                                              \
			printf("# %s:%d: %s\n", __func__, __LINE__, #condition); \
			return false;                                            \
		}                                                                \
	} while (0)

/* Of TCP, what one conversation goes through whose numbers never change. */
enum tcp_twin {
	TWIN_HALF_OPEN,
	TWIN_ANSWERED,
	TWIN_ESTABLISHED,
	TWIN_CLOSING,
	TWIN_RESET
};

/* What is known of a pair. */
struct twin {
	struct pair pair;
	struct connection_key key;
	bool open;
	bool replied;
	bool counted;
	enum tcp_twin tcp;
	uint32_t fins; /* bit a direction */
	uint32_t initiator; /* its side */
	uint32_t row;
	uint32_t created;
	uint32_t last_seen;
	uint64_t packets[2];
};

/* Sequence numbers of either direction: of the SYN, and after it. */
static const uint32_t tcp_start[2] = { 0xfffffff0, 5000 };

struct limit_twin {
	uint32_t concurrent;
	uint32_t second;
	uint32_t used;
};

struct end {
	struct sekisho_connection connection;
	uint32_t cause;
};

static struct world {
	struct sekisho_engine *engine;
	struct path_random random;
	struct twin twins[PAIRS_MOST];
	uint32_t pairs;
	uint32_t holder[ROWS_MOST]; /* number of the pair + 1 */
	struct limit_twin limits[LIMITS];
	uint32_t bound;
	uint32_t rate;
	struct end ends[ENDS_MOST]; /* of this step */
	uint32_t end_count;
	uint32_t told; /* flow ends of this step */
	struct {
		unsigned long long steps, opened, passed, invalid, full, limited, reused, ended;
	} seen;
} world;

static void hear(const void *event)
{
	world.told += ((const struct sekisho_event *)event)->type == SEKISHO_EVENT_FLOW_END;
}

static void see_end(const struct sekisho_connection *connection, uint32_t cause, __u64 wall_ns)
{
	(void)wall_ns;
	if (world.end_count < ENDS_MOST)
		world.ends[world.end_count++] = (struct end){ *connection, cause };
}

static uint32_t below(uint32_t bound)
{
	return path_below(&world.random, bound);
}

static uint32_t now(void)
{
	return world_time(world.engine);
}

static uint32_t twin_patience(const struct twin *twin)
{
	switch (twin->pair.protocol) {
	case IPPROTO_TCP:
		if (twin->tcp == TWIN_ESTABLISHED)
			return idle_times.tcp_established;
		if (twin->tcp == TWIN_CLOSING)
			return idle_times.tcp_closing;
		return twin->tcp == TWIN_RESET ? idle_times.tcp_reset : idle_times.tcp_half_open;
	case IPPROTO_UDP:
		return twin->replied ? idle_times.udp_replied : idle_times.udp_unreplied;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return idle_times.icmp;
	}
	return idle_times.other;
}

static bool twin_idle(const struct twin *twin)
{
	return now() - twin->last_seen >= twin_patience(twin);
}

static struct limit_twin *twin_limit(const struct twin *twin)
{
	return limit_counts(twin->pair.limit) ? &world.limits[twin->pair.limit] : NULL;
}

static void twin_uncount(struct twin *twin)
{
	if (twin->counted)
		twin_limit(twin)->concurrent--;
	twin->counted = false;
}

/* An end of this step must be this one's. */
static bool twin_ended(struct twin *twin, uint32_t place, uint32_t cause)
{
	const struct sekisho_connection *ended = &world.ends[place].connection;
	uint32_t side = twin->initiator;

	EXPECT(place < world.end_count && world.ends[place].cause == cause);
	EXPECT(world.told == world.end_count);
	EXPECT(ended->protocol == twin->pair.protocol);
	EXPECT(ended->created == twin->created + WALL_AHEAD);
	EXPECT(ended->last_seen == twin->last_seen);
	EXPECT(ended->counter == pair_counter(&twin->pair, side));
	EXPECT(!memcmp(ended->initiator, twin->pair.address[side], 16));
	EXPECT(!memcmp(ended->responder, twin->pair.address[side ^ 1], 16));
	EXPECT(ended->initiator_port == twin->pair.port[side]);
	EXPECT(ended->packets[0] == twin->packets[0] && ended->packets[1] == twin->packets[1]);
	twin_uncount(twin);
	twin->open = false;
	world.holder[twin->row] = 0;
	world.seen.ended++;
	return true;
}

/* Of the rows of a bucket: one that nobody holds, or an idle one. */
static bool bucket_has(uint32_t bucket, bool idle)
{
	for (uint32_t i = 0; i < SEKISHO_BUCKET_WAYS; i++) {
		uint32_t holder = world.holder[bucket * SEKISHO_BUCKET_WAYS + i];

		if (idle ? holder && twin_idle(&world.twins[holder - 1]) : !holder)
			return true;
	}
	return false;
}

static bool may_claim(const struct connection_key *key, bool idle)
{
	return bucket_has(key->bucket, idle) || bucket_has(key->second, idle);
}

/* A row was taken for a key: free while there are free ones, else one that is idle. */
static bool check_claim(const struct connection_key *key, uint32_t row, uint32_t ends)
{
	uint32_t bucket = row / SEKISHO_BUCKET_WAYS, holder = world.holder[row];

	EXPECT(bucket == key->bucket || bucket == key->second);
	if (!holder) {
		EXPECT(world.end_count == ends);
		return true;
	}
	EXPECT(!may_claim(key, false) && twin_idle(&world.twins[holder - 1]));
	EXPECT(world.end_count == ends + 1);
	world.seen.reused++;
	return twin_ended(&world.twins[holder - 1], ends, SEKISHO_END_IDLE);
}

/* Whether a limit denies a new connection; else it is used. */
static bool twin_limits(struct twin *twin)
{
	struct limit_twin *limit = twin_limit(twin);
	uint32_t second = now() + WALL_AHEAD;
	struct sekisho_bound bound;

	if (!limit)
		return false;
	bound = limit_bound(twin->pair.limit, world.bound, world.rate);
	if (limit->second != second)
		*limit = (struct limit_twin){ limit->concurrent, second, 0 };
	if ((bound.concurrent && limit->concurrent >= bound.concurrent) ||
	    (bound.new_per_second && limit->used >= bound.new_per_second))
		return true;
	limit->concurrent++;
	limit->used++;
	return false;
}

static bool check_open(struct twin *twin, const struct frame *frame, uint32_t reason, uint32_t ends)
{
	struct found found = { 0 };

	if (twin->pair.protocol == IPPROTO_TCP && frame->tcp_flags != TCP_SYN) {
		EXPECT(reason == SEKISHO_REASON_TCP_NO_STATE && world.end_count == ends);
		return true;
	}
	if (twin_limits(twin)) {
		EXPECT(reason == SEKISHO_REASON_LIMIT && world.end_count == ends);
		world.seen.limited++;
		return true;
	}
	if (reason == SEKISHO_REASON_STATE_FULL) {
		EXPECT(!may_claim(&twin->key, false) && !may_claim(&twin->key, true));
		EXPECT(world.end_count == ends);
		if (twin_limit(twin)) {
			twin_limit(twin)->concurrent--;
			twin_limit(twin)->used--;
		}
		world.seen.full++;
		return true;
	}
	EXPECT(reason == SEKISHO_REASON_PERMIT_NEW);
	EXPECT(frame_search(frame, &found) && found.direction == SEKISHO_INITIATOR);
	if (!check_claim(&twin->key, found.index, ends))
		return false;
	twin->open = true;
	twin->counted = twin_limit(twin);
	twin->replied = false;
	twin->tcp = TWIN_HALF_OPEN;
	twin->fins = 0;
	twin->initiator = frame->side;
	twin->row = found.index;
	twin->created = twin->last_seen = now();
	twin->packets[0] = 1;
	twin->packets[1] = 0;
	world.holder[twin->row] = (uint32_t)(twin - world.twins) + 1;
	world.seen.opened++;
	return true;
}

enum tcp_says {
	SAYS_PASS,
	SAYS_INVALID,
	SAYS_REOPEN
};

static enum tcp_says twin_syn(const struct twin *twin, bool back)
{
	if (twin->tcp == TWIN_RESET || twin->fins == 3)
		return SAYS_REOPEN;
	return back || twin->tcp > TWIN_ANSWERED ? SAYS_INVALID : SAYS_PASS;
}

/* All numbers are in place, so only flags and state decide. */
static enum tcp_says twin_tcp(struct twin *twin, const struct frame *frame)
{
	bool back = frame->side != twin->initiator;

	if (frame->tcp_flags == TCP_SYN)
		return twin_syn(twin, back);
	if (frame->tcp_flags & TCP_SYN) {
		if (!back || twin->tcp > TWIN_ANSWERED)
			return SAYS_INVALID;
		twin->tcp = TWIN_ANSWERED;
		return SAYS_PASS;
	}
	if (twin->tcp == TWIN_HALF_OPEN && !(frame->tcp_flags & TCP_RST))
		return SAYS_INVALID;
	if (frame->tcp_flags & TCP_RST) {
		twin->tcp = TWIN_RESET;
	} else if (frame->tcp_flags & TCP_FIN) {
		twin->fins |= 1u << back;
		if (twin->tcp != TWIN_RESET)
			twin->tcp = TWIN_CLOSING;
	} else if (twin->tcp == TWIN_ANSWERED && !back) {
		twin->tcp = TWIN_ESTABLISHED;
	}
	return SAYS_PASS;
}

static bool check_frame(struct twin *twin, const struct frame *frame, uint32_t reason)
{
	bool back = frame->side != twin->initiator;
	enum tcp_says says = SAYS_PASS;

	if (!twin->open)
		return check_open(twin, frame, reason, 0);
	if (twin_idle(twin)) {
		if (!twin_ended(twin, 0, SEKISHO_END_IDLE))
			return false;
		return check_open(twin, frame, reason, 1);
	}
	if (twin->pair.protocol == IPPROTO_TCP)
		says = twin_tcp(twin, frame);
	if (says == SAYS_REOPEN) {
		if (!twin_ended(twin, 0, SEKISHO_END_REOPENED))
			return false;
		return check_open(twin, frame, reason, 1);
	}
	EXPECT(world.end_count == 0);
	if (says == SAYS_INVALID) {
		EXPECT(reason == SEKISHO_REASON_TCP_INVALID);
		world.seen.invalid++;
		return true;
	}
	EXPECT(reason == SEKISHO_REASON_PERMIT_ESTABLISHED);
	if (twin->tcp == TWIN_RESET || twin->fins == 3)
		twin_uncount(twin);
	twin->replied |= back;
	twin->packets[back]++;
	twin->last_seen = now();
	world.seen.passed++;
	return true;
}

static struct twin *random_twin(void)
{
	/* A few pairs talk much, so that connections live on. */
	return &world.twins[below(below(2) ? world.pairs : world.pairs / 16 + 1)];
}

/* A segment that is in place whatever was before, but for what its flags say. */
static void random_segment(const struct twin *twin, struct frame *frame)
{
	static const uint8_t flags[] = { TCP_SYN,	    TCP_SYN,	       TCP_SYN | TCP_ACK,
					 TCP_ACK,	    TCP_ACK,	       TCP_ACK,
					 TCP_FIN | TCP_ACK, TCP_RST | TCP_ACK, TCP_RST };
	bool open = twin->open && !twin_idle(twin);
	uint32_t back = open && frame->side != twin->initiator;

	frame->tcp_flags = open || !below(16) ? flags[below(sizeof(flags))] : TCP_SYN;
	if (open && twin->tcp == TWIN_RESET)
		frame->tcp_flags = TCP_SYN;
	/* Before the answer there are no numbers of the responder's to be in place. */
	if (open && twin->tcp == TWIN_HALF_OPEN && frame->tcp_flags & TCP_RST)
		frame->tcp_flags = back ? TCP_RST | TCP_ACK : TCP_RST;
	frame->tcp_seq = tcp_start[back] + !(frame->tcp_flags & TCP_SYN);
	frame->tcp_ack = tcp_start[back ^ 1] + 1;
	/* Who opens has the numbers of an initiator. */
	if (frame->tcp_flags == TCP_SYN)
		frame->tcp_seq = tcp_start[0];
}

static bool step_frame(void)
{
	struct twin *twin = random_twin();
	struct frame frame = { .pair = &twin->pair, .side = below(2) };

	if (twin->pair.protocol == IPPROTO_TCP)
		random_segment(twin, &frame);
	return check_frame(twin, &frame, frame_judge(&frame));
}

/* It is found where the twin says, idle or not, from either side. */
static bool check_search(struct twin *twin)
{
	struct frame frame = { .pair = &twin->pair, .side = below(2) };
	struct found found = { 0 };

	EXPECT(frame_search(&frame, &found) == twin->open);
	EXPECT(!twin->open || found.index == twin->row);
	EXPECT(!twin->open || found.direction == (frame.side ^ twin->initiator));
	return true;
}

/* A connection that is ended is told of, once; what is free cannot be. */
static bool step_end(void)
{
	uint32_t row = below(world_connections(world.engine)), holder = world.holder[row];
	uint64_t wall_ns = world_wall_ns(world.engine);

	EXPECT(connection_end(row, SEKISHO_END_REVOKED, wall_ns, SEKISHO_TAG_FREE) == !!holder);
	EXPECT(world.end_count == !!holder);
	return !holder || twin_ended(&world.twins[holder - 1], 0, SEKISHO_END_REVOKED);
}

/* A claimed row belongs to nobody else, is found by nobody, and can be given back. */
static bool step_claim(void)
{
	struct twin *twin = random_twin();
	uint64_t wall_ns = world_wall_ns(world.engine);
	uint32_t row = UINT32_MAX;

	if (!connection_claim(&twin->key, HALF, now(), wall_ns, &row)) {
		EXPECT(!may_claim(&twin->key, false) && !may_claim(&twin->key, true));
		return true;
	}
	EXPECT(row < world_connections(world.engine));
	EXPECT(world_tag(world.engine, row) == SEKISHO_TAG_CLAIMED);
	if (!check_claim(&twin->key, row, 0) || !check_search(twin))
		return false;
	EXPECT(!connection_end(row, SEKISHO_END_REVOKED, wall_ns, SEKISHO_TAG_FREE));
	connection_publish(row, SEKISHO_TAG_FREE);
	EXPECT(world_tag(world.engine, row) == SEKISHO_TAG_FREE);
	return true;
}

/* The sweep forgets the idle ones of the buckets that it visits, and no other. */
static bool step_sweep(void)
{
	uint32_t buckets = world_buckets(world.engine);
	uint32_t first = below(buckets), count = 1 + below(buckets), place = 0;
	uint32_t ended = (uint32_t)sweep_part(first, count);

	EXPECT(world.end_count == ended);
	for (uint32_t i = 0; i < count * SEKISHO_BUCKET_WAYS; i++) {
		uint32_t row = (first * SEKISHO_BUCKET_WAYS + i) % world_connections(world.engine);
		uint32_t holder = world.holder[row];

		if (holder && twin_idle(&world.twins[holder - 1]) &&
		    !twin_ended(&world.twins[holder - 1], place++, SEKISHO_END_IDLE))
			return false;
	}
	EXPECT(place == ended);
	return true;
}

static bool compare_all(void)
{
	for (uint32_t row = 0; row < world_connections(world.engine); row++) {
		uint32_t holder = world.holder[row];
		uint32_t tag = world_tag(world.engine, row);

		EXPECT(tag == (holder ? world.twins[holder - 1].key.tag : SEKISHO_TAG_FREE));
	}
	for (uint32_t i = 0; i < world.pairs; i++)
		if (!check_search(&world.twins[i]))
			return false;
	for (uint32_t i = 0; i < LIMITS; i++) {
		const struct sekisho_limit_row *limit =
			world_row(world.engine, SEKISHO_MAP_LIMITS, i);

		EXPECT(limit->concurrent == world.limits[i].concurrent);
	}
	return true;
}

static bool step(unsigned long long number)
{
	uint32_t choice = below(1000);

	world.end_count = world.told = 0;
	world.seen.steps++;
	if (number % COMPARE_STEPS == 0 && !compare_all())
		return false;
	if (choice < 800)
		return step_frame();
	if (choice < 900)
		return check_search(random_twin());
	if (choice < 930)
		return step_end();
	if (choice < 980)
		return step_claim();
	if (choice < 984)
		return step_sweep();
	world_advance(world.engine, below(4) / 2);
	return true;
}

/* A table from one bucket on, with more pairs than rows. */
static void world_begin(void)
{
	static const uint32_t sizes[] = { 1, 2, 4, 16, 64 };
	uint32_t buckets = sizes[below(5)];

	world.bound = 1 + below(buckets * 4);
	world.rate = 1 + below(20);
	setting_hash_seed = (uint64_t)below(UINT32_MAX) << 32 | below(UINT32_MAX);
	world.pairs = buckets * SEKISHO_BUCKET_WAYS * (1 + below(2)) + 1 + below(16);
	world.engine = world_new(buckets, world.bound, world.rate);
	memset(world.twins, 0, sizeof(world.twins));
	memset(world.holder, 0, sizeof(world.holder));
	memset(world.limits, 0, sizeof(world.limits));
	for (uint32_t i = 0; i < world.pairs; i++) {
		world.twins[i].pair = pair_new(&world.random, i);
		pair_key(&world.twins[i].pair, &world.twins[i].key);
	}
}

/* When all are idle and swept, nothing of them is left. */
static bool world_end(void)
{
	bool fine;

	world.end_count = 0;
	world_advance(world.engine, 100);
	sweep_part(0, world_buckets(world.engine));
	for (uint32_t i = 0; i < world.pairs; i++)
		if (world.twins[i].open)
			twin_uncount(&world.twins[i]), world.twins[i].open = false;
	memset(world.holder, 0, sizeof(world.holder));
	fine = compare_all();
	path_engine_free(world.engine);
	return fine;
}

int main(int argc, char **argv)
{
	unsigned long long steps = argc > 1 ? strtoull(argv[1], NULL, 10) : STEPS_DEFAULT;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : SEED_DEFAULT;
	bool fine = true;

	plan(2);
	path_event = hear;
	path_ended = see_end;
	world.random.state = seed ? seed : 1;
	for (unsigned long long i = 0; fine && i < steps; i++) {
		if (i % WORLD_STEPS == 0) {
			if (i)
				fine = world_end();
			world_begin();
		}
		fine = fine && step(i);
		if (!fine)
			printf("# seed %llu, step %llu\n", (unsigned long long)seed, i);
	}
	fine = fine && world_end();
	printf("# seed %llu: %llu steps: %llu opened, %llu passed, %llu invalid, %llu without"
	       " room, %llu over a limit, %llu ended, %llu of them for their row\n",
	       (unsigned long long)seed, world.seen.steps, world.seen.opened, world.seen.passed,
	       world.seen.invalid, world.seen.full, world.seen.limited, world.seen.ended,
	       world.seen.reused);
	ok(fine, "the connection table answers as its twin");
	ok(world.seen.opened > steps / 100 && world.seen.full && world.seen.limited &&
		   world.seen.reused,
	   "tables were filled, limits reached and idle rows reused");
	return finish();
}
