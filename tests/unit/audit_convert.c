// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of events and of what operators did, as text: key by key as interfaces have it.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/convert.h"
#include "command/guard_event.h"
#include "ktap.h"

#define JST 32400

static struct sekisho_record record;

static const char *segment(void *context, uint16_t number)
{
	static char text[16];

	(void)context;
	if (number > 9)
		return NULL;
	/* One buffer for all names, as the interface allows. */
	snprintf(text, sizeof(text), "%s", number == 1 ? "mynumber" : number ? "lgwan" : "self");
	return text;
}

static const char *interface(void *context, uint32_t ifindex)
{
	(void)context;
	return ifindex == 2 ? "mn0" : NULL;
}

static size_t macs(void *context, const char *flow, char (*list)[SEKISHO_MAC_BYTES], size_t max)
{
	(void)context;
	if (strcmp(flow, "F-0001") != 0 || max < 2)
		return 0;
	snprintf(list[0], SEKISHO_MAC_BYTES, "02:00:00:00:00:01");
	snprintf(list[1], SEKISHO_MAC_BYTES, "02:00:00:00:00:02");
	return 2;
}

static const struct sekisho_audit_names names = {
	.zone = JST, .segment = segment, .interface = interface, .macs = macs
};

static struct sekisho_event event_of(uint8_t type, uint8_t reason)
{
	return (struct sekisho_event){
		.wall_ns = 1774969200123456789,
		.generation = 7,
		.ifindex = 2,
		.type = type,
		.reason = reason,
		.flags = SEKISHO_EVENT_IPV4,
		.protocol = IPPROTO_TCP,
		.from = 1,
		.to = 2,
		.source = { 0, 0, htonl(0xffff), htonl(0x0a0a0105) },
		.destination = { 0, 0, htonl(0xffff), htonl(0x0a140901) },
		.source_port = htons(50000),
		.destination_port = htons(445),
		.ethertype = 0x0800,
		.source_mac = { 2, 0, 0, 0, 0, 0xfe },
		.packets = { 1 },
		.bytes = { 74 },
		.flow = "F-0001",
	};
}

static bool is(const char *expected)
{
	bool same = !sekisho_record_finish(&record) && record.length == strlen(expected) &&
		    !memcmp(record.body, expected, record.length);

	if (!same)
		printf("# error %d: %.*s\n", record.error, (int)record.length, record.body);
	return same;
}

static void deny(const struct sekisho_event *event, enum sekisho_overflow overflow)
{
	struct sekisho_denial denial;

	sekisho_denial_of(&denial, event);
	denial.overflow = overflow;
	sekisho_convert_deny(&record, &denial, &names);
}

static void test_permit(void)
{
	struct sekisho_event event = event_of(SEKISHO_EVENT_PERMIT, SEKISHO_REASON_PERMIT_NEW);

	event.vlan = 20;
	event.suppressed = 4;
	sekisho_convert_permit(&record, &event, &names);
	ok(is(",\"reason\":\"permit-new\",\"direction\":\"input\",\"from\":\"mynumber\","
	      "\"to\":\"lgwan\",\"src\":\"10.10.1.5\",\"dst\":\"10.20.9.1\",\"proto\":\"tcp\","
	      "\"sport\":50000,\"dport\":445,\"smac\":\"02:00:00:00:00:fe\",\"vlan\":20,"
	      "\"interface\":\"mn0\",\"flow\":\"F-0001\",\"count\":5,"
	      "\"at\":\"2026-04-01T00:00:00.123+09:00\""),
	   "a permitted connection");
}

