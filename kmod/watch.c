// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches the devices of the ports: which have a program, which came or went. The kernel tells of
 * devices; of programs that end with their link it tells nobody, so these are looked for once a
 * second. Knows nothing of verdicts.
 */
#include "watch.h"

#include <linux/bsearch.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/workqueue.h>

#include "border.h"
#include "guard.h"
#include "policy.h"
#include "telling.h"

/* A commit attaches programs after it has told the module of its ports. */
#define LOOKS_BEFORE_LOST 2

/* An interface that is a port's, whatever the VLAN. */
struct sekisho_watched {
	u32 ifindex;
	u32 lost; /* how often it lost its program */
	u8 attached; /* enum sekisho_port_attached */
	u8 looks; /* so many, up to LOOKS_BEFORE_LOST */
	bool missing; /* it has none, and that was told */
	char name[16];
};

/* By ifindex. */
struct sekisho_watch_list {
	struct rcu_head rcu;
	u32 count;
	struct sekisho_watched interface[];
};

struct sekisho_watch {
	struct sekisho_border *border;
	struct mutex lock; /* changes of the list and of what is in it */
	struct sekisho_watch_list __rcu *list; /* NULL: nothing to watch */
	struct delayed_work look;
};

/* Who stops listening is told that every device goes. */
static bool sekisho_watch_ends;

static int compare_interfaces(const void *left, const void *right)
{
	const struct sekisho_watched *a = left, *b = right;

	return a->ifindex < b->ifindex ? -1 : a->ifindex > b->ifindex;
}

static struct sekisho_watched *find_interface(struct sekisho_watch_list *list, u32 ifindex)
{
	const struct sekisho_watched wanted = { .ifindex = ifindex };

	if (!list)
		return NULL;
	return bsearch(&wanted, list->interface, list->count, sizeof(wanted), compare_interfaces);
}

static struct sekisho_watch_list *list_of(const struct sekisho_watch *watch)
{
	return rcu_dereference_protected(watch->list, lockdep_is_held(&watch->lock));
}

/* dev_xdp_prog_count() counts a program of each mode; the generic one has a place of its own. */
static u8 attached_to(const struct net_device *device)
{
	bool generic = rcu_access_pointer(device->xdp_prog);

	if (dev_xdp_prog_count((struct net_device *)device) > generic)
		return SEKISHO_PORT_ATTACHED_NATIVE;
	return generic ? SEKISHO_PORT_ATTACHED_GENERIC : SEKISHO_PORT_ATTACHED_NONE;
}

static void tell(struct sekisho_watch *watch, u8 kind, u32 ifindex, const char *name)
{
	struct sekisho_event_note note = {
		.kind = kind,
		.ifindex = ifindex,
	};

	strscpy(note.interface, name, sizeof(note.interface));
	sekisho_telling_tell(watch->border->telling, &note);
}

static void look_at(struct sekisho_watch *watch, struct sekisho_watched *interface,
		    const struct net_device *device)
{
	u8 attached = attached_to(device);

	WRITE_ONCE(interface->attached, attached);
	if (interface->looks < LOOKS_BEFORE_LOST)
		interface->looks++;
	if (attached == SEKISHO_PORT_ATTACHED_NONE) {
		if (interface->missing || interface->looks < LOOKS_BEFORE_LOST)
			return;
		interface->missing = true;
		WRITE_ONCE(interface->lost, interface->lost + 1);
		tell(watch, SEKISHO_EVENT_KIND_PORT_LOST, interface->ifindex, device->name);
		return;
	}
	/* One that had a program is missed at the first look. */
	interface->looks = LOOKS_BEFORE_LOST;
	if (interface->missing)
		tell(watch, SEKISHO_EVENT_KIND_PORT_BACK, interface->ifindex, device->name);
	interface->missing = false;
}

/*
 * Not under rtnl: whether there is a program is read, never the program, and a look that comes
 * a moment too early is made good by the next.
 */
static void look_work(struct work_struct *work)
{
	struct sekisho_watch *watch =
		container_of(to_delayed_work(work), struct sekisho_watch, look);
	struct sekisho_watch_list *list;
	const struct net_device *device;
	u32 index;

	mutex_lock(&watch->lock);
	list = list_of(watch);
	rcu_read_lock();
	for (index = 0; list && index < list->count; index++) {
		device = dev_get_by_index_rcu(watch->border->net, list->interface[index].ifindex);
		if (device)
			look_at(watch, &list->interface[index], device);
	}
	rcu_read_unlock();
	if (list)
		schedule_delayed_work(&watch->look, HZ);
	mutex_unlock(&watch->lock);
}

struct sekisho_watch *sekisho_watch_new(struct sekisho_border *border)
{
	struct sekisho_watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL);

	if (!watch)
		return NULL;
	watch->border = border;
	mutex_init(&watch->lock);
	INIT_DELAYED_WORK(&watch->look, look_work);
	return watch;
}

