# SPDX-License-Identifier: GPL-2.0-only
# The packet path natively, under sanitizers: its tables against naive twins, with threads that meet
# in the same buckets, and what each of its paths asks of the kernel. A short form is part of
# `make check-unit`. Included by tests/tests.mk.
#
#	make stress		the long form: STRESS_STEPS of each, some ten minutes

STRESS_NAMES := connections_twin connections_race policy_twin path_costs
STRESS_PROGRAMS := $(STRESS_NAMES:%=$(OUT)/tests/stress/%)
STRESS_STEPS ?= 100000000

# bpf/ reads addresses by eights, for which the BPF compiler does not care about types.
$(STRESS_PROGRAMS): $(OUT)/tests/stress/%: tests/stress/%.c $(OUT)/obj/sekisho.a Makefile \
		tests/stress/stress.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) -fno-strict-aliasing -pthread $(DEFINES) $(LIBRARY_CFLAGS) \
		-MD -MP -MF $@.d -o $@ $< $(OUT)/obj/sekisho.a $(LIBRARY_LIBS)

unit-programs: $(STRESS_PROGRAMS)

.PHONY: stress stress-run
stress: $(SKELETON)
	@$(MAKE) SANITIZE=1 stress-run

stress-run: $(STRESS_PROGRAMS)
	$(Q)for program in $(STRESS_PROGRAMS); do $$program $(STRESS_STEPS) || exit; done

-include $(STRESS_PROGRAMS:%=%.d)

# What tests/net/hammer.sh counts with.
build/tests/accounts: tests/stress/accounts.c build/obj/sekisho.a Makefile tests/stress/stress.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) $(LIBRARY_CFLAGS) -MD -MP -MF $@.d -o $@ $< \
		build/obj/sekisho.a $(LIBRARY_LIBS)

check-net-needs: build/tests/accounts

-include build/tests/accounts.d
