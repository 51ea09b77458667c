# SPDX-License-Identifier: GPL-2.0-only
# The benchmarks: `make bench`, QUICK=1 for the quick form, BENCH=NAME for one of them, PROGRAM=PIN
# for another XDP program beside ours. Included by tests/tests.mk. Each other *.mk here says what one
# of them needs built: bench-needs: FILE...

VERDICT_OBJECTS := $(patsubst tests/bench/%.c,build/bench/%.o, \
	$(filter-out %.bpf.c,$(sort $(wildcard tests/bench/verdict*.c))))
VERDICT_BPF := $(patsubst tests/bench/%.c,build/bench/%.o,$(sort $(wildcard tests/bench/verdict*.bpf.c)))
POLICY_OBJECTS := $(patsubst tests/bench/%.c,build/bench/%.o,$(sort $(wildcard tests/bench/policy*.c)))

.PHONY: bench bench-needs
bench: bench-needs
	@QUICK=$(or $(QUICK),0) tests/bench/run.sh $(if $(PROGRAM),--program $(PROGRAM)) $(BENCH)

bench-needs: all build/bench/verdict build/bench/policy $(VERDICT_BPF) | build/deps/bench

build/bench/%.bpf.o: tests/bench/%.bpf.c Makefile tests/bench/bench.mk
	@mkdir -p $(@D)
	$(call say,CLANG)
	$(Q)$(CLANG) $(BPF_CFLAGS) -Wno-unused-function $(BPF_SYSTEM) -MD -MP -c -o $@ $<

BENCH_OBJECTS := $(VERDICT_OBJECTS) $(POLICY_OBJECTS) build/bench/sample.o

$(BENCH_OBJECTS): build/bench/%.o: tests/bench/%.c Makefile tests/bench/bench.mk | $(SKELETON)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) $(LIBRARY_CFLAGS) -MD -MP -c -o $@ $<

build/bench/verdict: $(VERDICT_OBJECTS) build/bench/sample.o build/tests/net/craft.o \
		build/tests/net/words.o build/obj/sekisho.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

build/bench/policy: $(POLICY_OBJECTS) build/bench/sample.o build/obj/sekisho.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

-include $(BENCH_OBJECTS:.o=.d) $(VERDICT_BPF:.o=.d)

include $(filter-out tests/bench/bench.mk,$(sort $(wildcard tests/bench/*.mk)))
