// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of a disk below a file system. Knows nothing of audit logs.
 */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct content {
	char *bytes;
	size_t size;
};

struct node {
	ino_t inode;
	bool directory;
	struct content *versions; /* the first is certain, the last is what a reader sees */
	size_t count;
};

struct entry {
	ino_t parent, inode;
	char name[DISK_NAME_BYTES];
};

struct disk {
	ino_t root;
	struct node *nodes;
	size_t node_count;
	struct entry *entries; /* for certain */
	size_t entry_count;
	struct disk_step *changes; /* of names, not yet certain; without bytes */
	size_t change_count;
};

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(2);
}

static void *grow(void *array, size_t count, size_t size)
{
	void *grown = reallocarray(array, count + 1, size);

	if (!grown)
		die("memory");
	return grown;
}

static struct content copy(const struct content *content, size_t size)
{
	struct content copied = { calloc(1, size + 1), size };

	if (!copied.bytes)
		die("memory");
	if (content->size)
		memcpy(copied.bytes, content->bytes, content->size < size ? content->size : size);
	return copied;
}

static struct node *find_node(const struct disk *disk, ino_t inode)
{
	size_t i;

	for (i = 0; i < disk->node_count; i++)
		if (disk->nodes[i].inode == inode)
			return &disk->nodes[i];
	fprintf(stderr, "inode %lu was never created\n", (unsigned long)inode);
	exit(2);
}

static void add_node(struct disk *disk, ino_t inode, bool directory, struct content certain)
{
	struct node node = { inode, directory, grow(NULL, 0, sizeof(*node.versions)), 1 };
	size_t i;

	node.versions[0] = certain;
	for (i = 0; i < disk->node_count; i++)
		/* The number of a removed file, given out again. */
		if (disk->nodes[i].inode == inode)
			disk->nodes[i].inode = 0;
	disk->nodes = grow(disk->nodes, disk->node_count, sizeof(*disk->nodes));
	disk->nodes[disk->node_count++] = node;
}

static void free_versions(struct node *node, size_t keep_from)
{
	size_t i;

	for (i = 0; i < keep_from; i++)
		free(node->versions[i].bytes);
	memmove(node->versions, node->versions + keep_from,
		(node->count - keep_from) * sizeof(*node->versions));
	node->count -= keep_from;
}

struct disk *disk_new(ino_t root)
{
	struct disk *disk = calloc(1, sizeof(*disk));

	if (!disk)
		die("memory");
	disk->root = root;
	add_node(disk, root, true, (struct content){ 0 });
	return disk;
}

void disk_free(struct disk *disk)
{
	size_t i;

	for (i = 0; i < disk->node_count; i++) {
		free_versions(&disk->nodes[i], disk->nodes[i].count);
		free(disk->nodes[i].versions);
	}
	free(disk->nodes);
	free(disk->entries);
	free(disk->changes);
	free(disk);
}

static void remove_entry(struct disk *disk, ino_t parent, const char *name)
{
	size_t i;

	for (i = 0; i < disk->entry_count; i++)
		if (disk->entries[i].parent == parent && !strcmp(disk->entries[i].name, name)) {
			disk->entries[i] = disk->entries[--disk->entry_count];
			return;
		}
}

static void set_entry(struct disk *disk, ino_t parent, const char *name, ino_t inode)
{
	struct entry entry = { .parent = parent, .inode = inode };

	remove_entry(disk, parent, name);
	snprintf(entry.name, sizeof(entry.name), "%s", name);
	disk->entries = grow(disk->entries, disk->entry_count, sizeof(*disk->entries));
	disk->entries[disk->entry_count++] = entry;
}

static void make_certain(struct disk *disk, const struct disk_step *change)
{
	if (change->kind == DISK_CREATE) {
		set_entry(disk, change->parent, change->name, change->inode);
		return;
	}
	remove_entry(disk, change->parent, change->name);
	if (change->kind == DISK_RENAME)
		set_entry(disk, change->parent, change->to, change->inode);
}

static void change_name(struct disk *disk, const struct disk_step *step)
{
	disk->changes = grow(disk->changes, disk->change_count, sizeof(*disk->changes));
	disk->changes[disk->change_count++] = *step;
}

static void flush(struct disk *disk, ino_t inode)
{
	struct node *node = find_node(disk, inode);
	size_t i, kept = 0;

	free_versions(node, node->count - 1);
	if (!node->directory)
		return;
	for (i = 0; i < disk->change_count; i++)
		if (disk->changes[i].parent == inode)
			make_certain(disk, &disk->changes[i]);
		else
			disk->changes[kept++] = disk->changes[i];
	disk->change_count = kept;
}

static void change_content(struct node *node, const struct disk_step *step)
{
	const struct content *last = &node->versions[node->count - 1];
	size_t end = (size_t)step->offset + step->length;
	bool cut = step->kind == DISK_TRUNCATE;
	struct content content = copy(last, cut || end > last->size ? end : last->size);

	if (step->length)
		memcpy(content.bytes + step->offset, step->bytes, step->length);
	node->versions = grow(node->versions, node->count, sizeof(*node->versions));
	node->versions[node->count++] = content;
}

