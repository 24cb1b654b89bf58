"""A customer whose every message is written down, timed and checked."""

from __future__ import annotations

import base64
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.customer import Customer
from tests.simulation.wording import Wording

PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
PAGE = 200
_HOLE = re.compile(r"\{[A-Za-z_]\w*\}")
_BROKEN = re.compile(r"Traceback|Internal Server Error|Bad Request|\bNoneType\b|\bException\b|\bNone\b|\bundefined\b|\bnull\b")
_ENGLISH = re.compile(r"\b(?:the|is|was|not|please|must|already|cannot|failed|unexpected|invalid|this|you|your)\b", re.IGNORECASE)
ENGLISH_AT = 2
# A reply quotes an earlier report between these.
_QUOTED = re.compile(r"«[^»]*»")
# What a reply says that leads nowhere else by a button or a question.
_WAY_ON = re.compile(
    r"escr[ií]ba|cuénte|dígame|elija|pruebe|toque|responda|recibirá|puede |quiera|gracias por|buen día|usted|\?|ticket \*\*|¡",
    re.IGNORECASE,
)


class Outage(RuntimeError):
    """A part of the system is down: what the dialogue would say of the bot is worth nothing."""


def must_be_up(front_url: str) -> None:
    """Raises:
    Outage: the front door does not answer, or says that a part behind it does not.
    """
    try:
        healthy = requests.get(f"{front_url}/health", timeout=10).ok
    except requests.RequestException:
        healthy = False
    if not healthy:
        raise Outage(f"{front_url}/health: a part is down")


@dataclass(frozen=True)
class Violation:
    """One broken invariant."""

    kind: str
    detail: str


@dataclass
class Turn:
    """One message and what came back. Those of one ``group`` were sent together; ``shown`` None: not to be compared."""

    id: str
    said: str
    shown: str | None
    group: int
    replies: list[dict[str, Any]] = field(default_factory=list)
    again: bool = False

    def texts(self) -> list[str]:
        """What the bot said."""
        return [reply["text"] for reply in self.replies]


