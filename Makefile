# make            build/waggle
# make demo       build, then trace something and show it
# make test       every test; also what .ci/run runs
# make bench      start-up, cost per event, events per second, beside others
# make lint       formatting, include rules, warnings, shell scripts
# make fuzz       ten minutes of libFuzzer on the front end (FUZZ_TIME=seconds),
#                 and 2000 random programs on this kernel
# make install    PREFIX=/usr/local DESTDIR=; the manual page and completions too
# make clean
#
# SAN=1 builds with ASan and UBSan into build-san/; V=1 shows the commands.
# Debian packages that are missing are installed first, without questions;
# SETUP=no leaves them alone.

# --- What is needed, named here and nowhere else --------------------------
LLVM         := 19
CLANG_FORMAT := clang-format-14
BUILD_PKGS   := gcc g++ libc6-dev bison flex llvm-$(LLVM)-dev libbpf-dev \
		libelf-dev libdw-dev zlib1g-dev libzstd-dev libjansson-dev
TEST_PKGS    := clang-$(LLVM) libclang-rt-$(LLVM)-dev $(CLANG_FORMAT) \
		shellcheck qemu-system-x86 busybox-static cpio kmod e2fsprogs \
		xfsprogs bpftrace libbpf-tools bpftool python3 git \
		systemtap-sdt-dev tmux vim

# --- Settings -------------------------------------------------------------
PREFIX    ?= /usr/local
CFLAGS    ?= -O2 -g
FUZZ_TIME ?= 600
B         := build$(if $(SAN),-san)
LLVM_DIR  := /usr/lib/llvm-$(LLVM)
CLANG     := clang-$(LLVM)
LLVM_CONFIG := $(LLVM_DIR)/bin/llvm-config

WARN := -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla \
	-Wimplicit-fallthrough -Wswitch-enum
# What is generated is held to the same, less what bison, flex and long texts do.
WARN_GEN := $(WARN) -Wno-switch-enum -Wno-unused-but-set-variable \
	-Wno-overlength-strings
INCLUDES := -D_GNU_SOURCE -I. -Icompiler -Igrammar -I$(B) \
	    -isystem $(LLVM_DIR)/include
SANFLAGS := $(if $(SAN),-fsanitize=address -fsanitize=undefined \
	    -fno-sanitize-recover=all -fno-omit-frame-pointer)
COMPILE  = $(CC) $(INCLUDES) $(CPPFLAGS) $(CFLAGS) $(SANFLAGS) -fno-pie \
	   -ffunction-sections -fdata-sections -MMD -MP

