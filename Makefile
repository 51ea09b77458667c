# SPDX-License-Identifier: GPL-2.0-only
# Builds Sekisho and runs its checks. Each target installs what it lacks when run as root, unless
# SEKISHO_NO_DEPS=1.
#
#	make			build/sekishoctl, with the BPF object inside
#	make module		build/kmod/KERNEL/sekisho.ko: for the running kernel, KERNEL=VERSION,
#				or KERNEL=6.1 and KERNEL=6.12, which the tests boot; W=1 C=1 as kbuild
#	make deps		the Debian packages for all targets (dist/packages.txt)
#	make check		every check; make check-NAME for one: see STAGES
#	make debug-kernel	a kernel with KASAN, lockdep and kmemleak for tests/kmod/fuzz.sh
#	make demo		a border between namespaces of this machine
#	make install		to PREFIX under DESTDIR
#	make format		clang-format over the sources
#	make messages		brings the message catalogues up to date with the sources
#	make clean
#
# V=1 shows the commands. SANITIZE=1 builds with address and undefined behaviour sanitizers, into build/sanitize.

SHELL := /bin/bash
.SHELLFLAGS := -eo pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

# One line a file; V=1 shows the commands.
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(Q),@printf '  %-8s%s\n' '$(1)' '$@')

PREFIX ?= /usr
VERSION := $(shell sed -n 's/^\#define SEKISHO_VERSION "\(.*\)"$$/\1/p' include/sekisho/version.h)
CLANG ?= clang-19
CLANG_FORMAT ?= clang-format-19
CLANG_TIDY ?= clang-tidy-19
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)

# What is built with sanitizers lies apart; the BPF object is the same for both.
OUT := build$(if $(filter 1,$(SANITIZE)),/sanitize)
LIBRARIES := libbpf libmnl yaml-0.1 jansson libcrypto libssl smartcols sqlite3 ncursesw

WARNINGS := -Wall -Wextra -Werror
DEFINES := -D_GNU_SOURCE -Iinclude -Ictl -Ibuild
CFLAGS ?= -O2 -g
CFLAGS += -std=gnu11 $(WARNINGS)
ifeq ($(SANITIZE),1)
CFLAGS += -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
endif
# Programs and the callbacks of helpers are called with more than each of them wants.
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -std=gnu11 $(WARNINGS) -Wno-unused-parameter \
	-Iinclude -Ibuild

