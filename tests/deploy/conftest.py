"""Both applications on empty databases, with nothing behind them, and what they tell Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

import escalation
import webhook_app
from bot.channels.migrate import SCRIPTS as CHAT_SCRIPTS
from bot.channels.settings import Settings as FrontSettings
from tests import databases
from tests.escalation.conftest import migrate
from wire.migrations import upgrade


@dataclass(frozen=True)
class Running:
    """Both applications, the names of what they tell, and the labels of each where it has any now."""

    front: Flask
    desk: Flask
    names: frozenset[str]
    labels: dict[str, frozenset[str]]
    values: dict[tuple[str, str], frozenset[str]]


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("told")
    for name in ("desk", "chat"):
        (folder / name).mkdir()
    with (
        databases.fresh(folder / "desk", None, migrate) as desk_url,
        databases.fresh(folder / "chat", None, lambda url: upgrade(url, CHAT_SCRIPTS)) as chat_url,
    ):
        desk, front = escalation.create_app(_desk(folder, desk_url)), webhook_app.create_app(_front(folder, chat_url))
        yield _told(front, desk)


def _desk(folder: Path, url: str) -> escalation.Settings:
    return escalation.Settings(
        database_url=url,
        session_secret="s",
        service_token="service",
        conversation_secret="c",
        public_url="http://desk.test",
        widget_origins=(),
        mail_from="Soporte <soporte@example.com>",
        smtp_url="",
        mail_folder=folder,
        files_folder=folder,
    )


def _front(folder: Path, url: str) -> FrontSettings:
    return FrontSettings(
        chat_database_url=url,
        conversation_secret="c",
        rasa_url="http://127.0.0.1:1",
        rasa_channel_secret="r",
        escalation_url="http://127.0.0.1:1",
        escalation_public_url="http://desk.test",
        front_public_url="http://front.test",
        service_token="service",
        files_folder=folder,
    )


def _told(front: Flask, desk: Flask) -> Running:
    names, labels, values = {"up"}, {"up": {"job"}}, {}
    for app in (front, desk):
        # The second time: the first call itself is counted by then.
        texts = [app.test_client().get("/metrics", headers={"Authorization": "Bearer service"}).text for _ in range(2)]
        names |= set(re.findall(r"^# TYPE (\S+)", texts[-1], re.MULTILINE))
        for family in text_string_to_metric_families(texts[-1]):
            for sample in family.samples:
                names.add(sample.name)
                labels.setdefault(sample.name, set()).update(sample.labels)
                for label, value in sample.labels.items():
                    values.setdefault((sample.name, label), set()).add(value)
    frozen = {name: frozenset(found) for name, found in labels.items()}
    return Running(front, desk, frozenset(names), frozen, {key: frozenset(found) for key, found in values.items()})