# --- Sources --------------------------------------------------------------
SRC := $(filter-out runtime/stub.c,$(wildcard compiler/*.c runtime/*.c))
GEN := $(if $(wildcard grammar/parser.y),$(B)/parser.tab.c) \
       $(if $(wildcard grammar/lexer.l),$(B)/lexer.yy.c) \
       $(B)/library_text.c $(B)/pages_text.c $(B)/lessons_text.c
PAGES   := $(wildcard compiler/pages/*.txt)
LIBRARY := $(wildcard stdlib/*.bt)
LESSONS := $(wildcard examples/tutorial/*.txt)
# The back end, the only part that knows LLVM.  The rest of compiler/ is the
# front end: it links without LLVM, into the fuzzer with WAGGLE_FRONT_ONLY.
BACK  := $(wildcard $(addprefix compiler/,emit*.c builtin_*.c agg.c coreloc.c \
	 object.c event.c stages.c decode.c))
FRONT := $(filter-out $(BACK),$(wildcard compiler/*.c))
OBJ   := $(SRC:%.c=$(B)/%.o) $(GEN:.c=.o)
# All but main(), in a library from which a unit test takes what it uses.
PARTS := $(filter-out $(B)/runtime/main.o,$(OBJ))

# Of LLVM the BPF target, and what decodes this machine's instructions
# (decode.c); everything static but libc.  No PIE: LLVM alone has
# 60 000 addresses to relocate at each start.
LLVM_PARTS := bpf passes linker bitreader irreader \
	      $(if $(filter x86_64,$(shell uname -m)),x86disassembler x86desc)
STATIC := -Wl,-Bstatic -ldw -lbpf -lelf -lz -lzstd -ljansson -lstdc++
LINK   = $(CC) $(CFLAGS) $(SANFLAGS) -no-pie
LINK_FAST := -fuse-ld=gold -Wl,--gc-sections -static-libgcc \
	     $(if $(SAN),,-Wl,--icf=safe)

Q   := $(if $(V),,@)
# Targets that end in a run build with every processor, unless told otherwise.
JOBS = --no-print-directory $(if $(findstring j,$(MAKEFLAGS)),,-j$$(nproc))
say = @printf '  %-7s %s\n' $(1) $(2)

all: $(B)/waggle share

$(B)/waggle: $(OBJ) $(B)/stub.o build/llvm/.late
	$(call say,LINK,$@)
	$(Q)$(LINK) $(LINK_FAST) -o $@ $(OBJ) $(B)/stub.o -Lbuild/llvm \
		$$($(LLVM_CONFIG) --link-static --libs $(LLVM_PARTS)) \
		$(STATIC) -Wl,-Bdynamic -lm

# LLVM's 360 constructors register 2000 options of its own: a third of the
# time from Enter to tracing, and of no use to what compiles nothing.  In a
# section of another name they wait until object_context() calls them.
build/llvm/.late: Makefile | $(B)/.build-packages
	$(call say,OBJCOPY,$(@D))
	$(Q)mkdir -p $(@D) && for lib in $$($(LLVM_CONFIG) --link-static \
		--libfiles $(LLVM_PARTS)); do objcopy --rename-section \
		.init_array=llvm_late,alloc,load,data,contents \
		"$$lib" "$(@D)/$${lib##*/}" || exit; done
	$(Q)touch $@

# What `waggle build` puts before an image: a static program of the runtime
# alone, without sanitizers.  Its entry looks whether all of the file is there;
# for it to be reached .bss must be in the file, or the kernel looks for the
# page that it begins in.
STUB_ENTRY := $(wildcard runtime/entry_$(shell uname -m).S)
IN_FILE := alloc,load,contents

$(B)/stub.o: build/stub
	$(Q)printf '.section .rodata\n.balign 16\n.global waggle_stub\n%s\n' \
		'waggle_stub: .incbin "$<"' \
		'.global waggle_stub_end; waggle_stub_end:' \
		'.section .note.GNU-stack,"",@progbits' | \
		$(CC) -c -x assembler -o $@ -

ifdef SAN
build/stub: $(SRC) runtime/stub.c
	$(Q)$(MAKE) --no-print-directory SAN= $@
else
build/stub: build/runtime/stub.o $(STUB_ENTRY:%.S=build/%.o) $(B)/parts.a
	$(call say,LINK,$@)
	$(Q)$(LINK) $(LINK_FAST) -static -s -o $@ $^ -ldw -lbpf -lelf -lz -ljansson \
		-lstdc++ -lm $(STUB_ENTRY:%=-Wl,-ewaggle_entry)
	$(Q)objcopy --set-section-flags .bss=$(IN_FILE) \
		--set-section-flags __libc_freeres_ptrs=$(IN_FILE) $@
endif

build/%.o: %.S | build/.build-packages
	$(Q)mkdir -p $(@D) && $(CC) -c -o $@ $<

$(B)/%.o: %.c | $(B)/.build-packages
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(COMPILE) $(WARN) -c -o $@ $<

$(B)/%.o: $(B)/%.c
	$(call say,CC,$<)
	$(Q)$(COMPILE) $(WARN_GEN) -c -o $@ $<

$(B)/parser.tab.c: grammar/parser.y | $(B)/.build-packages
	$(call say,BISON,$<)
	$(Q)bison -Wall -Werror -Wno-yacc -d -o $@ $<

$(B)/lexer.yy.c: grammar/lexer.l | $(B)/.build-packages
	$(call say,FLEX,$<)
	$(Q)flex --header-file=$(B)/lexer.yy.h -o $@ $<

# Names of system calls by number, as elements of an array.
$(B)/syscalls.h: Makefile | $(B)/.build-packages
	$(call say,GEN,$@)
	$(Q)echo '#include <asm/unistd.h>' | $(CC) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$$/[\2] = "\1",/p' | \
		sort -t'[' -k2n >$@

$(B)/compiler/syscall.o build/fuzz/compiler/syscall.o: $(B)/syscalls.h

$(B)/library_text.c: stdlib/embed.awk $(LIBRARY) | $(B)/.build-packages
	$(call say,EMBED,$@)
	$(Q)awk -f $< $(LIBRARY) >$@

$(B)/pages_text.c: compiler/pages/embed.awk compiler/pages/quoted.awk $(PAGES) | $(B)/.build-packages
	$(call say,EMBED,$@)
	$(Q)awk -f compiler/pages/quoted.awk -f $< $(PAGES) >$@

$(B)/lessons_text.c: examples/tutorial/embed.awk compiler/pages/quoted.awk $(LESSONS) | $(B)/.build-packages
	$(call say,EMBED,$@)
	$(Q)awk -f compiler/pages/quoted.awk -f $< $(LESSONS) >$@

$(OBJ): | $(GEN)

# --- Packages -------------------------------------------------------------
# A stamp a build directory: asking dpkg costs nothing after the first time.
$(B)/.%-packages: Makefile
	$(Q)mkdir -p $(B)
	$(Q)$(if $(filter no,$(SETUP)),,PATH=$$PATH:/usr/sbin:/sbin \
		sh -c "$$INSTALL" install $(PKGS_$*))
	$(Q)touch $@

PKGS_build := $(BUILD_PKGS)
PKGS_test  := $(BUILD_PKGS) $(TEST_PKGS)

define INSTALL
command -v dpkg-query >/dev/null || {
	echo "Not a Debian system; this must be there already: $$*" >&2
	exit 0
}
missing=
for p; do
	case $$(dpkg-query -W -f '$${db:Status-Status} ' "$$p" 2>/dev/null) in
	'installed '* | *' installed '*) ;;
	*) missing="$$missing $$p" ;;
	esac
