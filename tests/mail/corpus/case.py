"""One mail of the corpus, and what it is written with."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from escalation.mail.marks import Marks
from tests.mail.conftest import AUTHSERV, CARLA

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@dataclass(frozen=True)
class Context:
    """Carla's open ticket, whose confirmation she got, and the marks of our mails."""

    number: str
    marks: Marks

    @property
    def confirmation_id(self) -> str:
        return self.marks.message_id(f"ticket-{self.number}-received", self.number, "csiserver.com")

    @property
    def reply_to(self) -> str:
        return self.marks.reply_address(self.number, "x <soporte@csiserver.com>") or ""

    @property
    def quoted(self) -> str:
        return self.marks.quoted(self.number)


@dataclass(frozen=True)
class Case:
    """``write`` makes the raw mail."""

    name: str
    write: Callable[[Context], bytes]


def proof(address: str = CARLA, found: str = "pass") -> str:
    return f"Authentication-Results: {AUTHSERV}; dmarc={found} header.from={address.rpartition('@')[2]}"


def mail(
    name: str,
    body: str | bytes = "Hola.",
    *headers: str,
    top: str | None = None,
    sender: str = CARLA,
    subject: str = "Consulta",
    kind: str = "text/plain; charset=utf-8",
) -> bytes:
    """A mail with the given headers; its Message-ID is made of ``name``."""
    lines = [
        proof(sender) if top is None else top,
        f"From: Carla Medina <{sender}>",
        "To: CSIserver Soporte <soporte@csiserver.com>",
        f"Subject: {subject}",
        "Date: Mon, 30 Nov 2026 10:00:00 -0300",
        f"Message-ID: <{name}@corpus.test>",
        *headers,
        "MIME-Version: 1.0",
        *([f"Content-Type: {kind}"] if kind else []),
    ]
    content = body.replace("\r\n", "\n").replace("\n", "\r\n").encode() if isinstance(body, str) else body
    return "\r\n".join(line for line in lines if line).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + content


def part(content: bytes | str, kind: str, *headers: str, encode: bool = True) -> bytes:
    """One part of a multipart; bytes go as base64."""
    data = content.encode() if isinstance(content, str) else content
    if encode:
        headers = (*headers, "Content-Transfer-Encoding: base64")
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    head = "\r\n".join([f"Content-Type: {kind}", *headers])
    return head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + data


def parts(*given: bytes, boundary: str = "b1") -> bytes:
    """The body of a multipart."""
    mark = f"--{boundary}".encode()
    return b"".join(mark + b"\r\n" + one + b"\r\n" for one in given) + mark + b"--\r\n"


def several(name: str, given: Sequence[bytes], kind: str = "multipart/mixed", **more: str) -> bytes:
    """A whole multipart mail."""
    return mail(name, parts(*given), kind=f"{kind}; boundary=b1", **more)  # type: ignore[arg-type]


def file(name: str, content: bytes, kind: str = "application/octet-stream", disposition: str = "attachment") -> bytes:
    return part(content, kind, f'Content-Disposition: {disposition}; filename="{name}"')
