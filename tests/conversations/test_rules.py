"""The conversation rules as stories, played by ``rasa test`` against the trained model."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from tools.stack import ROOT

PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
STORIES = Path(__file__).with_name("stories")


def test_the_rules_do_what_the_stories_say(instance_folder: Path, tmp_path: Path) -> None:
    model = instance_folder / "models" / "mesa-de-ayuda.tar.gz"
    command = [sys.executable, "-W", "ignore", "-m", "rasa", "test", "core", "--stories", STORIES, "--model", model]
    command += ["--out", tmp_path, "--fail-on-prediction-errors", "--no-plot"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    # Its own folder: outside the repository `rasa test` finds no endpoints and so runs no action.
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    report = json.loads((tmp_path / "story_report.json").read_text())
    assert report["conversation_accuracy"] == {"accuracy": 1.0, "correct": 8, "with_warnings": 0, "total": 8}


def test_what_a_rule_says_by_itself_has_no_placeholder_that_nobody_fills() -> None:
    rules = [rule for file in (ROOT / "bot/rules").glob("*.yml") for rule in yaml.safe_load(file.read_text())["rules"]]
    said = {step["action"] for rule in rules for step in rule["steps"] if step.get("action", "").startswith("utter_")}
    domain = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in (ROOT / "bot/domain").glob("responses_*.yml")]
    texts = {name: str(variants) for file in domain for name, variants in file["responses"].items()}
    assert len(said) > 15 and said <= set(texts)
    assert [name for name in said if PLACEHOLDER.search(texts[name])] == []
