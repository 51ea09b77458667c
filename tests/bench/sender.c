// SPDX-License-Identifier: GPL-2.0-only
/*
 * sender: the ends of the forwarding benchmark, and the forwarders it compares with.
 *
 *	sender attach PINS DEVICE count|lookup
 *	sender attach PINS DEVICE next_hop DEVICE MAC MAC
 *		puts a program on a device, for as long as that lives; next_hop: whereto, from which
 *		link address to which
 *	sender touch MAP...
 *		writes each page of pinned arrays as it is: the host of a virtual machine may have to
 *		find the memory first
 *	sender send PINS DEVICE KEY=VALUE...
 *		sends out of a device and says as JSON what arrived. In the sender's namespace
 *
 *	kind=udp|syn|synack|ack	what is sent; synack and ack belong to syn's connections
 *	reply=1			the responders send
 *	from=MAC to=MAC		link addresses
 *	flows=N entries=N	how many connections, of how many permitted entries
 *	first=N			the number of the first connection
 *	frame=64|1500		bytes on a wire, checksum of the frame included
 *	cores=1|2...		threads, a processor each, the last first; each has its own connections
 *	frames=N		so many frames, or
 *	seconds=S		for about so long, after all connections were sent once
 *
 * A rate is frames that arrived a second of a processor's time: the time in which somebody else
 * had the processor does not count, that of the kernel's own thread for soft interrupts does.
 * Knows nothing of what lies between the ends.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "forward_flow.h"
#include "sender.h"
#include "sender_frame.h"
#include "sender_threads.h"
/* Rest on the types above. */
#include "bench/forward.skel.h"
#include "bench/sender.skel.h"

#define USAGE                                            \
	"usage: sender attach PINS DEVICE PROGRAM... | " \
	"sender touch MAP... | sender send PINS DEVICE KEY=VALUE..."

static void read_mac(const char *text, uint8_t mac[6])
{
	struct ether_addr address;

	if (!ether_aton_r(text, &address))
		errx(2, "'%s' is no MAC address", text);
	memcpy(mac, address.ether_addr_octet, 6);
}

static uint32_t read_number(const char *text)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (end == text || *end || number > UINT32_MAX)
		errx(2, "'%s' is no number", text);
	return number;
}

static unsigned int device_index(const char *name)
{
	unsigned int index = if_nametoindex(name);

	if (!index)
		errx(1, "there is no device %s", name);
	return index;
}

static struct sender_bpf *open_sender(const char *pins)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .pin_root_path = pins);
	struct sender_bpf *sender = sender_bpf__open_opts(&options);

	if (!sender || sender_bpf__load(sender))
		errx(1, "cannot load the sender: %s", strerror(errno));
	return sender;
}

static void put_on(const char *device, const struct bpf_program *program)
{
	int error = bpf_xdp_attach((int)device_index(device), bpf_program__fd(program),
				   XDP_FLAGS_DRV_MODE, NULL);

	if (error)
		errx(1, "cannot attach to %s: %s", device, strerror(-error));
}

static int attach(int argc, char **argv)
{
	const char *pins = argv[2], *device = argv[3], *what = argv[4];
	struct forward_bpf *forward;

	if (!strcmp(what, "count")) {
		put_on(device, open_sender(pins)->progs.count);
		return 0;
	}
	forward = forward_bpf__open();
	if (!forward)
		err(1, "cannot open the forwarders");
	if (!strcmp(what, "next_hop") && argc == 8) {
		forward->rodata->hop_ifindex = device_index(argv[5]);
		read_mac(argv[6], (uint8_t *)forward->rodata->hop_source);
		read_mac(argv[7], (uint8_t *)forward->rodata->hop_destination);
	}
	if (forward_bpf__load(forward))
		err(1, "cannot load the forwarders");
	put_on(device, strcmp(what, "lookup") ? forward->progs.next_hop : forward->progs.lookup);
	return 0;
}

static void touch(const char *path)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int map = bpf_obj_get(path);
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	volatile uint8_t *memory;
	size_t length;

	if (map < 0 || bpf_obj_get_info_by_fd(map, &info, &size))
		err(1, "cannot open %s", path);
	length = (size_t)info.value_size * info.max_entries;
	memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (memory == MAP_FAILED)
		err(1, "cannot map %s", path);
	for (size_t i = 0; i < length; i += page)
		memory[i] = memory[i];
}

