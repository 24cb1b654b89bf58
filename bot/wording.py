"""The company's values in the wording of bot and front door: ``{{ section.name }}`` of ``faq_corpus/company.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLACE = re.compile(r"\{\{ *(\w+)\.(\w+) *\}\}")


def filled(wording: Any, company: Mapping[str, Any]) -> Any:
    """``wording`` (a text, or any JSON of texts) with its places filled; other braces are the speaker's own.

    Raises:
        KeyError: names a value that ``company`` does not have.
    """
    if isinstance(wording, str):
        return _PLACE.sub(lambda place: str(_value(company, place[1], place[2])), wording)
    if isinstance(wording, dict):
        return {name: filled(part, company) for name, part in wording.items()}
    return [filled(part, company) for part in wording] if isinstance(wording, list) else wording


def _value(company: Mapping[str, Any], section: str, name: str) -> Any:
    try:
        return company[section][name]
    except KeyError:
        raise KeyError(f"company.yaml has no {section}.{name}") from None
