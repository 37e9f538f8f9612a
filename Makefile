# iHome: the commands. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help run test check bench profile fuzz doctor clean clean-state

BOOTSTRAP := @sh server/local/bootstrap.sh
STATE := $(or $(IHOME_STATE),.ihome)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## set up what is missing, then run the whole site here; Ctrl-C stops it
	$(BOOTSTRAP) local
	@exec .venv/bin/python main.py run

test: ## set up what is missing, then run the whole test suite in three processes; ARGS="tests/handlers" runs a part in one
	$(BOOTSTRAP) test
	@exec .venv/bin/pytest $(or $(ARGS),--numprocesses 3 --dist loadfile --no-loadscope-reorder)

check: ## format, lint, types, imports and the architecture tests
	$(BOOTSTRAP) dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/pytest tests/architecture

doctor: ## what is missing or wrong on this machine, and how to mend it
	@exec .venv/bin/python main.py doctor

bench: ## measure every budget on private servers, compared in the same run; some minutes. ARGS="bookings push" measures a part
	$(BOOTSTRAP) test
	@exec .venv/bin/python -m tests.bench $(ARGS)

profile: ## the heaviest functions of the web process in one part: ARGS=cached, search, booking or push
	$(BOOTSTRAP) test
	@exec .venv/bin/python -m tests.bench.profile $(ARGS)

fuzz: ## requests by chance against the interface document, on a private site; FUZZ_SECONDS=600
	$(BOOTSTRAP) test
	@exec .venv/bin/python -m tests.fuzz

clean: ## remove everything that was built; data and secrets stay
	rm -rf .venv build node_modules static/dist *.egg-info .coverage htmlcov \
	    .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-state: clean ## clean, and remove the data, secrets, uploads and logs of local mode
	cd "$(STATE)" 2>/dev/null && rm -rf mysql mysql.new redis run logs media unpacked secrets.json secrets.lock || true
	rmdir "$(STATE)" 2>/dev/null || true