static void test_deny(void)
{
	struct sekisho_event event = event_of(SEKISHO_EVENT_DENY, SEKISHO_REASON_NO_FLOW);

	memset(event.flow, 0, sizeof(event.flow));
	deny(&event, SEKISHO_OVERFLOW_NONE);
	ok(is(",\"reason\":\"no-flow\",\"direction\":\"input\",\"breach\":\"mynumber>lgwan\","
	      "\"from\":\"mynumber\",\"to\":\"lgwan\",\"src\":\"10.10.1.5\",\"dst\":\"10.20.9.1\","
	      "\"proto\":\"tcp\",\"sport\":50000,\"dport\":445,\"smac\":\"02:00:00:00:00:fe\","
	      "\"interface\":\"mn0\",\"count\":1,\"bytes\":74,"
	      "\"first\":\"2026-04-01T00:00:00.123+09:00\","
	      "\"last\":\"2026-04-01T00:00:00.123+09:00\""),
	   "an isolation breach");
	deny(&event, SEKISHO_OVERFLOW_SOURCE);
	ok(is(",\"reason\":\"no-flow\",\"direction\":\"input\",\"breach\":\"mynumber>lgwan\","
	      "\"from\":\"mynumber\",\"to\":\"lgwan\",\"src\":\"10.10.1.5\","
	      "\"overflow\":\"source\",\"count\":1,\"bytes\":74,"
	      "\"first\":\"2026-04-01T00:00:00.123+09:00\","
	      "\"last\":\"2026-04-01T00:00:00.123+09:00\""),
	   "all further ones of a source");
	deny(&event, SEKISHO_OVERFLOW_REASON);
	ok(is(",\"reason\":\"no-flow\",\"direction\":\"input\",\"overflow\":\"reason\",\"count\":1,"
	      "\"bytes\":74,\"first\":\"2026-04-01T00:00:00.123+09:00\","
	      "\"last\":\"2026-04-01T00:00:00.123+09:00\""),
	   "all further ones of a reason");
}

/* What the kernel guard told, in the form of the programs' events. */
static void test_guard(void)
{
	const struct sekisho_module_event told = {
		.kind = SEKISHO_EVENT_KIND_DENIED,
		.wall_ns = 1774969200123456789,
		.generation = 7,
		.reason = SEKISHO_REASON_SUSPENDED,
		.family = 6,
		.source = { 0xfd00001000000000, 5 },
		.destination = { 0xfd00002000000000, 9 },
		.protocol = IPPROTO_ICMPV6,
		.source_port = 4242,
		.ifindex = 2,
		.packets = 3,
		.bytes = 300,
	};
	struct sekisho_event event;
	struct sekisho_module_event other = { .kind = SEKISHO_EVENT_KIND_STALE };

	ok(sekisho_guard_event(&event, &told, NULL) && !sekisho_guard_event(&event, &other, NULL),
	   "denials of the guard are told from what else it tells");
	sekisho_guard_event(&event, &told, NULL);
	deny(&event, SEKISHO_OVERFLOW_NONE);
	ok(is(",\"reason\":\"suspended\",\"direction\":\"input\",\"enforcer\":\"guard\","
	      "\"src\":\"fd00:10::5\",\"dst\":\"fd00:20::9\",\"proto\":\"icmpv6\","
	      "\"icmp\":\"128/0\",\"interface\":\"mn0\",\"count\":3,\"bytes\":300,"
	      "\"first\":\"2026-04-01T00:00:00.123+09:00\","
	      "\"last\":\"2026-04-01T00:00:00.123+09:00\""),
	   "a denial of the guard");
}

static void test_mismatch(void)
{
	struct sekisho_event event = event_of(SEKISHO_EVENT_DENY, SEKISHO_REASON_ISOLATED);
	struct sekisho_denial denial;

	event.flags |= SEKISHO_AUDIT_GUARD | SEKISHO_AUDIT_MISMATCH;
	memset(event.flow, 0, sizeof(event.flow));
	sekisho_denial_of(&denial, &event);
	sekisho_convert_mismatch(&record, &denial, &names);
	ok(record.type == SEKISHO_RECORD_GUARD_MISMATCH &&
		   is(",\"reason\":\"the guard denied what a program let pass\","
		      "\"denied\":\"isolated\",\"direction\":\"input\",\"from\":\"mynumber\","
		      "\"to\":\"lgwan\",\"src\":\"10.10.1.5\",\"dst\":\"10.20.9.1\","
		      "\"proto\":\"tcp\",\"sport\":50000,\"dport\":445,"
		      "\"smac\":\"02:00:00:00:00:fe\",\"interface\":\"mn0\",\"count\":1,"
		      "\"bytes\":74,\"first\":\"2026-04-01T00:00:00.123+09:00\","
		      "\"last\":\"2026-04-01T00:00:00.123+09:00\""),
	   "a denial of the guard of what a program let pass");
}