void disk_do(struct disk *disk, const struct disk_step *step)
{
	switch (step->kind) {
	case DISK_CREATE:
		add_node(disk, step->inode, step->directory, (struct content){ 0 });
		change_name(disk, step);
		break;
	case DISK_RENAME:
	case DISK_REMOVE:
		change_name(disk, step);
		break;
	case DISK_WRITE:
	case DISK_TRUNCATE:
		change_content(find_node(disk, step->inode), step);
		break;
	case DISK_FLUSH:
		flush(disk, step->inode);
		break;
	case DISK_MARK:
		break;
	}
}

static size_t below(size_t bound)
{
	return bound ? (size_t)lrand48() % bound : 0;
}

/* An old size, the new one, or one between. */
static size_t cut_size(const struct node *node, size_t unit)
{
	size_t certain = node->versions[0].size, last = node->versions[node->count - 1].size;

	switch (below(4)) {
	case 0:
		return node->versions[below(node->count)].size;
	case 1:
		if (last > certain) {
			size_t size = certain + below(last - certain + 1);

			/* Most file systems take whole blocks, or the size that was asked for. */
			size -= below(2) ? size % unit : 0;
			return size > certain ? size : certain;
		}
		return last;
	default:
		return last;
	}
}

/* Each block of some version, mostly of the first or the last. */
static struct content cut_content(const struct node *node)
{
	static const size_t units[] = { 4096, 4096, 4096, 512 };
	static const size_t odds[] = { 5, 50, 95 };
	size_t unit = units[below(4)], odd = odds[below(3)], at;
	struct content content;

	if (node->count == 1 || !below(8))
		return copy(&node->versions[0], node->versions[0].size);
	if (!below(8))
		return copy(&node->versions[node->count - 1], node->versions[node->count - 1].size);
	content = copy(&node->versions[0], cut_size(node, unit));
	memset(content.bytes, 0, content.size);
	for (at = 0; at < content.size; at += unit) {
		size_t version = below(100) < odd ? node->count - 1 : 0;
		const struct content *from;
		size_t end = at + unit < content.size ? at + unit : content.size;

		if (!below(16))
			version = below(node->count);
		from = &node->versions[version];
		if (end > from->size)
			end = from->size;
		if (end > at)
			memcpy(content.bytes + at, from->bytes + at, end - at);
	}
	return content;
}

static ino_t put_file(const char *path, const struct content *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat status;

	if (fd < 0 || write(fd, content->bytes, content->size) != (ssize_t)content->size ||
	    fstat(fd, &status))
		die(path);
	close(fd);
	return status.st_ino;
}

static ino_t put_directory(const char *path)
{
	struct stat status;

	if ((mkdir(path, 0700) && errno != EEXIST) || stat(path, &status))
		die(path);
	return status.st_ino;
}

/* What @directory holds for certain in @certain, into @path and into @made. */
static void put_tree(const struct disk *certain, ino_t directory, const char *path,
		     struct disk *made, ino_t parent)
{
	size_t i;

	for (i = 0; i < certain->entry_count; i++) {
		const struct entry *entry = &certain->entries[i];
		const struct node *node;
		struct content content = { 0 };
		char below_path[4096];
		ino_t inode;

		if (entry->parent != directory)
			continue;
		node = find_node(certain, entry->inode);
		snprintf(below_path, sizeof(below_path), "%s/%s", path, entry->name);
		if (node->directory) {
			inode = put_directory(below_path);
		} else {
			content = copy(&node->versions[0], node->versions[0].size);
			inode = put_file(below_path, &content);
		}
		add_node(made, inode, node->directory, content);
		set_entry(made, parent, entry->name, inode);
		if (node->directory)
			put_tree(certain, entry->inode, below_path, made, inode);
	}
}

struct disk *disk_cut(const struct disk *disk, const char *path)
{
	struct disk *cut = disk_new(disk->root), *made;
	size_t i, mode = below(4);

	for (i = 0; i < disk->node_count; i++)
		if (disk->nodes[i].inode && disk->nodes[i].inode != disk->root)
			add_node(cut, disk->nodes[i].inode, disk->nodes[i].directory,
				 disk->nodes[i].directory ? (struct content){ 0 }
							  : cut_content(&disk->nodes[i]));
	for (i = 0; i < disk->entry_count; i++)
		set_entry(cut, disk->entries[i].parent, disk->entries[i].name,
			  disk->entries[i].inode);
	/* All of the names made since, none, or some. */
	for (i = 0; i < disk->change_count; i++)
		if (mode == 0 || (mode > 1 && below(2)))
			make_certain(cut, &disk->changes[i]);
	made = disk_new(put_directory(path));
	put_tree(cut, cut->root, path, made, made->root);
	disk_free(cut);
	return made;
}
