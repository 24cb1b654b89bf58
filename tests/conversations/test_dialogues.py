"""Whole dialogues at the widget's door of the running system: real Rasa, real actions, real escalation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import RunningSystem
from tests.customer import Customer

DIALOGUES = yaml.safe_load(Path(__file__).with_name("dialogues.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=[dialogue["name"] for dialogue in DIALOGUES])
def test_dialogue(dialogue: dict[str, Any], customer: Customer, system: RunningSystem) -> None:
    for step in dialogue["steps"]:
        if "log_in" in step:
            assert customer.log_in(**system.logins()["customer"]) == 204
            continue
        said = customer.write(step["say"]) if "say" in step else customer.press(step["press"])
        assert said.strip(), f"no answer to {step}"
        for expected in step.get("hears", []):
            assert expected in said, f"{step}: the bot said:\n{said}"
        for unwanted in step.get("not", []):
            assert unwanted not in said, f"{step}: the bot said:\n{said}"


def test_a_message_of_five_thousand_characters_has_an_answer(customer: Customer) -> None:
    assert customer.write("no me funciona el correo y le cuento toda la historia " * 95).strip()
