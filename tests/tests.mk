# SPDX-License-Identifier: GPL-2.0-only
# The checks: what each stage needs built, and the programs that only tests use. Included by the
# Makefile at the top.

# First, since what a stage needs is expanded where it is read.
include tests/differential/differential.mk
include tests/net/net.mk
include tests/kmod/kmod.mk
include tests/stress/stress.mk
include tests/bench/bench.mk

STAGES := style unit policy audit cli differential net lint kernels kmod kmod-adversity
CHECKS := $(STAGES:%=check-%)

# One program a file, with all of ctl/ but main().
UNIT_SOURCES := $(sort $(wildcard tests/unit/*.c))
UNIT_PROGRAMS := $(UNIT_SOURCES:%.c=$(OUT)/%)
FRAME_OBJECTS := $(patsubst %.c,build/%.o,$(sort $(wildcard tests/net/*.c)))

.PHONY: check $(CHECKS) unit-programs

export SEKISHO_LOCALE_DIR := $(CURDIR)/build/locale
export CC CLANG CLANG_FORMAT CLANG_TIDY BPFTOOL
# The flags that the style and lint stages compile with.
$(CHECKS) check: export SEKISHO_CHECK_CFLAGS = -std=gnu11 $(WARNINGS) $(DEFINES) $(LIBRARY_CFLAGS) $(IPFIX_CFLAGS)
$(CHECKS) check: export SEKISHO_CHECK_BPF_CFLAGS = $(BPF_CFLAGS) $(BPF_SYSTEM)

check: $(CHECKS:%=%-needs)
	@tests/run.sh $(STAGES)

$(CHECKS): check-%: check-%-needs
	@tests/run.sh $*

.PHONY: $(CHECKS:%=%-needs)
$(CHECKS:%=%-needs): | build/deps/check
check-style-needs: all build/tests/frame $(SKELETON) $(if $(CATALOGUES),build/sekisho.pot)
check-lint-needs: $(SKELETON) build/tests/guest-exit | build/deps/module build/deps/kernels
check-policy-needs check-audit-needs check-cli-needs: all
check-differential-needs: $(OUT)/tests/differential build/tests/packet_fuzz
check-net-needs: all build/tests/frame
check-kmod-needs check-kmod-adversity-needs: all build/tests/frame $(KMOD_NEEDS)
check-kernels-needs: all build/tests/frame build/sekisho.bpf.o build/tests/guest-exit build/tests/load | build/deps/kernels

# A make of its own, since SANITIZE decides on flags and directories.
check-unit-needs: $(SKELETON)
	@$(MAKE) SANITIZE=1 unit-programs

unit-programs: $(UNIT_PROGRAMS) $(KMOD_UNIT_PROGRAMS)

$(OUT)/tests/unit/%: tests/unit/%.c $(OUT)/obj/sekisho.a Makefile tests/tests.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) $(LIBRARY_CFLAGS) -MD -MP -MF $@.d -o $@ $< \
		$(OUT)/obj/sekisho.a $(LIBRARY_LIBS)

build/tests/net/%.o: tests/net/%.c Makefile tests/tests.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) -MD -MP -c -o $@ $<

build/tests/frame: $(FRAME_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) -o $@ $^

# Static: it runs before a guest has a C library.
build/tests/guest-exit: tests/kernels/guest-exit.c Makefile tests/tests.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) -static -MD -MP -MF $@.d -o $@ $<

build/tests/load: tests/kernels/load.c Makefile tests/tests.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) $(LIBRARY_CFLAGS) -MD -MP -MF $@.d -o $@ $< $(LIBRARY_LIBS)

-include $(UNIT_PROGRAMS:%=%.d) $(FRAME_OBJECTS:.o=.d) build/tests/guest-exit.d \
	build/tests/load.d
