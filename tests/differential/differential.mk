# SPDX-License-Identifier: GPL-2.0-only
# The differential test and the packet fuzzer. Included by tests/tests.mk.

DIFFERENTIAL_OBJECTS := $(patsubst tests/differential/%.c,$(OUT)/differential/%.o, \
	$(sort $(wildcard tests/differential/*.c))) $(OUT)/differential/kmod/tape_guard.o

$(OUT)/differential/%.o: tests/differential/%.c Makefile tests/differential/differential.mk | $(SKELETON)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) $(LIBRARY_CFLAGS) -MD -MP -c -o $@ $<

# What it has in common with tests/kmod/tape_play.c.
$(OUT)/differential/kmod/%.o: tests/kmod/%.c Makefile tests/differential/differential.mk | build/flags.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) $(LIBRARY_CFLAGS) -MD -MP -c -o $@ $<

$(OUT)/tests/differential: $(DIFFERENTIAL_OBJECTS) $(OUT)/obj/sekisho.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

# bpf/packet.h built natively, against the model's reader. The packet path reads headers where they
# lie, so alignment is left to the machine.
build/tests/packet_fuzz: tests/fuzz/packet_fuzz.c ctl/model/frame.c $(wildcard bpf/*.h) Makefile \
		tests/differential/differential.mk
	@mkdir -p $(@D)
	$(call say,CLANG)
	$(Q)$(CLANG) -std=gnu11 -O1 -g $(WARNINGS) $(DEFINES) \
		-fsanitize=fuzzer,address,undefined -fno-sanitize=alignment \
		-fno-sanitize-recover=all -MD -MP -MF $@.d -o $@ $(filter %.c,$^)

-include $(DIFFERENTIAL_OBJECTS:.o=.d) build/tests/packet_fuzz.d
