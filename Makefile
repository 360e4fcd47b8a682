# Targets: see `make help`.  Adding a source or a test needs no change here.
#
# Every layer (a row of scripts/layers.txt) becomes one static archive, and a
# unit test links only the archives of its layer and of the layers below it.  So
# code of a higher layer that does not compile yet cannot break it.

BUILD ?= release
O     ?= build/$(BUILD)
CC    := $(if $(filter default,$(origin CC)),gcc,$(CC))
RE2C  ?= re2c
LEMON ?= lemon
CLANG ?= $(shell command -v clang-14 || echo clang)
LEMPAR ?= /usr/share/lemon/lempar.c
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DATA_DIR ?= .sluice
TEST_TIMEOUT ?= 300
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all lib run check check-asan check-tsan check-unit check-suites bench fuzz fuzz-run \
	fuzz-merge coverage lint lint-tidy format compile_commands.json install clean help FORCE

# ---- Flags ------------------------------------------------------------------

CFLAGS.debug   := -O1 -g3 -fstack-protector-strong
CFLAGS.release := -O3 -g -DNDEBUG -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
CFLAGS.asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
		  -fno-omit-frame-pointer
CFLAGS.tsan    := -O1 -g -fsanitize=thread
CFLAGS.cov     := -O0 -g --coverage
CFLAGS.fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
		  -fno-sanitize-coverage=trace-cmp -Wno-string-conversion
LDFLAGS.release := -pie -Wl,-z,relro,-z,now
ifeq ($(CFLAGS.$(BUILD)),)
$(error BUILD=$(BUILD) is not one of debug release asan tsan cov fuzz)
endif

WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wcast-qual \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla -Wwrite-strings \
	-Wpointer-arith -Wformat=2 -Wundef -Wswitch-enum -Wnull-dereference
# What re2c and lemon write is theirs; the actions inside still get the rest.
WARN_GEN := -Wno-conversion -Wno-switch-enum -Wno-cast-qual -Wno-missing-prototypes \
	    -Wno-null-dereference -Wno-shadow -Wno-undef -Wno-unused-parameter \
	    -Wno-unused-variable -Wno-unused-but-set-variable -Wno-unused-function \
	    -Wno-implicit-fallthrough

PKGS := libmicrohttpd jansson sqlite3 libxxhash
PKG_CFLAGS   = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS     = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)
CHECK_CFLAGS = $(eval CHECK_CFLAGS := $(shell pkg-config --cflags check))$(CHECK_CFLAGS)
CHECK_LIBS   = $(eval CHECK_LIBS := $(shell pkg-config --libs check))$(CHECK_LIBS)

BASE_CFLAGS := -std=c11 -D_GNU_SOURCE -I. -I$(O)/gen -include common/base/banned.h
ALL_CFLAGS   = $(BASE_CFLAGS) -pthread -fno-common $(WARN) $(CFLAGS.$(BUILD)) $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS  = -pthread $(CFLAGS.$(BUILD)) $(LDFLAGS.$(BUILD)) -Wl,--as-needed $(LDFLAGS)
ALL_LIBS     = $(PKG_LIBS) -lm -pthread

# Sanitizers want one process per test program; the thread sanitizer of gcc 12
# also wants addresses where it expects them.
RUN.asan := CK_FORK=no UBSAN_OPTIONS=print_stacktrace=1
RUN.tsan  = CK_FORK=no $(shell setarch -R true 2>/dev/null && echo setarch -R)
RUN       = CK_DEFAULT_TIMEOUT=60 $(RUN.$(BUILD)) timeout $(TEST_TIMEOUT)

Q := $(if $(V),,@)

# The checkers of Debian 12 by their versioned names, others without.
CLANG_FORMAT = $(shell command -v clang-format-14 || echo clang-format)
CLANG_TIDY   = $(eval CLANG_TIDY := $(shell command -v clang-tidy-14 || echo clang-tidy))$(CLANG_TIDY)

# ---- Layers, sources, tests -------------------------------------------------

