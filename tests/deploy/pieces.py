"""The files of ``deploy/`` as data: what each way of deploying starts, with which environment."""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.test_house import FILES
from tools.stack import ROOT

DEPLOY = ROOT / "deploy"
PARTS = ("front", "channels", "rasa", "actions", "escalation", "worker", "reception")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
MANIFESTS: list[dict[str, Any]] = [
    one for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")) for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
UNITS = {path.name: path for path in (DEPLOY / "systemd").iterdir()}
WAYS = ("systemd", "compose", "kubernetes")


@dataclass(frozen=True)
class Piece:
    """One part as one way starts it. ``environment``: its names, with the values that the files give or ``made``."""

    command: str
    environment: dict[str, str]
    grace: int


def made(name: str) -> str:
    """In the place of a secret: long, and another one for each."""
    return f"sqlite:///{name}.db" if name.endswith(("DATABASE_URL", "DB_URL")) else f"{name}-{'x' * 40}"


def env_file(name: str, with_comments: bool = False) -> dict[str, str]:
    """The variables of an example; those that are commented out too, if wanted."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    return dict(re.findall(rf"^{'#?' if with_comments else ''}([A-Z][A-Z_]+)=(.*)$", text, re.MULTILINE))


def documents(kind: str) -> dict[str, dict[str, Any]]:
    """The manifests of a kind, by name."""
    return {one["metadata"]["name"]: one for one in MANIFESTS if one["kind"] == kind}


def workloads() -> dict[str, dict[str, Any]]:
    """The pod of everything that runs, by name."""
    found = {
        name: one["spec"]["template"] for kind in ("Deployment", "StatefulSet", "Job") for name, one in documents(kind).items()
    }
    jobs = {name: one["spec"]["jobTemplate"]["spec"]["template"] for name, one in documents("CronJob").items()}
    return {**found, **jobs}


def unit(name: str) -> dict[str, list[str]]:
    """The settings of a unit, each with all its values."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", UNITS[name].read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def unit_of(part: str) -> str:
    """Its file; most may run several times."""
    return next(name for name in (f"mesa-{part}@.service", f"mesa-{part}.service") if name in UNITS)


def piece(way: str, part: str) -> Piece:
    """``part`` as ``way`` starts it."""
    return {"systemd": _by_systemd, "compose": _by_compose, "kubernetes": _by_kubernetes}[way](part)


def _by_systemd(part: str) -> Piece:
    told = unit(unit_of(part))
    # %i, the instance, is a port wherever it is a setting.
    own = dict(pair.split("=", 1) for line in told["Environment"] for pair in shlex.split(line.replace("%i", "1")))
    secrets = {name: made(name) for name in env_file("secrets.env.example")}
    # Messenger is all or none, and mailboxes are addresses: off.
    off = {name for name in secrets if name.startswith(("MESSENGER_", "IMAP_"))}
    values = {**env_file("settings.env.example"), **{name: value for name, value in secrets.items() if name not in off}, **own}
    return Piece(told["ExecStart"][0], values, int(told["TimeoutStopSec"][0]))


def _by_compose(part: str) -> Piece:
    service = COMPOSE["services"][part]
    values = {**env_file("settings.env.example"), **{name: _filled(value) for name, value in service["environment"].items()}}
    return Piece(shlex.join(service["command"]), values, int(service["stop_grace_period"].removesuffix("s")))


def _filled(value: str) -> str:
    needed = re.fullmatch(r"\$\{(\w+):\?\}", value)
    return made(needed[1]) if needed else "" if re.fullmatch(r"\$\{\w+:-\}", value) else value


def _by_kubernetes(part: str) -> Piece:
    pod = workloads()[part]["spec"]
    (container,) = pod["containers"]
    values = dict(documents("ConfigMap")["mesa-settings"]["data"])
    for one in container["env"]:
        secret = one.get("valueFrom", {}).get("secretKeyRef")
        if secret is None or not secret.get("optional"):
            values[one["name"]] = made(one["name"]) if secret else one["value"]
    return Piece(shlex.join(container["command"]), values, pod["terminationGracePeriodSeconds"])


def read_by_the_code() -> set[str]:
    """Every variable that some part asks the environment for."""
    found = {"MESSENGER_VERIFY_TOKEN", "MESSENGER_APP_SECRET", "MESSENGER_PAGE_TOKEN"}
    for path in FILES:
        found |= {name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if (name := _asked(node)) is not None}
    for name in ("endpoints.yml", "credentials.yml"):
        found |= set(re.findall(r"\$\{(\w+)\}", (ROOT / "bot" / name).read_text(encoding="utf-8")))
    return found


def _asked(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "required") and node.args:
        key: ast.expr = node.args[0]
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
        key = node.slice
    else:
        return None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def lines_of(path: Path) -> list[str]:
    """Without comments and empty lines."""
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line.strip()[0] != "#"]
