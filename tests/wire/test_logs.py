"""A line of the log is one line of printable ASCII, whatever somebody puts into what is logged."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest
import structlog
from flask import Flask

from tools.stack import ROOT
from wire import logs
from wire.terminal import one_line

# A forged event, a terminal's commands in seven bits and in eight, line breaks of Unicode, and letters that run backwards.
HOSTILE = 'x\r\n{"event": "login", "level": "info"}\x1b[2J\x1b]0;pwn\x07\x9b31m\x85\u2028\u2029\u202e\x7f\x00ñ'

LOGS = """
import logging, sys, structlog
from wire import logs
logs.configure("front")
hostile = sys.stdin.buffer.read().decode()
structlog.get_logger().warning("odd", name=hostile, **{"k" + hostile: 1})
logging.getLogger("werkzeug").warning("Exception on %s", hostile)
try:
    raise ValueError(hostile)
except ValueError:
    structlog.get_logger().exception("failed")
    logging.getLogger("flask.app").exception("failed")
"""


def test_nothing_that_is_logged_makes_a_line_of_its_own_or_commands_a_terminal() -> None:
    done = subprocess.run([sys.executable, "-c", LOGS], cwd=ROOT, input=HOSTILE.encode(), capture_output=True, check=True)
    lines = done.stdout.split(b"\n")
    assert len(lines) == 5 and lines[-1] == b""
    assert all(32 <= byte < 127 for line in lines for byte in line)
    told = [json.loads(line) for line in lines[:-1]]
    assert [line["event"] for line in told] == ["odd", f"Exception on {HOSTILE}", "failed", "failed"]
    assert told[0]["name"] == HOSTILE and {line["room"] for line in told} == {"front"}
    assert HOSTILE.split("\r")[0] in told[3]["exception"]
    assert done.stderr == b""


def test_a_request_that_fails_writes_its_path_as_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    app = Flask("door")

    @app.get("/<path:name>")
    def fail(name: str) -> str:
        raise RuntimeError(name)

    kept = logging.root.handlers[:]
    logs.configure("front")
    logs.follow_requests(app, "front")
    try:
        assert app.test_client().get("/%0A%7B%22event%22:%22forged%22%7D%C2%9B2J").status_code == 500
    finally:
        logging.root.handlers[:] = kept
        structlog.reset_defaults()
    written = capsys.readouterr().out.splitlines()
    assert written and all(json.loads(line)["event"] != "forged" for line in written) and "\x9b" not in "".join(written)


def test_a_command_shows_words_of_others_without_what_a_terminal_obeys() -> None:
    assert one_line("Año\x1b[2J\x9b31m\u202e\n  fin") == "Año [2J 31m    fin"


@pytest.mark.parametrize("given", ["a\nb", "a\n", "x" * 65, "á", '"}', ""])
def test_a_foreign_request_id_that_could_be_more_than_an_id_is_not_taken(given: str) -> None:
    assert logs._REQUEST_ID.fullmatch(given) is None