comma := ,
# One word per layer, lowest first: layer:layer,layer,... is the layer with all
# that it stands on, in link order (a user before what it uses).
LINKS := $(shell awk -F' *: *' '/^\#/ || !/:/ || $$1 ~ /[.]/ { next } \
	{ up[++n] = $$1; for (i = split($$2, w, " "); i > 0; i--) if (w[i] in closed) \
	  for (l in closed) if (l == w[i] || (w[i], l) in sees) sees[$$1, l] = 1; \
	  closed[$$1] = 1; printf "%s:%s", $$1, $$1; \
	  for (i = n - 1; i > 0; i--) if (($$1, up[i]) in sees) printf ",%s", up[i]; print "" }' \
	scripts/layers.txt)
LAYERS := $(foreach l,$(LINKS),$(firstword $(subst :, ,$(l))))
reverse = $(if $1,$(call reverse,$(wordlist 2,$(words $1),$1)) $(firstword $1))
# The layer `broker` is broker.c and whatever has no row; it stands on all others.
closure = $(if $(filter broker,$1),broker $(call reverse,$(LAYERS)),$(subst $(comma), ,$(patsubst $1:%,%,$(filter $1:%,$(LINKS)))))
archives = $(foreach l,$(call closure,$1),$(O)/$(l).a)

SRC     := $(sort $(shell find common broker -name '*.c' 2>/dev/null))
GEN_SRC := $(sort $(shell find common broker \( -name '*.re' -o -name '*.y' \) 2>/dev/null))
GEN_C   := $(addprefix $(O)/gen/,$(addsuffix .c,$(basename $(GEN_SRC))))
GEN_H   := $(patsubst %.y,$(O)/gen/%.h,$(filter %.y,$(GEN_SRC)))

of_layer  = $(if $(filter broker,$1),$(filter-out broker/main.c $(LAYERS:=/%),$2),$(filter $1/%,$2))
objects   = $(patsubst %.c,$(O)/%.o,$(call of_layer,$1,$(SRC))) \
	    $(patsubst $(O)/gen/%.c,$(O)/gen/%.o,$(addprefix $(O)/gen/,$(call of_layer,$1,$(GEN_C:$(O)/gen/%=%))))

# tests/unit/<name>/ tests the layer common/<name> or broker/<name>, and may use
# the helpers in tests/support/ of every layer that it links.
# UNITS="sql exec/test_run.c" limits a run to these.
TEST_SRC  := $(sort $(shell find $(if $(UNITS),$(UNITS:%=tests/unit/%),tests/unit) -name 'test_*.c' 2>/dev/null))
TESTS     := $(TEST_SRC:%.c=$(O)/%)
unit_layer = $(if $(filter broker,$1),broker,$(filter common/$1 broker/$1,$(LAYERS)))
SUP_SRC   := $(sort $(shell find tests/support -name '*.c' 2>/dev/null))
SUP_DIRS  := $(patsubst %/,%,$(sort $(dir $(SUP_SRC))))
supports   = $(foreach l,$(call closure,$1),$(patsubst %,$(O)/%.a,$(filter tests/support/$(notdir $(l)),$(SUP_DIRS))))

