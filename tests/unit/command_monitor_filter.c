// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which records `monitor` shows: every key by which a host, a segment, a flow, a reason, a type or
 * a port can be in a record, and that all that is asked for must hold.
 */
#include <string.h>

#include "command/monitor_filter.h"
#include "ktap.h"

static const char permit[] =
	"{\"type\":\"permit\",\"reason\":\"permit-new\",\"from\":\"mn\",\"to\":\"lg\","
	"\"src\":\"10.10.0.2\",\"dst\":\"10.20.0.2\",\"sport\":4000,\"dport\":443,"
	"\"smac\":\"02:53:00:00:01:01\",\"flow\":\"MN-LG\"}";
static const char deny6[] =
	"{\"type\":\"deny\",\"reason\":\"no-flow\",\"from\":\"lg\",\"to\":\"in\","
	"\"src\":\"fd00:20::2\",\"dst\":\"fd00:30::2\",\"dport\":445}";
static const char end[] =
	"{\"type\":\"flow.end\",\"cause\":\"idle\",\"flow\":\"MN-LG\",\"from\":\"mn\","
	"\"to\":\"lg\",\"initiator\":\"10.10.0.2\",\"responder\":\"10.20.0.2\","
	"\"initiator_port\":4000,\"responder_port\":443}";
static const char isolate[] = "{\"type\":\"isolate\",\"segment\":\"lg\",\"reason\":\"no-flow\"}";
static const char all[] = "{\"type\":\"isolate\",\"segment\":\"all\",\"reason\":\"x\"}";
static const char suspend[] = "{\"type\":\"suspend\",\"target\":\"10.10.0.2\"}";
static const char suspend_mac[] = "{\"type\":\"suspend\",\"target\":\"02:53:00:00:01:01\"}";
static const char mismatch[] =
	"{\"type\":\"guard.mismatch\",\"denied\":\"no-flow\",\"src\":\"10.10.0.9\"}";
static const char start[] = "{\"type\":\"start\",\"program\":\"sekishoctl\",\"pid\":443}";

static bool matches(struct sekisho_monitor_filter filter, const char *text)
{
	json_t *record = json_loads(text, 0, NULL);
	bool result = sekisho_monitor_filter_matches(&filter, record);

	json_decref(record);
	return result;
}

static struct sekisho_monitor_filter host(const char *text)
{
	struct sekisho_monitor_filter filter = { 0 };

	if (!sekisho_monitor_filter_host(&filter, text))
		printf("# %s is refused\n", text);
	return filter;
}

static bool is_refused(const char *text)
{
	struct sekisho_monitor_filter filter = { 0 };

	return !sekisho_monitor_filter_host(&filter, text) &&
	       !sekisho_monitor_filter_is_set(&filter);
}

static void test_hosts(void)
{
	ok(matches(host("10.10.0.2"), permit) && matches(host("10.20.0.2"), permit) &&
		   !matches(host("10.10.0.3"), permit) && !matches(host("10.10.0.2"), start),
	   "a host on either side");
	ok(matches(host("10.10.0.2"), end) && matches(host("10.20.0.2"), end) &&
		   matches(host("10.10.0.2"), suspend),
	   "of a connection, of a suspension");
	ok(matches(host("10.10.0.0/16"), permit) && matches(host("10.10.0.77/16"), mismatch) &&
		   !matches(host("10.11.0.0/16"), permit) && !matches(host("10.0.0.0/8"), deny6),
	   "of a network");
	ok(matches(host("fd00:20::2"), deny6) && matches(host("fd00:30::/32"), deny6) &&
		   !matches(host("fd00:40::/32"), deny6) && !matches(host("::/0"), permit),
	   "of IPv6");
	ok(matches(host("02:53:00:00:01:01"), permit) &&
		   matches(host("02-53-00-00-01-01"), suspend_mac) &&
		   !matches(host("02:53:00:00:01:02"), permit) &&
		   !matches(host("02:53:00:00:01:01"), deny6),
	   "by its MAC address");
	ok(is_refused("10.x") && is_refused("10.0.0.0/33") && is_refused("") &&
		   is_refused("02:53:00:00:01") && is_refused("::ffff:10.0.0.1"),
	   "what is no host is refused");
}

static void test_names(void)
{
	struct sekisho_monitor_filter segment = { .segment = "lg" }, from = { .from = "lg" };
	struct sekisho_monitor_filter to = { .to = "lg" }, flow = { .flow = "MN-LG" };
	struct sekisho_monitor_filter reason = { .reason = "no-flow" }, type = { .type = "deny" };

	ok(matches(segment, permit) && matches(segment, deny6) && matches(segment, isolate) &&
		   matches(segment, all) && !matches(segment, suspend) &&
		   !matches(segment, mismatch),
	   "a segment: from, to, or itself");
	ok(matches(from, deny6) && !matches(from, permit) && !matches(from, isolate) &&
		   matches(to, permit) && !matches(to, deny6),
	   "a direction");
	ok(matches(flow, permit) && matches(flow, end) && !matches(flow, deny6), "a flow");
	ok(matches(reason, deny6) && matches(reason, mismatch) && !matches(reason, permit),
	   "a reason, also the guard's");
	ok(matches(type, deny6) && !matches(type, permit) && !matches(type, end), "a type");
}

static void test_ports(void)
{
	struct sekisho_monitor_filter port = { .by_port = true, .port = 443 };
	struct sekisho_monitor_filter zero = { .by_port = true };

	ok(matches(port, permit) && matches(port, end) && !matches(port, deny6) &&
		   !matches(port, start),
	   "a port, but not a number of something else");
	port.port = 4000;
	ok(matches(port, permit) && matches(port, end), "on either side");
	ok(!matches(zero, permit) && !matches(zero, suspend), "no port is not port 0");
}

static void test_all(void)
{
	struct sekisho_monitor_filter none = { 0 }, filter = host("10.10.0.2");

	ok(!sekisho_monitor_filter_is_set(&none) && matches(none, permit) && matches(none, start),
	   "nothing asked for, nothing left out");
	ok(!sekisho_monitor_filter_matches(&none, NULL), "what is no record is none");
	filter.type = "permit";
	filter.by_port = true;
	filter.port = 443;
	ok(sekisho_monitor_filter_is_set(&filter) && matches(filter, permit) &&
		   !matches(filter, end) && !matches(filter, suspend),
	   "all that is asked for must hold");
}

int main(void)
{
	plan(17);
	test_hosts();
	test_names();
	test_ports();
	test_all();
	return finish();
}
