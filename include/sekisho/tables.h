/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy as the packet path reads it: one struct a map of tables. ctl/kernel/ fills them,
 * bpf/ reads them. Knows nothing of policy words, packets or state.
 *
 * Every table lies in one array map with room for two halves; the policy row of a half says where
 * in each map its part begins. A frame reads control.state once and then sees one half only, so
 * a commit writes the other half at leisure and becomes true by one 64-bit store.
 * Numbers are in host byte order unless the type says otherwise. 'Object' is a number for one
 * address set of the policy; 0 is 'any host of the segment'.
 */
#ifndef SEKISHO_TABLES_H
#define SEKISHO_TABLES_H

#include "connection.h"
#include "layout.h"
#include "limits.h"

#define SEKISHO_HALVES 2

/* control.state: epoch in the low half; above it the half in force + 1, 0 while there is none. */
#define SEKISHO_STATE_HALF_SHIFT 32

/* A bit a segment, self included; a power of two, so that a mask bounds every number. */
#define SEKISHO_ISOLATION_WORDS 8

_Static_assert(SEKISHO_SEGMENTS_MAX < SEKISHO_ISOLATION_WORDS * 64, "a bit for every segment");

/* Map `control`, one row: what every frame reads first, and what changes without a commit. */
struct sekisho_control {
	__u64 state;
	__u32 isolated_all; /* every segment, whatever the policy row says */
	__u32 suspended_addresses; /* how many; 0 spares the look-up */
	__u32 suspended_macs;
	__u32 deny_new; /* log_failure: deny, and the log cannot be written */
	__s32 tai_offset; /* seconds that TAI is ahead of UTC on this host's clock */
	/*
	 * A commit that waits to be confirmed: at this second of the monotonic clock (0: none) the
	 * kernel's own timer puts the other half in force again, as the next generation.
	 */
	__u32 fallback_at;
	__u32 fallback_from; /* the generation that waits */
	__u32 fallback_generation; /* the one that follows where nobody confirms */
	__u32 fell_back; /* how often that happened */
	__u32 reserved;
	__u64 object; /* which build's programs these are: see sekisho_engine_object() */
	__u64 hash_seed; /* secret of the connection table, for the object that comes next */
	__u64 test_wall_ns; /* the time, where the test clock is set */
	__u32 test_monotonic; /* seconds, likewise */
	__u32 reserved2;
};

SEKISHO_ASSERT_SIZE(struct sekisho_control, 80);

/* A table's part in its map. */
struct sekisho_span {
	__u32 base;
	__u32 count;
};

struct sekisho_zone_row {
	__u32 since; /* seconds since 1970 UTC */
	__s32 offset; /* seconds to add for local time */
};

/* Map `policy`, one row a half. */
struct sekisho_policy_row {
	__u32 generation;
	__u32 segment_count; /* self included */
	__u8 digest[32];
	__u64 isolated[SEKISHO_ISOLATION_WORDS]; /* bit a segment; kept by name across commits */
	struct sekisho_span ports; /* hash: count is a power of two */
	struct sekisho_span segments;
	struct sekisho_span pairs; /* from * segment_count + to */
	struct sekisho_span index4;
	struct sekisho_span nodes4;
	struct sekisho_span hosts6; /* buckets */
	struct sekisho_span ranges6;
	struct sekisho_span classes;
	struct sekisho_span covers;
	struct sekisho_span rules; /* buckets */
	struct sekisho_span services;
	struct sekisho_span candidates;
	struct sekisho_span permits;
	struct sekisho_span macs;
	struct sekisho_span prints; /* as long as permits */
	struct sekisho_span objects;
	__u64 base_print; /* of what every row depends on: segments, their networks, own addresses */
	__u32 rule_seed;
	__u32 port_seed;
	__u32 host6_seed;
	__u32 timeouts[SEKISHO_TIMEOUTS]; /* seconds */
	__u32 zone_count;
	__u32 fast; /* forward: fast */
	__u32 print_seed; /* random */
	struct sekisho_zone_row zone[SEKISHO_ZONE_CHANGES_MAX];
};

SEKISHO_ASSERT_SIZE(struct sekisho_policy_row, 8 + 32 + 64 + 16 * 8 + 8 + 12 + 32 + 12 + 128);

