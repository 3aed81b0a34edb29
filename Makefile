# Everything a user needs: `make demo`, `make run`, `make test`. Each sets up what it needs first.
SHELL := /bin/bash
export PKG_CONFIG_PATH := $(CURDIR)/.deps/lib/pkgconfig$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))

BINARY := .build/release/media-gateway
SWIFT ?= swift
SECONDS_EACH ?= 10

.DEFAULT_GOAL := help
.PHONY: help setup build demo run test fuzz bench lint clean

help: ## Show what each target does.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install packages, fetch and build the recogniser and the models (does nothing the second time).
	@scripts/setup

build: setup ## Build the release binary at .build/release/media-gateway.
	$(SWIFT) build -c release --product media-gateway

demo: build ## Place recorded calls to the gateway and show what happens.
	$(BINARY) demo

run: build ## Start the gateway on http://127.0.0.1:8080; ARGS="--set server.port=9000" changes that.
	$(BINARY) serve $(ARGS)

test: build ## All tests: units, and the real binary over real sockets (one at a time: deadlines are real); then a minute of fuzzing.
	$(SWIFT) build --build-tests
	@SWIFT=$(SWIFT) scripts/test
	@SWIFT=$(SWIFT) scripts/fuzz --total 60

fuzz: setup ## Fuzz every parser for SECONDS_EACH seconds (10); scripts/fuzz --help shows more.
	@SWIFT=$(SWIFT) scripts/fuzz --seconds $(SECONDS_EACH)

bench: build ## Latency and capacity of this machine.
	$(BINARY) bench echo --calls 50
	$(BINARY) bench turns --calls 10

lint: ## Check layout with swift-format.
	$(SWIFT) format lint --strict -r Sources Tests Fuzzing Package.swift

clean: ## Remove build products; models and downloads stay.
	rm -rf .build .build-fuzz
