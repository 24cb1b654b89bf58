"""Pictures that a webmail wrote into the page itself (``data:`` URLs, RFC 2397): the screenshot that Soporte asks for, often."""

from __future__ import annotations

import base64
import re

# As many as a mail may have files, and some to be named as too many.
PICTURES_MAX = 20
_PICTURE = re.compile(r"data:image/([a-z0-9.+-]{1,20});base64,([A-Za-z0-9+/=\s%]{1,50000000})", re.IGNORECASE)
_NAMES = {"jpeg": "jpg", "svg+xml": "svg"}


def taken_out(html: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The page without them, and each with a name. What stands behind two megabytes of letters is text again."""
    found: list[tuple[str, bytes]] = []

    def take(match: re.Match[str]) -> str:
        if len(found) < PICTURES_MAX:
            kind = match.group(1).lower()
            letters = re.sub(r"[^A-Za-z0-9+/]", "", match.group(2))
            content = base64.b64decode(letters + "=" * (-len(letters) % 4)) if len(letters) % 4 != 1 else b""
            found.append((f"imagen-pegada-{len(found) + 1}.{_NAMES.get(kind, kind)}", content))
        return "data:,"

    return _PICTURE.sub(take, html), found
