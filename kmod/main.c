// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module comes and goes here: a border for every namespace, then those who ask about borders.
 * Knows in which order, nothing of what the parts do.
 */
#include <linux/module.h>
#include <linux/random.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "sekisho/version.h"

#include "border.h"
#include "family.h"
#include "guard.h"
#include "match.h"
#include "watch.h"

#define SELFTEST_ROUNDS 32

static unsigned int sekisho_net_id __read_mostly;

struct sekisho_border *sekisho_border_of(const struct net *net)
{
	return net_generic(net, sekisho_net_id);
}

static int __net_init sekisho_net_init(struct net *net)
{
	struct sekisho_border *border = sekisho_border_of(net);
	int error;

	border->net = net;
	error = sekisho_border_init(border);
	if (error)
		return error;
	error = sekisho_guard_register(border);
	if (error) {
		/* Its first hooks may have been called already. */
		synchronize_rcu();
		sekisho_border_exit(border);
	}
	return error;
}

/* Between this and the next, the kernel waits until all packets have left the hooks. */
static void __net_exit sekisho_net_pre_exit(struct net *net)
{
	sekisho_guard_unregister(sekisho_border_of(net));
}

static void __net_exit sekisho_net_exit(struct net *net)
{
	sekisho_border_exit(sekisho_border_of(net));
}

/*
 * A subsystem, not a device: a namespace ends with its devices first, which are still told of, and
 * with subsystems in the reverse order of their coming, this one before netfilter and netlink.
 */
static struct pernet_operations sekisho_net_operations = {
	.init = sekisho_net_init,
	.pre_exit = sekisho_net_pre_exit,
	.exit = sekisho_net_exit,
	.id = &sekisho_net_id,
	.size = sizeof(struct sekisho_border),
};

/* Builds for tests refuse to load where they contradict themselves. */
static int __init sekisho_selftest(void)
{
#ifdef SEKISHO_SELFTEST
	return sekisho_match_selftest(SELFTEST_ROUNDS, get_random_u64());
#else
	return 0;
#endif
}

/* From here on each namespace forwards nothing until it has a policy. */
static int __init sekisho_init(void)
{
	int error;

	error = sekisho_selftest();
	if (error)
		return error;
	error = register_pernet_subsys(&sekisho_net_operations);
	if (error)
		return error;
	error = sekisho_family_register();
	if (error)
		goto unregister_borders;
	error = sekisho_watch_register();
	if (error)
		goto unregister_family;
	return 0;

unregister_family:
	sekisho_family_unregister();
unregister_borders:
	unregister_pernet_subsys(&sekisho_net_operations);
	rcu_barrier();
	return error;
}

/* Sealed borders hold a reference to the module, so that this is not reached. */
static void __exit sekisho_exit(void)
{
	sekisho_watch_unregister();
	sekisho_family_unregister();
	unregister_pernet_subsys(&sekisho_net_operations);
	/* What was freed after a grace period is freed by code of this module. */
	rcu_barrier();
}

module_init(sekisho_init);
module_exit(sekisho_exit);

/*
 * No alias by its netlink family: anybody may ask for a family by name, and this module closes the
 * host for whom it comes as a surprise.
 */
MODULE_AUTHOR("The Sekisho authors");
MODULE_DESCRIPTION("Sekisho: policy between network segments, held by the kernel");
MODULE_LICENSE("GPL");
MODULE_VERSION(SEKISHO_VERSION);
