"""No log holds a secret: what every line of every log of a test run is searched for."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

# What the tests type where people type passwords, cards and codes.
TYPED = ("una clave larga", "Perro.2024", "Perro1234", "4509 9535 6623 3704", "4509953566233704")
# By what they look like: 32 bytes in base64 (sessions, links, API tokens, secrets of a trial), anything that itsdangerous
# signed, hashes of passwords, keys of webhooks, headers and cookies that carry one of them, private keys.
LOOKS = {
    "32 random bytes": re.compile(r"(?<![\w-])(?:mda_)?[A-Za-z0-9_-]{43}(?![\w-])"),
    "a signed token": re.compile(r"(?<![\w.-])[\w-]{10,}\.[\w-]{6}\.[\w-]{27}(?![\w-])"),
    "a password's hash": re.compile(r"\$argon2|\$2[aby]\$"),
    "a webhook's key": re.compile(r"whsec_[A-Za-z0-9+/]{16}"),
    "a bearer header": re.compile(r"[Bb]earer [\w-]{6}"),
    "a session's cookie": re.compile(r"(?:area|console)_session=[\w-]{6}|(?<![\w-])session=[\w-]{20}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a password in an address": re.compile(r"[a-z0-9]://[^\s/:@\"*]+:(?!\*\*\*)[^\s/@\"]+@"),
}


def leaks(lines: Iterable[str], known: Iterable[str] = ()) -> list[str]:
    """What was found, with the line; ``known``: secrets of this very run."""
    wanted = [_looked_for(secret) for secret in {*TYPED, *known} - {""}]
    found = []
    for line in lines:
        found += [f"{secret.pattern} in {line[:300]}" for secret in wanted if secret.search(line)]
        found += [f"{name} in {line[:300]}" for name, looks in LOOKS.items() if looks.search(line)]
    return found


def _looked_for(secret: str) -> re.Pattern[str]:
    # Digits alone stand in times and ids by chance.
    return re.compile(rf"(?<![\w.]){secret}(?!\w)" if secret.isdigit() else re.escape(secret))


def judge(report: pytest.TestReport) -> None:
    """A test whose program logged a secret has failed, whatever else it found."""
    logged = [
        line
        for title, text in report.sections
        if title.startswith(("Captured stdout", "Captured log", "Captured stderr"))
        for line in text.splitlines()
        if line.lstrip().startswith("{") and '"event"' in line
    ]
    found = leaks(logged)
    if found and report.passed:
        report.outcome = "failed"
        report.longrepr = "secrets in the log:\n" + "\n".join(found)
