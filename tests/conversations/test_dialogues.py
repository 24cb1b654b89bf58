"""Whole dialogues at the widget's door of the running system: real Rasa, real actions, real escalation."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.conftest import RunningSystem
from tests.conversations.play import Play, people, register
from tests.customer import Customer

DIALOGUES = yaml.safe_load(Path(__file__).with_name("dialogues.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def cast(system: RunningSystem) -> list[dict[str, str]]:
    """The dialogues' customers, registered."""
    rows = people("taller", len(DIALOGUES))
    register(system.stack, rows)
    return rows


@pytest.mark.parametrize("number", range(len(DIALOGUES)), ids=[dialogue["name"] for dialogue in DIALOGUES])
def test_dialogue(number: int, cast: list[dict[str, str]], system: RunningSystem) -> None:
    play = Play(system, cast[number])
    for step in DIALOGUES[number]["steps"]:
        play.step(step)


def test_a_message_of_five_thousand_characters_has_an_answer(customer: Customer) -> None:
    assert customer.write("no me funciona el correo y le cuento toda la historia " * 95).strip()
