# SPDX-License-Identifier: GPL-2.0-only
# What the forwarding benchmarks need: sender and forwarders, and the policies. Included by
# tests/bench/bench.mk.

FORWARD_OBJECTS := $(addprefix build/bench/,sender.o sender_frame.o sender_threads.o)
FORWARD_BPF := build/bench/sender.bpf.o build/bench/forward.bpf.o
FORWARD_SKELETONS := $(FORWARD_BPF:.bpf.o=.skel.h)

# tests/net/lib.sh wants the frame tool.
bench-needs: build/bench/sender build/bench/forward_policy build/tests/frame
# They include what is generated.
check-lint-needs: $(FORWARD_SKELETONS)

$(FORWARD_BPF): build/bench/%.bpf.o: tests/bench/%.bpf.c Makefile tests/bench/forward.mk
	@mkdir -p $(@D)
	$(call say,CLANG)
	$(Q)$(CLANG) $(BPF_CFLAGS) $(BPF_SYSTEM) -MD -MP -c -o $@ $<

$(FORWARD_SKELETONS): build/bench/%.skel.h: build/bench/%.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

$(FORWARD_OBJECTS): build/bench/%.o: tests/bench/%.c Makefile tests/bench/forward.mk | $(FORWARD_SKELETONS)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) $(LIBRARY_CFLAGS) -MD -MP -c -o $@ $<

build/bench/sender: $(FORWARD_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

build/bench/forward_policy: tests/bench/forward_policy.c Makefile tests/bench/forward.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) -MD -MP -MF $@.d -o $@ $<

-include $(FORWARD_OBJECTS:.o=.d) $(FORWARD_BPF:.o=.d) build/bench/forward_policy.d
