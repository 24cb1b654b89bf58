"""Delivery reports: which of our mails, to which address, for good or only late (RFC 3464, RFC 3463, and what servers write)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from escalation.mail.addresses import DEAD_CODES
from escalation.mail.marks import Marked, Marks
from escalation.mail.parsing import Mail
from escalation.mail.texts import clean, decoded

READ_MAX = 100_000
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.])(5[0-5]\d|4[0-5]\d)(?:[ :-]|$)")
_RECIPIENT = re.compile(r"(?:rfc822|utf-8)\s*;\s*<?([^\s<>;]{3,254})>?", re.IGNORECASE)
_ADDRESS = re.compile(r"<?([\w.+'-]{1,64}@[\w.-]{3,253})>?")
# qmail, Exim, Exchange and webmails in words; in the order of what is surest.
_NO_SUCH_USER = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox)|mailbox (?:not found|unavailable|does not exist)"
    r"|does(?:n't| not) exist"
    r"|address (?:rejected|not found|couldn't be found)|recipient (?:not found|rejected)|no mailbox here|no existe|desconocid[oa]"
    r"|account (?:is )?disabled|invalid recipient|unrouteable address|not our customer|doesn't have an? [\w.-]{2,40} account",
    re.IGNORECASE,
)
_LATE = re.compile(
    r"delayed|will (?:be )?(?:retried|keep trying|continue)|still trying|do not need to resend|retras|demorad|seguir[aá] intentando"
    r"|temporary (?:failure|problem)|warning: message",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Bounce:
    """``original``: the mail of ours that it speaks of; ``recipient``: to whom, empty where it does not say.

    ``late``: not for good; ``dead``: there is no such mailbox; ``receipt``: it only says that somebody read a
    mail (RFC 8098), or that one arrived; ``reason``: the status code and what the server said.
    """

    original: Marked | None
    recipient: str
    late: bool
    dead: bool
    receipt: bool
    reason: str


def read(mail: Mail, marks: Marks) -> Bounce:
    """What a report says."""
    fields = _fields(mail)
    words = mail.body.text[:READ_MAX]
    recipient = _recipient(mail, fields, words)
    action = fields.get("action", "")
    status = _status(fields, words)
    said = " ".join((fields.get("diagnostic-code") or _line_with_code(words) or mail.subject).split())
    # 4.4.1 and the rest of class 4: the server goes on trying (Zammad's rule).
    late = action == "delayed" or status.startswith("4") or (not action and not status and bool(_LATE.search(words)))
    failed = not late and action in ("", "failed")
    no_user = not status and bool(_NO_SUCH_USER.search(said + " " + words[:5000]))
    dead = failed and (bool(DEAD_CODES.search(status)) or no_user)
    receipt = "disposition" in fields or action in ("delivered", "relayed", "expanded")
    return Bounce(_original(mail, marks), recipient, late and not receipt, dead, receipt, clean(f"{status} {said}").strip()[:300])


def _fields(mail: Mail) -> dict[str, str]:
    """Of the machine-readable part, the first value of each name."""
    found: dict[str, str] = {}
    for part in mail.body.report:
        if part.get_content_type() not in ("message/delivery-status", "message/disposition-notification"):
            continue
        for block in [part, *_blocks(part)]:
            for name, value in block.items():
                found.setdefault(name.lower(), " ".join(str(value).split())[:1000])
    action = found.get("action", "").lower().split()
    found["action"] = action[0].strip("().,;") if action else ""
    return found


def _blocks(part: Message) -> list[Message]:
    content = part.get_payload()
    return [block for block in content if isinstance(block, Message)] if isinstance(content, list) else []


def _recipient(mail: Mail, fields: dict[str, str], words: str) -> str:
    for name in ("final-recipient", "original-recipient"):
        found = _RECIPIENT.search(fields.get(name, ""))
        if found:
            return found.group(1).lower()
    listed = _ADDRESS.search(str(mail.headers.get("x-failed-recipients") or ""))
    return (listed or _ADDRESS.search(words) or re.match("()", "")).group(1).lower()  # type: ignore[union-attr]


def _status(fields: dict[str, str], words: str) -> str:
    found = _STATUS.search(fields.get("status", ""))
    diagnostic = fields.get("diagnostic-code", "")
    # Exchange and others write 5.0.0 and put the real one into the diagnosis.
    if found is None or found.group() in ("5.0.0", "4.0.0"):
        found = _STATUS.search(diagnostic) or found or (None if fields.get("status") else _STATUS.search(_line_with_code(words)))
    return found.group() if found else ""


def _line_with_code(words: str) -> str:
    lines = (line.strip() for line in words.split("\n")[:2000])
    return next((line[:300] for line in lines if _STATUS.search(line) or _REPLY_CODE.search(line)), "")


def _original(mail: Mail, marks: Marks) -> Marked | None:
    """Our signed id: in the returned mail or its headers, in References, or anywhere in the words."""
    return next(filter(None, (marks.of_ids_in(text) for text in _places(mail))), None)


def _places(mail: Mail) -> Iterator[str]:
    for part in mail.body.report:
        yield _text(part)
    yield " ".join(mail.references)
    yield mail.body.text[:READ_MAX]
    for file in mail.body.files:
        yield decoded(file.content[:READ_MAX], "utf-8")


def _text(part: Message) -> str:
    content = part.get_payload()
    if isinstance(content, list):
        heads = [f"{name}: {value}" for inner in content if isinstance(inner, Message) for name, value in inner.items()]
        return "\n".join(heads)[:READ_MAX]
    return str(content)[:READ_MAX]
