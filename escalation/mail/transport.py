"""Two ways out for a message: SMTP by URL, or files in a folder. Failures are split into try-again and hopeless."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from escalation.delivery import TransportError
from escalation.mail.message import NULL_SENDER

Transport = Callable[[EmailMessage, str], None]
SMTP_SECONDS = 20.0


def to_folder(folder: Path) -> Transport:
    """Each message is a file ``<name>.eml``; the same message again is the same file."""

    def send(message: EmailMessage, name: str) -> None:
        half = folder / f".{name}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            half.write_bytes(message.as_bytes())
            half.replace(folder / f"{name}.eml")
        except OSError as failed:
            raise TransportError(f"{folder}: {os.strerror(failed.errno or 0)}", hopeless=False) from failed

    return send


def _envelope_sender(message: EmailMessage) -> str | None:
    """Empty for ``MAIL FROM:<>``; None: the address of From."""
    return "" if message["Return-Path"] == NULL_SENDER else None


def to_smtp(url: str) -> Transport:
    """``smtp://[user:password@]host[:port][?starttls=1]`` or ``smtps://…``.

    Raises:
        ValueError: another scheme, or no host.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("SMTP_URL: smtp://[user:password@]host[:port][?starttls=1] or smtps://…")
    tls = ssl.create_default_context()

    def connect() -> smtplib.SMTP:
        if parts.scheme == "smtps":
            return smtplib.SMTP_SSL(parts.hostname or "", parts.port or 465, timeout=SMTP_SECONDS, context=tls)
        server = smtplib.SMTP(parts.hostname or "", parts.port or 25, timeout=SMTP_SECONDS)
        if "starttls=1" in parts.query:
            server.starttls(context=tls)
        return server

    def send(message: EmailMessage, name: str) -> None:
        try:
            with connect() as server:
                if parts.username:
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(message, from_addr=_envelope_sender(message))
        except smtplib.SMTPRecipientsRefused as refused:
            code, text = next(iter(refused.recipients.values()))
            raise TransportError(f"{code} {text!r}", hopeless=500 <= code < 600) from refused
        except smtplib.SMTPResponseException as refused:
            hopeless = 500 <= refused.smtp_code < 600 and not isinstance(refused, smtplib.SMTPAuthenticationError)
            raise TransportError(f"{refused.smtp_code} {refused.smtp_error!r}", hopeless) from refused
        except (OSError, smtplib.SMTPException) as failed:
            raise TransportError(type(failed).__name__, hopeless=False) from failed

    return send
