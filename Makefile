# What people type. `make help` lists it; scripts/ holds what is longer than a line or two.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Looked up at each use, so that `make help` works on a machine without Swift.
SWIFT = $(or $(shell scripts/find-swift 2>/dev/null),swift)
RISK := $(CURDIR)/.build/release/risk
FORMATTED := Package.swift Sources Tests
BENCHMARKS := $(patsubst Benchmarks/%.sh,%,$(wildcard Benchmarks/*.sh))

.PHONY: help
help: ## This list
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16
	@echo "Benchmarks: $(or $(BENCHMARKS),none yet)"

.PHONY: bootstrap
bootstrap: ## Install what the build needs, where it is missing
	@scripts/bootstrap

.PHONY: release
release: bootstrap ## Build the command line tool: .build/release/risk
	$(SWIFT) build -c release --product risk

.PHONY: demo
demo: release ## From simulated card transactions to a ranked list with reasons, in ./demo
	@scripts/demo "$(RISK)"

.PHONY: test
test: release ## Every test; the ones of the command line run the release build
	RISK_BINARY="$(RISK)" $(SWIFT) test

.PHONY: test-linkage
test-linkage: bootstrap ## Build a scorer outside the project and check what it links
	@scripts/test-linkage

.PHONY: library
library: bootstrap ## Build the C library: .build/library/release/libriskscore.so
	$(SWIFT) build -c release --product riskscore -Xswiftc -static-stdlib --scratch-path .build/library

.PHONY: test-abi
test-abi: bootstrap ## The C library from C and Python, and that scoring allocates nothing
	@scripts/test-abi

.PHONY: test-sanitized
test-sanitized: bootstrap ## The C library's tests with the address and thread sanitizers
	@SANITIZE=address MUTANTS=1000 scripts/test-abi
	@SANITIZE=thread MUTANTS=100 scripts/test-abi

.PHONY: test-mmdb
test-mmdb: bootstrap ## MaxMind DB files: a real one of 57 MB, against MaxMind's reader
	@scripts/test-mmdb

.PHONY: test-exports
test-exports: release ## Exports of models in their real engines, to the bit; ROWS=20000 is the short form
	@RISK_BINARY="$(RISK)" scripts/test-exports

.PHONY: fuzz
fuzz: bootstrap ## Let libFuzzer look for bytes that hurt the reader of models; SECONDS_TO_RUN=60
	@scripts/fuzz

.PHONY: bench
bench: $(addprefix bench-,$(BENCHMARKS)) ## Every benchmark (minutes each)

bench-%: Benchmarks/%.sh bootstrap ## One benchmark: make bench-tables
	bash $<

.PHONY: format
format: bootstrap ## Lay the sources out
	$(SWIFT) format --in-place --recursive --parallel $(FORMATTED)

.PHONY: lint
lint: bootstrap ## Check the layout of the sources and the shell scripts
	$(SWIFT) format lint --strict --recursive --parallel $(FORMATTED)
	@scripts/lint-shell

.PHONY: completions
completions: release ## Shell completions into .build/completions
	@mkdir -p .build/completions
	@$(RISK) --generate-completion-script bash > .build/completions/risk.bash
	@$(RISK) --generate-completion-script zsh > .build/completions/_risk
	@$(RISK) --generate-completion-script fish > .build/completions/risk.fish
	@echo "Written to .build/completions: source risk.bash, put _risk on zsh's fpath, or risk.fish into ~/.config/fish/completions"

.PHONY: clean
clean: ## Remove what was built and the demo's folder
	rm -rf .build demo
