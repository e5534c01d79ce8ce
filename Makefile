# A thin front for people: CMake builds (CMakePresets.json), scripts/setup brings what is needed, scripts/ does the rest.
# Type `make` for the list of targets.
.NOTPARALLEL:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# ---- build and test -------------------------------------------------------------------------------------------------------

.PHONY: run
run: core llama build/build.ninja ## build the command line; read a picture, say a sentence, hear it again, ask a question
	@cmake --build --preset release --target xybrid_cli packs
	build/xybrid run ppocr-v5 --input examples/receipt.png
	build/xybrid run piper-joe --input "On March 3rd, Dr. Smith paid \$$4.50 for 12 books." -o build/spoken.wav
	build/xybrid run whisper-tiny.en --input build/spoken.wav
	build/xybrid run smollm2-135m --temperature 0 --system "You are a helpful assistant." --input "What is the capital of France?"

.PHONY: build
build: core llama build/build.ninja ## build everything, in build/
	@cmake --build --preset release

.PHONY: test
test: build ## the tests (minutes)
	@scripts/setup test
	@scripts/build-llama --references
	ctest --preset release

.PHONY: test-deep
test-deep: build ## the tests under the address, undefined-behaviour and thread sanitizers, and fault injection (40 minutes)
	@scripts/setup test deep bench
	@scripts/test-deep

.PHONY: zoo
zoo: core build/build.ninja ## bring every real model (0.5 GB), and compare the engines on each
	@scripts/setup zoo
	@cmake --build --preset release --target zoo_agreement --target zoo_pieces
	build/tests/zoo/zoo_agreement --time
	build/tests/zoo/zoo_pieces

.PHONY: test-long
test-long: build ## soaks and long fuzzing, by hand (hours)
	@scripts/setup test deep bench
	@scripts/test-long

# ---- measure --------------------------------------------------------------------------------------------------------------

.PHONY: bench
bench: build ## every benchmark, beside its rival
	@scripts/setup bench
	@scripts/build-llama --references
	@for program in build/bench/*; do \
	    if [ -f "$$program" ] && [ -x "$$program" ]; then echo "== $$program" && "$$program" || exit 1; fi; \
	done

.PHONY: size
size: build ## bytes of the library, per room, against the limit
	@build/bench/size

# ---- keep in order --------------------------------------------------------------------------------------------------------

.PHONY: lint
lint: core build/build.ninja ## layout, clang-tidy, cppcheck, layers, notices
	@scripts/setup lint
	@scripts/lint

.PHONY: format
format: ## lay out the code as .clang-format says
	@scripts/setup lint
	@scripts/lint --format

.PHONY: fuzz
fuzz: core ## fuzz every decoder for a while
	@scripts/setup deep
	@scripts/fuzz

.PHONY: cross
cross: core ## build and test for the other systems
	@scripts/setup cross
	@scripts/cross

.PHONY: clean
clean: ## remove what was built; what was downloaded stays
	@if [ -d build ]; then find build -mindepth 1 -maxdepth 1 ! -name .setup ! -name cache ! -name deps ! -name engines \
	    ! -name llama ! -name models ! -name tools ! -name zoo -exec rm -rf {} +; fi

.PHONY: distclean
distclean: ## remove build/ with everything in it
	@rm -rf build

# ---- behind the targets ---------------------------------------------------------------------------------------------------

.PHONY: core
core:
	@scripts/setup core

# llama.cpp, and the plug-in of it; the presets do not build it
.PHONY: llama
llama: core
	@scripts/build-llama

# CMake's long report goes to a file; it is shown when something is wrong. Later changes of CMakeLists.txt are ninja's work.
configure = mkdir -p build && { cmake --preset $(1) >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }; }

build/build.ninja: CMakePresets.json
	@$(call configure,release)
