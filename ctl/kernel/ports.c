/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes the hash from interface and VLAN to segment. Must not know how interfaces are found.
 */
#include "ports.h"

#include <errno.h>
#include <stdlib.h>

#include "rows.h"

#define LEAST_ROWS    16
#define ROWS_PER_PORT 4
#define SEEDS	      64 /* tried before the table is doubled */
#define DOUBLINGS     8

/* The bound ports, each once. An interface may be listed under several of its names. */
static int list_port(struct sekisho_rows *list, struct sekisho_port_row port)
{
	const struct sekisho_port_row *known = list->items;
	struct sekisho_port_row *row;

	for (uint32_t i = 0; i < list->count; i++)
		if (known[i].ifindex == port.ifindex && known[i].vlan == port.vlan)
			return known[i].segment == port.segment ? 0 : -EEXIST;
	row = sekisho_rows_add(list, 1);
	if (!row)
		return -ENOMEM;
	*row = port;
	return 0;
}

static int list_ports(const struct sekisho_policy *policy, const struct sekisho_bindings *bindings,
		      struct sekisho_rows *list, uint32_t *missing,
		      struct sekisho_tables_problem *problem)
{
	for (size_t i = 0; i < policy->segment_count; i++) {
		for (size_t j = 0; j < policy->segments[i].port_count; j++) {
			const struct sekisho_port *port = &policy->segments[i].ports[j];
			struct sekisho_port_row row = { .vlan = port->vlan,
							.segment = (uint16_t)i };
			int error = 0;

			row.ifindex = bindings->ifindex(bindings->context, port->interface);
			if (row.ifindex)
				error = list_port(list, row);
			else
				(*missing)++;
			if (error == -EEXIST) {
				problem->fault = SEKISHO_TABLES_PORT_TWICE;
				problem->interface = port->interface;
			}
			if (error)
				return error;
		}
	}
	return 0;
}

static bool place(struct sekisho_port_row *rows, uint32_t count, struct sekisho_port_row port,
		  uint32_t seed)
{
	uint32_t hash = sekisho_port_hash(port.ifindex, port.vlan, seed);

	for (uint32_t i = 0; i < SEKISHO_PORT_PROBES; i++) {
		struct sekisho_port_row *row = &rows[(hash + i) & (count - 1)];

		if (!row->ifindex) {
			*row = port;
			return true;
		}
	}
	return false;
}

static bool place_all(struct sekisho_port_row *rows, uint32_t count,
		      const struct sekisho_rows *list, uint32_t seed)
{
	const struct sekisho_port_row *ports = list->items;

	for (uint32_t i = 0; i < count; i++)
		rows[i] = (struct sekisho_port_row){ 0 };
	for (uint32_t i = 0; i < list->count; i++)
		if (!place(rows, count, ports[i], seed))
			return false;
	return true;
}

static int fill(const struct sekisho_rows *list, struct sekisho_tables *tables)
{
	uint32_t count = LEAST_ROWS;

	while (count < ROWS_PER_PORT * list->count)
		count *= 2;
	for (int doubling = 0; doubling <= DOUBLINGS; doubling++, count *= 2) {
		free(tables->ports);
		tables->ports = calloc(count, sizeof(*tables->ports));
		if (!tables->ports)
			return -ENOMEM;
		tables->row.ports.count = count;
		for (uint32_t i = 0; i < SEEDS; i++) {
			tables->row.port_seed = i * 0x9e3779b9u;
			if (place_all(tables->ports, count, list, tables->row.port_seed))
				return 0;
		}
	}
	return -E2BIG;
}

int sekisho_ports_build(const struct sekisho_policy *policy,
			const struct sekisho_bindings *bindings, struct sekisho_tables *tables,
			struct sekisho_tables_problem *problem)
{
	struct sekisho_rows list = SEKISHO_ROWS(struct sekisho_port_row);
	int error = list_ports(policy, bindings, &list, &tables->ports_missing, problem);

	if (!error)
		error = fill(&list, tables);
	if (error == -E2BIG) {
		problem->fault = SEKISHO_TABLES_HASH;
		problem->count = list.count;
	}
	sekisho_rows_free(&list);
	return error;
}
