"""Alerts, their pages and the dashboard: each asks for what the applications really tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

import escalation
import webhook_app
from bot.channels.migrate import SCRIPTS as CHAT_SCRIPTS
from bot.channels.settings import Settings as FrontSettings
from tests import databases
from tests.escalation.conftest import migrate
from tools.stack import ROOT
from wire.migrations import upgrade

MONITORING = ROOT / "deploy/monitoring"
RUNBOOKS = ROOT / "docs/runbooks"
GROUPS = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"]
RULES = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
DASHBOARD = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
QUERIES = {f"panel {panel['title']} {one['refId']}": one["expr"] for panel in DASHBOARD["panels"] for one in panel["targets"]}
ASKED = {**{name: rule["expr"] for name, rule in RULES.items()}, **QUERIES}
PARTS = ("What it means.", "What the customer feels.", "First look.", "Mend.")
SELECTOR = re.compile(r"\b(mesa_\w+|up)\s*(?:\{([^}]*)\})?")
LABEL = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


@dataclass(frozen=True)
class Running:
    """Both applications, the names of what they tell, and the labels of each where it has any now."""

    front: Flask
    desk: Flask
    names: frozenset[str]
    labels: dict[str, frozenset[str]]
    values: dict[tuple[str, str], frozenset[str]]


@pytest.fixture(scope="module")
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
    from prometheus_client.parser import text_string_to_metric_families

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


def selectors(query: str) -> list[tuple[str, dict[str, str]]]:
    """Each metric of a query with the labels that it is chosen by; ``{__name__=~"a|b", …}`` is both of them."""
    found = [(name, {label: value for label, _, value in LABEL.findall(inside or "")}) for name, inside in SELECTOR.findall(query)]
    return [one for one in found if one[0] in ("up",) or one[0].startswith("mesa_")]


@pytest.mark.parametrize("asked", ASKED)
def test_what_is_asked_for_is_told(running: Running, asked: str) -> None:
    found = selectors(ASKED[asked])
    assert found
    for name, chosen in found:
        assert name in running.names, f"{asked}: nobody tells {name}"
        if name in running.labels:
            assert set(chosen) <= running.labels[name] | {"job"}, f"{asked}: {name} has no such label"


def test_what_rules_choose_by_are_values_that_there_are(running: Running) -> None:
    endpoints = set(running.front.view_functions) | set(running.desk.view_functions)
    jobs = {job["job_name"] for job in yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]}
    fixed = ("mesa_part_up", "mesa_promises", "mesa_kept_reports")
    for asked, query in ASKED.items():
        for name, chosen in selectors(query):
            if (endpoint := chosen.get("endpoint")) is not None and endpoint.isidentifier():
                assert endpoint in endpoints, asked
            if (job := chosen.get("job")) is not None and job.replace("-", "").isalpha():
                assert job in jobs, asked
            if name in fixed:
                assert all(value in running.values[name, label] for label, value in chosen.items()), asked
    assert "live.stream" in endpoints and "send_message" in endpoints


@pytest.mark.parametrize("name", RULES)
def test_every_alert_has_a_page_that_says_all_four_things_and_shows_its_rule(name: str) -> None:
    rule = RULES[name]
    page = (ROOT / rule["annotations"]["runbook"]).read_text(encoding="utf-8")
    assert rule["annotations"]["runbook"] == f"docs/runbooks/{name}.md" and page.startswith(f"# {name}\n")
    assert [part for part in PARTS if f"**{part}**" not in page] == []
    assert f"`{rule['expr']}` for {rule['for']}" in page
    assert rule["labels"]["severity"] in ("page", "ticket") and rule["annotations"]["summary"] in page
    assert all((RUNBOOKS / link).exists() for link in re.findall(r"\]\((\w+\.md)\)", page))
    assert f"({name}.md)" in (RUNBOOKS / "README.md").read_text(encoding="utf-8")


def test_no_page_is_left_of_an_alert_that_is_gone() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} - {"README"} == set(RULES)


@pytest.mark.parametrize("asked", ASKED)
def test_a_query_closes_what_it_opens(asked: str) -> None:
    bare = re.sub(r'"[^"]*"', '""', ASKED[asked])
    assert all(bare.count(left) == bare.count(right) for left, right in ("()", "{}", "[]"))


def test_panels_neither_overlap_nor_leave_the_grid() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place: dict[str, Any] = panel["gridPos"]
        cells = {(place["x"] + i, place["y"] + j) for i in range(place["w"]) for j in range(place["h"])}
        assert not cells & taken and place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_what_the_fault_table_names_has_an_alert(running: Running) -> None:
    watched = {name for rule in RULES.values() for name, _ in selectors(rule["expr"])}
    gauges = {name for name in running.names if re.fullmatch(r"mesa_\w*(alarm|up|oldest\w*|heartbeat_age_seconds|promises)", name)}
    # Told to staff by the channel itself, of the same trouble as mesa_messenger_alarm.
    assert gauges - watched == {"mesa_channel_alarm"}
