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

build/tests/policy_equals: build/tests/kmod/policy_equals.o build/obj/sekisho.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

# For tests/kmod/native.sh.
build/tests/stage_time: build/tests/kmod/stage_time.o build/obj/sekisho.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

-include $(patsubst %,build/tests/kmod/%.d,tape_play tape_guard policy_equals stage_time)

# The module's rooms in user space, where sanitizers look on: kmod/*.c behind a shim of the kernel's
# headers. Part of `make check-unit`.
KMOD_SHIM := $(OUT)/tests/kmod/shim
KMOD_MATCH := rows trie names policy draft leases rules match
KMOD_JUDGE := frame headers headers_ipv6 transport quoted tcp connections fragments established \
	icmp_error judge
KMOD_UNIT_NAMES := match_test policy_test tcp_test frame_test judge_test
KMOD_UNIT_PROGRAMS := $(KMOD_UNIT_NAMES:%=$(OUT)/tests/kmod/%)

$(KMOD_SHIM)/%.o: %.c Makefile tests/kmod/kmod.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -D__KERNEL__ -DSEKISHO_SELFTEST -Wno-unused-parameter \
		-Itests/kmod/shim -Iinclude -Ikmod -Itests -MD -MP -c -o $@ $<

KMOD_MATCH_OBJECTS := $(patsubst %,$(KMOD_SHIM)/kmod/%.o,$(KMOD_MATCH) match_naive match_selftest)

# Every allocation is made to fail once.
$(OUT)/tests/kmod/match_test: LDFLAGS += -Wl,--wrap=calloc,--wrap=malloc
$(OUT)/tests/kmod/match_test $(OUT)/tests/kmod/policy_test: $(OUT)/tests/kmod/%: \
		$(KMOD_SHIM)/tests/kmod/%.o $(KMOD_MATCH_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(OUT)/tests/kmod/tcp_test: $(patsubst %,$(KMOD_SHIM)/%.o,tests/kmod/tcp_test kmod/tcp)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# The module and the model call some things by the same names: of the module only what
# tests/kmod/module_side.h declares is seen outside.
KMOD_SIDE_OBJECTS := $(patsubst %,$(KMOD_SHIM)/kmod/%.o,$(KMOD_MATCH) $(KMOD_JUDGE)) \
	$(KMOD_SHIM)/tests/kmod/module_side.o

$(KMOD_SHIM)/side.o: $(KMOD_SIDE_OBJECTS)
	$(call say,LD)
	$(Q)ld -r -o $@ $^
	$(Q)objcopy --wildcard --keep-global-symbol='module_side_*' $@

$(OUT)/kmod/%.o: tests/kmod/%.c Makefile tests/kmod/kmod.mk | $(SKELETON)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) -Itests/differential $(LIBRARY_CFLAGS) -MD -MP -c -o $@ $<

EPISODE_OBJECTS := $(patsubst %,$(OUT)/differential/%.o,episode dialogues tcp_dialogue disturb \
	control_frames craft ops ops_print world world_change world_flows world_print)

$(OUT)/tests/kmod/judge_test: $(OUT)/kmod/judge_test.o $(OUT)/kmod/judge_run.o $(OUT)/kmod/judge_side.o \
		$(KMOD_SHIM)/side.o $(EPISODE_OBJECTS) $(OUT)/obj/sekisho.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

$(OUT)/tests/kmod/frame_test: $(OUT)/kmod/frame_test.o $(KMOD_SHIM)/side.o $(EPISODE_OBJECTS) \
		$(OUT)/obj/sekisho.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

-include $(KMOD_SIDE_OBJECTS:.o=.d) $(KMOD_MATCH_OBJECTS:.o=.d) $(wildcard $(OUT)/kmod/*.d)

include tests/kmod/fuzz.mk

KMOD_NEEDS := $(KMOD_MODULES) $(KMOD_PROBES) build/tests/tape_play $(OUT)/tests/differential \
	build/tests/fuzz_netlink build/tests/client build/tests/policy_equals \
	build/tests/flood