void sekisho_watch_free(struct sekisho_watch *watch)
{
	if (!watch)
		return;
	/* Also where the work would start itself again. */
	cancel_delayed_work_sync(&watch->look);
	kvfree(rcu_dereference_protected(watch->list, true));
	mutex_destroy(&watch->lock);
	kfree(watch);
}

/* Interfaces of the ports, each once; those that are not there cannot be looked at. */
static void fill_list(struct sekisho_watch_list *list, const struct sekisho_policy *policy)
{
	struct sekisho_watched *interface = list->interface;
	u32 index, kept = 0;

	for (index = 0; index < policy->port_count; index++) {
		if (!policy->ports[index].ifindex)
			continue;
		interface[list->count].ifindex = policy->ports[index].ifindex;
		strscpy(interface[list->count].name, policy->ports[index].interface,
			sizeof(interface->name));
		list->count++;
	}
	sort(interface, list->count, sizeof(*interface), compare_interfaces, NULL);
	for (index = 0; index < list->count; index++)
		if (!kept || interface[kept - 1].ifindex != interface[index].ifindex)
			interface[kept++] = interface[index];
	list->count = kept;
}

static void keep_state(struct sekisho_watch_list *list, struct sekisho_watch_list *before)
{
	const struct sekisho_watched *known;
	u32 index;

	for (index = 0; index < list->count; index++) {
		known = find_interface(before, list->interface[index].ifindex);
		if (known)
			list->interface[index] = *known;
	}
}

int sekisho_watch_policy(struct sekisho_watch *watch, const struct sekisho_policy *policy)
{
	struct sekisho_watch_list *list = NULL, *before;

	if (policy) {
		list = kvzalloc(struct_size(list, interface, policy->port_count), GFP_KERNEL);
		if (!list)
			return -ENOMEM;
		fill_list(list, policy);
	}
	mutex_lock(&watch->lock);
	before = list_of(watch);
	if (list)
		keep_state(list, before);
	rcu_assign_pointer(watch->list, list);
	mutex_unlock(&watch->lock);
	if (before)
		kvfree_rcu(before, rcu);
	if (list)
		schedule_delayed_work(&watch->look, HZ);
	return 0;
}

enum sekisho_port_attached sekisho_watch_attached(const struct sekisho_watch *watch, u32 ifindex)
{
	enum sekisho_port_attached attached = SEKISHO_PORT_ATTACHED_NONE;
	const struct sekisho_watched *interface;

	rcu_read_lock();
	interface = find_interface(rcu_dereference(watch->list), ifindex);
	if (interface)
		attached = READ_ONCE(interface->attached);
	rcu_read_unlock();
	return attached;
}

u32 sekisho_watch_lost(const struct sekisho_watch *watch, u32 ifindex)
{
	const struct sekisho_watched *interface;
	u32 lost = 0;

	rcu_read_lock();
	interface = find_interface(rcu_dereference(watch->list), ifindex);
	if (interface)
		lost = READ_ONCE(interface->lost);
	rcu_read_unlock();
	return lost;
}

/* One that belongs to no segment, while a policy says which do. */
static void interface_came(struct sekisho_watch *watch, const struct net_device *device)
{
	const struct sekisho_policy *policy;
	bool stranger;

	rcu_read_lock();
	policy = rcu_dereference(watch->border->regime)->policy;
	stranger = policy && !(device->flags & IFF_LOOPBACK) &&
		   !find_interface(rcu_dereference(watch->list), device->ifindex) &&
		   sekisho_guard_segment(policy, device, NULL) == SEKISHO_SEGMENT_NONE;
	rcu_read_unlock();
	if (stranger)
		tell(watch, SEKISHO_EVENT_KIND_INTERFACE_NEW, device->ifindex, device->name);
}

/* Its number may be another's one day: what was seen of it is forgotten. */
static void interface_went(struct sekisho_watch *watch, const struct net_device *device)
{
	struct sekisho_watched *interface;

	mutex_lock(&watch->lock);
	interface = find_interface(list_of(watch), device->ifindex);
	if (interface) {
		WRITE_ONCE(interface->attached, SEKISHO_PORT_ATTACHED_NONE);
		interface->looks = 0;
		interface->missing = false;
		tell(watch, SEKISHO_EVENT_KIND_INTERFACE_GONE, device->ifindex, device->name);
	}
	mutex_unlock(&watch->lock);
}

static int watch_event(struct notifier_block *block, unsigned long event, void *info)
{
	const struct net_device *device = netdev_notifier_info_to_dev(info);
	struct sekisho_watch *watch = sekisho_border_of(dev_net(device))->watch;

	if (sekisho_watch_ends)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME: /* under its new name it may be one that the policy waits for */
		interface_came(watch, device);
		break;
	case NETDEV_UNREGISTER:
		interface_went(watch, device);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block sekisho_watch_notifier = {
	.notifier_call = watch_event,
};

int sekisho_watch_register(void)
{
	return register_netdevice_notifier(&sekisho_watch_notifier);
}

void sekisho_watch_unregister(void)
{
	sekisho_watch_ends = true;
	unregister_netdevice_notifier(&sekisho_watch_notifier);
}