done
[ "$$missing" ] || exit 0
sudo=
[ "$$(id -u)" = 0 ] || sudo='sudo -n'
get="$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq"
install="$$get install -y --no-install-recommends$$missing"
echo "  INSTALL$$missing"
$$install >/dev/null 2>&1 && exit 0
$$get update >/dev/null && $$install >/dev/null && exit 0
echo "Could not install them. As root: apt-get install$$missing" >&2
exit 1
endef
export INSTALL

# --- Demo -----------------------------------------------------------------
demo:
	$(Q)$(MAKE) $(JOBS) $(B)/waggle $(B)/target/files \
		$(B)/target/funcs
	$(Q)tests/demo $(B)

# --- Tests ----------------------------------------------------------------
TARGETS := $(patsubst tests/target/%.c,$(B)/target/%,\
	     $(wildcard tests/target/*.c)) \
	   $(patsubst tests/target/%.cc,$(B)/target/%,\
	     $(wildcard tests/target/*.cc)) $(B)/target/typed_fast
UNITS   := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))

# Traced programs: no optimiser, so that each function called is there.
$(B)/target/%: tests/target/%.c | $(B)/.build-packages
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(WARN) -D_GNU_SOURCE -O0 -g \
		-fno-omit-frame-pointer -MMD -MP -o $@ $< -lbpf -lelf -lz

$(B)/target/%: tests/target/%.cc | $(B)/.build-packages
	$(call say,CXX,$@)
	$(Q)mkdir -p $(@D) && $(CXX) -Wall -Wextra -O0 -g \
		-fno-omit-frame-pointer -MMD -MP -o $@ $<

$(B)/target/typed_fast: tests/target/typed.c | $(B)/.build-packages
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(WARN) -D_GNU_SOURCE -O2 -g -MMD -MP \
		-o $@ $<

$(B)/target/usdt: | $(B)/.test-packages

$(B)/parts.a: $(PARTS)
	$(Q)rm -f $@ && ar rc $@ $(PARTS)

$(B)/unit/%: tests/unit/%.c $(B)/parts.a
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(COMPILE) $(WARN) -no-pie -o $@ $< \
		$(LINK_FAST) $(B)/parts.a $(STATIC) -Wl,-Bdynamic -lm

targets: $(TARGETS)
units: $(UNITS)

test: | $(B)/.test-packages
	$(Q)$(MAKE) $(JOBS) all targets build/fuzz_front
	$(Q)$(MAKE) $(JOBS) SAN=1 all units
	$(Q)tests/run

lint: $(OBJ) share | $(B)/.test-packages
	$(Q)CLANG=$(CLANG) CLANG_FORMAT=$(CLANG_FORMAT) \
		WARN='$(WARN)' INCLUDES='$(INCLUDES)' tests/lint $(BACK) compiler/compile.c

# --- Fuzzing --------------------------------------------------------------
FUZZ_SAN := -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FUZZ_OBJ := $(patsubst %.c,build/fuzz/%.o,$(FRONT) tests/fuzz/fuzz_front.c \
	    $(notdir $(GEN)))
FUZZ_CC   = $(CLANG) -std=c11 $(INCLUDES) -DWAGGLE_FRONT_ONLY -O1 -g \
	    $(FUZZ_SAN) -MMD -MP

build/fuzz/%.o: %.c | $(B)/.test-packages $(GEN)
	$(call say,CLANG,$<)
	$(Q)mkdir -p $(@D) && $(FUZZ_CC) -c -o $@ $<

build/fuzz/%.o: build/%.c | $(B)/.test-packages
	$(call say,CLANG,$<)
	$(Q)mkdir -p $(@D) && $(FUZZ_CC) -c -o $@ $<

build/fuzz/types.o: tests/fuzz/types.c | $(B)/.test-packages
	$(Q)mkdir -p $(@D) && $(CLANG) --target=bpf -O1 -g -c -o $@ $<

build/fuzz_front: $(FUZZ_OBJ) | build/fuzz/types.o
	$(call say,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_SAN) -o $@ $(FUZZ_OBJ) \
		$(STATIC) -Wl,-Bdynamic -lm

fuzz: build/fuzz_front all targets
	$(Q)tests/fuzz/run -t $(FUZZ_TIME)
	$(Q)tests/fuzz/programs -n 2000

# --- Benchmarks -----------------------------------------------------------
BENCH     := $(patsubst tests/bench/%.c,build/bench/%,$(filter-out \
	       %.bpf.c,$(wildcard tests/bench/*.c)))
BENCH_BPF := $(foreach p,$(patsubst tests/bench/%.bpf.c,build/bench/%,\
	       $(wildcard tests/bench/*.bpf.c)),$(p).tp.o $(p).raw.o)
BPF_CC     = $(CLANG) --target=bpf -g -O2 -mcpu=v3 -Wall -MMD -MP \
	     -I/usr/include/$$(uname -m)-linux-gnu

build/bench/%: tests/bench/%.c | $(B)/.test-packages
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(WARN) -D_GNU_SOURCE -O2 -MMD -MP -o $@ \
		$< -Wl,-Bstatic -lbpf -lelf -lz -Wl,-Bdynamic

build/bench/%.tp.o: tests/bench/%.bpf.c | $(B)/.test-packages
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D) && $(BPF_CC) -c -o $@ $<

build/bench/%.raw.o: tests/bench/%.bpf.c | $(B)/.test-packages
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D) && $(BPF_CC) -DRAW -c -o $@ $<

bench-programs: $(BENCH) $(BENCH_BPF)

bench:
	$(Q)$(MAKE) $(JOBS) build/waggle bench-programs
	$(Q)tests/bench/run

# --------------------------------------------------------------------------
# The manual page and the completions say what the program itself says.
SHARE     := $(addprefix $(B)/share/,waggle.1 waggle.bash _waggle reference.md \
	waggle.vim waggle.tmLanguage.json)
PROVIDERS := sed -n 's/^PROVIDER([A-Z]*, *\([a-z]*\),.*/\1/p' compiler/probe.def

$(B)/share/waggle.1: runtime/share/waggle.1.in runtime/share/fill.awk \
		compiler/probe.def $(B)/waggle
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D) && $(B)/waggle --help >$@.help
	$(Q)awk -f runtime/share/fill.awk \
		-v version="$$($(B)/waggle --version | cut -d' ' -f2)" \
		$@.help compiler/probe.def $< >$@

$(B)/share/reference.md: $(B)/waggle
	$(call say,DOC,$@)
	$(Q)mkdir -p $(@D) && $(B)/waggle help --markdown >$@

# An editor's "or" is written as its patterns have it.
$(B)/share/waggle.vim: BAR = \\\\\\\\|
$(B)/share/waggle.tmLanguage.json: BAR = |
$(B)/share/waggle.vim $(B)/share/waggle.tmLanguage.json: $(B)/share/%: \
		runtime/share/editors/% runtime/share/editors/fill.awk $(B)/waggle
	$(call say,FILL,$@)
	$(Q)mkdir -p $(@D) && $(B)/waggle help >$@.help
	$(Q)awk -f runtime/share/editors/fill.awk -v bar='$(BAR)' $@.help $< >$@

$(B)/share/%: runtime/share/% compiler/probe.def
	$(call say,FILL,$@)
	$(Q)mkdir -p $(@D) && sed "s/@PROVIDERS@/$$($(PROVIDERS) | \
		tr '\n' ' ' | sed 's/ $$//')/" $< >$@

share: $(SHARE)

DATA := $(DESTDIR)$(PREFIX)/share
install: $(B)/waggle $(SHARE)
	install -d $(DESTDIR)$(PREFIX)/bin $(DATA)/waggle $(DATA)/man/man1 \
		$(DATA)/bash-completion/completions $(DATA)/zsh/site-functions
	install -s -m 755 $(B)/waggle $(DESTDIR)$(PREFIX)/bin/waggle
	install -m 644 $(B)/share/waggle.1 $(DATA)/man/man1/waggle.1
	install -m 644 $(B)/share/waggle.bash \
		$(DATA)/bash-completion/completions/waggle
	install -m 644 $(B)/share/_waggle $(DATA)/zsh/site-functions/_waggle
	install -m 644 $(addprefix $(B)/share/,reference.md waggle.vim \
		waggle.tmLanguage.json) $(DATA)/waggle
	$(if $(wildcard examples/*.bt),install -m 755 $(wildcard \
		examples/*.bt) $(DATA)/waggle)

clean:
	rm -rf build build-san

.PHONY: all demo test targets units share lint fuzz bench bench-programs install clean
.DELETE_ON_ERROR:
.SECONDARY:
-include $(OBJ:.o=.d) build/runtime/stub.d $(FUZZ_OBJ:.o=.d) $(wildcard $(B)/target/*.d \
	$(B)/unit/*.d build/bench/*.d)
