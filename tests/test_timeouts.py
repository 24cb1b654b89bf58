"""No call to another program without a time-out, and a table of them that says what the code does."""

from __future__ import annotations

import ast
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from tests.test_house import FILES
from tools.stack import ROOT
from wire.database import new_engine

TABLE = (ROOT / "docs/timeouts.md").read_text(encoding="utf-8")
VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
# An application's routes are written `app.get("/x")`; what takes one of these is a call over HTTP.
SENT = frozenset({"json", "data", "headers", "params", "files", "stream", "allow_redirects", "auth", "timeout"})
OPENERS = frozenset(
    {"ClientSession", "SMTP", "SMTP_SSL", "LMTP", "HTTPConnection", "HTTPSConnection", "create_connection", "urlopen"}
    | {"MailBox", "MailBoxUnencrypted", "MailBoxStartTls", "IMAP4", "IMAP4_SSL"}
)
# The person at the command line waits for them, or nobody: they take as long as there is to do.
UNLIMITED = {"escalation/upkeep/dumps.py", "tools/stack.py", "tools/audit.py", "bot/components/model.py"}


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Each call that may wait for another program, and what it is called in the code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := _waits_for(node, tree)):
            yield name, node


def _waits_for(node: ast.Call, tree: ast.Module) -> str | None:
    name = ast.unparse(node.func)
    last = name.rpartition(".")[2]
    given = {word.arg for word in node.keywords}
    if last in OPENERS or name in ("subprocess.run", "subprocess.check_output", "subprocess.call"):
        return name
    if last not in VERBS or "." not in name:
        return None
    # Of aiohttp the session has the limit, and it is looked at by itself.
    is_call = name.startswith("requests.") or (bool(given & SENT) and not _of_aiohttp(tree))
    return name if is_call else None


def _of_aiohttp(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.Import) and any(alias.name == "aiohttp" for alias in node.names) for node in ast.walk(tree))


def without_limit(source: Path) -> list[str]:
    return [
        f"{source.name}:{node.lineno} {name}"
        for name, node in calls(source)
        if not any(word.arg == "timeout" and ast.unparse(word.value) != "None" for word in node.keywords)
    ]


def test_no_call_to_another_program_waits_for_ever() -> None:
    found = {str(path.relative_to(ROOT)): without_limit(path) for path in FILES}
    assert {name: lines for name, lines in found.items() if lines and name not in UNLIMITED} == {}


@pytest.mark.parametrize(
    "line",
    [
        "requests.get(url)",
        "self._http.post(url, json=body)",
        "requests.request('GET', url, timeout=None)",
        "smtplib.SMTP(host, 25)",
        "socket.create_connection((host, 443))",
        "http.client.HTTPSConnection(host)",
        "subprocess.run(['tnef'])",
    ],
)
def test_the_search_finds_each_way_of_forgetting_it(line: str, tmp_path: Path) -> None:
    source = tmp_path / "forgetful.py"
    source.write_text(f"import requests, smtplib\n{line}\n")
    assert len(without_limit(source)) == 1


def test_a_session_of_aiohttp_has_its_limit_and_a_route_is_no_call(tmp_path: Path) -> None:
    source = tmp_path / "session.py"
    source.write_text("import aiohttp\naiohttp.ClientSession()\n")
    assert without_limit(source) == ["session.py:2 aiohttp.ClientSession"]
    source.write_text("@app.get('/health')\ndef health(): ...\nnames.get('a')\n")
    assert without_limit(source) == []


def test_every_module_that_calls_stands_in_the_table() -> None:
    callers = {str(path.relative_to(ROOT)) for path in FILES if list(calls(path))} - UNLIMITED
    # Its constant is a setting, which the table names instead.
    assert {name for name in callers if f"`{name}:" not in TABLE} == {"bot/actions/escalation.py"}
    assert "ESCALATION_TIMEOUT" in TABLE and "RASA_TIMEOUT" in TABLE


def test_every_figure_of_the_table_is_the_constant_that_it_names() -> None:
    named = re.findall(r"`([\w/]+\.py):(\w+) = ([^`]+)`", TABLE)
    assert len(named) > 25
    wrong = [f"{path}:{name}" for path, name, shown in named if _constant(path, name) != ast.literal_eval(shown)]
    assert wrong == []


def _constant(path: str, name: str) -> Any:
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == name for one in node.targets):
            return ast.literal_eval(node.value)
    return f"no {name} in {path}"


def test_a_postgresql_that_takes_the_call_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        engine = new_engine(f"postgresql+psycopg2://mesa:x@127.0.0.1:{mute.getsockname()[1]}/escalation")
        # Without its limit this test would not end.
        with pytest.raises(OperationalError, match="timeout"):
            engine.connect()
