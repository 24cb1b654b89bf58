"""The signed marks by which a reply finds its ticket again: in Message-ID, reply address and quoted text."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from email.utils import parseaddr

NUMBER = r"MDA-[2-9A-HJKMNP-TV-Z]{6}"
# 128 bits: five bytes (osTicket) can be guessed, and FreeScout's ids were guessable at all (GHSA-6r38-6mcf-2ww3).
SIGNATURE_BYTES = 16
_SIGNATURE = r"[a-z2-7]{26}"
_NO_TICKET = "0"
_MESSAGE_ID = re.compile(rf"<?([\w.+-]{{1,120}})\.({NUMBER}|{_NO_TICKET})\.({_SIGNATURE})@[\w.-]{{1,253}}>?")
_REPLY_LOCAL = re.compile(rf"[^+@\s]{{1,64}}\+({NUMBER})\.({_SIGNATURE})", re.IGNORECASE)
_QUOTED = re.compile(rf"\[ref:\s?({NUMBER})\.({_SIGNATURE})\]", re.IGNORECASE)
# RFC 5321 4.5.3.1.1.
LOCAL_PART_MAX = 64
THREAD = "thread"


@dataclass(frozen=True)
class Marked:
    """What a signed Message-ID of ours says: the outbox row's ``key`` and the ticket's ``number``, if it has one."""

    key: str
    number: str | None


class Marks:
    """Writes and reads the marks with one ``secret``; what was not signed with it is nobody's ticket."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def message_id(self, key: str, number: str | None, domain: str) -> str:
        """The Message-ID of the mail of ``key``: always the same, and not to be guessed."""
        local = f"{key}.{number or _NO_TICKET}"
        return f"<{local}.{self._sign('message-id', local)}@{domain}>"

    def reply_address(self, number: str, sender: str) -> str | None:
        """``soporte+<mark>@…``; None where the local part would be longer than servers take."""
        local, _, domain = parseaddr(sender)[1].rpartition("@")
        marked = f"{local}+{number.lower()}.{self._sign('reply', number)}"
        return f"{marked}@{domain}" if len(marked) <= LOCAL_PART_MAX else None

    def quoted(self, number: str) -> str:
        """What stands in the text: some providers rewrite Message-IDs, few cut the text that they quote."""
        return f"[ref:{number}.{self._sign('quoted', number)}]"

    def of_message_id(self, text: str) -> Marked | None:
        """Of a Message-ID that we signed; None for any other."""
        found = _MESSAGE_ID.fullmatch(text.strip())
        if found is None:
            return None
        key, number, signature = found.groups()
        if not self._signed("message-id", f"{key}.{number}", signature):
            return None
        return Marked(key, None if number == _NO_TICKET else number)

    def of_address(self, address: str) -> str | None:
        """The ticket's number in a reply address, whoever has written its letters large or small."""
        found = _REPLY_LOCAL.fullmatch(address.rpartition("@")[0])
        return self._number("reply", found) if found else None

    def of_text(self, text: str) -> str | None:
        """The first signed number in a text."""
        return next(filter(None, (self._number("quoted", found) for found in _QUOTED.finditer(text))), None)

    def of_ids_in(self, text: str) -> Marked | None:
        """The first signed Message-ID anywhere in a text: bounces quote it in many ways."""
        return next(filter(None, (self.of_message_id(found.group()) for found in _MESSAGE_ID.finditer(text))), None)

    def _number(self, purpose: str, found: re.Match[str]) -> str | None:
        number = found.group(1).upper()
        return number if self._signed(purpose, number, found.group(2).lower()) else None

    def _sign(self, purpose: str, text: str) -> str:
        digest = hmac.new(self._secret, f"mail|{purpose}|{text}".encode(), hashlib.sha256).digest()
        return base64.b32encode(digest[:SIGNATURE_BYTES]).decode().rstrip("=").lower()

    def _signed(self, purpose: str, text: str, signature: str) -> bool:
        return hmac.compare_digest(self._sign(purpose, text).encode(), signature.encode())
