// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs on interfaces: the XDP link on the way in, the tc filter on the way out. Knows
 * descriptors and interfaces; nothing of maps or policies.
 */
#include "kernel/attach.h"

#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* The filter's place on the way out: ours, the first that is asked. */
#define EGRESS_HANDLE	1
#define EGRESS_PRIORITY 1

int sekisho_attach_link_path(const char *directory, const char *interface, char *path, size_t bytes)
{
	int length = snprintf(path, bytes, "%s/link_%s", directory, interface);

	if (length < 0 || (size_t)length >= bytes)
		return -ENAMETOOLONG;
	/* bpffs takes no dots in names. */
	for (char *c = path + strlen(directory); *c; c++) {
		if (*c == '.')
			*c = '_';
	}
	return 0;
}

static uint32_t program_id(int program)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(program, &info, &length) ? 0 : info.id;
}

/* A pin of an interface that went away, or of another one of that name, is of no use. */
static int open_living_link(const char *path, uint32_t ifindex)
{
	struct bpf_link_info info = {};
	__u32 length = sizeof(info);
	int link = bpf_obj_get(path);

	if (link < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(link, &info, &length) || info.type != BPF_LINK_TYPE_XDP ||
	    info.xdp.ifindex != ifindex) {
		close(link);
		unlink(path);
		return -ENOENT;
	}
	return link;
}

static int create_link(const struct sekisho_attach_target *target)
{
	LIBBPF_OPTS(bpf_link_create_opts, native, .flags = XDP_FLAGS_DRV_MODE);
	LIBBPF_OPTS(bpf_link_create_opts, generic, .flags = XDP_FLAGS_SKB_MODE);
	int link = bpf_link_create(target->ingress, (int)target->ifindex, BPF_XDP, &native);

	if (link < 0 && errno != EBUSY && errno != EPERM)
		link = bpf_link_create(target->ingress, (int)target->ifindex, BPF_XDP, &generic);
	return link < 0 ? -errno : link;
}

int sekisho_attach_ingress(const struct sekisho_attach_target *target, bool *created)
{
	char path[4096];
	int error =
		sekisho_attach_link_path(target->directory, target->interface, path, sizeof(path));
	int link;

	*created = false;
	if (error)
		return error;
	link = open_living_link(path, target->ifindex);
	if (link >= 0) {
		if (bpf_link_update(link, target->ingress, NULL))
			error = -errno;
		close(link);
		return error;
	}
	link = create_link(target);
	if (link < 0)
		return link;
	if (bpf_obj_pin(link, path))
		error = -errno;
	else
		*created = true;
	close(link);
	return error;
}

int sekisho_attach_egress(const struct sekisho_attach_target *target)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)target->ifindex,
		    .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = target->egress, .flags = BPF_TC_F_REPLACE,
		    .handle = EGRESS_HANDLE, .priority = EGRESS_PRIORITY);
	libbpf_print_fn_t before = libbpf_set_print(NULL);
	int error = bpf_tc_hook_create(&hook);

	if (!error || error == -EEXIST)
		error = bpf_tc_attach(&hook, &options);
	libbpf_set_print(before);
	return error;
}

void sekisho_attach_remove(const struct sekisho_attach_target *target)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)target->ifindex,
		    .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = EGRESS_HANDLE, .priority = EGRESS_PRIORITY);
	libbpf_print_fn_t before = libbpf_set_print(NULL);
	char path[4096];

	if (!sekisho_attach_link_path(target->directory, target->interface, path, sizeof(path)))
		unlink(path);
	bpf_tc_detach(&hook, &options);
	libbpf_set_print(before);
}

enum sekisho_attached sekisho_attach_ingress_state(uint32_t ifindex, int ingress)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	uint32_t id = program_id(ingress);

	if (!id || bpf_xdp_query((int)ifindex, 0, &query))
		return SEKISHO_ATTACHED_NONE;
	if (query.drv_prog_id == id || query.hw_prog_id == id)
		return SEKISHO_ATTACHED_NATIVE;
	return query.skb_prog_id == id ? SEKISHO_ATTACHED_GENERIC : SEKISHO_ATTACHED_NONE;
}

bool sekisho_attach_egress_state(uint32_t ifindex, int egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = EGRESS_HANDLE, .priority = EGRESS_PRIORITY);
	libbpf_print_fn_t before = libbpf_set_print(NULL);
	int error = bpf_tc_query(&hook, &options);

	libbpf_set_print(before);
	return !error && options.prog_id == program_id(egress);
}
