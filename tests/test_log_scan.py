"""The scan itself: it sees what it is for, and nothing in what our logs are full of."""

from __future__ import annotations

import json
import secrets
import uuid

import pytest

from escalation import passwords
from tests.log_scan import judge, leaks
from wire import tokens


@pytest.mark.parametrize(
    "secret",
    [
        secrets.token_urlsafe(32),
        f"mda_{secrets.token_urlsafe(32)}",
        f"/area-clientes/recuperar/{secrets.token_urlsafe(32)}",
        tokens.issue(str(uuid.uuid4()), "secret"),
        passwords.hash_password("x" * 12),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "Authorization: Bearer abcdefgh",
        "Cookie: area_session=abcdefgh",
        "una clave larga",
        "-----BEGIN RSA PRIVATE KEY-----",
        "postgresql+psycopg2://mesa:perro@db/mesa",
    ],
    ids=["token", "api token", "link", "conversation", "hash", "webhook", "bearer", "cookie", "password", "key", "database"],
)
def test_each_kind_of_secret_is_found_in_a_line(secret: str) -> None:
    assert leaks([json.dumps({"event": "request", "what": secret})])


def test_ids_hashes_rules_and_hidden_passwords_are_none() -> None:
    plain = {
        "request_id": uuid.uuid4().hex,
        "sha256": secrets.token_hex(32),
        "rule": "/area-clientes/recuperar/<token>",
        "url": "postgresql+psycopg2://mesa:***@db/mesa",
        "timestamp": "2026-11-30T17:02:42.139244Z",
        "event": "the account's limit could not be counted",
    }
    assert leaks([json.dumps(plain)]) == []


def test_a_secret_of_this_very_run_is_found_too() -> None:
    assert leaks(["app | code 482913 sent"], known=["482913"]) and not leaks(["app | code sent"], known=["482913", ""])
    assert not leaks(["2026-11-30T17:02:42.482913Z 5482913 a482913b"], known=["482913"])


def test_a_test_whose_program_logs_a_secret_fails() -> None:
    line = json.dumps({"event": "request", "cookie": "area_session=abcdefgh"})
    report = pytest.TestReport("x", ("x", 1, "x"), {}, "passed", None, "call", sections=[("Captured stdout call", line)])
    judge(report)
    assert report.failed and "cookie" in str(report.longrepr)
    silent = pytest.TestReport(
        "x", ("x", 1, "x"), {}, "passed", None, "call", sections=[("Captured stdout call", "una clave larga")]
    )
    judge(silent)
    assert silent.passed
