"""What makes the tests of one process quicker without asking less of the code: cheap password hashes, pages compiled once.

It replaces what it replaces in this process alone. There is no setting for it, so that nothing that runs for customers can have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from escalation import passwords

# Real ones take a twentieth of a second and 64 MB each, and there are thousands. A test that needs a weaker hash than today's
# makes one with less memory.
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


class _Compiled(BytecodeCache):
    """Each test makes an application of its own, which would compile each page anew."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        # The checksum of the page's text stands in the bytes: a page that was edited is compiled again.
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


@contextmanager
def everything() -> Iterator[None]:
    """As long as the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", CHEAP)
        patch.setattr(passwords, "_NOBODY", CHEAP.hash("nobody"))
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _Compiled()})
        yield
