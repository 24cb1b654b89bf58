"""The same parts in all three ways, each with its health, its time to stop, and the schemas before it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from honcho.environ import parse_procfile

from tests.deploy.conftest import Running
from tests.deploy.pieces import (
    COMPOSE,
    DEPLOY,
    MANIFESTS,
    PARTS,
    UNITS,
    WAYS,
    documents,
    lines_of,
    piece,
    read_by_the_code,
    unit,
    unit_of,
    workloads,
)
from tools.stack import ROOT

STORES = {"nginx", "postgres", "redis"}
PROCFILE = parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes
STEPS = ("bot.channels.migrate", "escalation migrate")
PYTHON_MODULE = re.compile(r"-m ([\w.]+)|\"?'?(\w+:create_app\(\))")


def what_it_runs(command: str) -> str:
    """The module, or gunicorn's application."""
    found = PYTHON_MODULE.search(command)
    assert found is not None, command
    return found[1] or found[2]


def test_every_way_has_every_piece() -> None:
    assert set(PARTS) == set(PROCFILE)
    assert set(COMPOSE["services"]) == {*PARTS, *STORES, "migrate"}
    assert set(workloads()) == {*PARTS, *STORES, "migrate", "retention"}
    wanted = " ".join(unit("mesa.target")["Wants"])
    assert all(re.search(rf"\bmesa-{part}(@\d+)?\.service", wanted) for part in PARTS)
    assert (DEPLOY / "nginx/upstreams-machine.conf").exists()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_the_program_that_make_run_starts(way: str, part: str) -> None:
    assert what_it_runs(piece(way, part).command) == what_it_runs(PROCFILE[part])


@pytest.mark.parametrize("way", WAYS)
def test_a_part_has_time_to_end_what_it_began(way: str) -> None:
    for part in PARTS:
        started = piece(way, part)
        graceful = re.search(r"--graceful-timeout[ =](\d+)", started.command)
        # One turn of Rasa, RASA_TIMEOUT; the worker's eight kinds of work end side by side, ten seconds each at most.
        needed = int(graceful[1]) + 5 if graceful else {"worker": 90, "reception": 60, "channels": 60}.get(part, 25)
        assert started.grace >= needed, f"{way} {part}"
    # What waits for the turn before it and then for its own.
    assert "--graceful-timeout 45" in piece(way, "front").command


@pytest.mark.parametrize("way", WAYS)
def test_the_schemas_are_brought_up_in_a_step_of_their_own(way: str) -> None:
    text = {
        "systemd": " ".join(unit("mesa-prepare.service")["ExecStart"]),
        "compose": " ".join(COMPOSE["services"]["migrate"]["command"]),
        "kubernetes": " ".join(workloads()["migrate"]["spec"]["containers"][0]["command"]),
    }[way]
    assert [step for step in STEPS if step not in text] == []
    if way == "systemd":
        assert all("mesa-prepare.service" in unit(unit_of(part))["Requires"] for part in PARTS)
    if way == "compose":
        waiting = {name for name, one in COMPOSE["services"].items() if "migrate" in (one.get("depends_on") or {})}
        assert waiting == set(PARTS) - {"rasa", "actions"}


def asked_for_health(part: str) -> set[str]:
    """What each way asks a part: a path, or the name of a heartbeat."""
    compose = COMPOSE["services"][part]["healthcheck"]["test"][-1]
    (container,) = workloads()[part]["spec"]["containers"]
    ready = container.get("readinessProbe", {}).get("httpGet", {}).get("path")
    alive = container["livenessProbe"].get("exec", {}).get("command", [""])[-1]
    posts = [line.rsplit(" ", 1)[-1] for line in unit(unit_of(part)).get("ExecStartPost", [])]
    return {re.sub(r"^http://127\.0\.0\.1:[\d%i]+", "", one) for one in (compose, ready or alive, *posts)}


