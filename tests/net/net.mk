# SPDX-License-Identifier: GPL-2.0-only
# The programs in C that the tests between namespaces use beside the frame tool. Included by
# tests/tests.mk.

NET_PROGRAMS := $(addprefix build/tests/,engine flood million)
FLOOD_OBJECTS := build/tests/net/craft.o build/tests/net/words.o

build/tests/engine build/tests/million: build/tests/%: tests/net/programs/%.c \
		build/obj/sekisho.a Makefile tests/net/net.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) $(LIBRARY_CFLAGS) -MD -MP -MF $@.d -o $@ $< \
		build/obj/sekisho.a $(LIBRARY_LIBS)

build/tests/flood: tests/net/programs/flood.c $(FLOOD_OBJECTS) Makefile tests/net/net.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) -MD -MP -MF $@.d -o $@ $< $(FLOOD_OBJECTS)

check-net-needs: $(NET_PROGRAMS)

-include $(NET_PROGRAMS:%=%.d)
