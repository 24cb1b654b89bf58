"""Two ways out for a message: SMTP by URL, or files in a folder. Failures are split into try-again and hopeless."""

from __future__ import annotations

import os
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from escalation.delivery import TransportError
from escalation.mail import tls
from escalation.mail.message import NULL_SENDER

Transport = Callable[[EmailMessage, str], None]
SMTP_SECONDS = 20.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def to_folder(folder: Path) -> Transport:
    """Each message is a file ``<name>.eml``; the same message again is the same file."""

    def send(message: EmailMessage, name: str) -> None:
        half = folder / f".{name}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Codes and links to log in stand in them.
            half.touch(mode=0o600)
            half.write_bytes(message.as_bytes())
            half.replace(folder / f"{name}.eml")
        except OSError as failed:
            raise TransportError(f"{folder}: {os.strerror(failed.errno or 0)}", hopeless=False) from failed

    return send


def _envelope_sender(message: EmailMessage) -> str | None:
    """Empty for ``MAIL FROM:<>``; None: the address of From."""
    return "" if message["Return-Path"] == NULL_SENDER else None


def connector(url: str, ca_file: str = "") -> Callable[[], smtplib.SMTP]:
    """Opens a connection, logged in where the URL has a user: ``smtp://[user:password@]host[:port][?starttls=1]`` or ``smtps://…``.

    Raises:
        ValueError: another scheme, no host, a password that would travel in the clear, or see :func:`escalation.mail.tls.context`.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("SMTP_URL: smtp://[user:password@]host[:port][?starttls=1] or smtps://…")
    host, wraps, upgrades = parts.hostname, parts.scheme == "smtps", "starttls=1" in parts.query
    if parts.username and not wraps and not upgrades and host not in LOOPBACK:
        raise ValueError("SMTP_URL: a password must not travel in the clear; use smtps:// or ?starttls=1")
    context = tls.context(ca_file)

    def connect() -> smtplib.SMTP:
        if wraps:
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SMTP_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=SMTP_SECONDS)
        try:
            if upgrades and not wraps:
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    return connect


def to_smtp(url: str, ca_file: str = "") -> Transport:
    """Through the server at ``url``. Raises as :func:`connector` does."""
    connect = connector(url, ca_file)

    def send(message: EmailMessage, name: str) -> None:
        try:
            with connect() as server:
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