static void test_mac_mismatch(void)
{
	struct sekisho_event event = event_of(SEKISHO_EVENT_DENY, SEKISHO_REASON_MAC_MISMATCH);

	event.flags |= SEKISHO_EVENT_OUTPUT;
	event.ifindex = 9;
	event.protocol = IPPROTO_ICMP;
	event.icmp = 8 << 8;
	deny(&event, SEKISHO_OVERFLOW_NONE);
	ok(is(",\"reason\":\"mac-mismatch\",\"direction\":\"output\",\"from\":\"mynumber\","
	      "\"to\":\"lgwan\",\"src\":\"10.10.1.5\",\"dst\":\"10.20.9.1\",\"proto\":\"icmp\","
	      "\"icmp\":\"8/0\",\"smac\":\"02:00:00:00:00:fe\","
	      "\"expected_macs\":[\"02:00:00:00:00:01\",\"02:00:00:00:00:02\"],"
	      "\"interface\":\"ifindex-9\",\"flow\":\"F-0001\",\"count\":1,\"bytes\":74,"
	      "\"first\":\"2026-04-01T00:00:00.123+09:00\","
	      "\"last\":\"2026-04-01T00:00:00.123+09:00\""),
	   "a wrong MAC address: the one seen and those expected");
}

/* What was not read, or does not exist, is left out rather than shown as zero. */
static void test_little(void)
{
	struct sekisho_event event = {
		.type = SEKISHO_EVENT_DENY,
		.reason = SEKISHO_REASON_ETHERTYPE,
		.from = SEKISHO_SEGMENT_NONE,
		.to = SEKISHO_SEGMENT_NONE,
		.ethertype = 0x88cc,
		.packets = { 1 },
	};
	static const struct sekisho_audit_names nothing;
	struct sekisho_denial denial;

	deny(&event, SEKISHO_OVERFLOW_NONE);
	ok(is(",\"reason\":\"ethertype\",\"direction\":\"input\",\"ethertype\":\"0x88cc\","
	      "\"count\":1,\"bytes\":0,\"first\":\"1970-01-01T09:00:00.000+09:00\","
	      "\"last\":\"1970-01-01T09:00:00.000+09:00\""),
	   "a frame that is not IP");
	event = event_of(SEKISHO_EVENT_DENY, 63);
	event.from = 77;
	event.protocol = 50;
	memset(event.flow, 'F', sizeof(event.flow));
	sekisho_denial_of(&denial, &event);
	sekisho_convert_deny(&record, &denial, &nothing);
	ok(is(",\"reason\":\"reason-63\",\"direction\":\"input\",\"from\":\"segment-77\","
	      "\"to\":\"segment-2\",\"src\":\"10.10.1.5\",\"dst\":\"10.20.9.1\",\"proto\":\"50\","
	      "\"smac\":\"02:00:00:00:00:fe\",\"interface\":\"ifindex-2\","
	      "\"flow\":\"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\",\"count\":1,\"bytes\":74,"
	      "\"first\":\"2026-03-31T15:00:00.123+00:00\","
	      "\"last\":\"2026-03-31T15:00:00.123+00:00\""),
	   "numbers without names");
}

static void test_flow_end(void)
{
	struct sekisho_event event = event_of(SEKISHO_EVENT_FLOW_END, SEKISHO_REASON_PERMIT_NEW);

	inet_pton(AF_INET6, "fd00:10::5", event.source);
	inet_pton(AF_INET6, "fd00:20::", event.destination);
	event.flags = 0;
	event.ethertype = 0;
	event.protocol = IPPROTO_UDP;
	event.end = SEKISHO_END_EXPIRED;
	event.created = 1774969190;
	event.packets[0] = 3;
	event.packets[1] = 2;
	event.bytes[0] = 300;
	event.bytes[1] = 200;
	sekisho_convert_flow_end(&record, &event, &names);
	ok(is(",\"cause\":\"expired\",\"reason\":\"permit-new\",\"flow\":\"F-0001\","
	      "\"from\":\"mynumber\",\"to\":\"lgwan\",\"initiator\":\"fd00:10::5\","
	      "\"responder\":\"fd00:20::\",\"proto\":\"udp\",\"initiator_port\":50000,"
	      "\"responder_port\":445,\"start\":\"2026-03-31T23:59:50.000+09:00\","
	      "\"end\":\"2026-04-01T00:00:00.123+09:00\",\"packets_out\":3,\"packets_in\":2,"
	      "\"bytes_out\":300,\"bytes_in\":200"),
	   "the end of a connection");
}

