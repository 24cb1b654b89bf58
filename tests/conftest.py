"""The really running system, once for all tests that need it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests import databases, log_scan, postgres, quicker
from tests.customer import Customer
from tests.messenger import meta
from tests.messenger.graph import GraphStandIn
from tests.ports import free_port
from tools.stack import ROOT, Ports, Stack

STOP_SECONDS = 20
ID_MAX = 60


@pytest.fixture(scope="session", autouse=True)
def quick() -> Iterator[None]:
    """What costs much and is not what a test asks about; the really running system is left as it is."""
    with quicker.everything():
        yield


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Names of tests alike in every process, and to be read: an archive's bytes hold the second in which it was made."""
    return argname if isinstance(val, bytes) or (isinstance(val, str) and len(val) > ID_MAX) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Every log of the whole run is searched for secrets, each test's with the test."""
    report = yield
    log_scan.judge(report)
    return report


@pytest.hookimpl(tryfirst=True)  # xdist reads the marks in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On several cores (``-n``) a file stays together, and so do all tests of the running system: it is started once."""
    for item in items:
        whole = {"system", "instance_folder"} & set(getattr(item, "fixturenames", ()))
        item.add_marker(pytest.mark.xdist_group("system" if whole else item.nodeid.partition("::")[0]))


class RunningSystem:
    """A copy of the system started by ``tools.run``, as a person would start it."""

    def __init__(self, stack: Stack, log_file: Path) -> None:
        self.stack = stack
        self.log_file = log_file
        environment = {**os.environ, **stack.ports.variables(), "MESA_INSTANCE": str(stack.instance), **stack.settings}
        with log_file.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools.run"], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def wait(self) -> None:
        deadline = time.monotonic() + 300
        while "Ready after" not in self.log():
            assert self.process.poll() is None, f"the system did not start:\n{self.log()[-4000:]}"
            assert time.monotonic() < deadline, f"the system was not ready in time:\n{self.log()[-4000:]}"
            time.sleep(0.3)

    def log(self) -> str:
        return self.log_file.read_text()

    def stop(self) -> int:
        self.process.send_signal(2)
        return self.process.wait(STOP_SECONDS)

    def logins(self) -> dict[str, dict[str, str]]:
        return json.loads((self.stack.instance / "demo-logins.json").read_text())

    def mails(self) -> list[Path]:
        return sorted((self.stack.instance / "mail").glob("*.eml"))

    def secrets(self) -> list[str]:
        """All that no log of it may hold: its own, people's passwords, every code and link that was mailed."""
        mails = "\n".join(mail.read_text(encoding="utf-8", errors="replace") for mail in self.mails())
        mailed = re.findall(r"/(?:recuperar|confirmar|valorar)/([\w-]{20,})|(?<![\w-])(\d{6})(?![\w-])", mails)
        own = [value for name, value in self.stack.environment().items() if name.endswith(("_SECRET", "_TOKEN"))]
        return [*own, *(person["password"] for person in self.logins().values()), *(link or code for link, code in mailed)]

    def customer(self) -> Customer:
        return Customer(self.stack.front_url, self.stack.escalation_url)

    def secret(self, name: str) -> str:
        return self.stack.environment()[name]


@pytest.fixture(scope="session")
def instance_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty data, but the model that is already trained: training it again would test nothing more."""
    folder = tmp_path_factory.mktemp("instance")
    subprocess.run([sys.executable, "-m", "bot.components.model"], cwd=ROOT, check=True)
    models = Path(os.environ.get("MESA_INSTANCE", str(ROOT / "instance"))).resolve() / "models"
    (folder / "models").symlink_to(models)
    return folder


@pytest.fixture(scope="session")
def facebook() -> Iterator[GraphStandIn]:
    """In Meta's place for the running system."""
    standing = GraphStandIn().start()
    yield standing
    standing.stop()


@pytest.fixture(scope="session")
def system(instance_folder: Path, facebook: GraphStandIn) -> Iterator[RunningSystem]:
    """Front, Rasa, actions, escalation and the workers on free ports of their own."""
    messenger = {
        "MESSENGER_VERIFY_TOKEN": meta.VERIFY_TOKEN,
        "MESSENGER_APP_SECRET": meta.APP_SECRET,
        "MESSENGER_PAGE_TOKEN": meta.PAGE_TOKEN,
        "MESSENGER_GRAPH_URL": facebook.url,
    }
    stack = Stack(instance_folder, Ports(*(free_port() for _ in range(4))), messenger)
    running = RunningSystem(stack, instance_folder / "run.log")
    running.wait()
    yield running
    running.stop()
    # The start's own banner prints the demo log-ins on purpose; every other line is a log.
    found = log_scan.leaks((line for line in running.log().splitlines() if "|" in line), running.secrets())
    assert found == [], "secrets in the running system's log"


@pytest.fixture
def customer(system: RunningSystem) -> Customer:
    """A new visitor of the running system."""
    return system.customer()


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of the tests' own; with several workers (pytest -n) one for all of them."""
    has_twins = "PYTEST_XDIST_WORKER" in os.environ
    with postgres.shared(tmp_path_factory.getbasetemp().parent) if has_twins else postgres.server() as url:
        yield url


@pytest.fixture(params=databases.KINDS)
def server_url(request: pytest.FixtureRequest) -> str | None:
    """Runs the test once on SQLite (None) and once on PostgreSQL."""
    return request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
