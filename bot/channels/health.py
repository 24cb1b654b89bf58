"""Whether each part of the road answers, asked from the front door."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import requests

from bot.channels.settings import Settings

ASK_SECONDS = 2.0
OK = "ok"
SILENT = "gave no sign of life lately"


def addresses(settings: Settings) -> dict[str, str]:
    """Where each part says whether it is well."""
    return {
        "rasa": f"{settings.rasa_url}/webhooks/front/",
        "actions": f"{settings.actions_url}/health",
        "escalation": f"{settings.escalation_url}/health",
    }


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
