# Everything a user needs: `make demo`, `make run`, `make test`. Each sets up what it needs first.
SHELL := /bin/bash
export PKG_CONFIG_PATH := $(CURDIR)/.deps/lib/pkgconfig$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))

BINARY := .build/release/media-gateway
SWIFT ?= swift

.DEFAULT_GOAL := help
.PHONY: help setup build demo run test bench lint clean

help: ## Show what each target does.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install packages, fetch and build the recogniser and the models (does nothing the second time).
	@scripts/setup

build: setup ## Build the release binary at .build/release/media-gateway.
	$(SWIFT) build -c release --product media-gateway

demo: build ## Place recorded calls to the gateway and show what happens.
	$(BINARY) demo

run: build ## Start the gateway on http://127.0.0.1:8080.
	$(BINARY) serve

test: build ## All tests: units, and the real binary over real sockets (one at a time: deadlines are real).
	$(SWIFT) build --build-tests
	@SWIFT=$(SWIFT) scripts/test

bench: build ## Latency and capacity of this machine.
	$(BINARY) bench echo --calls 50
	$(BINARY) bench turns --calls 10

lint: ## Check layout with swift-format.
	$(SWIFT) format lint --strict -r Sources Tests Package.swift

clean: ## Remove build products; models and downloads stay.
	rm -rf .build
