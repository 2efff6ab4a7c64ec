# SPDX-License-Identifier: Apache-2.0
# The face of the build; Meson does the work.  `make demo` and `make check` need nothing but a
# Debian 12 machine.
BUILD = build/release
SECONDS = 60
DEMO = demo
RELEASE = -Db_lto=true
# By clang: gcc 12 warns wrongly of conversions in code it instruments.
SANITIZED = -Db_lundef=false

.PHONY: all setup build demo hub-demo web check browser counterparts asan tsan lint format fuzz soak bench install clean

all: build

setup:
	@tools/setup build check

$(BUILD)/build.ninja:
	meson setup $(BUILD) $(RELEASE)

build: setup $(BUILD)/build.ninja
	ninja -C $(BUILD)

demo: build
	@tools/demo $(BUILD)/src/sekisho $(DEMO)

# A hub to look around in, on loopback, as an exercise: people, and a sensor that saw a botnet.
hub-demo: build web
	@python3 tests/story/stage.py $(BUILD)/src/sekisho web/dist --show

# The page of the hub, from npm's packages, into web/dist.
web:
	@tools/setup browser
	@tools/web

check: setup
	@tools/web --if-able
	@tools/suite $(BUILD) $(RELEASE)

browser: build
	@tools/setup browser
	npm ci --prefix tests/e2e --no-audit --no-fund --loglevel=error
	@tools/web
	meson test -C $(BUILD) --suite e2e --suite web

counterparts: build
	@tools/setup browser
	npm ci --prefix tests/identity --no-audit --no-fund --loglevel=error
	meson test -C $(BUILD) --suite counterparts

asan:
	@tools/setup fuzz
	@CC=clang tools/suite build/asan -Db_sanitize=address,undefined $(SANITIZED)

tsan:
	@tools/setup fuzz
	@CC=clang tools/suite build/tsan -Db_sanitize=thread $(SANITIZED)

lint:
	@tools/setup lint
	@tools/lint

format:
	@tools/setup lint
	clang-format -i $$(git ls-files '*.c' '*.h')

fuzz:
	@tools/setup fuzz
	@tools/fuzz $(SECONDS)

# Hostile exporters by the thousands: `make soak SECONDS=3600`.
soak: build
	@tests/soak/soak.py $(BUILD)/src/sekisho --seconds $(SECONDS)

bench: build
	@tools/setup bench
	ninja -C $(BUILD) $(addprefix tests/bench/,floor mktrace floor_exports decode_exports path \
		bench_mediate bench_pseudonyms logs bench_indicators flows_all bench_batches bench_crowd)
	@tools/bench --build $(BUILD)
	@tools/bench-exports --build $(BUILD)
	@tools/bench-overhead --build $(BUILD)
	@tools/bench-indicators --build $(BUILD)
	@tools/bench-flows --build $(BUILD)
	@tests/bench/hub.py $(BUILD)/src/sekisho $(BUILD)/tests/bench/bench_batches $(BUILD)

install: build
	meson install -C $(BUILD) --no-rebuild

clean:
	rm -rf build $(DEMO)