/* Map `ports`: open addressing, SEKISHO_PORT_PROBES rows from the hash on. Empty: ifindex 0. */
#define SEKISHO_PORT_PROBES 8

struct sekisho_port_row {
	__u32 ifindex;
	__u16 vlan;
	__u16 segment;
};

SEKISHO_ASSERT_SIZE(struct sekisho_port_row, 8);

static inline __u32 sekisho_port_hash(__u32 ifindex, __u16 vlan, __u32 seed)
{
	__u32 hash = (ifindex * 0x9e3779b1u) ^ (vlan * 0x85ebca6bu) ^ seed;

	/* Multiplied with the seed in it: another seed parts ports that this one brings together. */
	hash ^= hash >> 15;
	hash *= 0x2c1b3c6du;
	return hash ^ (hash >> 13);
}

#define SEKISHO_SEGMENT_INTRA	   0x1 /* intra: permit */
#define SEKISHO_SEGMENT_MANAGEMENT 0x2
#define SEKISHO_SEGMENT_EXTERNAL   0x4
#define SEKISHO_SEGMENT_LGWAN	   0x8
#define SEKISHO_SEGMENT_INTERNET   0x10

/* Map `segments`. */
struct sekisho_segment_row {
	char name[SEKISHO_NAME_BYTES];
	__u16 flags;
	__u16 ethertype_count;
	__u16 ethertypes[SEKISHO_ETHERTYPES_MAX];
	__u8 reserved[12];
};

SEKISHO_ASSERT_SIZE(struct sekisho_segment_row, 64);

#define SEKISHO_PAIR_FLOWS		 0x1 /* some flow goes this way; without it: no-flow */
#define SEKISHO_PAIR_UNLISTED_AS_PEER	 0x2 /* not-listed is shown as peer-unregistered */
#define SEKISHO_PAIR_UNLISTED_AS_GATEWAY 0x4 /* not-listed is shown as not-a-gateway */
#define SEKISHO_PAIR_FROM_ANY		 0x8 /* some flow of it is for every host of the source segment */
#define SEKISHO_PAIR_TO_ANY		 0x10

/* Map `pairs`: what is known of a segment pair before looking at hosts. */
struct sekisho_pair_row {
	__u16 flags;
	__u16 number; /* among the pairs that have flows */
};

/* No row of `classes`. */
#define SEKISHO_CLASS_NONE 0xffffffffu

/*
 * Map `index4`: what is known of an IPv4 address after its first 16 bits, by these; behind that,
 * blocks of 256 words for the next eight bits each. A word is a class, a row of `nodes4` where few
 * ranges are left, or a block's first word where many are. So a look-up takes at most three words
 * of the index and two nodes, whatever the policy.
 */
struct sekisho_index4_row {
	__u32 word;
};

#define SEKISHO_INDEX4_ROOTS 65536
#define SEKISHO_INDEX4_BLOCK 256

#define SEKISHO_WORD4_BLOCK 0x80000000u /* the rest: a row of `index4` from its base */
#define SEKISHO_WORD4_NODE  0x40000000u /* the rest: a row of `nodes4` from its base */

#define SEKISHO_NODE4_LANES 12
#define SEKISHO_NODE4_WORDS 10

/*
 * Map `nodes4`: words of consecutive ranges in one cache line. @starts has where all but the first
 * begin, as 0x10000 less the last 16 bits of the address, 0 where unused, four lanes of 16 bits
 * each: an address lies behind a start if their sum overflows the lane, for all lanes at once.
 */
struct sekisho_node4_row {
	__u32 words[SEKISHO_NODE4_WORDS];
	__u64 starts[SEKISHO_NODE4_LANES / 4];
};

SEKISHO_ASSERT_SIZE(struct sekisho_node4_row, 64);

/* Each of the four lanes where @lane, repeated, begins at or before the address: its highest bit. */
static inline __u64 sekisho_node4_behind(__u64 starts, __u64 lane)
{
	const __u64 below = 0x7fff7fff7fff7fffull;
	__u64 carry = (starts & below) + (lane & below);

	return ((starts & lane) | ((starts | lane) & carry)) & ~below;
}

/**
 * sekisho_node4_word - which word of a node is an address's
 * @node: the node
 * @address: in host byte order
 *
 * Without a branch: which way an address goes is not to be foreseen.
 *
 * Return: less than SEKISHO_NODE4_WORDS, if the node is as it should be.
 */
