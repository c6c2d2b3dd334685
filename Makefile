# liqscape. `make help` lists the targets. PYTHON=... picks the interpreter (3.11 or newer).

PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin
PAGE := src/liqscape/web/static/index.html
PAGE_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print)
CHECKED := src tests tools benchmarks hatch_build.py
PYTEST_WORKERS ?= 2
# Neighbours stay in one process, so that what they share is built once; who is done takes over what is left.
PARALLEL := -n $(PYTEST_WORKERS) --dist worksteal
# Compiled once (liqscape warm), not by every worker: where nothing is kept that took each two minutes.
KERNELS := $(shell find src -path '*kernels*' -name '*.py')
# Bytecode is kept whatever the environment says: without it collecting alone takes 40 s of each worker, with it 9 s.
PYTEST := PYTHONDONTWRITEBYTECODE= $(RUN)/python -m pytest -q $(PARALLEL)
DEMO_ARGUMENTS ?=
# make bench AGAINST=main~5, or two builds in quotes; ONLY="solve joint" takes these files of benchmarks/against/rows.
AGAINST ?=
ONLY ?=
# BROWSER=no leaves out the tests that need Chromium.
BROWSER ?= yes

.PHONY: help demo test test-quick truth check docs build bench lock licences page clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

demo: $(VENV)/.run page ## install, build the page and serve a simulated market at a printed loopback address
	@$(RUN)/liqscape demo $(DEMO_ARGUMENTS)

test: $(VENV)/.test page $(VENV)/.kernels ## install what the tests need and run all of them, in a browser too
	@[ "$(BROWSER)" = no ] || tools/find_chromium.sh
	@echo "== tests of the page"
	@npm test --prefix frontend --silent
	@VENV="$(VENV)" tools/find_nginx.sh
	@echo "== tests of the package"
	@NGINX="$$(VENV="$(VENV)" tools/find_nginx.sh --print || true)" CHROMIUM="$$(tools/find_chromium.sh --print || true)" $(PYTEST) $(if $(filter no,$(BROWSER)),-m "not truth and not browser")

test-quick: $(VENV)/.test ## the pure core and one path through every other part, in seconds
	@$(PYTEST) @tests/quick.txt

truth: $(VENV)/.test $(VENV)/.kernels ## every table over all its worlds, every property on all its examples
	@LIQSCAPE_TESTS=truth $(PYTEST) -m "truth or property"

check: $(VENV)/.check frontend/node_modules/.installed ## format, lint and types, Python and page
	$(RUN)/ruff format --check $(wildcard $(CHECKED))
	$(RUN)/ruff check $(wildcard $(CHECKED))
	$(RUN)/mypy
	npm run check --prefix frontend --silent

docs: $(VENV)/.docs ## build the documents as a site in site/, with the reference of the library
	@$(RUN)/python tools/docs_site.py

build: $(VENV)/.test page ## build the wheel and the sdist in dist/
	$(RUN)/python -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir dist .
	$(RUN)/python -m hatchling build --target sdist
	@ls -l dist

bench: $(VENV)/.test page $(VENV)/.kernels ## measure, and write benchmarks/RESULTS.md; AGAINST=REF compares with another build instead
	$(RUN)/python $(if $(AGAINST),benchmarks/against.py $(AGAINST) $(ONLY:%=--only %),benchmarks/run.py)

lock: $(VENV)/.check ## write requirements.lock anew from constraints.txt
	$(RUN)/uv pip compile --quiet pyproject.toml --extra alerts --extra mcp --extra nats --extra s3 --extra sql --universal --python-version 3.11 --generate-hashes \
		--constraint constraints.txt --no-header --no-annotate --no-emit-index-url --output-file requirements.lock

licences: $(VENV)/.check ## list the licences of all that liqscape ships or runs with
	@$(RUN)/python tools/licences.py

page: $(PAGE) ## build the page

$(PAGE): frontend/node_modules/.installed $(PAGE_SOURCES)
	@echo "== building the page"
	@npm run build --prefix frontend --silent
	@test -s $@ && touch $@

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	@echo "== installing what the page is built with"
	@tools/check_node.sh
	@npm ci --prefix frontend --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV)/.run: pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" VENV="$(VENV)" tools/install_python.sh
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" VENV="$(VENV)" tools/install_python.sh test clients
	@touch $(VENV)/.run $@

$(VENV)/.kernels: $(VENV)/.test $(KERNELS)
	@echo "== compiling kernels"
	@$(RUN)/liqscape warm
	@touch $@

$(VENV)/.check: pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" VENV="$(VENV)" tools/install_python.sh test clients check
	@touch $(VENV)/.run $(VENV)/.test $@

$(VENV)/.docs: pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" VENV="$(VENV)" tools/install_python.sh docs
	@touch $(VENV)/.run $@

clean: ## remove everything that was built or installed here
	rm -rf $(VENV) build dist site frontend/node_modules frontend/dist src/liqscape/web/static
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