struct request {
	struct sender_frame frame;
	uint32_t flows;
	uint32_t first;
	uint32_t entries;
	uint32_t cores;
	uint32_t frames;
	double seconds;
};

static bool take_number(struct request *request, const char *key, const char *value)
{
	const struct {
		const char *key;
		uint32_t *target;
	} numbers[] = {
		{ "reply", &request->frame.reply }, { "frame", &request->frame.bytes },
		{ "flows", &request->flows },	    { "first", &request->first },
		{ "entries", &request->entries },   { "cores", &request->cores },
		{ "frames", &request->frames },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (strcmp(key, numbers[i].key))
			continue;
		*numbers[i].target = read_number(value);
		return true;
	}
	return false;
}

static void take_word(struct request *request, char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		errx(2, "'%s' is not KEY=VALUE", word);
	*value++ = '\0';
	if (!strcmp(word, "kind")) {
		if (!sender_frame_kind(&request->frame, value))
			errx(2, "there is no kind '%s'", value);
	} else if (!strcmp(word, "from")) {
		read_mac(value, request->frame.from);
	} else if (!strcmp(word, "to")) {
		read_mac(value, request->frame.to);
	} else if (!strcmp(word, "seconds")) {
		request->seconds = strtod(value, NULL);
	} else if (!take_number(request, word, value)) {
		errx(2, "there is no key '%s'", word);
	}
}

static void check(const struct request *request)
{
	if (!request->entries || request->entries > FORWARD_ENTRIES_MAX ||
	    (request->first + request->flows - 1) / request->entries >= FORWARD_FLOWS_AN_ENTRY)
		errx(2, "so many connections need more entries");
	if (!request->cores || request->cores > request->flows)
		errx(2, "each core wants a connection of its own");
	if (!request->frames == !(request->seconds > 0))
		errx(2, "either frames or seconds");
	if (request->frame.bytes < 64 || request->frame.bytes > 1518)
		errx(2, "a frame has 64 to 1518 bytes");
}

/* The tool's part of a run: the plan, each core's connections, and the report. */
static int send_frames(int argc, char **argv)
{
	struct request request = { .flows = 1, .entries = 1, .cores = 1, .frame.bytes = 64 };
	uint8_t frame[SENDER_FRAME_BYTES] = {};
	struct sender_result result;
	struct sender_bpf *sender;
	struct sender_run run;

	for (int i = 4; i < argc; i++)
		take_word(&request, argv[i]);
	check(&request);
	sender = open_sender(argv[2]);
	sender_frame_make(&request.frame, frame, &sender->bss->plan);
	sender->bss->plan.ifindex = device_index(argv[3]);
	sender->bss->plan.entries = request.entries;
	run = (struct sender_run){
		.program = bpf_program__fd(sender->progs.send),
		.received = bpf_map__fd(sender->maps.received),
		.lanes = sender->bss->lanes,
		.frame = frame,
		.bytes = request.frame.bytes - 4, /* without the checksum of the frame */
		.first = request.first,
		.flows = request.flows,
		.cores = request.cores,
		.frames = request.frames,
		.seconds = request.seconds,
	};
	if (sender_run(&run, &result))
		err(1, "cannot send");
	printf("{\"kpps\": %.1f, \"sent\": %llu, \"received\": %llu, \"share\": %.4f, "
	       "\"seconds\": %.4f, \"elapsed\": %.4f}\n",
	       result.rate / 1e3, (unsigned long long)result.sent,
	       (unsigned long long)result.received, (double)result.received / (double)result.sent,
	       result.busy, result.elapsed);
	sender_bpf__destroy(sender);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 5 && !strcmp(argv[1], "attach"))
		return attach(argc, argv);
	if (argc >= 5 && !strcmp(argv[1], "send"))
		return send_frames(argc, argv);
	if (argc >= 3 && !strcmp(argv[1], "touch")) {
		for (int i = 2; i < argc; i++)
			touch(argv[i]);
		return 0;
	}
	errx(2, USAGE);
}
