# SPDX-License-Identifier: GPL-2.0-only
# The attack on the netlink family, the client written from its specification, and the debug kernel.
# Included by kmod.mk.

FUZZ_OBJECTS := $(patsubst %.c,build/%.o,$(sort $(wildcard tests/kmod/fuzz_*.c)))

# Once in a while: some 20 minutes of one core, kept in build/kernels/debug.
.PHONY: debug-kernel
debug-kernel: build/deps/debug-kernel build/tests/guest-exit
	$(Q)tests/kmod/build_kernel.sh debug

build/tests/fuzz_netlink: $(FUZZ_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcrypto -lpthread

build/tests/client: build/tests/kmod/client.o
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lmnl

-include $(FUZZ_OBJECTS:.o=.d) build/tests/kmod/client.d