@pytest.mark.parametrize("part", PARTS)
def test_all_ways_ask_a_part_for_its_health_alike(part: str) -> None:
    assert len(asked_for_health(part)) == 1
    container = workloads()[part]["spec"]["containers"][0]
    assert "livenessProbe" in container and ("readinessProbe" in container) == ("ports" in container)


@pytest.mark.parametrize("part", ["front", "escalation"])
def test_a_parts_health_does_not_hang_on_the_others(running: Running, part: str) -> None:
    app: Flask = {"front": running.front, "escalation": running.desk}[part]
    (path,) = asked_for_health(part)
    # Nothing stands behind either of them here, and no worker ever ran.
    assert app.test_client().get("/health").status_code == 503
    assert app.test_client().get(path).status_code == 200


def test_stores_and_nginx_have_their_health_too() -> None:
    assert [name for name in STORES if "healthcheck" not in COMPOSE["services"][name]] == []
    for name in STORES:
        (container,) = workloads()[name]["spec"]["containers"]
        assert {"livenessProbe", "readinessProbe"} <= set(container)


def test_every_unit_restarts_its_part_stops_it_gently_and_runs_as_nobody_special() -> None:
    for part in PARTS:
        told = unit(unit_of(part))
        assert (told["Restart"], told["KillSignal"], told["User"], told["UMask"]) == (["always"], ["SIGTERM"], ["mesa"], ["0077"])
        assert told["NoNewPrivileges"] == ["yes"] and told["ProtectSystem"] == ["strict"]
        assert told["EnvironmentFile"] == ["/etc/mesa/settings.env", "/etc/mesa/secrets.env"]
    for path in UNITS.values():
        assert [line for line in lines_of(path) if not re.fullmatch(r"\[\w+\]|\w+=.*", line)] == []


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Path]:
    """The units with programs that exist, under the names of instances."""
    for name, path in UNITS.items():
        text = path.read_text(encoding="utf-8").replace("/opt/mesa/.venv/bin/", "/usr/bin/env ")
        (tmp_path / name).write_text(text)
    yield tmp_path


def test_systemd_finds_nothing_wrong_with_the_units(installed: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        # Their lines and what they must say are looked at above.
        return
    names = sorted(str(path) for path in installed.iterdir())
    done = subprocess.run([program, "verify", "--man=no", *names], capture_output=True, text=True, check=False, timeout=60)
    assert [line for line in done.stderr.splitlines() if "mesa" in line] == []
    broken = installed / "mesa-worker@.service"
    broken.write_text(broken.read_text().replace("TimeoutStopSec=90", "TimeoutStopSec=a while"))
    done = subprocess.run([program, "verify", "--man=no", str(broken)], capture_output=True, text=True, check=False, timeout=60)
    assert "Failed to parse time value" in done.stderr


def test_kustomize_takes_every_manifest_and_files_that_there_are() -> None:
    told = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text(encoding="utf-8"))
    assert {*told["resources"]} == {f"kubernetes/{path.name}" for path in (DEPLOY / "kubernetes").glob("*.yaml")}
    assert [name for one in told["configMapGenerator"] for name in one["files"] if not (DEPLOY / name).is_file()] == []
    mounted = {
        one["configMap"]["name"] for pod in workloads().values() for one in pod["spec"].get("volumes", []) if "configMap" in one
    }
    assert mounted == {one["name"] for one in told["configMapGenerator"]}


