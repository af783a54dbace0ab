.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8080
ORIGINALS ?=
PHOTOGRAPHS ?= photographs
STAGE ?= dev
URL ?=
INSTALL := python requirements/install.py
EDITABLE := $(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
REQUIREMENTS := $(wildcard requirements/*.txt) infra/aws/constructs/edge_keys.txt tests/deploy/ministack.txt
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet
unexport PYTHONDONTWRITEBYTECODE

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

# There are two environments: for serving, and for the tests. The second contains the first, and both
# are installed into the same folder.
.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv

.venv/serve: requirements/serve.txt pyproject.toml | .venv/bin/pip
	@echo "Once: about 80 MB are downloaded and 330 MB written, which takes about half a minute"
	@$(BIN)/$(INSTALL) requirements/serve.txt
	@$(EDITABLE)
	@touch $@

.venv/ready: requirements/dev.txt pyproject.toml | .venv/bin/pip
	@echo "Once: about 170 MB are downloaded and 680 MB written, which takes about a minute"
	@$(BIN)/$(INSTALL) requirements/dev.txt
	@$(EDITABLE)
	@touch .venv/serve $@

serve: .venv/serve ## Serve a folder of originals here: make serve ORIGINALS=~/Pictures PORT=8080 [DIRECT=1]
	@$(BIN)/calotype serve --port $(PORT) $(if $(ORIGINALS),--originals "$(ORIGINALS)") $(if $(DIRECT),--direct)

test: .venv/ready edge/node_modules ## Run the tests (needs node)
	@$(BIN)/pytest -q -n auto --dist worksteal

test-thorough: .venv/ready ## Run the tests that take minutes: of interleavings, and of pairs of parameters
	@$(BIN)/pytest -q -rP -m thorough tests/originals/test_interleavings.py tests/originals/test_layered_interleavings.py tests/derivatives/test_parameter_pairs.py tests/derivatives/test_hostile_layers.py

fuzz: .venv/ready ## Feed 20,000 damaged pictures to the decoders: make fuzz [FILES=20000] [SEED=1839]
	@$(BIN)/python -m tests.fuzz $(if $(FILES),--files $(FILES)) $(if $(SEED),--seed $(SEED))

coverage: .venv/ready edge/node_modules ## Run the tests, and list the lines and branches that none of them reaches
	@$(BIN)/pytest -q -n auto --dist worksteal --ignore tests/originals/test_interleavings.py --cov --cov-report=term:skip-covered

package: .venv/ready ## Package the functions for Lambda, without docker
	@$(BIN)/python -m infra.packaging

test-deploy: .venv/deploy infra/aws/node_modules edge/node_modules ## Synthesise all stages, run the packages, deploy to an emulator (needs node, Python 3.13)
	@$(BIN)/pytest -q tests/runtime tests/deploy

deploy: .venv/deploy infra/aws/node_modules edge/node_modules ## Deploy a stage to AWS, and run the smoke tests: make deploy STAGE=dev
	@$(BIN)/python -m infra.aws.commands.deploy $(STAGE) $(if $(URL),--url $(URL))

template: .venv/deploy infra/aws/node_modules edge/node_modules ## Write a CloudFormation template that anyone can launch: make template [BUCKET=my-bucket] [REGION=eu-west-1]
	@$(BIN)/python -m infra.aws.commands.template $(if $(BUCKET),--bucket $(BUCKET)) $(if $(REGION),--region $(REGION))

destroy: .venv/deploy infra/aws/node_modules edge/node_modules ## Delete a stage from AWS: make destroy STAGE=dev
	@$(BIN)/python -m infra.aws.commands.deploy $(STAGE) --destroy

.venv/deploy: .venv/ready requirements/deploy.txt
	@$(BIN)/$(INSTALL) requirements/deploy.txt
	@touch $@

infra/aws/node_modules: infra/aws/package-lock.json
	@cd infra/aws && npm ci --silent --no-audit --no-fund
	@touch $@

# terser, which minifies the edge function.
edge/node_modules: edge/package-lock.json
	@command -v npm >/dev/null || (echo "node and npm are needed: they minify the edge function"; exit 1)
	@cd edge && npm ci --silent --no-audit --no-fund
	@touch $@

lint: quick-check .venv/deploy ## Format check, lint, plain words, import rules, types
	@$(BIN)/mypy --no-error-summary

quick-check: .venv/ready ## The checks that take seconds: format, lint, plain words, import rules (a pre-commit hook)
	@$(BIN)/ruff format --check --quiet . || (echo "run: make format"; exit 1)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/python -m infra.docs.plain_english
	@$(BIN)/lint-imports --no-logo

check: lint docs-check test ## Run every check, fastest failure first

format: .venv/ready ## Format the code
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix-only .

generate: .venv/deploy edge/node_modules ## Write everything that is generated: vectors, URL reference and its pictures, tables of the docs, missing golden pictures
	@$(BIN)/python -m edge.vectors
	@$(BIN)/python -m infra.docs.pictures
	@$(BIN)/python -m infra.docs.reference
	@$(BIN)/python -m infra.docs.coverage
	@$(BIN)/python -m infra.docs.migration
	@$(BIN)/python -m infra.docs.bars
	@$(BIN)/python -m infra.costs.document
	@$(BIN)/python -m infra.aws.commands.permissions
	@$(BIN)/python -m infra.aws.commands.deployer
	@$(MAKE) --no-print-directory golden

screenshots: .venv/ready ## Make the screenshots of the docs (needs Chromium)
	@$(BIN)/python -m infra.docs.screenshots

golden: .venv/ready ## Write golden pictures that are missing; look at them before committing
	@$(BIN)/pytest -q tests/image/test_golden.py --write-golden

docs-check: .venv/deploy edge/node_modules
	@$(BIN)/python -m infra.docs.pictures --check
	@$(BIN)/python -m infra.docs.reference --check
	@$(BIN)/python -m infra.docs.coverage --check
	@$(BIN)/python -m infra.docs.migration --check
	@$(BIN)/python -m infra.docs.bars --check
	@$(BIN)/python -m infra.costs.document --check
	@$(BIN)/python -m infra.aws.commands.permissions --check
	@$(BIN)/python -m infra.aws.commands.deployer --check

latency: .venv/ready ## Measure latencies here, or of a deployment: make latency TARGET=https://img.example.com KEYS=keys.txt
	@$(BIN)/python -m bench.latency $(or $(TARGET),local) $(if $(KEYS),--keys "$(KEYS)")

bench: .venv/bench ## Compare with sharp in some minutes: make bench PHOTOGRAPHS=FOLDER (needs node, Linux)
	@cd bench/peers/node && npm ci --silent --no-audit --no-fund
	@$(BIN)/python -m bench.peers $(PHOTOGRAPHS) --against sharp --quick --only headline matrix

bench-layers: .venv/bench ## Measure what watermarks, blending and text add to a render
	@$(BIN)/python -m bench.layers

bench-looks: .venv/bench ## Compare effects with sharp, in pixels and in time: make bench-looks PHOTOGRAPHS=FOLDER (needs node, Linux)
	@cd bench/peers/node && npm ci --silent --no-audit --no-fund
	@$(BIN)/python -m bench.peers $(PHOTOGRAPHS) --against sharp --only looks

bench-miss: .venv/ready ## Measure the wait for a miss with services as slow as AWS: make bench-miss [AGAINST=CHECKOUT] [REQUESTS=60] (needs Python 3.13)
	@$(BIN)/python -m bench.miss $(if $(AGAINST),--against $(AGAINST)) $(if $(REQUESTS),--requests $(REQUESTS))

bench-peers: .venv/bench .venv/peers/ready ## Compare with sharp, ipx, pyvips and thumbor: make bench-peers PHOTOGRAPHS=FOLDER [QUICK=1] [IMGPROXY=PROGRAM] (needs node, Linux, Python 3.13)
	@cd bench/peers/node && npm ci --silent --no-audit --no-fund
	@cd bench/cold_start_sharp && npm ci --silent --no-audit --no-fund
	@mkdir -p .bench
	@$(BIN)/python -m bench.peers $(PHOTOGRAPHS) $(if $(QUICK),--quick) --json .bench/peers.json >.bench/peers.md
	@{ echo; $(BIN)/python -m bench.cold_start; echo; $(BIN)/python -m bench.miss; } >>.bench/peers.md
	@cat .bench/peers.md

# Without PKG_CONFIG_LIBDIR, pyvips would use the system's libvips instead of that of pyvips-binary.
.venv/peers/ready: requirements/peers.txt
	@$(PYTHON) -m venv .venv/peers
	@PKG_CONFIG_LIBDIR=/ .venv/peers/bin/$(INSTALL) requirements/peers.txt --no-cache-dir
	@touch $@

.venv/bench: .venv/ready requirements/bench.txt
	@$(BIN)/$(INSTALL) requirements/bench.txt
	@touch $@

release: .venv/ready edge/node_modules ## Prepare a release: version, changelog, wheel: make release VERSION=0.2.0
	@$(BIN)/python -m infra.docs.release $(VERSION)

audit: .venv/audit/ready ## Look up known vulnerabilities of all pinned dependencies (needs npm)
	@failed=0; for file in $(REQUIREMENTS); do echo "$$file"; \
	    .venv/audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r $$file || failed=1; \
	done; for file in $$(git ls-files '*package-lock.json'); do echo "$$file"; \
	    (cd "$$(dirname "$$file")" && npm audit --package-lock-only) || failed=1; \
	done; exit $$failed

.venv/audit/ready:
	@$(PYTHON) -m venv .venv/audit
	@.venv/audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	@touch $@

site: .venv/site/ready infra/docs/site/node_modules ## Build the docs as a site in build/site, and fail at a broken link (needs npm)
	@NO_MKDOCS_2_WARNING=1 PYTHONPATH=. .venv/site/bin/mkdocs build --strict --config-file infra/docs/site/mkdocs.yml
	@echo "build/site/index.html"

site-check: site .venv/ready ## Build the site, and check in Chromium that everyone can use it (needs npm, Chromium)
	@$(BIN)/python -m infra.docs.site.check

lighthouse: site .venv/ready infra/docs/lighthouse/node_modules ## Measure the pages and the site with Lighthouse in some minutes (needs npm, Chromium)
	@$(BIN)/python -m infra.docs.lighthouse.measure

infra/docs/lighthouse/node_modules: infra/docs/lighthouse/package-lock.json
	@cd infra/docs/lighthouse && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

.venv/site/ready: requirements/site.txt
	@$(PYTHON) -m venv .venv/site
	@.venv/site/bin/$(INSTALL) requirements/site.txt
	@touch $@

infra/docs/site/node_modules: infra/docs/site/package-lock.json
	@cd infra/docs/site && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

lock: ## Pin every requirement with its hashes
	@$(LOCK) --extra dev --group build pyproject.toml -o requirements/dev.txt
	@$(LOCK) --extra serve --group build --constraint requirements/dev.txt pyproject.toml -o requirements/serve.txt
	@$(LOCK) --constraint requirements/dev.txt --extra text pyproject.toml -o requirements/origin.txt
	@$(LOCK) --constraint requirements/dev.txt --extra aws pyproject.toml -o requirements/upload.txt
	@$(LOCK) --constraint requirements/dev.txt --extra ingest --extra text pyproject.toml -o requirements/ingest.txt
	@$(LOCK) --constraint requirements/dev.txt --extra refine --extra text pyproject.toml -o requirements/refine.txt
	@$(LOCK) requirements/runtime.in -o requirements/runtime.txt
	@$(LOCK) --extra deploy --group templates --constraint requirements/dev.txt pyproject.toml -o requirements/deploy.txt
	@$(LOCK) infra/aws/constructs/edge_keys.in -o infra/aws/constructs/edge_keys.txt
	@$(subst 3.11,3.13,$(LOCK)) tests/deploy/ministack.in -o tests/deploy/ministack.txt
	@$(LOCK) --group peers -o requirements/peers.txt
	@$(LOCK) --group site -o requirements/site.txt
	@$(LOCK) --group judges --constraint requirements/dev.txt pyproject.toml -o requirements/bench.txt

.PHONY: help serve test test-thorough fuzz coverage test-deploy deploy template destroy lint quick-check check release audit format generate golden docs-check latency bench bench-layers bench-looks bench-miss bench-peers package site site-check lighthouse lock
