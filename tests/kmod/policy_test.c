// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy of the module refuses, thing by thing, in user space (tests/kmod/shim). Must not
 * know how a policy is kept.
 */
#include "policy_world.h"

#define REFUSES_NAMED(kind, object, name, change, wanted, why)                                     \
	({                                                                                         \
		typeof(object) wrong = object;                                                     \
		change;                                                                            \
		refused_as(sekisho_draft_add_##kind(draft, &wrong, name, &fault), -(wanted), why); \
	})

#define SEGMENT(change, wanted, why) \
	REFUSES_NAMED(segment, good_segment(3), "new", change, wanted, why)
#define FLOW(change, wanted, why) REFUSES_NAMED(flow, good_flow(), "g", change, wanted, why)

static void test_segments(void)
{
	static const char long_name[] = "0123456789012345678901234567890x";
	struct sekisho_segment segment = good_segment(3);

	ok(REFUSES_NAMED(segment, segment, "", , EINVAL, "name") &&
		   REFUSES_NAMED(segment, segment, long_name, , EINVAL, "name") &&
		   REFUSES_NAMED(segment, segment, "a\nb", , EINVAL, "name"),
	   "a segment's name");
	ok(REFUSES_NAMED(segment, segment, "s0000001", , EEXIST, "is there") &&
		   REFUSES_NAMED(segment, segment, "self", , EEXIST, "is there"),
	   "a segment's name twice");
	ok(SEGMENT(wrong.meaning = SEKISHO_MEANING_COUNT, EINVAL, "meaning"), "no such meaning");
	ok(SEGMENT(wrong.ethertype_count = SEKISHO_ETHERTYPES_MAX + 1, E2BIG, "EtherTypes") &&
		   SEGMENT(wrong.ethertype_count = 2;
			   wrong.ethertypes[1] = 0x88cc, EINVAL, "twice"),
	   "EtherTypes");
	ok(SEGMENT(wrong.network_count = SEKISHO_NETWORKS_MAX + 1, E2BIG, "networks"),
	   "too many networks");
	ok(SEGMENT(good_network.family = 5, EINVAL, "range") &&
		   SEGMENT(good_network.last = ipv4(1), EINVAL, "range") &&
		   SEGMENT(good_network.last.low |= 1ull << 32, EINVAL, "range") &&
		   SEGMENT(good_network.last.high = 1, EINVAL, "range"),
	   "what is no range of addresses");
	ok(SEGMENT(good_network.first.low++, EINVAL, "host bits") &&
		   SEGMENT(good_network.last.low -= 1, EINVAL, "host bits") &&
		   SEGMENT(good_network.last.low += 0x10000, EINVAL, "host bits"),
	   "host bits");
}

static void test_ports(void)
{
	ok(REFUSES(port, good_port(), , EEXIST, "there") &&
		   REFUSES(port, good_port(), strcpy(wrong.interface, "x"), EEXIST, "there") &&
		   REFUSES(port, good_port(), wrong.ifindex = 0, EEXIST, "there"),
	   "a port twice");
	ok(REFUSES(port, good_port(), memset(wrong.interface, 0, 16), EINVAL, "interface") &&
		   REFUSES(port, good_port(), memset(wrong.interface, 'x', 16), EINVAL,
			   "interface") &&
		   REFUSES(port, good_port(), wrong.ifindex = 0x80000000, EINVAL, "interface"),
	   "an interface's name and number");
	ok(REFUSES(port, good_port(), wrong.vlan = 4095, EINVAL, "VLAN"), "a VLAN's number");
	ok(REFUSES(port, good_port(), wrong.segment = 0, EINVAL, "segment") &&
		   REFUSES(port, good_port(), wrong.segment = 3, EINVAL, "segment"),
	   "a port's segment");
}

static void test_addresses(void)
{
	struct sekisho_own own = { ipv4(0x0a010001), 4, false };
	struct sekisho_range two[2] = { range4(5, 9), range4(9, 10) };

	ok(REFUSES(own, own, , EEXIST, "there"), "an own address twice");
	ok(REFUSES(own, own, wrong.family = 0, EINVAL, "address") &&
		   REFUSES(own, own, wrong.address.high = 1, EINVAL, "address") &&
		   REFUSES(own, own, wrong.family = 6; wrong.broadcast = true, EINVAL, "IPv6"),
	   "what is no address of the host");
	ok(REFUSES(hosts, good_hosts(), wrong.segment = 3, EINVAL, "segment"), "hosts' segment");
	ok(REFUSES(hosts, good_hosts(), wrong.range_count = 0, EINVAL, "no hosts"), "no hosts");
	ok(REFUSES(hosts, good_hosts(), good_range.last = ipv4(0), EINVAL, "range") &&
		   REFUSES(hosts, good_hosts(), good_range.family = 0, EINVAL, "range"),
	   "what is no range of hosts");
	ok(REFUSES(hosts, good_hosts(), wrong.ranges = two;
		   wrong.range_count = 2, EINVAL, "ascend") &&
		   REFUSES(hosts, good_hosts(), wrong.ranges = two; wrong.range_count = 2;
			   two[1] = range4(1, 2), EINVAL, "ascend"),
	   "hosts that overlap or do not ascend");
}

static void test_flow_ends(void)
{
	struct sekisho_flow flow = good_flow();

	ok(REFUSES_NAMED(flow, flow, "", , EINVAL, "id") &&
		   REFUSES_NAMED(flow, flow, "g\t", , EINVAL, "id"),
	   "a flow's id");
	ok(REFUSES_NAMED(flow, flow, "f0000100", , EEXIST, "there"), "an id twice");
	ok(REFUSES_NAMED(flow, flow, "f0000099", , EINVAL, "ascend"), "ids that do not ascend");
	ok(FLOW(wrong.from = 3, EINVAL, "segment") && FLOW(wrong.to = 3, EINVAL, "segment"),
	   "a flow's segments");
	ok(FLOW(wrong.from_hosts = 2, EINVAL, "no such hosts") &&
		   FLOW(wrong.to_hosts = 2, EINVAL, "no such hosts") &&
		   FLOW(wrong.to_hosts = 1, EINVAL, "another segment"),
	   "a flow's hosts");
}

static void test_flow_lists(void)
{
	struct sekisho_port_range ports[2] = { { 5, 9 }, { 9, 10 } };
	u64 macs[2] = { 7, 7 };

	ok(FLOW(wrong.service_count = 0, EINVAL, "no service"), "no service");
	ok(FLOW(good_service.first++, EINVAL, "after its last"), "a service's numbers");
	ok(FLOW(good_service.protocol = 1, EINVAL, "ICMP") &&
		   FLOW(good_service.protocol = 58, EINVAL, "ICMP"),
	   "a type of ICMP");
	ok(FLOW(good_service.protocol = 50, EINVAL, "no service numbers"),
	   "numbers of a protocol without");
	ok(FLOW(wrong.mac_count = SEKISHO_MACS_MAX + 1, E2BIG, "MACs"), "too many MACs");
	ok(FLOW(wrong.mac_count = 2; wrong.macs = macs, EINVAL, "ascend") &&
		   FLOW(wrong.mac_count = 1; wrong.macs = macs;
			macs[0] = 1ull << 48, EINVAL, "MAC"),
	   "MACs");
	ok(FLOW(wrong.source_port_count = 1025, E2BIG, "source ports") &&
		   FLOW(wrong.source_port_count = 2;
			wrong.source_ports = ports, EINVAL, "overlap") &&
		   FLOW(wrong.source_port_count = 1; wrong.source_ports = ports;
			ports[0].first = 10, EINVAL, "after their last"),
	   "source ports");
}

static void test_flow_times(void)
{
	ok(FLOW(wrong.valid_from = FOREVER, EINVAL, "before it begins"), "an end before the begin");
	ok(FLOW(wrong.days = 0x80, EINVAL, "days"), "days");
	ok(FLOW(wrong.days = 1; wrong.start_minute = 1440, EINVAL, "begin") &&
		   FLOW(wrong.days = 1; wrong.end_minute = 1441, EINVAL, "end"),
	   "hours");
	ok(FLOW(wrong.log = SEKISHO_FLOW_LOG_COUNT, EINVAL, "logging"), "a level of logging");
}

static bool site_refused(const struct sekisho_site *site, int wanted, const char *why)
{
	struct sekisho_draft *other = sekisho_draft_new(names);
	int error = sekisho_draft_set_site(other, site, &fault);

	sekisho_draft_free(other);
	return refused_as(error, -wanted, why);
}

static void test_site(void)
{
	struct sekisho_site site = good_site();

	ok(refused_as(sekisho_draft_set_site(draft, &site, &fault), -EEXIST, "there"), "two sites");
	site.connections = 0;
	ok(site_refused(&site, EINVAL, "room"), "no connections");
	site.connections = SEKISHO_CONNECTIONS_MAX + 1;
	ok(site_refused(&site, EINVAL, "room"), "too many connections");
	site = good_site();
	site.timeouts[3] = 0;
	ok(site_refused(&site, EINVAL, "timeout"), "a timeout of nothing");
	site.timeouts[3] = 0x80000000;
	ok(site_refused(&site, EINVAL, "timeout"), "a timeout beyond the clock");
	site = good_site();
	site.zone_count = SEKISHO_ZONE_CHANGES_MAX + 1;
	ok(site_refused(&site, E2BIG, "zone"), "too many changes of the zone");
	site = good_site();
	site.zone[1].since = -100;
	ok(site_refused(&site, EINVAL, "ascend"), "changes that do not ascend");
	site.zone[0].offset = 86400;
	ok(site_refused(&site, EINVAL, "UTC"), "an offset of a day");
}

/* What was refused left nothing behind. */
static void test_refusals(void)
{
	struct sekisho_draft_counts counts;
	struct sekisho_policy *policy;
	int error;

	begin();
	test_segments();
	test_ports();
	test_addresses();
	test_flow_ends();
	test_flow_lists();
	test_flow_times();
	test_site();
	sekisho_draft_count(draft, &counts);
	ok(counts.segments == 2 && counts.networks == 2 && counts.ports == 1 &&
		   counts.addresses == 1 && counts.hosts == 1 && counts.flows == 1,
	   "the draft is as before");
	policy = compile(&error);
	ok(!error && policy->flow_count == 1 && policy->flows[0].services[0].first == 443 &&
		   !strcmp(policy->flows[0].use->id, "f0000100") && policy->bytes,
	   "and becomes a policy");
	ok(sekisho_policy_port(policy, 7, 20) == policy->ports &&
		   !sekisho_policy_port(policy, 7, 0) && !sekisho_policy_port(policy, 0, 20),
	   "that finds its port");
	ok(sekisho_policy_utc_offset(policy, -101) == 0 &&
		   sekisho_policy_utc_offset(policy, -100) == 3600 &&
		   sekisho_policy_utc_offset(policy, 999) == 3600 &&
		   sekisho_policy_utc_offset(policy, 1000) == 7200,
	   "and its offset from UTC");
	sekisho_policy_put(policy);
}

static void test_incomplete(void)
{
	struct sekisho_policy *policy = NULL;

	draft = sekisho_draft_new(names);
	ok(refused_as(sekisho_draft_compile(draft, &policy, &fault), -EINVAL, "site") && !policy,
	   "a draft without a site");
	end();
	begin();
	ok(!sekisho_draft_compile(draft, &policy, &fault) &&
		   refused_as(
			   sekisho_draft_compile(draft, &(struct sekisho_policy *){ NULL }, &fault),
			   -EINVAL, "before"),
	   "a draft compiled twice");
	end();
	sekisho_policy_put(policy);
}

int main(void)
{
	plan(47);
	names = sekisho_names_new();
	test_refusals();
	test_incomplete();
	sekisho_names_free(names);
	return finish();
}
