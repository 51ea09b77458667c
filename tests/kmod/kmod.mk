# SPDX-License-Identifier: GPL-2.0-only
# What the tests of the kernel module need beside the module. Included by tests/tests.mk.

# Modules are built for the kernels that the tests boot (tests/kernels/kernel.sh).
KMOD_KERNELS := 6.1 6.12
KMOD_MODULES := $(KMOD_KERNELS:%=build/kmod/%/sekisho.ko)
KMOD_PROBES := $(KMOD_KERNELS:%=build/kmod/%/sekisho_probe.ko)
KMOD_SOURCES := $(wildcard kmod/*.[ch] include/sekisho/*.h) Kbuild kmod/build.sh

$(KMOD_MODULES): build/kmod/%/sekisho.ko: $(KMOD_SOURCES) build/tests/guest-exit | build/deps/module build/deps/kernels
	$(call say,KBUILD)
	+$(Q)kmod/build.sh $*

$(KMOD_PROBES): build/kmod/%/sekisho_probe.ko: build/kmod/%/sekisho.ko $(wildcard tests/kmod/probe/*)
	$(call say,KBUILD)
	+$(Q)tests/kmod/probe/build.sh $*

build/tests/tape_play: build/tests/kmod/tape_play.o build/tests/kmod/tape_guard.o
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

build/tests/kmod/%.o: tests/kmod/%.c Makefile tests/kmod/kmod.mk | build/flags.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) $(LIBRARY_CFLAGS) -MD -MP -c -o $@ $<

-include build/tests/kmod/tape_play.d build/tests/kmod/tape_guard.d

# The module's rooms in user space, where sanitizers look on: kmod/*.c behind a shim of the kernel's
# headers. Part of `make check-unit`.
KMOD_MATCH := rows trie names policy draft leases rules match
KMOD_TWIN := match_naive match_selftest
KMOD_JUDGE := frame headers headers_ipv6 transport quoted tcp connections fragments established icmp_error judge
KMOD_UNIT_PROGRAMS := $(OUT)/tests/kmod/match_test $(OUT)/tests/kmod/policy_test $(OUT)/tests/kmod/judge_test
KMOD_SHIM_CFLAGS := $(CFLAGS) -D_GNU_SOURCE -DSEKISHO_SELFTEST -Itests/kmod/shim -Iinclude -Ikmod -Itests \
	-Wno-unused-parameter

$(OUT)/tests/kmod/shim/%.o: %.c Makefile tests/kmod/kmod.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(KMOD_SHIM_CFLAGS) -MD -MP -c -o $@ $<

KMOD_SHIM_MATCH := $(KMOD_MATCH:%=$(OUT)/tests/kmod/shim/kmod/%.o) $(KMOD_TWIN:%=$(OUT)/tests/kmod/shim/kmod/%.o)

# Every allocation is made to fail once.
$(OUT)/tests/kmod/match_test: LDFLAGS += -Wl,--wrap=calloc,--wrap=malloc
$(OUT)/tests/kmod/match_test $(OUT)/tests/kmod/policy_test: $(OUT)/tests/kmod/%: $(OUT)/tests/kmod/shim/tests/kmod/%.o $(KMOD_SHIM_MATCH)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
