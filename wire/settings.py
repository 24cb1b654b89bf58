"""Settings without which a process must not start."""

from __future__ import annotations

import os


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
