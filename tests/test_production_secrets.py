"""No part starts in production with a secret that is missing, short or used twice; each is named. There are no default ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.actions.settings import Settings as Actions
from bot.channels.settings import Settings as Front
from escalation.settings import Settings as Desk
from tools import secrets
from tools.stack import ROOT
from wire.settings import MissingSetting, WeakSecret

FRONT = ("CONVERSATION_SECRET", "SERVICE_TOKEN", "RASA_CHANNEL_SECRET")
DESK = ("SESSION_SECRET", "SERVICE_TOKEN", "CONVERSATION_SECRET")
RASA = ("RASA_TOKEN", "RASA_CHANNEL_SECRET")
EVERY = sorted({*FRONT, *DESK, *RASA})
ADDRESSES = {
    "FRONT_PUBLIC_URL": "https://ayuda.test",
    "ESCALATION_PUBLIC_URL": "https://desk.test",
    "ESCALATION_URL": "http://127.0.0.1:8001",
    "PENDING_DATABASE_URL": "sqlite://",
}


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in EVERY:
        monkeypatch.setenv(name, f"{name}-of-thirty-two-characters-and-more")
    for name, value in ADDRESSES.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("name", [*FRONT, "RASA_TOKEN"])
def test_the_front_door_refuses_a_short_or_doubled_secret_by_name(
    monkeypatch: pytest.MonkeyPatch, production: None, name: str
) -> None:
    Front.from_environment()
    other = next(other for other in FRONT if other != name)
    for weak in ("corto", os.environ[other]):
        monkeypatch.setenv(name, weak)
        with pytest.raises(WeakSecret, match=name):
            Front.from_environment()
    monkeypatch.setenv("FRONT_PUBLIC_URL", "http://127.0.0.1:8000")
    Front.from_environment()


@pytest.mark.parametrize(("part", "names"), [(Front, FRONT), (Desk, DESK)])
def test_a_part_without_a_secret_does_not_start_and_says_which(
    monkeypatch: pytest.MonkeyPatch, production: None, part: type[Front] | type[Desk], names: tuple[str, ...]
) -> None:
    for name in names:
        with monkeypatch.context() as patch:
            patch.delenv(name)
            with pytest.raises(MissingSetting, match=name):
                part.from_environment()


def test_the_action_server_refuses_a_short_credential(monkeypatch: pytest.MonkeyPatch, production: None) -> None:
    Actions.from_environment()
    monkeypatch.setenv("SERVICE_TOKEN", "corto")
    with pytest.raises(WeakSecret, match="SERVICE_TOKEN"):
        Actions.from_environment()


@pytest.mark.parametrize("name", RASA)
def test_rasa_refuses_before_it_loads_anything(production: None, name: str) -> None:
    for weak in ("corto", ""):
        environment = {**os.environ, name: weak}
        done = subprocess.run(
            [sys.executable, "-m", "bot.components.serve"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode != 0 and name in done.stderr and "tensorflow" not in done.stderr.lower()


def test_what_make_run_makes_is_good_enough_for_production_and_each_time_another(
    monkeypatch: pytest.MonkeyPatch, production: None, tmp_path: Path
) -> None:
    for name in EVERY:
        monkeypatch.delenv(name)
    first, second = (secrets.load_or_make(tmp_path / name) for name in ("one.env", "two.env"))
    assert set(EVERY) <= set(first) and not set(first.values()) & set(second.values())
    for name, value in first.items():
        monkeypatch.setenv(name, value)
    Front.from_environment()
    Desk.from_environment()


# What an environment or a settings' default gives where nobody set it.
DEFAULTED = re.compile(r"""environ\.get\(\s*"(\w*(?:SECRET|TOKEN|PASSWORD)\w*)"\s*,\s*(?:"([^"]+)"|(\w+))""")


def test_no_secret_has_a_default_in_the_source() -> None:
    found = [
        (str(file.relative_to(ROOT)), *match)
        for room in ("bot", "escalation", "wire", "tools", "webhook_app.py")
        for file in ([ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py")))
        for match in DEFAULTED.findall(file.read_text(encoding="utf-8"))
    ]
    assert found == []
    written = (ROOT / "bot/credentials.yml").read_text(encoding="utf-8") + (ROOT / "bot/endpoints.yml").read_text(encoding="utf-8")
    for line in re.findall(r"^.*(?:secret|token|password).*$", written, re.MULTILINE | re.IGNORECASE):
        assert line.lstrip().startswith("#") or "${" in line, line