# Programs link everything, except where a row names a lower layer; an empty row
# means libc alone.
LAYER.tests/bench/genhits :=
LAYER.tests/bench/bench   :=
LAYER.tests/fuzz/fuzz_sql := broker/sql
LAYER.tests/fuzz/fuzz_plan := broker/plan
LAYER.tests/fuzz/fuzz_csv := broker/table
LAYER.tests/fuzz/fuzz_json := broker/query
PROGRAMS := $(patsubst %.c,%,$(wildcard tests/bench/*.c))
FUZZERS  := $(patsubst %.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZED   := $(if $(FUZZ),$(FUZZ:%=tests/fuzz/fuzz_%),$(FUZZERS))
# What the targets share.
FUZZ_SUP := $(filter-out $(FUZZERS:%=%.c) tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c))
# The mutator of statements makes many small steps by itself.
FUZZ_ARGS.fuzz_sql  := -max_len=1024 -mutate_depth=3 -entropic=0
FUZZ_ARGS.fuzz_plan := $(FUZZ_ARGS.fuzz_sql)
# What a target is fed besides its corpus outside of `make fuzz`.
REPLAY.fuzz_sql := --random 5000 $(sort $(shell find tests/sql -name '*.slt') $(wildcard tests/unit/*/*.[ch] tests/bench/*.[ch] tests/*/run tests/*/*.py))
REPLAY.fuzz_plan := $(REPLAY.fuzz_sql)
program_layer = $(if $(filter undefined,$(origin LAYER.$1)),broker,$(LAYER.$1))

SLUICE := $(if $(wildcard broker/main.c),$(O)/sluice)
SUITES ?= sql http fault

# Where a recursive make puts another variant when O was given by hand.
build_dir = $(if $(filter $1,$(BUILD)),$(O),$(if $(filter file,$(origin O)),build/$1,$(O)-$1))
CHECK_BUILD := $(if $(filter file,$(origin BUILD)),debug,$(BUILD))
variant   = $(MAKE) --no-print-directory BUILD=$1 O=$(call build_dir,$1)

# ---- Targets ----------------------------------------------------------------

all: $(or $(SLUICE),lib)       ## build the daemon, build/release/sluice

lib: $(LAYERS:%=$(O)/%.a) $(O)/broker.a  ## build everything but main

run: all                       ## start the daemon on DATA_DIR (.sluice); ARGS go to it
	$(O)/sluice serve --data-dir $(DATA_DIR) $(ARGS)

check:                         ## build and run the unit tests and the daemon suites (debug)
	+$(Q)$(call variant,$(CHECK_BUILD)) check-unit
	+$(Q)$(call variant,$(CHECK_BUILD)) check-suites

check-asan check-tsan: check-%: ## the same under address+undefined or thread sanitizers
	+$(Q)$(call variant,$*) check-unit
	+$(Q)$(call variant,$*) check-suites

# UNITS="sql fuzz" limits a run to these; fuzz means the corpora.
check-unit: $(TESTS:=.ok) $(if $(UNITS),$(if $(filter fuzz,$(UNITS)),$(FUZZERS:%=$(O)/%.ok)),$(FUZZERS:%=$(O)/%.ok))

# SUITES="sql http" limits a run to these.
check-suites: $(SLUICE)
	$(Q)mkdir -p $(O)/tests; bad=0; for suite in $(SUITES); do \
		log=$(O)/tests/$$suite.log; \
		if $(RUN.$(BUILD)) tests/$$suite/run $(O)/sluice >$$log 2>&1; \
		then printf 'tests/%s: %s\n' $$suite "$$(tail -n 1 $$log)"; \
		else cat $$log; echo "tests/$$suite: FAILED"; bad=1; fi; \
	done; exit $$bad

bench:                         ## build the benchmarks (release) and run tests/bench/run
	+$(Q)$(call variant,release) all $(patsubst %,$(call build_dir,release)/%,$(filter tests/bench/%,$(PROGRAMS)))
	$(Q)if [ -x tests/bench/run ]; then tests/bench/run $(call build_dir,release) $(ARGS); fi

# FUZZ="sql plan" limits it to these; ARGS go to libFuzzer.
fuzz:                          ## run each fuzzer for FUZZ_SECONDS (needs clang)
	+$(Q)$(call variant,fuzz) CC=$(CLANG) fuzz-run
fuzz-merge:                    ## put what new code the fuzzers have reached into tests/fuzz/corpus
	+$(Q)$(call variant,fuzz) CC=$(CLANG) $(FUZZED:%=%.merge)
fuzz-run: $(FUZZED:%=%.run)

coverage:                      ## unit tests and suites with gcov; summary from gcovr
	+$(Q)$(call variant,cov) check-unit
	+$(Q)$(call variant,cov) check-suites
	@command -v gcovr >/dev/null || { echo 'coverage: needs gcovr (apt-get install gcovr)'; exit 1; }
	gcovr --root . --filter broker --filter common --print-summary $(call build_dir,cov)

lint:                          ## format, layers, headers, allocation, grammar, READMEs, clang-tidy, cppcheck
	+$(Q)MAKE='$(MAKE)' LEMON='$(LEMON)' LEMPAR='$(LEMPAR)' O=$(call build_dir,debug) scripts/lint

# A stamp per file that stands on its object: clang-tidy runs again only when the
# file or something that it includes has changed.
lint-tidy: $(patsubst %.c,$(O)/%.tidy,$(SRC) $(wildcard tests/bench/*.c tests/fuzz/*.c))
$(O)/%.tidy: $(O)/%.o .clang-tidy
	$(Q)$(CLANG_TIDY) --quiet $*.c -- $(BASE_CFLAGS) $(PKG_CFLAGS) -Wall \
		-Wmissing-variable-declarations >$@.log 2>$@.err || \
		{ cat $@.log; grep -v 'warnings generated' $@.err; exit 1; }
	@touch $@

format:                        ## rewrite C files the way `make lint` wants them
	find common broker tests -name '*.[ch]' -print0 | xargs -0 $(CLANG_FORMAT) -i

compile_commands.json:         ## for editors and clang tools
	$(Q){ sep='['; for f in $(SRC) $(TEST_SRC) $(SUP_SRC) $(PROGRAMS:=.c) $(wildcard tests/fuzz/*.c); do \
		printf '%s\n{"directory": "%s", "file": "%s", "command": "%s -c %s"}' "$$sep" \
			"$(CURDIR)" "$$f" "$(CC) $(ALL_CFLAGS) $(CHECK_CFLAGS)" "$$f"; sep=,; \
	done; echo ']'; } >$@

install: all                   ## install the daemon, its configuration and its unit
	install -D -m 755 $(O)/sluice $(DESTDIR)$(PREFIX)/bin/sluice
	$(Q)for f in $(wildcard conf/*.properties); do \
		to=$(DESTDIR)$(SYSCONFDIR)/sluice/$$(basename $$f); \
		if [ -e $$to ]; then echo "keeping $$to"; else install -D -m 644 $$f $$to; fi; done
	$(Q)for f in $(wildcard conf/*.service); do \
		sed 's|/usr/local/bin/|$(PREFIX)/bin/|; s|/etc/|$(SYSCONFDIR)/|' $$f | \
		install -D -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/$$(basename $$f); done

clean:                         ## remove build/
	rm -rf build compile_commands.json

help:                          ## this list
	@awk -F':.*## ' '/^[a-z][a-z_. -]*:.*## / { printf "  %-22s %s\n", $$1, $$2 }' Makefile

# ---- Rules ------------------------------------------------------------------

# Objects depend on the command line that makes them, so that a change of flags
# or of BUILD under one O never mixes variants.
$(O)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' >$@

# An archive also depends on its folders, whose time stamps tell of removed files.
define layer_rules
$(O)/$1.a: $(call objects,$1) $(if $(filter broker,$1),,$(shell find $1 -type d 2>/dev/null))
$(call objects,$1): | $(filter $(O)/gen/$1/%,$(GEN_H))
endef
$(foreach l,$(LAYERS) broker,$(eval $(call layer_rules,$(l))))
$(foreach d,$(SUP_DIRS),$(eval $(O)/$(d).a: $(patsubst %.c,$(O)/%.o,$(filter $(d)/%,$(SUP_SRC))) $(d)))
$(O)/tests/unit/sql/%.o: | $(filter $(O)/gen/broker/sql/%,$(GEN_H))

$(O)/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

$(O)/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	@$(if $(V),,echo "  CC $<")
	$(Q)$(CC) $(ALL_CFLAGS) $(if $(filter tests/%,$<),$(CHECK_CFLAGS)) -MMD -MP -c -o $@ $<

$(O)/gen/%.o: $(O)/gen/%.c $(O)/flags
	@$(if $(V),,echo "  CC $<")
	$(Q)$(CC) $(ALL_CFLAGS) $(WARN_GEN) -MMD -MP -c -o $@ $<

$(O)/gen/%.c: %.re
	@mkdir -p $(@D)
	$(Q)$(RE2C) -W -Wno-nondeterministic-tags -o $@ $<

$(O)/gen/%.c $(O)/gen/%.h: %.y $(LEMPAR)
	@mkdir -p $(@D)
	$(Q)$(LEMON) -q -T$(LEMPAR) -d$(@D) $<

$(O)/sluice: $(O)/broker/main.o $(call archives,broker)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(ALL_LIBS)

define test_rules
$(O)/$1: $(O)/$1.o $(call supports,$(call unit_layer,$2)) $(call archives,$(call unit_layer,$2))
endef
$(foreach t,$(TEST_SRC:%.c=%),$(eval $(call test_rules,$(t),$(word 3,$(subst /, ,$(t))))))
$(TESTS):
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(CHECK_LIBS) $(ALL_LIBS)

$(foreach p,$(PROGRAMS),$(eval $(O)/$(p): $(O)/$(p).o $(call archives,$(call program_layer,$(p)))))
$(PROGRAMS:%=$(O)/%):
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(ALL_LIBS)

# A fuzz target brings LLVMFuzzerTestOneInput(); outside the fuzz build its main
# is replay.c, which feeds it the files of its corpus, and what REPLAY says.
$(O)/tests/fuzz/%.o: | $(GEN_H)
# Coverage of the target itself would only mislead the fuzzer.
$(O)/tests/fuzz/%.o: private CFLAGS += $(if $(filter fuzz,$(BUILD)),-fno-sanitize=fuzzer-no-link)
$(O)/tests/fuzz.a: $(FUZZ_SUP:%.c=$(O)/%.o) tests/fuzz
define fuzz_rules
$(O)/$1: $(O)/$1.o $(O)/tests/fuzz.a $(call supports,$(call program_layer,$1)) $(call archives,$(call program_layer,$1))
$(O)/$1.ok: $(O)/$1 $(wildcard tests/fuzz/corpus/$(notdir $1)/*) $(filter tests/%,$(REPLAY.$(notdir $1)))
endef
$(foreach p,$(FUZZERS),$(eval $(call fuzz_rules,$(p))))
$(FUZZERS:%=$(O)/%): $(if $(filter fuzz,$(BUILD)),,$(O)/tests/fuzz/replay.o)
	$(Q)$(CC) $(ALL_LDFLAGS) $(if $(filter fuzz,$(BUILD)),-fsanitize=fuzzer) -o $@ \
		$(filter %.o,$^) $(filter %.a,$^) $(ALL_LIBS)
FUZZ_DIRS = $(O)/corpus/$(*F) tests/fuzz/corpus/$(*F)
$(FUZZERS:%=%.run): %.run: $(O)/%
	$(Q)mkdir -p $(FUZZ_DIRS); echo "$*"; $< -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
		-print_final_stats=1 -artifact_prefix=$(O)/corpus/ $(FUZZ_ARGS.$(*F)) \
		$(patsubst %,-dict=%,$(wildcard $*.dict)) $(ARGS) $(FUZZ_DIRS)
# By the code that is reached and not by how often, so that few files are enough.
$(FUZZERS:%=%.merge): %.merge: $(O)/%
	$(Q)mkdir -p $(FUZZ_DIRS) $(O)/merged/$(*F); rm -f $(O)/merged/$(*F)/*; \
		$< -merge=1 -use_counters=0 $(O)/merged/$(*F) tests/fuzz/corpus/$(*F) $(O)/corpus/$(*F)
	$(Q)rm -f tests/fuzz/corpus/$(*F)/*; cp $(O)/merged/$(*F)/* tests/fuzz/corpus/$(*F)
$(FUZZERS:%=$(O)/%.ok): %.ok: %
	$(Q)rm -f $@; $(RUN) $< $(REPLAY.$(notdir $*)) $(wildcard tests/fuzz/corpus/$(notdir $*)/*) >$<.log 2>&1 || \
		{ cat $<.log; echo "$(<:$(O)/tests/%=%): FAILED"; exit 1; }
	@echo "$(<:$(O)/tests/%=%): replayed"
	@touch $@

$(TESTS:=.ok): %.ok: %
	$(Q)rm -f $@; $(RUN) $< >$<.log 2>&1 || \
		{ echo "exit $$?" >>$<.log; cat $<.log; echo "$(<:$(O)/tests/unit/%=%): FAILED"; exit 1; }
	@awk -v name=$(<:$(O)/tests/unit/%=%) -F'[:,] *' '/^[0-9]+%: Checks/ { n += $$3 } \
		END { printf "%s: %d passed\n", name, n }' $<.log
	@touch $@

ifeq ($(filter clean help format,$(MAKECMDGOALS)),)
-include $(shell find $(O) -name '*.d' 2>/dev/null)
endif