class Visitor(Customer):
    """One conversation. ``turns`` are all that were sent, ``times`` their milliseconds, ``violations`` what was wrong."""

    def __init__(self, front_url: str, escalation_url: str, wording: Wording) -> None:
        super().__init__(front_url, escalation_url)
        self._wording = wording
        self.turns: list[Turn] = []
        self.times: list[float] = []
        self.violations: list[Violation] = []
        self.old_buttons: list[dict[str, str]] = []
        self.files: list[str] = []

    def start(self) -> Turn:
        """What the widget sends when it is opened."""
        return self._one({"payload": self.start_payload}, "(abre el chat)", "")

    def type(self, text: str, secret: bool = False) -> Turn:
        """Type ``text``; of a ``secret`` one nobody knows how it will be shown."""
        return self._one({"text": text}, text, None if secret else text.replace("\x00", "").strip())

    def push(self, button: dict[str, str]) -> Turn:
        """Press a button, also one of long ago."""
        return self._one({"payload": button["payload"]}, f"[{button['title']}]", button["title"])

    def again(self, turn: Turn, body: dict[str, str]) -> Turn:
        """Send the same message once more; the replies must be those of the first time."""
        repeated = self._send(Turn(turn.id, turn.said, turn.shown, turn.group, again=True), body)
        if [reply["id"] for reply in repeated.replies] != [reply["id"] for reply in turn.replies]:
            self.blame("repeated_id_answered_anew", turn.said)
        self.turns.append(repeated)
        return repeated

    def together(self, bodies: list[tuple[dict[str, str], str]]) -> list[Turn]:
        """Several messages at the same moment, each with what it shows; in the order in which the bot took them."""
        group = len(self.turns)
        turns = [Turn(str(uuid.uuid4()), shown, shown, group) for _, shown in bodies]
        with ThreadPoolExecutor(len(bodies)) as pool:
            list(pool.map(self._send, turns, [body for body, _ in bodies]))
        turns.sort(key=lambda turn: min((int(reply["id"] or 0) for reply in turn.replies), default=0))
        self.turns += turns
        self._remember(turns[-1])
        return turns

    def upload(self, name: str) -> Turn:
        """Send a small picture."""
        turn = Turn(str(uuid.uuid4()), f"(archivo {name})", f"📎 {name}", len(self.turns))
        started = time.perf_counter()
        answer = requests.post(
            f"{self._front}/widget/attachments",
            # The same bytes again would be the same file.
            files={"file": (name, PICTURE + turn.id.encode(), "image/png")},
            data={"id": turn.id},
            headers=self.headers,
            timeout=60,
        )
        self._timed(started)
        if answer.status_code != 201:
            self.blame("status", f"{answer.status_code} to an upload: {answer.text[:200]}")
            return turn
        self.files.append(name)
        return self._heard(turn, answer.json()["replies"])

    def malformed(self, body: dict[str, Any]) -> None:
        """Something that no widget sends: refused with a problem document, nothing stored."""
        answer = self.post(body)
        document = answer.headers.get("Content-Type", "").startswith("application/problem+json")
        if answer.status_code not in (400, 413, 415, 422) or not document:
            self.blame("malformed_input", f"{answer.status_code} to {str(body)[:100]}: {answer.text[:200]}")

    def whole_history(self) -> list[dict[str, Any]]:
        """All stored messages, page by page."""
        messages: list[dict[str, Any]] = []
        while page := self.history(messages[-1]["id"] if messages else "0"):
            messages += page
            if len(page) < PAGE:
                break
        return messages

    def blame(self, kind: str, detail: str) -> None:
        """Note a violation."""
        self.violations.append(Violation(kind, detail))

    def _one(self, body: dict[str, str], said: str, shown: str | None) -> Turn:
        turn = self._send(Turn(str(uuid.uuid4()), said, shown, len(self.turns)), body)
        self.turns.append(turn)
        self._remember(turn)
        return turn

    def _heard(self, turn: Turn, replies: list[dict[str, Any]]) -> Turn:
        turn.replies = replies
        self._check(turn)
        self.turns.append(turn)
        self._remember(turn)
        return turn

    def _send(self, turn: Turn, body: dict[str, str]) -> Turn:
        started = time.perf_counter()
        answer = self.post({"id": turn.id, **body})
        self._timed(started)
        if answer.status_code != 200:
            self.blame("status", f"{answer.status_code} to {turn.said[:100]!r}: {answer.text[:200]}")
            return turn
        turn.replies = answer.json()["replies"]
        self._check(turn)
        return turn

    def _timed(self, started: float) -> None:
        self.times.append((time.perf_counter() - started) * 1000)

    def _remember(self, turn: Turn) -> None:
        self.old_buttons += self.buttons()
        self.replies = turn.replies

    def _check(self, turn: Turn) -> None:
        if any(reply.get("degraded") for reply in turn.replies):
            must_be_up(self._front)
            self.blame("degraded", turn.texts()[0][:200])
        if not any(text.strip() for text in turn.texts()):
            self.blame("no_reply", turn.said[:200])
        elif not any(reply.get("buttons") or reply.get("card") or _WAY_ON.search(reply["text"]) for reply in turn.replies):
            self.blame("dead_end", turn.texts()[-1][:200])
        own = "\n".join([*(earlier.said for earlier in self.turns), turn.said])
        for text in turn.texts():
            self._check_words(text, own)

    def _check_words(self, text: str, own: str) -> None:
        # Quoted words are his; answers of the help centre quote programs, which speak English.
        if self._wording.is_fixed(text) or self._wording.name(text) == "utter_answer":
            return
        for kind, pattern in (("placeholder", _HOLE), ("broken_text", _BROKEN)):
            for match in pattern.finditer(text):
                if match[0] not in own:
                    self.blame(kind, text[:300])
        if sum(match[0].lower() not in own.lower() for match in _ENGLISH.finditer(_QUOTED.sub("", text))) >= ENGLISH_AT:
            self.blame("english", text[:300])


# One log-in of a wrong password must be followed by the right one before the next customer's: five failures lock all out.
LOGIN = threading.Lock()
