"""Alerts, their pages and the dashboard: each asks for what the applications really tell."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from tests.deploy.conftest import Running
from tools.stack import ROOT

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