static void test_operators(void)
{
	static const char *const findings[] = { "policy.yaml:3: R1", "policy.yaml:9: R6" };
	const struct sekisho_audit_policy policy = {
		.actor = "情報政策課 A",
		.second = "B",
		.ticket = "T-1",
		.file = "/etc/sekisho/policy.yaml",
		.digest_before = "aa",
		.digest_after = "bb",
		.flows = 12,
		.confirm = 60,
		.reason = "年度更新",
		.findings = findings,
		.findings_count = 2,
	};
	const struct sekisho_audit_policy least = { .actor = "A", .flows = -1, .confirm = -1 };
	const struct sekisho_audit_order order = {
		.target = "all", .reason = "malware", .authority = "CSIRT", .actor = "A"
	};
	const struct sekisho_audit_guard guard = { .expected_generation = 7,
						   .found_generation = 6 };

	sekisho_convert_policy(&record, SEKISHO_RECORD_POLICY_APPLY, 7, JST, &policy);
	ok(is(",\"actor\":\"情報政策課 A\",\"second\":\"B\",\"ticket\":\"T-1\","
	      "\"file\":\"/etc/sekisho/policy.yaml\",\"digest_before\":\"aa\","
	      "\"digest_after\":\"bb\",\"flows\":12,\"confirm\":60,\"reason\":\"年度更新\","
	      "\"findings\":[\"policy.yaml:3: R1\",\"policy.yaml:9: R6\"]"),
	   "a policy applied");
	sekisho_convert_policy(&record, SEKISHO_RECORD_POLICY_CONFIRM, 7, JST, &least);
	ok(is(",\"actor\":\"A\""), "a policy confirmed");
	sekisho_convert_order(&record, SEKISHO_RECORD_ISOLATE, 7, JST, &order);
	ok(is(",\"segment\":\"all\",\"reason\":\"malware\",\"authority\":\"CSIRT\","
	      "\"actor\":\"A\""),
	   "an isolation");
	sekisho_convert_order(&record, SEKISHO_RECORD_SUSPEND, 7, JST, &order);
	ok(is(",\"target\":\"all\",\"reason\":\"malware\",\"authority\":\"CSIRT\",\"actor\":\"A\""),
	   "a suspension");
	sekisho_convert_order(&record, SEKISHO_RECORD_RELEASE, 7, JST, &order);
	ok(sekisho_record_finish(&record) != 0, "a release by one person is no record");
	sekisho_convert_guard(&record, SEKISHO_RECORD_GUARD_MISMATCH, 7, JST, &guard);
	ok(is(",\"expected_generation\":7,\"found_generation\":6"), "a guard with another policy");
	sekisho_convert_expiry(&record, SEKISHO_RECORD_EXPIRY_NOTICE, 7, JST, "F-0001", 1774969200,
			       30);
	ok(is(",\"flow\":\"F-0001\",\"valid_until\":\"2026-04-01T00:00:00.000+09:00\",\"days\":30"),
	   "a permission that ends soon");
}

static void test_host(void)
{
	struct sekisho_audit_counters counters = {
		.frames = 10, .permitted = 7, .denied = 3, .lost_events = 1
	};
	char expected[128];

	counters.reasons[SEKISHO_REASON_PERMIT_NEW] = 7;
	counters.reasons[SEKISHO_REASON_NO_FLOW] = 2;
	counters.reasons[60] = 1;
	sekisho_convert_counters(&record, 7, JST, &counters);
	ok(is(",\"frames\":10,\"permitted\":7,\"denied\":3,\"lost_events\":1,"
	      "\"reasons\":{\"permit-new\":7,\"no-flow\":2,\"reason-60\":1}"),
	   "counters");
	sekisho_convert_link(&record, 7, JST, "lg0", "attached", "native");
	ok(is(",\"interface\":\"lg0\",\"state\":\"attached\",\"mode\":\"native\""), "a link");
	sekisho_convert_loss(&record, 7, JST, 5, 0, 1774969200000000000, "ring-full");
	ok(is(",\"count\":5,\"start\":\"1970-01-01T09:00:00.000+09:00\","
	      "\"end\":\"2026-04-01T00:00:00.000+09:00\",\"cause\":\"ring-full\""),
	   "a loss");
	sekisho_convert_clock(&record, 7, JST, -5000, true, false);
	ok(is(",\"step_ms\":-5000,\"before\":\"synchronised\",\"after\":\"unsynchronised\""),
	   "a clock set back");
	sekisho_convert_run(&record, SEKISHO_RECORD_STOP, 7, JST, "collect", NULL, "SIGTERM");
	snprintf(expected, sizeof(expected),
		 ",\"program\":\"collect\",\"pid\":%d,\"reason\":\"SIGTERM\"", getpid());
	ok(is(expected), "a stop");
}

int main(void)
{
	plan(23);
	test_permit();
	test_deny();
	test_guard();
	test_mismatch();
	test_mac_mismatch();
	test_little();
	test_flow_end();
	test_operators();
	test_host();
	return finish();
}