def test_every_manifest_names_only_what_there_is() -> None:
    claims, settings = documents("PersistentVolumeClaim"), documents("ConfigMap")
    labels = {name: pod["metadata"]["labels"]["app"] for name, pod in workloads().items()}
    for name, pod in workloads().items():
        volumes = {one["name"]: one for one in pod["spec"].get("volumes", [])}
        assert {one["persistentVolumeClaim"]["claimName"] for one in volumes.values() if "persistentVolumeClaim" in one} <= set(
            claims
        )
        for container in pod["spec"]["containers"]:
            assert {one["configMapRef"]["name"] for one in container.get("envFrom", [])} <= set(settings)
            own = {
                one["metadata"]["name"]
                for one in documents("StatefulSet").get(name, {}).get("spec", {}).get("volumeClaimTemplates", [])
            }
            assert {one["name"] for one in container.get("volumeMounts", [])} <= {*volumes, *own}
    for one in documents("Deployment").values():
        assert one["spec"]["selector"]["matchLabels"]["app"] == one["spec"]["template"]["metadata"]["labels"]["app"]
    assert {one["spec"]["selector"]["app"] for one in documents("Service").values()} <= set(labels.values())
    assert [one for one in MANIFESTS if not {"apiVersion", "kind", "metadata"} <= set(one)] == []


def test_the_addresses_between_parts_are_services_and_their_ports() -> None:
    ports = {name: {port["port"] for port in one["spec"]["ports"]} for name, one in documents("Service").items()}
    told = documents("ConfigMap")["mesa-settings"]["data"]
    for name in ("FRONT_URL", "ESCALATION_URL", "RASA_URL", "ACTIONS_URL", "RATE_LIMIT_STORAGE_URL"):
        host, port = re.match(r"\w+://([\w-]+):(\d+)", told[name]).groups()
        assert int(port) in ports[host], name
    services = COMPOSE["services"]
    for name in ("FRONT_URL", "ESCALATION_URL", "RASA_URL", "ACTIONS_URL", "RATE_LIMIT_STORAGE_URL"):
        assert re.match(r"\w+://([\w-]+):", services["front"]["environment"][name])[1] in services


def test_no_service_of_the_cluster_is_taken_for_a_setting() -> None:
    """Kubernetes sets NAME_PORT=tcp://… for each Service, unless told not to: RASA_PORT is a setting of ours."""
    of_kubernetes = {f"{name.upper().replace('-', '_')}_PORT" for name in documents("Service")}
    assert of_kubernetes & read_by_the_code() == {"RASA_PORT", "ACTIONS_PORT"}
    assert [
        name for name, pod in workloads().items() if name not in STORES and pod["spec"].get("enableServiceLinks") is not False
    ] == []


def test_the_image_copies_what_there_is_and_leaves_out_what_is_not_to_leave() -> None:
    copied = [line.split()[1:-1] for line in lines_of(DEPLOY / "Dockerfile") if line.startswith("COPY")]
    assert [name for names in copied for name in names if not (ROOT / name).exists()] == []
    assert {"instance", ".git", ".venv"} <= set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())
    assert "USER 10001" in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_the_four_databases_are_made_and_each_room_has_its_own() -> None:
    made = set(re.findall(r"CREATE DATABASE (\w+);", (DEPLOY / "postgres/databases.sql").read_text(encoding="utf-8")))
    example = (DEPLOY / "secrets.env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"5432/(\w+)$", example, re.MULTILINE)) == made == {"escalation", "chat", "tracker", "pending"}


def test_yaml_says_each_key_once(tmp_path: Path) -> None:
    twice = tmp_path / "twice.yaml"
    twice.write_text("services: {front: 1, front: 2}")
    with pytest.raises(AssertionError):
        _Strict.check(twice)
    for path in [DEPLOY / "compose.yaml", *(DEPLOY / "kubernetes").glob("*.yaml"), *(DEPLOY / "monitoring").glob("*.yml")]:
        _Strict.check(path)


class _Strict(yaml.SafeLoader):
    """PyYAML takes the last of two equal keys without a word; Compose and Kubernetes do not."""

    @classmethod
    def check(cls, path: Path) -> None:
        for _ in yaml.load_all(path.read_text(encoding="utf-8"), Loader=cls):
            pass

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if key.value != "<<"]
        assert len(keys) == len(set(keys)), f"{node.start_mark}: {keys}"
        return super().construct_mapping(node, deep)
