"""The company's own values (name, addresses), from the file that the published answers read them from: ``company.yaml``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

FILE = "company.yaml"
# What mails say; a file without one of these stops the start instead of a mail in the night.
NEEDED = (("company", "name"), ("support", "email"), ("support", "facebook"), ("support", "twitter"))


class BadCompany(ValueError):
    """The file is missing, broken, or lacks a value; the message names file and value."""


def file() -> Path:
    """Beside the answers; their folder is a setting."""
    return Path(os.environ.get("FAQ_CORPUS_DIR") or Path(__file__).resolve().parents[1] / "faq_corpus") / FILE


def values() -> Mapping[str, Mapping[str, Any]]:
    """By section and name; read again where the file was changed, so that an edit needs no new start.

    Raises:
        BadCompany: see there.
    """
    path = file()
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as missing:
        raise BadCompany(f"{path}: {missing.strerror}; FAQ_CORPUS_DIR names its folder") from missing


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Mapping[str, Mapping[str, Any]]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        raise BadCompany(f"{path}: {str(broken).splitlines()[0]}") from broken
    for section, name in NEEDED:
        inside = found.get(section) if isinstance(found, dict) else None
        if not isinstance(inside, dict) or not str(inside.get(name) or "").strip():
            raise BadCompany(f"{path}: {section}.{name} is missing")
    return MappingProxyType(found)
