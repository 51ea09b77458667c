// SPDX-License-Identifier: GPL-2.0-only
/*
 * All links of an installation at once. Knows pinned links; nothing of maps or policies.
 */
#include "kernel/links.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

static int visit_link(const char *directory, const char *name,
		      int (*visit)(void *context, const char *name, int link, uint32_t ifindex),
		      void *context)
{
	struct bpf_link_info info = {};
	__u32 length = sizeof(info);
	char path[PATH_MAX];
	int link, result = 0;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	link = bpf_obj_get(path);
	if (link < 0)
		return -errno;
	/* Number 0: the interface is gone, and the link with it. */
	if (!bpf_obj_get_info_by_fd(link, &info, &length) && info.type == BPF_LINK_TYPE_XDP &&
	    info.xdp.ifindex)
		result = visit(context, name, link, info.xdp.ifindex);
	close(link);
	return result;
}

int sekisho_links_each(const char *directory,
		       int (*visit)(void *context, const char *name, int link, uint32_t ifindex),
		       void *context)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int result = 0;

	if (!stream)
		return -errno;
	while (!result && (entry = readdir(stream))) {
		if (!strncmp(entry->d_name, "link_", strlen("link_")))
			result = visit_link(directory, entry->d_name, visit, context);
	}
	closedir(stream);
	return result;
}

static int share_link(void *context, const char *name, int link, uint32_t ifindex)
{
	char path[PATH_MAX];

	(void)ifindex;
	if (snprintf(path, sizeof(path), "%s/%s", (const char *)context, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return bpf_obj_pin(link, path) ? -errno : 0;
}

int sekisho_links_share(const char *from, const char *to)
{
	return sekisho_links_each(from, share_link, (void *)to);
}

static int update_link(void *context, const char *name, int link, uint32_t ifindex)
{
	struct sekisho_attach_target *programs = context;

	(void)name;
	if (bpf_link_update(link, programs->ingress, NULL))
		return -errno;
	programs->ifindex = ifindex;
	return sekisho_attach_egress(programs);
}

int sekisho_links_update(const char *directory, int ingress, int egress)
{
	struct sekisho_attach_target programs = { .ingress = ingress, .egress = egress };

	return sekisho_links_each(directory, update_link, &programs);
}

static int remove_link(void *context, const char *name, int link, uint32_t ifindex)
{
	struct sekisho_attach_target target = { .ifindex = ifindex,
						.interface = name + strlen("link_"),
						.directory = context };

	/* Only removing the pin would leave the end of the link to whoever else holds it. */
	bpf_link_detach(link);
	sekisho_attach_remove(&target);
	return 0;
}

int sekisho_links_remove(const char *directory)
{
	return sekisho_links_each(directory, remove_link, (void *)directory);
}
