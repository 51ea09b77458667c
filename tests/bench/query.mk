# SPDX-License-Identifier: GPL-2.0-only
# The writer of the log that tests/bench/query.sh searches; that one is run by itself.

build/bench/query: tests/bench/query.c build/obj/sekisho.a Makefile tests/bench/query.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) $(LIBRARY_CFLAGS) -MD -MP -MF $@.d -o $@ $< \
		build/obj/sekisho.a $(LIBRARY_LIBS)

-include build/bench/query.d
