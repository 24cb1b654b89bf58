"""Meta as the webhook sees her: recorded bodies, signed as she signs."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

from bot.channels.messenger.signature import HEADER, sign

PAYLOADS = Path(__file__).with_name("payloads")
PAGE, PSID, APP = "1067280970047460", "6234567890123456", "1517776481860111"
APP_SECRET, VERIFY_TOKEN, PAGE_TOKEN = "app secret", "verify token", "EAApage-token"

# Messenger's windows are kept by the real clock.
A_MINUTE_AGO = int(time.time() * 1000) - 60_000


def recorded(name: str) -> dict[str, Any]:
    """A body as Meta sends it."""
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def event_of(name: str) -> dict[str, Any]:
    """The one event of a recorded body, as if it had happened a minute ago."""
    (entry,) = recorded(name)["entry"]
    (event,) = entry.get("messaging") or entry["standby"]
    return {**event, "timestamp": A_MINUTE_AGO}


def body_of(*events: dict[str, Any], time: int = 0) -> dict[str, Any]:
    """Events in one body; ``time`` is the outer one, which changes when Meta tries again."""
    return {"object": "page", "entry": [{"id": PAGE, "time": time, "messaging": list(events)}]}


def message(text: str, mid: str, at: int = 0, psid: str = PSID, **more: Any) -> dict[str, Any]:
    """A typed message, ``at`` milliseconds after a minute ago."""
    event = copy.deepcopy(event_of("text"))
    event["sender"]["id"], event["timestamp"] = psid, A_MINUTE_AGO + at
    event["message"] = {"mid": mid, "text": text, **more}
    return event


def signed(body: Any, secret: str = APP_SECRET) -> tuple[bytes, dict[str, str]]:
    """Raw bytes and headers of a call."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=True).encode()
    return raw, {HEADER: f"sha256={sign(raw, secret)}", "Content-Type": "application/json"}
