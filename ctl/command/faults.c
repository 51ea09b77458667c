// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's side refused, in sentences with a remedy. Knows nothing of how faults came
 * about.
 */
#include "command/faults.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/names.h"
#include "sekisho/limits.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"

#define CAPABILITY_NET_ADMIN 12
#define CAPABILITY_SYS_ADMIN 21
#define CAPABILITY_BPF	     39

static uint64_t own_capabilities(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	static const char lead[] = "CapEff:";
	uint64_t set = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, lead, sizeof(lead) - 1))
			set = strtoull(line + sizeof(lead) - 1, NULL, 16);
	}
	if (file)
		fclose(file);
	return set;
}

/* The capabilities that this process lacks, in words; "" where it has them. */
static const char *missing_capabilities(void)
{
	uint64_t own = own_capabilities();
	bool all = own >> CAPABILITY_SYS_ADMIN & 1;
	bool bpf = all || own >> CAPABILITY_BPF & 1;
	bool net = own >> CAPABILITY_NET_ADMIN & 1;

	if (!bpf && !net)
		return "CAP_BPF, CAP_NET_ADMIN";
	if (!bpf)
		return "CAP_BPF";
	return net ? "" : "CAP_NET_ADMIN";
}

static void say_no_privilege(const char *directory)
{
	const char *missing = missing_capabilities();

	if (*missing) {
		sekisho_say(_("the kernel does not allow it: missing %s"), missing);
		sekisho_say_hint(_("run it as root, or with these capabilities"));
	} else {
		sekisho_say(_("the kernel does not allow it: no access to %s"), directory);
		sekisho_say_hint(
			_("its owner is root; also see sysctl kernel.unprivileged_bpf_disabled"));
	}
}

void sekisho_faults_hint(int error)
{
	const char *missing = missing_capabilities();

	if (error != -EACCES && error != -EPERM)
		return;
	if (*missing)
		sekisho_say_hint(_("this needs root, or the rights to these directories, and %s"),
				 missing);
	else
		sekisho_say_hint(_("this needs root, or the rights to these directories"));
}

void sekisho_faults_engine(int error, const char *directory)
{
	switch (-error) {
	case ENOENT:
		sekisho_say(_("no policy is in force: nothing is pinned in %s"), directory);
		sekisho_say_hint(_("sekishoctl apply POLICY"));
		break;
	case EPERM:
	case EACCES:
		say_no_privilege(directory);
		break;
	case EUCLEAN:
		sekisho_say(_("what is pinned in %s is not of this version"), directory);
		sekisho_say_hint(_("apply the policy again, or see sekishoctl detach --help"));
		break;
	default:
		sekisho_say(_("the running filter cannot be opened: %s"), strerror(-error));
		break;
	}
}

static void say_no_interface(const char *interface)
{
	struct if_nameindex *list = if_nameindex();
	const char *names[SEKISHO_PORTS_MAX], *near;
	size_t count = 0;

	sekisho_say(_("interface '%s' is not there"), interface);
	for (size_t i = 0; list && list[i].if_index && count < SEKISHO_PORTS_MAX; i++)
		names[count++] = list[i].if_name;
	near = sekisho_words_nearest(names, count, interface);
	if (near)
		sekisho_say_hint(_("did you mean '%s'?"), near);
	else
		sekisho_say_hint(_("see: ip link"));
	if_freenameindex(list);
}

static void say_no_fit(const struct sekisho_tables_problem *problem,
		       const struct sekisho_policy *policy)
{
	const char *flow = problem->flow < policy->flow_count ? policy->flows[problem->flow].id
							      : "-";
	char text[SEKISHO_ADDRESS_TEXT];

	switch (problem->fault) {
	case SEKISHO_TABLES_COVERS:
		sekisho_format_address(text, problem->family, problem->address);
		sekisho_say(_("%s is in %u different host sets; at most %u fit (flow '%s')"), text,
			    problem->count, SEKISHO_COVER_MAX, flow);
		sekisho_say_hint(_("let flows share one named host set"));
		break;
	case SEKISHO_TABLES_CANDIDATES:
		sekisho_say(_("%u flows with the same hosts permit the same service; at most %u "
			      "fit (flow '%s')"),
			    problem->count, SEKISHO_CANDIDATES_MAX, flow);
		sekisho_say_hint(_("join flows that differ only in MAC, time or source port"));
		break;
	case SEKISHO_TABLES_RANGES:
		sekisho_say(_("too many ranges of addresses: %u"), problem->count);
		break;
	case SEKISHO_TABLES_PORT_TWICE:
		sekisho_say(_("interface '%s' is a port of two segments under different names"),
			    problem->interface ? problem->interface : "-");
		break;
	default:
		sekisho_say(_("the policy does not fit into the kernel's tables"));
		break;
	}
}

