"""Each way of deploying gives each part what it must have, names nothing that nobody reads, and leaves no setting out."""

from __future__ import annotations

import os
import re

import pytest

from bot.actions.settings import Settings as ActionSettings
from bot.channels.settings import Settings as FrontSettings
from escalation.settings import Settings
from tests.deploy.pieces import COMPOSE, PARTS, WAYS, documents, env_file, piece, read_by_the_code, workloads
from tools.stack import PORT_VARIABLES, ROOT

# Other programs' own: PostgreSQL's, nginx's, Python's, Rasa's, the shell's.
FOREIGN = {"POSTGRES_USER", "POSTGRES_PASSWORD", "PGDATA", "NGINX_ENTRYPOINT_LOCAL_RESOLVERS", "FRONT_NAME", "ESCALATION_NAME"} | {
    *("RASA_NAME", "PYTHONPATH", "PYTHONUNBUFFERED", "PATH", "RASA_TELEMETRY_ENABLED", "RASA_CACHE_DIRECTORY")
}
# What has a default that no production wants, besides those without which nothing starts.
SECRETS = {"SESSION_SECRET", "CONVERSATION_SECRET", "SERVICE_TOKEN", "RASA_CHANNEL_SECRET", "RASA_TOKEN", "METRICS_TOKEN"} | {
    *("DATABASE_URL", "CHAT_DATABASE_URL", "TRACKER_DB_URL", "PENDING_DATABASE_URL", "SMTP_URL", "POSTGRES_PASSWORD")
}


@pytest.fixture(params=[(way, part) for way in WAYS for part in PARTS], ids=lambda pair: "-".join(pair))
def started(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The environment is the part's own and nothing else."""
    way, part = request.param
    for name in list(os.environ):
        if name != "PYTEST_CURRENT_TEST":
            monkeypatch.delenv(name)
    for name, value in piece(way, part).environment.items():
        monkeypatch.setenv(name, value)
    return way, part


def test_a_part_finds_all_that_it_must_have(started: tuple[str, str]) -> None:
    _, part = started
    if part in ("escalation", "worker", "reception"):
        settings = Settings.from_environment()
        assert not settings.is_trial and settings.smtp_url and settings.metrics_token and settings.trusted_proxies == 1
        assert settings.rate_limit_storage_url.startswith("redis://")
    elif part in ("front", "channels"):
        front = FrontSettings.from_environment()
        assert front.messenger is None and front.rasa_token and front.metrics_token and front.trusted_proxies == 1
        assert front.rate_limit_storage_url.startswith("redis://") and "7005" in front.rasa_url
    elif part == "actions":
        assert ActionSettings.from_environment().front_url == "https://ayuda.example.com"
    else:
        configured = "".join((ROOT / "bot" / name).read_text() for name in ("endpoints.yml", "credentials.yml"))
        assert {*re.findall(r"\$\{(\w+)\}", configured), "RASA_TOKEN"} <= set(os.environ)


@pytest.mark.parametrize(("part", "name"), [("rasa", "RASA_HOST"), ("actions", "ACTIONS_HOST")])
def test_on_one_machine_rasa_and_the_actions_stay_on_loopback(part: str, name: str) -> None:
    hosts = [piece(way, part).environment[name] for way in WAYS]
    assert hosts == ["127.0.0.1", "0.0.0.0", "0.0.0.0"]  # noqa: S104  # in containers, whose ports test_reach looks at


def test_no_setting_is_invented() -> None:
    known = read_by_the_code() | FOREIGN
    assert {"DATABASE_URL", "MESSENGER_APP_SECRET", "TRACKER_DB_URL", "RASA_HOST", "PENDING_DATABASE_URL"} <= known
    named = {*env_file("settings.env.example", with_comments=True), *env_file("secrets.env.example")}
    named |= {name for way in WAYS for part in PARTS for name in piece(way, part).environment}
    named |= {name for service in COMPOSE["services"].values() for name in service.get("environment", {}) if name != "<<"}
    named |= {one["name"] for pod in workloads().values() for box in pod["spec"]["containers"] for one in box.get("env", [])}
    named |= set(documents("ConfigMap")["mesa-settings"]["data"])
    assert named - known == set()


def test_no_setting_of_the_readme_is_missing() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Settings\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    documented = {name for cell in cells for name in re.findall(r"`([A-Z_]+)`", cell)}
    assert len(documented) > 50
    examples = {*env_file("settings.env.example", with_comments=True), *env_file("secrets.env.example")}
    # Ports and hosts are each unit's own; the two folders are a trial's, and said to be.
    own = {*PORT_VARIABLES.values(), "RASA_HOST", "ACTIONS_HOST", "MAIL_FOLDER", "MAIL_IN_FOLDER"}
    assert documented - examples - own == set()
    # The first is set by ourselves for rasa_sdk, the second is the system's.
    assert read_by_the_code() - documented == {"SANIC_HOST", "PATH"}


@pytest.mark.parametrize("way", WAYS)
def test_every_secret_comes_from_outside_and_has_no_value_in_any_file(way: str) -> None:
    compose = [value for service in COMPOSE["services"].values() for value in service.get("environment", {}).items()]
    kept = [one for pod in workloads().values() for box in pod["spec"]["containers"] for one in box.get("env", [])]
    found = {
        "systemd": set(env_file("secrets.env.example")),
        "compose": {name for name, value in compose if isinstance(value, str) and f"${{{name}:?}}" == value},
        "kubernetes": {one["name"] for one in kept if "secretKeyRef" in one.get("valueFrom", {})},
    }[way]
    assert SECRETS - found == set()
    examples = env_file("secrets.env.example")
    assert [
        name for name in SECRETS if examples[name] and "PASSWORD@" not in examples[name] and "user:password@" not in examples[name]
    ] == []
    assert not SECRETS & set(env_file("settings.env.example", with_comments=True))
    assert not SECRETS & set(documents("ConfigMap")["mesa-settings"]["data"]) and documents("Secret") == {}


def test_the_same_secret_is_asked_for_by_all_who_share_it() -> None:
    for way in WAYS:
        for name, parts in (
            ("SERVICE_TOKEN", ("front", "channels", "actions", "escalation", "worker")),
            ("CONVERSATION_SECRET", ("front", "channels", "escalation")),
            ("RASA_CHANNEL_SECRET", ("front", "channels", "rasa")),
        ):
            assert len({piece(way, part).environment[name] for part in parts}) == 1