static inline __u32 sekisho_node4_word(const struct sekisho_node4_row *node, __u32 address)
{
	const __u64 ones = 0x0001000100010001ull;
	__u64 lane = (address & 0xffff) * ones;
	__u64 behind = (sekisho_node4_behind(node->starts[0], lane) >> 15) +
		       (sekisho_node4_behind(node->starts[1], lane) >> 15) +
		       (sekisho_node4_behind(node->starts[2], lane) >> 15);

	return behind * ones >> 48;
}

/* The next eight bits of an address, for a block. */
static inline __u32 sekisho_block4_word(__u32 word, __u32 bits)
{
	return (word & ~SEKISHO_WORD4_BLOCK) + (bits & (SEKISHO_INDEX4_BLOCK - 1));
}

/* What the compiler sees through it may make a branch of, and which way is not to be foreseen. */
static inline __u64 sekisho_opaque(__u64 value)
{
	__asm__("" : "+r"(value));
	return value;
}

#define SEKISHO_HOST6_WAYS 3

/*
 * Map `hosts6`: classes of single IPv6 addresses, which would be two ranges each. An address lies
 * in one of two buckets, as a rule does. Ways are filled in order; one that is not has class
 * SEKISHO_CLASS_NONE.
 */
struct sekisho_host6_bucket {
	__u64 high[SEKISHO_HOST6_WAYS];
	__u64 low[SEKISHO_HOST6_WAYS];
	__u32 class[SEKISHO_HOST6_WAYS];
	__u32 reserved;
};

SEKISHO_ASSERT_SIZE(struct sekisho_host6_bucket, 64);

/**
 * sekisho_host6_class - the class of an address in a bucket
 * @bucket: the bucket
 * @high: the address's first eight bytes as a number
 * @low: its last eight
 *
 * Without a branch: in which way an address lies is not to be foreseen.
 *
 * Return: the class, or SEKISHO_CLASS_NONE.
 */
static inline __u32 sekisho_host6_class(const struct sekisho_host6_bucket *bucket, __u64 high,
					__u64 low)
{
	__u32 class = SEKISHO_CLASS_NONE;

	for (int i = 0; i < SEKISHO_HOST6_WAYS; i++) {
		__u64 other = (bucket->high[i] ^ high) | (bucket->low[i] ^ low);
		__u64 differs = sekisho_opaque(other | -other) >> 63;

		class &= bucket->class[i] | (__u32)(0 - differs);
	}
	return class;
}

static inline __u32 sekisho_host6_hash(__u64 high, __u64 low, __u32 seed)
{
	__u64 hash = (high ^ seed) * 0x9e3779b97f4a7c15ull;

	hash = ((hash ^ hash >> 32) + low) * 0xbf58476d1ce4e5b9ull;
	hash ^= hash >> 32;
	hash *= 0x94d049bb133111ebull;
	return hash >> 32;
}

/*
 * Map `ranges6`: @class holds from here to the next row's start, but for addresses in `hosts6`.
 * Row 0 starts at 0.
 */
struct sekisho_range6_row {
	__u64 high;
	__u64 low;
	__u32 class;
	__u32 reserved;
};

SEKISHO_ASSERT_SIZE(struct sekisho_range6_row, 24);

/* The highest bit of what is borrowed where @subtrahend is taken from @minuend. */
static inline __u64 sekisho_borrow(__u64 minuend, __u64 subtrahend, __u64 difference)
{
	return (~minuend & subtrahend) | ((~minuend | subtrahend) & difference);
}

/**
 * sekisho_range6_begins - whether a range begins at an address or before it
 * @range: the range
 * @high: the address's first eight bytes as a number
 * @low: its last eight
 *
 * Without a branch: which way a search goes is not to be foreseen.
 *
 * Return: all bits, or 0.
 */
static inline __u32 sekisho_range6_begins(const struct sekisho_range6_row *range, __u64 high,
					  __u64 low)
{
	__u64 borrow = sekisho_borrow(low, range->low, low - range->low) >> 63;

	borrow = sekisho_borrow(high, range->high, high - range->high - borrow);
	return (__u32)(sekisho_opaque(borrow) >> 63) - 1;
}