static void say_attach(const struct sekisho_commit_report *report)
{
	switch (report->fault) {
	case SEKISHO_COMMIT_NO_ATTACH:
		sekisho_say(_("'%s' takes no program: %s"), report->subject,
			    strerror(abs(report->error)));
		sekisho_say_hint(_("another XDP program may be there: ip -d link show dev %s"),
				 report->subject);
		break;
	case SEKISHO_COMMIT_NO_EGRESS:
		sekisho_say(_("the way out of '%s' takes no program: %s"), report->subject,
			    strerror(abs(report->error)));
		sekisho_say_hint(_("see: tc filter show dev %s egress"), report->subject);
		break;
	default:
		sekisho_say(_("'%s' cannot switch off '%s', which would hide frames from the "
			      "filter"),
			    report->subject, report->detail);
		sekisho_say_hint(_("try: ethtool -K %s %s off"), report->subject, report->detail);
		break;
	}
}

void sekisho_faults_sealed(void)
{
	sekisho_say(_("the border is sealed: nothing that could open it is taken"));
	sekisho_say_hint("sekishoctl unseal --actor A --second B --key-file FILE");
}

void sekisho_faults_guard_hint(int error)
{
	switch (-error) {
	case EPERM:
	case EACCES:
		sekisho_faults_hint(error);
		break;
	case EBUSY:
		sekisho_say_hint(_("sekishoctl confirm, or sekishoctl rollback"));
		break;
	case ESTALE:
		sekisho_say_hint(_("another program changed it meanwhile: try again"));
		break;
	case ENOMEM:
		sekisho_say_hint(_("the kernel has too little memory for the policy"));
		break;
	default:
		sekisho_say_hint(_("the kernel's log may say more: dmesg"));
		break;
	}
}

static void say_guard(const struct sekisho_commit_report *report)
{
	sekisho_say(_("the kernel guard refuses it: %s"),
		    *report->detail ? report->detail : strerror(abs(report->error)));
	sekisho_faults_guard_hint(-abs(report->error));
}

void sekisho_faults_commit(const struct sekisho_commit_report *report,
			   const struct sekisho_policy *policy, const char *directory,
			   uint32_t waiting)
{
	switch (report->fault) {
	case SEKISHO_COMMIT_NO_BPFFS:
		sekisho_say(_("%s is on no BPF file system"), directory);
		sekisho_say_hint(_("mount -t bpf bpf /sys/fs/bpf"));
		break;
	case SEKISHO_COMMIT_NO_PRIVILEGE:
		say_no_privilege(directory);
		break;
	case SEKISHO_COMMIT_NO_INTERFACE:
		say_no_interface(report->subject);
		break;
	case SEKISHO_COMMIT_NO_ATTACH:
	case SEKISHO_COMMIT_NO_EGRESS:
	case SEKISHO_COMMIT_FEATURE:
		say_attach(report);
		break;
	case SEKISHO_COMMIT_NO_LOAD:
		sekisho_say(_("the kernel refused the programs: %s"), strerror(abs(report->error)));
		sekisho_say_lines(report->detail);
		break;
	case SEKISHO_COMMIT_NO_FIT:
		say_no_fit(&report->problem, policy);
		break;
	case SEKISHO_COMMIT_WAITING:
		sekisho_say(_("generation %u waits to be confirmed"), waiting);
		sekisho_say_hint(_("sekishoctl confirm, or sekishoctl rollback"));
		break;
	case SEKISHO_COMMIT_FOREIGN:
		sekisho_say(_("what is pinned in %s is not Sekisho's, or was taken apart"),
			    directory);
		sekisho_say_hint(_("sekishoctl detach, then apply again"));
		break;
	case SEKISHO_COMMIT_NO_GUARD:
		sekisho_say(_("the policy requires the kernel guard, which is absent"));
		sekisho_say_hint("modprobe sekisho");
		break;
	case SEKISHO_COMMIT_SEALED:
		sekisho_faults_sealed();
		break;
	case SEKISHO_COMMIT_GUARD:
		say_guard(report);
		break;
	default:
		sekisho_say(_("the kernel failed: %s"), strerror(abs(report->error)));
		break;
	}
}

