"""A webhook body taken apart: every event of every entry, each with the key that tells it from all others."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.channels import codes
from bot.channels.messenger.sealing import Seal
from bot.channels.messenger.tables import NOTE, TURN
from wire.redaction import redact

# In this order: an account_linking event is no postback, an echo is a message. What none of these names is unsupported.
_KINDS = (
    "message_edit",
    "message",
    "postback",
    "reaction",
    "account_linking",
    "referral",
    "optin",
    "read",
    "delivery",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
    "app_roles",
)
UNSUPPORTED, ECHO = "unsupported", "echo"
# What the customer himself says or presses is answered in order; the rest is noted at once.
_TURNS = frozenset({"message", "postback", "account_linking", "referral"})
STANDBY = "standby"
ID_MAX = 64


class NotOurs(ValueError):
    """A signed body that is no page event; nothing of it can be kept."""


@dataclass(frozen=True)
class Incoming:
    """One event before it is stored; see :class:`bot.channels.messenger.tables.Event`. ``psid`` empty where nobody is named."""

    key: str
    page_id: str
    psid: str
    kind: str
    lane: str
    at: int
    content: dict[str, Any]
    hidden: list[str] = field(default_factory=list)
    sealed: str | None = field(default=None, repr=False)


def events(body: Any, seal: Seal) -> list[Incoming]:
    """All events of a body, in its order. Secrets in texts are hidden, a number that may be a log-in code is sealed.

    Raises:
        NotOurs: its object is no page.
    """
    if not isinstance(body, dict) or body.get("object") != "page":
        raise NotOurs("object: page is what this webhook takes")
    return [_event(page_id, raw, standby, seal) for page_id, raw, standby in _raw_events(body)]


def _raw_events(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    for entry in _dicts(body.get("entry")):
        page_id = str(entry.get("id", ""))[:40]
        for channel in ("messaging", STANDBY):
            for raw in _dicts(entry.get(channel)):
                yield page_id, raw, channel == STANDBY


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _event(page_id: str, raw: dict[str, Any], standby: bool, seal: Seal) -> Incoming:
    kind = _kind_of(raw)
    # In an echo the Page is the sender.
    psid = _id_of(raw, "recipient" if kind == ECHO else "sender")
    content, hidden, sealed = _without_secrets(raw, kind, seal)
    if standby:
        content = {**content, STANDBY: True}
    at = raw.get("timestamp")
    return Incoming(
        key=_key_of(raw, kind, page_id),
        page_id=page_id,
        psid=psid,
        kind=kind if psid else UNSUPPORTED,
        # Another app of the Page has the conversation: nothing is answered.
        lane=TURN if kind in _TURNS and psid and not standby else NOTE,
        at=at if isinstance(at, int) and not isinstance(at, bool) else int(time.time() * 1000),
        content=content,
        hidden=hidden,
        sealed=sealed,
    )


def _kind_of(raw: dict[str, Any]) -> str:
    kind = next((name for name in _KINDS if isinstance(raw.get(name), dict | list)), UNSUPPORTED)
    return ECHO if kind == "message" and raw["message"].get("is_echo") else kind


def _id_of(raw: dict[str, Any], role: str) -> str:
    found = raw.get(role)
    given = str(found.get("id", "")) if isinstance(found, dict) else ""
    return given if given.isascii() and given.isprintable() and len(given) <= ID_MAX else ""


def _key_of(raw: dict[str, Any], kind: str, page_id: str) -> str:
    """Meta delivers an event again with another outer ``time`` (restfb/restfb#614): what is inside must tell."""
    own = raw.get({ECHO: "message"}.get(kind, kind))
    # A reaction's and an edit's mid is that of the message which they are about.
    mid = own.get("mid") if kind in ("message", ECHO, "postback") and isinstance(own, dict) else None
    told = f"{kind}|{mid}" if mid else json.dumps([page_id, raw], sort_keys=True)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _without_secrets(raw: dict[str, Any], kind: str, seal: Seal) -> tuple[dict[str, Any], list[str], str | None]:
    message = raw.get("message") or raw.get("message_edit")
    if not isinstance(message, dict):
        return raw, [], None
    name = "message" if "message" in raw else "message_edit"
    clean = {key: value for key, value in message.items() if key != "nlp"}
    hidden: list[str] = []
    sealed = None
    if isinstance(text := clean.get("text"), str):
        # NUL breaks PostgreSQL, half a surrogate pair breaks UTF-8.
        text = text.replace("\x00", "").encode("utf-8", "ignore").decode()
        found = codes.find(text) if kind == "message" else None
        sealed = seal.close(text) if found else None
        safe = redact(found.text if found else text)
        clean["text"], hidden = safe.text, [secret.value for secret in safe.kinds]
    clean["attachments"] = [_shared(attachment) for attachment in _dicts(clean.get("attachments"))]
    return {**raw, name: clean}, hidden, sealed


def _shared(attachment: dict[str, Any]) -> dict[str, Any]:
    # A shared link is the customer's own text: it may hold a password, and it is fetched by nobody.
    if attachment.get("type") != "fallback":
        return attachment
    return {key: redact(value).text if isinstance(value, str) else value for key, value in _flat(attachment).items()}


def _flat(attachment: dict[str, Any]) -> dict[str, Any]:
    payload = attachment.get("payload")
    return {**(payload if isinstance(payload, dict) else {}), **{k: v for k, v in attachment.items() if k != "payload"}}
