"""Mail straight from our own mail server, by LMTP (RFC 2033) or SMTP: "250" is said when it is on the disk, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Peer
from sqlalchemy import Engine

from escalation.mail import intake
from escalation.mail.intake import Origin
from escalation.mail.parsing import SIZE_MAX

log = structlog.get_logger()

WRONG_URL = "MAIL_LISTEN: lmtp://127.0.0.1:8024 or smtp://127.0.0.1:8024"


class Door:
    """aiosmtpd's handler: takes mail for our addresses (with or without a mark after ``+``) and nothing else."""

    def __init__(self, engine: Engine, raw_folder: Path, addresses: frozenset[str], fetched: Callable[[], None]) -> None:
        self._engine = engine
        self._raw_folder = raw_folder
        self._addresses = addresses
        self._fetched = fetched

    async def handle_RCPT(self, server: SMTP, peer: Peer, envelope: Envelope, address: str, options: list[str]) -> str:
        local, _, domain = address.lower().rpartition("@")
        if f"{local.partition('+')[0]}@{domain}" not in self._addresses:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, peer: Peer, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        # What only the envelope says is kept as the last server would write it (RFC 5321 4.4).
        sender = " ".join((envelope.mail_from or "").split())
        top = [f"Return-Path: <{sender}>", *(f"Delivered-To: {' '.join(rcpt.split())}" for rcpt in envelope.rcpt_tos)]
        raw = "\r\n".join(top).encode("utf-8", "replace") + b"\r\n" + content
        # RFC 2033 4.2: one reply for each recipient; a server that waits for the second would send the mail again and again.
        replies = len(envelope.rcpt_tos) if isinstance(server, LMTP) else 1
        try:
            await asyncio.to_thread(intake.receive, self._engine, self._raw_folder, raw, Origin("mail-listen"), datetime.now(UTC))
        except Exception:
            log.exception("mail not stored")
            return "\r\n".join(["451 4.3.0 not stored; try again"] * replies)
        self._fetched()
        return "\r\n".join(["250 2.0.0 stored"] * replies)


class _Smtp(SMTP):
    # Some programs write all their HTML in one line; refused for that (RFC 5321 4.5.3.1.6) the mail would be lost.
    line_length_limit = SIZE_MAX


class _Lmtp(LMTP):
    line_length_limit = SIZE_MAX


class _SmtpController(Controller):
    def factory(self) -> SMTP:
        return _Smtp(self.handler, **self.SMTP_kwargs)


class _LmtpController(Controller):
    def factory(self) -> SMTP:
        return _Lmtp(self.handler, **self.SMTP_kwargs)


def controller(url: str, door: Door) -> Controller:
    """Ready to be started. Only our own server may reach it: whoever can, can say that a sender was proven.

    Raises:
        ValueError: the URL is none, or no port is named.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("lmtp", "smtp") or not parts.hostname or not parts.port:
        raise ValueError(WRONG_URL)
    kind = _LmtpController if parts.scheme == "lmtp" else _SmtpController
    return kind(door, hostname=parts.hostname, port=parts.port, data_size_limit=SIZE_MAX, enable_SMTPUTF8=True)
