"""Whether each part of the road answers, asked from the front door."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import requests

ASK_SECONDS = 2.0
OK = "ok"
SILENT = "gave no sign of life lately"


def parts(urls: dict[str, str]) -> dict[str, str]:
    """For each part ``"ok"`` or what is wrong, in plain words; asked side by side."""
    with ThreadPoolExecutor(max_workers=len(urls)) as pool:
        return dict(zip(urls, pool.map(_ask, urls.values()), strict=True))


def _ask(url: str) -> str:
    try:
        response = requests.get(url, timeout=ASK_SECONDS)
    except requests.RequestException as failed:
        return f"does not answer ({type(failed).__name__})"
    return OK if response.ok else f"answers {response.status_code}"