#define SEKISHO_CLASS_OWN	  0x1 /* an address of the host */
#define SEKISHO_CLASS_BROADCAST	  0x2
#define SEKISHO_CLASS_MULTICAST	  0x4
#define SEKISHO_CLASS_LOOPBACK	  0x8
#define SEKISHO_CLASS_UNSPECIFIED 0x10
#define SEKISHO_CLASS_LINK_LOCAL  0x20 /* fe80::/10 */

/* No frame may come from such an address (line 6). */
#define SEKISHO_CLASS_NEVER_SOURCE 0x3f
/* Such a destination is the border host. */
#define SEKISHO_CLASS_TO_SELF                                                    \
	(SEKISHO_CLASS_OWN | SEKISHO_CLASS_BROADCAST | SEKISHO_CLASS_MULTICAST | \
	 SEKISHO_CLASS_LINK_LOCAL)
/* To self, but on output it belongs to the segment of the leaving port. */
#define SEKISHO_CLASS_ON_LINK \
	(SEKISHO_CLASS_BROADCAST | SEKISHO_CLASS_MULTICAST | SEKISHO_CLASS_LINK_LOCAL)

/* Map `classes`: addresses that every flow treats alike. */
struct sekisho_class_row {
	__u16 segment; /* whose networks hold it, or SEKISHO_SEGMENT_NONE */
	__u8 flags;
	__u8 cover_count; /* objects that hold it, beside 'any' */
	__u32 cover; /* the object where it is one; else the first row in `covers` */
};

SEKISHO_ASSERT_SIZE(struct sekisho_class_row, 8);

struct sekisho_cover_row {
	__u32 object;
};

#define SEKISHO_OBJECT_BITS 24
#define SEKISHO_OBJECT_ANY  0
#define SEKISHO_OBJECT_DHCP 0xffffffu /* as initiator: a host without an address yet */

_Static_assert(2 * SEKISHO_FLOWS_MAX < SEKISHO_OBJECT_DHCP, "two address sets a flow");

/*
 * Map `rules`: what the flows between two objects permit. One that is one flow with one interval
 * of services and any source port is whole in its row; what permits more has a list in `services`,
 * and its interval is upside down. Empty: key SEKISHO_RULE_EMPTY.
 */
struct sekisho_rule_row {
	__u64 key; /* pair number, from object, to object: 16, 24 and 24 bits */
	__u32 first; /* protocol << SEKISHO_RULE_PERMIT_BITS | row in `permits`; or the list's first row */
	__u16 service_first;
	__u16 service_last;
};

SEKISHO_ASSERT_SIZE(struct sekisho_rule_row, 16);

#define SEKISHO_RULE_WAYS  4
#define SEKISHO_RULE_EMPTY 0xffffffffffffffffull
/* Nor is there a rule, but there was one: what lies in its second bucket for it may stay there. */
#define SEKISHO_RULE_GONE	 0xfffffffffffffffeull
#define SEKISHO_RULE_PERMIT_BITS 24
#define SEKISHO_RULE_LIST	 0x8000 /* in service_first, with the count's upper bits */
#define SEKISHO_RULE_COUNT_BITS	 15 /* of the count in service_last */

_Static_assert(2 * SEKISHO_FLOWS_MAX < 1 << SEKISHO_RULE_PERMIT_BITS,
	       "a permit fits beside its protocol");

struct sekisho_rule_bucket {
	struct sekisho_rule_row way[SEKISHO_RULE_WAYS];
};

SEKISHO_ASSERT_SIZE(struct sekisho_rule_bucket, 64);

static inline __u64 sekisho_rule_key(__u32 pair, __u32 from_object, __u32 to_object)
{
	return (__u64)pair << (2 * SEKISHO_OBJECT_BITS) |
	       (__u64)from_object << SEKISHO_OBJECT_BITS | to_object;
}

static inline int sekisho_rule_is_list(const struct sekisho_rule_row *rule)
{
	return rule->service_first > rule->service_last;
}

/* How many rows of `services` a list has. */
static inline __u32 sekisho_rule_count(const struct sekisho_rule_row *rule)
{
	return (__u32)(rule->service_first & ~SEKISHO_RULE_LIST) << SEKISHO_RULE_COUNT_BITS |
	       rule->service_last;
}