static const char *const fault_names[] = {
	[SEKISHO_COMMIT_FINE] = "none",
	[SEKISHO_COMMIT_NO_BPFFS] = "no-bpffs",
	[SEKISHO_COMMIT_NO_PRIVILEGE] = "no-privilege",
	[SEKISHO_COMMIT_NO_INTERFACE] = "no-interface",
	[SEKISHO_COMMIT_NO_ATTACH] = "no-attach",
	[SEKISHO_COMMIT_NO_EGRESS] = "no-egress",
	[SEKISHO_COMMIT_FEATURE] = "feature",
	[SEKISHO_COMMIT_NO_LOAD] = "no-load",
	[SEKISHO_COMMIT_NO_FIT] = "no-fit",
	[SEKISHO_COMMIT_WAITING] = "waiting",
	[SEKISHO_COMMIT_FOREIGN] = "foreign",
	[SEKISHO_COMMIT_NO_GUARD] = "no-guard",
	[SEKISHO_COMMIT_SEALED] = "sealed",
	[SEKISHO_COMMIT_GUARD] = "guard",
	[SEKISHO_COMMIT_SYSTEM] = "system",
};

const char *sekisho_faults_name(enum sekisho_commit_fault fault)
{
	size_t count = sizeof(fault_names) / sizeof(fault_names[0]);

	return fault < count && fault_names[fault] ? fault_names[fault] : "system";
}

static void say_slow(const struct sekisho_commit_note *note)
{
	if (note->subject[0])
		sekisho_say(_("note: the kernel forwards what comes in by '%s', or leaves by it"),
			    note->subject);
	else
		sekisho_say(_("note: the kernel forwards everything: %s"), note->detail);
}

void sekisho_faults_notes(const struct sekisho_commit_report *report)
{
	for (size_t i = 0; i < report->note_count; i++) {
		const struct sekisho_commit_note *note = &report->notes[i];

		switch (note->kind) {
		case SEKISHO_NOTE_GENERIC:
			sekisho_say(_("note: '%s' runs the slower generic mode"), note->subject);
			break;
		case SEKISHO_NOTE_FEATURE:
			sekisho_say(_("note: switched off on '%s': %s"), note->subject,
				    note->detail);
			break;
		case SEKISHO_NOTE_ABSENT:
			sekisho_say(_("note: interface '%s' is not there; nothing passes it"),
				    note->subject);
			break;
		case SEKISHO_NOTE_REOPEN:
			sekisho_say(_("note: the connection table was resized; connections are "
				      "judged anew"));
			break;
		case SEKISHO_NOTE_FORWARD:
			say_slow(note);
			break;
		case SEKISHO_NOTE_GUARD:
			sekisho_say(_("note: the kernel guard could not be told that all is done: "
				      "%s"),
				    note->detail);
			break;
		}
	}
}

json_t *sekisho_faults_notes_json(const struct sekisho_commit_report *report)
{
	static const char *const kinds[] = {
		[SEKISHO_NOTE_GENERIC] = "generic", [SEKISHO_NOTE_FEATURE] = "feature",
		[SEKISHO_NOTE_ABSENT] = "absent",   [SEKISHO_NOTE_REOPEN] = "reopen",
		[SEKISHO_NOTE_FORWARD] = "forward", [SEKISHO_NOTE_GUARD] = "guard",
	};
	json_t *list = json_array();

	for (size_t i = 0; i < report->note_count; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "kind",
						      kinds[report->notes[i].kind], "subject",
						      report->notes[i].subject, "detail",
						      report->notes[i].detail));
	return list;
}
