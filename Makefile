# Two commands: `make run` and `make test`. Both install what they need and are quick the second time.
PYTHON ?= python3.11
PY := .venv/bin/python

.PHONY: run test train lint audit setup evaluate bench static-fallback clean

run: setup
	@$(PY) -m tools.run

test: setup
	@tools/system-packages.sh
	@$(PY) -m pytest -n 2 --dist loadgroup

lint: setup
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m bandit -q -ll -r bot escalation wire tools webhook_app.py
	@$(PY) -m bot.faq.lint

audit: setup
	@$(PY) -m tools.audit

train: setup
	@$(PY) -m bot.components.model

evaluate: setup
	@$(PY) -m bot.evaluate --questions $(QUESTIONS)

bench: setup
	@$(PY) -m benchmarks.turns

static-fallback: setup
	@$(PY) -m bot.channels.fallback $(FOLDER)

setup:
	@PYTHON=$(PYTHON) tools/setup.sh

clean:
	rm -rf instance .venv .rasa