/*
 * A rule, or a host of `hosts6`, lies in one of two buckets: the hash, and, where that one is full,
 * the hash of the hash.
 * Any number of buckets will do: see sekisho_bucket_of().
 */
static inline __u32 sekisho_rule_hash(__u64 key, __u32 seed)
{
	__u64 hash = (key ^ seed) * 0x9e3779b97f4a7c15ull;

	hash ^= hash >> 32;
	hash *= 0xbf58476d1ce4e5b9ull;
	return hash >> 32;
}

static inline __u32 sekisho_bucket_hash_second(__u32 hash)
{
	hash *= 0x85ebca6bu;
	return hash ^ (hash >> 13) ^ 0x27d4eb2fu;
}

static inline __u32 sekisho_bucket_of(__u32 hash, __u32 buckets)
{
	return (__u64)hash * buckets >> 32;
}

/* Map `services`: disjoint intervals of a list, ascending. */
struct sekisho_service_row {
	__u32 first; /* protocol << 16 | service number */
	__u16 last; /* service number */
	__u16 candidate_count;
	__u32 candidate_first;
};

SEKISHO_ASSERT_SIZE(struct sekisho_service_row, 12);

/* Map `candidates`: flows that permit such an interval, ascending by permit. */
struct sekisho_candidate_row {
	__u32 permit;
	__u16 source_first;
	__u16 source_last;
};

SEKISHO_ASSERT_SIZE(struct sekisho_candidate_row, 8);

#define SEKISHO_PERMIT_SURVIVES 0x1 /* survives isolation */
#define SEKISHO_PERMIT_SCHEDULE 0x2
#define SEKISHO_PERMIT_LOG_NEW	0x4
#define SEKISHO_PERMIT_LOG_ALL	0x8

#define SEKISHO_LIMIT_NONE  0xffffffffu
#define SEKISHO_PERMIT_NONE 0xffffffffu /* no flow: intra */

#define SEKISHO_COUNTER_NONE 0xffffffffu /* no flow has this row of `permits` */

/*
 * Map `permits`: one flow. Sorted by which match decides, so that the lowest row decides. Between
 * them are rows of no flow, for those that are permitted later.
 */
struct sekisho_permit_row {
	__u32 valid_from; /* seconds since 1970 UTC */
	__u32 valid_until; /* exclusive */
	__u32 counter; /* row in `flow_counters` and `flow_names`, kept across generations */
	__u32 limit; /* row in `limits`, or SEKISHO_LIMIT_NONE */
	__u32 mac_first;
	__u16 mac_count; /* 0: any */
	__u8 flags;
	__u8 days; /* bit 0 is Monday */
	__u16 start_minute;
	__u16 end_minute;
	__u32 reserved;
};

SEKISHO_ASSERT_SIZE(struct sekisho_permit_row, 32);

/*
 * Map `prints`, beside each row of `permits`: what the flow's rows were made of, so that a commit
 * finds what has changed. Packets do not read it.
 */
struct sekisho_print_row {
	__u64 print; /* of the flow as the policy has it, under print_seed */
	__u64 key; /* of its rule */
};

SEKISHO_ASSERT_SIZE(struct sekisho_print_row, 16);

/* Map `objects`, likewise: a print of the addresses of each address set; row 0 is 'any'. */
struct sekisho_object_row {
	__u64 print;
};

/* Map `macs`: first octet in bits 47..40. */
struct sekisho_mac_row {
	__u64 mac;
};

#define SEKISHO_LIMIT_MOVED 0x80000000u /* the mark; no table has so many connections */

struct sekisho_bound {
	__u32 new_per_second;
	__u32 concurrent;
};

/* Map `limits`: what a limited flow has used. Bounds per half; 0 means unbounded. */
struct sekisho_limit_row {
	__u64 window; /* second in the high half, new connections in it in the low one */
	__u32 concurrent;
	__u32 moved; /* while a new object takes over: what concurrent was when it was copied, marked */
	struct sekisho_bound bounds[SEKISHO_HALVES];
};

SEKISHO_ASSERT_SIZE(struct sekisho_limit_row, 32);

/* Map `flow_names`: the flow id of a counter row. */
struct sekisho_name_row {
	char id[SEKISHO_NAME_BYTES];
};

#endif
