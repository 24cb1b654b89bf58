"""Settings without which a process must not start."""

from __future__ import annotations

import os
from collections.abc import Mapping

# 24 random bytes in base64: what `make run` makes has more.
SECRET_MIN = 32


class MissingSetting(RuntimeError):
    """A setting without which the process must not start; the message names it."""


class WeakSecret(RuntimeError):
    """A secret with which a production process must not start; the message names it."""


def required(name: str) -> str:
    """The variable ``name`` of the environment.

    Raises:
        MissingSetting: it is not set, or empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise MissingSetting(f"{name} is not set: `make run` makes one for a trial; in production set it in the environment")
    return value


def check_secrets(secrets: Mapping[str, str]) -> None:
    """Whether a process may start with these in production; ``secrets`` by the variable's name.

    Raises:
        WeakSecret: one could be guessed, or is used twice; names it.
    """
    by_value: dict[str, str] = {}
    for name, value in secrets.items():
        if len(value) < SECRET_MIN:
            raise WeakSecret(f"{name} has fewer than {SECRET_MIN} characters: in production it must be long and random")
        if value in by_value:
            raise WeakSecret(f"{name} is the same as {by_value[value]}: who learns one must not have the other")
        by_value[value] = name
