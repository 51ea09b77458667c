/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every fixed bound of Sekisho, once. What is not here is sized from the policy.
 * Knows nothing of policies, maps or packets; compiles in BPF, kernel and user space.
 */
#ifndef SEKISHO_LIMITS_H
#define SEKISHO_LIMITS_H

/* Segment numbers: 0 is `self` (the border host); declared segments are 1..SEKISHO_SEGMENTS_MAX. */
#define SEKISHO_SEGMENT_SELF	      0
#define SEKISHO_SEGMENTS_MAX	      256
#define SEKISHO_SEGMENT_NONE	      0xffff
#define SEKISHO_PORTS_MAX	      1024
#define SEKISHO_NETWORKS_MAX	      4096 /* in one segment */
#define SEKISHO_ETHERTYPES_MAX	      8 /* in one segment */
#define SEKISHO_FLOWS_MAX	      1000000
#define SEKISHO_NAME_BYTES	      32 /* with its NUL: segment names and flow ids */
#define SEKISHO_MACS_MAX	      64 /* in one flow */
#define SEKISHO_CONNECTIONS_MAX	      4194304
#define SEKISHO_CONNECTIONS_DEFAULT   262144
#define SEKISHO_EXTENSION_HEADERS_MAX 8
#define SEKISHO_FRAGMENTS_MAX	      65536 /* datagrams whose fragments are followed at once */
#define SEKISHO_FRAGMENT_SECONDS      30
#define SEKISHO_ZONE_CHANGES_MAX      16 /* changes of the site's UTC offset known to the kernel */

/*
 * How many different address sets of a policy may cover one address. Each adds one look-up to the
 * first packet of a connection, so the bound is what keeps the first packet's cost bounded.
 */
#define SEKISHO_COVER_MAX 16

/* How many flows may differ only in source ports, MAC, time or limit (same hosts, same service). */
#define SEKISHO_CANDIDATES_MAX 64

#endif
