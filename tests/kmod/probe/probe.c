// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: hands frames from user space to the guard and its verdicts back, through a device that
 * only root opens. Never part of what is installed. Knows nothing of what is tested.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>

#include "kmod/probe.h"

#include "records.h"

static int probe_open(struct inode *inode, struct file *file)
{
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	file->private_data = get_net(current->nsproxy->net_ns);
	return 0;
}

static int probe_release(struct inode *inode, struct file *file)
{
	put_net(file->private_data);
	return 0;
}

/* What is behind the packet's head goes into a page, as from a card that splits headers off. */
static int fill(struct sk_buff *skb, const struct probe_frame *frame)
{
	const u8 *bytes = (const u8 *)(frame + 1);
	u32 linear = min(frame->linear, frame->length);
	u32 rest = frame->length - linear;
	struct page *page;

	skb_put_data(skb, bytes, linear);
	if (!rest)
		return 0;
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	/* At the page's end, where reading on would be seen. */
	memcpy(page_address(page) + PAGE_SIZE - rest, bytes + linear, rest);
	skb_add_rx_frag(skb, 0, page, PAGE_SIZE - rest, rest, PAGE_SIZE);
	return 0;
}

static int judge(struct net *net, const struct probe_frame *frame, struct probe_verdict *answer)
{
	const struct sekisho_probe_passage passage = {
		.wall = frame->wall,
		.monotonic = frame->monotonic,
		.ifindex = frame->ifindex,
		.tag = frame->tagged ? frame->tag : -1,
		.output = frame->output,
	};
	struct sekisho_probe_verdict verdict = { 0 };
	struct sk_buff *skb = alloc_skb(frame->length, GFP_KERNEL);
	int error;

	if (!skb)
		return -ENOMEM;
	error = fill(skb, frame);
	if (error)
		goto free;
	if (frame->room)
		sekisho_probe_full(net, false);
	sekisho_probe_judge(net, skb, &passage, &verdict);
	if (frame->room)
		sekisho_probe_full(net, true);
	answer->reason = verdict.reason;
	answer->reply = verdict.reply;
	memcpy(answer->from, verdict.from, sizeof(answer->from));
	memcpy(answer->to, verdict.to, sizeof(answer->to));
	memcpy(answer->flow, verdict.flow, sizeof(answer->flow));
free:
	kfree_skb(skb);
	return error;
}

/* Judge @batch->count frames that lie in @frames. */
static int judge_all(struct net *net, const struct probe_batch *batch, const void *frames,
		     struct probe_verdict *verdicts)
{
	size_t at = 0, bytes;
	int error = 0;
	u32 i;

	for (i = 0; i < batch->count && !error; i++) {
		const struct probe_frame *frame = frames + at;

		if (batch->bytes - at < sizeof(*frame))
			return -EINVAL;
		bytes = ALIGN(sizeof(*frame) + frame->length, 8);
		if (batch->bytes - at < bytes || frame->length > PROBE_FRAME_BYTES)
			return -EINVAL;
		error = judge(net, frame, &verdicts[i]);
		at += bytes;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return error;
}

static int probe_judge(struct net *net, const void __user *argument)
{
	struct probe_verdict *verdicts = NULL;
	struct probe_batch batch;
	void *frames;
	int error;

	if (copy_from_user(&batch, argument, sizeof(batch)))
		return -EFAULT;
	if (!batch.count || batch.count > PROBE_BATCH_FRAMES || batch.bytes > PROBE_BATCH_BYTES)
		return -EINVAL;
	frames = vmemdup_user(u64_to_user_ptr(batch.frames), batch.bytes);
	if (IS_ERR(frames))
		return PTR_ERR(frames);
	verdicts = kvcalloc(batch.count, sizeof(*verdicts), GFP_KERNEL);
	error = verdicts ? judge_all(net, &batch, frames, verdicts) : -ENOMEM;
	if (!error && copy_to_user(u64_to_user_ptr(batch.verdicts), verdicts,
				   batch.count * sizeof(*verdicts)))
		error = -EFAULT;
	kvfree(verdicts);
	kvfree(frames);
	return error;
}

static long probe_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	const void __user *user = (const void __user *)argument;
	struct net *net = file->private_data;
	u32 value;

	if (command == PROBE_JUDGE)
		return probe_judge(net, user);
	if (command != PROBE_SWEEP && command != PROBE_FULL)
		return -ENOTTY;
	if (copy_from_user(&value, user, sizeof(value)))
		return -EFAULT;
	if (command == PROBE_SWEEP)
		sekisho_probe_sweep(net, value);
	else
		sekisho_probe_full(net, value);
	return 0;
}

static const struct file_operations probe_operations = {
	.owner = THIS_MODULE,
	.open = probe_open,
	.release = probe_release,
	.unlocked_ioctl = probe_ioctl,
};

static struct miscdevice probe_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = PROBE_DEVICE,
	.fops = &probe_operations,
	.mode = 0600,
};

module_misc_device(probe_device);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sekisho's guard, asked by tests");
