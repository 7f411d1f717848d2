# make            libqjs.a, libqjs.so and qjs into build/
# make demo       installs into a scratch prefix, builds a C program against that, runs it; then one that has
#                 libqjs as a subdirectory
# make test       everything that CI runs: format, lints, Rust tests, headers, C tests with valgrind and sanitizers
# make test262 TEST262_DIR=…   the conformance suite
# make bench      ours and QuickJS-NG's in turn; OCTANE_DIR=… adds Octane
# make realworld  npm packages under libqjs, compared with node
# make fuzz       hostile bytecode under AddressSanitizer, for FUZZ_SECONDS (fuzz/README.md)
# make sanitize   the C tests under both compilers, valgrind, sanitizers, GC stress (tools/sanitize)
# make install PREFIX=…
#
# What a target needs besides Rust, a C compiler and make, it installs by itself (tools/need).

BUILD ?= build
PREFIX ?= /usr/local
CMAKE_BUILD_TYPE ?= Release
CMAKE_FLAGS ?=
# One target folder for cargo and for CMake, so that nothing is built twice.
export CARGO_TARGET_DIR ?= $(CURDIR)/target
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: all configure demo test test-rust test-headers test-c test-sanitize test262 bench realworld sanitize fuzz headers install \
    clean

all: configure
	cmake --build $(BUILD) -j $(JOBS)

configure:
	@tools/need cmake
	cmake -S . -B $(BUILD) -DCMAKE_BUILD_TYPE=$(CMAKE_BUILD_TYPE) -DQJS_BUILD_BOTH=ON \
	    -DQJS_CARGO_TARGET_DIR=$(CARGO_TARGET_DIR) $(CMAKE_FLAGS)

install: all
	cmake --install $(BUILD) --prefix $(PREFIX)

# A program that knows nothing but an installed libqjs, static and shared.
demo: all
	rm -rf $(BUILD)/demo
	cmake --install $(BUILD) --prefix $(CURDIR)/$(BUILD)/demo/prefix >/dev/null
	cmake -S ctests/demo -B $(BUILD)/demo/build -DCMAKE_PREFIX_PATH=$(CURDIR)/$(BUILD)/demo/prefix >/dev/null
	cmake --build $(BUILD)/demo/build
	$(BUILD)/demo/build/demo
	cmake -S ctests/projects/subdirectory -B $(BUILD)/demo/subdirectory -DQJS_SOURCE=$(CURDIR) \
	    -DCMAKE_BUILD_TYPE=$(CMAKE_BUILD_TYPE) -DQJS_CARGO_TARGET_DIR=$(CARGO_TARGET_DIR) >/dev/null
	cmake --build $(BUILD)/demo/subdirectory >/dev/null
	$(BUILD)/demo/subdirectory/calculator '"six by nine: " + (54).toString(13)'

test: test-rust test-headers test-c test-sanitize

test-rust:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace

# The committed headers are what the sources generate.
test-headers:
	cargo run -q -p headers -- --check

test-c:
	@tools/need valgrind
	@$(MAKE) --no-print-directory all
	cd $(BUILD) && ctest --output-on-failure -j $(JOBS)

# ASan and UBSan; then some of it with a collection at every allocation. Workers under TSan.
test-sanitize:
	BUILD=$(BUILD) JOBS=$(JOBS) tools/sanitize ci tsan-workers

# SANITIZE_ARGS names configurations.
sanitize:
	BUILD=$(BUILD) JOBS=$(JOBS) tools/sanitize $(SANITIZE_ARGS)

FUZZ_SECONDS ?= 60
fuzz:
	env -u CARGO_TARGET_DIR fuzz/run -max_total_time=$(FUZZ_SECONDS)

headers:
	cargo run -q -p headers

test262:
	@test -n "$(TEST262_DIR)" || { echo "make test262 TEST262_DIR=<a checkout of tc39/test262>" >&2; exit 2; }
	cargo run --release -p test262 -- --dir "$(TEST262_DIR)" $(TEST262_ARGS)

bench: all
	@tools/need cmake
	@test -x tools/bench/run || { echo "tools/bench/run is not there yet" >&2; exit 2; }
	tools/bench/run $(BENCH_ARGS)

realworld: all
	@test -x tools/realworld/run || { echo "tools/realworld/run is not there yet" >&2; exit 2; }
	tools/realworld/run $(REALWORLD_ARGS)

clean:
	rm -rf $(BUILD)
	cargo clean