# IPFIX is a program of its own: its library brings GLib, which the privileged tool is not to have.
CTL_SOURCES := $(sort $(shell find ctl -path ctl/ipfix -prune -o -name '*.c' -print))
IPFIX_SOURCES := $(sort $(wildcard ctl/ipfix/*.c))
IPFIX_OBJECTS := $(patsubst ctl/%.c,$(OUT)/obj/%.o,$(IPFIX_SOURCES))
CTL_MAIN := ctl/command/main.c
CTL_OBJECTS := $(patsubst ctl/%.c,$(OUT)/obj/%.o,$(filter-out $(CTL_MAIN),$(CTL_SOURCES)))
BPF_SOURCES := $(sort $(wildcard bpf/*.bpf.c))
BPF_OBJECTS := $(patsubst bpf/%.c,build/bpf/%.o,$(BPF_SOURCES))
CATALOGUES := $(patsubst ctl/po/%.po,build/locale/%/LC_MESSAGES/sekisho.mo,$(wildcard ctl/po/*.po))
MANUALS := $(patsubst docs/man/%.scd,build/man/%,$(wildcard docs/man/*.scd))
SKELETON := $(if $(BPF_SOURCES),build/sekisho.skel.h)

.PHONY: all
all: $(OUT)/sekishoctl $(OUT)/sekisho-ipfix $(CATALOGUES) $(MANUALS)

# The libraries' flags are asked for once. Making this file installs the packages first; make then
# starts over with it.
ifneq ($(filter-out clean format,$(or $(MAKECMDGOALS),all)),)
include build/flags.mk
endif

build/flags.mk: Makefile dist/packages.txt dist/packages.sh
	@mkdir -p $(@D)
	@dist/packages.sh build
	@{ echo "LIBRARY_CFLAGS := $$(pkg-config --cflags $(LIBRARIES))"; \
	   echo "LIBRARY_LIBS := $$(pkg-config --libs $(LIBRARIES)) -lelf -lz"; \
	   echo "IPFIX_CFLAGS := $$(pkg-config --cflags libfixbuf)"; \
	   echo "IPFIX_LIBS := $$(pkg-config --libs libfixbuf libssl libcrypto jansson smartcols)"; \
	   echo "BPF_SYSTEM := -idirafter /usr/include/$$(gcc -print-multiarch)"; } > $@

build/deps/%: dist/packages.txt dist/packages.sh
	@mkdir -p $(@D)
	@dist/packages.sh $*
	@touch $@

.PHONY: deps
deps: build/flags.mk build/deps/check build/deps/kernels

# The BPF object: each program is compiled alone, all are linked, user space gets a skeleton.
build/bpf/%.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p $(@D)
	$(call say,CLANG)
	$(Q)$(CLANG) $(BPF_CFLAGS) $(BPF_SYSTEM) -MD -MP -c -o $@ $<

build/sekisho.bpf.o: $(BPF_OBJECTS)
	$(if $(BPF_OBJECTS),,$(error no bpf/*.bpf.c to build from))
	$(call say,BPFLINK)
	$(Q)$(BPFTOOL) gen object $@ $^

build/sekisho.skel.h: build/sekisho.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name sekisho > $@

# The tool.
$(OUT)/obj/%.o: ctl/%.c Makefile | $(SKELETON)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(DEFINES) $(LIBRARY_CFLAGS) \
		-DSEKISHO_LOCALE_DEFAULT='"$(PREFIX)/share/locale"' \
		-DSEKISHO_LIBEXEC='"$(PREFIX)/libexec/sekisho"' -MD -MP -c -o $@ $<

# Rewritten when the list of sources changes, so that an object whose source is gone is dropped.
$(OUT)/obj/objects: .FORCE
	@mkdir -p $(@D)
	@echo '$(CTL_OBJECTS)' | cmp --silent - $@ || echo '$(CTL_OBJECTS)' > $@

# All but main(), for the tool and for the tests.
$(OUT)/obj/sekisho.a: $(CTL_OBJECTS) $(OUT)/obj/objects
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcsD $@ $(CTL_OBJECTS)

$(OUT)/sekishoctl: $(OUT)/obj/command/main.o $(OUT)/obj/sekisho.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

# Of the tool's objects it takes those that read the log and speak to people.
$(IPFIX_OBJECTS): LIBRARY_CFLAGS += $(IPFIX_CFLAGS)

$(OUT)/sekisho-ipfix: $(IPFIX_OBJECTS) $(OUT)/obj/sekisho.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(IPFIX_LIBS)

build/locale/%/LC_MESSAGES/sekisho.mo: ctl/po/%.po
	@mkdir -p $(@D)
	$(call say,MSGFMT)
	$(Q)msgfmt --check --output-file=$@ $<

build/man/%: docs/man/%.scd
	@mkdir -p $(@D)
	$(call say,SCDOC)
	$(Q)scdoc < $< > $@

XGETTEXT := xgettext --language=C --from-code=UTF-8 --keyword=_ --keyword=N_ \
	--add-comments=TRANSLATORS --package-name=sekisho --sort-by-file

build/sekisho.pot: $(CTL_SOURCES) $(IPFIX_SOURCES) Makefile | build/flags.mk
	$(call say,XGETTEXT)
	$(Q)$(XGETTEXT) --output=$@ $(sort $(CTL_SOURCES) $(IPFIX_SOURCES))

.PHONY: messages
messages: build/sekisho.pot
	for catalogue in $(wildcard ctl/po/*.po); do \
		msgmerge --quiet --update --backup=none --no-wrap $$catalogue $<; \
	done

# The kernel module. kbuild decides what of it is to be built.
KERNEL ?= $(shell uname -r)
ifneq ($(filter 6.1 6.12,$(KERNEL)),)
MODULE_NEEDS := build/tests/guest-exit | build/deps/kernels
endif

.PHONY: module
module: build/deps/module $(MODULE_NEEDS)
	+$(Q)kmod/build.sh $(KERNEL)

.PHONY: install
install: all
	install -D -m 0755 build/sekishoctl $(DESTDIR)$(PREFIX)/sbin/sekishoctl
	install -D -m 0755 dist/verify/sekisho-verify $(DESTDIR)$(PREFIX)/bin/sekisho-verify
	install -D -m 0755 build/sekisho-ipfix $(DESTDIR)$(PREFIX)/libexec/sekisho/sekisho-ipfix
	for unit in dist/systemd/*.service; do \
		install -D -m 0644 $$unit $(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}; \
	done
	for catalogue in $(CATALOGUES); do \
		install -D -m 0644 $$catalogue \
			$(DESTDIR)$(PREFIX)/share/locale/$${catalogue#build/locale/}; \
	done
	install -D -m 0644 build/man/sekishoctl.8 $(DESTDIR)$(PREFIX)/share/man/man8/sekishoctl.8
	install -D -m 0644 build/man/sekishoctl.ja.8 $(DESTDIR)$(PREFIX)/share/man/ja/man8/sekishoctl.8
	install -D -m 0644 build/man/sekisho-policy.5 \
		$(DESTDIR)$(PREFIX)/share/man/man5/sekisho-policy.5
	install -D -m 0644 build/man/sekisho-policy.ja.5 \
		$(DESTDIR)$(PREFIX)/share/man/ja/man5/sekisho-policy.5
	install -D -m 0644 dist/completion/sekishoctl.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/sekishoctl
	install -D -m 0644 dist/prometheus/sekisho.rules.yml \
		$(DESTDIR)$(PREFIX)/share/sekisho/prometheus/sekisho.rules.yml
	install -D -m 0644 dist/grafana/sekisho.json \
		$(DESTDIR)$(PREFIX)/share/sekisho/grafana/sekisho.json
	for source in Kbuild kmod/*.[ch] include/sekisho/*.h; do \
		install -D -m 0644 $$source $(DESTDIR)$(PREFIX)/src/sekisho-$(VERSION)/$$source; \
	done
	sed 's/@VERSION@/$(VERSION)/' dist/dkms/dkms.conf > \
		$(DESTDIR)$(PREFIX)/src/sekisho-$(VERSION)/dkms.conf
	install -d -m 0700 $(DESTDIR)/etc/sekisho $(DESTDIR)/var/lib/sekisho

.PHONY: demo
demo: all build/tests/frame build/deps/check
	@[[ -e examples/demo.sh ]] || { echo 'there is no examples/demo.sh yet' >&2; exit 1; }
	examples/demo.sh

.PHONY: format
format:
	find . \( -path ./build -o -path ./.git \) -prune -o -name '*.[ch]' -print0 | \
		xargs -0 $(CLANG_FORMAT) -i

.PHONY: clean
clean:
	rm -rf build

include tests/tests.mk

.PHONY: .FORCE
.FORCE:

-include $(patsubst %.o,%.d,$(CTL_OBJECTS) $(IPFIX_OBJECTS) $(OUT)/obj/command/main.o \
	$(BPF_OBJECTS))
