# What a person types. Each target installs what it needs; `make` alone lists them.

# A build needs no database: the checked queries come from .sqlx.
export SQLX_OFFLINE = true

BINARY = target/debug/vestibule

.DEFAULT_GOAL := help
.PHONY: help up demo test chaos contract console mutants pictures bench fuzz lint openapi sdk

help: ## This list
	@echo 'Vestibule: door intercoms for apartment buildings, run by phone'
	@echo
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | while IFS= read -r line; do \
	    printf '  make %-9s %s\n' "$${line%%:*}" "$${line#*\#\# }"; done
	@echo
	@echo '  docker compose up starts the production shape'

up: ## Start everything on a private database, ring the demo door, serve until Ctrl-C
	@scripts/step.sh 'find the toolchain' scripts/ensure-toolchain.sh up
	@scripts/step.sh 'build' cargo build --locked --bin vestibule
	@exec $(BINARY) up

demo: ## One scripted door call against the server that `make up` started
	@scripts/ensure-toolchain.sh up
	@cargo build --quiet --locked --bin vestibule
	@exec $(BINARY) demo

test: ## Every test, on private PostgreSQL and RabbitMQ instances (or DATABASE_URL, AMQP_URL)
	@scripts/step.sh 'find the toolchain' scripts/ensure-toolchain.sh test
	@scripts/step.sh 'compare with the OpenAPI document' scripts/openapi-drift.sh
	@scripts/step.sh 'build the tests' cargo test --locked --no-run --quiet
	@# Stories mostly wait for phones to ring: more of them at once than there are cores.
	@RUST_TEST_THREADS=4 scripts/test-services.sh run cargo test --locked
	@CHAOS_STORM_SECONDS=20 CHAOS_RATE=2 $(MAKE) --no-print-directory chaos
	@$(MAKE) --no-print-directory contract
	@$(MAKE) --no-print-directory console

chaos: ## Storms: all is killed, frozen, cut off and replaced under load, then the books are checked (CHAOS_MINUTES=30: an hour; CHAOS_SEED=…)
	@scripts/ensure-toolchain.sh test
	@scripts/step.sh 'build' cargo test --locked --test chaos --no-run --quiet
	@CHAOS_RATE=$${CHAOS_RATE:-4} CHAOS_STORM_SECONDS=$${CHAOS_STORM_SECONDS:-90} RUST_TEST_THREADS=1 \
	    cargo test --locked --quiet --test chaos -- --nocapture

contract: ## The API from outside, on a server of its own: the README's tour, both clients, the fuzzer
	@scripts/ensure-toolchain.sh test
	@scripts/step.sh 'build' cargo build --locked --bin vestibule
	@scripts/step.sh 'find the tools' scripts/toolbox.sh tests/contract sdk/typescript
	@scripts/with-server.sh tests/contract/all.sh

console: ## The web console in a real browser, on a server, a database, a broker and a simulator of its own
	@scripts/ensure-toolchain.sh test
	@scripts/step.sh 'build' cargo build --locked --bin vestibule
	@scripts/step.sh 'find the tools' scripts/toolbox.sh tests/console
	@scripts/step.sh 'check types and libraries' scripts/console.sh check
	@scripts/test-services.sh run scripts/console.sh test

mutants: ## Whether each small change to what decides or verifies fails a test (SHARD=1/8: an eighth of it)
	@scripts/ensure-toolchain.sh up
	@SHARD=$(SHARD) scripts/mutants.sh all

pictures: ## Make the pictures of README anew
	@scripts/ensure-toolchain.sh test
	@cargo build --quiet --locked --bin vestibule
	@scripts/toolbox.sh tests/console
	@scripts/test-services.sh run scripts/console.sh pictures

bench: ## The benchmarks, with their peers, as ratios
	@scripts/ensure-toolchain.sh test
	@scripts/step.sh 'find the peers' scripts/toolbox.sh benches/peers/media-forwarder benches/peers/express-hooks
	@scripts/test-services.sh run env PATH="$(CURDIR)/.toolbox/python/bin:$$PATH" cargo bench --locked --bench door

fuzz: ## Every fuzz target for a minute (make fuzz SECONDS_EACH=600)
	@scripts/ensure-toolchain.sh up
	@scripts/fuzz.sh $(SECONDS_EACH)

lint: ## What must be clean at every commit
	@scripts/ensure-toolchain.sh test
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --document-private-items --quiet
	scripts/lint-openapi.sh
	scripts/supply-chain.sh

openapi: ## Write openapi/openapi.json from the code
	@mkdir -p openapi
	@cargo run --quiet --locked --bin vestibule -- openapi > openapi/openapi.json.new
	@mv openapi/openapi.json.new openapi/openapi.json
	@git diff --stat -- openapi || true

sdk: ## Make the TypeScript and the Python client from openapi/openapi.json
	@scripts/ensure-toolchain.sh test
	@scripts/sdk.sh
